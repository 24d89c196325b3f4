# Accuracy against a cost, with the front that nothing else beats in both.
#   gnuplot -c pareto.gp DATA OUT FORMAT TITLE POINTS STYLES LABELS AXIS
# DATA, first block, POINTS rows: cost, accuracy, low, high (per cent); second block: cost
# and accuracy along the front. STYLES: "colour shape" of each point; LABELS: quoted ones.
here = ARG0[1:strlen(ARG0) - strlen("pareto.gp")]; load here."choice.gp"
data = ARG1; out = ARG2; format = ARG3
n_point = int(ARG5)
hue(i) = int(word(ARG6, 2 * i + 1))
kind(i) = int(word(ARG6, 2 * i + 2))
height = 430; labels = ARG7; n_key = n_point + 1
name = "pareto"
load here."style.gp"

set title wrap(ARG4, n_title) noenhanced
set xlabel ARG8."\n " offset 0,0.4
set ylabel "average accuracy (%)"
stats data index 0 using 1:3 nooutput
wide = STATS_max_x > 8 * STATS_min_x
if (wide) {
    set logscale x
    set xrange [STATS_min_x / 1.3:STATS_max_x * 1.3]
} else {
    set xrange [0:STATS_max_x * 1.1]
}
low = STATS_min_y >= 50 ? floor(STATS_min_y / 5 - 0.2) * 5 : 0
top = 100 + 0.03 * (100 - low)
set yrange [low:top]

plot data index 1 using 1:2 with lines linecolor rgb grey linewidth 1.5 \
         title "Pareto front", \
     for [i=0:n_point-1] data index 0 every ::i::i using 1:($3 < $4 ? $2 : NaN):3:4 \
         with yerrorbars linecolor rgb colour(hue(i)) linewidth 1.5 pointtype 0 notitle, \
     for [i=0:n_point-1] data index 0 every ::i::i using 1:($4 > 100 ? top : NaN) \
         with points linecolor rgb colour(hue(i)) pointtype upwards pointsize 0.8 notitle, \
     for [i=0:n_point-1] data index 0 every ::i::i using 1:($3 < low ? low : NaN) \
         with points linecolor rgb colour(hue(i)) pointtype downwards pointsize 0.8 notitle, \
     for [i=0:n_point-1] data index 0 every ::i::i using 1:2 with points \
         linecolor rgb colour(hue(i)) linewidth 1.5 pointtype shape(kind(i)) \
         pointsize 1.2 title word(labels, i + 1)
