#include "bench/run/divergence.h"

#include <stdio.h>

enum { WORDS = 160 };

/* "'lr' (0.1)"; "" where there is no such option. */
static void name_option(const struct param *params, const char *name, const void *options,
                        char out[WORDS])
{
    const struct param *row = param_find(params, name);
    char value[PARAM_PRINT_MAX];

    out[0] = '\0';
    if (!row)
        return;
    param_print(row, options, value, sizeof value);
    snprintf(out, WORDS, "'%s' (%.32s)", row->name, value);
}

enum status divergence_set(const struct run *run, const char *what, struct error *err)
{
    const struct cell *cell = run->cell;
    long long step = run->position.step;
    char strength[WORDS] = "", rate[WORDS];

    if (cell->strategy->before && run->position.experience > 0)
        name_option(cell->strategy->params, "strength", cell->strategy_options, strength);
    name_option(cell->learner->params, "lr", cell->learner_options, rate);
    if (strength[0])
        return error_set(err, ERR_DIVERGED,
                         "%s at step %lld; the penalty of %s is probably too strong for "
                         "the rate: lower its %s%s%s",
                         what, step, cell->strategy->name, strength,
                         rate[0] ? " or the learner's " : "", rate);
    if (rate[0])
        return error_set(err, ERR_DIVERGED,
                         "%s at step %lld; the learning rate is probably too high: lower "
                         "%s, or give the rate a warmup",
                         what, step, rate);
    return error_set(err, ERR_DIVERGED, "%s at step %lld", what, step);
}
