# Horizontal bars of a mean with its 95 % interval and a dot per seed; called by
# forgetting.gp and time.gp, which say what the bars are, and between which values they
# can lie: least and most.
#   gnuplot -c SCRIPT DATA OUT FORMAT TITLE BARS
# DATA, first block, BARS rows from the top: quoted label, mean, low, high, colour; second
# block, a row per seed: number of the bar from 1, value.
data = ARG1; out = ARG2; format = ARG3
n_bar = int(ARG5)
# Names that would leave no room for the bars stand above them.
set encoding utf8
stats data index 0 using (strlen(stringcolumn(1))) nooutput
above = STATS_max > width / 25; two_lines = STATS_max > width / 10
lower = two_lines ? 0.28 : above ? 0.16 : 0
beside(s) = above ? "" : s
over(s) = above ? wrap(s, n_title) : ""
height = 130 + (two_lines ? 84 : above ? 60 : 44) * n_bar; labels = ""; n_key = 0
load here."style.gp"

set title wrap(ARG4, n_title) noenhanced
set xlabel axis offset 0,0.2
stats data index 0 using 3:4 nooutput
from = STATS_min_x; to = STATS_max_y
stats data index 1 using 2 nooutput
from = STATS_min < from ? STATS_min : from; to = STATS_max > to ? STATS_max : to
from = from > 0 ? 0 : from; to = to < 0 ? 0 : to
room = from < to ? 0.04 * (to - from) : 1
left = from - (from < 0 ? room : 0) < least ? least : from - (from < 0 ? room : 0)
right = to + room > most ? most : to + room
set xrange [left:right]
set yrange [n_bar + 0.6:0.4]
set ytics scale 0
set grid noytics
set border 1
set style fill solid 0.55 noborder
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linecolor rgb grey
unset key
bar = two_lines ? 0.2 : above ? 0.26 : 0.34
jitter(row) = lower + 0.5 * bar + 0.05 * (int(row) % 3 - 1)

plot data index 0 using 2:($0 + 1):(0):2:($0 + 1 + lower - bar):($0 + 1 + lower + bar) \
         :(colour($5)):ytic(beside(stringcolumn(1))) with boxxyerror linecolor rgb variable, \
     data index 0 using ($3 < $4 ? $2 : NaN):($0 + 0.9 + lower):3:4 with xerrorbars \
         linecolor rgb "black" pointtype 0 linewidth 1.2, \
     data index 0 using ($4 > right ? right - room : NaN):($0 + 0.9 + lower):(room):(0) \
         with vectors head filled size graph 0.015,20 linecolor rgb "black" linewidth 1.2, \
     data index 0 using ($3 < left ? left + room : NaN):($0 + 0.9 + lower):(-room):(0) \
         with vectors head filled size graph 0.015,20 linecolor rgb "black" linewidth 1.2, \
     data index 0 using (-left > right ? left : 0):($0 + 0.7):(over(stringcolumn(1))) \
         with labels left offset 0.4,0 noenhanced, \
     data index 1 using 2:($1 + jitter($0)) with points pointtype 6 pointsize 0.6 \
         linewidth 1.2 linecolor rgb "black"
