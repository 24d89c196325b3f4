#include "baselines/strategies/penalty.h"

#include <assert.h>
#include <string.h>

enum status penalty_take(struct penalty *penalty, const struct learner_handle *handle,
                         double strength, struct error *err)
{
    struct arena *arena = handle->arena;
    size_t n = handle->w.n;

    *penalty = (struct penalty){.w = handle->w, .strength = (real)strength};
    penalty->importance = arena_take(arena, TAG_BUFFER, n, sizeof(real));
    penalty->centre = arena_take(arena, TAG_BUFFER, n, sizeof(real));
    if (arena_check(arena, err) != OK)
        return err->status;
    penalty_move_centre(penalty);
    return OK;
}

size_t penalty_offset(const struct penalty *penalty, struct vec piece)
{
    size_t first = (size_t)(piece.data - penalty->w.data);

    assert(piece.data >= penalty->w.data && first + piece.n <= penalty->w.n);
    return first;
}

real penalty_derivative(const struct penalty *penalty, size_t i, real w, double rate)
{
    real curvature = penalty->strength * penalty->importance[i];

    if (rate * (double)curvature > 1)
        curvature = (real)(1 / rate);
    return curvature * (w - penalty->centre[i]);
}

void penalty_add_gradient(const struct penalty *penalty, struct vec piece, real *g,
                          double rate)
{
    size_t first = penalty_offset(penalty, piece);

    for (size_t i = 0; i < piece.n; i++)
        g[i] += penalty_derivative(penalty, first + i, piece.data[i], rate);
}

void penalty_move_centre(const struct penalty *penalty)
{
    memcpy(penalty->centre, penalty->w.data, penalty->w.n * sizeof(real));
}
