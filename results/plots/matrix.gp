# Accuracy matrix, mean over seeds: row = tasks learnt (visits, where tasks return), column = task tested. One
# panel for each learner and strategy, all on one colour scale.
#   gnuplot -c matrix.gp DATA OUT FORMAT TITLE PANELS TASKS LABELS ROWS
# DATA: PANELS blocks with rows of: task, tasks learnt, accuracy in per cent; what was not
# measured is left out. LABELS: a quoted label for each panel.
here = ARG0[1:strlen(ARG0) - strlen("matrix.gp")]; load here."choice.gp"
data = ARG1; out = ARG2; format = ARG3
n_panel = int(ARG5); n_task = int(ARG6); n_visit = int(ARG8)
wide = n_task <= 6 && n_panel > 2 && n_panel != 4 && width >= 780 ? 3 : \
    n_panel > 1 && width >= 620 ? 2 : 1
set encoding utf8
n_longest = 0
do for [i=1:words(ARG7)] {
    if (strlen(word(ARG7, i)) > n_longest) { n_longest = strlen(word(ARG7, i)) }
}
if (wide == 3 && n_longest > 34) { wide = 2 }
if (wide == 2 && n_longest > 52) { wide = 1 }
n_char = wide == 3 ? 34 : wide == 2 ? 52 : 100
n_row = (n_panel + wide - 1) / wide
tall = n_longest > n_char ? 40 : 0 # of titles in several lines
side = (wide == 3 ? 250 : 330) + tall
top = 44; bottom = 74
height = top + bottom + n_row * side
name = "matrix"; labels = ""; n_key = 0
load here."style.gp"

set multiplot
set label 1 wrap(ARG4, n_title) noenhanced center at screen 0.5, screen 1 - 18.0 / height
unset key
unset grid
unset border
set tics scale 0 font ",12"
set xrange [0.5:n_task + 0.5]
set yrange [n_visit + 0.5:0.5]
set cbrange [0:100]
set palette defined (0 "#f7fbff", 25 "#c6dbef", 50 "#6baed6", 75 "#2171b5", 100 "#08306b")
if (n_task <= 12) { set xtics 1 offset 0,0.4 }
if (n_visit <= 12) { set ytics 1 offset 0.4,0 }
set style fill solid noborder
figure(x) = n_task <= 5 ? sprintf("%.1f", x) : sprintf("%.0f", x)
# From here on white has more contrast with the palette than black (APCA 0.1.9; the older
# measure of WCAG 2, which says 72, is wrong for blues).
dark = 52
small = n_task < 5 ? ",11" : n_task == 5 ? ",10" : ",9"

do for [i=0:n_panel-1] {
    x0 = 1.0 * width / wide * (i % wide) + (wide == 3 ? 54 : 64)
    y0 = height - top - side * (i / wide + 1) + 46.0
    set lmargin at screen x0 / width
    set rmargin at screen (x0 + side - 76 - tall) / width
    set bmargin at screen y0 / height
    set tmargin at screen (y0 + side - 76 - tall) / height
    set title wrap(word(ARG7, i + 1), n_char) noenhanced offset 0,-0.6 font ",12"
    set xlabel "task" offset 0,0.7 font ",12"
    set ylabel (i % wide == 0 ? "after task" : "") offset 1.2,0 font ",12"
    if (i == n_panel - 1) {
        set colorbox horizontal user origin screen 0.3, screen 34.0 / height \
            size screen 0.4, screen 10.0 / height
        set cbtics 25 scale 0.4 offset 0,0.4 font ",11"
        set label 2 "accuracy (%)" left at screen 0.715, screen 39.0 / height font ",11"
    } else {
        unset colorbox
    }
    plot data index i using 1:2:(0.48):(0.48):3 with boxxyerror linecolor palette, \
         data index i using 1:2:(n_visit <= 10 && $3 < dark ? figure($3) : "") with labels \
             font small textcolor rgb "black", \
         data index i using 1:2:(n_visit <= 10 && $3 >= dark ? figure($3) : "") with labels \
             font small textcolor rgb "white"
    unset label 1
}
unset multiplot
