#include "bench/study/scheduler.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "bench/study/progress.h"
#include "core/base/clock.h"

/* Seconds that a worker has, with a fifth of its time limit, to end itself. */
enum { GRACE = 10 };

struct scheduler {
    struct study *study;
    struct queue *queue;
    struct worker_settings settings;
    struct worker *worker;
    int n_worker;
    int running; /* workers */
    double stop_after;
    bool stopping; /* start nothing more */
    double asked;  /* when a signal first asked to stop; 0 = none did */
    struct progress_view view;
    struct error *err;
};

/* ---------------------------------------------------------------- workers */

static struct worker *find_idle(struct scheduler *s)
{
    for (int i = 0; i < s->n_worker; i++)
        if (!s->worker[i].pid)
            return &s->worker[i];
    return NULL;
}

static void stop_all(struct scheduler *s)
{
    s->stopping = true;
    for (int i = 0; i < s->n_worker; i++)
        worker_stop(&s->worker[i]);
}

static void start_more(struct scheduler *s)
{
    const struct job *job;
    struct worker *worker;

    while (!s->stopping && (worker = find_idle(s)) && (job = queue_next(s->queue))) {
        worker->settings = &s->settings;
        worker->work = job->work;
        worker->started = clock_seconds();
        if (worker_start(worker, job->cell, job->data, s->err) != OK)
            stop_all(s);
        else
            s->running++;
    }
}

/* Takes the outcomes of a training that ended into the study. */
static enum status take_outcomes(struct scheduler *s, const struct worker *worker,
                                 struct error *err)
{
    double work = worker->work;

    for (const struct cell *cell = worker->cell; cell; cell = cell->next_sharing) {
        const struct outcome *outcome = study_read_cell(s->study, cell, err);

        if (!outcome)
            return err->status;
        progress_ended(&s->view, outcome, work);
        work = 0;
    }
    return study_refresh_tables(s->study, err);
}

static void finish(struct scheduler *s, struct worker *worker, int wait_status,
                   const struct rusage *use)
{
    struct error why = {0};

    s->running--;
    if (worker_finish(worker, wait_status, (int64_t)use->ru_maxrss * 1024, &why) ==
        WORKER_FINISHED)
        take_outcomes(s, worker, &why);
    if (why.status != OK) {
        error_set(s->err, why.status, "%s", why.text);
        stop_all(s);
    }
}

static void reap(struct scheduler *s)
{
    struct rusage use;
    int status;
    pid_t pid;

    while ((pid = wait4(-1, &status, WNOHANG, &use)) > 0)
        for (int i = 0; i < s->n_worker; i++)
            if (s->worker[i].pid == pid)
                finish(s, &s->worker[i], status, &use);
}

/* A cell that hangs cannot end itself at its time limit. */
static void kill_overdue(const struct scheduler *s)
{
    for (int i = 0; i < s->n_worker; i++) {
        struct worker *worker = &s->worker[i];
        double limit = worker->pid ? worker->cell->limits.time : 0;

        if (limit > 0 && clock_seconds() - worker->started > 1.2 * limit + GRACE)
            worker_kill(worker);
    }
}

/* ---------------------------------------------------------------- the loop */

/* SIGINT, SIGTERM or SIGHUP. The first asks the workers to stop, and one that hangs does
 * not hear it; a second one ends them. Some send the same signal twice at once: that is
 * one. */
static void interrupt(struct scheduler *s)
{
    double now = clock_seconds();

    if (s->asked > 0 && now - s->asked > 1)
        for (int i = 0; i < s->n_worker; i++)
            worker_drop(&s->worker[i]);
    if (s->asked > 0)
        return;
    s->asked = now;
    error_set(s->err, ERR_INTERRUPTED, "interrupted; what was done is kept");
    stop_all(s);
    progress_clear(&s->view);
    if (s->view.out)
        fprintf(stderr, "stopping after the batch; interrupt again to stop at once\n");
}

/* How long to wait for a signal: a fifth of a second, or what is left of stop_after. */
static struct timespec waiting_time(const struct scheduler *s, double spent)
{
    double left = s->stop_after - spent, wait = 0.2;

    if (s->stop_after > 0 && !s->stopping && left < wait)
        wait = left > 0.001 ? left : 0.001;
    return (struct timespec){.tv_nsec = (long)(wait * 1e9)};
}

static void run_all(struct scheduler *s, const sigset_t *signals)
{
    double start = clock_seconds();

    for (start_more(s); s->running > 0; start_more(s)) {
        struct timespec wait = waiting_time(s, clock_seconds() - start);
        int got = sigtimedwait(signals, NULL, &wait);

        if (got == SIGINT || got == SIGTERM || got == SIGHUP)
            interrupt(s);
        if (s->stop_after > 0 && !s->stopping && clock_seconds() - start > s->stop_after)
            stop_all(s);
        kill_overdue(s);
        reap(s);
        progress_draw(&s->view, s->worker, s->n_worker);
    }
    progress_clear(&s->view);
}

/* SIGCHLD and requests to stop are waited for, instead of interrupting. */
static enum status run_workers(struct scheduler *s)
{
    sigset_t signals, before;

    s->worker = calloc((size_t)s->n_worker, sizeof *s->worker);
    if (!s->worker)
        return error_set(s->err, ERR_MEMORY, "the machine has no memory left");
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, &before);
    run_all(s, &signals);
    sigprocmask(SIG_SETMASK, &before, NULL);
    free(s->worker);
    return s->err->status;
}

/* ---------------------------------------------------------------- before and after */

/* Processors this process may use, over the threads of the widest cell. */
static int fitting_jobs(const struct plan *plan)
{
    cpu_set_t set;
    int threads = 1, cores = 1;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        cores = CPU_COUNT(&set);
    for (int i = 0; i < plan->n; i++)
        if (plan->cell[i].training.threads > threads)
            threads = plan->cell[i].training.threads;
    return cores / threads > 0 ? cores / threads : 1;
}

/* The tables of a run that ended or was interrupted: another error must not hide that. */
static void write_last_tables(struct study *study, struct error *err)
{
    struct error why = {0};

    if (study_write_tables(study, &why) != OK && err->status == OK)
        *err = why;
}

/* "quick: 18 cells, 4 to run, 2 of them from a checkpoint, 2 at a time" */
static void announce(const struct study *study, const struct queue *queue, int jobs)
{
    int begun = queue_begun(queue, &study->folder);

    printf("%s: ", study->suite.name);
    plan_print_size(&study->plan, study->main ? " to tune it" : "", stdout);
    printf(", %d to run, ", queue->n_cell);
    if (begun > 0)
        printf("%d of them from a checkpoint, ", begun);
    printf("%d at a time\n", jobs);
}

enum status scheduler_run(struct study *study, struct queue *queue,
                          const struct scheduler_options *how, bool *stopped,
                          struct error *err)
{
    struct scheduler s = {
        .study = study,
        .queue = queue,
        .settings = {&study->folder, &study->environment, study->suite.checkpoint,
                     how->train},
        .n_worker = how->jobs ? how->jobs : fitting_jobs(&study->plan),
        .stop_after = how->stop_after,
        .err = err,
    };

    if (folder_lock(&study->folder, err) != OK ||
        queue_prepare(queue, &study->folder, how->restart, err) != OK ||
        (!study->main && study_write_setup(study, queue->n > 0, err) != OK) ||
        (queue->n > 0 && study_write_tables(study, err) != OK))
        return err->status;
    if (!how->quiet)
        announce(study, queue, s.n_worker);
    progress_open(&s.view, how->quiet ? NULL : stdout, queue->n_cell, queue_work(queue));
    if (queue->n > 0) {
        run_workers(&s);
        *stopped = s.stopping && err->status == OK;
    }
    if (err->status == OK || err->status == ERR_INTERRUPTED)
        write_last_tables(study, err);
    return err->status;
}
