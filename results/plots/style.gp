# What all plots share: terminal, fonts, colours. Loaded by the other scripts, with what
# choice.gp sets, and
#   out      the picture to write
#   format   svg, png or pdf
#   name     what the picture is called inside an SVG
#   height   of the picture, whose width choice.gp sets (a PNG has twice as many pixels)
#   n_key    entries of a key below the plot, for which the height grows; 0 = none
#   labels   those entries that may be long, as quoted words
#   placed   the title, where the place of the plot is fixed: the height grows with its lines
set encoding utf8

# A text in lines of n characters at most, broken at blanks where there are any; how many.
blank(s, k) = k < 1 ? 0 : s[k:k] eq " " ? k : blank(s, k - 1)
wrap(s, n) = strlen(s) <= n ? s : \
    blank(s, n) > n / 3 ? s[1:blank(s, n) - 1]."\n".wrap(s[blank(s, n) + 1:*], n) : \
    s[1:n]."\n".wrap(s[n + 1:*], n)
wrapped(s, n) = strlen(s) <= n ? 1 : \
    1 + wrapped(s[(blank(s, n) > n / 3 ? blank(s, n) : n) + 1:*], n)
n_title = width / 10 # characters of a line across the picture

n_longest = 0
do for [i=1:words(labels)] {
    if (strlen(word(labels, i)) > n_longest) { n_longest = strlen(word(labels, i)) }
}
n_column = n_longest > width / 20 ? 1 : 2
height = height + 23 * ((n_key + n_column - 1) / n_column)
title_more = exists("placed") ? 20 * (wrapped(placed, n_title) - 1) : 0
height = height + title_more

font(other) = font_name eq "" ? other : font_name
if (format eq "svg") {
    set terminal svg size width,height dynamic noenhanced font font("Helvetica").",14" \
        background "white" name name
}
if (format eq "pdf") { # 100 pixels of the SVG are an inch where texts have 9 points
    scale = pdf_font / 9.0
    # pdfcairo takes a point for 1/72 of an inch in its size, for 1/96 in its fonts
    set terminal pdfcairo size scale * width / 100,scale * height / 100 noenhanced \
        font font("Sans").",14" fontscale 0.75 * pdf_font / 14 linewidth scale \
        pointscale scale background "white"
}
if (format eq "png") {
    set terminal pngcairo size 2*width,2*height noenhanced font font("Sans").",13" \
        fontscale 2 linewidth 2 pointscale 2 background "white"
}
set output out
fine = format eq "png" ? ",9" : ",11" # font of small texts: those of a PNG come out larger

points = "7 5 9 13 11 6 4 8 12 10"
colour(i) = int(real(word(colours, (int(i) - 1) % 7 + 1)))
shape(i) = int(word(points, (i - 1) % 10 + 1))
dash(i) = i == 0 ? 6 : (i - 1) % 5 + 1
pale(i) = colour(i) + 0xC8000000

# Where an interval goes on beyond the axis: a triangle in place of its end.
upwards = 9; downwards = 11

set dashtype 1 solid
set dashtype 2 (12, 5)
set dashtype 3 (10, 4, 3, 4)
set dashtype 4 (16, 4, 3, 4, 3, 4)
set dashtype 5 (22, 6)
set dashtype 6 "." # of joint training: looks like no dash above
dotted = "."

grey = 0x707070
# The ends of a band in per cent.
floor0(x) = x < 0 ? 0 : x
ceil100(x) = x > 100 ? 100 : x

set border 3 linecolor rgb grey linewidth 1
set format "%g" # the default has a blank in front, which a PNG shows
set tics nomirror out scale 0.6 textcolor rgb "black"
set grid linetype 1 linecolor rgb 0xE4E4E4 linewidth 1
# Smaller where a name would not fit.
key_size = 7.5 * n_longest > width - 100 ? (width - 100) / (0.52 * n_longest) : 13
key_font = sprintf(",%.1f", key_size < 7 ? 7 : key_size)
set key noenhanced below center Left reverse maxcols n_column samplen 3 spacing 1.2 \
    font key_font
