#include "results/plots/style.h"

#include <ctype.h>
#include <fnmatch.h>
#include <math.h>
#include <string.h>

#include "results/data/metrics.h"

enum {
    N_COLOUR = 7, /* as many as results/stats/lines.c gives out */
    NARROWEST = 300,
    WIDEST = 4000, /* pixels of a picture */
    PDF_FONT = 9   /* points with which 100 pixels are an inch (style.gp) */
};

static const struct palette {
    const char *name, *colours; /* as a suite would write them */
} palettes[] = {
    /* Okabe and Ito, without the yellow, which is too pale for lines: told apart with any
     * kind of colour vision */
    {"okabe-ito", "#0072B2 #D55E00 #009E73 #CC79A7 #E69F00 #56B4E9 #000000"},
    /* Paul Tol's bright scheme */
    {"tol-bright", "#4477AA #EE6677 #228833 #CCBB44 #66CCEE #AA3377 #BBBBBB"},
    {"grey", "#000000 #707070 #A0A0A0 #404040 #B8B8B8 #585858 #888888"},
};

const struct param style_params[N_STYLE + 1] = {
    {.name = "width",
     .type = PARAM_INT,
     .offset = offsetof(struct style, width),
     .default_text = "800",
     .min = NARROWEST,
     .max = WIDEST,
     .help = "of a picture: pixels of an SVG, half those of a PNG, hundredths of an inch "
             "of a PDF whose texts have 9 points"},
    {.name = "font",
     .type = PARAM_TEXT,
     .offset = offsetof(struct style, font),
     .default_text = "",
     .help = "name of a font; without one Helvetica in SVG, Sans in PNG and PDF"},
    {.name = "palette",
     .type = PARAM_TEXT,
     .offset = offsetof(struct style, palette),
     .default_text = "okabe-ito",
     .help = "okabe-ito, tol-bright, grey, or seven colours \"#0072B2\""},
    {.name = "reference",
     .type = PARAM_TEXT,
     .offset = offsetof(struct style, reference),
     .default_text = "",
     .help = "learners that the plot plane joins to a curve, the others' yardstick: "
             "globs of their ids"},
    {.name = "columns",
     .type = PARAM_TEXT,
     .offset = offsetof(struct style, columns),
     .default_text = "",
     .help = "of the tables: metrics, peak_bytes, train_seconds; without any all"},
    {.name = "pdf_width",
     .type = PARAM_NUMBER,
     .offset = offsetof(struct style, pdf_width),
     .default_text = "0",
     .max = 100,
     .help = "of a picture: centimetres of a PDF, in place of width; 0 = as width says"},
    {.name = "pdf_font",
     .type = PARAM_NUMBER,
     .offset = offsetof(struct style, pdf_font),
     .default_text = "9",
     .min = 4,
     .max = 40,
     .help = "of the texts of a PDF: points"},
    {.name = NULL},
};

/* The next word of a list with blanks or commas; NULL = there is none. *rest moves behind
 * it, and the list is taken apart. */
static char *next_word(char **rest)
{
    char *word;

    do
        word = strsep(rest, ", ");
    while (word && !*word);
    return word;
}

static const char *colours_of(const char *palette)
{
    for (size_t i = 0; i < sizeof palettes / sizeof *palettes; i++)
        if (strcmp(palettes[i].name, palette) == 0)
            return palettes[i].colours;
    return palette;
}

static bool is_colour(const char *word)
{
    return word[0] == '#' && strlen(word) == 7 &&
           strspn(word + 1, "0123456789abcdefABCDEF") == 6;
}

static bool is_palette(const char *text)
{
    char list[PARAM_TEXT_MAX], *rest = list;
    int n = 0;

    strcpy(list, colours_of(text));
    for (char *word; (word = next_word(&rest)); n++)
        if (!is_colour(word))
            return false;
    return n == N_COLOUR;
}

static bool is_font(const char *text)
{
    while (isalnum((unsigned char)*text) || *text == ' ' || *text == '-')
        text++;
    return !*text;
}

static bool is_column(const char *word)
{
    for (int k = 0; k < N_METRIC; k++)
        if (strcmp(word, metric_table[k].name) == 0)
            return true;
    return strcmp(word, "peak_bytes") == 0 || strcmp(word, "train_seconds") == 0;
}

static enum status check_columns(const struct style *style, struct error *err)
{
    char list[PARAM_TEXT_MAX], *rest = list;

    strcpy(list, style->columns);
    for (char *word; (word = next_word(&rest));)
        if (!is_column(word))
            return error_set(err, ERR_USAGE,
                             "there is no column '%s'; there are the metrics of 'bench "
                             "explain', peak_bytes and train_seconds",
                             word);
    return OK;
}

int style_pixels(const struct style *style)
{
    double inches = style->pdf_width / 2.54;

    return style->pdf_width > 0 ? (int)lround(100 * inches * PDF_FONT / style->pdf_font)
                                : style->width;
}

static enum status check_pdf(const struct style *style, struct error *err)
{
    int pixels = style_pixels(style);

    if (pixels >= NARROWEST && pixels <= WIDEST)
        return OK;
    return error_set(
        err, ERR_USAGE,
        "a PDF with texts of %g points cannot be %g cm wide: with this pdf_font "
        "pdf_width may be %.2f to %.2f",
        style->pdf_font, style->pdf_width,
        2.54 * NARROWEST / 100 * style->pdf_font / PDF_FONT,
        2.54 * WIDEST / 100 * style->pdf_font / PDF_FONT);
}

enum status style_check(const struct style *style, const struct param *row,
                        struct error *err)
{
    if (strcmp(row->name, "palette") == 0 && !is_palette(style->palette))
        return error_set(err, ERR_USAGE,
                         "'%s' is no palette; there are okabe-ito, tol-bright and grey, "
                         "and lists of seven colours \"#0072B2\"",
                         style->palette);
    if (strcmp(row->name, "font") == 0 && !is_font(style->font))
        return error_set(err, ERR_USAGE,
                         "'%s' is no name of a font: letters, digits, blanks and - alone",
                         style->font);
    if (strncmp(row->name, "pdf_", 4) == 0)
        return check_pdf(style, err);
    return strcmp(row->name, "columns") == 0 ? check_columns(style, err) : OK;
}

void style_write(const struct style *style, FILE *out)
{
    char list[PARAM_TEXT_MAX], *rest = list;
    const char *blank = "";

    strcpy(list, colours_of(style->palette));
    fprintf(
        out,
        "# What the suite or bench report chose for all pictures: pixels, points of the "
        "texts of a\n# PDF, font (none: that of the terminal), seven colours of lines "
        "and "
        "points.\n"
        "width = %d\npdf_font = %g\nfont_name = \"%s\"\ncolours = \"",
        style_pixels(style), style->pdf_font, style->font);
    for (char *word; (word = next_word(&rest)); blank = " ")
        fprintf(out, "%s0x%s", blank, word + 1);
    fputs("\"\n", out);
}

bool style_has_column(const struct style *style, const char *name)
{
    char list[PARAM_TEXT_MAX], *rest = list;

    strcpy(list, style->columns);
    for (char *word; (word = next_word(&rest));)
        if (strcmp(word, name) == 0)
            return true;
    return !style->columns[0];
}

bool style_is_reference(const struct style *style, const char *learner)
{
    char list[PARAM_TEXT_MAX], *rest = list;

    strcpy(list, style->reference);
    for (char *glob; (glob = next_word(&rest));)
        if (fnmatch(glob, learner, 0) == 0)
            return true;
    return false;
}
