# Average ranks with half the critical difference to either side.
#   gnuplot -c ranks.gp DATA OUT FORMAT TITLE ROWS RANKED
# DATA: ROWS rows from the top: quoted label, average rank, low, high, colour. RANKED: how
# many were ranked.
here = ARG0[1:strlen(ARG0) - strlen("ranks.gp")]; load here."choice.gp"
data = ARG1; out = ARG2; format = ARG3
n_row = int(ARG5)
# Names that would leave no room for the bars stand above them.
set encoding utf8
stats data using (strlen(stringcolumn(1))) nooutput
above = STATS_max > width / 25; two_lines = STATS_max > width / 10
lower = two_lines ? 0.28 : above ? 0.16 : 0
beside(s) = above ? "" : s
over(s) = above ? wrap(s, n_title) : ""
height = 130 + (two_lines ? 72 : above ? 50 : 30) * n_row; labels = ""; n_key = 0
name = "ranks"
load here."style.gp"

set title wrap(ARG4, n_title) noenhanced
set xlabel "average rank (1 = best)" offset 0,0.2
left = 0.5; right = int(ARG6) + 0.5; room = 0.03 * (right - left)
set xrange [left:right]
set yrange [n_row + 0.6:0.4]
set ytics scale 0
set border 1
unset key

plot data using 2:($0 + 1 + lower):3:4:(colour($5)):ytic(beside(stringcolumn(1))) with xerrorbars pointtype 7 \
         pointsize 1 linewidth 2.5 linecolor rgb variable, \
     data using ($4 > right ? right - room : NaN):($0 + 1 + lower):(room):(0) with vectors \
         head filled linecolor rgb grey linewidth 2, \
     data using ($3 < left ? left + room : NaN):($0 + 1 + lower):(-room):(0) with vectors \
         head filled linecolor rgb grey linewidth 2, \
     data using (left):($0 + (two_lines ? 0.7 : 0.75)):(over(stringcolumn(1))) with labels \
         left noenhanced
