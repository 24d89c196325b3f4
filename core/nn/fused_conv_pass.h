/* A pass of a fused convolution over a batch: what its two directions
 * (core/nn/fused_conv.c, core/nn/fused_conv_backward.c) share. */
#ifndef CORE_NN_FUSED_CONV_PASS_H
#define CORE_NN_FUSED_CONV_PASS_H

#include "core/nn/direct_conv.h"
#include "core/nn/fused_conv.h"

/* The batch is cut into this many parts, whatever the number of threads: sums over the
 * batch are taken part by part and then joined in order, so that their bits are the same.
 * More than four threads gain nothing here. */
enum { FUSED_CONV_PARTS = 4, FUSED_CONV_CHANNELS = 4 };

/* The scratch: numbers per channel that hold for the whole batch; for each part a weight
 * gradient and sums per channel; for each worker the maps of the images that go through
 * together, sums of one image, and what the convolution needs. */
struct fused_conv_parts {
    real *channel[FUSED_CONV_CHANNELS];
    real *dw[FUSED_CONV_PARTS], *sum[FUSED_CONV_PARTS][2];
    real *worker; /* worker_size reals each */
    size_t map, channels, worker_size, size;
};

struct pass {
    const struct fused_conv *fused;
    const struct fused_conv_data *data;
    struct fused_conv_parts parts;
    bool prepared[FUSED_CONV_PARTS]; /* has the worker transformed the weights? */
    const real *gain, *shift;        /* of the forward pass */
    struct spread {                  /* of the backward pass */
        real *by_dy, *by_z, *rest;
    } by;
    real level[DIRECT_CHANNELS]; /* of the images, by patches (core/nn/patches.h) */
    struct fused_conv_gradient g;
    struct mat dy, dx;
};

struct pass pass_of(const struct fused_conv *fused, const struct fused_conv_data *at);
size_t
pass_weights(const struct fused_conv *fused); /* of the convolution, biases apart */

/* Calls work for each part: on the caller's own threads where there is scratch for
 * each of them. */
void pass_run(struct pass *pass, void (*work)(void *pass, int worker, int part));

int pass_begin(const struct pass *pass, int part); /* its first image */

/* How many images go through together from image `first` on. */
int pass_group(const struct pass *pass, int first, int end);

/* Of one worker: room for the maps of a group, for two sums per channel, and the scratch
 * of the convolution. */
struct mat pass_maps(const struct pass *pass, int worker, int n);
real *pass_one(const struct pass *pass, int worker, int sum);
real *pass_conv(const struct pass *pass, int worker);

/* What is kept of image i; NULL where it is not. */
uint8_t *pass_argmax(const struct pass *pass, int i);
real *pass_winners(const struct pass *pass, int i);
struct mat pass_z(const struct pass *pass, int first, int n);

void pass_convolve(const struct pass *pass, int worker, struct mat z, int first);

#endif
