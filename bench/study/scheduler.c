#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "bench/study/crew.h"
#include "bench/study/machine.h"
#include "core/base/clock.h"
#include "core/base/ranks.h"

/* Seconds that a worker has, with a fifth of its time limit, to end itself. */
enum { GRACE = 10 };

/* ---------------------------------------------------------------- workers */

static struct worker *find_idle(struct scheduler *s)
{
    for (int i = 0; i < s->n_own; i++)
        if (!s->worker[i].pid)
            return &s->worker[i];
    return NULL;
}

void scheduler_stop(struct scheduler *s)
{
    s->stopping = true;
    for (int i = 0; i < s->n_own; i++)
        worker_stop(&s->worker[i]);
}

static void start_more(struct scheduler *s)
{
    const struct job *job;
    struct worker *worker;

    while (!s->stopping && (worker = find_idle(s)) &&
           (job = s->supply->next(s, worker))) {
        worker->job = job;
        worker->settings = &s->settings;
        worker->work = job->need.work;
        worker->started = clock_seconds();
        if (worker_start(worker, job->cell, job->data, s->err) != OK)
            scheduler_stop(s);
        else
            s->running++;
    }
}

static void finish(struct scheduler *s, struct worker *worker, int wait_status,
                   const struct rusage *use)
{
    struct error why = {0};
    enum worker_end end =
        worker_finish(worker, wait_status, (int64_t)use->ru_maxrss * 1024, &why);

    s->running--;
    s->supply->ended(s, worker, end, &why);
}

static void reap(struct scheduler *s)
{
    struct rusage use;
    int status;
    pid_t pid;

    while ((pid = wait4(-1, &status, WNOHANG, &use)) > 0)
        for (int i = 0; i < s->n_own; i++)
            if (s->worker[i].pid == pid)
                finish(s, &s->worker[i], status, &use);
}

/* A cell that hangs cannot end itself at its time limit. */
static void kill_overdue(const struct scheduler *s)
{
    for (int i = 0; i < s->n_own; i++) {
        struct worker *worker = &s->worker[i];
        double limit = worker->pid ? worker->cell->limits.time : 0;

        if (limit > 0 && clock_seconds() - worker->started > 1.2 * limit + GRACE)
            worker_kill(worker);
    }
}

static const struct job *next_here(struct scheduler *s, const struct worker *worker)
{
    return scheduler_next(s, ranks_own());
}

static bool nobody_else(struct scheduler *s)
{
    return false;
}

static const struct supply queue_supply = {next_here, scheduler_ended, nobody_else};

/* ---------------------------------------------------------------- the loop */

/* SIGINT, SIGTERM or SIGHUP. The first asks the workers to stop, and one that hangs does
 * not hear it; a second one ends them. Some send the same signal twice at once: that is
 * one. */
void scheduler_interrupt(struct scheduler *s)
{
    double now = clock_seconds();

    if (s->asked > 0 && now - s->asked > 1)
        for (int i = 0; i < s->n_own; i++)
            worker_drop(&s->worker[i]);
    if (s->asked > 0)
        return;
    s->asked = now;
    error_set(s->err, ERR_INTERRUPTED, "interrupted; what was done is kept");
    scheduler_stop(s);
    progress_clear(&s->view);
    if (s->view.out)
        fprintf(stderr, "stopping after the batch; interrupt again to stop at once\n");
}

/* How long to wait for a signal: `pause`, or what is left of stop_after. */
static struct timespec waiting_time(const struct scheduler *s, double spent)
{
    double left = s->stop_after - spent, wait = s->pause;

    if (s->stop_after > 0 && !s->stopping && left < wait)
        wait = left > 0.001 ? left : 0.001;
    return (struct timespec){.tv_nsec = (long)(wait * 1e9)};
}

static void run_all(struct scheduler *s, const sigset_t *signals)
{
    double start = clock_seconds();

    for (start_more(s); s->supply->tend(s) || s->running > 0; start_more(s)) {
        struct timespec wait = waiting_time(s, clock_seconds() - start);
        int got = sigtimedwait(signals, NULL, &wait);

        if (got == SIGINT || got == SIGTERM || got == SIGHUP)
            scheduler_interrupt(s);
        if (s->stop_after > 0 && !s->stopping && clock_seconds() - start > s->stop_after)
            scheduler_stop(s);
        kill_overdue(s);
        reap(s);
        progress_draw(&s->view, s->worker, s->n_worker);
        if (!crew_is_hand())
            live_write(&s->study->folder, &s->view, s->worker, s->n_worker);
    }
    live_end(&s->study->folder, &s->view);
    progress_clear(&s->view);
}

/* SIGCHLD and requests to stop are waited for, instead of interrupting. */
static enum status run_workers(struct scheduler *s)
{
    sigset_t signals, before;

    s->worker = calloc((size_t)s->n_worker, sizeof *s->worker);
    if (!s->worker)
        return error_no_memory(s->err);
    if (crew_begin(s, s->err) != OK) {
        free(s->worker);
        return s->err->status;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, &before);
    run_all(s, &signals);
    sigprocmask(SIG_SETMASK, &before, NULL);
    crew_end(s);
    free(s->retry);
    free(s->worker);
    return s->err->status;
}

/* ---------------------------------------------------------------- before and after */

/* As many as fill the processors with threads of the widest cell, and fit into memory. */
static int choose_jobs(const struct plan *plan, const struct queue *queue,
                       const struct scheduler_options *how)
{
    struct machine machine = machine_read();
    int jobs = how->jobs, threads = 1, fitting;

    for (int i = 0; i < plan->n; i++)
        if (plan->cell[i].training.threads > threads)
            threads = plan->cell[i].training.threads;
    if (jobs == 0)
        jobs =
            ranks_count() == 1 && machine.cores > threads ? machine.cores / threads : 1;
    if (queue->n > 0 && jobs > queue->n)
        jobs = queue->n;
    fitting = queue_fitting(queue, jobs, machine.memory);
    if (fitting < jobs)
        fprintf(stderr,
                "note: %d at a time, not %d: more would not fit into the %.0f MiB that "
                "%s\n",
                fitting, jobs, machine.memory / (1 << 20),
                machine.limited ? "the limit of the control group leaves"
                                : "the machine has free");
    return fitting;
}

/* The tables of a run that ended or was interrupted: another error must not hide that. The
 * shard that ends last has all outcomes: it read them when no other one could write. */
static void write_last_tables(struct study *study, struct error *err)
{
    struct error why = {0};

    folder_claim_tables(&study->folder);
    if (study->folder.is_shared)
        study_read_others(study, &why);
    if (study_write_tables(study, &why) != OK && err->status == OK)
        *err = why;
}

/* "quick: 18 cells, 4 to run, 2 of them from a checkpoint, 2 at a time" */
static void announce(const struct study *study, const struct queue *queue, int jobs)
{
    int begun = queue_begun(queue, &study->folder);

    printf("%s: ", study->suite.name);
    plan_print_size(&study->plan, study->main ? " to tune it" : "", stdout);
    if (study->shard.n > 0)
        printf(", shard %d of %d", study->shard.k, study->shard.n);
    printf(", %d to run, ", queue->n_cell);
    if (begun > 0)
        printf("%d of them from a checkpoint, ", begun);
    printf("%d at a time%s", jobs, ranks_count() > 1 ? "" : "\n");
    if (ranks_count() > 1)
        printf(" on each of %d ranks\n", ranks_count());
}

static enum status prepare(struct study *study, const struct queue *queue, bool restart,
                           struct error *err)
{
    if (folder_lock(&study->folder, err) != OK ||
        queue_prepare(queue, &study->folder, restart, err) != OK ||
        (!study->main && study_write_setup(study, queue->n > 0, err) != OK))
        return err->status;
    if (queue->n > 0 && !study->folder.is_shared)
        study_write_tables(study, err);
    return err->status;
}

static enum status run_hand(struct scheduler *s, bool *stopped)
{
    progress_open(&s->view, NULL, 0, 0);
    run_workers(s);
    *stopped = s->stopping && s->err->status == OK;
    return s->err->status;
}

static enum status run_here(struct scheduler *s, bool quiet, bool *stopped)
{
    struct queue *queue = s->queue;
    FILE *out = quiet ? NULL : stdout;

    progress_open(&s->view, out, queue->n_cell, queue_work(queue));
    if (queue->n > 0 || ranks_count() > 1) {
        run_workers(s);
        *stopped = s->stopping && s->err->status == OK;
    }
    if (s->n_elsewhere > 0 && !quiet)
        printf(
            "%d trainings were left to another run of the same shard, which has them\n",
            s->n_elsewhere);
    if (s->err->status == OK || s->err->status == ERR_INTERRUPTED)
        write_last_tables(s->study, s->err);
    return s->err->status;
}

enum status scheduler_run(struct study *study, struct queue *queue,
                          const struct scheduler_options *how, bool *stopped,
                          struct error *err)
{
    struct scheduler s = {
        .supply = ranks_count() == 1 ? &queue_supply
                  : crew_is_hand()   ? &crew_hand_supply
                                     : &crew_lead_supply,
        .study = study,
        .queue = queue,
        .settings = {&study->folder, &study->environment, study->suite.checkpoint,
                     how->train},
        .cache = how->cache,
        .pause = 0.2,
        .stop_after = how->stop_after,
        .apart = how->apart,
        .err = err,
    };

    s.n_own = s.n_worker = choose_jobs(&study->plan, queue, how);
    if (crew_is_hand())
        return run_hand(&s, stopped);
    if (prepare(study, queue, how->restart, err) != OK)
        return err->status;
    if (!how->quiet)
        announce(study, queue, s.n_own);
    return run_here(&s, how->quiet, stopped);
}
