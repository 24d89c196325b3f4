/* Forward-Forward against plain loops. One step of SGD with lr 1 moves the weights by the
 * signal; where only two classes compete for a row there is one wrong label to draw. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "baselines/rules/forward_forward.h"
#include "baselines/rules/labelled.h"
#include "tests/support/difference.h"
#include "tests/support/reference.h"
#include "tests/support/tiny.h"

extern const struct learner learner_forward_forward;

enum { HIDDEN = 6, CLASSES = TINY_CLASSES, MOST = TINY_PIXELS + CLASSES };
enum { SECOND = (HIDDEN + 1) * HIDDEN };

static const uint8_t pairs[CLASSES][CLASSES] = {
    {1, 1, 0, 0, 0}, {0, 1, 1, 0, 0}, {0, 0, 1, 1, 0}, {0, 0, 0, 1, 1}, {1, 0, 0, 0, 1}};
static const uint8_t all[CLASSES] = {1, 1, 1, 1, 1};

struct world {
    struct tiny tiny;
    struct classes competing[CLASSES];
    int overlay, n_layer, n_in; /* of an input row */
    int layer;                  /* under test */
    double *w;                  /* as wide as the learner's weights */
};

static void open_world(struct world *world, int overlay, int n_layer)
{
    const char *net = n_layer == 2 ? "mlp-6-6" : "mlp-6";
    void *self = tiny_options(&learner_forward_forward, net);
    const struct learner *ff = &learner_forward_forward;

    *world = (struct world){.overlay = overlay, .n_layer = n_layer};
    world->n_in = overlay ? TINY_PIXELS : MOST;
    tiny_set(ff, self, "label", overlay ? "overlay" : "append");
    tiny_set(ff, self, "lr", "1");
    tiny_set(ff, self, "momentum", "0");
    tiny_set(ff, self, "weight_decay", "0");
    tiny_set(ff, self, "peer", "0");
    tiny_set(ff, self, "strength", "1.5");
    tiny_open(&world->tiny, ff, self, 1);
    for (int k = 0; k < CLASSES; k++)
        world->competing[k] = (struct classes){pairs[k], CLASSES};
    world->tiny.batch.competing = world->competing;
    world->tiny.batch.task = world->tiny.y; /* class k and the next one compete */
    world->tiny.batch.weight = world->tiny.weight;
}

static void close_world(struct world *world)
{
    free(world->w);
    tiny_close(&world->tiny);
}

static size_t first_size(const struct world *world)
{
    return (size_t)(world->n_in + 1) * HIDDEN;
}

/* h[l], the ReLU output of layer l (from 0) for image i with a label. */
static void activities(const struct world *world, int i, int label, double h[2][HIDDEN])
{
    double row[MOST] = {0}, hat[MOST];
    int slot = world->overlay ? 0 : TINY_PIXELS;

    memcpy(row, world->tiny.x + (size_t)i * TINY_PIXELS, TINY_PIXELS * sizeof *row);
    memset(row + slot, 0, CLASSES * sizeof *row);
    row[slot + label] = 1.5;
    for (int l = 0; l < world->n_layer; l++) {
        const double *w = world->w + (l ? first_size(world) : 0);
        int n_in = l ? HIDDEN : world->n_in;

        reference_rmsnorm(hat, l ? h[l - 1] : row, 1, n_in);
        reference_dense(h[l], hat, w, w + n_in * HIDDEN, 1, n_in, HIDDEN);
        reference_activation(ACT_RELU, h[l], h[l], HIDDEN);
    }
}

static double goodness(const double *h)
{
    double sum = 0;

    for (int j = 0; j < HIDDEN; j++)
        sum += h[j] * h[j];
    return sum;
}

/* -log p+ - log (1 - p-) of one layer */
static double layer_loss(void *context)
{
    const struct world *world = context;
    const struct batch *batch = &world->tiny.batch;
    double h[2][HIDDEN], loss = 0;

    for (int i = 0; i < TINY_TRAIN; i++)
        for (int wrong = 0; wrong < 2; wrong++) {
            double z;

            activities(world, i, (batch->y[i] + wrong) % CLASSES, h);
            z = goodness(h[world->layer]) - HIDDEN;
            loss += (double)batch->weight[i] / TINY_TRAIN * log1p(exp(wrong ? z : -z));
        }
    return loss;
}

START_TEST(the_signal_is_half_the_gradient)
{
    struct world world;
    struct vec w;
    double *want, *moved;
    size_t at, n;

    open_world(&world, _i % 2, 2);
    world.layer = _i / 2;
    w = learner_forward_forward.weights(world.tiny.self);
    reference_draw(w.data, w.n, 0.5, 7);
    world.w = reference_widen(w.data, w.n);
    at = world.layer ? first_size(&world) : 0;
    n = world.layer ? SECOND : first_size(&world);
    want = calloc(n, sizeof *want);
    moved = calloc(n, sizeof *moved);
    ck_assert(difference(layer_loss, &world, world.w + at, n, want));
    tiny_train(&world.tiny, 0, 1);
    for (size_t i = 0; i < n; i++)
        moved[i] = 2 * (world.w[at + i] - w.data[at + i]);
    ck_assert_double_lt(reference_error(moved, want, n), 1e-5);
    free(want);
    free(moved);
    close_world(&world);
}
END_TEST

/* The shared product of the first layer against one whole pass per label. */
START_TEST(scores_are_the_goodness_label_by_label)
{
    struct world world;
    struct vec w;
    real out[TINY_SCORE * CLASSES];
    double h[2][HIDDEN];

    open_world(&world, _i % 2, 1 + _i / 2);
    w = learner_forward_forward.weights(world.tiny.self);
    reference_draw(w.data, w.n, 0.5, 8);
    world.w = reference_widen(w.data, w.n);
    learner_forward_forward.score(world.tiny.self, tiny_images(&world.tiny, TINY_SCORE),
                                  tiny_all(), rng_seed(1),
                                  mat_of(out, TINY_SCORE, CLASSES));
    for (int i = 0; i < TINY_SCORE; i++)
        for (int k = 0; k < CLASSES; k++) {
            activities(&world, i, k, h);
            ck_assert_double_eq_tol(out[i * CLASSES + k], goodness(h[world.n_layer - 1]),
                                    1e-6);
        }
    close_world(&world);
}
END_TEST

/* Weights of 0: h = b, and the head knows nothing. A unit that never fires moves by
 * lambda (mean of m - m) alone, m = .9 x 1/2 + .1 h. Twice the weight goes
 * twice as far, to the same m. */
START_TEST(peers_revive_a_dead_unit)
{
    struct world world;
    struct vec w;
    double b[HIDDEN] = {1, 2, -1, 0.5, 0, 1.5}, mean = 0, g = 0, p;
    real *bias;

    open_world(&world, 0, 1);
    tiny_set(&learner_forward_forward, world.tiny.self, "peer", "0.25");
    w = learner_forward_forward.weights(world.tiny.self);
    memset(w.data, 0, w.n * sizeof *w.data);
    bias = w.data + (size_t)world.n_in * HIDDEN;
    memcpy(bias, b, sizeof b);
    for (int i = 0; i < TINY_TRAIN; i++)
        world.tiny.weight[i] = _i ? 2 : 1;
    tiny_train(&world.tiny, 0, 1);
    for (int j = 0; j < HIDDEN; j++) {
        mean += (0.45 + 0.1 * fmax(b[j], 0)) / HIDDEN;
        g += fmax(b[j], 0) * fmax(b[j], 0);
    }
    p = 1 / (1 + exp(HIDDEN - g));
    for (int j = 0; j < HIDDEN; j++) {
        double h = fmax(b[j], 0), pull = 0.25 * (mean - 0.45 - 0.1 * h);

        ck_assert_double_eq_tol(bias[j] - b[j],
                                (_i ? 2 : 1) * ((1 - p) * h - p * h + pull), 1e-9);
    }
    close_world(&world);
}
END_TEST

/* Which wrong label row 0 was given, from the weights that it moved: with one hidden unit
 * alive, only the label rows of W that were lit change. */
static int wrong_label(struct world *world, struct vec w, const double *start,
                       uint64_t seed)
{
    int found = -1;

    memcpy(w.data, start, w.n * sizeof *start);
    learner_forward_forward.train(world->tiny.self, &world->tiny.batch, rng_seed(seed));
    for (int k = 0; k < CLASSES; k++) {
        size_t at = (size_t)(TINY_PIXELS + k) * HIDDEN;

        if (k != world->tiny.y[0] &&
            memcmp(w.data + at, start + at, HIDDEN * sizeof *start)) {
            ck_assert_int_eq(found, -1);
            found = k;
        }
    }
    ck_assert_int_ge(found, 0);
    return found;
}

/* `hard` of the wrong labels follow the head's softmax without the true class, the others
 * are uniform; chi-square with 3 degrees of freedom, 21.1 = its 0.9999 quantile. */
START_TEST(wrong_labels_follow_the_head)
{
    enum { DRAWS = 4000, TRUE_CLASS = 2 };
    struct world world;
    struct vec w;
    double *start, p[CLASSES], sum = 0, chi = 0, hard = _i / 2.0;
    int count[CLASSES] = {0};
    real logit[CLASSES];
    struct classes everybody = {all, CLASSES};

    open_world(&world, 0, 1);
    tiny_set(&learner_forward_forward, world.tiny.self, "unseen", "yes");
    tiny_set(&learner_forward_forward, world.tiny.self, "hard",
             _i == 2 ? "1"
             : _i    ? "0.5"
                     : "0");
    world.tiny.y[0] = TRUE_CLASS;
    world.tiny.batch.x.rows = 1;
    world.tiny.batch.weight = NULL;
    for (int k = 0; k < CLASSES; k++)
        world.competing[k] = everybody;
    w = learner_forward_forward.weights(world.tiny.self);
    reference_draw(w.data, w.n, 0.4, 9);
    start = reference_widen(w.data, w.n);
    tiny_set(&learner_forward_forward, world.tiny.self, "decision", "softmax");
    learner_forward_forward.score(world.tiny.self, tiny_images(&world.tiny, 1), everybody,
                                  rng_seed(1), mat_of(logit, 1, CLASSES));
    for (int k = 0; k < CLASSES; k++)
        sum += k == TRUE_CLASS ? 0 : exp(logit[k]);
    for (uint64_t draw = 0; draw < DRAWS; draw++)
        count[wrong_label(&world, w, start, draw)]++;
    ck_assert_int_eq(count[TRUE_CLASS], 0);
    for (int k = 0; k < CLASSES; k++) {
        p[k] = DRAWS * (hard * exp(logit[k]) / sum + (1 - hard) / (CLASSES - 1));
        if (k != TRUE_CLASS)
            chi += (count[k] - p[k]) * (count[k] - p[k]) / p[k];
    }
    ck_assert_msg(chi < 21.1, "chi-square %g", chi);
    free(start);
    close_world(&world);
}
END_TEST

/* Where a class competes alone there is no wrong label: the images are positive only. */
START_TEST(a_class_alone_has_no_negatives)
{
    static const uint8_t alone[CLASSES] = {0, 1, 0, 0, 0};
    struct world world;
    struct vec w;
    double before, after;
    double h[2][HIDDEN];

    open_world(&world, 0, 1);
    world.competing[1] = (struct classes){alone, CLASSES};
    world.tiny.y[0] = 1;
    world.tiny.batch.x.rows = 1;
    world.tiny.batch.weight = NULL;
    w = learner_forward_forward.weights(world.tiny.self);
    world.w = w.data;
    activities(&world, 0, 1, h);
    before = goodness(h[0]);
    for (int step = 0; step < 3; step++)
        ck_assert(isfinite(tiny_train(&world.tiny, step, 1)));
    activities(&world, 0, 1, h);
    after = goodness(h[0]);
    ck_assert_double_gt(after, before + 1);
    world.w = NULL;
    close_world(&world);
}
END_TEST

/* Classes 0, 1 and 3 have been met: no other wrong label is drawn, and no other class can
 * win, whatever competes. */
START_TEST(classes_not_met_take_no_part)
{
    enum { DRAWS = 300 };
    struct classes everybody = {all, CLASSES};
    struct world world;
    struct vec w;
    double *start;
    int count[CLASSES] = {0};
    real out[CLASSES];

    open_world(&world, 0, 1);
    tiny_set(&learner_forward_forward, world.tiny.self, "hard", "0");
    for (int k = 0; k < CLASSES; k++)
        world.competing[k] = everybody;
    world.tiny.batch.x.rows = 3;
    world.tiny.batch.weight = NULL;
    world.tiny.y[2] = 3;
    tiny_train(&world.tiny, 0, 1);
    world.tiny.batch.x.rows = 1;
    w = learner_forward_forward.weights(world.tiny.self);
    reference_draw(w.data, w.n, 0.4, 9);
    start = reference_widen(w.data, w.n);
    for (uint64_t draw = 0; draw < DRAWS; draw++)
        count[wrong_label(&world, w, start, draw)]++;
    ck_assert_int_gt(count[1], DRAWS / 3);
    ck_assert_int_gt(count[3], DRAWS / 3);
    ck_assert_int_eq(count[1] + count[3], DRAWS);
    learner_forward_forward.score(world.tiny.self, tiny_images(&world.tiny, 1), everybody,
                                  rng_seed(1), mat_of(out, 1, CLASSES));
    for (int k = 0; k < CLASSES; k++)
        ck_assert((out[k] == -(real)INFINITY) == (k == 2 || k == 4));
    free(start);
    close_world(&world);
}
END_TEST

/* Unsupervised, the labels reach the head alone. */
START_TEST(hybrids_teach_the_layers_without_labels)
{
    struct tiny a, b;
    struct vec wa, wb;
    size_t mlp = (TINY_PIXELS + 1) * HIDDEN + SECOND;
    real *before;

    for (int twice = 0; twice < 2; twice++) {
        void *self = tiny_options(&learner_forward_forward, "mlp-6-6");

        tiny_set(&learner_forward_forward, self, "negatives", "hybrids");
        tiny_open(twice ? &b : &a, &learner_forward_forward, self, 1);
    }
    for (int i = 0; i < TINY_TRAIN; i++)
        b.y[i] = (b.y[i] + 1) % CLASSES;
    wa = learner_forward_forward.weights(a.self);
    wb = learner_forward_forward.weights(b.self);
    ck_assert_uint_eq(wa.n, mlp + HIDDEN * CLASSES);
    before = reference_widen(wa.data, wa.n);
    tiny_train(&a, 0, 5);
    tiny_train(&b, 0, 5);
    ck_assert_mem_eq(wa.data, wb.data, mlp * sizeof(real));
    ck_assert(memcmp(wa.data, before, mlp * sizeof(real)) != 0);
    ck_assert(memcmp(wa.data + mlp, wb.data + mlp, (wa.n - mlp) * sizeof(real)) != 0);
    free(before);
    tiny_close(&a);
    tiny_close(&b);
}
END_TEST

/* Of two images each is mixed with the other, never with itself: no negative row is the
 * positive one. */
START_TEST(a_hybrid_is_of_two_images)
{
    void *self = tiny_options(&learner_forward_forward, "mlp-6-6");
    const struct forward_forward *ff = self;
    struct tiny tiny;

    tiny_set(&learner_forward_forward, self, "negatives", "hybrids");
    tiny_set(&learner_forward_forward, self, "blur", "0");
    tiny_open(&tiny, &learner_forward_forward, self, 1);
    tiny.batch.x.rows = 2;
    for (int step = 0; step < 20; step++) {
        tiny_train(&tiny, step, 1);
        for (int i = 0; i < 2; i++)
            ck_assert_mem_ne(mat_row(ff->labelled.input, i),
                             mat_row(ff->labelled.input, 2 + i),
                             TINY_PIXELS * sizeof(real));
    }
    tiny_close(&tiny);
}
END_TEST

/* What a layer reads does not depend on the length of what comes in, and its goodness is
 * constant: the next layer cannot see it. The label shrinks with the image. */
START_TEST(the_length_of_an_activity_is_hidden)
{
    enum { N = 7 };
    real x[3 * N], y[3 * N], scale[3];

    reference_draw(x, 3 * N, 1, 3);
    for (int i = 0; i < 3 * N; i++)
        y[i] = (real)(i / N == 1 ? 100 : 0.01) * x[i];
    rmsnorm_forward(mat_of(x, 3, N), scale);
    rmsnorm_forward(mat_of(y, 3, N), scale);
    for (int i = 0; i < 3; i++) {
        double length = 0;

        for (int j = 0; j < N; j++) {
            length += x[i * N + j] * x[i * N + j];
            ck_assert_double_eq_tol(x[i * N + j], y[i * N + j], 1e-4);
        }
        ck_assert_double_eq_tol(length, N, 1e-4 * N);
    }
}
END_TEST

/* Two of three classes compete, and each gets half of the label's 3. */
START_TEST(a_neutral_label_is_shared_out)
{
    static const uint8_t on[3] = {1, 0, 1};
    static const real image[2] = {7, 8}, want[5] = {7, 8, 1.5, 0, 1.5};
    struct labelled labelled = {.strength = 3, .n_image = 2, .n_class = 3, .slot = 2};
    struct error err = {0};
    struct arena arena;

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    labelled_take(&labelled, 1, 5, &arena);
    labelled_write(&labelled, 0, image, 1); /* is written over */
    labelled_write_neutral(&labelled, 0, image, on);
    for (int j = 0; j < 5; j++)
        ck_assert_double_eq_tol(labelled.input.data[j], want[j], 1e-12);
    arena_close(&arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("forward-forward");
    TCase *tcase = tcase_create("forward-forward");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, the_signal_is_half_the_gradient, 0, 4);
    tcase_add_loop_test(tcase, scores_are_the_goodness_label_by_label, 0, 4);
    tcase_add_loop_test(tcase, peers_revive_a_dead_unit, 0, 2);
    tcase_add_loop_test(tcase, wrong_labels_follow_the_head, 0, 3);
    tcase_add_test(tcase, a_class_alone_has_no_negatives);
    tcase_add_test(tcase, classes_not_met_take_no_part);
    tcase_add_test(tcase, hybrids_teach_the_layers_without_labels);
    tcase_add_test(tcase, a_neutral_label_is_shared_out);
    tcase_add_test(tcase, a_hybrid_is_of_two_images);
    tcase_add_test(tcase, the_length_of_an_activity_is_hidden);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
