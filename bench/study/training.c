#include "bench/study/training.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/checkpoint.h"
#include "bench/run/stream_record.h"
#include "bench/run/trace.h"
#include "core/base/file.h"

static void timestamp(char *out, size_t n)
{
    time_t now = time(NULL);
    struct tm utc;

    gmtime_r(&now, &utc);
    strftime(out, n, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

/* A line of log.txt, there before anything else can happen. */
static void note(const struct cell *cell, const char *what, const char *more)
{
    char now[32];

    timestamp(now, sizeof now);
    printf("%s %s%s%s\n", now, what, more,
           cell->next_sharing ? " (with those that share its training)" : "");
    fflush(stdout);
}

static enum status save_losses(const struct run *run, const char *path, struct error *err)
{
    struct file file;

    if (file_begin(&file, path, err) != OK)
        return err->status;
    fprintf(file.out, "step,task,loss\n");
    for (int i = 0; i < run->position.n_loss; i++) {
        const struct loss_point *point = &run->results.loss[i];

        fprintf(file.out, "%" PRId64 ",%" PRId64 ",%.9g\n", point->step, point->task + 1,
                point->loss);
    }
    return file_put(&file, err);
}

static enum ending ending_of(enum status status)
{
    switch (status) {
    case OK:
        return END_OK;
    case ERR_DIVERGED:
        return END_DIVERGED;
    case ERR_MEMORY:
        return END_MEMORY;
    case ERR_TIME:
        return END_TIMEOUT;
    default:
        return END_CRASHED;
    }
}

void training_describe(const struct environment *env, struct outcome *outcome)
{
    timestamp(outcome->timing.started, sizeof outcome->timing.started);
    memcpy(outcome->origin.host, env->host, sizeof outcome->origin.host);
    memcpy(outcome->origin.isa, env->isa, sizeof outcome->origin.isa);
    memcpy(outcome->origin.blas_core, env->blas_core, sizeof outcome->origin.blas_core);
    memcpy(outcome->origin.commit, env->commit, sizeof outcome->origin.commit);
    memcpy(outcome->origin.compiler, env->compiler, sizeof outcome->origin.compiler);
}

static int64_t peak_rss(void)
{
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    return (int64_t)use.ru_maxrss * 1024;
}

/* After an evaluation: the trace of each cell that asks for one now. */
static enum status save_traces(const void *context, struct run *run, bool last,
                               struct error *err)
{
    const struct training_task *task = context;
    char path[FOLDER_PATH];

    for (const struct cell *cell = run->cell; cell; cell = cell->next_sharing) {
        int when = cell->evaluating.trace;

        if (!cell->learner->trace || when == TRACE_NO || (when == TRACE_END && !last))
            continue;
        folder_cell_path(task->settings->folder, cell, "trace.csv", path);
        if (trace_save(run, cell, path, err) != OK)
            return err->status;
    }
    return OK;
}

/* status.json comes last, when the others have their names: with it the cell is finished.
 */
static enum status write_results(const struct training_task *task, struct run *run,
                                 bool opened, const struct cell *cell,
                                 struct outcome *outcome, struct error *err)
{
    const struct folder *folder = task->settings->folder;
    char path[FOLDER_PATH];

    folder_cell_path(folder, cell, "loss.csv", path);
    if (save_losses(run, path, err) != OK)
        return err->status;
    folder_cell_path(folder, cell, "stream.csv", path);
    if (opened && stream_record_save(&run->scenario, path, err) != OK)
        return err->status;
    folder_cell_path(folder, cell, "status.json", path);
    file_sync_names(path);
    outcome->timing.peak_rss = peak_rss();
    if (outcome_save(outcome, path, err) != OK)
        return err->status;
    task->page->n_recorded++;
    folder_cell_path(folder, cell, "checkpoint", path);
    if (folder_final(outcome))
        unlink(path);
    return OK;
}

/* How a run ended, for each of the cells; `begun` has what was known at its start. */
static enum status record_run(const struct training_task *task, struct run *run,
                              bool opened, const struct outcome *begun,
                              const struct error *why, struct error *err)
{
    int k = 0;

    for (const struct cell *cell = run->cell; cell; cell = cell->next_sharing, k++) {
        struct outcome outcome = *begun;

        folder_identify(cell, &outcome);
        outcome.cost.peak = run->memory.peak;
        outcome.tests.n_task = run->scenario.n_task;
        if (opened)
            run_outcome(run, k, &outcome);
        outcome.ending = ending_of(why->status);
        outcome.tests.chance =
            run->scenario.n_out
                ? scenario_chance(&run->scenario, cell->setup.outputs_test)
                : 0;
        memcpy(outcome.reason, why->text, sizeof outcome.reason - 1);
        if (write_results(task, run, opened, cell, &outcome, err) != OK)
            return err->status;
    }
    return OK;
}

/* Opens a run of the cells and trains it; false = it could not be opened. */
static bool train(const struct training_task *task, const struct cell *cell,
                  struct run *run, struct error *why)
{
    char checkpoint[FOLDER_PATH];
    bool opened;

    folder_cell_path(task->settings->folder, cell, "checkpoint", checkpoint);
    note(cell,
         checkpoint_found(cell, checkpoint) ? "goes on from a checkpoint" : "begins", "");
    opened = run_open_apart(run, cell, task->data, task->apart, why) == OK;
    run->control = (struct run_control){
        .live = &task->page->live,
        .stop = task->stop,
        .checkpoint = task->apart ? NULL : checkpoint,
        .checkpoint_seconds = task->settings->checkpoint_seconds,
        .evaluated = save_traces,
        .context = task,
    };
    if (opened)
        run_train(run, why);
    run->control = (struct run_control){0};
    note(cell, why->status == ERR_INTERRUPTED ? "stops: " : "ends: ",
         why->status == OK ? ending_name(END_OK) : why->text);
    return opened;
}

/* The cells from this one on, in one training. */
static enum training_end run_cells(const struct training_task *task,
                                   const struct cell *cell)
{
    struct error why = {0}, *err = &task->page->error;
    struct outcome begun = {0};
    struct run run;
    bool opened;

    training_describe(task->settings->environment, &begun);
    opened = train(task, cell, &run, &why);
    if (why.status == ERR_INTERRUPTED)
        return TRAINING_STOPPED;
    if (why.status == ERR_IO) {
        *err = why;
        return TRAINING_UNWRITTEN;
    }
    if (why.status == ERR_DIVERGED && cell->next_sharing) {
        run_close(&run);
        return TRAINING_APART;
    }
    if (record_run(task, &run, opened, &begun, &why, err) != OK)
        return TRAINING_UNWRITTEN;
    run_close(&run);
    return TRAINING_RECORDED;
}

/* When a training that is shared diverges, its cells are run one by one: a score that is
 * not a number may concern the outputs that compete in one of them alone. */
enum training_end training_run(const struct training_task *task)
{
    enum training_end end = run_cells(task, task->cell);

    if (end != TRAINING_APART)
        return end;
    end = TRAINING_RECORDED;
    for (const struct cell *c = task->cell; c && end == TRAINING_RECORDED;
         c = c->next_sharing) {
        struct cell alone = *c;

        alone.next_sharing = NULL;
        end = run_cells(task, &alone);
    }
    return end;
}
