#include "core/pupil.h"

#include <string.h>

unsigned learner_can(const struct learner *learner)
{
    return learner->can | (learner->grad ? CAN_GRAD : 0) |
           (learner->grad && learner->step ? CAN_STEP : 0) |
           (learner->features ? CAN_FEATURES : 0);
}

static void count(const struct pupil *pupil, const struct batch *batch)
{
    const struct learner *plug = pupil->plug;
    double each = plug->pass_flops ? plug->pass_flops(pupil->self, batch->at)
                                   : plug->flops(pupil->self);

    *pupil->rows += batch->x.rows;
    *pupil->flops += batch->x.rows * each;
}

real pupil_train(const struct pupil *pupil, const struct batch *batch, struct rng rng)
{
    count(pupil, batch);
    return pupil->plug->train(pupil->self, batch, rng);
}

real pupil_grad(const struct pupil *pupil, const struct batch *batch, struct rng rng,
                real *g)
{
    count(pupil, batch);
    return pupil->plug->grad(pupil->self, batch, rng, g);
}

void pupil_step(const struct pupil *pupil, real *g, struct progress at)
{
    pupil->plug->step(pupil->self, g, at);
}

bool pupil_batch_norms(const struct pupil *pupil)
{
    return pupil->plug->batch_norms && pupil->plug->batch_norms(pupil->self);
}

double pupil_loss_factor(const struct pupil *pupil, size_t i)
{
    return pupil->plug->loss_factor ? pupil->plug->loss_factor(pupil->self, i) : 1;
}

static int part_of(const struct pupil *pupil, int rows, int first)
{
    return rows - first < pupil->n_score ? rows - first : pupil->n_score;
}

void pupil_score(const struct pupil *pupil, struct mat x, struct classes among,
                 struct rng rng, struct mat out)
{
    for (int first = 0; first < x.rows; first += pupil->n_score) {
        int n = part_of(pupil, x.rows, first);

        pupil->plug->score(pupil->self, mat_rows(x, first, n), among,
                           rng_at(rng, (uint64_t)first), mat_rows(out, first, n));
    }
}

void pupil_convert(const struct pupil *pupil, const uint8_t *pixel, struct mat x)
{
    pupil->convert(pupil->harness, pixel, x);
}

void pupil_augment(const struct pupil *pupil, uint8_t *pixel, int n, struct rng rng)
{
    if (pupil->augment)
        pupil->augment(pupil->harness, pixel, n, rng);
}

/* ---------------------------------------------------------------- the model */

static const struct arena_piece *model_piece(const struct pupil *pupil, size_t i)
{
    const struct arena_piece *piece = &pupil->arena->piece[i];

    return piece->tag == TAG_WEIGHT || piece->tag == TAG_STATE ? piece : NULL;
}

size_t pupil_model_bytes(const struct pupil *pupil)
{
    size_t n = 0;

    for (size_t i = pupil->first_piece; i < pupil->last_piece; i++)
        if (model_piece(pupil, i))
            n += model_piece(pupil, i)->bytes;
    return n;
}

void pupil_model_copy(const struct pupil *pupil, void *to)
{
    unsigned char *at = to;

    for (size_t i = pupil->first_piece; i < pupil->last_piece; i++) {
        const struct arena_piece *piece = model_piece(pupil, i);

        if (!piece)
            continue;
        memcpy(at, pupil->arena->base + piece->offset, piece->bytes);
        at += piece->bytes;
    }
}

static void swap_bytes(unsigned char *a, unsigned char *b, size_t n)
{
    unsigned char spare[ARENA_ALIGN];

    for (size_t i = 0; i < n; i += sizeof spare) {
        memcpy(spare, a + i, sizeof spare);
        memcpy(a + i, b + i, sizeof spare);
        memcpy(b + i, spare, sizeof spare);
    }
}

void pupil_model_swap(const struct pupil *pupil, void *with)
{
    unsigned char *at = with;

    for (size_t i = pupil->first_piece; i < pupil->last_piece; i++) {
        const struct arena_piece *piece = model_piece(pupil, i);

        if (!piece)
            continue;
        swap_bytes(pupil->arena->base + piece->offset, at, piece->bytes);
        at += piece->bytes;
    }
}
