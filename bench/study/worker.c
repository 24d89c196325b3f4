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
#include <unistd.h>

#include "core/base/denormals.h"
#include "core/base/file.h"
#include "core/base/memory.h"

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
        _exit(TRAINING_STOPPED);
}

static enum status redirect_output(const char *log, struct error *err)
{
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK, 0666);

    if (fd < 0 || dup2(fd, STDOUT_FILENO) < 0 || dup2(fd, STDERR_FILENO) < 0)
        return error_set(err, ERR_IO, "cannot write %s: %s", log, strerror(errno));
    close(fd);
    return OK;
}

static struct error *unwritten; /* of the parent */

static void end_without_memory(const struct error *err)
{
    file_abandon_all();
    *unwritten = *err;
    fflush(NULL);
    _exit(TRAINING_UNWRITTEN);
}

/* The child process. */
static _Noreturn void work(const struct worker *worker, pid_t parent, const char *log)
{
    const struct worker_settings *settings = worker->settings;
    const struct training_task task = {settings,    worker->cell, worker->data,
                                       &stop_asked, worker->page, NULL};
    enum training_end end = TRAINING_UNWRITTEN;

    unwritten = &worker->page->error;
    memory_when_exhausted(end_without_memory);
    watch_signals(parent);
    denormals_flush();
    if (redirect_output(log, &worker->page->error) == OK)
        end = settings->train ? settings->train(&task) : training_run(&task);
    fflush(NULL);
    _exit((int)end);
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
    training_describe(worker->settings->environment, &outcome);
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

    if (status == TRAINING_STOPPED || (worker->dropped && status < 0)) {
        end = WORKER_INTERRUPTED;
    } else if (status == TRAINING_UNWRITTEN) {
        *err = worker->page->error;
        end = WORKER_FAILED;
    } else if (status != TRAINING_RECORDED || !all_recorded(worker)) {
        end = record_crashes(worker, wait_status, peak, err);
    }
    munmap(worker->page, sizeof *worker->page);
    worker->page = NULL;
    worker->pid = 0;
    return end;
}
