#include "core/plug/handle.h"

#include <string.h>

unsigned learner_can(const struct learner *learner)
{
    return learner->can | (learner->grad ? CAN_GRAD : 0) |
           (learner->grad && learner->step ? CAN_STEP : 0) |
           (learner->features ? CAN_FEATURES : 0) |
           (learner->reads && learner->step ? CAN_GATE : 0);
}

double handle_train_flops(const struct learner_handle *handle, struct progress progress)
{
    const struct learner *plug = handle->plug;

    return plug->pass_flops ? plug->pass_flops(handle->self, progress)
                            : plug->flops(handle->self);
}

static void count(const struct learner_handle *handle, const struct batch *batch)
{
    *handle->rows += batch->x.rows;
    *handle->flops += batch->x.rows * handle_train_flops(handle, batch->progress);
}

real handle_train(const struct learner_handle *handle, const struct batch *batch,
                  struct rng rng)
{
    count(handle, batch);
    return handle->plug->train(handle->self, batch, rng);
}

real handle_grad(const struct learner_handle *handle, const struct batch *batch,
                 struct rng rng, real *g)
{
    count(handle, batch);
    return handle->plug->grad(handle->self, batch, rng, g);
}

void handle_step(const struct learner_handle *handle, real *g, struct progress progress)
{
    handle->plug->step(handle->self, g, progress);
}

bool handle_batch_norms(const struct learner_handle *handle)
{
    return handle->plug->batch_norms && handle->plug->batch_norms(handle->self);
}

double handle_loss_factor(const struct learner_handle *handle, size_t i)
{
    return handle->plug->loss_factor ? handle->plug->loss_factor(handle->self, i) : 1;
}

int handle_task_of(const struct learner_handle *handle, struct classes competing,
                   int n_task)
{
    for (int t = 0; t < n_task; t++)
        if (memcmp(handle->competing[t].on, competing.on, (size_t)competing.n) == 0)
            return t;
    return -1;
}

bool handle_reads(const struct learner_handle *handle, int k, struct readout *readout)
{
    return handle->plug->reads && handle->plug->reads(handle->self, k, readout);
}

static int part_of(const struct learner_handle *handle, int rows, int first)
{
    return rows - first < handle->n_score ? rows - first : handle->n_score;
}

void handle_count_scored(const struct learner_handle *handle, int rows)
{
    *handle->score_flops += rows * handle->plug->score_flops(handle->self);
}

void handle_score(const struct learner_handle *handle, struct mat x,
                  struct classes competing, struct rng rng, struct mat out)
{
    handle_count_scored(handle, x.rows);
    for (int first = 0; first < x.rows; first += handle->n_score) {
        int n = part_of(handle, x.rows, first);

        handle->plug->score(handle->self, mat_rows(x, first, n), competing,
                            rng_at(rng, (uint64_t)first), mat_rows(out, first, n));
    }
}

double handle_feature_flops(const struct learner_handle *handle)
{
    double score = handle->plug->score_flops(handle->self);
    double train = handle->plug->flops(handle->self);

    return score < train ? score : train;
}

void handle_features(const struct learner_handle *handle, struct mat x, struct rng rng,
                     struct mat out)
{
    *handle->score_flops += x.rows * handle_feature_flops(handle);
    handle->plug->features(handle->self, x, rng, out);
}

void handle_convert(const struct learner_handle *handle, const uint8_t *pixel,
                    struct mat x)
{
    handle->convert(handle->harness, pixel, x);
}

void handle_augment(const struct learner_handle *handle, uint8_t *pixel, int n,
                    struct rng rng)
{
    if (handle->augment)
        handle->augment(handle->harness, pixel, n, rng);
}

/* ---------------------------------------------------------------- the model */

static const struct arena_piece *model_piece(const struct learner_handle *handle,
                                             size_t i)
{
    const struct arena_piece *piece = &handle->arena->piece[i];

    return piece->tag == TAG_WEIGHT || piece->tag == TAG_STATE ? piece : NULL;
}

size_t handle_model_bytes(const struct learner_handle *handle)
{
    size_t n = 0;

    for (size_t i = handle->first_piece; i < handle->last_piece; i++) {
        const struct arena_piece *piece = model_piece(handle, i);

        n += piece ? piece->bytes : 0;
    }
    return n;
}

void handle_model_copy(const struct learner_handle *handle, void *to)
{
    unsigned char *at = to;

    for (size_t i = handle->first_piece; i < handle->last_piece; i++) {
        const struct arena_piece *piece = model_piece(handle, i);

        if (!piece)
            continue;
        memcpy(at, handle->arena->base + piece->offset, piece->bytes);
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

void handle_model_swap(const struct learner_handle *handle, void *with)
{
    unsigned char *at = with;

    for (size_t i = handle->first_piece; i < handle->last_piece; i++) {
        const struct arena_piece *piece = model_piece(handle, i);

        if (!piece)
            continue;
        swap_bytes(handle->arena->base + piece->offset, at, piece->bytes);
        at += piece->bytes;
    }
}
