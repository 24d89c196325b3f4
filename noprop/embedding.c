#include "noprop/embedding.h"

#include <stdlib.h>
#include <string.h>
#include <tgmath.h>

#include "core/nn/init.h"

enum { ROWS = 64 }; /* images compared with all others of their class at a time */

const char *const embedding_names[] = {"one-hot", "learned", "prototype", NULL};
const char *const embedding_init_names[] = {"orthogonal", "random", NULL};

int embedding_dim(enum embedding_kind kind, int dim, int m, struct shape image)
{
    return kind == EMBEDDING_ONE_HOT   ? m
           : kind == EMBEDDING_LEARNED ? dim
                                       : shape_size(image);
}

void embedding_open(struct embedding *e, enum embedding_kind kind, int sample, int m,
                    int d, struct arena *arena)
{
    *e = (struct embedding){.kind = kind, .sample = sample};
    if (kind != EMBEDDING_PROTOTYPE)
        return;
    e->known = arena_take(arena, TAG_STATE, (size_t)m, 1);
    e->images = mat_take(arena, TAG_SCRATCH, sample, d);
    e->product = mat_take(arena, TAG_SCRATCH, ROWS, sample);
    e->square = arena_take(arena, TAG_SCRATCH, (size_t)sample, sizeof *e->square);
    e->distance = arena_take(arena, TAG_SCRATCH, (size_t)sample, sizeof *e->distance);
}

void embedding_start(const struct embedding *e, enum embedding_init init, struct rng rng)
{
    struct mat w = e->w;

    if (e->kind == EMBEDDING_ONE_HOT) {
        for (int k = 0; k < w.rows; k++)
            mat_row(w, k)[k] = 1;
    } else if (e->kind == EMBEDDING_LEARNED) {
        if (init == EMBEDDING_ORTHOGONAL && w.rows <= w.cols)
            init_layer(INIT_ORTHOGONAL, w, NULL, rng);
        else
            rng_normal(&rng, w.data, (size_t)w.rows * (size_t)w.cols,
                       1 / sqrt((real)w.cols));
    }
}

/* ---------------------------------------------------------------- prototypes */

/* Draws images of class k into e->images, each with the same probability (reservoir
 * sampling, Vitter 1985); returns how many. */
static int sample_class(const struct embedding *e, const struct task_view *task, int k,
                        struct rng rng)
{
    int seen = 0, d = e->images.cols;

    for (int i = 0; i < task->n; i++) {
        int32_t y;
        int at;
        uint8_t *pixel;

        task->read(task->from, i, NULL, &y);
        if (y != k)
            continue;
        at = seen < e->sample ? seen : (int)rng_below(&rng, (uint32_t)seen + 1);
        seen++;
        if (at >= e->sample)
            continue;
        /* the bytes lie at the end of the row: each is read before it is overwritten */
        pixel = (uint8_t *)mat_row(e->images, at) + (sizeof(real) - 1) * (size_t)d;
        task->read(task->from, i, pixel, &y);
        for (int j = 0; j < d; j++) {
            uint8_t byte = pixel[j];

            mat_row(e->images, at)[j] = (real)byte / 255;
        }
    }
    return seen < e->sample ? seen : e->sample;
}

static int by_size(const void *a, const void *b)
{
    real x = *(const real *)a, y = *(const real *)b;

    return (x > y) - (x < y);
}

static real median(real *value, int n)
{
    qsort(value, (size_t)n, sizeof *value, by_size);
    return n == 0 ? 0 : n % 2 ? value[n / 2] : (value[n / 2 - 1] + value[n / 2]) / 2;
}

/* The median distance of image i to all others, from its products with all n:
 * ||a - b||^2 = a a - 2 a b + b b. */
static real median_distance(const real *product, const real *square, int i, int n,
                            real *distance)
{
    int m = 0;

    for (int j = 0; j < n; j++)
        if (j != i)
            distance[m++] = sqrt(fmax(square[i] - 2 * product[j] + square[j], (real)0));
    return median(distance, m);
}

static real square_of(const real *row, int n)
{
    double sum = 0;

    for (int j = 0; j < n; j++)
        sum += (double)(row[j] * row[j]);
    return (real)sum;
}

/* Products of images i, i + 1, ..., as many as there are rows for, with all of x. */
static void multiply(const struct embedding *e, struct mat x, int i)
{
    int rows = x.rows - i < e->product.rows ? x.rows - i : e->product.rows;

    mat_mul_nt(mat_cols(mat_rows(e->product, 0, rows), 0, x.rows), mat_rows(x, i, rows),
               x, false);
}

static void choose_prototype(const struct embedding *e, int k, int n)
{
    struct mat x = mat_rows(e->images, 0, n);
    real least = INFINITY;
    int best = 0;

    for (int i = 0; i < n; i++)
        e->square[i] = square_of(mat_row(x, i), x.cols);
    for (int i = 0; i < n; i++) {
        int row = i % e->product.rows;
        real far;

        if (row == 0)
            multiply(e, x, i);
        far = median_distance(mat_row(e->product, row), e->square, i, n, e->distance);
        if (far < least) {
            least = far;
            best = i;
        }
    }
    memcpy(mat_row(e->w, k), mat_row(x, best), (size_t)x.cols * sizeof(real));
    e->known[k] = 1;
}

void embedding_begin_task(const struct embedding *e, const struct task_view *task,
                          struct rng rng)
{
    for (int k = 0; e->known && k < e->w.rows; k++) {
        int n = e->known[k] ? 0 : sample_class(e, task, k, rng_at(rng, (uint64_t)k));

        if (n > 0)
            choose_prototype(e, k, n);
    }
}

void embedding_observe(const struct embedding *e, const struct batch *batch)
{
    for (int i = 0; e->known && i < batch->x.rows; i++) {
        int k = batch->y[i];

        if (!e->known[k])
            memcpy(mat_row(e->w, k), mat_row(batch->x, i),
                   (size_t)e->w.cols * sizeof(real));
        e->known[k] = 1;
    }
}

void embedding_nearest(const struct embedding *e, struct mat z, struct mat out)
{
    for (int i = 0; i < z.rows; i++)
        for (int k = 0; k < e->w.rows; k++) {
            real distance = 0;

            for (int j = 0; j < z.cols; j++) {
                real from = mat_row(z, i)[j] - mat_row(e->w, k)[j];

                distance += from * from;
            }
            mat_row(out, i)[k] = embedding_known(e, k) ? -distance : -INFINITY;
        }
}
