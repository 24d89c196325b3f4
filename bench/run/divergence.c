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

/* The weight of what the strategy adds to the loss. */
static void name_weight(const struct cell *cell, char out[WORDS])
{
    static const char *const names[] = {"strength", "alpha"};

    out[0] = '\0';
    for (int i = 0; i < 2 && !out[0]; i++)
        name_option(cell->strategy->params, names[i], cell->strategy_options, out);
}

enum status divergence_set(const struct run *run, const char *what, struct error *err)
{
    const struct cell *cell = run->cell;
    long long step = run->position.step;
    char weight[WORDS], rate[WORDS], less[2 * WORDS] = "";

    name_weight(cell, weight);
    name_option(cell->learner->params, "lr", cell->learner_options, rate);
    if (weight[0])
        snprintf(less, sizeof less, ", or lower the %s of %s", weight,
                 cell->strategy->name);
    if (rate[0])
        return error_set(err, ERR_DIVERGED,
                         "%s at step %lld; the learning rate is probably too high: lower "
                         "%s, or give the rate a warmup%s",
                         what, step, rate, less);
    return error_set(err, ERR_DIVERGED, "%s at step %lld%s", what, step, less);
}
