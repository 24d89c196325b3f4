#include "baselines/strategies/exemplars.h"

#include <string.h>
#include <tgmath.h>

#include "core/nn/distance.h"

const char *const exemplar_choices[] = {"herding", "random", NULL};

enum status exemplars_init(struct exemplars *e, const struct strategy_env *env,
                           struct error *err)
{
    bool each = e->total == 0;
    struct memory_spec spec = {
        .policy = each ? MEMORY_BOUNDARY : MEMORY_RESERVOIR,
        .images = each ? e->per_class : e->total,
        .each_once = true,
    };

    e->class_rows = env->class_rows;
    if (memory_init(&e->memory, &spec, env, err) != OK)
        return err->status;
    if (!each && e->total < e->memory.n_key)
        return error_set(
            err, ERR_USAGE,
            "%d exemplars are fewer than the %d classes: write `buffer: %d` or "
            "more",
            e->total, e->memory.n_key, e->memory.n_key);
    e->count =
        arena_take(env->arena, TAG_SCRATCH, (size_t)e->memory.n_key, sizeof *e->count);
    return arena_check(env->arena, err);
}

enum status exemplars_attach(struct exemplars *e, const struct learner_handle *handle,
                             struct error *err)
{
    struct arena *arena = handle->arena;
    int n_feature = handle->plug->n_feature(handle->self), n_key = e->memory.n_key;
    size_t rows = (size_t)e->class_rows;

    e->handle = handle;
    e->mean = mat_take(arena, TAG_STATE, n_key, n_feature);
    e->known = arena_take(arena, TAG_STATE, (size_t)n_key, 1);
    e->x = mat_take(arena, TAG_SCRATCH, handle->n_score, handle->n_in);
    e->feature = mat_take(
        arena, TAG_SCRATCH,
        e->class_rows > handle->n_score ? e->class_rows : handle->n_score, n_feature);
    e->target = mat_take(arena, TAG_SCRATCH, 1, n_feature);
    e->product = mat_take(arena, TAG_SCRATCH, 1, e->class_rows);
    e->row = arena_take(arena, TAG_SCRATCH, rows, sizeof *e->row);
    e->length = arena_take(arena, TAG_SCRATCH, rows, sizeof *e->length);
    e->pixel =
        arena_take(arena, TAG_SCRATCH, (size_t)handle->n_score, (size_t)handle->n_in);
    return arena_check(arena, err);
}

/* ---------------------------------------------------------------- features */

/* Scales to length 1; zeros stay zeros. */
static void normalise(real *h, int n)
{
    real sum = 0;

    for (int j = 0; j < n; j++)
        sum += h[j] * h[j];
    for (int j = 0; j < n && sum > 0; j++)
        h[j] /= sqrt(sum);
}

static void features_of(const struct exemplars *e, struct mat x, struct rng rng,
                        struct mat h)
{
    handle_features(e->handle, x, rng, h);
    for (int i = 0; i < h.rows; i++)
        normalise(mat_row(h, i), h.cols);
}

static int part_of(const struct exemplars *e, int rows, int first)
{
    return rows - first < e->handle->n_score ? rows - first : e->handle->n_score;
}

/* Of the images e->row[0 .. n-1] of a task. */
static struct mat read_features(const struct exemplars *e, const struct task_view *task,
                                int n, struct rng rng)
{
    for (int first = 0, rows; first < n; first += rows) {
        struct mat x;
        int32_t y;

        rows = part_of(e, n, first);
        x = mat_rows(e->x, 0, rows);
        for (int i = 0; i < rows; i++)
            task->read(task->from, e->row[first + i],
                       e->pixel + (size_t)i * (size_t)e->memory.n_pixel, &y);
        handle_convert(e->handle, e->pixel, x);
        features_of(e, x, rng_at(rng, (uint64_t)first),
                    mat_rows(e->feature, first, rows));
    }
    return mat_rows(e->feature, 0, n);
}

/* ---------------------------------------------------------------- herding */

/* |k mu - s - phi|^2 is |phi|^2 - 2 phi (k mu - s) and a constant; the first of equals.
 */
static int next_exemplar(const struct exemplars *e, struct mat feature)
{
    struct mat product = mat_cols(e->product, 0, feature.rows);
    int best = 0;

    mat_mul_nt(product, e->target, feature, false);
    for (int i = 0; i < feature.rows; i++) {
        product.data[i] = e->length[i] - 2 * product.data[i];
        if (product.data[i] < product.data[best])
            best = i;
    }
    return best;
}

static void add(real *to, const real *from, real times, int n)
{
    for (int j = 0; j < n; j++)
        to[j] += times * from[j];
}

static void mean_of(struct mat feature, real *mean)
{
    memset(mean, 0, (size_t)feature.cols * sizeof *mean);
    for (int i = 0; i < feature.rows; i++)
        add(mean, mat_row(feature, i), 1, feature.cols);
    normalise(mean, feature.cols);
}

/* One image of an output, to the end of the memory. */
static void keep(const struct exemplars *e, const struct task_view *task, int32_t y,
                 int32_t row)
{
    const struct memory *m = &e->memory;
    int32_t label;

    task->read(task->from, row, e->pixel, &label);
    memory_put(m, (*m->stored)++, e->pixel, y, task->task);
}

/* The share best images of one output, to the end of the memory. Until the next
 * refresh the mean of the whole class is used for that of its exemplars. */
static void herd(const struct exemplars *e, const struct task_view *task, int32_t y,
                 struct mat feature, int share)
{
    const struct memory *m = &e->memory;
    int n = feature.cols, key = memory_key(m, y, task->task);
    real *mean = mat_row(e->mean, key), *target = e->target.data;

    mean_of(feature, mean);
    memcpy(target, mean, (size_t)n * sizeof *target);
    for (int i = 0; i < feature.rows; i++)
        e->length[i] = squared_distance(mat_row(feature, i), mat_row(feature, i), n);
    for (int k = 0; k < share && k < feature.rows; k++) {
        int i = next_exemplar(e, feature);

        keep(e, task, y, e->row[i]);
        add(target, mean, 1, n);
        add(target, mat_row(feature, i), -1, n);
        e->length[i] = INFINITY;
    }
}

/* Any `share` of the n images in e->row. */
static void draw(const struct exemplars *e, const struct task_view *task, int32_t y,
                 int n, int share, struct rng rng)
{
    rng_shuffle(&rng, e->row, n);
    for (int k = 0; k < share && k < n; k++)
        keep(e, task, y, e->row[k]);
}

/* ---------------------------------------------------------------- who stays */

/* Keeps the first `share` of every class. */
static void shrink(const struct exemplars *e, int share)
{
    const struct memory *m = &e->memory;
    int kept = 0;

    memset(e->count, 0, (size_t)m->n_key * sizeof *e->count);
    for (int slot = 0; slot < *m->stored; slot++) {
        if (e->count[memory_key(m, m->y[slot], m->task[slot])]++ >= share)
            continue;
        if (kept < slot)
            memory_put(m, kept, memory_image(m, slot), m->y[slot], m->task[slot]);
        kept++;
    }
    *m->stored = kept;
}

/* Classes that have exemplars, and those of the task that ended: e->count says which. */
static int classes_met(const struct exemplars *e, const struct task_view *task)
{
    const struct memory *m = &e->memory;
    int met = 0;
    int32_t y;

    memset(e->count, 0, (size_t)m->n_key * sizeof *e->count);
    for (int slot = 0; slot < *m->stored; slot++)
        e->count[memory_key(m, m->y[slot], m->task[slot])] = 1;
    for (int i = 0; i < task->n; i++) {
        task->read(task->from, i, NULL, &y);
        e->count[memory_key(m, y, task->task)] = 1;
    }
    for (int key = 0; key < m->n_key; key++)
        met += e->count[key];
    return met;
}

/* The images of an output in a task, into e->row. */
static int find_rows(const struct exemplars *e, const struct task_view *task,
                     int32_t output)
{
    int n = 0;
    int32_t y;

    for (int i = 0; i < task->n; i++) {
        task->read(task->from, i, NULL, &y);
        if (y == output)
            e->row[n++] = i;
    }
    return n;
}

void exemplars_choose(struct exemplars *e, const struct task_view *task, struct rng rng)
{
    int share = e->total ? e->total / classes_met(e, task) : e->per_class;

    shrink(e, share);
    for (int32_t y = 0; y < e->memory.n_out; y++) {
        int n = find_rows(e, task, y);
        struct rng own = rng_at(rng, (uint64_t)y);

        if (n > 0 && e->choice == EXEMPLARS_RANDOM)
            draw(e, task, y, n, share, own);
        else if (n > 0)
            herd(e, task, y, read_features(e, task, n, own), share);
    }
}

double exemplars_count(const struct exemplars *e, int tasks, int images)
{
    if (e->total)
        return memory_count_stored(&e->memory, (double)tasks * images);
    return (double)e->memory.capacity * tasks / e->memory.n_task;
}

/* ---------------------------------------------------------------- the decision */

void exemplars_refresh(struct exemplars *e, struct rng rng)
{
    const struct memory *m = &e->memory;

    memset(e->mean.data, 0, (size_t)m->n_key * (size_t)e->mean.cols * sizeof(real));
    memset(e->known, 0, (size_t)m->n_key);
    for (int first = 0, rows; first < *m->stored; first += rows) {
        struct mat x, h;

        rows = part_of(e, *m->stored, first);
        x = mat_rows(e->x, 0, rows);
        h = mat_rows(e->feature, 0, rows);
        handle_convert(e->handle, memory_image(m, first), x);
        features_of(e, x, rng_at(rng, (uint64_t)first), h);
        for (int i = 0; i < rows; i++) {
            int key = memory_key(m, m->y[first + i], m->task[first + i]);

            add(mat_row(e->mean, key), mat_row(h, i), 1, h.cols);
            e->known[key] = 1;
        }
    }
    for (int key = 0; key < m->n_key; key++)
        normalise(mat_row(e->mean, key), e->mean.cols);
}

bool exemplars_can_score(const struct exemplars *e, struct classes competing)
{
    for (int key = 0; key < e->memory.n_key; key++)
        if (e->known[key] && competing.on[key % e->memory.n_out])
            return true;
    return false;
}

void exemplars_score(const struct exemplars *e, struct mat x, struct rng rng,
                     struct mat out)
{
    struct mat h = mat_rows(e->feature, 0, x.rows);

    features_of(e, x, rng, h);
    for (int i = 0; i < x.rows; i++) {
        real *score = mat_row(out, i);

        for (int k = 0; k < out.cols; k++)
            score[k] = -INFINITY;
        for (int key = 0; key < e->memory.n_key; key++) {
            int k = key % out.cols;
            real near = -squared_distance(mat_row(h, i), mat_row(e->mean, key), h.cols);

            if (e->known[key] && !(near < score[k]))
                score[k] = near;
        }
    }
}
