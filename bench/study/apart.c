#include "bench/study/apart.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/ranks.h"
#include "core/base/ranks_together.h"

static int pieces_of(const struct run *run, int k, struct vec piece[SHARE_PIECES])
{
    struct share share = {k, run->apart.share.n};

    return run->cell->learner->pieces(run->model.learner, share, piece);
}

static void send_pieces(struct apart *apart, const struct run *run)
{
    struct vec piece[SHARE_PIECES];
    int n = pieces_of(run, ranks_own(), piece);

    for (int i = 0; i < n; i++) {
        size_t bytes = piece[i].n * sizeof *piece[i].data;

        ranks_send(0, piece[i].data, bytes);
        apart->bytes += (int64_t)bytes;
        apart->n_message++;
    }
}

static enum status receive_piece(int from, struct vec piece, struct error *err)
{
    size_t n = 0, bytes = piece.n * sizeof *piece.data;
    void *data = ranks_receive(from, &n);

    if (!data || n != bytes)
        error_set(err, ERR_IO, "rank %d did not send its blocks", from);
    else
        memcpy(piece.data, data, bytes);
    free(data);
    return err->status;
}

static enum status receive_pieces(const struct run *run, struct error *err)
{
    struct vec piece[SHARE_PIECES];

    for (int k = 1; k < ranks_count(); k++) {
        int n = pieces_of(run, k, piece);

        for (int i = 0; i < n; i++)
            if (receive_piece(k, piece[i], err) != OK)
                return err->status;
    }
    return OK;
}

static enum status before_test(void *context, const struct run *run, struct error *err)
{
    struct apart *apart = context;
    double start = clock_seconds();

    apart->cpu = run->train_cpu - apart->sum_cpu;
    if (ranks_count() == 1 || apart->run.by_rows)
        return OK;
    if (ranks_own() > 0)
        send_pieces(apart, run);
    else
        receive_pieces(run, err);
    apart->gather += clock_seconds() - start;
    return err->status;
}

/* A loss is the mean over rows, and each rank has as many. */
static void average(void *context, struct vec w, real *g, double rate)
{
    struct apart *apart = context;
    real share = 1 / (real)ranks_count();
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

void apart_begin(struct apart *apart, const struct learner *learner)
{
    *apart = (struct apart){0};
    apart->run.context = apart;
    apart->run.before_test = before_test;
    if (ranks_count() == 1)
        return;
    apart->run.share = (struct share){ranks_own(), ranks_count()};
    apart->run.by_rows = !learner->pieces;
    if (apart->run.by_rows)
        apart->run.hook = (struct optim_hook){apart, average, NULL};
}
