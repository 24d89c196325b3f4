# Curves in panels: mean and, of up to three curves in a panel, 95 % band.
#   gnuplot -c panels.gp DATA OUT FORMAT TITLE PANELS LINES KEY AXES MARKS
# DATA: a block for each curve with rows of: place, mean, low, high (per cent). PANELS: a quoted
# title of each. LINES: "panel colour dash" of each block, panels from 0; dash 0 = joint
# training. KEY: quoted text, colour and dash of each entry; none: a panel shows the curves of
# the others in grey. AXES: two quoted titles. MARKS: per cent of guessing, negative = unknown;
# number of tasks, where the places are tasks, else 0; then where tasks end.
here = ARG0[1:strlen(ARG0) - strlen("panels.gp")]; load here."choice.gp"
data = ARG1; out = ARG2; format = ARG3
n_panel = words(ARG5); n_line = words(ARG6) / 3; n_key = words(ARG7) / 3
panel(i) = int(word(ARG6, 3 * i + 1))
hue(i) = int(word(ARG6, 3 * i + 2))
kind(i) = int(word(ARG6, 3 * i + 3))
chance = real(word(ARG9, 1)); n_task = int(word(ARG9, 2))

set encoding utf8
wide = n_panel > 12 ? 4 : n_panel > 4 ? 3 : 2
if (wide > width / 190) { wide = width / 190 }
left = 44
column_width = 1.0 * (width - left) / wide
n_char = int(column_width / 8)
n_longest = 0
do for [p=1:n_panel] {
    if (strlen(word(ARG5, p)) > n_longest) { n_longest = strlen(word(ARG5, p)) }
}
tall = 18 * ((n_longest + n_char - 1) / n_char - 1) # of titles in several lines
side = 176 + tall
n_row = (n_panel + wide - 1) / wide
n_longest = 0
do for [k=0:n_key-1] {
    if (strlen(word(ARG7, 3 * k + 1)) > n_longest) { n_longest = strlen(word(ARG7, 3 * k + 1)) }
}
n_wide_key = int((width - 80) / (60 + 9.0 * n_longest))
if (n_wide_key < 1) { n_wide_key = 1 }
top = 44; bottom = 44 + 25 * ((n_key + n_wide_key - 1) / n_wide_key)
height = top + bottom + n_row * side
name = "panels"; labels = ""; n_key_rows = n_key; n_key = 0
load here."style.gp"

even(x) = (u = 10**floor(log10(x)), x > 5 * u ? 10 * u : x > 2 * u ? 5 * u : 2 * u)
first = 0; last = 0; shortest = 0; lowest = 100
do for [i=0:n_line-1] {
    stats data index i using 1 nooutput
    if (i == 0 || STATS_min < first) { first = STATS_min }
    if (i == 0 || STATS_max < shortest) { shortest = STATS_max }
    if (STATS_max > last) { last = STATS_max }
    stats data index i using 2 nooutput
    if (STATS_min < lowest) { lowest = STATS_min }
}
low = lowest >= 50 ? floor(lowest / 10 - 0.2) * 10 : 0
set multiplot
set label 1 wrap(ARG4, n_title) noenhanced center at screen 0.5, screen 1 - 16.0 / height
set label 2 word(ARG8, 2) noenhanced center rotate by 90 \
    at screen 12.0 / width, screen 0.5 * (1 + 1.0 * (bottom - top) / height)
set label 3 word(ARG8, 1) noenhanced center at screen 0.5, screen (bottom - 14.0) / height
unset key
set tics font fine
set xtics offset 0,0.3
set yrange [low:low + 1.02 * (100 - low)]
set ytics 25
if (low >= 50) { set ytics 10 }
if (n_task > 0) {
    set xrange [0.6:n_task + 0.4]
    set xtics 1, n_task <= 5 ? 1 : ceil((n_task - 1) / 4.0), n_task
} else {
    if (last > 4 * shortest) {
        set logscale x
        set xrange [first / 1.1:last * 1.1]
        set xtics 10**floor(log10(first)), 10**ceil(log10(last / first) / 3)
    } \
    else { set xrange [0:last * 1.02]; set xtics even(last / 4) }
    set format x "%.2g"
}
do for [k=3:words(ARG9)] {
    set arrow k from real(word(ARG9, k)), graph 0 to real(word(ARG9, k)), graph 1 \
        nohead linecolor rgb grey linewidth 0.5
}
if (chance >= low) {
    set arrow 1 from graph 0, first chance to graph 1, first chance nohead \
        linecolor rgb grey linewidth 1
}
alone = n_key_rows == 0
do for [p=0:n_panel-1] {
    x0 = left + column_width * (p % wide)
    y0 = height - top - side * (p / wide + 1) + 34.0
    set lmargin at screen (x0 + 24) / width
    set rmargin at screen (x0 + column_width - 8) / width
    set bmargin at screen y0 / height
    set tmargin at screen (y0 + side - 54 - tall) / height
    set title wrap(word(ARG5, p + 1), n_char) noenhanced offset 0,-0.7 font format eq "png" ? ",10" : ",12"
    set format y p % wide == 0 ? "%g" : ""
    mine = 0
    do for [i=0:n_line-1] { mine = mine + (panel(i) == p) }
    plot for [i=0:n_line-1] data index i using 1:(alone && panel(i) != p ? $2 : NaN) \
             with lines linecolor rgb 0xD0D0D0 linewidth 1, \
         for [i=0:n_line-1] data index i using \
             (panel(i) == p && mine <= 3 && $3 < $4 ? $1 : NaN):(floor0($3)):(ceil100($4)) \
             with filledcurves fillcolor rgb pale(hue(i)), \
         for [i=0:n_line-1] data index i using 1:(panel(i) == p ? $2 : NaN) \
             with lines linecolor rgb colour(hue(i)) linewidth 2 \
             dashtype dash(kind(i))
    unset label 1; unset label 2; unset label 3
}

if (!alone) {
    unset title; unset xlabel; unset tics; unset grid; unset border; unset logscale
    unset arrow
    set lmargin at screen 0.05; set rmargin at screen 0.95
    set bmargin at screen 0; set tmargin at screen bottom / (1.0 * height)
    set xrange [0:1]; set yrange [0:1]
    set key noenhanced at screen 0.5, screen (bottom - 26.0) / height center top Left \
        reverse horizontal maxcols n_wide_key samplen 3 font format eq "png" ? ",11" : ",12"
    plot for [k=0:n_key_rows-1] NaN with lines linewidth 2 \
         linecolor rgb colour(int(word(ARG7, 3 * k + 2))) \
         dashtype dash(int(word(ARG7, 3 * k + 3))) title word(ARG7, 3 * k + 1)
}
unset multiplot
