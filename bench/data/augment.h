/* Augmentation of training images, after the strategy has put the batch together and
 * before bytes become numbers: every row is a new image each time it is trained on.
 *
 *   crop N   N pixels of zeros on each side, then a window of the old size at one of the
 *            (2 N + 1)^2 places, all equally likely
 *   flip     mirrored left to right, with probability 1/2
 * (He et al., CVPR 2016, section 4.2: N = 4 on images of 32 x 32.) */
#ifndef BENCH_DATA_AUGMENT_H
#define BENCH_DATA_AUGMENT_H

#include "bench/suite/settings.h"
#include "core/base/dataset.h"
#include "core/nn/rng.h"

/* n images, one after the other; the same rng gives the same images. Row i has an rng of
 * its own, so that further rows change nothing. */
void augment(const struct stream_setup *setup, struct shape shape, uint8_t *pixel, int n,
             struct rng rng);

/* out(r, c) = in(r + down, c + right), zero outside; in place. */
void augment_shift(struct shape shape, uint8_t *pixel, int down, int right);
void augment_flip(struct shape shape, uint8_t *pixel);

#endif
