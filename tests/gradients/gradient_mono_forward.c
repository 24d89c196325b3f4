/* Mono-Forward: one step of SGD with lr 1 moves the weights by the gradient. Each layer's
 * share is held against central differences of that layer's own loss alone, written here
 * in plain loops: with masks per row and row weights. So is a convolution's. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/difference.h"
#include "tests/support/reference.h"
#include "tests/support/tiny.h"

extern const struct learner learner_mono_forward, learner_backprop;

enum { HIDDEN = 6, ROWS = TINY_TRAIN, FIRST = (TINY_PIXELS + 1) * HIDDEN };
enum { MAP = HIDDEN * HIDDEN };
enum { SECOND = (HIDDEN + 1) * HIDDEN, HEAD = HIDDEN * TINY_CLASSES };

/* The layer under test: a copy of its input, its weights and its projection. */
struct layer_loss {
    struct tiny *tiny;
    const double *x;
    int n_in;
    double w[FIRST + HEAD + MAP]; /* W, b, M, R */
};

static void hidden(double *h, const double *x, const double *w, int n_in)
{
    reference_dense(h, x, w, w + n_in * HIDDEN, ROWS, n_in, HIDDEN);
    reference_activation(ACT_TANH, h, h, ROWS * HIDDEN);
}

static double local_loss(void *context)
{
    const struct layer_loss *l = context;
    double h[ROWS * HIDDEN], g[ROWS * TINY_CLASSES], none[TINY_CLASSES] = {0}, loss = 0;
    const struct batch *batch = &l->tiny->batch;

    hidden(h, l->x, l->w, l->n_in);
    reference_dense(g, h, l->w + (l->n_in + 1) * HIDDEN, none, ROWS, HIDDEN,
                    TINY_CLASSES);
    for (int i = 0; i < ROWS; i++)
        loss += batch->weight[i] / ROWS *
                reference_cross_entropy(g + i * TINY_CLASSES,
                                        batch->competing[batch->task[i]].on, batch->y[i],
                                        TINY_CLASSES);
    return loss;
}

/* Layer l (0 or 1) in the weight block: where its W and its M start. */
static size_t weight_at(int l)
{
    return l ? FIRST : 0;
}

static size_t head_at(int l)
{
    return FIRST + SECOND + (l ? HEAD : 0);
}

START_TEST(each_layer_follows_its_own_loss)
{
    void *self = tiny_options(&learner_mono_forward, "dense 6, tanh, dense 6, tanh");
    struct layer_loss l = {0};
    struct tiny tiny;
    struct vec w;
    double first[ROWS * HIDDEN], *start, want[FIRST + HEAD], moved[FIRST + HEAD];
    size_t n;

    tiny_set(&learner_mono_forward, self, "optimizer", "sgd");
    tiny_set(&learner_mono_forward, self, "lr", "1");
    tiny_open(&tiny, &learner_mono_forward, self, 1);
    tiny_mask(&tiny);
    w = learner_mono_forward.weights(self);
    ck_assert_uint_eq(w.n, FIRST + SECOND + 2 * HEAD);
    reference_draw(w.data, w.n, 0.5, 3);
    start = reference_widen(w.data, w.n);
    hidden(first, tiny.x, start, TINY_PIXELS);
    l.tiny = &tiny;
    l.x = _i ? first : tiny.x;
    l.n_in = _i ? HIDDEN : TINY_PIXELS;
    n = (size_t)(l.n_in + 1) * HIDDEN;
    memcpy(l.w, start + weight_at(_i), n * sizeof *start);
    memcpy(l.w + n, start + head_at(_i), HEAD * sizeof *start);
    ck_assert(difference(local_loss, &l, l.w, n + HEAD, want));
    tiny_train(&tiny, 0, 1);
    for (size_t i = 0; i < n + HEAD; i++) {
        size_t at = i < n ? weight_at(_i) + i : head_at(_i) + i - n;

        moved[i] = start[at] - w.data[at];
    }
    ck_assert_double_lt(reference_error(moved, want, n + HEAD), 1e-5);
    free(start);
    tiny_close(&tiny);
}
END_TEST

/* Without its mean, divided by its length; eps: what layer norm adds to the variance. */
static void direction(double *v, const double *a, int n, double eps)
{
    double mean = 0, square = 0;

    for (int j = 0; j < n; j++)
        mean += a[j] / n;
    for (int j = 0; j < n; j++)
        square += (a[j] - mean) * (a[j] - mean);
    for (int j = 0; j < n; j++)
        v[j] = (a[j] - mean) / sqrt(square + n * eps);
}

static double cosine(const double *v, const double *u, int n)
{
    double sum = 0;

    for (int j = 0; j < n; j++)
        sum += v[j] * u[j];
    return sum;
}

/* The mean over pairs of rows of (S - T)^2: v and T have a direction for each row. */
static double similarity_loss(const double *v, int width, const double *T,
                              const struct batch *batch)
{
    double loss = 0;

    for (int i = 0; i < ROWS; i++)
        for (int j = 0; j < ROWS; j++) {
            double off = cosine(v + i * width, v + j * width, width) -
                         cosine(T + i * TINY_CLASSES, T + j * TINY_CLASSES, TINY_CLASSES);

            loss += batch->weight[i] * batch->weight[j] / (ROWS * ROWS) * off * off;
        }
    return loss;
}

/* Of one layer with weights W, b, M, R. */
static double similarity_of(const struct layer_loss *l)
{
    const struct batch *batch = &l->tiny->batch;
    double h[ROWS * HIDDEN], a[ROWS * HIDDEN], v[ROWS * HIDDEN], none[HIDDEN] = {0};
    double T[ROWS * TINY_CLASSES];

    hidden(h, l->x, l->w, l->n_in);
    reference_dense(a, h, l->w + (l->n_in + 1) * HIDDEN + HEAD, none, ROWS, HIDDEN,
                    HIDDEN);
    for (int i = 0; i < ROWS; i++) {
        double onehot[TINY_CLASSES] = {0};

        onehot[batch->y[i]] = 1;
        direction(v + i * HIDDEN, a + i * HIDDEN, HIDDEN, 1e-5);
        direction(T + i * TINY_CLASSES, onehot, TINY_CLASSES, 0);
    }
    return similarity_loss(v, HIDDEN, T, batch);
}

static double mixed_loss(void *context)
{
    return 0.25 * local_loss(context) + 0.75 * similarity_of(context);
}

/* The trunk follows the sum, M and R each their own part of it, unscaled. */
START_TEST(similarity_takes_its_share_of_the_gradient)
{
    void *self = tiny_options(&learner_mono_forward, "dense 6, tanh, dense 6, tanh");
    struct layer_loss l = {0};
    struct tiny tiny;
    struct vec w;
    double first[ROWS * HIDDEN], *start, want[FIRST + HEAD + MAP];
    double moved[FIRST + HEAD + MAP];
    size_t n, heads = FIRST + SECOND + (size_t)_i * (HEAD + MAP);

    tiny_set(&learner_mono_forward, self, "similarity", "0.75");
    tiny_set(&learner_mono_forward, self, "optimizer", "sgd");
    tiny_set(&learner_mono_forward, self, "lr", "1");
    tiny_open(&tiny, &learner_mono_forward, self, 1);
    tiny_mask(&tiny);
    w = learner_mono_forward.weights(self);
    ck_assert_uint_eq(w.n, FIRST + SECOND + 2 * (HEAD + MAP));
    reference_draw(w.data, w.n, 0.5, 3);
    start = reference_widen(w.data, w.n);
    hidden(first, tiny.x, start, TINY_PIXELS);
    l.tiny = &tiny;
    l.x = _i ? first : tiny.x;
    l.n_in = _i ? HIDDEN : TINY_PIXELS;
    n = (size_t)(l.n_in + 1) * HIDDEN;
    memcpy(l.w, start + weight_at(_i), n * sizeof *start);
    memcpy(l.w + n, start + heads, (HEAD + MAP) * sizeof *start);
    ck_assert(difference(mixed_loss, &l, l.w, n + HEAD + MAP, want));
    tiny_train(&tiny, 0, 1);
    for (size_t i = 0; i < n + HEAD + MAP; i++) {
        size_t at = i < n ? weight_at(_i) + i : heads + i - n;

        want[i] /= i < n ? 1 : i < n + HEAD ? 0.25 : 0.75;
        moved[i] = start[at] - w.data[at];
    }
    ck_assert_double_lt(reference_error(moved, want, n + HEAD + MAP), 1e-5);
    free(start);
    tiny_close(&tiny);
}
END_TEST

/* ---------------------------------------------------------------- a convolution */

/* Of 6 x 6 images: maps of 5 x 5, averaged over windows of 2 x 2, which the edge cuts. */
enum { CHANNELS = 4, SIDE = 5, MAP_SIZE = SIDE * SIDE * CHANNELS, CELLS = 3 };
enum { FILTERS = 4 * CHANNELS, AVERAGED = CELLS * CELLS * CHANNELS };
enum { CONV_M = FILTERS + CHANNELS, CONV_R = CONV_M + AVERAGED * TINY_CLASSES };
enum { CONV_ALL = CONV_R + 9 * CHANNELS * CHANNELS };

static const char conv_net[] = "conv 4 2 valid, tanh, pool 2, dense 6, tanh";

struct conv_loss {
    struct tiny *tiny;
    struct window window, same; /* of the layer; of R */
    double w[CONV_ALL];         /* W, b, M, R */
    double share;               /* of sim */
};

static void mean_of_windows(double *p, const double *h)
{
    for (int cell = 0; cell < CELLS * CELLS; cell++)
        for (int c = 0; c < CHANNELS; c++) {
            double sum = 0;
            int n = 0;

            for (int q = 0; q < 4; q++) {
                int y = cell / CELLS * 2 + q / 2, x = cell % CELLS * 2 + q % 2;

                if (y < SIDE && x < SIDE) {
                    sum += h[(y * SIDE + x) * CHANNELS + c];
                    n++;
                }
            }
            p[cell * CHANNELS + c] = sum / n;
        }
}

static double conv_pred(const struct conv_loss *l, const double *h)
{
    const struct batch *batch = &l->tiny->batch;
    double p[AVERAGED], g[TINY_CLASSES], none[TINY_CLASSES] = {0}, loss = 0;

    for (int i = 0; i < ROWS; i++) {
        mean_of_windows(p, h + (size_t)i * MAP_SIZE);
        reference_dense(g, p, l->w + CONV_M, none, 1, AVERAGED, TINY_CLASSES);
        loss += batch->weight[i] / ROWS *
                reference_cross_entropy(g, batch->competing[batch->task[i]].on,
                                        batch->y[i], TINY_CLASSES);
    }
    return loss;
}

/* Over the positions of a map. */
static void standard_deviations(double *z, const double *a)
{
    for (int c = 0; c < CHANNELS; c++) {
        double mean = 0, square = 0;

        for (int p = 0; p < SIDE * SIDE; p++)
            mean += a[p * CHANNELS + c] / (SIDE * SIDE);
        for (int p = 0; p < SIDE * SIDE; p++)
            square += (a[p * CHANNELS + c] - mean) * (a[p * CHANNELS + c] - mean);
        z[c] = sqrt(square / (SIDE * SIDE - 1));
    }
}

static double conv_sim(const struct conv_loss *l, const double *h)
{
    const struct batch *batch = &l->tiny->batch;
    double a[ROWS * MAP_SIZE], z[CHANNELS], none[CHANNELS] = {0};
    double v[ROWS * CHANNELS], T[ROWS * TINY_CLASSES];

    reference_conv(&l->same, a, h, l->w + CONV_R, none, ROWS);
    for (int i = 0; i < ROWS; i++) {
        double onehot[TINY_CLASSES] = {0};

        onehot[batch->y[i]] = 1;
        standard_deviations(z, a + (size_t)i * MAP_SIZE);
        direction(v + i * CHANNELS, z, CHANNELS, 1e-5);
        direction(T + i * TINY_CLASSES, onehot, TINY_CLASSES, 0);
    }
    return similarity_loss(v, CHANNELS, T, batch);
}

static double conv_loss(void *context)
{
    const struct conv_loss *l = context;
    double h[ROWS * MAP_SIZE];

    reference_conv(&l->window, h, l->tiny->x, l->w, l->w + FILTERS, ROWS);
    reference_activation(ACT_TANH, h, h, sizeof h / sizeof *h);
    return (1 - l->share) * conv_pred(l, h) +
           (l->share > 0 ? l->share * conv_sim(l, h) : 0);
}

/* As above: M and R each follow their own part of the sum, unscaled. */
START_TEST(a_convolution_follows_the_losses_of_its_map)
{
    void *self = tiny_options(&learner_mono_forward, conv_net);
    size_t second = (4 * CHANNELS + 1) * HIDDEN, n = _i ? CONV_ALL : CONV_R;
    struct conv_loss l = {.share = _i ? 0.75 : 0};
    double *start, want[CONV_ALL], moved[CONV_ALL];
    struct tiny tiny;
    struct vec w;

    tiny_set(&learner_mono_forward, self, "similarity", _i ? "0.75" : "0");
    tiny_set(&learner_mono_forward, self, "head_inputs", "40");
    tiny_set(&learner_mono_forward, self, "optimizer", "sgd");
    tiny_set(&learner_mono_forward, self, "lr", "1");
    tiny_open(&tiny, &learner_mono_forward, self, 1);
    tiny_mask(&tiny);
    w = learner_mono_forward.weights(self);
    ck_assert_uint_eq(w.n, n + second + HEAD + (_i ? MAP : 0));
    reference_draw(w.data, w.n, 0.5, 3);
    start = reference_widen(w.data, w.n);
    l.tiny = &tiny;
    ck_assert(window_make(&l.window, (struct shape){6, 6, 1}, CHANNELS, 2, 1, 0));
    ck_assert(window_make(&l.same, l.window.out, CHANNELS, 3, 1, 1));
    memcpy(l.w, start, CONV_M * sizeof *start);
    memcpy(l.w + CONV_M, start + CONV_M + second, (n - CONV_M) * sizeof *start);
    ck_assert(difference(conv_loss, &l, l.w, n, want));
    tiny_train(&tiny, 0, 1);
    for (size_t i = 0; i < n; i++) {
        size_t at = i < CONV_M ? i : i + second;

        want[i] /= i < CONV_M ? 1 : i < CONV_R ? 1 - l.share : l.share;
        moved[i] = start[at] - w.data[at];
    }
    ck_assert_double_lt(reference_error(moved, want, n), 1e-5);
    free(start);
    tiny_close(&tiny);
}
END_TEST

/* With everything in reach of it, one module learns as a net that ends in its head. */
START_TEST(the_last_module_is_a_net_with_its_head)
{
    const char *net = "conv 3 3 valid, relu, pool 2";
    struct tiny tiny, reference;
    struct vec w, want;
    struct tiny *both[] = {&tiny, &reference};
    const struct learner *learner[] = {&learner_mono_forward, &learner_backprop};

    for (int k = 0; k < 2; k++) {
        void *self = tiny_options(learner[k], net);

        tiny_set(learner[k], self, "optimizer", "sgd");
        tiny_set(learner[k], self, "lr", "1");
        tiny_open(both[k], learner[k], self, 1);
        tiny_mask(both[k]);
    }
    w = learner_mono_forward.weights(tiny.self);
    want = learner_backprop.weights(reference.self);
    ck_assert_uint_eq(w.n + TINY_CLASSES, want.n); /* no bias in the head */
    reference_draw(w.data, w.n, 0.5, 3);
    memcpy(want.data, w.data, w.n * sizeof *w.data);
    memset(want.data + w.n, 0, TINY_CLASSES * sizeof *want.data);
    ck_assert_double_eq_tol(tiny_train(&tiny, 0, 1), tiny_train(&reference, 0, 1), 1e-12);
    for (size_t i = 0; i < w.n; i++)
        ck_assert_double_eq_tol(w.data[i], want.data[i], 1e-12);
    tiny_close(&tiny);
    tiny_close(&reference);
}
END_TEST

/* Straight from the weights. */
START_TEST(scores_are_the_last_projection_or_the_sum)
{
    void *self = tiny_options(&learner_mono_forward, "dense 6, tanh, dense 6, tanh");
    struct tiny tiny;
    struct vec w;
    double h[2][ROWS * HIDDEN], g[2][ROWS * TINY_CLASSES], none[TINY_CLASSES] = {0};
    real out[ROWS * TINY_CLASSES];

    tiny_set(&learner_mono_forward, self, "decision", _i ? "sum" : "last");
    tiny_open(&tiny, &learner_mono_forward, self, 1);
    w = learner_mono_forward.weights(self);
    hidden(h[0], tiny.x, w.data, TINY_PIXELS);
    hidden(h[1], h[0], w.data + FIRST, HIDDEN);
    for (int l = 0; l < 2; l++)
        reference_dense(g[l], h[l], w.data + head_at(l), none, ROWS, HIDDEN,
                        TINY_CLASSES);
    learner_mono_forward.score(self, tiny_images(&tiny, ROWS), tiny_all(), rng_seed(1),
                               mat_of(out, ROWS, TINY_CLASSES));
    for (int i = 0; i < ROWS * TINY_CLASSES; i++)
        ck_assert_double_eq_tol(out[i], g[1][i] + (_i ? g[0][i] : 0), 1e-12);
    tiny_close(&tiny);
}
END_TEST

Suite *mono_forward_suite(void)
{
    Suite *suite = suite_create("mono_forward");
    TCase *tcase = tcase_create("mono-forward");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, each_layer_follows_its_own_loss, 0, 2);
    tcase_add_loop_test(tcase, similarity_takes_its_share_of_the_gradient, 0, 2);
    tcase_add_loop_test(tcase, a_convolution_follows_the_losses_of_its_map, 0, 2);
    tcase_add_test(tcase, the_last_module_is_a_net_with_its_head);
    tcase_add_loop_test(tcase, scores_are_the_last_projection_or_the_sum, 0, 2);
    return suite;
}
