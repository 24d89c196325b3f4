/* The inner loops by themselves (core/kernels/kernels.h), on what one core has in its
 * cache: a block of Winograd tiles, one image of a map, a slice of weights. */
#include <stdio.h>

#include "bench/perf/perf.h"
#include "core/kernels/kernels.h"
#include "core/nn/rng.h"

enum {
    TILES = 64, /* of a convolution of IN to OUT channels */
    IN = 32,
    OUT = 64,
    POINTS = 36,
    ROW = OUT,                /* reals between tiles, one for inputs and outputs */
    POINT = TILES * ROW + 16, /* between points */
    SIDE = 32,                /* of a map of IN channels, pooled by 2 x 2 */
    MAP = SIDE * SIDE * IN,   /* its reals */
    POOLED = MAP / 4,
    PATCH = 32,
    WEIGHTS = 9 * IN * OUT,
    TURNED = POINTS * IN * OUT, /* the transformed ones */
    N = 1 << 14,                /* of loops over numbers */
};

struct ground {
    const struct kernels *kernels;
    real *v;          /* POINTS x POINT */
    real *w, *u;      /* WEIGHTS, TURNED */
    real *map, *back; /* MAP */
    real *pooled, *winners;
    real *channel[3]; /* IN: gain, shift and the like */
    real *sum[2];
    real *x, *y, *m, *s; /* N */
    uint32_t *word;      /* N */
    uint8_t *argmax;     /* POOLED */
    struct pooling pooling;
};

static real *take(struct arena *arena, size_t n)
{
    real *x = arena_take(arena, TAG_SCRATCH, n, sizeof *x);
    struct rng rng = rng_seed(n);

    if (x)
        rng_normal(&rng, x, n, 1);
    return x;
}

static void take_maps(struct ground *at, struct arena *arena)
{
    at->map = take(arena, MAP);
    at->back = take(arena, MAP);
    at->pooled = take(arena, POOLED);
    at->winners = take(arena, POOLED);
    at->argmax = arena_take(arena, TAG_SCRATCH, POOLED, 1);
    for (int i = 0; i < 3; i++)
        at->channel[i] = take(arena, IN);
    for (int i = 0; i < 2; i++)
        at->sum[i] = take(arena, IN);
    at->pooling = (struct pooling){.map = {SIDE, SIDE, IN},
                                   .out = {SIDE / 2, SIDE / 2, IN},
                                   .size = 2,
                                   .relu = true};
}

/* size: floating-point operations and bytes of one run. */
static enum status open_ground(const struct perf_case *perf, struct perf_setup *setup,
                               struct error *err)
{
    struct arena *arena = &setup->arena;
    struct ground *at = arena_take(arena, TAG_FIXED, 1, sizeof *at);

    if (!at)
        return arena_check(arena, err);
    at->kernels = kernels_default();
    at->v = take(arena, (size_t)POINTS * POINT);
    at->w = take(arena, WEIGHTS);
    at->u = take(arena, TURNED);
    take_maps(at, arena);
    at->x = take(arena, N);
    at->y = take(arena, N);
    at->m = arena_take(arena, TAG_SCRATCH, N, sizeof *at->m);
    at->s = arena_take(arena, TAG_SCRATCH, N, sizeof *at->s);
    at->word = arena_take(arena, TAG_SCRATCH, N, sizeof *at->word);
    if (arena_check(arena, err) != OK)
        return err->status;
    at->kernels->words(1, 0, at->word, N);
    setup->self = at;
    setup->flop = perf->size[0];
    setup->bytes = perf->size[1];
    return OK;
}

/* ---- Winograd's transforms: TILES tiles, or all weights */

/* Pixels of a side x side square; which tile does not matter to the clock. */
static void pixels_of(const struct ground *at, int side, int tile, real *pixel[])
{
    int across = SIDE / 8, y = tile / across % across * 4, x = tile % across * 4;

    for (int i = 0; i < side * side; i++)
        pixel[i] = at->back + ((y + i / side) * SIDE + x + i % side) * IN;
}

union pixels { /* to write to, or to read */
    real *out[36];
    const real *in[36];
};

static void run_input(void *self)
{
    struct ground *at = self;
    union pixels pixel;

    for (int t = 0; t < TILES; t++) {
        pixels_of(at, 6, t, pixel.out);
        at->kernels->winograd_input(at->v + (size_t)t * ROW, POINT, pixel.in, IN);
    }
}

static void run_output(void *self)
{
    struct ground *at = self;
    union pixels pixel;

    for (int t = 0; t < TILES; t++) {
        pixels_of(at, 4, t, pixel.out);
        at->kernels->winograd_output(pixel.out, at->v + (size_t)t * ROW, POINT,
                                     at->channel[0], IN);
    }
}

static void run_output_gradient(void *self)
{
    struct ground *at = self;
    union pixels pixel;

    for (int t = 0; t < TILES; t++) {
        pixels_of(at, 4, t, pixel.out);
        at->kernels->winograd_output_gradient(at->v + (size_t)t * ROW, POINT, pixel.in,
                                              IN);
    }
}

static void run_filter(void *self)
{
    struct ground *at = self;

    at->kernels->winograd_filter(at->u, at->w, IN, OUT);
}

static void run_filter_turned(void *self)
{
    struct ground *at = self;

    at->kernels->winograd_filter_turned(at->u, at->w, IN, OUT);
}

static void run_filter_gradient(void *self)
{
    struct ground *at = self;

    at->kernels->winograd_filter_gradient(at->w, at->u, OUT, IN, OUT);
}

/* ---- what follows a convolution, one image */

static void run_pool(void *self)
{
    struct ground *at = self;

    at->kernels->pool(&at->pooling, at->pooled, at->argmax, NULL, at->map, NULL, NULL);
}

static void run_pool_norm(void *self)
{
    struct ground *at = self;

    at->kernels->pool(&at->pooling, at->pooled, at->argmax, at->winners, at->map,
                      at->channel[0], at->channel[1]);
}

static void run_unpool(void *self)
{
    struct ground *at = self;

    at->kernels->unpool(&at->pooling, at->back, at->pooled, at->argmax, NULL, NULL, NULL,
                        NULL, at->sum[0]);
}

static void run_unpool_norm(void *self)
{
    struct ground *at = self;

    at->kernels->unpool(&at->pooling, at->back, at->pooled, at->argmax, at->map,
                        at->channel[0], at->channel[1], at->channel[2], NULL);
}

static void run_follow(void *self)
{
    struct ground *at = self;

    at->kernels->pool_follow(&at->pooling, at->pooled, at->argmax, at->map);
}

static void run_sums(void *self)
{
    struct ground *at = self;

    at->kernels->pool_sums(&at->pooling.out, at->sum[0], at->sum[1], at->pooled,
                           at->argmax, at->winners, at->channel[0]);
}

/* One row of outputs. */
static void run_patches(void *self)
{
    struct ground *at = self;

    at->kernels->patch_sums(&(struct patch_sums){.outputs = SIDE / 2,
                                                 .channels = IN,
                                                 .size = 2,
                                                 .patch = at->map,
                                                 .row = PATCH,
                                                 .down = SIDE * PATCH,
                                                 .dy = at->pooled,
                                                 .argmax = at->argmax,
                                                 .sum = at->back});
}

static void run_moments(void *self)
{
    struct ground *at = self;

    at->kernels->moments(at->sum[0], at->sum[1], at->map, SIDE * SIDE, IN);
}

/* ---- loops over N numbers */

static void run_words(void *self)
{
    struct ground *at = self;

    at->kernels->words(1, 0, at->word, N);
}

static void run_normal(void *self)
{
    struct ground *at = self;

    at->kernels->normal(1, 0, at->x, N, 1);
}

static void run_mask(void *self)
{
    struct ground *at = self;

    at->kernels->mask(at->x, at->word, N, 0, 1);
}

static void run_tanh(void *self)
{
    struct ground *at = self;

    at->kernels->tanh(at->y, at->x, N);
}

static void run_elu(void *self)
{
    struct ground *at = self;

    at->kernels->elu(at->y, at->x, N);
}

static void run_silu(void *self)
{
    struct ground *at = self;

    at->kernels->silu(at->y, at->x, N);
}

static void run_silu_slope(void *self)
{
    struct ground *at = self;

    at->kernels->silu_slope(at->m, at->x, N); /* 0 stays 0 */
}

static void run_adam(void *self)
{
    struct ground *at = self;
    const struct adam_step step = {0.9F, 0.999F, 1e-3F, 1e-8F, 0, 1};

    at->kernels->adam(&step, at->x, at->m, at->s, at->y, N);
}

static void run_sgd(void *self)
{
    struct ground *at = self;
    const struct sgd_step step = {1e-3F, 0.9F, 0};

    at->kernels->sgd(&step, at->x, at->m, at->y, N);
}

/* Operations as the formulas have them, an addition or a product each: of a transform per
 * tile and channel, or window. */
enum { INPUT = 228, OUTPUT = 146, OUTPUT_GRADIENT = 110, FILTER = 108, WINDOW = 135 };

enum { V = TILES * IN * 4, U = IN * OUT * 4 }; /* bytes of one point */
static const struct {
    const char *name;
    void (*run)(void *self);
    int flop, bytes;
} kernel[] = {
    {"winograd-input", run_input, TILES *IN *INPUT, V *(36 + POINTS)},
    {"winograd-output", run_output, TILES *IN *OUTPUT, V *(16 + POINTS)},
    {"winograd-output-gradient", run_output_gradient, TILES *IN *OUTPUT_GRADIENT,
     V *(16 + POINTS)},
    {"winograd-filter", run_filter, IN *OUT *FILTER, U *(9 + POINTS)},
    {"winograd-filter-turned", run_filter_turned, IN *OUT *FILTER, U *(9 + POINTS)},
    {"winograd-filter-gradient", run_filter_gradient, IN *OUT *WINDOW, U *(9 + POINTS)},
    {"pool", run_pool, 0, MAP * 4 + POOLED * 5},
    {"pool-norm", run_pool_norm, MAP * 2, MAP * 4 + POOLED * 9},
    {"unpool", run_unpool, 0, MAP * 4 + POOLED * 5},
    {"unpool-norm", run_unpool_norm, MAP * 4, MAP * 8 + POOLED * 5},
    {"pool-follow", run_follow, 0, MAP * 4 + POOLED * 5},
    {"pool-sums", run_sums, POOLED * 4, POOLED * 9},
    {"patch-sums", run_patches, SIDE *IN *PATCH, 0},
    {"moments", run_moments, MAP * 4, MAP * 8},
    {"words", run_words, 0, N * 4},
    {"normal", run_normal, 0, N * 4},
    {"mask", run_mask, N, N * 12},
    {"tanh", run_tanh, 0, N * 8},
    {"elu", run_elu, 0, N * 8},
    {"silu", run_silu, 0, N * 8},
    {"silu-slope", run_silu_slope, 0, N * 12},
    {"adam", run_adam, N * 12, N * 28},
    {"sgd", run_sgd, N * 6, N * 20},
};

void perf_add_kernels(struct perf_list *list)
{
    for (size_t i = 0; i < sizeof kernel / sizeof *kernel; i++) {
        struct perf_case *perf = &list->perf[list->n++];

        *perf = (struct perf_case){.open = open_ground,
                                   .run = kernel[i].run,
                                   .size = {kernel[i].flop, kernel[i].bytes}};
        snprintf(perf->name, sizeof perf->name, "kernel/%s", kernel[i].name);
    }
}
