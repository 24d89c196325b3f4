# Average ranks with half the critical difference to either side.
#   gnuplot -c ranks.gp DATA OUT FORMAT TITLE ROWS RANKED
# DATA: ROWS rows from the top: quoted label, average rank, low, high, colour. RANKED: how
# many were ranked.
data = ARG1; out = ARG2; format = ARG3
n_row = int(ARG5)
height = 130 + 30 * n_row; labels = ""; n_key = 0
name = "ranks"
load ARG0[1:strlen(ARG0) - strlen("ranks.gp")]."style.gp"

set title ARG4 noenhanced
set xlabel "average rank (1 = best)" offset 0,0.2
left = 0.5; right = int(ARG6) + 0.5; room = 0.03 * (right - left)
set xrange [left:right]
set yrange [n_row + 0.6:0.4]
set ytics scale 0
set border 1
unset key

plot data using 2:($0 + 1):3:4:(colour($5)):ytic(1) with xerrorbars pointtype 7 \
         pointsize 1 linewidth 2.5 linecolor rgb variable, \
     data using ($4 > right ? right - room : NaN):($0 + 1):(room):(0) with vectors \
         head filled linecolor rgb grey linewidth 2, \
     data using ($3 < left ? left + room : NaN):($0 + 1):(-room):(0) with vectors \
         head filled linecolor rgb grey linewidth 2
