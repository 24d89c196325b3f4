#include "bench/study/queue.h"

#include <stdlib.h>
#include <string.h>

#include "bench/perf/perf.h"
#include "bench/plan/fingerprint.h"
#include "bench/run/checkpoint.h"
#include "bench/run/run.h"
#include "core/base/buckets.h"

/* The stream of the cells that are checked now. Those of one stream and seed follow each
 * other, whatever the learner and strategy: it is opened once for all of them. */
struct open_stream {
    struct arena arena; /* of the scenario */
    struct scenario scenario;
    const struct cell *cell; /* that it was opened for; NULL = none is open */
};

/* Cells of one stream of the suite share its options, and their setup. */
static bool same_stream(const struct cell *a, const struct cell *b)
{
    return a->stream_options == b->stream_options && a->stream_seed == b->stream_seed;
}

/* Settings that were tried, with the work of a cell that has them. */
struct tried {
    uint64_t settings; /* fingerprint_part */
    double work;
    int64_t parameters;
};

/* A queue that is being made. */
struct filling {
    struct queue *queue;
    struct dataset_cache *cache;
    struct open_stream open;
    struct buckets by_training; /* the jobs of the queue */
    struct tried *tried;        /* n_tried */
    struct buckets by_settings; /* these */
    int n_tried;
};

static void close_stream(struct open_stream *open)
{
    arena_close(&open->arena);
    *open = (struct open_stream){0};
}

static enum status open_stream(struct filling *f, const struct cell *cell,
                               const struct dataset *data, struct error *err)
{
    struct open_stream *open = &f->open;

    if (open->cell && same_stream(open->cell, cell))
        return OK;
    close_stream(open);
    if (arena_open(&open->arena, 0, err) != OK ||
        scenario_open(&open->scenario, cell->stream, cell->stream_options, &cell->setup,
                      data, cell->stream_seed, &open->arena, err) != OK)
        return err->status;
    open->cell = cell;
    warnings_of_stream(&f->queue->warnings, cell, &open->scenario);
    return OK;
}

/* Opens a run of the job's cell and closes it again: every option is checked against the
 * data, and the amount of work becomes known, before anything is trained. */
static enum status try_cell(struct filling *f, struct job *job, struct error *err)
{
    const struct cell *cell = job->cell;
    struct run run = {0};
    struct error why = {0};

    if (open_stream(f, cell, job->data, &why) == OK &&
        run_open_on(&run, cell, &f->open.scenario, &why) == OK) {
        job->work = run_work(&run);
        job->parameters = (int64_t)cell->learner->weights(run.model.learner).n;
        warnings_of_learner(&f->queue->warnings, cell, job->parameters);
    }
    run_close(&run);
    if (why.status == OK || why.status == ERR_MEMORY) /* that is a result */
        return OK;
    return error_set(err, why.status, "cell '%s': %s", cell->id, why.text);
}

static struct tried *find_tried(const struct filling *f, uint64_t settings)
{
    int i = buckets_first(&f->by_settings, settings);

    while (i >= 0 && f->tried[i].settings != settings)
        i = buckets_next(&f->by_settings, i);
    return i >= 0 ? &f->tried[i] : NULL;
}

static void keep_tried(struct filling *f, uint64_t settings, const struct job *job)
{
    if (find_tried(f, settings))
        return;
    f->tried[f->n_tried] = (struct tried){settings, job->work, job->parameters};
    buckets_add(&f->by_settings, settings, f->n_tried++);
}

/* Finds the work of a training, and tries its settings where that was not done before. A
 * strategy that does not look at the learner (`attach`) is tried on a stream once and not
 * with every learner, and so is a learner with such strategies. The work is the same for
 * all strategies that train on the same rows. */
static enum status try_settings(struct filling *f, struct job *job, struct error *err)
{
    const struct strategy *around = job->cell->strategy;
    uint64_t learner =
        fingerprint_part(job->cell, FINGERPRINT_LEARNER) + (uint64_t)around->train_on;
    uint64_t strategy = fingerprint_part(job->cell, FINGERPRINT_STRATEGY);
    const struct tried *known = find_tried(f, learner);

    if (known && !around->attach && find_tried(f, strategy)) {
        job->work = known->work;
        job->parameters = known->parameters;
        return OK;
    }
    if (try_cell(f, job, err) != OK)
        return err->status;
    keep_tried(f, learner, job);
    keep_tried(f, strategy, job);
    return OK;
}

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
        job->work = job[-1].work;
        job->parameters = job[-1].parameters;
    } else if (try_settings(f, job, err) != OK) {
        return err->status;
    }
    buckets_add(&f->by_training, training, queue->n++);
    return OK;
}

static enum status add_cells(struct filling *f, struct study *study,
                             const struct globs *only, struct error *err)
{
    for (int i = 0; i < study->plan.n && err->status == OK; i++) {
        struct cell *cell = &study->plan.cell[i];

        if (study_match(study, cell, only) &&
            !(study->there[i] && folder_final(&study->outcome[i])))
            add_cell(f, cell, err);
    }
    return err->status;
}

/* A job's place in the plan breaks ties, so that the order is the same everywhere. */
static int by_work(const void *a, const void *b)
{
    const struct job *x = *(const struct job *const *)a;
    const struct job *y = *(const struct job *const *)b;

    if (x->work < y->work || x->work > y->work)
        return x->work < y->work ? 1 : -1;
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

enum status queue_make(struct queue *queue, struct study *study, const struct globs *only,
                       struct dataset_cache *cache, struct error *err)
{
    struct filling f = {.queue = queue, .cache = cache};
    size_t n = (size_t)study->plan.n;

    *queue = (struct queue){.plan = &study->plan, .warnings.arena = &study->arena};
    if (check_globs(study, only, err) != OK)
        return err->status;
    queue->job = arena_take(&study->arena, TAG_STATE, n, sizeof *queue->job);
    f.tried = arena_take(&study->arena, TAG_SCRATCH, 2 * n, sizeof *f.tried);
    if (arena_check(&study->arena, err) == OK &&
        buckets_open(&f.by_training, n, err) == OK &&
        buckets_open(&f.by_settings, 2 * n, err) == OK)
        add_cells(&f, study, only, err);
    buckets_close(&f.by_training);
    buckets_close(&f.by_settings);
    close_stream(&f.open);
    if (err->status != OK)
        return err->status;
    return order_jobs(queue, &study->arena, err);
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

/* "3 to 20 minutes" */
static void print_span(double least, double most, FILE *out)
{
    const char *unit = most < 120 ? "seconds" : most < 7200 ? "minutes" : "hours";
    double length = most < 120 ? 1 : most < 7200 ? 60 : 3600;

    fprintf(out, "%.1f to %.1f %s", least / length, most / length, unit);
}

static void print_work(double flops, int width, FILE *out)
{
    bool large = flops >= 1e12;

    fprintf(out, "%*.3f %s", width, flops * (large ? 1e-12 : 1e-9),
            large ? "TFLOP" : "GFLOP");
}

static void print_total(const struct queue *queue, double work, FILE *out)
{
    double peak = perf_peak();

    fprintf(out, "%d of ", queue->n_cell);
    plan_print_size(queue->plan, "", out);
    fputs(" to run, ", out);
    print_work(work, 0, out);
    fprintf(out,
            "; a core makes %.0f GFLOP/s, measured now, and training a tenth of that "
            "(small batches) to three quarters: about ",
            peak * 1e-9);
    print_span(work / (0.75 * peak), work / (0.1 * peak), out);
    fprintf(out, " on one core, evaluation not counted\n");
}

double queue_work(const struct queue *queue)
{
    double work = 0;

    for (int i = 0; i < queue->n; i++)
        work += queue->job[i].work;
    return work;
}

void queue_print(const struct queue *queue, FILE *out)
{
    fprintf(out, "%-70s %-16s  %12s  %15s\n", "cell", "fingerprint", "parameters",
            "training");
    for (int i = 0; i < queue->n; i++) {
        const struct job *job = &queue->job[i];

        fprintf(out, "%-70s %s  %12lld  ", job->cell->id, job->cell->fingerprint,
                (long long)job->parameters);
        print_work(job->work, 9, out);
        fputc('\n', out);
        for (const struct cell *c = job->cell->next_sharing; c; c = c->next_sharing)
            fprintf(out, "%-70s %s  trained as one with it\n", c->id, c->fingerprint);
    }
    print_total(queue, queue_work(queue), out);
}
