#include "bench/study/warnings.h"

#include <stdlib.h>
#include <string.h>

#include "bench/data/doubts.h"

static bool has(const struct warnings *warnings, const char *text)
{
    for (int i = 0; i < warnings->n; i++)
        if (strcmp(warnings->text[i], text) == 0)
            return true;
    return false;
}

static void add(struct warnings *warnings, const char *text)
{
    if (text && warnings->n < WARNINGS_MOST && !has(warnings, text))
        warnings->text[warnings->n++] = text;
}

void warnings_of_stream(struct warnings *warnings, const struct cell *cell,
                        const struct scenario *scenario)
{
    const char *doubt[DOUBTS_MOST];
    int n = doubts_of(scenario, doubt, warnings->arena);

    for (int i = 0; i < n; i++)
        add(warnings, arena_text(warnings->arena, "%s: %s", cell->stream_id, doubt[i]));
}

/* The widest layer of "mlp-A-B"; 0 for another net. */
static long widest_of(const char *net)
{
    long widest = 0;

    if (strncmp(net, "mlp", strlen("mlp")) != 0)
        return 0;
    for (const char *dash = strchr(net, '-'); dash; dash = strchr(dash + 1, '-')) {
        long n = strtol(dash + 1, NULL, 10);

        widest = n > widest ? n : widest;
    }
    return widest;
}

void warnings_of_learner(struct warnings *warnings, const struct cell *cell,
                         int64_t parameters)
{
    const struct param *params = cell->learner->params;
    const struct param *net = param_find(params, "net"),
                       *width = param_find(params, "width");
    char text[PARAM_PRINT_MAX], wide[PARAM_PRINT_MAX];

    if (!net || !width)
        return;
    param_print(net, cell->learner_options, text, sizeof text);
    param_print(width, cell->learner_options, wide, sizeof wide);
    if (strcmp(wide, width->default_text) != 0 || widest_of(text) == 0 ||
        widest_of(text) >= strtol(wide, NULL, 10))
        return;
    add(warnings,
        arena_text(warnings->arena,
                   "%s: 'net: %s' leaves 'width' at %s, so that the learner has "
                   "%lld parameters; give 'width' too, for example width: %ld",
                   cell->learner_id, text, wide, (long long)parameters, widest_of(text)));
}
