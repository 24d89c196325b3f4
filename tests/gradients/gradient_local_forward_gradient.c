/* Local greedy forward gradient. With exact derivatives one step of SGD with lr 1 moves
 * the weights by the gradient of the sum of the blocks' losses, each with its input held
 * fixed, written here in plain loops; with slopes along perturbations it does so in the
 * mean, with the variance that the paper predicts. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "baselines/rules/mixer.h"
#include "tests/support/difference.h"
#include "tests/support/reference.h"
#include "tests/support/tiny.h"

extern const struct learner learner_lg_fg_a;

enum { ROWS = TINY_TRAIN, CLASSES = TINY_CLASSES, MOST = 4 * 36, TRIES = 20 };

/* ---------------------------------------------------------------- a net, image by image
 */

struct blocks {
    const char *name; /* of an MLP; NULL = local-mixer */
    bool norm;
    int n_block, P, G, n_in, width[2]; /* patches, groups; columns */
    enum activation act[2];
};

static const struct blocks nets[] = {
    {"dense 6, tanh, dense 4, relu", false, 2, 1, 2, 36, {6, 4}, {ACT_TANH, ACT_RELU}},
    {"dense 6, relu, dense 9, elu", true, 2, 1, 3, 36, {6, 9}, {ACT_RELU, ACT_ELU}},
    {NULL, true, 2, 4, 2, 9, {8, 8}, {ACT_RELU, ACT_RELU}},
};
enum { N_NET = sizeof nets / sizeof nets[0], MIXER = 2 };

static void norm(const struct blocks *net, double *x, int n, int length)
{
    if (net->norm)
        reference_layernorm(x, x, n / length, length);
}

/* Each of these takes its weights from *w and moves it on; x is overwritten by h. */
static void channels(const struct blocks *net, double *x, const double **w, int n_in,
                     int n_out, enum activation act)
{
    double y[MOST];

    norm(net, x, net->P * n_in, n_in);
    reference_dense(y, x, *w, *w + n_in * n_out, net->P, n_in, n_out);
    norm(net, y, net->P * n_out, n_out);
    reference_activation(act, x, y, (size_t)(net->P * n_out));
    *w += (n_in + 1) * n_out;
}

static void tokens(const struct blocks *net, double *x, const double **w, int D)
{
    int P = net->P;
    double y[MOST];

    norm(net, x, P * D, D);
    for (int p = 0; p < P; p++)
        for (int c = 0; c < D; c++) {
            y[p * D + c] = (*w)[P * P + p];
            for (int q = 0; q < P; q++)
                y[p * D + c] += (*w)[q * P + p] * x[q * D + c];
        }
    norm(net, y, P * D, D);
    reference_activation(ACT_RELU, x, y, (size_t)(P * D));
    *w += P * P + P;
}

static void groups(const struct blocks *net, double *x, const double **w, int D,
                   const double *input)
{
    int C = D / net->G;
    double y[MOST];

    norm(net, x, net->P * D, C);
    for (int p = 0; p < net->P; p++)
        for (int c = 0; c < D; c++) {
            const double *W = *w + (c / C) * C * C;

            y[p * D + c] = (*w)[D * C + c];
            for (int k = 0; k < C; k++)
                y[p * D + c] += x[p * D + c / C * C + k] * W[k * C + c % C];
        }
    norm(net, y, net->P * D, C);
    for (int i = 0; input && i < net->P * D; i++)
        y[i] += input[i];
    reference_activation(ACT_RELU, x, y, (size_t)(net->P * D));
    *w += D * C + D;
}

static void block(const struct blocks *net, int b, double *x, const double **w)
{
    int n_in = b ? net->width[b - 1] : net->n_in, D = net->width[b];
    double input[MOST];

    memcpy(input, x, sizeof input);
    if (!net->name && b > 0)
        tokens(net, x, w, D);
    channels(net, x, w, n_in, D, net->name ? net->act[b] : ACT_RELU);
    if (!net->name)
        groups(net, x, w, D, b > 0 ? input : NULL);
}

/* ---------------------------------------------------------------- the loss */

struct world {
    const struct blocks *net;
    struct tiny tiny;
    struct vec w;
    double *start; /* inputs of the blocks are computed with these weights */
    double *now;   /* and the blocks with these */
};

static double cross_entropy(const struct world *world, int i, const double *rows,
                            const double *w, int D)
{
    const struct batch *batch = &world->tiny.batch;
    double mean[MOST] = {0}, logit[CLASSES];

    for (int p = 0; p < world->net->P; p++)
        for (int c = 0; c < D; c++)
            mean[c] += rows[p * D + c] / world->net->P;
    if (w == world->now + world->w.n - (D + 1) * CLASSES) /* the classifier */
        norm(world->net, mean, D, D);
    reference_dense(logit, mean, w, w + D * CLASSES, 1, D, CLASSES);
    return batch->weight[i] / ROWS *
           reference_cross_entropy(logit, batch->competing[batch->task[i]].on,
                                   batch->y[i], CLASSES);
}

/* The patches of an image: 2 x 2 of 3 x 3 pixels each. */
static void cut(const struct blocks *net, double *rows, const double *x)
{
    for (int i = 0; i < 36; i++) {
        int r = i / 6, c = i % 6, p = r / 3 * 2 + c / 3;

        rows[net->P == 1 ? i : p * 9 + r % 3 * 3 + c % 3] = x[i];
    }
}

static double loss_of(const struct world *world, int i)
{
    const struct blocks *net = world->net;
    const double *old = world->start, *w = world->now;
    double input[MOST], rows[MOST], loss = 0;

    cut(net, input, world->tiny.x + i * TINY_PIXELS);
    for (int b = 0; b < net->n_block; b++) {
        int D = net->width[b];

        memcpy(rows, input, sizeof rows);
        block(net, b, rows, &w);
        norm(net, rows, net->P * D, D / net->G);
        loss += cross_entropy(world, i, rows, w, D);
        w += (D + 1) * CLASSES;
        block(net, b, input, &old);
        old += (D + 1) * CLASSES;
    }
    return loss + cross_entropy(world, i, input, w, net->width[net->n_block - 1]);
}

static double loss(void *context)
{
    double sum = 0;

    for (int i = 0; i < ROWS; i++)
        sum += loss_of(context, i);
    return sum;
}

/* ---------------------------------------------------------------- the learner */

static void open_world(struct world *world, const struct blocks *net,
                       const char *estimator)
{
    void *self = tiny_options(&learner_lg_fg_a, net->name ? net->name : "local-mixer");
    const char *options[][2] = {{"lr", "1"},
                                {"weight_decay", "0"},
                                {"classifier_rate", "1"},
                                {"blocks", "2"},
                                {"patches", "2"},
                                {"channels", "8"},
                                {"groups", net->G == 2 ? "2" : "3"},
                                {"norm", net->norm ? "yes" : "no"},
                                {"estimator", estimator}};

    *world = (struct world){.net = net};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        tiny_set(&learner_lg_fg_a, self, options[i][0], options[i][1]);
    tiny_open(&world->tiny, &learner_lg_fg_a, self, 1);
    tiny_mask(&world->tiny);
    world->w = learner_lg_fg_a.weights(self);
    reference_draw(world->w.data, world->w.n, 0.5, 3);
    world->start = reference_widen(world->w.data, world->w.n);
    world->now = reference_widen(world->w.data, world->w.n);
}

static void close_world(struct world *world)
{
    free(world->start);
    free(world->now);
    tiny_close(&world->tiny);
}

static void set_weights(struct world *world, uint64_t seed)
{
    reference_draw(world->w.data, world->w.n, 0.5, seed);
    memcpy(world->start, world->w.data, world->w.n * sizeof(double));
    memcpy(world->now, world->w.data, world->w.n * sizeof(double));
}

/* How far one step moves the weights, down. */
static void moved(struct world *world, uint64_t seed, double *by)
{
    memcpy(world->w.data, world->start, world->w.n * sizeof(real));
    learner_lg_fg_a.train(world->tiny.self, &world->tiny.batch, rng_seed(seed));
    for (size_t i = 0; i < world->w.n; i++)
        by[i] = world->start[i] - world->w.data[i];
}

START_TEST(exact_derivatives_are_those_of_the_local_losses)
{
    struct world world;
    double *want, *by;
    uint64_t seed = 0;

    open_world(&world, &nets[_i], "exact");
    want = calloc(world.w.n, sizeof *want);
    by = calloc(world.w.n, sizeof *by);
    do {
        ck_assert(seed < TRIES);
        set_weights(&world, ++seed);
    } while (!difference(loss, &world, world.now, world.w.n, want));
    moved(&world, 1, by);
    ck_assert_msg(reference_error(by, want, world.w.n) < 1e-5, "off by %g",
                  reference_error(by, want, world.w.n));
    free(want);
    free(by);
    close_world(&world);
}
END_TEST

/* The mean of K estimates is as far from the gradient as their variance says, in all
 * coordinates together: |mean - g|^2 = sum of variances / K. So the gradients of the
 * groups' and patches' losses add up to that of the block's. */
START_TEST(slopes_give_the_gradient_in_the_mean)
{
    enum { K = 8000 };
    struct world exact, world;
    double *want, *by, *mean, *square, distance = 0, variance = 0, length = 0;

    open_world(&exact, &nets[_i], "exact");
    open_world(&world, &nets[_i], "forward");
    want = calloc(world.w.n, sizeof *want);
    by = calloc(world.w.n, sizeof *by);
    mean = calloc(world.w.n, sizeof *mean);
    square = calloc(world.w.n, sizeof *square);
    moved(&exact, 1, want);
    for (uint64_t k = 0; k < K; k++) {
        moved(&world, k, by);
        for (size_t i = 0; i < world.w.n; i++) {
            mean[i] += by[i] / K;
            square[i] += by[i] * by[i] / K;
        }
    }
    for (size_t i = 0; i < world.w.n; i++) {
        distance += (mean[i] - want[i]) * (mean[i] - want[i]);
        if (square[i] - mean[i] * mean[i] < 1e-12) /* heads and classifier are exact */
            continue;
        variance += square[i] - mean[i] * mean[i];
        length += want[i] * want[i];
    }
    ck_assert_double_lt(4 * variance / K, 0.1 * length);
    ck_assert_double_lt(distance, 4 * variance / K);
    free(want);
    free(by);
    free(mean);
    free(square);
    close_world(&exact);
    close_world(&world);
}
END_TEST

/* One layer of d = 6 units in G groups, n copies of one example. The bias moves by the
 * mean of the estimates: E|slope u|^2 = (d / G + 2) |grad|^2 within each group, and the
 * noise, but not the gradient, averages down with n. */
START_TEST(the_variance_is_the_predicted_one)
{
    enum { K = 20000, D = 6, BIAS = 36 * D };
    const int G = _i % 2 ? 3 : 2, n = 1 + _i / 2;
    const struct blocks net = {"dense 6, tanh", false, 1, 1, G, 36, {D}, {ACT_TANH}};
    struct world exact, world;
    double *by, want = 0, mean = 0, square = 0, error;

    open_world(&exact, &net, "exact");
    open_world(&world, &net, "forward");
    by = calloc(world.w.n, sizeof *by);
    world.tiny.batch.x.rows = exact.tiny.batch.x.rows = n;
    world.tiny.batch.weight = exact.tiny.batch.weight = NULL;
    for (int i = 1; i < n; i++) {
        memcpy(world.tiny.x + i * TINY_PIXELS, world.tiny.x, TINY_PIXELS * sizeof(real));
        memcpy(exact.tiny.x + i * TINY_PIXELS, exact.tiny.x, TINY_PIXELS * sizeof(real));
        world.tiny.y[i] = exact.tiny.y[i] = world.tiny.y[0];
        world.tiny.task[i] = exact.tiny.task[i] = world.tiny.task[0];
    }
    moved(&exact, 1, by);
    for (int j = 0; j < D; j++)
        want += by[BIAS + j] * by[BIAS + j] * (1 + (D / (double)G + 1) / n);
    for (uint64_t k = 0; k < K; k++) {
        double length = 0;

        moved(&world, k, by);
        for (int j = 0; j < D; j++)
            length += by[BIAS + j] * by[BIAS + j];
        mean += length / K;
        square += length * length / K;
    }
    error = sqrt((square - mean * mean) / K);
    ck_assert_double_lt(error, 0.03 * want);
    ck_assert_msg(fabs(mean - want) < 5 * error, "%g, expected %g", mean, want);
    free(by);
    close_world(&exact);
    close_world(&world);
}
END_TEST

/* Without layer norm, nothing that leads to a unit whose ReLU is off moves. */
START_TEST(a_unit_that_is_off_is_not_perturbed)
{
    const struct blocks net = {"dense 6, relu", false, 1, 1, 2, 36, {6}, {ACT_RELU}};
    struct world world;
    double *by;
    int off = 4;

    open_world(&world, &net, "forward");
    by = calloc(world.w.n, sizeof *by);
    world.start[36 * 6 + off] = -1000;
    moved(&world, 5, by);
    for (int i = 0; i <= 36; i++) {
        ck_assert(by[i * 6 + off] == 0);
        ck_assert(by[i * 6] != 0);
    }
    free(by);
    close_world(&world);
}
END_TEST

/* heads: zero leaves those of the blocks, not only the classifier, at 0; the layers are
 * drawn as before. */
START_TEST(heads_start_as_asked)
{
    struct tiny tiny[2];
    struct mixer mixer;
    struct mlp mlp;
    struct error err = {0};
    size_t at, n;

    for (int zero = 0; zero < 2; zero++) {
        void *self = tiny_options(&learner_lg_fg_a, "dense 6, relu");

        tiny_set(&learner_lg_fg_a, self, "heads", zero ? "zero" : "random");
        tiny_open(&tiny[zero], &learner_lg_fg_a, self, 1);
    }
    ck_assert_int_eq(
        mlp_parse(&mlp, "lg-fg-a", "dense 6, relu", (struct shape){6, 6, 1}, &err), OK);
    ck_assert_int_eq(
        mixer_of_mlp(&mixer, &mlp, (struct shape){6, 6, 1}, 0, true, CLASSES, &err), OK);
    at = mixer.block[0].head;
    n = mixer.n_weight - at;
    ck_assert_mem_eq(learner_lg_fg_a.weights(tiny[0].self).data,
                     learner_lg_fg_a.weights(tiny[1].self).data, at * sizeof(real));
    for (size_t i = 0; i < n; i++) {
        bool drawn = i < 6 * CLASSES; /* W of the head; then its b, and the classifier */

        ck_assert((learner_lg_fg_a.weights(tiny[0].self).data[at + i] != 0) == drawn);
        ck_assert(learner_lg_fg_a.weights(tiny[1].self).data[at + i] == 0);
    }
    tiny_close(&tiny[0]);
    tiny_close(&tiny[1]);
}
END_TEST

/* Ren et al. 2023, table 2. */
START_TEST(weights_of_the_published_nets)
{
    static const struct {
        struct shape image;
        int blocks, side, channels, groups;
        size_t want;
    } row[] = {
        {{28, 28, 1}, 1, 1, 256, 1, 271892},
        {{28, 28, 1}, 1, 1, 512, 16, 429076},
        {{32, 32, 3}, 4, 8, 512, 16, 918770},
    };
    struct error err = {0};
    struct mixer mixer;

    ck_assert_int_eq(mixer_of_patches(&mixer, row[_i].image, row[_i].blocks, row[_i].side,
                                      row[_i].channels, row[_i].groups, 10, &err),
                     OK);
    ck_assert_uint_eq(mixer.n_weight, row[_i].want);
}
END_TEST

START_TEST(what_does_not_fit_is_refused)
{
    struct shape image = {28, 28, 1};
    struct error err = {0};
    struct mixer mixer;

    ck_assert_int_eq(mixer_of_patches(&mixer, image, 1, 3, 8, 2, 10, &err), ERR_USAGE);
    ck_assert_str_eq(err.text, "an image of 28 x 28 cannot be cut into 3 x 3 patches");
    err = (struct error){0};
    ck_assert_int_eq(mixer_of_patches(&mixer, image, 1, 4, 8, 3, 10, &err), ERR_USAGE);
    ck_assert_str_eq(err.text, "lg-fg-a cannot cut a layer of 8 into 3 equal groups; "
                               "write another number of groups");
}
END_TEST

/* 400 = 16 x 25; 12 and 8 have 4 in common; 7 and 9 nothing. */
START_TEST(as_many_groups_as_fit)
{
    static const struct {
        const char *net;
        int want;
    } row[] = {{"mlp-400-400", 16}, {"mlp-12-8", 4}, {"mlp-7-9", 1}, {"mlp-100-36", 4}};
    struct shape image = {28, 28, 1};
    struct error err = {0};
    struct mixer mixer;
    struct mlp mlp;

    ck_assert_int_eq(mlp_parse(&mlp, "lg-fg-a", row[_i].net, image, &err), OK);
    ck_assert_int_eq(mixer_of_mlp(&mixer, &mlp, image, 0, true, 10, &err), OK);
    ck_assert_int_eq(mixer.n_group, row[_i].want);
}
END_TEST

Suite *local_forward_gradient_suite(void)
{
    Suite *suite = suite_create("local_forward_gradient");
    TCase *tcase = tcase_create("local forward gradient");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, exact_derivatives_are_those_of_the_local_losses, 0, N_NET);
    tcase_add_loop_test(tcase, slopes_give_the_gradient_in_the_mean, 0, N_NET);
    tcase_add_loop_test(tcase, the_variance_is_the_predicted_one, 0, 4);
    tcase_add_test(tcase, a_unit_that_is_off_is_not_perturbed);
    tcase_add_test(tcase, heads_start_as_asked);
    tcase_add_loop_test(tcase, weights_of_the_published_nets, 0, 3);
    tcase_add_test(tcase, what_does_not_fit_is_refused);
    tcase_add_loop_test(tcase, as_many_groups_as_fit, 0, 4);
    return suite;
}
