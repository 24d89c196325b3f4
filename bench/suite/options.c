#include "bench/suite/options.h"

#include <assert.h>
#include <string.h>

const struct option *option_find(const struct options *options, const char *name)
{
    for (int i = 0; i < options->n; i++)
        if (strcmp(options->option[i].row->name, name) == 0)
            return &options->option[i];
    return NULL;
}

const char *option_text(const struct options *options, const struct param *row,
                        struct arena *arena)
{
    const struct option *option = option_find(options, row->name);
    char default_text[PARAM_PRINT_MAX];
    struct error local = {0};

    if (option)
        return option->value[0];
    param_canonical(row, row->default_text, default_text, sizeof default_text, &local);
    assert(local.status == OK);
    return arena_text(arena, "%s", default_text);
}
