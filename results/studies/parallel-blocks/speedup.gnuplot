# Speed-up over ranks, measured at 1 and 2 and computed beyond; prints the table of README.md:
#   gnuplot speedup.gnuplot 2>&1
# A step on n ranks takes
#   blocks apart    a + b share(n), share(n) = ceil(T / n) / T, and per epoch a gather of the
#                   other ranks' blocks by rank 0: (1 - 1/n) bytes / B + (n - 1) messages L
#   data-parallel   a + b / n, and T + 1 ring all-reduces: 2 (1 - 1/n) bytes / B
#                   + (T + 1) 2 (n - 1) L
# where a + b share is the CPU time of the busiest rank, as measured at 1 and 2 ranks (median
# of the rounds); L the latency of a message, B the bandwidth of a rank's link.
set datafile separator ","
T = 10.
steps = 468.  # of an epoch: 60,000 images in batches of 128
median(what, ranks) = real(system(sprintf("awk -F, -v w=%s -v r=%d '$1 ~ w && $3 == r {print $7 / $4}' measured.csv | sort -g | awk '{v[NR] = $1} END {print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2}'", what, ranks)))
bytes = real(system("awk -F, '$1 ~ /data-parallel/ && $3 == 2 {print $9 / $4 / 2; exit}' measured.csv"))
dt1 = median("blocks-apart", 1); dt2 = median("blocks-apart", 2)
bp1 = median("data-parallel", 1); bp2 = median("data-parallel", 2)
ceiling(x) = x == int(x) ? x : int(x) + 1
max(x, y) = x > y ? x : y
dtb = (dt1 - dt2) / 0.5; dta = max(dt1 - dtb, 0); dtb = dt1 - dta
bpb = (bp1 - bp2) / 0.5; bpa = max(bp1 - bpb, 0); bpb = bp1 - bpa
gather(n, B, L) = n < 2 ? 0 : ((1 - 1. / n) * bytes / B + (n - 1) * 2 * L) / steps
reduce(n, B, L) = n < 2 ? 0 : 2 * (1 - 1. / n) * bytes / B + (T + 1) * 2 * (n - 1) * L
# of k T blocks
apart(n, k, B, L) = (dta + k * dtb) / (dta + dtb * ceiling(k * T / n) / T + k * gather(n, B, L))
rows(n, B, L) = bp1 / (bpa + bpb / n + reduce(n, B, L))
GB = 1e9 / 8
Be = 10 * GB;  Le = 30e-6 # 10 GbE, TCP
Bi = 100 * GB; Li = 1.5e-6 # InfiniBand EDR
set print "-"
print sprintf("a step: blocks apart %.1f ms, on 2 ranks %.1f; data-parallel %.1f, %.1f; weights %.1f MB", 1e3 * dt1, 1e3 * dt2, 1e3 * bp1, 1e3 * bp2, bytes / 1e6)
print "| ranks | apart, 10 GbE | apart, InfiniBand | data-parallel, 10 GbE | data-parallel, InfiniBand | all-reduce, 10 GbE | InfiniBand |"
print "|---|---|---|---|---|---|---|"
do for [n in "2 4 8 10 16 32 64"] {
    print sprintf("| %s | %.2f | %.2f | %.2f | %.2f | %.0f ms | %.1f ms |", n, apart(n + 0, 1, Be, Le), apart(n + 0, 1, Bi, Li), rows(n + 0, Be, Le), rows(n + 0, Bi, Li), 1e3 * reduce(n + 0, Be, Le), 1e3 * reduce(n + 0, Bi, Li))
}
set terminal pngcairo size 900,600 font "DejaVu Sans,11"
set output "speedup.png"
set logscale xy 2
set xrange [1:64]
set yrange [0.5:64]
set xtics (1, 2, 4, 8, 16, 32, 64)
set ytics (1, 2, 4, 8, 16, 32, 64)
set grid lc rgb "#dddddd"
set xlabel "ranks"
set ylabel "times as fast as one process"
set key top left
set title "MNIST, batches of 128, 10 blocks: points from the CPU times measured, lines on paper"
plot sample [n=1:64:1] "+" using 1:1 with lines lc rgb "#bbbbbb" dt 2 title "linear", \
     [n=1:64:1] "+" using 1:(apart($1, 6.4, Be, Le)) with lines lc rgb "#e69f00" lw 1 title "blocks apart, of 64 blocks", \
     [n=1:64:1] "+" using 1:(apart($1, 1, Be, Le)) with lines lc rgb "#d55e00" lw 2 title "blocks apart, 10 GbE or InfiniBand", \
     [n=1:64:1] "+" using 1:(rows($1, Bi, Li)) with lines lc rgb "#0072b2" lw 2 title "data-parallel, InfiniBand", \
     [n=1:64:1] "+" using 1:(rows($1, Be, Le)) with lines lc rgb "#56b4e9" lw 2 title "data-parallel, 10 GbE", \
     [n=2:2:1] "+" using 1:(dt1 / dt2) with points pt 7 ps 1.4 lc rgb "#d55e00" title "blocks apart, measured without messages", \
     [n=2:2:1] "+" using 1:(bp1 / bp2) with points pt 5 ps 1.4 lc rgb "#0072b2" title "data-parallel, measured without messages"
