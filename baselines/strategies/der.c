/* Dark experience replay (Buzzega et al. 2020, arXiv:2004.07211, eq. 6 and 7).
 *
 *   der     CE(new) + alpha mean ||logits - z||^2 / n   over rows drawn from a reservoir,
 *           z the logits of the learner when they were stored
 *   der++   + beta CE(rows of a second draw)
 *
 * The paper does not divide by n. The authors' program (aimagelab/mammoth, models/der.py)
 * does: it takes F.mse_loss, the mean over the logits that are compared, and their
 * published alphas belong to that. It masks nothing in training, so its n is the number
 * of outputs. Here only outputs that compete for a row are compared, and n is their
 * number.
 *
 * Logits are computed only for the rows that the reservoir keeps, before the step that
 * trains on them. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "baselines/strategies/memory.h"

/* Passed from mix to teach, for one batch. */
struct passed {
    int n_new, n_match;
    struct soft soft;
};

struct der {
    int size, rows; /* options */
    double alpha, beta;

    struct memory memory;
    const struct learner_handle *handle;
    int batch;
    int32_t *slot; /* batch: where a new row is kept, -1 = nowhere */
    struct passed *passed;
    struct mat target; /* n_train x n_out */
    float *match;      /* n_train */
    int32_t *drawn;    /* rows: slots */
};

#define DER_PARAMS                                                                       \
    {"buffer",                                                                           \
     PARAM_INT,                                                                          \
     offsetof(struct der, size),                                                         \
     "200",                                                                              \
     0,                                                                                  \
     1e8,                                                                                \
     NULL,                                                                               \
     "images in all, a reservoir of all rows so far"},                                   \
        {"rows",                                                                         \
         PARAM_INT,                                                                      \
         offsetof(struct der, rows),                                                     \
         "0",                                                                            \
         0,                                                                              \
         1e6,                                                                            \
         NULL,                                                                           \
         "rows of each draw; 0 = as many as are new"},                                   \
    {                                                                                    \
        "alpha", PARAM_NUMBER, offsetof(struct der, alpha), "0.5", 0, 1e6, NULL,         \
            "weight of the logits"                                                       \
    }

static const struct param der_params[] = {DER_PARAMS, {0}};
static const struct param derpp_params[] = {
    DER_PARAMS,
    {"beta", PARAM_NUMBER, offsetof(struct der, beta), "0.5", 0, 1e6, NULL,
     "weight of the labels of the second draw"},
    {0},
};

static enum status init(void *self, const struct strategy_env *env, struct error *err)
{
    struct der *der = self;
    struct memory_spec spec = {
        .policy = MEMORY_RESERVOIR, .images = der->size, .n_extra = env->n_out};
    size_t batch = (size_t)env->batch;

    der->batch = env->batch;
    if (der->rows == 0)
        der->rows = env->batch;
    der->slot = arena_take(env->arena, TAG_SCRATCH, batch, sizeof *der->slot);
    der->passed = arena_take(env->arena, TAG_SCRATCH, 1, sizeof *der->passed);
    der->drawn =
        arena_take(env->arena, TAG_SCRATCH, (size_t)der->rows, sizeof *der->drawn);
    return memory_init(&der->memory, &spec, env, err);
}

static int extra_rows(const void *self)
{
    const struct der *der = self;

    return der->rows * (der->beta > 0 ? 2 : 1);
}

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    struct der *der = self;

    der->handle = handle;
    der->target = mat_take(handle->arena, TAG_SCRATCH, handle->n_train, handle->n_out);
    der->match = arena_take(handle->arena, TAG_SCRATCH, (size_t)handle->n_train,
                            sizeof *der->match);
    der->passed->soft.spare =
        arena_take(handle->arena, TAG_SCRATCH, (size_t)handle->n_out, sizeof(real));
    return arena_check(handle->arena, err);
}

/* alpha for a row of that task. The term in n logits has the curvature 2 alpha / n, and an
 * update moves the logits by the learner's rate times the slope: no further than to what
 * was stored, or each step would go further away. */
static double alpha_of(const struct der *der, int task)
{
    const struct learner_handle *handle = der->handle;
    double rate = handle->plug->logit_rate ? handle->plug->logit_rate(handle->self) : 0;
    struct classes competing = handle->competing[task];
    int n = 0;

    for (int k = 0; k < competing.n; k++)
        n += competing.on[k];
    return rate > 0 ? fmin(der->alpha, n / (2 * rate)) : der->alpha;
}

/* The batch mean becomes mean(new) + alpha mean(first draw) + beta mean(second draw). */
static void weigh(const struct der *der, struct batch_builder *builder, int n_new,
                  int n_match)
{
    float all = (float)builder->n;
    int n_label = builder->n - n_new - n_match;

    memset(der->match, 0, (size_t)builder->n * sizeof *der->match);
    for (int i = 0; i < builder->n; i++) {
        if (i < n_new) {
            builder->weight[i] = all / (float)n_new;
        } else if (i < n_new + n_match) {
            builder->weight[i] = 0;
            der->match[i] = (float)alpha_of(der, builder->task[i]) * all / (float)n_match;
        } else {
            builder->weight[i] = (float)der->beta * all / (float)n_label;
        }
    }
}

/* Stored logits are copied out now: a new row may take the place of a drawn one. */
static void mix(void *self, struct batch_builder *builder, int task, struct rng rng)
{
    struct der *der = self;
    const struct memory *m = &der->memory;
    int n = builder->n, n_match;

    memory_draw(m, builder, 0, *m->stored, der->rows, der->drawn, &rng);
    n_match = builder->n - n;
    for (int i = 0; i < n_match; i++)
        memcpy(mat_row(der->target, n + i), memory_extra(m, der->drawn[i]),
               (size_t)m->n_out * sizeof(real));
    if (der->beta > 0)
        memory_draw(m, builder, 0, *m->stored, der->rows, NULL, &rng);
    weigh(der, builder, n, n_match);
    for (int i = 0; i < n; i++)
        der->slot[i] = memory_offer(m, builder->pixel + (size_t)i * (size_t)m->n_pixel,
                                    builder->y[i], builder->task[i], &rng);
    der->passed->n_new = n;
    der->passed->n_match = n_match;
}

static void teach(void *self, struct batch *batch, struct rng rng)
{
    struct der *der = self;
    struct passed *passed = der->passed;

    for (int i = 0; i < passed->n_new; i++)
        if (der->slot[i] >= 0)
            handle_score(
                der->handle, mat_rows(batch->x, i, 1), batch->competing[batch->task[i]],
                rng_at(rng, (uint64_t)i),
                mat_of(memory_extra(&der->memory, der->slot[i]), 1, der->memory.n_out));
    if (passed->n_match == 0)
        return;
    passed->soft.target = der->target;
    passed->soft.match = der->match;
    batch->soft = &passed->soft;
}

#define BOTH_FORMS                                                                       \
    .source = "Buzzega et al. 2020, arXiv:2004.07211", .size = sizeof(struct der),       \
    .train_on = TRAIN_ON_TASK, .needs = CAN_SOFT,                                        \
    .why = "it matches logits, and this learner does not train on any; take `replay`",   \
    .init = init, .extra_rows = extra_rows, .attach = attach, .mix = mix,                \
    .teach = teach, .count = count

static void count(const void *self, struct strategy_rows *rows)
{
    const struct der *der = self;

    rows->trained += rows->batches * extra_rows(self);
    rows->scored += memory_count_kept(&der->memory, rows->task * rows->drawn,
                                      (rows->task + 1) * rows->drawn);
}

const struct strategy strategy_der = {
    .name = "der",
    .about = "dark experience replay: stored images with the logits they once had",
    .params = der_params,
    BOTH_FORMS,
};

const struct strategy strategy_derpp = {
    .name = "der++",
    .about = "dark experience replay with the labels too",
    .params = derpp_params,
    BOTH_FORMS,
};
