#include "baselines/strategies/anchor.h"

#include <assert.h>
#include <string.h>

enum status anchor_take(struct anchor *anchor, const struct pupil *pupil, double strength,
                        struct error *err)
{
    struct arena *arena = pupil->arena;
    size_t n = pupil->w.n;

    *anchor = (struct anchor){.w = pupil->w, .strength = (real)strength};
    anchor->importance = arena_take(arena, TAG_BUFFER, n, sizeof(real));
    anchor->centre = arena_take(arena, TAG_BUFFER, n, sizeof(real));
    if (arena_check(arena, err) != OK)
        return err->status;
    anchor_settle(anchor);
    return OK;
}

size_t anchor_offset(const struct anchor *anchor, struct vec piece)
{
    size_t first = (size_t)(piece.at - anchor->w.at);

    assert(piece.at >= anchor->w.at && first + piece.n <= anchor->w.n);
    return first;
}

real anchor_slope(const struct anchor *anchor, size_t i, real w)
{
    return anchor->strength * anchor->importance[i] * (w - anchor->centre[i]);
}

void anchor_pull(const struct anchor *anchor, struct vec piece, real *g)
{
    size_t first = anchor_offset(anchor, piece);

    for (size_t i = 0; i < piece.n; i++)
        g[i] += anchor_slope(anchor, first + i, piece.at[i]);
}

void anchor_settle(const struct anchor *anchor)
{
    memcpy(anchor->centre, anchor->w.at, anchor->w.n * sizeof(real));
}
