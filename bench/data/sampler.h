/* The batches of one experience, in an order that depends on the stream's seed and on
 * nothing else, so that every learner of one seed sees the same rows in the same order.
 *
 * The rows come from one or more sources. A source is a list of rows, shuffled anew for
 * each pass over it; each batch takes the next `share` rows. One task is one source.
 * Joint training has one source with the rows of all tasks, but in the task scenario one
 * source per task: every batch holds a share of every task (van de Ven et al. 2022).
 *
 * Without boundaries the whole stream is one source in an order of its own, never
 * shuffled, and experience s of T gets the batches s B/T to (s+1) B/T of its B. */
#ifndef BENCH_DATA_SAMPLER_H
#define BENCH_DATA_SAMPLER_H

#include "bench/data/scenario.h"

struct source {
    int first_task, n_task; /* whose rows it holds */
    int n, share;
    int skip;       /* batches of each pass that belong to earlier experiences */
    int per_round;  /* batches in one pass over the rows, a round */
    int64_t round;  /* the round that order holds; -1 = none */
    int32_t *order; /* n: rows of the tasks, counted through */
    struct rng rng;
};

struct sampler {
    const struct scenario *scenario;
    struct source *source;
    int n_source;
    int per_epoch; /* batches in an epoch */
};

/* For one experience, or for all tasks at once (TRAIN_ON_ALL). Memory comes from the data
 * arena. */
enum status sampler_open(struct sampler *sampler, const struct scenario *scenario,
                         enum training_rows kind, int experience,
                         const struct training *training, uint64_t seed,
                         struct arena *arena, struct error *err);

/* Appends batch number b (from 0) of the experience to an empty builder. */
void sampler_batch(struct sampler *sampler, int64_t b, struct batch_builder *builder);

/* Rows that sampler_batch appends, on average. */
double sampler_mean_rows(const struct sampler *sampler);

/* Most rows that sampler_batch appends. */
int sampler_rows(const struct training *training, int n_task, enum training_rows kind,
                 int scenario);

#endif
