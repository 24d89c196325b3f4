# Forgetting against learning accuracy, a panel for each scenario:
#   gnuplot -e "stream='split-mnist'" plane.gnuplot        # draws plane-split-mnist.png
# The line is back-propagation stopped after 10 to 375 steps of each task: what lies below it
# forgets less than back-propagation that has learnt as much. Means over seeds 1 to 3, no
# strategy; learning accuracy on a logarithmic scale of what is missing to 100 %.
set terminal pngcairo size 1800,640 font "DejaVu Sans,10"
set output "plane-".stream.".png"
set datafile separator ","
means(scenario, wanted) = "< awk -F, -v s=".stream." -v c=".scenario." '$3 == s && $5 == c && $7 == \"none\" && $9 == \"ok\" && $8 <= 3 && ".wanted." {x[$6] += 100 - 100 * $18; y[$6] += 100 * $15; n[$6]++} END {for (k in n) print x[k] / n[k] \",\" y[k] / n[k] \",\" k}' results.csv | sort -t, -n"
curve = "$6 ~ /^(bp-steps|backprop$)/"
noprop = "$6 ~ /^noprop-(dt-3|ct|fm)/ && $6 !~ /head|plain/"
depth = "$6 ~ /^(backprop-(block|deep|slow)|noprop-(ensemble|backprop))/"
others = "$6 !~ /^(bp-|backprop|noprop|fg-w)/"
set multiplot layout 1,3 title (stream eq "split-mnist" ? "Split MNIST" : "Split Fashion-MNIST") noenhanced
set key off
set grid lc rgb "#dddddd"
set xlabel "100 - learning accuracy (%)"
set logscale x
do for [scenario in "class domain task"] {
    set title scenario
    set ylabel "forgetting (points)"
    set xrange [scenario eq "class" ? 80 : 20:0.12]
    set yrange [*:*]
    plot means(scenario, curve) using 1:2 with linespoints lc rgb "#555555" lw 2 pt 7 ps 0.6, \
         means(scenario, others) using 1:2 with points lc rgb "#0072b2" pt 7 ps 1.1, \
         means(scenario, others) using 1:2:3 with labels left offset 0.6,0 font ",8" tc rgb "#0072b2" noenhanced, \
         means(scenario, depth) using 1:2 with points lc rgb "#009e73" pt 9 ps 1.3, \
         means(scenario, depth) using 1:2:3 with labels left offset 0.6,0 font ",8" tc rgb "#009e73" noenhanced, \
         means(scenario, noprop) using 1:2 with points lc rgb "#d55e00" pt 5 ps 1.3, \
         means(scenario, noprop) using 1:2:3 with labels left offset 0.6,0 font ",8" tc rgb "#d55e00" noenhanced
}
unset multiplot
