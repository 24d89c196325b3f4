/* The transforms of Winograd's F(4x4, 3x3) (Lavin & Gray 2016, section 4.3), vectors
 * along the channels. With the matrices
 *
 *         | 4  0 -5  0 1 0 |        |  1/4     0     0 |
 *         | 0 -4 -4  1 1 0 |        | -1/6  -1/6  -1/6 |         | 1 1  1 1  1 0 |
 *   B^T = | 0  4 -4 -1 1 0 |    G = | -1/6   1/6  -1/6 |   A^T = | 0 1 -1 2 -2 0 |
 *         | 0 -2 -1  2 1 0 |        | 1/24  1/12   1/6 |         | 0 1  1 4  4 0 |
 *         | 0  2 -1 -2 1 0 |        | 1/24 -1/12   1/6 |         | 0 1 -1 8 -8 1 |
 *         | 0  4  0 -5 0 1 |        |    0     0     1 |
 *
 * a 6x6 tile d, a 3x3 window g and the 4x4 tile y of the output:
 *
 *   V = B^T d B,  U = G g G^T,  y = A^T (U . V) A
 *
 * and backward, from y's derivative: M = A dy A^T,  dg = G^T (V . M) G. Each is done
 * column by column, then row by row: 36 values do not fit into registers, six and their
 * results do. */
#include "core/kernels/vector.h"

INLINE void input_6(vec *to, int step, const vec *d)
{
    vec a = d[4] - 4 * d[2], b = d[3] - 4 * d[1];
    vec e = d[4] - d[2], f = 2 * (d[3] - d[1]);

    to[0] = 4 * d[0] - 5 * d[2] + d[4];
    to[step] = a + b;
    to[2 * step] = a - b;
    to[3 * step] = e + f;
    to[4 * step] = e - f;
    to[5 * step] = 4 * d[1] - 5 * d[3] + d[5];
}

INLINE void output_6(vec *to, int step, const vec *m)
{
    vec a = m[1] + m[2], b = m[1] - m[2], c = m[3] + m[4], d = m[3] - m[4];

    to[0] = m[0] + a + c;
    to[step] = b + 2 * d;
    to[2 * step] = a + 4 * c;
    to[3 * step] = b + 8 * d + m[5];
}

INLINE void output_gradient_4(vec *to, int step, const vec *y)
{
    vec a = y[0] + y[2], b = y[1] + y[3], c = y[0] + 4 * y[2], d = 2 * y[1] + 8 * y[3];

    to[0] = y[0];
    to[step] = a + b;
    to[2 * step] = a - b;
    to[3 * step] = c + d;
    to[4 * step] = c - d;
    to[5 * step] = y[3];
}

INLINE void filter_3(vec *to, int step, const vec *g)
{
    vec a = (g[0] + g[2]) * (real)(-1.0 / 6), b = g[1] * (real)(-1.0 / 6);
    vec c = g[0] * (real)(1.0 / 24) + g[2] * (real)(1.0 / 6), d = g[1] * (real)(1.0 / 12);

    to[0] = g[0] * (real)0.25;
    to[step] = a + b;
    to[2 * step] = a - b;
    to[3 * step] = c + d;
    to[4 * step] = c - d;
    to[5 * step] = g[2];
}

INLINE void filter_gradient_6(vec *to, int step, const vec *u)
{
    vec a = (u[1] + u[2]) * (real)(-1.0 / 6), b = u[3] + u[4];

    to[0] = u[0] * (real)0.25 + a + b * (real)(1.0 / 24);
    to[step] = (u[2] - u[1]) * (real)(1.0 / 6) + (u[3] - u[4]) * (real)(1.0 / 12);
    to[2 * step] = a + b * (real)(1.0 / 6) + u[5];
}

/* Channels in whole vectors, then the rest: BODY(first channel, number in the vector). */
#define BY_VECTOR(BODY, channels)                                                        \
    do {                                                                                 \
        int c_ = 0;                                                                      \
        for (; c_ + LANES <= (channels); c_ += LANES)                                    \
            BODY(c_, LANES);                                                             \
        if (c_ < (channels))                                                             \
            BODY(c_, (channels)-c_);                                                     \
    } while (0)

INLINE void input_vector(real *v, size_t point, const real *const pixel[36], int c, int n)
{
    vec half[36], d[6], out[6];

    for (int x = 0; x < 6; x++) {
        for (int y = 0; y < 6; y++)
            d[y] = load(pixel[y * 6 + x] + c, n);
        input_6(half + x, 6, d);
    }
    for (int y = 0; y < 6; y++) {
        input_6(out, 1, half + y * 6);
        for (int x = 0; x < 6; x++)
            store(v + (size_t)(y * 6 + x) * point + c, out[x], LANES);
    }
}

void KERNEL(winograd_input)(real *v, size_t point, const real *const pixel[36],
                            int channels)
{
#define BODY(c, n) input_vector(v, point, pixel, c, n)
    BY_VECTOR(BODY, channels);
#undef BODY
}

INLINE void output_vector(real *const pixel[16], const real *m, size_t point,
                          const real *bias, int c, int n)
{
    vec half[24], d[6], out[4], b = bias ? load(bias + c, n) : (vec){0};

    for (int x = 0; x < 6; x++) {
        for (int y = 0; y < 6; y++)
            d[y] = load(m + (size_t)(y * 6 + x) * point + c, LANES);
        output_6(half + x, 6, d);
    }
    for (int y = 0; y < 4; y++) {
        output_6(out, 1, half + y * 6);
        for (int x = 0; x < 4; x++)
            if (pixel[y * 4 + x])
                store(pixel[y * 4 + x] + c, out[x] + b, n);
    }
}

void KERNEL(winograd_output)(real *const pixel[16], const real *m, size_t point,
                             const real *bias, int channels)
{
#define BODY(c, n) output_vector(pixel, m, point, bias, c, n)
    BY_VECTOR(BODY, channels);
#undef BODY
}

INLINE void output_gradient_vector(real *m, size_t point, const real *const pixel[16],
                                   int c, int n)
{
    vec half[24], d[4], out[6];

    for (int x = 0; x < 4; x++) {
        for (int y = 0; y < 4; y++)
            d[y] = load(pixel[y * 4 + x] + c, n);
        output_gradient_4(half + x, 4, d);
    }
    for (int y = 0; y < 6; y++) {
        output_gradient_4(out, 1, half + y * 4);
        for (int x = 0; x < 6; x++)
            store(m + (size_t)(y * 6 + x) * point + c, out[x], LANES);
    }
}

void KERNEL(winograd_output_gradient)(real *m, size_t point, const real *const pixel[16],
                                      int channels)
{
#define BODY(c, n) output_gradient_vector(m, point, pixel, c, n)
    BY_VECTOR(BODY, channels);
#undef BODY
}

/* U of one window, written to the 36 points. */
INLINE void filter_vector(real *u, size_t point, const vec g[9])
{
    vec half[18], out[6];

    for (int x = 0; x < 3; x++) {
        vec column[3] = {g[x], g[3 + x], g[6 + x]};

        filter_3(half + x, 3, column);
    }
    for (int y = 0; y < 6; y++) {
        filter_3(out, 1, half + y * 3);
        for (int x = 0; x < 6; x++)
            store(u + (size_t)(y * 6 + x) * point, out[x], LANES);
    }
}

/* Offset of row `row`, column c in one point of U. */
INLINE size_t packed(int row, int rows, int c)
{
    return ((size_t)(c / KERNEL_PANEL) * (size_t)rows + (size_t)row) * KERNEL_PANEL +
           (size_t)(c % KERNEL_PANEL);
}

INLINE size_t point_size(int rows, int cols)
{
    return packed(0, rows, cols + KERNEL_PANEL - 1 - (cols - 1) % KERNEL_PANEL);
}

void KERNEL(winograd_filter)(real *u, const real *w, int n_in, int n_out)
{
    size_t point = point_size(n_in, n_out), tap = (size_t)n_in * (size_t)n_out;

    for (int i = 0; i < n_in; i++)
        for (int c = 0; c < n_out; c += LANES) {
            int n = n_out - c < LANES ? n_out - c : LANES;
            const real *at = w + (size_t)i * (size_t)n_out + c;
            vec g[9];

            for (int k = 0; k < 9; k++)
                g[k] = load(at + (size_t)k * tap, n);
            filter_vector(u + packed(i, n_in, c), point, g);
        }
}

void KERNEL(winograd_filter_turned)(real *u, const real *w, int n_in, int n_out)
{
    size_t point = point_size(n_out, n_in), tap = (size_t)n_in * (size_t)n_out;

    for (int c = 0; c < n_in; c += LANES)
        for (int o = 0; o < n_out; o++) {
            int n = n_in - c < LANES ? n_in - c : LANES;
            vec g[9];

            for (int k = 0; k < 9; k++) {
                const real *at = w + (size_t)k * tap + (size_t)c * (size_t)n_out + o;

                g[8 - k] = (vec){0};
                for (int i = 0; i < n; i++)
                    g[8 - k][i] = at[(size_t)i * (size_t)n_out];
            }
            filter_vector(u + packed(o, n_out, c), point, g);
        }
}

void KERNEL(winograd_filter_gradient)(real *dw, const real *du, size_t row, int n_in,
                                      int n_out)
{
    size_t point = (size_t)n_in * row, tap = (size_t)n_in * (size_t)n_out;

    for (int i = 0; i < n_in; i++)
        for (int c = 0; c < n_out; c += LANES) {
            int n = n_out - c < LANES ? n_out - c : LANES;
            const real *at = du + (size_t)i * row + c;
            vec half[18], d[6], out[3];

            for (int x = 0; x < 6; x++) {
                for (int y = 0; y < 6; y++)
                    d[y] = load(at + (size_t)(y * 6 + x) * point, LANES);
                filter_gradient_6(half + x, 6, d);
            }
            for (int y = 0; y < 3; y++) {
                filter_gradient_6(out, 1, half + y * 6);
                for (int x = 0; x < 3; x++)
                    store(dw + (size_t)(y * 3 + x) * tap + (size_t)i * (size_t)n_out + c,
                          out[x], n);
            }
        }
}
