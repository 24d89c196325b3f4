# gnuplot curves.gnuplot: curves.png, test accuracy after each evaluation, mean over the draws of the
# noise, against epochs and against the operations spent (compute-matched). A ring: at the end with
# the noise term off.
set datafile separator ","
set terminal pngcairo size 1100,480 font "sans,11"
set output "curves.png"
set multiplot layout 1,2
set key right bottom
set grid
set ylabel "test accuracy (%)"
curve(id) = "< awk -F, '$1 ~ /\\/" . id . "\\/none/ {h[$4] += $7 * 0; hits[$4] += $8; n[$4] += $9} END {for (s in n) print s \",\" 100 * hits[s] / n[s]}' accuracy.csv | sort -n"
flop(id) = real(system("awk -F, '$6 == \"" . id . "\" {print $31}' results.csv"))
last(id) = real(system("awk -F, '$1 ~ /\\/" . id . "\\/none/ {s = $4} END {print s}' accuracy.csv"))
quiet(id) = "< awk -F, '/,head quiet,/ {print 100 * $5 / $6}' trace/" . id . ".csv 2> /dev/null"
set xlabel "epochs"
plot for [i=1:words(ids)] curve(word(ids, i)) using ($1 / per_epoch):2 \
         with linespoints lw 2 lt i title word(ids, i), \
     for [i=1:words(ids)] quiet(word(ids, i)) using (last(word(ids, i)) / per_epoch):1 \
         with points pt 6 ps 2 lw 2 lt i notitle
set xlabel "training TFLOP"
set logscale x
plot for [i=1:words(ids)] curve(word(ids, i)) using ($1 / last(word(ids, i)) * flop(word(ids, i)) / 1e12):2 \
         with linespoints lw 2 lt i title word(ids, i), \
     for [i=1:words(ids)] quiet(word(ids, i)) using (flop(word(ids, i)) / 1e12):1 \
         with points pt 6 ps 2 lw 2 lt i notitle
unset multiplot
