#include "bench/study/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench/run/checkpoint.h"
#include "bench/run/stream_record.h"
#include "bench/run/trace.h"
#include "core/base/denormals.h"
#include "core/base/file.h"
#include "results/data/environment.h"

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
    printf("%s %s%s%s\n", now, what, more, cell->next_sharing ? " (with its twins)" : "");
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

/* What the child does: run, then write loss.csv and status.json. */
struct job {
    const struct folder *folder;
    const struct cell *cell;
    const struct dataset *data;
    const struct environment *environment;
    double checkpoint_seconds;
    struct worker_page *page;
};

static void describe(const struct environment *env, struct outcome *outcome)
{
    timestamp(outcome->timing.started, sizeof outcome->timing.started);
    memcpy(outcome->origin.host, env->host, sizeof outcome->origin.host);
    memcpy(outcome->origin.isa, env->isa, sizeof outcome->origin.isa);
    memcpy(outcome->origin.blas_core, env->blas_core, sizeof outcome->origin.blas_core);
    memcpy(outcome->origin.commit, env->commit, sizeof outcome->origin.commit);
    memcpy(outcome->origin.compiler, env->compiler, sizeof outcome->origin.compiler);
}

static enum status write_results(const struct job *job, struct run *run, bool opened,
                                 const struct cell *cell, const struct outcome *outcome,
                                 struct error *err)
{
    char path[FOLDER_PATH], checkpoint[FOLDER_PATH];

    folder_cell_path(job->folder, cell, "checkpoint", checkpoint);
    folder_cell_path(job->folder, cell, "loss.csv", path);
    if (save_losses(run, path, err) != OK)
        return err->status;
    folder_cell_path(job->folder, cell, "stream.csv", path);
    if (opened && stream_record_save(&run->scenario, path, err) != OK)
        return err->status;
    folder_cell_path(job->folder, cell, "trace.csv", path);
    if (cell->evaluating.trace && cell->learner->trace && outcome->ending == END_OK &&
        trace_save(run, cell, path, err) != OK)
        return err->status;
    folder_cell_path(job->folder, cell, "status.json", path);
    if (outcome_save(outcome, path, err) != OK)
        return err->status;
    job->page->n_recorded++;
    if (folder_final(outcome))
        unlink(checkpoint);
    return OK;
}

/* How a run went that was `begun` so, for each of its twins. */
static enum status record_run(const struct job *job, struct run *run, bool opened,
                              const struct outcome *begun, const struct error *why,
                              struct error *err)
{
    int twin = 0;

    for (const struct cell *cell = run->cell; cell; cell = cell->next_sharing, twin++) {
        struct outcome outcome = *begun;

        folder_identify(cell, &outcome);
        outcome.cost.peak = run->memory.peak;
        outcome.tests.n_task = run->scenario.n_task;
        if (opened)
            run_outcome(run, twin, &outcome);
        outcome.ending = ending_of(why->status);
        outcome.tests.chance =
            run->scenario.n_out
                ? scenario_chance(&run->scenario, cell->setup.outputs_test)
                : 0;
        memcpy(outcome.reason, why->text, sizeof outcome.reason - 1);
        if (write_results(job, run, opened, cell, &outcome, err) != OK)
            return err->status;
    }
    return OK;
}

/* Runs the cell and its twins as one. */
static int run_cells(const struct job *job, const struct cell *cell)
{
    struct error why = {0}, *err = &job->page->error;
    struct outcome begun = {0};
    char checkpoint[FOLDER_PATH];
    struct run run;
    bool opened, apart;

    describe(job->environment, &begun);
    folder_cell_path(job->folder, cell, "checkpoint", checkpoint);
    note(cell,
         checkpoint_found(cell, checkpoint) ? "goes on from a checkpoint" : "begins", "");
    opened = run_open(&run, cell, job->data, &why) == OK;
    run.control.checkpoint = checkpoint;
    run.control.checkpoint_seconds = job->checkpoint_seconds;
    run.control.live = &job->page->live;
    run.control.stop = &stop_asked;
    if (opened)
        run_train(&run, &why);
    note(cell, why.status == ERR_INTERRUPTED ? "stops: " : "ends: ",
         why.status == OK ? ending_name(END_OK) : why.text);
    if (why.status == ERR_INTERRUPTED)
        return EXIT_STOPPED;
    apart = why.status == ERR_DIVERGED && cell->next_sharing;
    if (!apart && (why.status == ERR_IO ||
                   record_run(job, &run, opened, &begun, &why, err) != OK)) {
        if (why.status == ERR_IO)
            *err = why;
        return EXIT_UNWRITTEN;
    }
    run_close(&run);
    return apart ? EXIT_APART : EXIT_FINISHED;
}

/* Twins that diverged are run one by one: a score that is not a number may concern the
 * mask of one alone. */
static int run_job(const struct job *job)
{
    int end = run_cells(job, job->cell);

    if (end != EXIT_APART)
        return end;
    end = EXIT_FINISHED;
    for (const struct cell *c = job->cell; c && end == EXIT_FINISHED;
         c = c->next_sharing) {
        struct cell alone = *c;

        alone.next_sharing = NULL;
        end = run_cells(job, &alone);
    }
    return end;
}

enum status worker_start(struct worker *worker, const struct folder *folder,
                         const struct cell *cell, const struct dataset *data,
                         double checkpoint_seconds, const struct environment *environment,
                         struct error *err)
{
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
    worker->environment = environment;
    worker->overdue = false;
    fflush(NULL); /* or the child would print it again */
    worker->pid = fork();
    if (worker->pid < 0) {
        worker->pid = 0;
        return error_set(err, ERR_IO, "cannot start a worker: %s", strerror(errno));
    }
    if (worker->pid == 0) {
        struct job job = {folder,      cell, data, environment, checkpoint_seconds,
                          worker->page};
        int status = EXIT_UNWRITTEN;

        watch_signals(parent);
        denormals_flush();
        if (redirect_output(log, &worker->page->error) == OK)
            status = run_job(&job);
        fflush(NULL);
        _exit(status);
    }
    return OK;
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

/* The outcome of a process that ended before it could write one. */
static enum status record_crash(const struct worker *worker, const struct cell *cell,
                                const char *path, int wait_status, struct error *err)
{
    struct outcome outcome = {.ending = worker->overdue ? END_TIMEOUT : END_CRASHED};

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
    describe(worker->environment, &outcome);
    return outcome_save(&outcome, path, err);
}

static enum worker_end complete(const char *path, int64_t peak_rss, struct arena *arena,
                                struct outcome *outcome, struct error *err)
{
    if (outcome_load(outcome, path, arena, err) != OK)
        return WORKER_FAILED;
    outcome->timing.peak_rss = peak_rss;
    return outcome_save(outcome, path, err) == OK ? WORKER_FINISHED : WORKER_FAILED;
}

/* Of each of the twins. Those that were recorded before a crash had ended well. */
static enum worker_end take_outcomes(const struct worker *worker,
                                     const struct folder *folder, int wait_status,
                                     int64_t peak_rss, struct arena *arena,
                                     struct outcome *outcome, struct error *err)
{
    bool crashed = !WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != EXIT_FINISHED;
    int recorded = worker->page->n_recorded;
    char path[FOLDER_PATH];

    for (const struct cell *c = worker->cell; c; c = c->next_sharing, recorded--) {
        folder_cell_path(folder, c, "status.json", path);
        if ((crashed && recorded <= 0 &&
             record_crash(worker, c, path, wait_status, err) != OK) ||
            complete(path, peak_rss, arena, outcome++, err) != WORKER_FINISHED)
            return WORKER_FAILED;
    }
    return WORKER_FINISHED;
}

enum worker_end worker_finish(struct worker *worker, const struct folder *folder,
                              int wait_status, int64_t peak_rss, struct arena *arena,
                              struct outcome outcome[SHARING_MOST], struct error *err)
{
    int status = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1;
    enum worker_end end = WORKER_FAILED;

    if (status == EXIT_STOPPED)
        end = WORKER_INTERRUPTED;
    else if (status == EXIT_UNWRITTEN)
        *err = worker->page->error;
    else
        end = take_outcomes(worker, folder, wait_status, peak_rss, arena, outcome, err);
    munmap(worker->page, sizeof *worker->page);
    worker->page = NULL;
    worker->pid = 0;
    return end;
}
