/* Difference target propagation against plain loops; steps of SGD with lr 1. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/difference.h"
#include "tests/support/reference.h"
#include "tests/support/tiny.h"

extern const struct learner learner_dtp;

enum { N = TINY_TRAIN, A = 6, B = 6 };                      /* A and B hidden units */
enum { W2 = (TINY_PIXELS + 1) * A, W3 = W2 + (A + 1) * B }; /* offsets of the weights */
enum { V = W3 + (B + 1) * TINY_CLASSES, ALL = V + (B + 1) * A };

struct world {
    struct tiny tiny;
    bool linear;
    struct vec w;
    double start[ALL];
    double noise[N * A]; /* of the inverse loss */
};

/* Pass 0 trains the inverse, pass 1 the forward weights. */
static void open_world(struct world *world, bool linear, const char *eta)
{
    void *self = tiny_options(&learner_dtp, linear ? "dense 6, dense 6"
                                                   : "dense 6, tanh, dense 6, tanh");

    world->linear = linear;
    tiny_set(&learner_dtp, self, "optimizer", "sgd");
    tiny_set(&learner_dtp, self, "momentum", "0");
    tiny_set(&learner_dtp, self, "lr", "1");
    tiny_set(&learner_dtp, self, "inverse_lr", "1");
    tiny_set(&learner_dtp, self, "order", "epoch");
    tiny_set(&learner_dtp, self, "eta", eta);
    tiny_open(&world->tiny, &learner_dtp, self, 1);
    tiny_mask(&world->tiny);
    world->w = learner_dtp.weights(self);
    ck_assert_uint_eq(world->w.n, ALL);
    reference_draw(world->w.data, ALL, 0.5, 5);
}

static void train(struct world *world, int pass, struct rng rng)
{
    memcpy(world->start, world->w.data, sizeof world->start);
    world->tiny.batch.progress.pass = pass;
    learner_dtp.train(world->tiny.self, &world->tiny.batch, rng);
}

static void go(const struct world *world, double *y, const double *x, const double *w,
               int n, int n_in, int n_out)
{
    reference_dense(y, x, w, w + n_in * n_out, n, n_in, n_out);
    if (!world->linear)
        reference_activation(ACT_TANH, y, y, (size_t)n * (size_t)n_out);
}

/* g (n_in x n_out, then the bias) += x^T d */
static void outer(double *g, const double *x, const double *d, int n_in, int n_out)
{
    for (int j = 0; j < n_out; j++) {
        for (int i = 0; i < n_in; i++)
            g[i * n_out + j] += x[i] * d[j];
        g[n_in * n_out + j] += d[j];
    }
}

/* e = share (softmax - onehot) of row i */
static void output_error(const struct world *world, int i, const double *h2, double *e)
{
    const struct tiny *tiny = &world->tiny;
    const double *w = world->start + W3;
    const uint8_t *on = tiny->batch.competing[tiny->task[i]].on;
    double share = (double)tiny->weight[i] / N, sum = 0;

    reference_dense(e, h2, w, w + B * TINY_CLASSES, 1, B, TINY_CLASSES);
    for (int k = 0; k < TINY_CLASSES; k++)
        sum += e[k] = on[k] ? exp(e[k]) : 0;
    for (int k = 0; k < TINY_CLASSES; k++)
        e[k] = share * (e[k] / sum - (k == tiny->y[i]));
}

/* The forward updates of row i. */
static void expect(const struct world *world, int i, double eta, double *g)
{
    const double *w = world->start, *x = world->tiny.x + (size_t)i * TINY_PIXELS;
    double h1[A], h2[B], e[TINY_CLASSES], t2[B], down[A], at[A], d[A];

    go(world, h1, x, w, 1, TINY_PIXELS, A);
    go(world, h2, h1, w + W2, 1, A, B);
    output_error(world, i, h2, e);
    for (int j = 0; j < B; j++) {
        t2[j] = h2[j];
        for (int k = 0; k < TINY_CLASSES; k++)
            t2[j] -= eta * e[k] * w[W3 + j * TINY_CLASSES + k];
        d[j] = 2.0 / N * (h2[j] - t2[j]) * (1 - h2[j] * h2[j]);
    }
    outer(g + W3, h2, e, B, TINY_CLASSES);
    outer(g + W2, h1, d, A, B);
    go(world, down, t2, w + V, 1, B, A);
    go(world, at, h2, w + V, 1, B, A);
    for (int j = 0; j < A; j++) /* t_1 = h_1 - G(h_2) + G(t_2) */
        d[j] = 2.0 / N * (at[j] - down[j]) * (1 - h1[j] * h1[j]);
    outer(g, x, d, TINY_PIXELS, A);
}

START_TEST(a_forward_step_by_hand)
{
    struct world world;
    double want[ALL] = {0};

    open_world(&world, false, "1.5");
    train(&world, 1, rng_seed(1));
    for (int i = 0; i < N; i++)
        expect(&world, i, 1.5, want);
    for (int i = 0; i < ALL; i++)
        ck_assert_double_eq_tol(world.start[i] - world.w.data[i], want[i], 1e-10);
    tiny_close(&world.tiny);
}
END_TEST

/* mean of weight |G(F(h + noise)) - (h + noise)|^2 */
static double inverse_loss(void *context)
{
    const struct world *world = context;
    double h[N * A], above[N * B], back[N * A], loss = 0;

    go(world, h, world->tiny.x, world->start, N, TINY_PIXELS, A);
    for (int i = 0; i < N * A; i++)
        h[i] += world->noise[i];
    go(world, above, h, world->start + W2, N, A, B);
    go(world, back, above, world->start + V, N, B, A);
    for (int i = 0; i < N * A; i++)
        loss +=
            (double)world->tiny.weight[i / A] / N * (back[i] - h[i]) * (back[i] - h[i]);
    return loss;
}

START_TEST(the_inverse_follows_its_loss_and_nothing_else_moves)
{
    struct rng rng = rng_seed(3), own = rng_at(rng, 2);
    struct world world;
    double want[ALL - V], moved[ALL - V];

    open_world(&world, false, "1");
    rng_normal(&own, world.noise, N * A, 0.35983);
    train(&world, 0, rng);
    ck_assert_mem_eq(world.start, world.w.data, V * sizeof(double));
    for (int i = 0; i < ALL - V; i++)
        moved[i] = world.start[V + i] - world.w.data[V + i];
    ck_assert(difference(inverse_loss, &world, world.start + V, ALL - V, want));
    ck_assert_double_lt(reference_error(moved, want, ALL - V), 1e-5);
    tiny_close(&world.tiny);
}
END_TEST

/* W_2 orthogonal and G its exact inverse, in a linear net: F_2(t_1) = t_2. With one row
 * the biases move by 2 (h - t), hence the one of layer 1, taken through W_2, by that of
 * layer 2. */
START_TEST(an_exact_inverse_gives_exact_targets)
{
    struct world world;
    double *w, through[B] = {0};

    open_world(&world, true, "1");
    w = world.w.data;
    init_layer(INIT_ORTHOGONAL, mat_of(w + W2, A, B), NULL, rng_seed(6));
    memset(w + V, 0, (ALL - V) * sizeof *w);
    for (int i = 0; i < A; i++) /* G(h) = (h - b) W^T */
        for (int j = 0; j < B; j++) {
            w[V + j * A + i] = w[W2 + i * B + j];
            w[V + B * A + i] -= w[W2 + A * B + j] * w[W2 + i * B + j];
        }
    world.tiny.batch.x.rows = 1;
    world.tiny.batch.weight = NULL;
    train(&world, 1, rng_seed(1));
    for (int j = 0; j < B; j++) {
        double want = w[W2 + A * B + j] - world.start[W2 + A * B + j];

        for (int i = 0; i < A; i++)
            through[j] += (w[TINY_PIXELS * A + i] - world.start[TINY_PIXELS * A + i]) *
                          world.start[W2 + i * B + j];
        ck_assert_double_eq_tol(through[j], want, 1e-12);
        ck_assert_double_gt(fabs(want), 1e-6);
    }
    tiny_close(&world.tiny);
}
END_TEST

/* Targets that are the activities themselves move nothing below the output. */
START_TEST(no_step_at_the_top_no_step_below)
{
    struct world world;

    open_world(&world, false, "0");
    train(&world, 1, rng_seed(1));
    ck_assert_mem_eq(world.start, world.w.data, W3 * sizeof(double));
    ck_assert(memcmp(world.start + W3, world.w.data + W3, (V - W3) * sizeof(double)) !=
              0);
    tiny_close(&world.tiny);
}
END_TEST

/* Both from one batch (order: batch) is a step of the inverses, then one of the layers.
 */
START_TEST(the_joint_schedule_is_both_steps)
{
    struct world turns, joint;
    void *self = tiny_options(&learner_dtp, "dense 6, tanh, dense 6, tanh");

    open_world(&turns, false, "1.5");
    train(&turns, 0, rng_seed(3));
    train(&turns, 1, rng_seed(3));
    tiny_set(&learner_dtp, self, "optimizer", "sgd");
    tiny_set(&learner_dtp, self, "momentum", "0");
    tiny_set(&learner_dtp, self, "lr", "1");
    tiny_set(&learner_dtp, self, "inverse_lr", "1");
    tiny_set(&learner_dtp, self, "order", "batch");
    tiny_set(&learner_dtp, self, "eta", "1.5");
    tiny_open(&joint.tiny, &learner_dtp, self, 1);
    tiny_mask(&joint.tiny);
    joint.w = learner_dtp.weights(self);
    reference_draw(joint.w.data, ALL, 0.5, 5);
    train(&joint, 0, rng_seed(3));
    ck_assert_mem_eq(turns.w.data, joint.w.data, ALL * sizeof(double));
    ck_assert_int_eq(learner_dtp.passes(turns.tiny.self, 0), 2);
    ck_assert_int_eq(learner_dtp.passes(joint.tiny.self, 0), 1);
    tiny_close(&turns.tiny);
    tiny_close(&joint.tiny);
}
END_TEST

Suite *dtp_suite(void)
{
    Suite *suite = suite_create("dtp");
    TCase *tcase = tcase_create("dtp");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_forward_step_by_hand);
    tcase_add_test(tcase, the_inverse_follows_its_loss_and_nothing_else_moves);
    tcase_add_test(tcase, an_exact_inverse_gives_exact_targets);
    tcase_add_test(tcase, the_joint_schedule_is_both_steps);
    tcase_add_test(tcase, no_step_at_the_top_no_step_below);
    return suite;
}
