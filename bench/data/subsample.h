/* Which rows of a stream's tasks a run trains on and is tested on: images held out for
 * validation, tasks cut to a size, long tails, wrong labels. All of it is drawn from the
 * stream's seed, so that every learner of one seed gets the same rows.
 *
 * In this order:
 *
 *   validation    N training images of the data set are held out, as many of each class
 *                 as its share (largest remainders); no task trains on them
 *   imbalance     of class c of K, task t of T, the share
 *                 classes^(-c/(K-1)) tasks^(-t/(T-1)) is kept, at least one image (the
 *                 exponential tails of Cui et al., CVPR 2019)
 *   per_task      at most that many images of each task
 *   label_noise   that share of the labels becomes another class of the same task
 *
 * The images that a run is tested on, test images or those held out, keep their labels;
 * test_per_task limits their number. */
#ifndef BENCH_DATA_SUBSAMPLE_H
#define BENCH_DATA_SUBSAMPLE_H

#include "bench/suite/settings.h"
#include "core/plug/stream.h"

struct subsample {
    const struct stream_setup *setup;
    const struct dataset *data;
    struct arena *arena;
    struct rng rng; /* from the stream's seed */
    uint8_t *held;  /* by training image: 1 = for validation; NULL = none */
};

enum status subsample_open(struct subsample *subsample, const struct stream_setup *setup,
                           const struct dataset *data, struct rng rng,
                           struct arena *arena, struct error *err);

/* What task t of n_task trains on, out of all the training rows that the stream gives it.
 */
struct subset subsample_train(const struct subsample *subsample, struct subset all, int t,
                              int n_task, struct range classes);

/* What task t is tested on, out of its training and its test rows: test images, or the
 * ones held out, which are training images. */
struct subset subsample_test(const struct subsample *subsample, struct subset train,
                             struct subset test, int t);

#endif
