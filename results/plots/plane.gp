# Forgetting against learning accuracy, with the intervals of both.
#   gnuplot -c plane.gp DATA OUT FORMAT TITLE POINTS STYLES LABELS AXES REFERENCE
# DATA, first block, POINTS rows: quoted name, learning accuracy, low, high, forgetting, low,
# high (per cent); second block, a row for each point: quoted text beside it; 0, 1, 2 where the text
# begins, has its middle, or ends at the place that follows; and both ends of the line to it,
# in pixels from the upper left corner of the plot; third block, like the first: curves of the
# reference, a blank line between two. STYLES: "colour shape" of each
# point; LABELS: a quoted one of each where the texts are numbers, else none. AXES: 1 = learning
# accuracy to a logarithmic scale of what is missing to 100 %; ends of both axes on their
# scales. REFERENCE: its quoted name, where there is one.
here = ARG0[1:strlen(ARG0) - strlen("plane.gp")]; load here."choice.gp"
data = ARG1; out = ARG2; format = ARG3
n_point = int(ARG5)
hue(i) = int(word(ARG6, 2 * i + 1))
kind(i) = int(word(ARG6, 2 * i + 2))
plot_height = 460 # PLOT_HEIGHT of plot_plane.c, which places the texts
height = plot_height + 126; labels = ARG7; n_key = words(ARG7) + words(ARG9)
name = "plane"; placed = ARG4
load here."style.gp"
top = 44.0 + title_more

missing = int(word(ARG8, 1))
end(i) = real(word(ARG8, i + 1))
along(x) = missing ? -log10(100 - x > 0.01 ? 100 - x : 0.01) : x

set title wrap(ARG4, n_title) noenhanced
set xlabel "learning accuracy (%)\n " offset 0,0.4
set ylabel "forgetting (points)"
set xrange [end(1):end(2)]
set yrange [end(3):end(4)]
set lmargin at screen 100.0 / width
set rmargin at screen 1 - 20.0 / width
set key at screen 0.5, screen 1 - (top + plot_height + 60) / height center top
set tmargin at screen 1 - top / height
set bmargin at screen 1 - (top + plot_height) / height
set x2range [0:width - 120]
set y2range [plot_height:0]
if (missing) {
    set xtics ()
    steps = "20 50 80 90 95 98 99 99.5 99.8 99.9 99.95"
    do for [i=1:words(steps)] {
        at = along(real(word(steps, i)))
        if (at > end(1) && at < end(2)) { set xtics add (word(steps, i) at) }
    }
}
set bars 0.5
shown(low, high) = low < high ? 1 : NaN
room_x = 0.02 * (end(2) - end(1)); room_y = 0.025 * (end(4) - end(3))

plot for [i=0:n_point-1] data index 0 every ::i::i using \
         (along($2) * shown($3, $4)):5:(along($3)):(along($4)) with xerrorbars \
         linecolor rgb pale(hue(i)) linewidth 1.2 pointtype 0 notitle, \
     for [i=0:n_point-1] data index 0 every ::i::i using \
         (along($2) * shown($6, $7)):5:6:7 with yerrorbars \
         linecolor rgb pale(hue(i)) linewidth 1.2 pointtype 0 notitle, \
     for [i=0:n_point-1] data index 0 every ::i::i using \
         (along($4) > end(2) ? end(2) - room_x : NaN):5:(room_x):(0) with vectors \
         head filled size graph 0.012,20 linecolor rgb pale(hue(i)) notitle, \
     for [i=0:n_point-1] data index 0 every ::i::i using \
         (along($3) < end(1) ? end(1) + room_x : NaN):5:(-room_x):(0) with vectors \
         head filled size graph 0.012,20 linecolor rgb pale(hue(i)) notitle, \
     for [i=0:n_point-1] data index 0 every ::i::i using \
         ($7 > end(4) ? along($2) : NaN):(end(4) - room_y):(0):(room_y) with vectors \
         head filled size graph 0.012,20 linecolor rgb pale(hue(i)) notitle, \
     for [i=0:n_point-1] data index 0 every ::i::i using \
         ($6 < end(3) ? along($2) : NaN):(end(3) + room_y):(0):(-room_y) with vectors \
         head filled size graph 0.012,20 linecolor rgb pale(hue(i)) notitle, \
     data index 2 using (along($2)):5 with linespoints linecolor rgb grey linewidth 2 \
         pointtype 7 pointsize 0.5 title words(ARG9) ? word(ARG9, 1) : "", \
     data index 1 using 5:6:($7 - $5):($8 - $6) axes x2y2 with vectors nohead \
         linecolor rgb grey linewidth 1 notitle, \
     for [i=0:n_point-1] data index 0 every ::i::i using (along($2)):5 with points \
         linecolor rgb colour(hue(i)) linewidth 1.5 pointtype shape(kind(i)) pointsize 1 \
         title words(labels) ? word(labels, i + 1) : "", \
     data index 1 using ($2 == 0 ? $3 : NaN):4:1 axes x2y2 with labels left noenhanced \
         font fine notitle, \
     data index 1 using ($2 == 1 ? $3 : NaN):4:1 axes x2y2 with labels center noenhanced \
         font fine notitle, \
     data index 1 using ($2 == 2 ? $3 : NaN):4:1 axes x2y2 with labels right noenhanced \
         font fine notitle
