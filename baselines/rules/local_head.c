#include "baselines/rules/local_head.h"

#include <string.h>
#include <tgmath.h>

#include "core/nn/loss.h"

enum { WINDOW = 3, FEW_CHANNELS = 3 }; /* of the similarity's convolution */

static int windows(int size, int window)
{
    return (size + window - 1) / window;
}

/* Windows double in turn until p has at most `most` values. */
static void choose_windows(struct local_head *head, int most)
{
    struct shape map = head->map, *pooled = &head->pooled;

    *pooled = map;
    head->high = head->wide = 1;
    while (shape_size(*pooled) > most && head->high < map.height) {
        head->high *= 2;
        pooled->height = windows(map.height, head->high);
        if (shape_size(*pooled) > most) {
            head->wide *= 2;
            pooled->width = windows(map.width, head->wide);
        }
    }
}

struct local_head local_head_of(struct shape map, int most, int n_out, bool similar)
{
    struct local_head head = {.map = map, .similar = similar};
    struct window window;
    int n = shape_size(map);

    head.spatial = map.height * map.width > 1;
    if (head.spatial) {
        choose_windows(&head, most);
        window_make(&window, map, map.channels, WINDOW, 1, 1);
        head.conv = conv_plan(&window, kernels_default());
        n = map.channels;
    } else {
        head.pooled = map;
        head.high = head.wide = 1;
    }
    head.m = mat_of(NULL, shape_size(head.pooled), n_out);
    head.r = mat_of(NULL, head.spatial ? WINDOW * WINDOW * n : n, similar ? n : 0);
    return head;
}

static size_t size_of(struct mat m)
{
    return (size_t)m.rows * (size_t)m.cols;
}

size_t local_head_size(const struct local_head *head)
{
    return size_of(head->m) + size_of(head->r);
}

struct mat local_head_projection(const struct local_head *head, real *block)
{
    return mat_of(block, head->m.rows, head->m.cols);
}

struct mat local_head_similarity(const struct local_head *head, real *block)
{
    return mat_of(block + size_of(head->m), head->r.rows, head->r.cols);
}

static bool averages(const struct local_head *head)
{
    return head->high * head->wide > 1;
}

static bool deviates(const struct local_head *head)
{
    return head->spatial && head->map.channels > FEW_CHANNELS;
}

static int larger(int a, int b)
{
    return a > b ? a : b;
}

void local_head_take(struct local_head_work *work, const struct local_head *heads, int n,
                     int n_train, int n_score, struct arena *arena)
{
    int widest = 0, pooled = 0, channels = 0, rows = larger(n_train, n_score);
    size_t scratch = 0;
    bool similar = n > 0 && heads[0].similar;

    for (int i = 0; i < n; i++) {
        const struct local_head *head = &heads[i];
        size_t need = head->spatial && similar ? conv_scratch(&head->conv) : 0;

        widest = larger(widest, shape_size(head->map));
        pooled = larger(pooled, averages(head) ? head->m.rows : 0);
        channels = larger(channels, head->spatial && similar ? head->map.channels : 0);
        scratch = need > scratch ? need : scratch;
    }
    work->pooled = mat_take(arena, TAG_SCRATCH, rows, pooled);
    work->dpooled = mat_take(arena, TAG_SCRATCH, n_train, pooled);
    work->goodness = mat_take(arena, TAG_SCRATCH, rows, heads[0].m.cols);
    if (!similar)
        return;
    work->a = mat_take(arena, TAG_SCRATCH, n_train, widest);
    work->da = mat_take(arena, TAG_SCRATCH, n_train, widest);
    work->row = mat_take(arena, TAG_SCRATCH, n_train, channels);
    work->drow = mat_take(arena, TAG_SCRATCH, n_train, channels);
    work->moment =
        arena_take(arena, TAG_SCRATCH, 2 * (size_t)channels, sizeof *work->moment);
    work->zero = arena_take(arena, TAG_FIXED, (size_t)channels, sizeof(real));
    work->scratch = arena_take(arena, TAG_SCRATCH, scratch, sizeof(real));
    similarity_take(&work->sim, n_train, arena);
}

/* ---------------------------------------------------------------- pred */

/* The window that position i of a map lies in, and how many positions that has. */
static int window_of(const struct local_head *head, int i, int *n)
{
    int row = i / head->map.width / head->high, col = i % head->map.width / head->wide;
    int high = head->map.height - row * head->high;
    int wide = head->map.width - col * head->wide;

    *n =
        (high < head->high ? high : head->high) * (wide < head->wide ? wide : head->wide);
    return row * head->pooled.width + col;
}

struct mat local_head_pool(const struct local_head *head,
                           const struct local_head_work *work, struct mat h)
{
    int channels = head->map.channels, n;
    struct mat p = mat_of(work->pooled.data, h.rows, head->m.rows);

    if (!averages(head))
        return h;
    memset(p.data, 0, size_of(p) * sizeof *p.data);
    for (int i = 0; i < h.rows; i++)
        for (int at = 0; at < head->map.height * head->map.width; at++) {
            real *to = mat_row(p, i) + window_of(head, at, &n) * channels;
            const real *from = mat_row(h, i) + at * channels;

            for (int c = 0; c < channels; c++)
                to[c] += from[c] / (real)n;
        }
    return p;
}

/* d, the derivative of the map, from that of p. */
static void unpool(const struct local_head *head, struct mat d, struct mat dp)
{
    int channels = head->map.channels, n;

    for (int i = 0; i < d.rows; i++)
        for (int at = 0; at < head->map.height * head->map.width; at++) {
            const real *from = mat_row(dp, i) + window_of(head, at, &n) * channels;
            real *to = mat_row(d, i) + at * channels;

            for (int c = 0; c < channels; c++)
                to[c] = from[c] / (real)n;
        }
}

real local_head_predict(const struct local_head *head, const struct local_head_work *work,
                        const struct batch *batch, struct mat h, real *block,
                        struct mat d, real *g)
{
    struct mat e = mat_rows(work->goodness, 0, h.rows);
    struct mat m = local_head_projection(head, block), p = local_head_pool(head, work, h);
    struct mat dp = averages(head) ? mat_of(work->dpooled.data, p.rows, p.cols) : d;
    real loss;

    mat_mul(e, p, m, false); /* G = p M */
    loss = loss_cross_entropy(e, batch);
    mat_mul_nt(dp, e, m, false);
    mat_mul_tn(local_head_projection(head, g), p, e, false);
    if (averages(head))
        unpool(head, d, dp);
    return loss;
}

/* ---------------------------------------------------------------- sim */

static int positions_of(const struct local_head *head)
{
    return head->map.height * head->map.width;
}

/* Means and standard deviations (unbiased, eps 1e-10 in the variance) of the channels. */
static void deviations(const struct local_head *head, real *mean, real *deviation,
                       const real *a)
{
    int positions = positions_of(head), channels = head->map.channels;
    size_t size = (size_t)channels * sizeof *mean;

    memset(mean, 0, size);
    memset(deviation, 0, size);
    for (int p = 0; p < positions; p++)
        for (int c = 0; c < channels; c++)
            mean[c] += a[p * channels + c];
    for (int c = 0; c < channels; c++)
        mean[c] /= (real)positions;
    for (int p = 0; p < positions; p++)
        for (int c = 0; c < channels; c++) {
            real off = a[p * channels + c] - mean[c];

            deviation[c] += off * off;
        }
    for (int c = 0; c < channels; c++)
        deviation[c] = sqrt(deviation[c] / (real)(positions - 1) + (real)1e-10);
}

/* da from the derivative `d` of the deviations, which is overwritten. */
static void deviations_backward(const struct local_head *head, real *da, real *d,
                                const real *a, const real *mean, const real *deviation)
{
    int positions = positions_of(head), channels = head->map.channels;

    for (int c = 0; c < channels; c++)
        d[c] /= deviation[c] * (real)(positions - 1);
    for (int p = 0; p < positions; p++)
        for (int c = 0; c < channels; c++)
            da[p * channels + c] = d[c] * (a[p * channels + c] - mean[c]);
}

/* da, from a = h R. */
static real compare(const struct local_head *head, const struct local_head_work *work,
                    const struct batch *batch, struct mat a, struct mat da)
{
    struct mat row = mat_of(work->row.data, a.rows, head->map.channels);
    struct mat drow = mat_of(work->drow.data, a.rows, head->map.channels);
    real *mean = work->moment, *deviation = mean + row.cols, loss;

    if (!deviates(head))
        return similarity_loss(&work->sim, batch, head->m.cols, a, da);
    for (int i = 0; i < a.rows; i++)
        deviations(head, mean, mat_row(row, i), mat_row(a, i));
    loss = similarity_loss(&work->sim, batch, head->m.cols, row, drow);
    for (int i = 0; i < a.rows; i++) {
        deviations(head, mean, deviation, mat_row(a, i));
        deviations_backward(head, mat_row(da, i), mat_row(drow, i), mat_row(a, i), mean,
                            deviation);
    }
    return loss;
}

struct mat local_head_match(const struct local_head *head,
                            const struct local_head_work *work, const struct batch *batch,
                            struct mat h, real *block, real *g, real *loss)
{
    struct mat r = local_head_similarity(head, block);
    struct mat dr = local_head_similarity(head, g);
    struct mat a = mat_of(work->a.data, h.rows, h.cols);
    struct mat da = mat_of(work->da.data, h.rows, h.cols);

    if (head->spatial)
        conv_batch_forward(&head->conv, a, h, r, work->zero, work->scratch);
    else
        mat_mul(a, h, r, false);
    *loss = compare(head, work, batch, a, da);
    if (head->spatial) {
        conv_batch_backward(&head->conv, dr, &h, &da, 1, work->scratch);
        conv_batch_backward_input(&head->conv, a, da, r, work->scratch);
    } else {
        mat_mul_tn(dr, h, da, false);
        mat_mul_nt(a, da, r, false);
    }
    return a;
}

double local_head_predict_flops(const struct local_head *head)
{
    return 2.0 * (double)size_of(head->m);
}

double local_head_match_flops(const struct local_head *head)
{
    int positions = head->spatial ? positions_of(head) : 1;

    return 2.0 * (double)size_of(head->r) * positions;
}
