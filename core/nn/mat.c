#include "core/nn/mat.h"

#include <assert.h>
#include <string.h>

#include "core/base/stage.h"
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

/* C = [C or first or 0] + A B: how A and B are read, and how C is cut: into strips of
 * rows times ranges of panels, an item each. */
struct job {
    const struct kernels *kernels;
    struct mat c;
    const real *a; /* a_row from row to row of C, a_inner along the inner sum */
    size_t a_row, a_inner;
    struct mat b; /* inner x cols, or turned: cols x inner */
    bool turned, copied, add;
    bool narrow; /* one panel: A is not packed, which would take longer than it saves */
    const real *first; /* cols, or NULL */
    int inner, strips, ranges;
    struct stage *stage;
};

/* INNER of the inner sum at a time: that much of a group of A and of a panel of B
 * passes through the first-level cache, 8 and 32 KiB. STRIP rows of A, packed, wait in
 * the second-level cache while all panels of B pass, 128 KiB. B's panels are read in
 * place, unless its rows are a multiple of ALIAS apart and fall into few sets of the
 * cache. SMALL: multiply-adds that are not
 * worth waking a thread for. */
enum { INNER = 256, STRIP = 132, GROUP = 6, ALIAS = 256, SMALL = 1 << 19 };

/* Inner indices k..k+n of a strip, at work. */
struct block {
    const struct job *job;
    struct mat c; /* the strip */
    int k, n;
    const real *in_place; /* A where it is, and packed */
    struct packed a;
    _Alignas(64) real packed[STRIP * INNER + KERNEL_SLACK];
    _Alignas(64) real panel[INNER * KERNEL_PANEL];
    _Alignas(64) real sum[STRIP * KERNEL_PANEL];
    int step[STRIP / GROUP * INNER], left[STRIP / GROUP];
};

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int pieces(int n, int size)
{
    return (n + size - 1) / size;
}

/* B's columns j..j+cols to block->panel, zeros up to `wide`. */
static void take_panel(struct block *block, int j, int cols, int wide)
{
    const struct job *job = block->job;

    if (job->turned)
        job->kernels->turn(block->panel, KERNEL_PANEL, mat_row(job->b, j) + block->k,
                           (size_t)job->b.ld, cols, block->n);
    for (int i = 0; i < block->n; i++) {
        real *to = block->panel + i * KERNEL_PANEL;

        if (!job->turned)
            memcpy(to, mat_row(job->b, block->k + i) + j, (size_t)cols * sizeof *to);
        for (int q = cols; q < wide; q++)
            to[q] = 0;
    }
}

/* c, whole vectors wide, = start + A times B's columns j..j+cols. */
static void multiply(struct block *block, struct mat c, int j, int cols,
                     const real *start, size_t start_row)
{
    const struct job *job = block->job;
    struct product p = {.rows = c.rows,
                        .cols = c.cols,
                        .inner = block->n,
                        .a = block->in_place,
                        .a_row = job->a_row,
                        .a_inner = job->a_inner,
                        .b = block->panel,
                        .b_row = KERNEL_PANEL,
                        .b_panel = KERNEL_PANEL,
                        .start = start,
                        .start_row = start_row,
                        .c = c.data,
                        .c_row = (size_t)c.ld};

    if (job->turned || job->copied || cols < c.cols) {
        take_panel(block, j, cols, c.cols);
    } else {
        p.b = mat_row(job->b, block->k) + j;
        p.b_row = (size_t)job->b.ld;
    }
    if (job->narrow)
        job->kernels->product(&p);
    else
        job->kernels->product_packed(&p, &block->a);
}

/* A panel whose last columns would not fill a vector: by way of a copy. */
static void multiply_edge(struct block *block, struct mat c, int j, const real *start,
                          size_t start_row)
{
    int wide = pieces(c.cols, KERNEL_PAD) * KERNEL_PAD;
    struct mat sum = mat_of(block->sum, c.rows, wide);
    real row[KERNEL_PANEL] = {0};

    memcpy(row, start, (size_t)c.cols * sizeof *row);
    for (int i = 0; i < c.rows && start_row; i++) {
        memset(mat_row(sum, i) + c.cols, 0, (size_t)(wide - c.cols) * sizeof *row);
        memcpy(mat_row(sum, i), start + (size_t)i * start_row,
               (size_t)c.cols * sizeof *row);
    }
    multiply(block, sum, j, c.cols, start_row ? sum.data : row,
             start_row ? (size_t)wide : 0);
    sum.cols = c.cols;
    mat_copy(c, sum);
}

static void multiply_panel(struct block *block, int j)
{
    static const real zero[KERNEL_PANEL];
    const struct job *job = block->job;
    struct mat c = mat_cols(block->c, j, least(KERNEL_PANEL, block->c.cols - j));
    bool more = block->k > 0 || job->add;
    const real *start = more ? c.data : job->first ? job->first + j : zero;
    size_t start_row = more ? (size_t)c.ld : 0;

    if (c.cols % KERNEL_PAD)
        multiply_edge(block, c, j, start, start_row);
    else
        multiply(block, c, j, c.cols, start, start_row);
}

/* Where piece i begins when n things are cut into so many. */
static int cut(int n, int i, int many)
{
    return (int)((long)n * i / many);
}

static void do_item(void *context, int worker, int item)
{
    const struct job *job = context;
    int group = job->kernels->group, groups = pieces(job->c.rows, group),
        strip = item % job->strips;
    int panels = pieces(job->c.cols, KERNEL_PANEL), range = item / job->strips;
    int row = cut(groups, strip, job->strips) * group, blocks = pieces(job->inner, INNER);
    int end = least(cut(groups, strip + 1, job->strips) * group, job->c.rows);
    int first = cut(panels, range, job->ranges);
    int last = cut(panels, range + 1, job->ranges);
    double began = stage_begin();
    struct block block;

    block.job = job;
    block.c = mat_rows(job->c, row, end - row);
    for (int i = 0; i < blocks; i++) {
        block.k = cut(job->inner, i, blocks);
        block.n = cut(job->inner, i + 1, blocks) - block.k;
        block.in_place =
            job->a + (size_t)row * job->a_row + (size_t)block.k * job->a_inner;
        block.a =
            (struct packed){end - row, block.n, block.packed, block.step, block.left};
        if (!job->narrow)
            job->kernels->pack(&block.a, block.in_place, job->a_row, job->a_inner);
        for (int p = first; p < last; p++)
            multiply_panel(&block, p * KERNEL_PANEL);
    }
    stage_end(job->stage, began,
              2.0 * (end - row) * job->inner *
                  (least(last * KERNEL_PANEL, job->c.cols) - first * KERNEL_PANEL));
}

/* Threads share out the panels: of weights, as B, each core then holds a part that it
 * alone has read when the optimizer writes them. For A^T B, and where there are too few
 * panels, they share out the rows; not if each strip would turn all of B again. */
static void run(struct job job)
{
    struct mat c = job.c;
    double work = (double)c.rows * c.cols * job.inner;
    struct threads *pool = work < SMALL ? NULL : threads_own();
    int threads = threads_count(pool), panels = pieces(c.cols, KERNEL_PANEL);
    int groups;

    assert(job.inner > 0);
    if (c.rows == 0)
        return;
    job.kernels = kernels_default();
    job.copied = job.b.ld % ALIAS == 0;
    job.narrow = panels == 1;
    groups = pieces(c.rows, job.kernels->group);
    job.strips = pieces(groups, STRIP / job.kernels->group);
    if (!job.turned && (job.a_row == 1 || panels < threads))
        job.strips = least(pieces(job.strips, threads) * threads, groups);
    job.ranges = least(pieces(threads, job.strips), panels);
    threads_run(pool, job.strips * job.ranges, do_item, &job);
}

/* Neither matrix is transposed. */
static void run_plain(struct mat c, struct mat a, struct mat b, bool add, const real *row)
{
    static struct stage stage = {"product A B"};

    assert(c.rows == a.rows && c.cols == b.cols && a.cols == b.rows);
    run((struct job){.c = c,
                     .a = a.data,
                     .a_row = (size_t)a.ld,
                     .a_inner = 1,
                     .b = b,
                     .inner = a.cols,
                     .add = add,
                     .first = row,
                     .stage = &stage});
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
    static struct stage stage = {"product A^T B"};

    assert(c.rows == a.cols && c.cols == b.cols && a.rows == b.rows);
    run((struct job){.c = c,
                     .a = a.data,
                     .a_row = 1,
                     .a_inner = (size_t)a.ld,
                     .b = b,
                     .inner = a.rows,
                     .add = add,
                     .stage = &stage});
}

void mat_mul_nt(struct mat c, struct mat a, struct mat b, bool add)
{
    static struct stage stage = {"product A B^T"};

    assert(c.rows == a.rows && c.cols == b.rows && a.cols == b.cols);
    run((struct job){.c = c,
                     .a = a.data,
                     .a_row = (size_t)a.ld,
                     .a_inner = 1,
                     .b = b,
                     .turned = true,
                     .inner = a.cols,
                     .add = add,
                     .stage = &stage});
}
