#include "bench/study/apart.h"

#include "core/base/clock.h"

static int pieces_of(const struct run *run, int k, struct vec piece[SHARE_PIECES])
{
    struct share share = {k, run->apart.share.n};

    return run->cell->learner->pieces(run->model.learner, share, piece);
}

static void send_pieces(struct apart *apart, const struct run *run)
{
    struct vec piece[SHARE_PIECES];
    int n = pieces_of(run, apart->ranks.self, piece);

    for (int i = 0; i < n; i++) {
        size_t bytes = piece[i].n * sizeof *piece[i].data;

        ranks_send(0, piece[i].data, bytes);
        apart->bytes += (int64_t)bytes;
        apart->n_message++;
    }
}

static void receive_pieces(const struct apart *apart, const struct run *run)
{
    struct vec piece[SHARE_PIECES];

    for (int k = 1; k < apart->ranks.n; k++) {
        int n = pieces_of(run, k, piece);

        for (int i = 0; i < n; i++)
            ranks_receive(k, piece[i].data, piece[i].n * sizeof *piece[i].data);
    }
}

static void before_test(void *context, const struct run *run)
{
    struct apart *apart = context;
    double start = clock_seconds();

    apart->cpu = run->train_cpu - apart->sum_cpu;
    if (apart->ranks.n == 1 || apart->run.by_rows)
        return;
    if (apart->ranks.self > 0)
        send_pieces(apart, run);
    else
        receive_pieces(apart, run);
    apart->gather += clock_seconds() - start;
}

/* A loss is the mean over rows, and each rank has as many. */
static void average(void *context, struct vec w, real *g)
{
    struct apart *apart = context;
    real share = 1 / (real)apart->ranks.n;
    double start, cpu;

    for (size_t i = 0; i < w.n; i++)
        g[i] *= share;
    start = clock_seconds();
    cpu = clock_cpu_seconds();
    ranks_sum(g, w.n);
    apart->sum += clock_seconds() - start;
    apart->sum_cpu += clock_cpu_seconds() - cpu;
    apart->bytes += (int64_t)(w.n * sizeof *g);
    apart->n_message++;
}

void apart_begin(struct apart *apart, const struct ranks *ranks,
                 const struct learner *learner)
{
    *apart = (struct apart){.ranks = *ranks};
    apart->run.context = apart;
    apart->run.before_test = before_test;
    if (ranks->n == 1)
        return;
    apart->run.share = (struct share){ranks->self, ranks->n};
    apart->run.by_rows = !learner->pieces;
    if (apart->run.by_rows)
        apart->run.hook = (struct optim_hook){apart, average, NULL};
}
