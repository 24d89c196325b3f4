# What the suite or bench report chose for all pictures: pixels, points of the texts of a
# PDF, font (none: that of the terminal), seven colours of lines and points.
width = 800
pdf_font = 9
font_name = ""
colours = "0x0072B2 0xD55E00 0x009E73 0xCC79A7 0xE69F00 0x56B4E9 0x000000"
