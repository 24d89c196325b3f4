#include "results/plots/style.h"

#include <fnmatch.h>
#include <string.h>

const struct param style_params[N_STYLE + 1] = {
    {.name = "reference",
     .type = PARAM_TEXT,
     .offset = offsetof(struct style, reference),
     .default_text = "",
     .help = "learners that the plot plane joins to a curve, the others' yardstick: "
             "globs of their ids"},
    {.name = NULL},
};

bool style_is_reference(const struct style *style, const char *learner)
{
    char list[PARAM_TEXT_MAX], *rest = list;

    strcpy(list, style->reference);
    for (char *glob; (glob = strsep(&rest, ", "));)
        if (*glob && fnmatch(glob, learner, 0) == 0)
            return true;
    return false;
}
