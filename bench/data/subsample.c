#include "bench/data/subsample.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "core/base/arena.h"

enum { N_CLASS_MAX = 256 }; /* labels of a data set are bytes */

/* ---------------------------------------------------------------- drawing rows */

/* Selection sampling, algorithm S (Knuth, section 3.4.2): rows come one by one, and
 * `wanted` of the `left` that are still to come are drawn, every choice equally
 * likely. */
struct draw {
    struct rng rng;
    int wanted, left;
};

static bool drawn(struct draw *draw)
{
    bool yes = (int)rng_below(&draw->rng, (uint32_t)draw->left) < draw->wanted;

    draw->left--;
    draw->wanted -= yes;
    return yes;
}

/* A copy of at most n rows, to be filled. */
struct copy {
    int32_t *row, *label;
    int n;
};

static bool copy_open(struct copy *copy, int n, struct arena *arena)
{
    *copy = (struct copy){arena_take(arena, TAG_FIXED, (size_t)n, sizeof(int32_t)),
                          arena_take(arena, TAG_FIXED, (size_t)n, sizeof(int32_t)), 0};
    return copy->row && copy->label;
}

static void copy_add(struct copy *copy, struct subset from, int i)
{
    copy->row[copy->n] = from.row[i];
    copy->label[copy->n++] = from.label[i];
}

static struct subset copy_end(const struct copy *copy)
{
    return (struct subset){copy->row, copy->label, copy->n};
}

/* ---------------------------------------------------------------- validation */

/* quota[c]: images of class c among the n that are held out. */
static void share_out(const int *of_class, int n_class, int all, int n, int *quota)
{
    int given = 0;

    for (int c = 0; c < n_class; c++)
        given += quota[c] = (int)((int64_t)n * of_class[c] / all);
    for (; given < n; given++) {
        int best = -1;
        int64_t most = 0;

        for (int c = 0; c < n_class; c++) {
            int64_t missing = (int64_t)n * of_class[c] - (int64_t)quota[c] * all;

            if (missing > most) {
                most = missing;
                best = c;
            }
        }
        assert(best >= 0); /* the quotas sum to less than n */
        quota[best]++;
    }
}

static void hold_out(struct subsample *s, int n)
{
    const struct images *train = &s->data->train;
    struct rng rng = rng_child(s->rng, "validation");
    int of_class[N_CLASS_MAX] = {0}, quota[N_CLASS_MAX];
    struct draw draw[N_CLASS_MAX];

    for (int i = 0; i < train->n; i++)
        of_class[train->label[i]]++;
    share_out(of_class, s->data->n_class, train->n, n, quota);
    for (int c = 0; c < s->data->n_class; c++)
        draw[c] = (struct draw){rng_at(rng, (uint64_t)c), quota[c], of_class[c]};
    for (int i = 0; i < train->n; i++)
        s->held[i] = drawn(&draw[train->label[i]]);
}

enum status subsample_open(struct subsample *subsample, const struct stream_setup *setup,
                           const struct dataset *data, struct rng rng,
                           struct arena *arena, struct error *err)
{
    double wanted = setup->validation;
    int n = (int)lround(wanted < 1 ? wanted * data->train.n : wanted);

    *subsample = (struct subsample){setup, data, arena, rng, NULL};
    if (n == 0)
        return OK;
    if (n >= data->train.n)
        return error_set(
            err, ERR_SUITE,
            "validation: %g leaves nothing to train on of the %d training images of %s",
            wanted, data->train.n, data->name);
    subsample->held = arena_take(arena, TAG_FIXED, (size_t)data->train.n, 1);
    if (arena_check(arena, err) == OK)
        hold_out(subsample, n);
    return err->status;
}

static struct subset keep_held(const struct subsample *s, struct subset from, bool held)
{
    struct copy copy;
    int n = 0;

    for (int i = 0; i < from.n; i++)
        n += s->held[from.row[i]] == held;
    if (!copy_open(&copy, n, s->arena))
        return (struct subset){0};
    for (int i = 0; i < from.n; i++)
        if (s->held[from.row[i]] == held)
            copy_add(&copy, from, i);
    return copy_end(&copy);
}

/* ---------------------------------------------------------------- sizes */

static double tail(double ratio, int k, int n)
{
    return n > 1 ? pow(ratio, -(double)k / (n - 1)) : 1;
}

static struct subset unbalance(const struct subsample *s, struct subset from, int t,
                               int n_task)
{
    const struct stream_setup *setup = s->setup;
    const uint8_t *label = s->data->train.label;
    struct rng rng = rng_at(rng_child(s->rng, "imbalance"), (uint64_t)t);
    double of_task = tail(setup->imbalance_tasks, t, n_task);
    struct draw draw[N_CLASS_MAX] = {0};
    struct copy copy;

    for (int i = 0; i < from.n; i++)
        draw[label[from.row[i]]].left++;
    for (int c = 0; c < s->data->n_class; c++) {
        double share = of_task * tail(setup->imbalance_classes, c, s->data->n_class);

        draw[c].rng = rng_at(rng, (uint64_t)c);
        draw[c].wanted = (int)lround(fmax(1, share * draw[c].left));
    }
    if (!copy_open(&copy, from.n, s->arena))
        return (struct subset){0};
    for (int i = 0; i < from.n; i++)
        if (drawn(&draw[label[from.row[i]]]))
            copy_add(&copy, from, i);
    return copy_end(&copy);
}

static struct subset subsample(const struct subsample *s, struct subset from, int n,
                               struct rng rng)
{
    struct draw draw = {rng, n, from.n};
    struct copy copy;

    if (n == 0 || n >= from.n)
        return from;
    if (!copy_open(&copy, n, s->arena))
        return (struct subset){0};
    for (int i = 0; i < from.n; i++)
        if (drawn(&draw))
            copy_add(&copy, from, i);
    return copy_end(&copy);
}

/* ---------------------------------------------------------------- labels */

static struct subset add_label_noise(const struct subsample *s, struct subset from, int t,
                                     struct range classes)
{
    struct rng rng = rng_at(rng_child(s->rng, "label_noise"), (uint64_t)t);
    struct copy copy;

    if (!copy_open(&copy, from.n, s->arena))
        return (struct subset){0};
    for (int i = 0; i < from.n; i++) {
        bool wrong = (double)rng_uniform(&rng) < s->setup->label_noise;
        int further = (int)rng_below(&rng, (uint32_t)classes.n - 1) + 1;
        int place = from.label[i] - classes.first;

        copy_add(&copy, from, i);
        if (wrong)
            copy.label[i] = classes.first + (place + further) % classes.n;
    }
    return copy_end(&copy);
}

/* ---------------------------------------------------------------- a task */

struct subset subsample_train(const struct subsample *s, struct subset all, int t,
                              int n_task, struct range classes)
{
    const struct stream_setup *setup = s->setup;
    struct subset kept = s->held ? keep_held(s, all, false) : all;

    if (setup->imbalance_classes > 1 || setup->imbalance_tasks > 1)
        kept = unbalance(s, kept, t, n_task);
    kept = subsample(s, kept, setup->per_task,
                     rng_at(rng_child(s->rng, "per_task"), (uint64_t)t));
    if (setup->label_noise > 0 && classes.n > 1)
        kept = add_label_noise(s, kept, t, classes);
    return kept;
}

struct subset subsample_test(const struct subsample *s, struct subset train,
                             struct subset test, int t)
{
    struct subset all =
        s->setup->judge == JUDGE_VALIDATION && s->held ? keep_held(s, train, true) : test;

    return subsample(s, all, s->setup->test_per_task,
                     rng_at(rng_child(s->rng, "test_per_task"), (uint64_t)t));
}
