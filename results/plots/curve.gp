# Accuracy at every evaluation, also within tasks: mean and 95 % band.
#   gnuplot -c curve.gp DATA OUT FORMAT TITLE LINES STYLES LABELS ENDS AXES
# DATA: LINES blocks with rows of: progress, mean, low, high (per cent). STYLES: "colour dash"
# of each block; LABELS: a quoted label of each. ENDS: where tasks ended. AXES: two quoted
# titles. Progress is drawn to a log scale where one curve is many times as long as another,
# and accuracy from above 0 where all of it is above 50 %.
here = ARG0[1:strlen(ARG0) - strlen("curve.gp")]; load here."choice.gp"
data = ARG1; out = ARG2; format = ARG3
n_line = int(ARG5)
hue(i) = i < n_line ? int(word(ARG6, 2 * i + 1)) : 1
kind(i) = i < n_line ? int(word(ARG6, 2 * i + 2)) : 1
height = 430; labels = ARG7; n_key = n_line
name = "curve"
load here."style.gp"

set title wrap(ARG4, n_title) noenhanced
set xlabel word(ARG9, 1)."\n " offset 0,0.4
set ylabel word(ARG9, 2)
do for [i=1:words(ARG8)] {
    set arrow i from real(word(ARG8, i)), graph 0 to real(word(ARG8, i)), graph 1 \
        nohead linecolor rgb grey linewidth 1
}

shortest = 0; longest = 0; lowest = 100
do for [i=0:n_line-1] {
    stats data index i using 1:3 nooutput
    if (i == 0 || STATS_max_x < shortest) { shortest = STATS_max_x }
    if (i == 0 || STATS_max_x > longest) { longest = STATS_max_x }
    if (STATS_min_y < lowest) { lowest = STATS_min_y }
}
if (longest > 4 * shortest) { set logscale x; set format x "%g" }
set yrange [lowest >= 50 ? 10 * floor(lowest / 10) : 0:lowest > 90 ? 100 : 102]

plot for [i=0:n_line-1] data index i using 1:(floor0($3)):(ceil100($4)) \
         with filledcurves \
         fillcolor rgb pale(hue(i)) notitle, \
     for [i=0:n_line-1] data index i using 1:2 with lines \
         linecolor rgb colour(hue(i)) linewidth 2 dashtype dash(kind(i)) \
         title word(labels, i + 1)
