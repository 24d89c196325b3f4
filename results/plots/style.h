/* How the pictures of a report look, as `report:` of a suite or flags of `bench report`
 * say. */
#ifndef RESULTS_PLOTS_STYLE_H
#define RESULTS_PLOTS_STYLE_H

#include "core/base/param.h"

struct style {
    char reference[PARAM_TEXT_MAX]; /* globs of the learners on the curve of `plane` */
};

enum { N_STYLE = 1 };

extern const struct param style_params[N_STYLE + 1];

/* Whether the learner's id is one of the reference. */
bool style_is_reference(const struct style *style, const char *learner);

#endif
