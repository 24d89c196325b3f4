#include "core/nn/mat.h"

#include <assert.h>
#include <string.h>

#include "core/base/threads.h"
#include "core/kernels/kernels.h"

struct mat mat_of(real *data, int rows, int cols)
{
    return (struct mat){data, rows, cols, cols};
}

struct mat mat_rows(struct mat a, int first, int n)
{
    assert(first >= 0 && n >= 0 && first + n <= a.rows);
    return (struct mat){a.data + (size_t)first * (size_t)a.ld, n, a.cols, a.ld};
}

struct mat mat_cols(struct mat a, int first, int n)
{
    assert(first >= 0 && n >= 0 && first + n <= a.cols);
    return (struct mat){a.data + first, a.rows, n, a.ld};
}

struct mat mat_take(struct arena *arena, enum tag tag, int rows, int cols)
{
    return mat_of(arena_take(arena, tag, (size_t)rows * (size_t)cols, sizeof(real)), rows,
                  cols);
}

void mat_copy(struct mat to, struct mat from)
{
    assert(to.rows == from.rows && to.cols == from.cols);
    if (to.data == from.data)
        return;
    for (int i = 0; i < to.rows; i++)
        memcpy(to.data + (size_t)i * (size_t)to.ld,
               from.data + (size_t)i * (size_t)from.ld,
               (size_t)to.cols * sizeof *to.data);
}

/* C = [C or first or 0] + A B: how A and B are read, the panels of C that are computed
 * one by one. */
struct job {
    const struct kernels *kernels;
    struct mat c;
    const real *a; /* a_row from row to row of C, a_inner along the inner sum */
    size_t a_row, a_inner;
    struct mat b; /* inner x cols, or turned: cols x inner */
    bool turned, packed, add;
    const real *first; /* cols, or NULL */
    int inner, strip;  /* strip: rows of C that go together */
};

enum {
    INNER = 256,  /* of the inner sum at a time: INNER x PANEL of B fill the first-level
                     cache */
    STRIP = 48,   /* rows: a few of the kernel's tiles, to share out among threads */
    PACKED = 240, /* where B is copied first: enough to pay for the copy */
    ALIAS = 256,  /* reals: rows of B this far apart, or a multiple, fall into few sets of
                     the cache */
    SMALL = 1 << 19 /* multiply-adds that are not worth waking a thread for */
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

typedef real quad __attribute__((vector_size(4 * sizeof(real))));

/* to[k][j] = from[j][k] for 4 x 4 reals. */
static void turn_quad(real *to, const real *from, size_t ld)
{
    quad r[4];

    for (int j = 0; j < 4; j++)
        memcpy(&r[j], from + (size_t)j * ld, sizeof *r);
    for (int k = 0; k < 4; k++) {
        quad column = {r[0][k], r[1][k], r[2][k], r[3][k]};

        memcpy(to + (size_t)k * KERNEL_PANEL, &column, sizeof column);
    }
}

/* Rows k..k+n of B's columns j..j+cols, zeros beside them, into a block of PANEL columns;
 * B is given transposed. */
static void pack_turned(real *block, struct mat b, int k, int n, int j, int cols)
{
    size_t ld = (size_t)b.ld;
    int i = 0, whole = n / 4 * 4;

    for (; i + 4 <= cols; i += 4) {
        const real *from = b.data + (size_t)(j + i) * ld + (size_t)k;

        for (int q = 0; q < whole; q += 4)
            turn_quad(block + q * KERNEL_PANEL + i, from + q, ld);
        for (int q = whole; q < n; q++)
            for (int p = 0; p < 4; p++)
                block[q * KERNEL_PANEL + i + p] = from[(size_t)p * ld + (size_t)q];
    }
    for (; i < KERNEL_PANEL; i++)
        for (int q = 0; q < n; q++)
            block[q * KERNEL_PANEL + i] =
                i < cols ? b.data[(size_t)(j + i) * ld + (size_t)(k + q)] : 0;
}

static void pack(real *block, struct mat b, int k, int n, int j, int cols)
{
    for (int q = 0; q < n; q++) {
        memcpy(block + q * KERNEL_PANEL, mat_row(b, k + q) + j,
               (size_t)cols * sizeof(real));
        memset(block + q * KERNEL_PANEL + cols, 0,
               (size_t)(KERNEL_PANEL - cols) * sizeof(real));
    }
}

/* c (cols a multiple of KERNEL_PAD) = start + rows of A from `row` on times the panel of
 * B at column j, `cols` of which are B's. */
static void multiply(const struct job *job, struct mat c, int row, int j, int cols,
                     const real *start, size_t start_row, bool copy)
{
    _Alignas(64) real block[INNER * KERNEL_PANEL];

    for (int k = 0; k < job->inner; k += INNER) {
        int n = least(INNER, job->inner - k);
        struct product p = {.rows = c.rows,
                            .cols = c.cols,
                            .segments = 1,
                            .inner = n,
                            .a = job->a + (size_t)row * job->a_row +
                                 (size_t)k * job->a_inner,
                            .a_row = job->a_row,
                            .a_inner = job->a_inner,
                            .b = block,
                            .b_row = KERNEL_PANEL,
                            .b_panel = KERNEL_PANEL,
                            .start = k ? c.data : start,
                            .start_row = k ? (size_t)c.ld : start_row,
                            .c = c.data,
                            .c_row = (size_t)c.ld};

        if (job->turned) {
            pack_turned(block, job->b, k, n, j, cols);
        } else if (copy) {
            pack(block, job->b, k, n, j, cols);
        } else {
            p.b = mat_row(job->b, k) + j;
            p.b_row = (size_t)job->b.ld;
        }
        job->kernels->product(&p);
    }
}

/* A panel whose last columns would not fill a vector: by way of a copy. */
static void multiply_edge(const struct job *job, struct mat c, int row, int j)
{
    _Alignas(64) real sum[STRIP * KERNEL_PANEL], first[KERNEL_PANEL] = {0};
    struct mat part = mat_of(sum, 0, KERNEL_PANEL);
    size_t bytes = (size_t)c.cols * sizeof(real);

    if (job->first)
        memcpy(first, job->first + j, bytes);
    for (int i = 0; i < c.rows; i += STRIP) {
        part.rows = least(STRIP, c.rows - i);
        for (int r = 0; r < part.rows && job->add; r++) {
            memcpy(mat_row(part, r), mat_row(c, i + r), bytes);
            memset(mat_row(part, r) + c.cols, 0, KERNEL_PANEL * sizeof(real) - bytes);
        }
        multiply(job, part, row + i, j, c.cols, job->add ? sum : first,
                 job->add ? KERNEL_PANEL : 0, true);
        for (int r = 0; r < part.rows; r++)
            memcpy(mat_row(c, i + r), mat_row(part, r), bytes);
    }
}

static int strips(const struct job *job)
{
    return (job->c.rows + job->strip - 1) / job->strip;
}

static void do_panel(void *context, int worker, int item)
{
    static const real zero[KERNEL_PANEL];
    const struct job *job = context;
    int row = item % strips(job) * job->strip, j = item / strips(job) * KERNEL_PANEL;
    int cols = least(KERNEL_PANEL, job->c.cols - j);
    struct mat c =
        mat_cols(mat_rows(job->c, row, least(job->strip, job->c.rows - row)), j, cols);

    if (cols % KERNEL_PAD)
        multiply_edge(job, c, row, j);
    else if (job->add)
        multiply(job, c, row, j, cols, c.data, (size_t)c.ld, job->packed);
    else
        multiply(job, c, row, j, cols, job->first ? job->first + j : zero, 0,
                 job->packed);
}

static void run(struct job job)
{
    struct mat c = job.c;
    int panels = (c.cols + KERNEL_PANEL - 1) / KERNEL_PANEL;
    double work = (double)c.rows * c.cols * job.inner;

    assert(job.inner > 0);
    if (c.rows == 0)
        return;
    job.kernels = kernels_default();
    job.packed = job.turned || job.b.ld % ALIAS == 0 || c.rows >= PACKED;
    job.strip = job.packed ? PACKED : STRIP;
    threads_run(work < SMALL ? NULL : threads_own(), panels * strips(&job), do_panel,
                &job);
}

/* Neither matrix is transposed. */
static void run_plain(struct mat c, struct mat a, struct mat b, bool add, const real *row)
{
    assert(c.rows == a.rows && c.cols == b.cols && a.cols == b.rows);
    run((struct job){.c = c,
                     .a = a.data,
                     .a_row = (size_t)a.ld,
                     .a_inner = 1,
                     .b = b,
                     .inner = a.cols,
                     .add = add,
                     .first = row});
}

void mat_mul(struct mat c, struct mat a, struct mat b, bool add)
{
    run_plain(c, a, b, add, NULL);
}

void mat_mul_row(struct mat c, struct mat a, struct mat b, const real *row)
{
    run_plain(c, a, b, false, row);
}

void mat_mul_tn(struct mat c, struct mat a, struct mat b, bool add)
{
    assert(c.rows == a.cols && c.cols == b.cols && a.rows == b.rows);
    run((struct job){.c = c,
                     .a = a.data,
                     .a_row = 1,
                     .a_inner = (size_t)a.ld,
                     .b = b,
                     .inner = a.rows,
                     .add = add});
}

void mat_mul_nt(struct mat c, struct mat a, struct mat b, bool add)
{
    assert(c.rows == a.rows && c.cols == b.rows && a.cols == b.cols);
    run((struct job){.c = c,
                     .a = a.data,
                     .a_row = (size_t)a.ld,
                     .a_inner = 1,
                     .b = b,
                     .turned = true,
                     .inner = a.cols,
                     .add = add});
}
