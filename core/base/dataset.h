/* A data set in memory: decoded once to bytes, and only read from then on. */
#ifndef CORE_BASE_DATASET_H
#define CORE_BASE_DATASET_H

#include <stddef.h>
#include <stdint.h>

struct shape { /* of one image, or of any activation; a plain vector is 1 x 1 x n */
    int height, width, channels;
};

static inline int shape_size(struct shape s)
{
    return s.height * s.width * s.channels;
}

struct images {
    const uint8_t *pixel; /* n x height x width x channels, channels innermost (NHWC) */
    const uint8_t *label; /* n, each below n_class */
    int n;
};

enum { DATASET_PARTS = 8 };

struct dataset {
    char name[64]; /* "mnist" */
    struct shape shape;
    int n_class;
    struct images train, test;
    float mean[3], std[3]; /* published, per channel, of pixels scaled to 0..1 */
    int n_part;            /* data sets it was joined from, in order; 0 = not joined */
    int part_classes[DATASET_PARTS]; /* n_part */
};

#endif
