/* SoftHebb's updates in plain loops, and what must come of them. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/reference.h"
#include "tests/support/tiny.h"

extern const struct learner learner_softhebb;

enum { N = TINY_TRAIN, H = 6, P = TINY_PIXELS };
enum { FIRST = P * H, SECOND = FIRST + H * H, HEAD = (H + 1) * TINY_CLASSES };

static const double T = 1.7, POWER = 1.4, OUTPUT_T = 3;

static void open_rule(struct tiny *tiny, const char *net, const char *order,
                      const char *losers, const char *lr)
{
    void *self = tiny_options(&learner_softhebb, net);

    tiny_set(&learner_softhebb, self, "order", order);
    tiny_set(&learner_softhebb, self, "losers", losers);
    tiny_set(&learner_softhebb, self, "hebb_lr", lr);
    tiny_set(&learner_softhebb, self, "range", "2");
    tiny_set(&learner_softhebb, self, "t", "1.7");
    tiny_open(tiny, &learner_softhebb, self, 1);
}

/* The change of W (p x H) by rows x, `per` of each image: y (xhat - u w), by the images'
 * weights. */
static void change(const struct tiny *tiny, const double *x, int p, int per,
                   const double *w, bool anti, double *d)
{
    double u[H], none[H] = {0};

    memset(d, 0, (size_t)(p * H) * sizeof *d);
    for (int i = 0; i < N * per; i++) {
        const double *row = x + (ptrdiff_t)i * p;
        double y[H], sum = 0;
        int winner = 0;

        reference_dense(u, row, w, none, 1, p, H);
        for (int k = 0; k < H; k++) {
            sum += y[k] = exp(T * u[k]);
            winner = u[k] > u[winner] ? k : winner;
        }
        for (int k = 0; k < H; k++) {
            y[k] *= (anti && k != winner ? -1 : 1) * (double)tiny->weight[i / per] / sum;
            for (int j = 0; j < p; j++)
                d[j * H + k] += y[k] * (row[j] - u[k] * w[j * H + k]);
        }
    }
}

/* xhat of the images. */
static void normalised(const struct tiny *tiny, double *x)
{
    double one = 1, zero = 0;

    reference_batchnorm(x, tiny->x, &one, &zero, NULL, NULL, N * P, 1);
}

/* The 16 patches of 3 x 3 of each image. */
static void patches(double *to, const double *x)
{
    for (int i = 0; i < N * 16; i++)
        for (int j = 0; j < 9; j++)
            to[i * 9 + j] = x[i / 16 * P + (i % 16 / 4 + j / 3) * 6 + i % 4 + j % 3];
}

static double length(const double *w, int n, int units, int k)
{
    double sum = 0;

    for (int j = 0; j < n; j++)
        sum += w[j * units + k] * w[j * units + k];
    return sqrt(sum);
}

/* A dense layer and a convolution, whose positions are rows like others. */
START_TEST(a_step_by_hand)
{
    static double x[N * P], rows[N * 16 * 9];
    bool anti = _i % 2, conv = _i >= 2;
    const int p = conv ? 9 : P;
    struct tiny tiny;
    double w[FIRST], d[FIRST], largest = 0;
    struct vec now;

    open_rule(&tiny, conv ? "conv 6 3 valid, relu" : "mlp-6", "batch",
              anti ? "anti-hebbian" : "hebbian", "0.3");
    tiny_mask(&tiny);
    now = learner_softhebb.weights(tiny.self);
    ck_assert_uint_eq(now.n,
                      (size_t)(p * H + (conv ? 16 * H + 1 : H + 1) * TINY_CLASSES));
    memcpy(w, now.data, (size_t)(p * H) * sizeof *w);
    normalised(&tiny, x);
    patches(rows, x);
    change(&tiny, conv ? rows : x, p, conv ? 16 : 1, w, anti, d);
    for (int i = 0; i < p * H; i++)
        largest = fmax(largest, fabs(d[i]));
    tiny_train(&tiny, 0, 1);
    for (int i = 0; i < p * H; i++) {
        double rate = 0.3 * sqrt(fabs(length(w, p, H, i % H) - 1));

        ck_assert_double_eq_tol(now.data[i] - w[i], rate * d[i] / largest, 1e-8);
    }
    tiny_close(&tiny);
}
END_TEST

/* A window as large as the image, then one as large as a position, are dense. */
START_TEST(a_convolution_with_one_position_is_dense)
{
    static const char *const net[] = {"mlp-6-6",
                                      "conv 6 6 valid, relu, conv 6 1, relu, pool 1"};
    struct tiny tiny[2];
    struct vec w[2];

    for (int k = 0; k < 2; k++) {
        open_rule(&tiny[k], net[k], "batch", "anti-hebbian", "0.3");
        tiny_mask(&tiny[k]);
        tiny_train(&tiny[k], 0, 5);
        w[k] = learner_softhebb.weights(tiny[k].self);
    }
    ck_assert_uint_eq(w[0].n, w[1].n);
    for (size_t i = 0; i < w[0].n; i++)
        ck_assert_double_eq_tol(w[0].data[i], w[1].data[i], 1e-9);
    tiny_close(&tiny[0]);
    tiny_close(&tiny[1]);
}
END_TEST

/* The triangle of each position, then the largest in windows of 2 x 2. */
START_TEST(what_a_convolution_hands_on)
{
    enum { PATCHES = N * 16, POOLED = 4 * H };
    static double rows[PATCHES * 9], y[PATCHES * H], want[N * POOLED];
    double w[9 * H], none[H] = {0}, scale = 1 / sqrt(1 + 1e-5);
    void *self = tiny_options(&learner_softhebb, "conv 6 3 valid, relu, pool 2");
    struct window pool;
    struct tiny tiny;
    real out[N * POOLED];

    tiny_set(&learner_softhebb, self, "power", "1.4");
    tiny_open(&tiny, &learner_softhebb, self, 1);
    memcpy(w, learner_softhebb.weights(self).data, sizeof w);
    patches(rows, tiny.x);
    for (int i = 0; i < PATCHES * 9; i++)
        rows[i] *= scale;
    reference_dense(y, rows, w, none, PATCHES, 9, H);
    for (int i = 0; i < PATCHES; i++) {
        double mean = 0;

        for (int k = 0; k < H; k++)
            mean += y[i * H + k] / H;
        for (int k = 0; k < H; k++)
            y[i * H + k] = pow(fmax(0, y[i * H + k] - mean), POWER);
    }
    ck_assert(window_make(&pool, (struct shape){4, 4, H}, H, 2, 2, 0));
    reference_pool(&pool, want, y, N);
    learner_softhebb.features(self, tiny_images(&tiny, N), rng_seed(1),
                              mat_of(out, N, POOLED));
    for (int i = 0; i < N * POOLED; i++)
        ck_assert_double_eq_tol(out[i], want[i], 1e-9 * (1 + want[i]));
    tiny_close(&tiny);
}
END_TEST

/* What a layer above a map has seen of each channel, a tenth of the batch's mean, beside
 * what the layer below has seen of the image's: of a step in which that has already learnt. */
START_TEST(a_map_is_normalised_by_channels)
{
    struct tiny below, both;
    const struct arena_piece *piece;
    real out[N * 4 * H];

    open_rule(&below, "conv 6 3 valid, relu, pool 2", "batch", "hebbian", "0.3");
    open_rule(&both, "conv 6 3 valid, relu, pool 2, dense 6", "batch", "hebbian", "0.3");
    tiny_train(&below, 0, 1);
    tiny_train(&both, 0, 1);
    learner_softhebb.features(below.self, tiny_images(&below, N), rng_seed(1),
                              mat_of(out, N, 4 * H));
    for (piece = both.arena.piece; piece->tag != TAG_STATE;)
        piece++;
    for (int c = 0; c < H; c++) {
        const real *mean = (real *)(void *)(both.arena.base + piece->offset);
        double sum = 0;

        for (int i = 0; i < N * 4; i++)
            sum += out[i * H + c];
        ck_assert_double_gt(sum, 0);
        ck_assert_double_eq_tol(mean[1 + c], 0.1 * sum / (N * 4), 1e-9 * sum);
    }
    tiny_close(&below);
    tiny_close(&both);
}
END_TEST

/* Above the only layer: what the head reads is scored whole, and trains with gaps. */
START_TEST(dropout_is_for_training)
{
    static const char *const net[] = {"conv 6 3 valid, relu, pool 2",
                                      "conv 6 3 valid, relu, pool 2, dropout 0.5"};
    real out[2][N * 4 * H];
    struct tiny tiny[2];
    struct vec w[2];

    for (int k = 0; k < 2; k++) {
        open_rule(&tiny[k], net[k], "batch", "hebbian", "0.3");
        tiny_train(&tiny[k], 0, 1);
        w[k] = learner_softhebb.weights(tiny[k].self);
        learner_softhebb.features(tiny[k].self, tiny_images(&tiny[k], N), rng_seed(1),
                                  mat_of(out[k], N, 4 * H));
    }
    ck_assert_mem_eq(out[0], out[1], sizeof out[0]);
    ck_assert_mem_eq(w[0].data, w[1].data, 9 * H * sizeof(real));
    ck_assert_mem_ne(w[0].data + 9 * H, w[1].data + 9 * H, HEAD * sizeof(real));
    tiny_close(&tiny[0]);
    tiny_close(&tiny[1]);
}
END_TEST

START_TEST(nets_of_other_forms_are_refused)
{
    static const char *const net[] = {"conv 3 3, batchnorm, relu", "pool 2, conv 3 3"};
    static const char *const why[] = {"leave norms out (layer 2 of the net)",
                                      "begin the net with one of them"};
    void *self = tiny_options(&learner_softhebb, net[_i]);
    struct error err = {0};
    struct arena arena;
    struct learner_env env = tiny_env(&arena, 1);

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    ck_assert_int_eq(learner_softhebb.init(self, &env, &err), ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, why[_i]));
    arena_close(&arena);
    free(self);
}
END_TEST

/* Triangle or softmax, of inputs normalised by the running statistics: 0 and 1 as yet. */
START_TEST(what_a_layer_hands_on)
{
    struct tiny tiny;
    double one = 1, zero = 0, x[N * P], u[N * H], none[H] = {0}, w[FIRST];
    void *self = tiny_options(&learner_softhebb, "mlp-6");
    real out[N * H];

    tiny_set(&learner_softhebb, self, "power", "1.4");
    tiny_set(&learner_softhebb, self, "output_t", "3");
    tiny_set(&learner_softhebb, self, "output", _i ? "softmax" : "triangle");
    tiny_open(&tiny, &learner_softhebb, self, 1);
    reference_draw(learner_softhebb.weights(self).data, FIRST, 0.5, 4);
    memcpy(w, learner_softhebb.weights(self).data, sizeof w);
    reference_batchnorm_infer(x, tiny.x, &one, &zero, &zero, &one, N * P, 1);
    reference_dense(u, x, w, none, N, P, H);
    learner_softhebb.features(self, tiny_images(&tiny, N), rng_seed(1),
                              mat_of(out, N, H));
    for (int i = 0; i < N; i++) {
        const double *v = u + i * H;
        double mean = 0, sum = 0;

        for (int k = 0; k < H; k++) {
            mean += v[k] / H;
            sum += exp(OUTPUT_T * v[k]);
        }
        for (int k = 0; k < H; k++)
            ck_assert_double_eq_tol(out[i * H + k],
                                    _i ? exp(OUTPUT_T * v[k]) / sum
                                       : pow(fmax(0, v[k] - mean), POWER),
                                    1e-10);
    }
    tiny_close(&tiny);
}
END_TEST

/* Units of length 1 have learnt. */
START_TEST(a_unit_of_length_one_stands_still)
{
    struct tiny tiny;
    double w[FIRST], moved[H] = {0}, size;
    struct vec now;

    open_rule(&tiny, "mlp-6", "batch", "hebbian", "0.3");
    now = learner_softhebb.weights(tiny.self);
    size = length(now.data, P, H, 2);
    for (int j = 0; j < P; j++)
        now.data[j * H + 2] /= size;
    memcpy(w, now.data, sizeof w);
    tiny_train(&tiny, 0, 1);
    for (int i = 0; i < FIRST; i++)
        moved[i % H] = fmax(moved[i % H], fabs(now.data[i] - w[i]));
    for (int k = 0; k < H; k++)
        ck_assert_int_eq(moved[k] > 1e-4, k != 2);
    tiny_close(&tiny);
}
END_TEST

/* Oja's rule made soft: those that win come to length 1. */
START_TEST(winners_come_to_length_one)
{
    struct tiny tiny;
    struct vec now;
    int near = 0;

    open_rule(&tiny, "mlp-6", "batch", "hebbian", "0.02");
    tiny_train(&tiny, 0, 3000);
    now = learner_softhebb.weights(tiny.self);
    for (int k = 0; k < H; k++)
        near += fabs(length(now.data, P, H, k) - 1) < 0.05;
    ck_assert_int_ge(near, 3);
    tiny_close(&tiny);
}
END_TEST

START_TEST(labels_do_not_reach_the_layers)
{
    struct tiny told, other;

    open_rule(&told, "mlp-6-6", "batch", "anti-hebbian", "0.3");
    open_rule(&other, "mlp-6-6", "batch", "anti-hebbian", "0.3");
    for (int i = 0; i < N; i++)
        other.y[i] = (other.y[i] + 1 + i % 3) % TINY_CLASSES;
    tiny_train(&told, 0, 5);
    tiny_train(&other, 0, 5);
    ck_assert_mem_eq(learner_softhebb.weights(told.self).data,
                     learner_softhebb.weights(other.self).data, SECOND * sizeof(real));
    ck_assert(memcmp(learner_softhebb.weights(told.self).data + SECOND,
                     learner_softhebb.weights(other.self).data + SECOND,
                     HEAD * sizeof(real)) != 0);
    tiny_close(&told);
    tiny_close(&other);
}
END_TEST

/* One pass over the data for each layer, then the head alone for good. */
START_TEST(layers_take_their_turns)
{
    const size_t from[] = {0, FIRST, SECOND, SECOND + HEAD};
    struct tiny tiny;
    struct vec now;
    real w[SECOND + HEAD];

    open_rule(&tiny, "mlp-6-6", "epoch", "anti-hebbian", "0.3");
    now = learner_softhebb.weights(tiny.self);
    ck_assert_uint_eq(now.n, SECOND + HEAD);
    ck_assert_int_eq(learner_softhebb.passes(tiny.self, 0), 3);
    ck_assert_int_eq(learner_softhebb.passes(tiny.self, 1), 1);
    for (int step = 0; step < 5; step++) {
        memcpy(w, now.data, sizeof w);
        tiny_train(&tiny, step, 1);
        for (int part = 0; part < 3; part++) {
            size_t bytes = (from[part + 1] - from[part]) * sizeof *w;
            bool moved = memcmp(w + from[part], now.data + from[part], bytes) != 0;

            ck_assert_int_eq(moved, part == (step < 2 ? step : 2));
        }
    }
    tiny_close(&tiny);
}
END_TEST

/* The running mean and variance, of the image's one channel: the learner's first pieces
 * of state. */
static double statistics_of(const struct tiny *tiny)
{
    const struct arena_piece *piece = tiny->arena.piece;

    while (piece->tag != TAG_STATE)
        piece++;
    ck_assert_int_eq(piece[1].tag, TAG_STATE);
    return *(real *)(void *)(tiny->arena.base + piece[0].offset) +
           *(real *)(void *)(tiny->arena.base + piece[1].offset);
}

START_TEST(statistics_follow_all_tasks_or_the_first)
{
    void *self = tiny_options(&learner_softhebb, "mlp-6");
    struct tiny tiny;
    double start, first, second;

    tiny_set(&learner_softhebb, self, "order", "batch");
    tiny_set(&learner_softhebb, self, "statistics", _i ? "first-task" : "run");
    tiny_open(&tiny, &learner_softhebb, self, 1);
    start = statistics_of(&tiny);
    learner_softhebb.train(tiny.self, &tiny.batch, rng_seed(1));
    first = statistics_of(&tiny);
    tiny.batch.progress.task = 1;
    learner_softhebb.train(tiny.self, &tiny.batch, rng_seed(2));
    second = statistics_of(&tiny);
    ck_assert(start == 1 && first != start);
    ck_assert_int_eq(second == first, _i);
    tiny_close(&tiny);
}
END_TEST

Suite *softhebb_suite(void)
{
    Suite *suite = suite_create("softhebb");
    TCase *tcase = tcase_create("softhebb");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_step_by_hand, 0, 4);
    tcase_add_test(tcase, a_convolution_with_one_position_is_dense);
    tcase_add_test(tcase, what_a_convolution_hands_on);
    tcase_add_test(tcase, a_map_is_normalised_by_channels);
    tcase_add_test(tcase, dropout_is_for_training);
    tcase_add_loop_test(tcase, nets_of_other_forms_are_refused, 0, 2);
    tcase_add_loop_test(tcase, what_a_layer_hands_on, 0, 2);
    tcase_add_test(tcase, a_unit_of_length_one_stands_still);
    tcase_add_test(tcase, winners_come_to_length_one);
    tcase_add_test(tcase, labels_do_not_reach_the_layers);
    tcase_add_test(tcase, layers_take_their_turns);
    tcase_add_loop_test(tcase, statistics_follow_all_tasks_or_the_first, 0, 2);
    return suite;
}
