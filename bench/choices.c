#include "bench/choices.h"

#include <assert.h>
#include <stddef.h>

#include "bench/option.h"

void choices_add(struct choices *choices, const struct options *options,
                 const struct param *row)
{
    const struct option *option = option_find(options, row->name);

    if (!option)
        return;
    assert(choices->n < CHOICES_MOST);
    choices->option[choices->n++] = option;
}

const char *choices_value(const struct choices *choices, const struct option *option)
{
    for (int i = 0; i < choices->n; i++)
        if (choices->option[i] == option)
            return choices->value[i];
    return NULL;
}

int choices_count(const struct choices *choices)
{
    int64_t n = 1;

    for (int i = 0; i < choices->n && n <= COMBINATIONS_MOST; i++)
        n *= choices->option[i]->n;
    return n > COMBINATIONS_MOST ? COMBINATIONS_MOST + 1 : (int)n;
}

void choices_take(struct choices *choices, int k)
{
    for (int i = choices->n - 1; i >= 0; i--) {
        const struct option *option = choices->option[i];

        choices->value[i] = option->value[k % option->n];
        k /= option->n;
    }
}
