# Peak memory and what it consisted of at that moment, mean over seeds.
#   gnuplot -c memory.gp DATA OUT FORMAT TITLE BARS
# DATA: BARS rows from the top: quoted label, then MiB of weights, gradient, optimizer,
# activations, buffer, scratch, state.
here = ARG0[1:strlen(ARG0) - strlen("memory.gp")]; load here."choice.gp"
data = ARG1; out = ARG2; format = ARG3
n_bar = int(ARG5)
# Names that would leave no room for the bars stand above them.
set encoding utf8
stats data using (strlen(stringcolumn(1))) nooutput
above = STATS_max > width / 25; two_lines = STATS_max > width / 10
lower = two_lines ? 0.28 : above ? 0.16 : 0
beside(s) = above ? "" : s
over(s) = above ? wrap(s, n_title) : ""
height = 205 + (two_lines ? 84 : above ? 60 : 36) * n_bar
name = "memory"; labels = ""; n_key = 0
load here."style.gp"

shade(p) = colour(word("1 6 3 5 2 7 4", p))
parts = "weights gradient optimizer activations buffer scratch state"
below(p) = p == 0 ? 0 : below(p - 1) + column(p + 1)

set title wrap(ARG4, n_title) noenhanced
set xlabel "peak memory of one run (MiB)" offset 0,0.2
set xrange [0:*]
set yrange [n_bar + 0.6:0.4]
set ytics scale 0
set grid noytics
set border 1
set offsets graph 0, graph 0.12, 0, 0
set style fill solid noborder
set bmargin at screen 128.0 / height
set key at screen 0.97, screen 6.0 / height right bottom Left reverse horizontal \
    maxcols auto maxrows 2 samplen 1
bar = two_lines ? 0.2 : above ? 0.24 : 0.32

plot for [p=1:7] data using (below(p)):($0 + 1):(below(p - 1)):(below(p)):($0 + 1 + lower - bar) \
         :($0 + 1 + lower + bar):ytic(beside(stringcolumn(1))) with boxxyerror \
         linecolor rgb shade(p) title word(parts, p), \
     data using (below(7)):($0 + 1 + lower):(sprintf("%.3g", below(7))) with labels left \
         offset 0.5,0 font ",12" notitle, \
     data using (0):($0 + 0.7):(over(stringcolumn(1))) with labels \
         left noenhanced notitle
