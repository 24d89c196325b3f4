#include "core/base/threads.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* How often a waiting thread looks before it sleeps: some 50 microseconds, the length of
 * a short item. Longer would steal the core from whom it waits for on a busy machine. */
enum { LOOKS = 1000 };

struct member {
    struct threads *pool;
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
    pthread_cond_t began, ended; /* for those who sleep */
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

static void do_items(struct threads *pool, int worker)
{
    int item;

    if (worker >= pool->n_item)
        return;
    while ((item = atomic_fetch_add(&pool->next, 1)) < pool->n_item)
        pool->work(pool->context, worker, item);
}

static unsigned await_round(struct threads *pool, unsigned seen)
{
    for (int i = 0; i < LOOKS && atomic_load(&pool->round) == seen; i++)
        pause_briefly();
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->round) == seen)
        pthread_cond_wait(&pool->began, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    return atomic_load(&pool->round);
}

static void report_done(struct threads *pool)
{
    if (atomic_fetch_sub(&pool->busy, 1) != 1)
        return;
    pthread_mutex_lock(&pool->lock);
    pthread_cond_signal(&pool->ended);
    pthread_mutex_unlock(&pool->lock);
}

static void *live(void *argument)
{
    struct member *self = argument;
    struct threads *pool = self->pool;
    unsigned seen = 0;

    for (;;) {
        seen = await_round(pool, seen);
        if (pool->closing)
            return NULL;
        do_items(pool, self->worker);
        report_done(pool);
    }
}

static void begin_round(struct threads *pool)
{
    atomic_store(&pool->next, 0);
    atomic_store(&pool->busy, pool->n - 1);
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->round, 1);
    pthread_cond_broadcast(&pool->began);
    pthread_mutex_unlock(&pool->lock);
}

static void await_end(struct threads *pool)
{
    for (int i = 0; i < LOOKS && atomic_load(&pool->busy) > 0; i++)
        pause_briefly();
    pthread_mutex_lock(&pool->lock);
    while (atomic_load(&pool->busy) > 0)
        pthread_cond_wait(&pool->ended, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
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
    struct threads *pool = calloc(1, sizeof *pool);
    struct member *member = calloc((size_t)n, sizeof *member);
    int failed = 0;

    *threads = NULL;
    if (!pool || !member) {
        free(pool);
        free(member);
        return error_set(err, ERR_MEMORY, "the machine has no memory left");
    }
    pool->member = member;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->began, NULL);
    pthread_cond_init(&pool->ended, NULL);
    for (pool->n = 1; pool->n < n && !failed; pool->n += !failed) {
        member[pool->n] = (struct member){.pool = pool, .worker = pool->n};
        failed = pthread_create(&member[pool->n].thread, NULL, live, &member[pool->n]);
    }
    if (failed) {
        error_set(err, ERR_MEMORY, "cannot start thread %d of %d: %s; use fewer",
                  pool->n + 1, n, strerror(failed));
        threads_close(pool);
        return err->status;
    }
    *threads = own = pool;
    return OK;
}
