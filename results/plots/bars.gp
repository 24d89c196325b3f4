# Horizontal bars of a mean with its 95 % interval and a dot per seed; called by
# forgetting.gp and time.gp, which say what the bars are.
#   gnuplot -c SCRIPT DATA OUT FORMAT TITLE BARS
# DATA, first block, BARS rows from the top: quoted label, mean, low, high, colour; second
# block, a row per seed: number of the bar from 1, value.
data = ARG1; out = ARG2; format = ARG3
n_bar = int(ARG5)
height = 130 + 44 * n_bar; labels = ""; n_key = 0
load here."style.gp"

set title ARG4 noenhanced
set xlabel axis offset 0,0.2
set yrange [n_bar + 0.6:0.4]
set ytics scale 0
set grid noytics
set border 1
set style fill solid 0.55 noborder
set arrow 1 from 0, graph 0 to 0, graph 1 nohead linecolor rgb grey
unset key
bar = 0.34
jitter(row) = 0.17 + 0.05 * (int(row) % 3 - 1)

plot data index 0 using 2:($0 + 1):(0):2:($0 + 1 - bar):($0 + 1 + bar):(colour($5)) \
         :ytic(1) with boxxyerror linecolor rgb variable, \
     data index 0 using ($3 < $4 ? $2 : NaN):($0 + 0.9):3:4 with xerrorbars \
         linecolor rgb "black" pointtype 0 linewidth 1.2, \
     data index 1 using 2:($1 + jitter($0)) with points pointtype 6 pointsize 0.6 \
         linewidth 1.2 linecolor rgb "black"
