#include "bench/data/stream_order.h"

#include <stdlib.h>

struct position {
    double at;
    int32_t row;
};

/* Equal positions go by row, so that the result does not depend on the sort. */
static int by_position(const void *a, const void *b)
{
    const struct position *first = a, *second = b;

    if (first->at != second->at)
        return first->at < second->at ? -1 : 1;
    return first->row < second->row ? -1 : first->row > second->row;
}

static int count_rows(const struct subset *task, int n_task)
{
    int n = 0;

    for (int t = 0; t < n_task; t++)
        n += task[t].n;
    return n;
}

static void draw_positions(struct position *positions, const struct subset *task,
                           int n_task, double blur, struct rng rng)
{
    int32_t row = 0;

    for (int t = 0; t < n_task; t++)
        for (int i = 0; i < task[t].n; i++, row++) {
            double u = (double)rng_uniform(&rng), v = (double)rng_uniform(&rng);

            positions[row] = (struct position){t + u + blur * (v - 0.5), row};
        }
}

int32_t *stream_order_make(const struct subset *task, int n_task, double blur,
                           struct rng rng, struct arena *arena)
{
    int n = count_rows(task, n_task);
    int32_t *order = arena_take(arena, TAG_FIXED, (size_t)n, sizeof *order);
    size_t mark = arena_mark(arena);
    struct position *positions =
        arena_take(arena, TAG_SCRATCH, (size_t)n, sizeof *positions);

    if (!order || !positions)
        return NULL;
    draw_positions(positions, task, n_task, blur, rng);
    qsort(positions, (size_t)n, sizeof *positions, by_position);
    for (int i = 0; i < n; i++)
        order[i] = positions[i].row;
    arena_release(arena, mark);
    return order;
}
