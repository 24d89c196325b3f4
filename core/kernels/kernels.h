/* Kernels: the inner loops that pay for being compiled once for each instruction set.
 *
 * core/kernels/X.c is compiled for every set in enum isa that the target has;
 * kernels_best is the widest that the processor runs, and a net or an optimiser keeps the
 * set that it was planned for. How a computation is cut into blocks never depends on the
 * set, so memory does not either. Random numbers, activations and optimisers work on each
 * element alone and without fused multiply-add: every set gives the same bits. The others
 * fuse, and their bits are those of the set. Nothing here owns memory. Images are pixels
 * x channels, one image at a time. */
#ifndef CORE_KERNELS_KERNELS_H
#define CORE_KERNELS_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/dataset.h"
#include "core/base/real.h"

enum isa { ISA_BASELINE, ISA_AVX2, ISA_AVX512, N_ISA };

enum {
    KERNEL_PAD = 16,   /* reals: rows of scratch matrices are a multiple of this long */
    KERNEL_PANEL = 32, /* columns of B that lie together in a packed matrix */
    KERNEL_SLACK = 8,  /* reals behind a packed A that are written to */
};

/* C[i][j] = start[i][j] + sum over k < inner of a[i a_row + k a_inner] B[k][j]
 *
 * With its two strides A may be a matrix, a transposed one, or the overlapping windows
 * of an image. B lies in panels of KERNEL_PANEL columns, rows b_row apart, panels
 * b_panel apart (a plain matrix: b_row its row length, b_panel KERNEL_PANEL). cols is a
 * multiple of KERNEL_PAD. start may be C itself; start_row 0 = the same row for all. */
struct product {
    int rows, cols, inner;
    const real *a;
    size_t a_row, a_inner;
    const real *b;
    size_t b_row, b_panel;
    const real *start;
    size_t start_row;
    real *c;
    size_t c_row;
};

/* A for products, in groups of G rows side by side, G of the set: the inner sum reads it
 * in order. Inner indices at which all rows of a group are 0 add nothing and are left
 * out. Group g has the rows from G g on and n[g] inner indices: the t-th is step[g inner
 * + t], with the rows' values there at a + G (g inner + t), 0 for rows that are not
 * there. */
struct packed {
    int rows, inner; /* inner: how many there are, left out or not */
    real *a;         /* groups x inner x G, and KERNEL_SLACK */
    int *step;       /* groups x inner */
    int *n;          /* groups */
};

/* What follows a convolution in one pass over its map:
 *   v = gain z + shift per channel (gain NULL = v = z), relu, maximum over size x size.
 * The argmax of an output says which pixel of its window was largest, the first of
 * equals, or ARGMAX_NONE where relu cut it off: all that the backward pass needs. */
enum { ARGMAX_NONE = 255, POOLING_SIZE = 15 }; /* largest size: an argmax is a byte */

struct pooling {
    struct shape map, out; /* the same number of channels */
    int size;
    bool relu;
};

/* sum_c += dy_c times the patch of the pixel that won, over a row of outputs and all
 * channels c. Patches (core/nn/patches.h) are `row` reals long, `size` rows of them
 * `down` reals apart. mark NULL: size 1 and all alive. channels and row are multiples of
 * KERNEL_PAD. */
struct patch_sums {
    int outputs, channels, size; /* of the pool */
    const real *patch;
    size_t row, down;
    const real *dy; /* outputs x channels */
    const uint8_t *argmax;
    real *sum; /* channels x row */
};

struct adam_step { /* d = g + l2 w;  w = shrink w - size m / (sqrt(v) + eps) */
    real beta1, beta2, size, eps, l2, shrink;
};

struct sgd_step { /* v = momentum v + g + decay w;  w -= lr v */
    real lr, momentum, decay;
};

struct kernels {
    void (*product)(const struct product *p);
    /* The same with A packed: p's a, its strides and inner are not read. */
    void (*product_packed)(const struct product *p, const struct packed *a);
    int group; /* rows that a packed A has side by side, at most 8 */
    /* Packs to->rows x to->inner reals at from[i row + k step]; row or step is 1. */
    void (*pack)(struct packed *to, const real *from, size_t row, size_t step);
    /* to[k to_row + i] = from[i from_row + k], i < rows, k < n */
    void (*turn)(real *to, size_t to_row, const real *from, size_t from_row, int rows,
                 int n);

    /* Winograd's F(4x4, 3x3), core/nn/winograd.h. One tile: `pixel` are its pixels, row
     * by row, channels reals each; values of point q are read or written at q * point. */
    void (*winograd_input)(real *v, size_t point, const real *const pixel[36],
                           int channels);
    void (*winograd_output)(real *const pixel[16], const real *m, size_t point,
                            const real *bias, int channels); /* NULL pixels are skipped */
    void (*winograd_output_gradient)(real *m, size_t point, const real *const pixel[16],
                                     int channels);
    /* w: 9 x n_in x n_out; u: 36 x panels x n_in x KERNEL_PANEL. Turned: of the window
     * turned by half a circle with inputs and outputs swapped, for the data gradient. */
    void (*winograd_filter)(real *u, const real *w, int n_in, int n_out);
    void (*winograd_filter_turned)(real *u, const real *w, int n_in, int n_out);
    /* du: 36 x n_in x row */
    void (*winograd_filter_gradient)(real *dw, const real *du, size_t row, int n_in,
                                     int n_out);

    /* winners: z of each largest pixel. argmax, winners NULL: not wanted. */
    void (*pool)(const struct pooling *p, real *y, uint8_t *argmax, real *winners,
                 const real *z, const real *gain, const real *shift);
    /* y = z at the argmax (no relu), whichever is the largest now. */
    void (*pool_follow)(const struct pooling *p, real *y, const uint8_t *argmax,
                        const real *z);
    /* dz = by_dy dy_at_the_winner + by_z z + rest per channel; by_dy NULL = dy alone. dz
     * may be z. argmax NULL: size 1 and no relu. Adds dy where relu let it through to sum
     * (channels), unless NULL. */
    void (*unpool)(const struct pooling *p, real *dz, const real *dy,
                   const uint8_t *argmax, const real *z, const real *by_dy,
                   const real *by_z, const real *rest, real *sum);
    /* Overwrites per channel: sum of dy where relu let it through; there, sum of
     * dy (winner - mean), unless winners is NULL. */
    void (*pool_sums)(const struct shape *out, real *sum, real *product, const real *dy,
                      const uint8_t *argmax, const real *winners, const real *mean);
    void (*patch_sums)(const struct patch_sums *p);
    /* Per channel: mean over the pixels, sum of squared deviations from it. */
    void (*moments)(real *mean, real *square, const real *z, int pixels, int channels);

    /* n words of the Philox blocks from number `block` on. */
    void (*words)(uint64_t key, uint64_t block, uint32_t *out, size_t n);
    /* scale x N(0, 1), four for each block. */
    void (*normal)(uint64_t key, uint64_t block, real *x, size_t n, real scale);
    /* Inverted dropout: x = 0 where the word is less than `below`, else keep x. */
    void (*mask)(real *x, const uint32_t *word, size_t n, uint32_t below, real keep);
    /* Activations (core/nn/layers.h); y may be x. silu_slope: d times the derivative at
     * x. */
    void (*tanh)(real *y, const real *x, size_t n);
    void (*elu)(real *y, const real *x, size_t n);
    void (*silu)(real *y, const real *x, size_t n);
    void (*silu_slope)(real *d, const real *x, size_t n);
    void (*adam)(const struct adam_step *step, real *w, real *m, real *v, const real *g,
                 size_t n);
    void (*sgd)(const struct sgd_step *step, real *w, real *v, const real *g, size_t n);
    /* Multiply-adds in independent chains, the most that one core can do. Returns the
     * number of floating-point operations done. The result of the chains goes to
     * *sink. */
    double (*peak)(int rounds, float *sink);
};

/* NULL where the program was built without the set or the processor lacks it. */
const struct kernels *kernels_of(enum isa isa);

enum isa kernels_best(void);                 /* that this processor can run */
const struct kernels *kernels_default(void); /* those of kernels_best */

/* For measurements: no wider set than this is the best from now on. */
void kernels_limit(enum isa isa);

const char *isa_name(enum isa isa);

#endif
