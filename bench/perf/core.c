#include <stdio.h>
#include <string.h>

#include "bench/perf/perf.h"
#include "core/kernels/kernels.h"
#include "core/nn/blas.h"
#include "core/nn/layers.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"

static struct perf_case *add(struct perf_list *list, const char *name)
{
    struct perf_case *perf = &list->perf[list->n++];

    snprintf(perf->name, sizeof perf->name, "%s", name);
    return perf;
}

static void fill(real *x, size_t n)
{
    struct rng rng = rng_seed(n);

    if (x)
        rng_normal(&rng, x, n, 1);
}

static struct mat take_random(struct arena *arena, int rows, int cols)
{
    struct mat a = mat_take(arena, TAG_SCRATCH, rows, cols);

    fill(a.data, (size_t)rows * (size_t)cols);
    return a;
}

/* ---- matrix products: size = rows of C, columns of C, inner; which of the products; by
 * OpenBLAS or not */

typedef void product(struct mat c, struct mat a, struct mat b, bool add);

enum { PRODUCT_NN, PRODUCT_TN, PRODUCT_NT };

struct gemm {
    product *mul;
    struct mat a, b, c;
};

static enum status open_gemm(const struct perf_case *perf, struct perf_setup *setup,
                             struct error *err)
{
    static product *const mul[][2] = {
        {mat_mul, blas_mul}, {mat_mul_tn, blas_mul_tn}, {mat_mul_nt, blas_mul_nt}};
    int m = perf->size[0], n = perf->size[1], k = perf->size[2], which = perf->size[3];
    struct gemm *gemm = arena_take(&setup->arena, TAG_FIXED, 1, sizeof *gemm);

    if (gemm)
        *gemm = (struct gemm){
            mul[which][perf->size[4]],
            which == PRODUCT_TN ? take_random(&setup->arena, k, m)
                                : take_random(&setup->arena, m, k),
            which == PRODUCT_NT ? take_random(&setup->arena, n, k)
                                : take_random(&setup->arena, k, n),
            mat_take(&setup->arena, TAG_SCRATCH, m, n),
        };
    setup->self = gemm;
    setup->flop = 2.0 * m * n * k;
    return arena_check(&setup->arena, err);
}

static void run_gemm(void *self)
{
    const struct gemm *gemm = self;

    gemm->mul(gemm->c, gemm->a, gemm->b, false);
}

/* Each twice, the second by OpenBLAS: dense layers, and the columns of one image for 5 x
 * 5 windows on 28 x 28 x 1 and 14 x 14 x 6 (core/nn/im2col.h). */
static void add_gemms(struct perf_list *list)
{
    static const struct {
        const char *name;
        int rows, cols, inner, which;
    } row[] = {
        {"square-1024", 1024, 1024, 1024, PRODUCT_NN},
        {"mlp-forward-1", 128, 400, 784, PRODUCT_NN},
        {"mlp-forward-2", 128, 400, 400, PRODUCT_NN},
        {"mlp-dw-1", 784, 400, 128, PRODUCT_TN},
        {"mlp-dw-2", 400, 400, 128, PRODUCT_TN},
        {"mlp-dx-2", 128, 400, 400, PRODUCT_NT},
        {"fc-forward", 128, 256, 2048, PRODUCT_NN},
        {"fc-dw", 2048, 256, 128, PRODUCT_TN},
        {"fc-dx", 128, 2048, 256, PRODUCT_NT},
        {"columns-6-forward", 784, 6, 25, PRODUCT_NN},
        {"columns-6-dw", 25, 6, 784, PRODUCT_TN},
        {"columns-16-forward", 100, 16, 150, PRODUCT_NN},
        {"columns-16-dw", 150, 16, 100, PRODUCT_TN},
        {"columns-16-dx", 100, 150, 16, PRODUCT_NT},
    };

    for (size_t i = 0; i < 2 * sizeof row / sizeof *row; i++) {
        struct perf_case *perf = &list->perf[list->n++];
        int r = (int)(i / 2), blas = (int)(i % 2);

        *perf = (struct perf_case){
            .open = open_gemm,
            .run = run_gemm,
            .size = {row[r].rows, row[r].cols, row[r].inner, row[r].which, blas}};
        snprintf(perf->name, sizeof perf->name, "gemm/%s%s", row[r].name,
                 blas ? "/openblas" : "");
    }
}

/* ---- loops over one list of numbers: size[0] = how many, size[1] = the kind of
 * optimiser */

struct loop {
    real *x, *y;
    size_t n;
    struct rng rng;
    struct optim optim;
};

static struct loop *open_loop(const struct perf_case *perf, struct perf_setup *setup,
                              int streams)
{
    struct loop *loop = arena_take(&setup->arena, TAG_FIXED, 1, sizeof *loop);
    size_t n = (size_t)perf->size[0];

    setup->self = loop;
    setup->bytes = streams * (double)n * sizeof(real);
    if (!loop)
        return NULL;
    loop->n = n;
    loop->x = arena_take(&setup->arena, TAG_SCRATCH, n, sizeof(real));
    loop->y = arena_take(&setup->arena, TAG_SCRATCH, n, sizeof(real));
    fill(loop->x, n);
    fill(loop->y, n);
    return loop;
}

static enum status open_copy(const struct perf_case *perf, struct perf_setup *setup,
                             struct error *err)
{
    open_loop(perf, setup, 2);
    return arena_check(&setup->arena, err);
}

static enum status open_draw(const struct perf_case *perf, struct perf_setup *setup,
                             struct error *err)
{
    open_loop(perf, setup, 1);
    return arena_check(&setup->arena, err);
}

static enum status open_optim(const struct perf_case *perf, struct perf_setup *setup,
                              struct error *err)
{
    bool adam = perf->size[1] != OPTIM_SGD;
    struct loop *loop =
        open_loop(perf, setup, adam ? 7 : 5); /* w, moments; g is read only */
    const struct optim_options options = {.optimizer = perf->size[1],
                                          .lr = 1e-3,
                                          .momentum = 0.9,
                                          .beta1 = 0.9,
                                          .beta2 = 0.999,
                                          .epsilon = 1e-8,
                                          .weight_decay = 1e-3};

    if (loop)
        optim_init(&loop->optim, &options, (struct vec){loop->x, loop->n}, &setup->arena,
                   NULL);
    return arena_check(&setup->arena, err);
}

static void run_copy(void *self)
{
    struct loop *loop = self;

    memcpy(loop->y, loop->x, loop->n * sizeof *loop->x);
}

static void run_words(void *self)
{
    struct loop *loop = self;

    rng_words(&loop->rng, (uint32_t *)(void *)loop->x, loop->n);
}

static void run_normal(void *self)
{
    struct loop *loop = self;

    rng_normal(&loop->rng, loop->x, loop->n, 1);
}

static void run_optim(void *self)
{
    struct loop *loop = self;

    optim_step(&loop->optim, loop->y, (struct progress){0});
}

static void add_loops(struct perf_list *list)
{
    enum { MLP = 478410, PART = 16384, LARGE = 1 << 24 };
    static const struct perf_case row[] = {
        {"memory/copy", open_copy, run_copy, .size = {LARGE}},
        {"random/words", open_draw, run_words, .size = {PART}},
        {"random/normal", open_draw, run_normal, .size = {PART}},
        {"optim/sgd-momentum", open_optim, run_optim, .size = {MLP, OPTIM_SGD}},
        {"optim/adam", open_optim, run_optim, .size = {MLP, OPTIM_ADAM}},
        {"optim/adamw", open_optim, run_optim, .size = {MLP, OPTIM_ADAMW}},
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        list->perf[list->n++] = row[i];
}

/* ---- softmax and cross-entropy: size = rows, classes */

struct loss {
    struct mat logit;
    struct batch batch;
    struct classes competing;
};

static enum status open_loss(const struct perf_case *perf, struct perf_setup *setup,
                             struct error *err)
{
    int rows = perf->size[0], classes = perf->size[1];
    struct loss *loss = arena_take(&setup->arena, TAG_FIXED, 1, sizeof *loss);
    uint8_t *on = arena_take(&setup->arena, TAG_FIXED, (size_t)classes, 1);
    int32_t *zero = arena_take(&setup->arena, TAG_FIXED, (size_t)rows, sizeof *zero);

    if (loss && on && zero) {
        memset(on, 1, (size_t)classes);
        loss->logit = take_random(&setup->arena, rows, classes);
        loss->competing = (struct classes){on, classes};
        loss->batch =
            (struct batch){.y = zero, .task = zero, .competing = &loss->competing};
    }
    setup->self = loss;
    return arena_check(&setup->arena, err);
}

static void run_loss(void *self)
{
    struct loss *loss = self;

    loss_cross_entropy(loss->logit, &loss->batch);
}

void perf_add_core(struct perf_list *list)
{
    struct perf_case *loss;

    add_gemms(list);
    add_loops(list);
    loss = add(list, "loss/cross-entropy");
    loss->open = open_loss;
    loss->run = run_loss;
    loss->size[0] = 128;
    loss->size[1] = 10;
}
