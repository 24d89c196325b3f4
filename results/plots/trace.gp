# An inference step by step: one panel for each kind of figure that there is.
#   gnuplot -c trace.gp DATA OUT FORMAT TITLE TITLES LINES STYLES LABELS
# DATA: a block for each line with rows of: step, value. TITLES: a quoted one for each panel
# that there may be. LINES: "panel colour dash" of each block, panels from 0. STYLES and
# LABELS: "colour dash" and quoted name of each entry of the key.
here = ARG0[1:strlen(ARG0) - strlen("trace.gp")]; load here."choice.gp"
data = ARG1; out = ARG2; format = ARG3
n_line = words(ARG6) / 3; n_label = words(ARG8)
panel(i) = int(word(ARG6, 3 * i + 1))
hue(i) = int(word(ARG6, 3 * i + 2))
kind(i) = int(word(ARG6, 3 * i + 3))

n_panel = 0; shown = ""
do for [p=0:words(ARG5)-1] {
    any = 0
    do for [i=0:n_line-1] { if (panel(i) == p) { any = 1 } }
    if (any) { shown = shown." ".p; n_panel = n_panel + 1 }
}
n_row = (n_panel + 1) / 2
side = 250; top = 40
bottom = 20 + 23 * ((n_label + 1) / 2)
height = top + bottom + n_row * side
name = "trace"; labels = ""; n_key = 0
load here."style.gp"

set multiplot
set label 1 wrap(ARG4, n_title) noenhanced center at screen 0.5, screen 1 - 16.0 / height
unset key
do for [q=0:n_panel-1] {
    p = int(word(shown, q + 1))
    x0 = 0.5 * width * (q % 2) + 56
    y0 = height - top - side * (q / 2 + 1) + 44.0
    set lmargin at screen x0 / width
    set rmargin at screen (x0 + 0.5 * width - 70) / width
    set bmargin at screen y0 / height
    set tmargin at screen (y0 + side - 78) / height
    set title word(ARG5, p + 1) noenhanced offset 0,-0.6 font ",12"
    set autoscale # stats leaves out what the panel before would not show
    most = 0
    do for [i=0:n_line-1] {
        if (panel(i) == p) {
            stats data index i using 1:2 nooutput
            if (STATS_max_x > most) { most = STATS_max_x }
        }
    }
    if (most > 40) {
        set logscale x
        set xrange [0.8:most * 1.25]
    } else {
        unset logscale x
        set xrange [0.5:most + 0.5]
    }
    set xlabel "step" offset 0,0.6 font ",12"
    plot for [i=0:n_line-1] data index (panel(i) == p ? i : n_line + 1) using 1:2 \
         with linespoints linecolor rgb colour(hue(i)) linewidth 1.5 \
         dashtype dash(kind(i)) pointtype 7 pointsize 0.5
    unset label 1
}

unset title; unset xlabel; unset tics; unset grid; unset border; unset logscale
set lmargin at screen 0.05; set rmargin at screen 0.95
set bmargin at screen 0; set tmargin at screen bottom / (1.0 * height)
set xrange [0:1]; set yrange [0:1]
set key noenhanced at screen 0.5, screen (bottom - 12.0) / height center top Left \
    reverse horizontal maxcols 2 samplen 3 font ",12"
plot for [i=0:n_label-1] NaN with lines linecolor rgb \
     colour(int(word(ARG7, 2 * i + 1))) linewidth 2 \
     dashtype dash(int(word(ARG7, 2 * i + 2))) title word(ARG8, i + 1)
unset multiplot
