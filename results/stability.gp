# Accuracy on the first task at every evaluation: mean and 95 % band.
#   gnuplot -c stability.gp DATA OUT FORMAT TITLE LINES STYLES LABELS ENDS
# DATA: LINES blocks with rows of: step, mean, low, high (per cent). STYLES: "colour dash" of
# each block; LABELS: a quoted label of each. ENDS: the steps at which tasks ended.
data = ARG1; out = ARG2; format = ARG3
n_line = int(ARG5)
hue(i) = i < n_line ? int(word(ARG6, 2 * i + 1)) : 1
kind(i) = i < n_line ? int(word(ARG6, 2 * i + 2)) : 1
height = 430; labels = ARG7; n_key = n_line
name = "stability"
load ARG0[1:strlen(ARG0) - strlen("stability.gp")]."style.gp"

set title ARG4 noenhanced
set xlabel "step\n " offset 0,0.4
set ylabel "accuracy on the first task (%)"
set yrange [0:102]
do for [i=1:words(ARG8)] {
    set arrow i from real(word(ARG8, i)), graph 0 to real(word(ARG8, i)), graph 1 \
        nohead linecolor rgb grey linewidth 1 dashtype 3
}

plot for [i=0:n_line-1] data index i using 1:3:4 with filledcurves \
         fillcolor rgb pale(hue(i)) notitle, \
     for [i=0:n_line-1] data index i using 1:2 with lines \
         linecolor rgb colour(hue(i)) linewidth 2 dashtype dash(kind(i)) \
         title word(labels, i + 1)
