/* A learner that goes wrong on purpose, for tests/bench/study/check_faults.c. It is in the
 * program bench_faulty alone, which only the tests build. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/plug/learner.h"

enum fault {
    FAULT_NONE,
    FAULT_NAN,
    FAULT_INFINITE,
    FAULT_SCORE,
    FAULT_ABORT,
    FAULT_SEGV,
    FAULT_DEEP,
    FAULT_DIVISION,
    FAULT_KILL,
    FAULT_EXIT,
    FAULT_QUIT,
    FAULT_HANG,
    FAULT_SPIN,
    FAULT_SLOW,
    FAULT_STOP,
    FAULT_FLOOD,
    FAULT_GREEDY,
    FAULT_UNABLE
};

static const char *const names[] = {"none",  "nan",    "infinite", "score", "abort",
                                    "segv",  "deep",   "division", "kill",  "exit",
                                    "quit",  "hang",   "spin",     "slow",  "stop",
                                    "flood", "greedy", "unable",   NULL};

struct faulty {
    int fault, step; /* in which it happens */
    struct vec weight;
    real *n_trained;
};

static const struct param params[] = {
    {.name = "fault",
     .type = PARAM_CHOICE,
     .offset = offsetof(struct faulty, fault),
     .default_text = "none",
     .choices = names},
    {.name = "step",
     .type = PARAM_INT,
     .offset = offsetof(struct faulty, step),
     .default_text = "10",
     .min = 0,
     .max = 1000000},
    {.name = NULL},
};

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct faulty *f = self;
    size_t n = f->fault == FAULT_GREEDY ? (size_t)1 << 40 : 4;

    f->weight = (struct vec){arena_take(env->arena, TAG_WEIGHT, n, sizeof(real)), n};
    f->n_trained = arena_take(env->arena, TAG_STATE, 1, sizeof(real));
    if (f->fault == FAULT_UNABLE)
        return error_set(err, ERR_USAGE, "faulty: it cannot be made");
    return arena_check(env->arena, err);
}

static volatile int zero;

/* Until the stack is full. */
static int deep(int n)
{
    volatile char room[1 << 16];

    room[0] = (char)n;
    return n < 1 << 30 ? deep(n + 1) + room[0] : 0;
}

static void hang(bool spins)
{
    for (;;)
        if (!spins)
            pause();
}

static void flood(void)
{
    for (int i = 0; i < 100000; i++)
        printf("a word of the learner, %d\n", i);
}

static void happen(enum fault fault)
{
    if (fault == FAULT_ABORT)
        abort();
    if (fault == FAULT_SEGV)
        *(volatile char *)mmap(NULL, 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) =
            1;
    if (fault == FAULT_DEEP)
        zero = deep(1);
    if (fault == FAULT_DIVISION)
        raise(SIGFPE);
    if (fault == FAULT_KILL)
        raise(SIGKILL);
    if (fault == FAULT_EXIT)
        exit(3);
    if (fault == FAULT_QUIT)
        exit(0);
    if (fault == FAULT_STOP)
        raise(SIGSTOP);
    if (fault == FAULT_HANG || fault == FAULT_SPIN)
        hang(fault == FAULT_SPIN);
    if (fault == FAULT_FLOOD)
        flood();
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct faulty *f = self;

    if (f->fault == FAULT_SLOW)
        usleep(5000);
    *f->n_trained += 1;
    f->weight.data[0] = *f->n_trained;
    if (batch->progress.step != f->step)
        return 1;
    happen((enum fault)f->fault);
    return f->fault == FAULT_NAN ? NAN : f->fault == FAULT_INFINITE ? INFINITY : 1;
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct faulty *f = self;

    for (int i = 0; i < x.rows; i++)
        for (int k = 0; k < out.cols; k++)
            mat_row(out, i)[k] = f->fault == FAULT_SCORE ? NAN : (real)k;
}

static struct vec weights(const void *self)
{
    return ((const struct faulty *)self)->weight;
}

static double flops(const void *self)
{
    return 1;
}

const struct learner learner_faulty = {
    .name = "faulty",
    .about = "goes wrong on purpose",
    .source = "the tests",
    .params = params,
    .size = sizeof(struct faulty),
    .init = init,
    .train = train,
    .score = score,
    .weights = weights,
    .flops = flops,
    .score_flops = flops,
};
