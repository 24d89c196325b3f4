#include "baselines/rules/labelled.h"

#include <string.h>

#include "core/nn/layers.h"
#include "core/nn/loss.h"

void labelled_take(struct labelled *labelled, int rows, int n_in, struct arena *arena)
{
    labelled->input = mat_take(arena, TAG_SCRATCH, rows, n_in);
    labelled->scale = arena_take(arena, TAG_SCRATCH, (size_t)rows, sizeof(real));
    labelled->on = arena_take(arena, TAG_SCRATCH, (size_t)labelled->n_class, 1);
}

/* The image with an empty label; returns where the label begins. */
static real *write_image(const struct labelled *labelled, int row, const real *image)
{
    real *to = mat_rows(labelled->input, row, 1).data;

    memcpy(to, image, (size_t)labelled->n_image * sizeof *to);
    memset(to + labelled->slot, 0, (size_t)labelled->n_class * sizeof *to);
    return to + labelled->slot;
}

void labelled_write(const struct labelled *labelled, int row, const real *image,
                    int label)
{
    write_image(labelled, row, image)[label] = labelled->strength;
}

void labelled_write_neutral(const struct labelled *labelled, int row, const real *image,
                            const uint8_t *on)
{
    real *label = write_image(labelled, row, image);
    int n = 0;

    for (int k = 0; k < labelled->n_class; k++)
        n += on[k];
    for (int k = 0; k < labelled->n_class; k++)
        label[k] = on[k] ? labelled->strength / (real)n : 0;
}

struct mat labelled_normalise(const struct labelled *labelled, int n)
{
    struct mat x = mat_rows(labelled->input, 0, n);

    rmsnorm_forward(x, labelled->scale);
    return x;
}

int labelled_draw_wrong(const struct labelled *labelled, real *logit, const uint8_t *on,
                        int y, double hard, struct rng *rng)
{
    size_t n = (size_t)labelled->n_class;
    bool is_hard = (double)rng_uniform(rng) < hard;
    real u = rng_uniform(rng), *p = logit;
    int last = -1;

    memcpy(labelled->on, on, n);
    labelled->on[y] = 0;
    if (!is_hard)
        memset(p, 0, n * sizeof *p);
    softmax_row(p, labelled->on, labelled->n_class);
    for (int k = 0; k < labelled->n_class; k++) {
        if (!labelled->on[k])
            continue;
        last = k; /* also where u is left above 0 by rounding */
        if ((u -= p[k]) < 0)
            break;
    }
    return last;
}
