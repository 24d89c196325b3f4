#include "results/stats/draws.h"

#include <math.h>
#include <string.h>

/* The stream's part of "3" or "s3-l1". */
static const char *stream_seed(const struct outcome *cell, size_t *length)
{
    const char *seed = cell->id.seed + (cell->id.seed[0] == 's');

    *length = strcspn(seed, "-");
    return seed;
}

static bool same_stream_seed(const struct outcome *a, const struct outcome *b)
{
    size_t n, m;
    const char *one = stream_seed(a, &n), *other = stream_seed(b, &m);

    return n == m && memcmp(one, other, n) == 0;
}

static bool is_apart(const struct outcome *cell)
{
    return cell->id.seed[0] == 's';
}

/* first[d]: the first cell of draw d. */
static int draw_of(const struct draws *draws, const struct outcome *const *cell,
                   const int *first, int i)
{
    for (int d = draws->n - 1; d >= 0; d--)
        if (same_stream_seed(cell[first[d]], cell[i]))
            return d;
    return -1;
}

static void find(struct draws *draws, const struct outcome *const *cell)
{
    int *first = draws->count;

    for (int i = 0; i < draws->n_cell; i++) {
        int d = draw_of(draws, cell, first, i);

        if (d < 0)
            first[d = draws->n++] = i;
        draws->of[i] = d;
    }
}

static void take_each(struct draws *draws)
{
    draws->n = draws->n_cell;
    for (int i = 0; i < draws->n; i++)
        draws->of[i] = i;
}

enum status draws_find(struct draws *draws, const struct outcome *const *cell, int n,
                       struct arena *arena, struct error *err)
{
    bool apart = false;

    *draws = (struct draws){.n_cell = n};
    draws->of = arena_take(arena, TAG_STATE, (size_t)n, sizeof *draws->of);
    draws->count = arena_take(arena, TAG_STATE, (size_t)n, sizeof *draws->count);
    if (arena_check(arena, err) != OK)
        return err->status;
    for (int i = 0; i < n; i++)
        apart = apart || is_apart(cell[i]);
    if (apart)
        find(draws, cell);
    draws->one_stream = apart && draws->n == 1 && n > 1;
    if (!apart || draws->one_stream)
        take_each(draws);
    return OK;
}

/* In place: the number of a draw is never above that of a cell of it. */
int draws_average(const struct draws *draws, double *value)
{
    if (draws->n == draws->n_cell)
        return draws->n;
    memset(draws->count, 0, (size_t)draws->n * sizeof *draws->count);
    for (int i = 0, met = 0; i < draws->n_cell; i++) {
        int d = draws->of[i];
        double own = value[i];

        if (d == met)
            value[met++] = 0;
        if (isnan(own))
            continue;
        value[d] += own;
        draws->count[d]++;
    }
    for (int d = 0; d < draws->n; d++)
        value[d] = draws->count[d] ? value[d] / draws->count[d] : NAN;
    return draws->n;
}

struct statistics draws_statistics(const struct draws *draws, double *value)
{
    return statistics_of(value, draws_average(draws, value));
}
