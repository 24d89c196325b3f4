/* Experience replay from a buffer of stored images (Chaudhry et al. 2019, "On tiny
 * episodic memories"; protocol of van de Ven, Tuytelaars & Tolias 2022).
 *
 * Two kinds of buffer:
 *
 *   buffer: {per_class: m}   m images of each class, drawn at random when its task ends.
 * In task k (from 1) each batch of n new rows gets n replayed rows of the whole buffer
 * (in the task scenario ceil(n / (k - 1)) of each past task); the loss is 1/k mean(new) +
 * (1 - 1/k) mean(replayed). buffer: N                N images in all, a reservoir sample
 * of everything seen so far (Vitter 1985), for streams without boundaries too; new and
 * replayed rows weigh the same.
 *
 * Images are stored as bytes, as the task shows them. Replayed rows are drawn with
 * replacement. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/strategy.h"

struct replay {
    int size, per_class; /* options; size 0 = per class */

    int capacity, n_pixel, batch, n_task, n_out;
    bool task_known;
    uint8_t *pixel;     /* capacity x n_pixel */
    int32_t *y, *task;  /* capacity */
    int32_t *stored;    /* images in the buffer */
    int32_t *first;     /* n_task + 1: slot of the first image of each task that ended */
    int64_t *seen;      /* reservoir: rows offered so far */
    int32_t *count;     /* n_out, scratch: rows of each class in the ending task */
    int32_t *slot;      /* n_out, scratch: first slot of each class */
    uint8_t *candidate; /* n_pixel, scratch */
};

static const struct param params[] = {
    {"buffer", PARAM_INT, offsetof(struct replay, size), "0", 0, 1e8, NULL,
     "images in all, a reservoir of everything seen; 0 = per class"},
    {"buffer.per_class", PARAM_INT, offsetof(struct replay, per_class), "100", 0, 1e6,
     NULL, "images of each class, drawn when its task ends; unused with a reservoir"},
    {0},
};

static enum status init(void *self, const struct strategy_env *env, struct error *err)
{
    struct replay *r = self;
    struct arena *arena = env->arena;

    if ((int64_t)r->per_class * env->n_class > INT32_MAX)
        return error_set(err, ERR_USAGE, "%d images of each of %d classes are too many",
                         r->per_class, env->n_class);
    r->capacity = r->size ? r->size : r->per_class * env->n_class;
    if (r->capacity == 0)
        return error_set(
            err, ERR_USAGE,
            "replay needs a buffer: `buffer: N` or `buffer: {per_class: N}`");
    r->n_pixel = env->n_pixel;
    r->batch = env->batch;
    r->n_task = env->n_task;
    r->n_out = env->n_out;
    r->task_known = env->task_known;
    r->pixel = arena_take(arena, TAG_BUFFER, (size_t)r->capacity, (size_t)r->n_pixel);
    r->y = arena_take(arena, TAG_BUFFER, (size_t)r->capacity, sizeof *r->y);
    r->task = arena_take(arena, TAG_BUFFER, (size_t)r->capacity, sizeof *r->task);
    r->stored = arena_take(arena, TAG_STATE, 1, sizeof *r->stored);
    r->first = arena_take(arena, TAG_STATE, (size_t)r->n_task + 1, sizeof *r->first);
    r->seen = arena_take(arena, TAG_STATE, 1, sizeof *r->seen);
    r->count = arena_take(arena, TAG_SCRATCH, (size_t)r->n_out, sizeof *r->count);
    r->slot = arena_take(arena, TAG_SCRATCH, (size_t)r->n_out, sizeof *r->slot);
    r->candidate = arena_take(arena, TAG_SCRATCH, (size_t)r->n_pixel, 1);
    return arena_check(arena, err);
}

/* The shares of the past tasks, each rounded up, exceed the batch by less than their
 * number. */
static int extra_rows(const void *self)
{
    const struct replay *r = self;

    return r->batch + (r->task_known ? r->n_task : 0);
}

static uint8_t *image(const struct replay *r, int slot)
{
    return r->pixel + (size_t)slot * (size_t)r->n_pixel;
}

static void store(const struct replay *r, int slot, const uint8_t *pixel, int32_t y,
                  int32_t task)
{
    memcpy(image(r, slot), pixel, (size_t)r->n_pixel);
    r->y[slot] = y;
    r->task[slot] = task;
}

/* Adds n rows drawn from the slots first..last-1. */
static void draw(const struct replay *r, struct draft *draft, int first, int last, int n,
                 struct rng *rng)
{
    for (int i = 0; i < n && first < last; i++) {
        int slot = first + (int)rng_below(rng, (uint32_t)(last - first));

        memcpy(draft->pixel + (size_t)draft->n * (size_t)r->n_pixel, image(r, slot),
               (size_t)r->n_pixel);
        draft->y[draft->n] = r->y[slot];
        draft->task[draft->n] = r->task[slot];
        draft->weight[draft->n] = 1;
        draft->n++;
    }
}

/* The batch mean of weight x loss becomes 1/k mean(new) + (1 - 1/k) mean(old). */
static void weigh(struct draft *draft, int n_new, int k)
{
    int n_old = draft->n - n_new;
    float all = (float)draft->n, share = 1.0f / (float)k;

    for (int i = 0; i < draft->n && n_old > 0; i++)
        draft->weight[i] =
            i < n_new ? all * share / (float)n_new : all * (1 - share) / (float)n_old;
}

static void mix_per_class(const struct replay *r, struct draft *draft, int task,
                          struct rng rng)
{
    int n = draft->n, each = task ? (n + task - 1) / task : 0;

    if (!r->task_known) {
        draw(r, draft, 0, *r->stored, n, &rng);
    } else {
        for (int past = 0; past < task; past++)
            draw(r, draft, r->first[past], r->first[past + 1], each, &rng);
    }
    weigh(draft, n, task + 1);
}

static void mix_reservoir(struct replay *r, struct draft *draft, struct rng rng)
{
    int n = draft->n;

    draw(r, draft, 0, *r->stored, n, &rng);
    for (int i = 0; i < n; i++) {
        int64_t slot = *r->stored < r->capacity
                           ? (*r->stored)++
                           : (int64_t)rng_below(&rng, (uint32_t)*r->seen + 1);

        ++*r->seen;
        if (slot < r->capacity)
            store(r, (int)slot, draft->pixel + (size_t)i * (size_t)r->n_pixel,
                  draft->y[i], draft->task[i]);
    }
}

static void mix(void *self, struct draft *draft, int task, struct rng rng)
{
    struct replay *r = self;

    if (r->size)
        mix_reservoir(r, draft, rng);
    else
        mix_per_class(r, draft, task, rng);
}

/* One pass counts the classes and lays out their slots, the second samples each class. */
static void task_end(void *self, const struct task_view *view, struct rng rng)
{
    struct replay *r = self;
    int32_t y;

    if (r->size)
        return;
    memset(r->count, 0, (size_t)r->n_out * sizeof *r->count);
    for (int i = 0; i < view->n; i++) {
        view->read(view->from, i, NULL, &y);
        r->count[y]++;
    }
    r->first[view->task] = *r->stored;
    for (int k = 0; k < r->n_out; k++) {
        r->slot[k] = *r->stored;
        *r->stored += r->count[k] < r->per_class ? r->count[k] : r->per_class;
        r->count[k] = 0;
    }
    r->first[view->task + 1] = *r->stored;
    for (int i = 0; i < view->n; i++) {
        int n, slot;

        view->read(view->from, i, r->candidate, &y);
        n = r->count[y]++;
        slot = n < r->per_class ? n : (int)rng_below(&rng, (uint32_t)n + 1);
        if (slot < r->per_class)
            store(r, r->slot[y] + slot, r->candidate, y, view->task);
    }
}

const struct strategy replay = {
    .name = "replay",
    .about = "experience replay from a buffer of stored images",
    .source = "Chaudhry et al. 2019, arXiv:1902.10486; van de Ven et al. 2022",
    .params = params,
    .size = sizeof(struct replay),
    .feed = FEED_TASK,
    .init = init,
    .extra_rows = extra_rows,
    .mix = mix,
    .task_end = task_end,
};
