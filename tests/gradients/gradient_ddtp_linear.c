/* Direct difference target propagation against its losses in plain loops, and its
 * feedback against the pseudo-inverse that it must become. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/nn/loss.h"
#include "tests/support/difference.h"
#include "tests/support/reference.h"
#include "tests/support/tiny.h"

extern const struct learner learner_ddtp_linear, learner_backprop;

enum { N = TINY_TRAIN, H = 6, K = TINY_CLASSES };           /* two layers of H units */
enum { W2 = (TINY_PIXELS + 1) * H, W3 = W2 + (H + 1) * H }; /* offsets of the weights */
enum { Q1 = W3 + (H + 1) * K, Q2 = Q1 + K * H, ALL = Q2 + K * H };

static const double sigma = 0.0908;

struct world {
    struct tiny tiny;
    bool linear;
    struct vec w;
    double start[ALL];
    int layer;                                 /* under test */
    double noise[N * H];                       /* of its feedback loss */
    double in[N * TINY_PIXELS], target[N * H]; /* of its forward loss */
};

/* Steps of SGD; the forward ones with lr / step = 1. */
static void open_world(struct world *world, bool linear, const char *feedback_lr,
                       const char *decay)
{
    void *self =
        tiny_options(&learner_ddtp_linear,
                     linear ? "dense 6, dense 6" : "dense 6, tanh, dense 6, tanh");

    *world = (struct world){.linear = linear};
    tiny_set(&learner_ddtp_linear, self, "optimizer", "sgd");
    tiny_set(&learner_ddtp_linear, self, "step", "1.5");
    tiny_set(&learner_ddtp_linear, self, "lr", "1.5");
    tiny_set(&learner_ddtp_linear, self, "feedback_lr", feedback_lr);
    tiny_set(&learner_ddtp_linear, self, "feedback_decay", decay);
    tiny_open(&world->tiny, &learner_ddtp_linear, self, 1);
    tiny_mask(&world->tiny);
    world->w = learner_ddtp_linear.weights(self);
    ck_assert_uint_eq(world->w.n, ALL);
    reference_draw(world->w.data, ALL, 0.5, 5);
}

/* Pass 0 trains the feedback alone, pass 1 is the ordinary one. */
static void train(struct world *world, int pass, struct rng rng)
{
    memcpy(world->start, world->w.data, sizeof world->start);
    world->tiny.batch.progress.pass = pass;
    learner_ddtp_linear.train(world->tiny.self, &world->tiny.batch, rng);
}

static void go(const struct world *world, double *y, const double *x, size_t at, int n_in)
{
    const double *w = world->start + at;

    reference_dense(y, x, w, w + n_in * H, N, n_in, H);
    if (!world->linear)
        reference_activation(ACT_TANH, y, y, N * H);
}

static void output(const struct world *world, double *a, const double *h2)
{
    const double *w = world->start + W3;

    reference_dense(a, h2, w, w + H * K, N, H, K);
}

/* 1 / sigma^2 mean over rows (with their weights) and units of (D Q - noise)^2 */
static double feedback_loss(void *context)
{
    const struct world *world = context;
    const double *q = world->start + (world->layer == 1 ? Q1 : Q2);
    double h[2][N * H], clean[N * K], a[N * K], loss = 0;

    go(world, h[0], world->tiny.x, 0, TINY_PIXELS);
    go(world, h[1], h[0], W2, H);
    output(world, clean, h[1]);
    for (int i = 0; i < N * H; i++)
        h[world->layer - 1][i] += world->noise[i];
    if (world->layer == 1)
        go(world, h[1], h[0], W2, H);
    output(world, a, h[1]);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < H; j++) {
            double d = -world->noise[i * H + j];

            for (int k = 0; k < K; k++)
                d += (a[i * K + k] - clean[i * K + k]) * q[k * H + j];
            loss += (double)world->tiny.weight[i] / N * d * d / (sigma * sigma * H);
        }
    return loss;
}

START_TEST(the_feedback_follows_its_loss_and_nothing_else_moves)
{
    struct rng rng = rng_seed(3), own = rng_at(rng, (uint64_t)_i);
    size_t at = _i == 1 ? Q1 : Q2;
    struct world world;
    double want[K * H], moved[K * H];

    open_world(&world, false, "1", "0");
    world.layer = _i;
    rng_normal(&own, world.noise, N * H, sigma);
    train(&world, 0, rng);
    ck_assert_mem_eq(world.start, world.w.data, Q1 * sizeof(double));
    for (size_t i = 0; i < K * H; i++)
        moved[i] = world.start[at + i] - world.w.data[at + i];
    ck_assert(difference(feedback_loss, &world, world.start + at, K * H, want));
    ck_assert_double_lt(reference_error(moved, want, K * H), 1e-5);
    tiny_close(&world.tiny);
}
END_TEST

/* mean over rows of |F(in) - target|^2 */
static double forward_loss(void *context)
{
    const struct world *world = context;
    double h[N * H], loss = 0;

    go(world, h, world->in, world->layer == 1 ? 0 : W2,
       world->layer == 1 ? TINY_PIXELS : H);
    for (int i = 0; i < N * H; i++)
        loss += (h[i] - world->target[i]) * (h[i] - world->target[i]) / N;
    return loss;
}

/* target = h - s (dloss/dlogits) Q, of the weights before the step and the maps after
 * their own. */
static void set_target(struct world *world, double *h1, double *h2)
{
    const double *q = world->w.data + (world->layer == 1 ? Q1 : Q2);
    double a[N * K];
    struct mat e = mat_of(a, N, K);

    go(world, h1, world->tiny.x, 0, TINY_PIXELS);
    go(world, h2, h1, W2, H);
    output(world, a, h2);
    loss_cross_entropy(e, &world->tiny.batch); /* held by gradient_loss */
    for (int i = 0; i < N * H; i++) {
        world->target[i] = (world->layer == 1 ? h1 : h2)[i];
        for (int k = 0; k < K; k++)
            world->target[i] -= 1.5 * a[i / H * K + k] * q[k * H + i % H];
    }
}

START_TEST(each_layer_follows_its_forward_loss)
{
    size_t at = _i == 1 ? 0 : W2, n = _i == 1 ? W2 : W3 - W2;
    struct world world;
    double h1[N * H], h2[N * H], want[W2], moved[W2];

    open_world(&world, false, "1", "0");
    world.layer = _i;
    train(&world, 1, rng_seed(3));
    set_target(&world, h1, h2);
    memcpy(world.in, _i == 1 ? world.tiny.x : h1,
           sizeof(double) * N * (_i == 1 ? TINY_PIXELS : H));
    for (size_t i = 0; i < n; i++)
        moved[i] = world.start[at + i] - world.w.data[at + i];
    ck_assert(difference(forward_loss, &world, world.start + at, n, want));
    ck_assert_double_lt(reference_error(moved, want, n), 1e-5);
    tiny_close(&world.tiny);
}
END_TEST

/* J, from layer l to the output of a linear net: H x K. */
static void way_up(double *w, int l, double *j)
{
    struct mat w3 = mat_of(w + W3, H, K), to = mat_of(j, H, K);

    if (l == 2)
        mat_copy(to, w3);
    else
        mat_mul(to, mat_of(w + W2, H, H), w3, false);
}

/* The minimum is where J^T J Q + damping Q = J^T; SGD's path is averaged, as each step
 * has noise. */
START_TEST(the_feedback_becomes_the_damped_pseudo_inverse)
{
    enum { WARM = 3000, STEPS = 9000 };
    const double damping = 0.05 * H / 2;
    double j[H * K], gram[K * K], q[K * H] = {0}, left[K * H], off = 0, all = 0;
    size_t at = _i == 1 ? Q1 : Q2;
    struct world world;

    open_world(&world, true, "0.05", "0.05");
    world.tiny.batch.weight = NULL;
    for (int step = 0; step < STEPS; step++) {
        train(&world, 0, rng_seed((uint64_t)step));
        for (int i = 0; i < K * H && step >= WARM; i++)
            q[i] += world.w.data[at + (size_t)i] / (STEPS - WARM);
    }
    way_up(world.w.data, _i, j);
    mat_mul_tn(mat_of(gram, K, K), mat_of(j, H, K), mat_of(j, H, K), false);
    mat_mul(mat_of(left, K, H), mat_of(gram, K, K), mat_of(q, K, H), false);
    for (int k = 0; k < K; k++)
        for (int i = 0; i < H; i++) {
            double want = j[i * K + k], got = left[k * H + i] + damping * q[k * H + i];

            off += (got - want) * (got - want);
            all += want * want;
        }
    ck_assert_double_lt(sqrt(off / all), 0.05);
    tiny_close(&world.tiny);
}
END_TEST

/* With the transposed way up in the place of its pseudo-inverse (a learning rate of next
 * to nothing keeps it there) a linear net moves by 2 s / n times the gradient. */
START_TEST(the_transposed_way_up_is_backpropagation)
{
    void *other = tiny_options(&learner_backprop, "dense 6, dense 6");
    struct world world;
    struct tiny tiny;
    double j[H * K], g[Q1];

    open_world(&world, true, "1e-12", "0");
    for (int l = 1; l <= 2; l++) {
        way_up(world.w.data, l, j);
        for (int i = 0; i < H * K; i++)
            world.w.data[(l == 1 ? Q1 : Q2) + i % K * H + i / K] = j[i];
    }
    tiny_open(&tiny, &learner_backprop, other, 1);
    tiny_mask(&tiny);
    ck_assert_uint_eq(learner_backprop.weights(other).n, Q1);
    memcpy(learner_backprop.weights(other).data, world.w.data, sizeof g);
    learner_backprop.grad(other, &tiny.batch, rng_seed(1), g);
    train(&world, 1, rng_seed(1));
    for (int i = 0; i < Q1; i++)
        ck_assert_double_eq_tol(world.start[i] - world.w.data[i], 2 * 1.5 / N * g[i],
                                1e-9);
    tiny_close(&tiny);
    tiny_close(&world.tiny);
}
END_TEST

START_TEST(feedback_leads)
{
    void *self = tiny_options(&learner_ddtp_linear, "mlp-6");

    tiny_set(&learner_ddtp_linear, self, "pretrain", "6");
    tiny_set(&learner_ddtp_linear, self, "extra", "2");
    ck_assert_int_eq(learner_ddtp_linear.passes(self, 0), 6 + 1 + 2);
    ck_assert_int_eq(learner_ddtp_linear.passes(self, 1), 1 + 2);
    free(self);
}
END_TEST

Suite *ddtp_linear_suite(void)
{
    Suite *suite = suite_create("ddtp_linear");
    TCase *tcase = tcase_create("ddtp-linear");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, the_feedback_follows_its_loss_and_nothing_else_moves, 1,
                        3);
    tcase_add_loop_test(tcase, each_layer_follows_its_forward_loss, 1, 3);
    tcase_add_loop_test(tcase, the_feedback_becomes_the_damped_pseudo_inverse, 1, 3);
    tcase_add_test(tcase, the_transposed_way_up_is_backpropagation);
    tcase_add_test(tcase, feedback_leads);
    return suite;
}
