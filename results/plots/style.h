/* How the pictures of a report look, as `report:` of a suite or flags of `bench report`
 * say. */
#ifndef RESULTS_PLOTS_STYLE_H
#define RESULTS_PLOTS_STYLE_H

#include <stdio.h>

#include "core/base/param.h"

struct style {
    int width;                    /* pixels of an SVG; 100 of them are an inch of a PDF */
    char font[PARAM_TEXT_MAX];    /* "" = Helvetica, Sans */
    char palette[PARAM_TEXT_MAX]; /* its name, or seven colours "#0072B2, ..." */
    char reference[PARAM_TEXT_MAX]; /* globs of the learners on the curve of `plane` */
};

enum { N_STYLE = 4 };

extern const struct param style_params[N_STYLE + 1];

/* ERR_USAGE where the row's value in the style is none: an unknown palette, a font whose
 * name a script cannot hold. */
enum status style_check(const struct style *style, const struct param *row,
                        struct error *err);

/* What choice.gp says, which all scripts load. The style is a checked one. */
void style_write(const struct style *style, FILE *out);

/* Whether the learner's id is one of the reference. */
bool style_is_reference(const struct style *style, const char *learner);

#endif
