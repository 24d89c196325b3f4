/* The inner loops of convolutions, written once in vector types and compiled for several
 * instruction sets (core/kernels/). A set is chosen once and travels with the plan of a
 * net.
 *
 * Which blocks a computation is cut into never depends on the set, so memory does not
 * either. Nothing here owns memory. Images are pixels x channels, one image at a time. */
#ifndef CORE_KERNELS_H
#define CORE_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/dataset.h"
#include "core/real.h"

enum {
    KERNEL_PAD = 16,   /* reals: rows of scratch matrices are a multiple of this long */
    KERNEL_PANEL = 32, /* columns of B that lie together in a packed matrix */
};

/* C[i][j] = start[i][j] + sum over s < segments, k < inner of
 *     a[i a_row + s a_segment + k a_inner] B[s inner + k][j]
 *
 * With its three strides A may be a matrix, a transposed one, or the overlapping windows
 * of an image. B stands in panels of KERNEL_PANEL columns, rows b_row apart, panels
 * b_panel apart (a plain matrix: b_row its row length, b_panel KERNEL_PANEL). cols is a
 * multiple of KERNEL_PAD. start may be C itself; start_row 0 = the same row for all. */
struct product {
    int rows, cols, segments, inner;
    const real *a;
    size_t a_row, a_segment, a_inner;
    const real *b;
    size_t b_row, b_panel;
    const real *start;
    size_t start_row;
    real *c;
    size_t c_row;
};

/* What follows a convolution in one pass over its map:
 *   v = gain z + shift per channel (gain NULL = v = z), relu, maximum over size x size.
 * The mark of an output says which pixel of its window won, the first of equals, or
 * MARK_DEAD where relu cut it off: all that the way back needs. */
enum { MARK_DEAD = 255, POOLING_SIZE = 15 }; /* largest size: marks are bytes */

struct pooling {
    struct shape map, out; /* the same number of channels */
    int size;
    bool relu;
};

struct kernels {
    const char *name;
    void (*product)(const struct product *p);

    /* Winograd's F(4x4, 3x3), see core/winograd.h. One tile: `pixel` are its pixels, row
     * by row, channels reals each; values of point q go to or come from q * point. */
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

    /* mark NULL: not wanted. */
    void (*pool)(const struct pooling *p, real *y, uint8_t *mark, const real *z,
                 const real *gain, const real *shift);
    /* dz = by_dy dy_at_the_winner + by_z z + rest per channel; by_dy NULL = dy alone.
     * mark NULL: size 1 and no relu. Adds dy where alive to sum (channels), unless NULL.
     */
    void (*unpool)(const struct pooling *p, real *dz, const real *dy, const uint8_t *mark,
                   const real *z, const real *by_dy, const real *by_z, const real *rest,
                   real *sum);
    /* Overwrites per channel: sum of dy where alive; of dy (z - mean) there, unless z is
     * NULL. */
    void (*pool_sums)(const struct pooling *p, real *sum, real *product, const real *dy,
                      const uint8_t *mark, const real *z, const real *mean);
    /* Per channel: mean over the pixels, sum of squared deviations from it. */
    void (*moments)(real *mean, real *square, const real *z, int pixels, int channels);
};

/* By name ("avx512", "avx2", "base"), or NULL = the widest. Returns NULL where this
 * processor or build lacks that set. */
const struct kernels *kernels_choose(const char *name);

#endif
