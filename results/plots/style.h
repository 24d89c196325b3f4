/* How the pictures and tables of a report look, as `report:` of a suite or flags of `bench report`
 * say. */
#ifndef RESULTS_PLOTS_STYLE_H
#define RESULTS_PLOTS_STYLE_H

#include <stdio.h>

#include "core/base/param.h"

struct style {
    int width;                      /* pixels of an SVG */
    char font[PARAM_TEXT_MAX];      /* "" = Helvetica, Sans */
    char palette[PARAM_TEXT_MAX];   /* its name, or seven colours "#0072B2, ..." */
    char reference[PARAM_TEXT_MAX]; /* globs of the learners on the curve of `plane` */
    char columns[PARAM_TEXT_MAX];   /* of the tables, by name; "" = all */
    double pdf_width, pdf_font;     /* cm, 0 = what `width` makes; points of its texts */
};

enum { N_STYLE = 7 };

extern const struct param style_params[N_STYLE + 1];

/* ERR_USAGE where the row's value in the style is none: an unknown palette, a font whose
 * name a script cannot hold, columns that no table has, a PDF too narrow for its texts. */
enum status style_check(const struct style *style, const struct param *row,
                        struct error *err);

/* Pixels that a picture is wide: `width`, or those of a PDF of `pdf_width`, where 100 pixels
 * are an inch if texts have 9 points, and less in proportion for smaller texts. */
int style_pixels(const struct style *style);

/* What choice.gp says, which all scripts load. The style is a checked one. */
void style_write(const struct style *style, FILE *out);

/* Whether the tables show the metric, or peak_bytes, train_seconds. */
bool style_has_column(const struct style *style, const char *name);

/* Whether the learner's id is one of the reference. */
bool style_is_reference(const struct style *style, const char *learner);

#endif
