#include "bench/study/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/checkpoint.h"
#include "bench/run/stream_record.h"
#include "bench/run/trace.h"
#include "core/base/denormals.h"
#include "core/base/file.h"

/* How a child process ends; anything else is a crash. */
enum { EXIT_FINISHED = 0, EXIT_STOPPED = 10, EXIT_UNWRITTEN = 11, EXIT_APART = 12 };

static volatile sig_atomic_t stop_asked; /* set by the signal handler of a child */

static void ask_to_stop(int signal_number)
{
    stop_asked = 1;
}

static void watch_signals(pid_t parent)
{
    struct sigaction stop = {.sa_handler = ask_to_stop};
    sigset_t none;

    sigaction(SIGTERM, &stop, NULL);
    signal(SIGINT, SIG_IGN); /* the parent hears these and decides */
    signal(SIGHUP, SIG_IGN);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL); /* the parent blocks what it waits for */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it died before we asked */
        _exit(EXIT_STOPPED);
}

static enum status redirect_output(const char *log, struct error *err)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);

    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        return error_set(err, ERR_IO, "cannot write %s: %s", log, strerror(errno));
    close(fd);
    return OK;
}

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
    for (int i = 0; i < run->position.n_loss; i++)
        fprintf(file.out, "%lld,%d,%.9g\n", (long long)run->results.loss[i].step,
                run->results.loss[i].task + 1, run->results.loss[i].loss);
    return file_commit(&file, err);
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

static void describe(const struct environment *env, struct outcome *outcome)
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
    const struct worker *worker = context;
    char path[FOLDER_PATH];

    for (const struct cell *cell = run->cell; cell; cell = cell->next_sharing) {
        int when = cell->evaluating.trace;

        if (!cell->learner->trace || when == TRACE_NO || (when == TRACE_END && !last))
            continue;
        folder_cell_path(worker->settings->folder, cell, "trace.csv", path);
        if (trace_save(run, cell, path, err) != OK)
            return err->status;
    }
    return OK;
}

/* status.json comes last: with it the cell is finished. */
static enum status write_results(const struct worker *worker, struct run *run,
                                 bool opened, const struct cell *cell,
                                 struct outcome *outcome, struct error *err)
{
    const struct folder *folder = worker->settings->folder;
    char path[FOLDER_PATH];

    folder_cell_path(folder, cell, "loss.csv", path);
    if (save_losses(run, path, err) != OK)
        return err->status;
    folder_cell_path(folder, cell, "stream.csv", path);
    if (opened && stream_record_save(&run->scenario, path, err) != OK)
        return err->status;
    folder_cell_path(folder, cell, "status.json", path);
    outcome->timing.peak_rss = peak_rss();
    if (outcome_save(outcome, path, err) != OK)
        return err->status;
    worker->page->n_recorded++;
    folder_cell_path(folder, cell, "checkpoint", path);
    if (folder_final(outcome))
        unlink(path);
    return OK;
}

/* How a run ended, for each of the cells; `begun` has what was known at its start. */
static enum status record_run(const struct worker *worker, struct run *run, bool opened,
                              const struct outcome *begun, const struct error *why,
                              struct error *err)
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
        if (write_results(worker, run, opened, cell, &outcome, err) != OK)
            return err->status;
    }
    return OK;
}

/* Opens a run of the cells and trains it; false = it could not be opened. */
static bool train(const struct worker *worker, const struct cell *cell, struct run *run,
                  struct error *why)
{
    char checkpoint[FOLDER_PATH];
    bool opened;

    folder_cell_path(worker->settings->folder, cell, "checkpoint", checkpoint);
    note(cell,
         checkpoint_found(cell, checkpoint) ? "goes on from a checkpoint" : "begins", "");
    opened = run_open(run, cell, worker->data, why) == OK;
    run->control = (struct run_control){
        .live = &worker->page->live,
        .stop = &stop_asked,
        .checkpoint = checkpoint,
        .checkpoint_seconds = worker->settings->checkpoint_seconds,
        .evaluated = save_traces,
        .context = worker,
    };
    if (opened)
        run_train(run, why);
    run->control = (struct run_control){0};
    note(cell, why->status == ERR_INTERRUPTED ? "stops: " : "ends: ",
         why->status == OK ? ending_name(END_OK) : why->text);
    return opened;
}

/* The cells from this one on, in one training. */
static int run_cells(const struct worker *worker, const struct cell *cell)
{
    struct error why = {0}, *err = &worker->page->error;
    struct outcome begun = {0};
    struct run run;
    bool opened;

    describe(worker->settings->environment, &begun);
    opened = train(worker, cell, &run, &why);
    if (why.status == ERR_INTERRUPTED)
        return EXIT_STOPPED;
    if (why.status == ERR_IO) {
        *err = why;
        return EXIT_UNWRITTEN;
    }
    if (why.status == ERR_DIVERGED && cell->next_sharing) {
        run_close(&run);
        return EXIT_APART;
    }
    if (record_run(worker, &run, opened, &begun, &why, err) != OK)
        return EXIT_UNWRITTEN;
    run_close(&run);
    return EXIT_FINISHED;
}

/* When a training that is shared diverges, its cells are run one by one: a score that is
 * not a number may concern the outputs that compete in one of them alone. */
static int run_together_or_apart(const struct worker *worker)
{
    int end = run_cells(worker, worker->cell);

    if (end != EXIT_APART)
        return end;
    end = EXIT_FINISHED;
    for (const struct cell *c = worker->cell; c && end == EXIT_FINISHED;
         c = c->next_sharing) {
        struct cell alone = *c;

        alone.next_sharing = NULL;
        end = run_cells(worker, &alone);
    }
    return end;
}

/* The child process. */
static _Noreturn void work(const struct worker *worker, pid_t parent, const char *log)
{
    int status = EXIT_UNWRITTEN;

    watch_signals(parent);
    denormals_flush();
    if (redirect_output(log, &worker->page->error) == OK)
        status = run_together_or_apart(worker);
    fflush(NULL);
    _exit(status);
}

enum status worker_start(struct worker *worker, const struct cell *cell,
                         const struct dataset *data, struct error *err)
{
    const struct folder *folder = worker->settings->folder;
    pid_t parent = getpid();
    char log[FOLDER_PATH];

    for (const struct cell *c = cell; c; c = c->next_sharing)
        if (folder_begin(folder, c, err) != OK)
            return err->status;
    folder_cell_path(folder, cell, "log.txt", log);
    worker->page = mmap(NULL, sizeof *worker->page, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (worker->page == MAP_FAILED)
        return error_set(err, ERR_IO, "cannot share memory with a worker: %s",
                         strerror(errno));
    worker->cell = cell;
    worker->data = data;
    worker->overdue = worker->dropped = false;
    fflush(NULL); /* or the child would print it again */
    worker->pid = fork();
    if (worker->pid == 0)
        work(worker, parent, log);
    if (worker->pid > 0)
        return OK;
    worker->pid = 0;
    return error_set(err, ERR_IO, "cannot start a worker: %s", strerror(errno));
}

void worker_stop(const struct worker *worker)
{
    if (worker->pid)
        kill(worker->pid, SIGTERM);
}

void worker_kill(struct worker *worker)
{
    worker->overdue = true;
    kill(worker->pid, SIGKILL);
}

void worker_drop(struct worker *worker)
{
    if (!worker->pid)
        return;
    worker->dropped = true;
    kill(worker->pid, SIGKILL);
}

/* The outcome of a cell whose process ended before it could write one. */
static enum status record_crash(const struct worker *worker, const struct cell *cell,
                                int wait_status, int64_t peak, struct error *err)
{
    struct outcome outcome = {.ending = worker->overdue ? END_TIMEOUT : END_CRASHED,
                              .timing.peak_rss = peak};
    char path[FOLDER_PATH];

    folder_identify(cell, &outcome);
    if (worker->overdue)
        snprintf(outcome.reason, sizeof outcome.reason,
                 "did not end at its limit of %g s and was killed", cell->limits.time);
    else if (WIFSIGNALED(wait_status))
        snprintf(outcome.reason, sizeof outcome.reason, "killed by signal %d (%s)",
                 WTERMSIG(wait_status), strsignal(WTERMSIG(wait_status)));
    else
        snprintf(outcome.reason, sizeof outcome.reason,
                 "ended with status %d; see log.txt", WEXITSTATUS(wait_status));
    describe(worker->settings->environment, &outcome);
    folder_cell_path(worker->settings->folder, cell, "status.json", path);
    return outcome_save(&outcome, path, err);
}

/* A learner may call exit(0): then the process ended well, but its cells did not. */
static bool all_recorded(const struct worker *worker)
{
    return worker->page->n_recorded >= plan_count_sharing(worker->cell);
}

/* Cells that were recorded before the crash had ended well. */
static enum worker_end record_crashes(const struct worker *worker, int wait_status,
                                      int64_t peak, struct error *err)
{
    int recorded = worker->page->n_recorded;

    for (const struct cell *c = worker->cell; c; c = c->next_sharing, recorded--)
        if (recorded <= 0 && record_crash(worker, c, wait_status, peak, err) != OK)
            return WORKER_FAILED;
    return WORKER_FINISHED;
}

enum worker_end worker_finish(struct worker *worker, int wait_status, int64_t peak,
                              struct error *err)
{
    int status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
    enum worker_end end = WORKER_FINISHED;

    if (status == EXIT_STOPPED || (worker->dropped && status < 0)) {
        end = WORKER_INTERRUPTED;
    } else if (status == EXIT_UNWRITTEN) {
        *err = worker->page->error;
        end = WORKER_FAILED;
    } else if (status != EXIT_FINISHED || !all_recorded(worker)) {
        end = record_crashes(worker, wait_status, peak, err);
    }
    munmap(worker->page, sizeof *worker->page);
    worker->page = NULL;
    worker->pid = 0;
    return end;
}
