#include "bench/study/queue.h"

#include <stdlib.h>
#include <string.h>

#include "bench/plan/fingerprint.h"
#include "bench/run/checkpoint.h"
#include "bench/study/needs.h"
#include "core/base/buckets.h"

/* A queue that is being made. */
struct filling {
    struct queue *queue;
    struct dataset_cache *cache;
    struct needs needs;
    struct buckets by_training; /* the jobs of the queue */
};

/* The last cell of a job that is the same training and has room for one more cell; NULL =
 * there is none. Only the newest of these jobs can have room. */
static struct cell *last_sharing(const struct filling *f, uint64_t training)
{
    for (int i = buckets_first(&f->by_training, training); i >= 0;
         i = buckets_next(&f->by_training, i)) {
        struct cell *last = f->queue->job[i].cell;

        if (f->queue->job[i].training != training)
            continue;
        if (plan_count_sharing(last) == SHARING_MOST)
            return NULL;
        while (last->next_sharing)
            last = last->next_sharing;
        return last;
    }
    return NULL;
}

/* Adds a cell, to a training that is there or as a new one. */
static enum status add_cell(struct filling *f, struct cell *cell, struct error *err)
{
    struct queue *queue = f->queue;
    struct job *job = &queue->job[queue->n];
    uint64_t training = fingerprint_training(cell);
    struct cell *last = last_sharing(f, training);

    queue->n_cell++;
    if (last) {
        last->next_sharing = cell;
        return OK;
    }
    *job = (struct job){.cell = cell, .training = training};
    if (dataset_cache_get(f->cache, &cell->setup, &job->data, err) != OK)
        return err->status;
    if (queue->n > 0 && cell->settings == job[-1].cell->settings) { /* another seed */
        job->need = job[-1].need;
    } else if (needs_find(&f->needs, cell, job->data, &job->need, err) != OK) {
        return err->status;
    }
    buckets_add(&f->by_training, training, queue->n++);
    return OK;
}

static bool is_open(const struct study *study, int i)
{
    return study_is_mine(study, i) &&
           !(study->there[i] && folder_final(&study->outcome[i]));
}

/* all: also those that are finished, or not for this shard. */
static enum status add_cells(struct filling *f, struct study *study,
                             const struct globs *only, bool all, struct error *err)
{
    for (int i = 0; i < study->plan.n && err->status == OK; i++) {
        struct cell *cell = &study->plan.cell[i];

        cell->next_sharing = NULL;
        if (study_match(study, cell, only) && (all || is_open(study, i)))
            add_cell(f, cell, err);
    }
    return err->status;
}

/* A job's place in the plan breaks ties, so that the order is the same everywhere. */
static int by_work(const void *a, const void *b)
{
    const struct job *x = *(const struct job *const *)a;
    const struct job *y = *(const struct job *const *)b;

    if (x->need.work < y->need.work || x->need.work > y->need.work)
        return x->need.work < y->need.work ? 1 : -1;
    return (x > y) - (x < y);
}

static enum status order_jobs(struct queue *queue, struct arena *arena, struct error *err)
{
    size_t n = (size_t)queue->n;

    queue->order = arena_take(arena, TAG_STATE, n, sizeof *queue->order);
    if (arena_check(arena, err) != OK || n == 0)
        return err->status;
    for (int i = 0; i < queue->n; i++)
        queue->order[i] = &queue->job[i];
    qsort(queue->order, n, sizeof *queue->order, by_work);
    return OK;
}

const struct job *queue_next(struct queue *queue)
{
    return queue->n_handed < queue->n ? queue->order[queue->n_handed++] : NULL;
}

/* With a glob that would match, where the text is a part of a name. */
static enum status unmatched(const struct study *study, const char *glob,
                             struct error *err)
{
    char around[512];
    struct globs wide = {&(const char *){around}, 1};
    const struct cell *cell = study->plan.cell;

    snprintf(around, sizeof around, "*%s*", glob);
    for (int i = 0; i < study->plan.n; i++)
        if (plan_match(&cell[i], &wide))
            return error_set(
                err, ERR_USAGE,
                "no cell of %s matches --only '%s', which has to fit the whole "
                "name; write '%s', for example for %s",
                study->suite.path, glob, around, cell[i].id);
    return error_set(err, ERR_USAGE,
                     "no cell of %s matches --only '%s'; its first cell is %s",
                     study->suite.path, glob, study->plan.n ? cell[0].id : "none");
}

/* A glob that matches nothing is a typing error. */
static enum status check_globs(const struct study *study, const struct globs *only,
                               struct error *err)
{
    for (int k = 0; only && k < only->n && !study->main; k++) {
        struct globs one = {&only->glob[k], 1};
        int i = 0;

        while (i < study->plan.n && !plan_match(&study->plan.cell[i], &one))
            i++;
        if (i == study->plan.n)
            return unmatched(study, only->glob[k], err);
    }
    return OK;
}

/* Each cell of a training is tested by itself. */
static void add_evaluations(struct queue *queue)
{
    for (int i = 0; i < queue->n; i++) {
        struct need *need = &queue->job[i].need;
        double more = (plan_count_sharing(queue->job[i].cell) - 1) * need->evaluation;

        need->work += more;
        need->scoring += more;
    }
}

static enum status fill(struct queue *queue, struct study *study,
                        const struct globs *only, bool all, struct dataset_cache *cache,
                        struct error *err)
{
    struct filling f = {.queue = queue, .cache = cache};
    size_t n = (size_t)study->plan.n;

    *queue = (struct queue){.plan = &study->plan, .warnings.arena = &study->arena};
    f.needs.warnings = &queue->warnings;
    queue->job = arena_take(&study->arena, TAG_STATE, n, sizeof *queue->job);
    if (arena_check(&study->arena, err) == OK &&
        buckets_open(&f.by_training, n, err) == OK && needs_open(&f.needs, n, err) == OK)
        add_cells(&f, study, only, all, err);
    add_evaluations(queue);
    buckets_close(&f.by_training);
    needs_close(&f.needs);
    if (err->status != OK)
        return err->status;
    return order_jobs(queue, &study->arena, err);
}

/* Which shard trains what must not depend on what is finished already, or two of them that
 * begin at different times would deal differently. So all jobs are dealt, the longest first:
 * to 1 ... n, then n ... 1, and so on. */
static enum status deal(struct study *study, const struct globs *only,
                        struct dataset_cache *cache, struct error *err)
{
    int n = study->shard.n;
    struct queue all;

    if (fill(&all, study, only, true, cache, err) != OK)
        return err->status;
    study->is_mine = arena_take(&study->arena, TAG_STATE, (size_t)study->plan.n, 1);
    if (arena_check(&study->arena, err) != OK)
        return err->status;
    for (int i = 0; i < all.n; i++) {
        int place = i % n, k = i / n % 2 == 0 ? place + 1 : n - place;

        for (const struct cell *c = all.order[i]->cell; c; c = c->next_sharing)
            study->is_mine[c - study->plan.cell] = k == study->shard.k;
    }
    return OK;
}

enum status queue_make(struct queue *queue, struct study *study, const struct globs *only,
                       struct dataset_cache *cache, struct error *err)
{
    if (check_globs(study, only, err) != OK)
        return err->status;
    if (study->shard.n > 0 && deal(study, only, cache, err) != OK)
        return err->status;
    return fill(queue, study, only, false, cache, err);
}

enum status queue_prepare(const struct queue *queue, const struct folder *folder,
                          bool restart, struct error *err)
{
    for (int i = 0; i < queue->n; i++)
        for (const struct cell *c = queue->job[i].cell; c; c = c->next_sharing)
            if (folder_prepare(folder, c, restart, err) != OK)
                return err->status;
    return OK;
}

static int by_bytes(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x < y) - (x > y);
}

int queue_fitting(const struct queue *queue, int jobs, double memory)
{
    double *bytes = calloc((size_t)queue->n + 1, sizeof *bytes), sum = 0;
    int fitting = 0;

    if (!bytes)
        return 1;
    for (int i = 0; i < queue->n; i++)
        bytes[i] = queue->job[i].need.bytes;
    qsort(bytes, (size_t)queue->n, sizeof *bytes, by_bytes);
    while (fitting < jobs && fitting < queue->n && (sum += bytes[fitting]) <= memory)
        fitting++;
    if (fitting == queue->n) /* all of them at a time */
        fitting = jobs;
    free(bytes);
    return fitting > 0 ? fitting : 1;
}

int queue_begun(const struct queue *queue, const struct folder *folder)
{
    char path[FOLDER_PATH];
    int n = 0;

    for (int i = 0; i < queue->n; i++) {
        const struct cell *cell = queue->job[i].cell;

        folder_cell_path(folder, cell, "checkpoint", path);
        if (!checkpoint_found(cell, path))
            continue;
        for (; cell; cell = cell->next_sharing)
            n++;
    }
    return n;
}

double queue_work(const struct queue *queue)
{
    double work = 0;

    for (int i = 0; i < queue->n; i++)
        work += queue->job[i].need.work;
    return work;
}
