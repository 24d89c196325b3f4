# A result against an option, a line for each set of other settings.
#   gnuplot -c trend.gp DATA OUT FORMAT TITLE LINES COLOURS LABELS OPTION AXIS
# DATA: LINES blocks with rows of: value of the option, mean, low, high, and a second figure
# (NaN = none), drawn dotted. COLOURS: the number of one for each block; LABELS: quoted ones.
here = ARG0[1:strlen(ARG0) - strlen("trend.gp")]; load here."choice.gp"
data = ARG1; out = ARG2; format = ARG3
n_line = int(ARG5)
hue(i) = int(word(ARG6, i + 1))
wide_of(i) = i < 4 && n_line <= 4 ? 2 + 0.8 * (n_line - 1 - i) : 2 # none hides another
height = 430; labels = ARG7; n_key = n_line
name = "trend"
load here."style.gp"

set title wrap(ARG4, n_title) noenhanced
set xlabel ARG8."\n " offset 0,0.4 noenhanced
set ylabel ARG9 noenhanced
stats data using 1:2 nooutput
percent = strstrt(ARG9, "%") > 0
wide = STATS_min_x > 0 && STATS_max_x >= 8 * STATS_min_x
if (wide) {
    set logscale x
    set xrange [STATS_min_x / 1.15:STATS_max_x * 1.15]
} else {
    room = 0.04 * (STATS_max_x - STATS_min_x)
    set xrange [STATS_min_x - room:STATS_max_x + room]
}
low = percent && STATS_min_y >= 50 ? floor(STATS_min_y / 5 - 0.2) * 5 : 0
top = low > 0 ? 100.5 : 102
if (percent) {
    set yrange [low:top]
} else { # gnuplot leaves intervals that begin below the axis out of its own range
    stats data using 1:4 name "HIGH" nooutput
    if (wide && STATS_min_y > 0 && STATS_max_y >= 8 * STATS_min_y) {
        set logscale y
        low = STATS_min_y
        set yrange [*:1.1 * HIGH_max_y]
    } else {
        set yrange [0:1.05 * HIGH_max_y]
    }
}

# The places have their values below them, but for those that are too near to others.
place(x) = wide ? log(x / STATS_min_x) / log(STATS_max_x / STATS_min_x) : \
    (x - STATS_min_x) / (STATS_max_x - STATS_min_x)
apart(a, b) = (width - 130) * abs(place(real(a)) - place(real(b)))
near(s, k) = k > words(told) ? 0 : \
    apart(s, word(told, k)) < 4.5 * (strlen(s) + strlen(word(told, k))) + 4 ? 1 : near(s, k + 1)
told = " "
tell(s) = strstrt(told, " ".s." ") ? s : near(s, 1) ? "" : (told = told.s." ", s)

plot for [i=0:n_line-1] data index i using 1:5 with lines \
         linecolor rgb colour(hue(i)) linewidth 1.5 dashtype dotted notitle, \
     for [i=0:n_line-1] data index i using 1:($3 < $4 ? $2 : NaN):3:4 with yerrorbars \
         linecolor rgb colour(hue(i)) linewidth 1 pointtype shape(i + 1) pointsize 0.1 \
         notitle, \
     for [i=0:n_line-1] data index i using 1:(percent && $4 > 100 ? top : NaN) \
         with points linecolor rgb colour(hue(i)) pointtype upwards pointsize 0.8 notitle, \
     for [i=0:n_line-1] data index i using 1:($3 < (percent ? low : 0) ? low : NaN) \
         with points linecolor rgb colour(hue(i)) pointtype downwards pointsize 0.8 notitle, \
     for [i=0:n_line-1] data index i using 1:2:xtic(tell(strcol(1))) with linespoints \
         linecolor rgb colour(hue(i)) linewidth wide_of(i) pointtype shape(i + 1) \
         pointsize 0.5 * wide_of(i) \
         title word(labels, i + 1)
