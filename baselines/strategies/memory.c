#include "baselines/strategies/memory.h"

#include <assert.h>
#include <limits.h>
#include <math.h>
#include <string.h>

const char *const memory_policies[] = {"reservoir", "ring", "balanced", NULL};

static void take_slots(struct memory *m, struct arena *arena)
{
    size_t n = (size_t)m->capacity;

    m->pixel = arena_take(arena, TAG_BUFFER, n, (size_t)m->n_pixel);
    m->y = arena_take(arena, TAG_BUFFER, n, sizeof *m->y);
    m->task = arena_take(arena, TAG_BUFFER, n, sizeof *m->task);
    m->extra = arena_take(arena, TAG_BUFFER, n * (size_t)m->spec.n_extra, sizeof(real));
    m->stored = arena_take(arena, TAG_STATE, 1, sizeof *m->stored);
    m->seen = arena_take(arena, TAG_STATE, 1, sizeof *m->seen);
}

static void take_tables(struct memory *m, struct arena *arena)
{
    enum memory_policy policy = m->spec.policy;
    size_t n = (size_t)m->n_key, n_out = (size_t)m->n_out;

    if (policy == MEMORY_BOUNDARY) {
        m->first = arena_take(arena, TAG_STATE, (size_t)m->n_task + 1, sizeof *m->first);
        m->count = arena_take(arena, TAG_SCRATCH, n_out, sizeof *m->count);
        m->slot = arena_take(arena, TAG_SCRATCH, n_out, sizeof *m->slot);
        m->candidate = arena_take(arena, TAG_SCRATCH, (size_t)m->n_pixel, 1);
    } else if (policy != MEMORY_RESERVOIR) {
        m->held = arena_take(arena, TAG_STATE, n, sizeof *m->held);
        m->offered = arena_take(arena, TAG_STATE, n, sizeof *m->offered);
        m->largest = arena_take(arena, TAG_STATE, n, 1);
    }
    if (policy == MEMORY_RING)
        m->ring = arena_take(arena, TAG_STATE, n * (size_t)m->share, sizeof *m->ring);
}

/* ---------------------------------------------------------------- how many slots */

/* Most images of the tasks, no more than `most` of each output in each task. */
static int64_t images_of_tasks(const struct strategy_env *env, int most)
{
    size_t n = (size_t)env->n_task * (size_t)env->n_out;
    int64_t sum = 0;

    for (size_t k = 0; k < n; k++)
        sum += env->images[k] < most ? env->images[k] : most;
    return sum;
}

/* What the stream can bring, at most `wanted`. */
static int64_t slots_of(const struct memory_spec *spec, int64_t wanted,
                        const struct strategy_env *env)
{
    bool boundary = spec->policy == MEMORY_BOUNDARY;
    int64_t brought = wanted;

    if (boundary || spec->each_once)
        brought = env->images ? images_of_tasks(env, boundary ? spec->images : INT_MAX)
                              : wanted;
    else if (env->n_drawn > 0)
        brought = env->n_drawn;
    return brought < wanted ? brought : wanted;
}

enum status memory_init(struct memory *m, const struct memory_spec *spec,
                        const struct strategy_env *env, struct error *err)
{
    bool boundary = spec->policy == MEMORY_BOUNDARY;
    int64_t wanted = (int64_t)spec->images * (boundary ? env->n_class : 1);

    m->spec = *spec;
    m->n_pixel = env->n_pixel;
    m->n_out = env->n_out;
    m->n_task = env->n_task;
    m->shared = env->n_out < env->n_class;
    m->n_key = spec->by_task ? env->n_task : env->n_class;
    if (m->shared && !spec->by_task)
        m->n_key = env->n_task * env->n_out;
    if (slots_of(spec, wanted, env) > INT32_MAX)
        return error_set(err, ERR_USAGE, "%d images of each of %d classes are too many",
                         spec->images, env->n_class);
    m->capacity = (int)slots_of(spec, wanted, env);
    if (wanted == 0)
        return error_set(err, ERR_USAGE,
                         "this strategy needs a buffer: `buffer: N`, above 0");
    if (spec->policy == MEMORY_RING && spec->images < m->n_key)
        return error_set(err, ERR_USAGE,
                         "a ring of %d images is too small for %d %s: write `buffer: %d` "
                         "or more",
                         spec->images, m->n_key, spec->by_task ? "tasks" : "classes",
                         m->n_key);
    m->share = spec->images / m->n_key;
    if (m->share > m->capacity)
        m->share = m->capacity;
    take_slots(m, env->arena);
    take_tables(m, env->arena);
    return arena_check(env->arena, err);
}

uint8_t *memory_image(const struct memory *m, int slot)
{
    return m->pixel + (size_t)slot * (size_t)m->n_pixel;
}

real *memory_extra(const struct memory *m, int slot)
{
    return m->extra + (size_t)slot * (size_t)m->spec.n_extra;
}

int memory_key(const struct memory *m, int32_t y, int32_t task)
{
    if (m->spec.by_task)
        return task;
    return m->shared ? task * m->n_out + y : y;
}

void memory_put(const struct memory *m, int slot, const uint8_t *pixel, int32_t y,
                int32_t task)
{
    memcpy(memory_image(m, slot), pixel, (size_t)m->n_pixel);
    m->y[slot] = y;
    m->task[slot] = task;
}

/* ---------------------------------------------------------------- who may stay */

static int reservoir(const struct memory *m, struct rng *rng)
{
    int64_t slot = *m->stored < m->capacity
                       ? (*m->stored)++
                       : (int64_t)rng_below(rng, (uint32_t)*m->seen + 1);

    return slot < m->capacity ? (int)slot : -1;
}

static int ring(const struct memory *m, int key)
{
    int32_t *at = m->ring + key * m->share + m->offered[key] % m->share;

    if (m->held[key] < m->share) {
        m->held[key]++;
        *at = (*m->stored)++;
    }
    return *at;
}

static int largest_key(const struct memory *m)
{
    int best = 0;

    for (int k = 1; k < m->n_key; k++)
        if (m->held[k] > m->held[best])
            best = k;
    return best;
}

/* The slot of one of the images of a key, at random. */
static int slot_of(const struct memory *m, int key, struct rng *rng)
{
    int skip = (int)rng_below(rng, (uint32_t)m->held[key]);

    for (int slot = 0; slot < *m->stored; slot++)
        if (memory_key(m, m->y[slot], m->task[slot]) == key && skip-- == 0)
            return slot;
    assert(skip < 0); /* held counts what is stored */
    return -1;
}

static int new_slot(const struct memory *m, int key)
{
    m->held[key]++;
    return (*m->stored)++;
}

static int take_from(const struct memory *m, int from, int key, struct rng *rng)
{
    int slot = slot_of(m, from, rng);

    m->held[from]--;
    m->held[key]++;
    return slot;
}

static int balanced(const struct memory *m, int key, struct rng *rng)
{
    int most;

    if (*m->stored < m->capacity)
        return new_slot(m, key);
    most = m->held[largest_key(m)];
    for (int k = 0; k < m->n_key; k++)
        if (m->held[k] == most)
            m->largest[k] = 1;
    if (!m->largest[key])
        return take_from(m, largest_key(m), key, rng);
    if (rng_below(rng, (uint32_t)m->offered[key] + 1) >= (uint32_t)m->held[key])
        return -1;
    return slot_of(m, key, rng);
}

static int greedy(const struct memory *m, int key, struct rng *rng)
{
    int met = m->offered[key] == 0;

    for (int k = 0; k < m->n_key; k++)
        met += m->offered[k] > 0;
    if ((int64_t)m->held[key] * met >= m->spec.images)
        return -1;
    if (*m->stored < m->capacity)
        return new_slot(m, key);
    return take_from(m, largest_key(m), key, rng);
}

static int place(const struct memory *m, int key, struct rng *rng)
{
    switch (m->spec.policy) {
    case MEMORY_RING:
        return ring(m, key);
    case MEMORY_BALANCED:
        return balanced(m, key, rng);
    case MEMORY_GREEDY:
        return greedy(m, key, rng);
    default:
        return reservoir(m, rng);
    }
}

int memory_offer(const struct memory *m, const uint8_t *pixel, int32_t y, int32_t task,
                 struct rng *rng)
{
    int key = memory_key(m, y, task), slot = place(m, key, rng);

    ++*m->seen;
    if (m->offered)
        m->offered[key]++;
    if (slot >= 0)
        memory_put(m, slot, pixel, y, task);
    return slot;
}

double memory_count_stored(const struct memory *m, double offered)
{
    return fmin(m->capacity, offered);
}

/* The n-th row is kept with the probability capacity / n, or 1. */
double memory_count_kept(const struct memory *m, double from, double to)
{
    double full = fmax(from, m->capacity);
    double filling = memory_count_stored(m, to) - memory_count_stored(m, from);

    return filling + (to > full ? m->capacity * log(to / full) : 0);
}

/* One pass counts the classes and lays out their slots, the second samples each class. */
void memory_end_task(const struct memory *m, const struct task_view *view, struct rng rng)
{
    int32_t y;

    memset(m->count, 0, (size_t)m->n_out * sizeof *m->count);
    for (int i = 0; i < view->n; i++) {
        view->read(view->from, i, NULL, &y);
        m->count[y]++;
    }
    m->first[view->task] = *m->stored;
    for (int k = 0; k < m->n_out; k++) {
        m->slot[k] = *m->stored;
        *m->stored += m->count[k] < m->spec.images ? m->count[k] : m->spec.images;
        m->count[k] = 0;
    }
    m->first[view->task + 1] = *m->stored;
    for (int i = 0; i < view->n; i++) {
        int n, slot;

        view->read(view->from, i, m->candidate, &y);
        n = m->count[y]++;
        slot = n < m->spec.images ? n : (int)rng_below(&rng, (uint32_t)n + 1);
        if (slot < m->spec.images)
            memory_put(m, m->slot[y] + slot, m->candidate, y, view->task);
    }
}

/* ---------------------------------------------------------------- what is taken out */

void memory_take_builder(struct batch_builder *builder, int n,
                         const struct strategy_env *env)
{
    struct arena *arena = env->arena;
    size_t rows = (size_t)n;

    *builder = (struct batch_builder){.n_max = n};
    builder->pixel = arena_take(arena, TAG_SCRATCH, rows, (size_t)env->n_pixel);
    builder->y = arena_take(arena, TAG_SCRATCH, rows, sizeof *builder->y);
    builder->task = arena_take(arena, TAG_SCRATCH, rows, sizeof *builder->task);
    builder->weight = arena_take(arena, TAG_SCRATCH, rows, sizeof *builder->weight);
}

void memory_add(const struct memory *m, struct batch_builder *builder, int slot)
{
    int i = builder->n++;

    assert(builder->n <= builder->n_max);
    memcpy(builder->pixel + (size_t)i * (size_t)m->n_pixel, memory_image(m, slot),
           (size_t)m->n_pixel);
    builder->y[i] = m->y[slot];
    builder->task[i] = m->task[slot];
    builder->weight[i] = 1;
}

void memory_draw(const struct memory *m, struct batch_builder *builder, int first,
                 int last, int n, int32_t *slot, struct rng *rng)
{
    for (int i = 0; i < n && first < last; i++) {
        int from = first + (int)rng_below(rng, (uint32_t)(last - first));

        memory_add(m, builder, from);
        if (slot)
            slot[i] = from;
    }
}

const char memory_why_step[] = "it projects the gradient of all weights before one step, "
                               "and this learner has no such "
                               "step; take `replay`";

int memory_rows_beyond(int rows, int batch)
{
    return rows > batch ? rows - batch : 0;
}

void memory_gradient(const struct learner_handle *handle, struct batch_builder builder,
                     struct mat x, const struct batch *now, struct rng rng, real *g)
{
    struct batch past = {.x = mat_rows(x, 0, builder.n),
                         .y = builder.y,
                         .task = builder.task,
                         .competing = now->competing,
                         .progress = now->progress};

    handle_augment(handle, builder.pixel, builder.n, rng_child(rng, "augment"));
    handle_convert(handle, builder.pixel, past.x);
    handle_grad(handle, &past, rng, g);
}
