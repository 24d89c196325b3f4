#include "bench/study/scheduler.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "core/base/clock.h"

struct state {
    const struct scheduler *scheduler;
    struct worker *worker; /* pool->jobs */
    int next;              /* first task not yet started */
    int running;
    bool stopping; /* start nothing more */
    struct progress_view view;
    struct error *err;
};

static struct worker *idle(struct state *state)
{
    for (int i = 0; i < state->scheduler->jobs; i++)
        if (!state->worker[i].pid)
            return &state->worker[i];
    return NULL;
}

static void stop_all(struct state *state)
{
    state->stopping = true;
    for (int i = 0; i < state->scheduler->jobs; i++)
        worker_stop(&state->worker[i]);
}

static void start_more(struct state *state)
{
    const struct scheduler *scheduler = state->scheduler;
    struct worker *worker;

    while (!state->stopping && state->next < scheduler->n_job && (worker = idle(state))) {
        const struct job *job = &scheduler->job[state->next++];

        worker->work = job->work;
        worker->started = clock_seconds();
        if (worker_start(worker, scheduler->folder, job->cell, job->data,
                         scheduler->checkpoint_seconds, scheduler->environment,
                         state->err) != OK)
            stop_all(state);
        else
            state->running++;
    }
}

static void finish(struct state *state, struct worker *worker, int wait_status,
                   const struct rusage *use)
{
    struct outcome outcome[SHARING_MOST];
    struct arena arena = {0};
    struct error why = {0};
    enum worker_end end = WORKER_FAILED;

    state->running--;
    if (arena_open(&arena, 0, &why) == OK)
        end = worker_finish(worker, state->scheduler->folder, wait_status,
                            (int64_t)use->ru_maxrss * 1024, &arena, outcome, &why);
    for (int i = 0; end == WORKER_FINISHED && i < plan_count_sharing(worker->cell); i++) {
        progress_ended(&state->view, &outcome[i], i == 0 ? worker->work : 0);
        state->scheduler->ended(state->scheduler->context, &outcome[i], &why);
    }
    if (why.status != OK) {
        error_set(state->err, why.status, "%s", why.text);
        stop_all(state);
    }
    arena_close(&arena);
}

static void reap(struct state *state)
{
    struct rusage use;
    int status;
    pid_t pid;

    while ((pid = wait4(-1, &status, WNOHANG, &use)) > 0)
        for (int i = 0; i < state->scheduler->jobs; i++)
            if (state->worker[i].pid == pid)
                finish(state, &state->worker[i], status, &use);
}

/* A cell that hangs cannot end itself at its time limit. */
static void kill_overdue(const struct state *state)
{
    for (int i = 0; i < state->scheduler->jobs; i++) {
        struct worker *worker = &state->worker[i];
        double limit = worker->pid ? worker->cell->limits.time : 0;

        if (limit > 0 && clock_seconds() - worker->started > 1.2 * limit + 60)
            worker_kill(worker);
    }
}

/* Until the next look around: a fifth of a second, or what is left of stop_after. */
static struct timespec next_tick(const struct state *state, double spent)
{
    double left = state->scheduler->stop_after - spent, tick = 0.2;

    if (state->scheduler->stop_after > 0 && !state->stopping && left < tick)
        tick = left > 0.001 ? left : 0.001;
    return (struct timespec){.tv_nsec = (long)(tick * 1e9)};
}

static void run_all(struct state *state, const sigset_t *signals)
{
    double start = clock_seconds();

    for (start_more(state); state->running > 0; start_more(state)) {
        struct timespec tick = next_tick(state, clock_seconds() - start);
        int got = sigtimedwait(signals, NULL, &tick);

        if (got == SIGINT || got == SIGTERM || got == SIGHUP) {
            error_set(state->err, ERR_INTERRUPTED, "interrupted; what was done is kept");
            stop_all(state);
        }
        if (state->scheduler->stop_after > 0 && !state->stopping &&
            clock_seconds() - start > state->scheduler->stop_after)
            stop_all(state);
        kill_overdue(state);
        reap(state);
        progress_draw(&state->view, state->worker, state->scheduler->jobs);
    }
    progress_clear(&state->view);
}

enum status scheduler_run(const struct scheduler *scheduler, bool *stopped,
                          struct error *err)
{
    struct state state = {.scheduler = scheduler, .err = err};
    sigset_t signals, before;
    double work = 0;

    for (int i = 0; i < scheduler->n_job; i++)
        work += scheduler->job[i].work;
    state.worker = calloc((size_t)scheduler->jobs, sizeof *state.worker);
    if (!state.worker)
        return error_set(err, ERR_MEMORY, "the machine has no memory left");
    progress_open(&state.view, scheduler->out, scheduler->n_cell, work);
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, &before);
    run_all(&state, &signals);
    sigprocmask(SIG_SETMASK, &before, NULL);
    free(state.worker);
    *stopped = state.stopping && err->status == OK;
    return err->status;
}
