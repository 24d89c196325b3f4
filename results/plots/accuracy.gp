# Average accuracy over the tasks learnt so far: mean and 95 % band.
#   gnuplot -c accuracy.gp DATA OUT FORMAT TITLE LINES STYLES LABELS TASKS CHANCE
# DATA: LINES blocks with rows of: tasks learnt, mean, low, high; then a block for each
# joint training, the same with the first and the last task as its rows. All in per cent.
# STYLES: "colour dash" of each block; LABELS: a quoted label of each. CHANCE: per cent,
# negative = unknown.
here = ARG0[1:strlen(ARG0) - strlen("accuracy.gp")]; load here."choice.gp"
data = ARG1; out = ARG2; format = ARG3
n_line = int(ARG5); n_block = words(ARG7); n_task = int(ARG8); chance = real(ARG9)
# gnuplot evaluates these once past the end of an empty loop too
hue(i) = i < n_block ? int(word(ARG6, 2 * i + 1)) : 1
kind(i) = i < n_block ? int(word(ARG6, 2 * i + 2)) : 1
height = 430; labels = ARG7; n_key = n_block + 1
name = "accuracy"
load here."style.gp"

set title wrap(ARG4, n_title) noenhanced
set xlabel "tasks learnt\n " offset 0,0.4
set ylabel "average accuracy on them (%)"
step = 0.008 * n_task
aside(i) = step * (i - 0.5 * (n_line - 1)) # or one line would hide another
room = 0.15 + aside(n_line - 1)
set xrange [1 - room:n_task + room]
every_task = n_task <= 12 ? 1 : ceil(n_task / 10.0)
set xtics every_task, every_task, n_task # no tick beyond the last task
stats data using 3 nooutput
low = STATS_min >= 50 ? floor(STATS_min / 5 - 0.2) * 5 : 0
top = 100 + 0.02 * (100 - low)
set yrange [low:top]

plot for [i=0:n_line-1] data index i \
         using ($1 + aside(i)):(floor0($3)):(ceil100($4)) with filledcurves \
         fillcolor rgb pale(hue(i)) notitle, \
     for [i=0:n_line-1] data index i using ($1 + aside(i)):2 with linespoints \
         linecolor rgb colour(hue(i)) linewidth 2 dashtype dash(kind(i)) \
         pointtype shape(kind(i)) pointsize 0.8 \
         title word(labels, i + 1), \
     for [i=n_line:n_block-1] data index i using 1:2 with lines \
         linecolor rgb colour(hue(i)) linewidth 2 dashtype "." \
         title word(labels, i + 1), \
     chance >= low ? chance : NaN with lines linecolor rgb grey linewidth 1.5 \
         title chance >= low ? "chance" : ""
