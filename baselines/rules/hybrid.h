/* Hybrids of two images, the negative data of unsupervised Forward-Forward (Hinton 2022,
 * arXiv:2212.13345, section 3.2): a mask with large blobs takes each pixel from one image
 * or the other, so that short-range correlations are right and long-range ones wrong.
 *
 * The mask starts as random bits, is blurred again and again with [1/4, 1/2, 1/4] along
 * rows and columns (the edge repeats itself), and is cut at 1/2. The paper leaves the
 * number of passes open. */
#ifndef BASELINES_RULES_HYBRID_H
#define BASELINES_RULES_HYBRID_H

#include "core/base/arena.h"
#include "core/base/dataset.h"
#include "core/nn/rng.h"

struct hybrid {
    struct shape image;
    int blur;
    real *mask, *line; /* height x width; the longer of both */
};

void hybrid_take(struct hybrid *hybrid, struct shape image, int blur,
                 struct arena *arena);

/* One pass over a height x width mask; line: room for its longer side. */
void hybrid_blur(real *mask, int height, int width, real *line);

/* out = mask a + (1 - mask) b, all channels of a pixel from the same image. */
void hybrid_write(const struct hybrid *hybrid, real *out, const real *a, const real *b,
                  struct rng *rng);

#endif
