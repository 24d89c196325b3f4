/* `bench parallel`: cells that several ranks train together, one after the other. Every rank
 * reads the suite and the data, and so knows what to do without being told. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/study/apart.h"
#include "bench/study/queue.h"
#include "bench/study/training.h"
#include "core/base/denormals.h"
#include "core/base/ranks.h"
#include "core/base/ranks_together.h"
#include "results/data/metrics.h"
#include "tasks/formats/catalogue.h"

struct request { /* the command line, read */
    const char *suite, *out, *data, *glob[FLAG_MANY];
    struct globs only;
};

static enum status read_request(struct request *request, int argc, char **argv,
                                struct error *err)
{
    const struct flag table[] = {
        {.name = "out", .value = &request->out},
        {.name = "data", .value = &request->data},
        {.name = "only", .value = request->glob, .many = &request->only.n},
        {.name = NULL},
    };
    int n;

    request->only.glob = request->glob;
    if (flags_read(table, argc, argv, &n, err) != OK)
        return err->status;
    if (n != 1)
        return error_set(
            err, ERR_USAGE,
            "bench parallel needs one suite file; see bench parallel --help");
    request->suite = argv[0];
    return OK;
}

/* ---------------------------------------------------------------- one training */

struct training_together {
    struct study *study;
    const struct job *job;
    struct apart apart;
};

static const char columns[] =
    "cell,by,ranks,steps,seconds,message_seconds,cpu_seconds,messages,bytes,accuracy";

/* A line of these, from rank 0. */
static void print_line(struct training_together *t, const struct outcome *outcome)
{
    struct apart *apart = &t->apart;
    const struct evaluation_list *eval = &outcome->tests.eval;
    long long messages = (long long)ranks_total(apart->n_message);
    long long bytes = (long long)ranks_total(apart->bytes);
    double cpu = ranks_most(apart->cpu);
    struct metrics metrics;

    if (ranks_own() > 0)
        return;
    metrics_compute(outcome, &t->study->results, &metrics);
    printf("%s,%s,%d,%lld,%.3f,%.3f,%.3f,%lld,%lld,%.4f\n", t->job->cell->id,
           ranks_count() == 1   ? "one process"
           : apart->run.by_rows ? "rows"
                                : "pieces",
           ranks_count(), eval->n > 0 ? (long long)eval->data[eval->n - 1].step : 0,
           outcome->timing.train_seconds + apart->gather, apart->gather + apart->sum, cpu,
           messages, bytes, metrics.value[METRIC_ACCURACY]);
    fflush(stdout);
}

static enum status train_only(struct training_together *t, struct error *err)
{
    const struct job *job = t->job;
    struct outcome outcome = {0};
    struct run run;

    if (run_open_apart(&run, job->cell, job->data, &t->apart.run, err) == OK &&
        run_train(&run, err) == OK) {
        run_outcome(&run, 0, &outcome);
        print_line(t, &outcome);
    }
    run_close(&run);
    return err->status;
}

/* What a training says goes to its log. Returns what was standard output, for end_log. */
static int begin_log(const struct folder *folder, const struct cell *cell)
{
    int before = dup(STDOUT_FILENO), fd;
    char log[FOLDER_PATH];

    fflush(stdout);
    folder_cell_path(folder, cell, "log.txt", log);
    fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd >= 0) {
        dup2(fd, STDOUT_FILENO);
        close(fd);
    }
    return before;
}

static void end_log(int before)
{
    fflush(stdout);
    dup2(before, STDOUT_FILENO);
    close(before);
}

static enum status record(const struct training_together *t, struct error *err)
{
    struct study *study = t->study;
    struct worker_page *page = calloc(1, sizeof *page);
    struct worker_settings settings = {&study->folder, &study->environment, 0, NULL};
    struct training_task task = {&settings, t->job->cell, t->job->data,
                                 NULL,      page,         &t->apart.run};
    enum training_end end;
    int before;

    if (!page)
        return error_no_memory(err);
    before = begin_log(&study->folder, t->job->cell);
    end = training_run(&task);
    end_log(before);
    if (end != TRAINING_RECORDED)
        error_set(err, ERR_IO, "%s", page->error.text);
    free(page);
    return err->status;
}

/* At rank 0: trains, with the outcome of each cell of the training in the folder. */
static enum status train_and_record(struct training_together *t, struct error *err)
{
    struct study *study = t->study;
    const struct outcome *outcome;

    for (const struct cell *c = t->job->cell; c; c = c->next_sharing)
        if (folder_begin(&study->folder, c, err) != OK)
            return err->status;
    if (record(t, err) != OK)
        return err->status;
    for (const struct cell *c = t->job->cell; c; c = c->next_sharing) {
        outcome = study_read_cell(study, c, err);
        if (!outcome)
            return err->status;
        if (outcome->ending != END_OK)
            return error_set(err, ERR_DIVERGED, "cell '%s': %s", c->id, outcome->reason);
        if (c == t->job->cell)
            print_line(t, outcome);
    }
    return OK;
}

/* ---------------------------------------------------------------- all of them */

/* At rank 0: the folder, with what it holds of other cells. */
static enum status prepare_folder(struct study *study, const struct queue *queue,
                                  const struct request *request, struct error *err)
{
    char out[FOLDER_PATH];

    snprintf(out, sizeof out, "%s%s", request->out ? request->out : "out/",
             request->out ? "" : study->suite.name);
    if (folder_name(&study->folder, out, err) != OK ||
        folder_lock(&study->folder, err) != OK ||
        study_read(study, &request->only, err) != OK ||
        queue_prepare(queue, &study->folder, true, err) != OK)
        return err->status;
    return study_write_setup(study, true, err);
}

static enum status train_jobs(struct study *study, struct queue *queue, struct error *err)
{
    struct training_together t = {.study = study};

    if (ranks_own() == 0)
        printf("%s\n", columns);
    while (err->status == OK && (t.job = queue_next(queue))) {
        apart_begin(&t.apart, t.job->cell->learner);
        ranks_wait();
        if (ranks_own() == 0 && !t.apart.run.by_rows)
            train_and_record(&t, err);
        else
            train_only(&t, err);
    }
    return err->status;
}

static enum status train_suite(struct study *study, const struct request *request,
                               struct error *err)
{
    struct dataset_cache *cache = calloc(1, sizeof *cache);
    struct queue queue;

    if (!cache)
        return error_no_memory(err);
    data_folder(request->data, cache->folder, sizeof cache->folder);
    dataset_cache_beside(cache, request->suite);
    if (study->candidates.n > 0)
        error_set(err, ERR_USAGE, "%s tunes options; bench run chooses them",
                  request->suite);
    if (err->status == OK &&
        queue_make(&queue, study, &request->only, cache, err) == OK &&
        (ranks_own() > 0 || prepare_folder(study, &queue, request, err) == OK) &&
        train_jobs(study, &queue, err) == OK && ranks_own() == 0)
        study_write_tables(study, err);
    dataset_cache_close(cache);
    free(cache);
    return err->status;
}

static enum status run(int argc, char **argv, int *exit_status, struct error *err)
{
    struct study study = {.folder.lock = -1};
    struct request request = {0};

    if (read_request(&request, argc, argv, err) != OK)
        return err->status;
    if (!ranks_library())
        return error_set(err, ERR_USAGE, "this bench was built without MPI");
    ranks_open();
    denormals_flush();
    if (study_open(&study, request.suite, NULL, err) == OK)
        train_suite(&study, &request, err);
    study_close(&study);
    if (err->status != OK && ranks_count() > 1) {
        diagnostic_print(err, stderr);
        ranks_end_all(2); /* others may wait for this one */
    }
    ranks_close();
    return err->status;
}

const struct command command_parallel = {
    .name = "parallel",
    .about = "cells that several processes of mpirun train together",
    .usage =
        "usage: mpirun -n RANKS bench parallel SUITE.yaml [flags]\n"
        "\n"
        "Trains each cell of the suite in all ranks together, one cell after the other,\n"
        "and anew where the folder has it. (bench run trains whole cells at the same "
        "time,\n"
        "which is faster where there are enough of them.)\n"
        "\n"
        "noprop-dt is trained by pieces: each rank trains some of its blocks, and sends\n"
        "them to rank 0 when the cell is tested. The result is that of bench run, bit "
        "for\n"
        "bit, and is recorded; loss.csv has the losses of rank 0. Every other learner "
        "is\n"
        "trained by rows: each rank takes its part of each batch, and gradients are\n"
        "averaged at every step. That rounds differently, so it is measured and not\n"
        "recorded, but for one rank.\n"
        "\n"
        "  --out DIR          result folder (default out/<suite>)\n"
        "  --data DIR         data directory, as for bench run\n"
        "  --only GLOB        only the cells whose name matches (repeats)\n"
        "\n"
        "Prints a line of CSV for each cell: seconds of training, and of these in\n"
        "messages; seconds of CPU that the busiest rank trained, without messages; the\n"
        "messages and bytes that ranks gave to others. A sum of gradients over all "
        "ranks\n"
        "counts once for each of them. There are no checkpoints. A rank that fails ends\n"
        "all of them. Exit status: 0 all ended ok; 2 not.\n",
    .run = run,
};
