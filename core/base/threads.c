#include "core/base/threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How often a waiting thread checks before it sleeps: about 50 microseconds, the length
 * of a short item. On a busy machine, more would take the core from the thread it waits
 * for. */
enum { SPINS = 1000 };

struct member {
    struct threads *threads;
    pthread_t thread;
    int worker;
};

struct threads {
    int n;                 /* the caller included */
    struct member *member; /* n; the first is the caller and has no thread */

    void (*work)(void *context, int worker, int item); /* of this round */
    void *context;
    int n_item;
    bool closing;

    atomic_uint round; /* a change is the signal to begin */
    atomic_int next;   /* item to hand out */
    atomic_int busy;   /* members still at work in this round, but for the caller */
    pthread_mutex_t lock;
    pthread_cond_t began, ended; /* for those that sleep */
};

static _Thread_local struct threads *own; /* see threads_own */

struct threads *threads_own(void)
{
    return own;
}

int threads_count(const struct threads *threads)
{
    return threads ? threads->n : 1;
}

static void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static void do_items(struct threads *threads, int worker)
{
    int item;

    if (worker >= threads->n_item)
        return;
    while ((item = atomic_fetch_add(&threads->next, 1)) < threads->n_item)
        threads->work(threads->context, worker, item);
}

static unsigned await_round(struct threads *threads, unsigned seen)
{
    for (int i = 0; i < SPINS && atomic_load(&threads->round) == seen; i++)
        pause_briefly();
    pthread_mutex_lock(&threads->lock);
    while (atomic_load(&threads->round) == seen)
        pthread_cond_wait(&threads->began, &threads->lock);
    pthread_mutex_unlock(&threads->lock);
    return atomic_load(&threads->round);
}

static void report_done(struct threads *threads)
{
    if (atomic_fetch_sub(&threads->busy, 1) != 1)
        return;
    pthread_mutex_lock(&threads->lock);
    pthread_cond_signal(&threads->ended);
    pthread_mutex_unlock(&threads->lock);
}

static void *run_member(void *argument)
{
    struct member *self = argument;
    struct threads *threads = self->threads;
    unsigned seen = 0;

    for (;;) {
        seen = await_round(threads, seen);
        if (threads->closing)
            return NULL;
        do_items(threads, self->worker);
        report_done(threads);
    }
}

static void begin_round(struct threads *threads)
{
    atomic_store(&threads->next, 0);
    atomic_store(&threads->busy, threads->n - 1);
    pthread_mutex_lock(&threads->lock);
    atomic_fetch_add(&threads->round, 1);
    pthread_cond_broadcast(&threads->began);
    pthread_mutex_unlock(&threads->lock);
}

static void await_end(struct threads *threads)
{
    for (int i = 0; i < SPINS && atomic_load(&threads->busy) > 0; i++)
        pause_briefly();
    pthread_mutex_lock(&threads->lock);
    while (atomic_load(&threads->busy) > 0)
        pthread_cond_wait(&threads->ended, &threads->lock);
    pthread_mutex_unlock(&threads->lock);
}

void threads_run(struct threads *threads, int n_item,
                 void (*work)(void *context, int worker, int item), void *context)
{
    if (!threads || threads->n == 1 || n_item < 2) {
        for (int i = 0; i < n_item; i++)
            work(context, 0, i);
        return;
    }
    threads->work = work;
    threads->context = context;
    threads->n_item = n_item;
    own = NULL;
    begin_round(threads);
    do_items(threads, 0);
    await_end(threads);
    own = threads;
}

void threads_close(struct threads *threads)
{
    if (!threads)
        return;
    own = NULL;
    threads->closing = true;
    begin_round(threads);
    for (int i = 1; i < threads->n; i++)
        pthread_join(threads->member[i].thread, NULL);
    pthread_cond_destroy(&threads->began);
    pthread_cond_destroy(&threads->ended);
    pthread_mutex_destroy(&threads->lock);
    free(threads->member);
    free(threads);
}

enum status threads_open(struct threads **threads, int n, struct error *err)
{
    struct threads *made = calloc(1, sizeof *made);
    struct member *member = calloc((size_t)n, sizeof *member);
    int failed = 0;

    *threads = NULL;
    if (!made || !member) {
        free(made);
        free(member);
        return error_no_memory(err);
    }
    made->member = member;
    pthread_mutex_init(&made->lock, NULL);
    pthread_cond_init(&made->began, NULL);
    pthread_cond_init(&made->ended, NULL);
    for (made->n = 1; made->n < n && !failed; made->n += !failed) {
        member[made->n] = (struct member){.threads = made, .worker = made->n};
        failed =
            pthread_create(&member[made->n].thread, NULL, run_member, &member[made->n]);
    }
    if (failed) {
        error_set(err, ERR_MEMORY, "cannot start thread %d of %d: %s; use fewer",
                  made->n + 1, n, strerror(failed));
        threads_close(made);
        return err->status;
    }
    *threads = own = made;
    return OK;
}
