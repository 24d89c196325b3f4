/* SFFA against plain loops. One step of SGD with lr 1 moves the weights of a layer by the
 * gradient of the loss through its own goodness; what the layer reads, and the goodness of
 * the other one, stay as they were. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/difference.h"
#include "tests/support/reference.h"
#include "tests/support/tiny.h"

extern const struct learner learner_sffa;

enum { BITS = 3, GIVEN = TINY_PIXELS + BITS, UNITS = 6, HALF = 3, KEEP = 2 };
enum { FIRST = (GIVEN + 1) * UNITS, SECOND = (UNITS + GIVEN + 1) * UNITS };

struct world {
    struct tiny tiny;
    struct vec w;
    const double *code;                        /* TINY_CLASSES x BITS */
    int layer;                                 /* under test */
    double h[TINY_TRAIN][TINY_CLASSES][UNITS]; /* of the first layer, */
    double g[TINY_TRAIN][TINY_CLASSES][2];     /* and both goodnesses, as they were */
};

static void open_world(struct world *world, double density)
{
    void *self = tiny_options(&learner_sffa, "mlp-6-6");
    char text[16];

    snprintf(text, sizeof text, "%g", density);
    tiny_set(&learner_sffa, self, "optimizer", "sgd");
    tiny_set(&learner_sffa, self, "lr", "1");
    tiny_set(&learner_sffa, self, "keep", "2");
    tiny_set(&learner_sffa, self, "pattern", "3");
    tiny_set(&learner_sffa, self, "density", text);
    tiny_open(&world->tiny, &learner_sffa, self, 1);
    tiny_mask(&world->tiny);
    world->w = learner_sffa.weights(self);
    for (size_t i = 0; i < world->tiny.arena.n_piece; i++)
        if (world->tiny.arena.piece[i].tag == TAG_FIXED)
            world->code = (double *)(void *)(world->tiny.arena.base +
                                             world->tiny.arena.piece[i].offset);
    ck_assert_uint_eq(world->w.n, FIRST + SECOND);
}

/* The two largest of three stay: the smallest becomes 0. */
static void leave_two(double *h)
{
    int least = 0;

    for (int j = 1; j < HALF; j++)
        least = h[j] < h[least] ? j : least;
    h[least] = 0;
}

/* The second layer reads what the first gave, then the same as the first. */
static double layer(const struct world *world, int i, int label, int l, double *h)
{
    double u[UNITS + GIVEN], positive = 0, all = 0;
    const double *w = world->w.data + (l ? FIRST : 0);
    int n = l ? UNITS : 0;

    if (l)
        memcpy(u, world->h[i][label], sizeof world->h[i][label]);
    memcpy(u + n, world->tiny.x + (size_t)i * TINY_PIXELS, TINY_PIXELS * sizeof *u);
    memcpy(u + n + TINY_PIXELS, world->code + label * BITS, BITS * sizeof *u);
    reference_dense(h, u, w, w + (n + GIVEN) * UNITS, 1, n + GIVEN, UNITS);
    reference_activation(ACT_SIGMOID, h, h, UNITS);
    leave_two(h);
    leave_two(h + HALF);
    for (int j = 0; j < UNITS; j++) {
        all += h[j] * h[j];
        positive += j < HALF ? h[j] * h[j] : 0;
    }
    return positive / all;
}

static void remember(struct world *world)
{
    double h[UNITS];

    for (int i = 0; i < TINY_TRAIN; i++)
        for (int k = 0; k < TINY_CLASSES; k++) {
            world->g[i][k][0] = layer(world, i, k, 0, world->h[i][k]);
            world->g[i][k][1] = layer(world, i, k, 1, h);
        }
}

static double loss(void *context)
{
    const struct world *world = context;
    const struct batch *batch = &world->tiny.batch;
    double h[UNITS], sum = 0;

    for (int i = 0; i < TINY_TRAIN; i++) {
        const uint8_t *on = batch_competing(batch, i);
        double row = 0;
        int n = 0;

        for (int k = 0; k < TINY_CLASSES; k++) {
            double p =
                layer(world, i, k, world->layer, h) * world->g[i][k][1 - world->layer];

            n += on[k];
            row -= on[k] ? log(k == batch->y[i] ? p : 1 - p) : 0;
        }
        sum += (double)batch->weight[i] * row / n / TINY_TRAIN;
    }
    return sum;
}

START_TEST(a_layer_follows_the_loss_through_its_own_goodness)
{
    struct world world = {.layer = _i};
    double want[FIRST + SECOND], moved[FIRST + SECOND], value;
    size_t at = _i ? FIRST : 0, n = _i ? SECOND : FIRST;
    uint64_t seed = 0;

    open_world(&world, .5);
    do {
        ck_assert(seed < 60);
        reference_draw(world.w.data, world.w.n, 0.5, ++seed);
        remember(&world);
    } while (!difference(loss, &world, world.w.data + at, n, want));
    value = loss(&world);
    memcpy(moved, world.w.data + at, n * sizeof *moved);
    ck_assert_double_eq_tol(tiny_train(&world.tiny, 0, 1), value, 1e-6);
    for (size_t i = 0; i < n; i++)
        moved[i] -= world.w.data[at + i];
    ck_assert_double_lt(reference_error(moved, want, n), 1e-5);
    tiny_close(&world.tiny);
}
END_TEST

/* The score of a label is the product of both; a label that does not compete has none. */
START_TEST(the_label_that_fits_best_decides)
{
    struct world world = {0};
    const uint8_t on[] = {1, 0, 1, 1, 0};
    double out[TINY_TRAIN * TINY_CLASSES];

    open_world(&world, .5);
    reference_draw(world.w.data, world.w.n, 0.5, 1);
    remember(&world);
    learner_sffa.score(world.tiny.self, tiny_images(&world.tiny, TINY_TRAIN),
                       (struct classes){on, TINY_CLASSES}, rng_seed(1),
                       mat_of(out, TINY_TRAIN, TINY_CLASSES));
    for (int i = 0; i < TINY_TRAIN; i++)
        for (int k = 0; k < TINY_CLASSES; k++)
            if (on[k])
                ck_assert_double_eq_tol(out[i * TINY_CLASSES + k],
                                        world.g[i][k][0] * world.g[i][k][1], 1e-6);
    tiny_close(&world.tiny);
}
END_TEST

START_TEST(labels_are_bits)
{
    struct world none = {0}, every = {0};

    open_world(&none, 0);
    open_world(&every, 1);
    for (int i = 0; i < TINY_CLASSES * BITS; i++) {
        ck_assert_double_eq(none.code[i], 0);
        ck_assert_double_eq(every.code[i], 1);
    }
    tiny_close(&none.tiny);
    tiny_close(&every.tiny);
}
END_TEST

Suite *sffa_suite(void)
{
    Suite *suite = suite_create("sffa");
    TCase *tcase = tcase_create("sffa");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_layer_follows_the_loss_through_its_own_goodness, 0, 2);
    tcase_add_test(tcase, the_label_that_fits_best_decides);
    tcase_add_test(tcase, labels_are_bits);
    return suite;
}
