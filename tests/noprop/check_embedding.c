/* Class embeddings, the mixture of them and the terms that know them only. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "noprop/model.h"
#include "tests/support/reference.h"

enum { CLASSES = 4, D = 6, ROWS = 301 };

static struct arena arena;

static void set_up(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
}

static void tear_down(void)
{
    arena_close(&arena);
}

static struct embedding make(enum embedding_kind kind, enum embedding_init init, int m,
                             int d)
{
    struct embedding e;

    embedding_open(&e, kind, ROWS, m, d, &arena);
    e.w = mat_take(&arena, TAG_STATE, m, d);
    embedding_start(&e, init, rng_seed(1));
    return e;
}

START_TEST(rows_are_orthonormal_where_they_can_be)
{
    struct embedding e = make(EMBEDDING_LEARNED, EMBEDDING_ORTHOGONAL, CLASSES, D);

    for (int i = 0; i < CLASSES; i++)
        for (int k = 0; k < CLASSES; k++) {
            double dot = 0;

            for (int j = 0; j < D; j++)
                dot += (double)(mat_row(e.w, i)[j] * mat_row(e.w, k)[j]);
            ck_assert_double_eq_tol(dot, i == k, 1e-5);
        }
}
END_TEST

/* By choice, or where rows cannot be orthonormal: d squares of variance 1/d, whose mean
 * over m rows has the variance 2 / (d m). */
START_TEST(random_rows_have_length_one)
{
    struct embedding e =
        make(EMBEDDING_LEARNED, _i ? EMBEDDING_ORTHOGONAL : EMBEDDING_RANDOM, 1000, 20);
    double square = 0, sum = 0;

    for (int k = 0; k < 1000; k++)
        for (int j = 0; j < 20; j++) {
            double x = (double)mat_row(e.w, k)[j];

            square += x * x / 1000;
            sum += x;
        }
    ck_assert_double_eq_tol(square, 1, 6 * sqrt(2.0 / 20000));
    ck_assert_double_eq_tol(sum, 0, 6 * sqrt(1000));
}
END_TEST

/* Images of a task: those of class k are all but equal, but for an outlier. */
struct pictures {
    uint8_t pixel[ROWS][D];
    int32_t y[ROWS];
};

static void read_image(const void *from, int i, uint8_t *pixel, int32_t *y)
{
    const struct pictures *images = from;

    if (pixel)
        memcpy(pixel, images->pixel[i], D);
    *y = images->y[i];
}

static void draw_images(struct pictures *images, int first_class)
{
    struct rng rng = rng_seed(7);

    for (int i = 0; i < ROWS; i++) {
        images->y[i] = first_class + i % 2;
        for (int j = 0; j < D; j++)
            images->pixel[i][j] = (uint8_t)rng_below(&rng, 256);
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The definition, word for word: smallest median distance to the others of its class.
 * Of the classes one has an even number of images, one an odd one. */
static int medoid(const struct pictures *images, int k)
{
    double least = INFINITY;
    int best = -1;

    for (int i = 0; i < ROWS; i++) {
        double distance[ROWS], median;
        int n = 0;

        for (int o = 0; images->y[i] == k && o < ROWS; o++) {
            double sum = 0;

            for (int j = 0; j < D; j++)
                sum += pow((images->pixel[i][j] - images->pixel[o][j]) / 255.0, 2);
            if (o != i && images->y[o] == k)
                distance[n++] = sqrt(sum);
        }
        if (n == 0)
            continue;
        qsort(distance, (size_t)n, sizeof *distance, by_value);
        median = n % 2 ? distance[n / 2] : (distance[n / 2 - 1] + distance[n / 2]) / 2;
        if (median < least) {
            least = median;
            best = i;
        }
    }
    return best;
}

/* A task brings the prototypes of its classes, and touches those of no other; a later
 * task with the same classes changes nothing. */
START_TEST(prototypes_come_with_their_class)
{
    struct embedding e = make(EMBEDDING_PROTOTYPE, EMBEDDING_RANDOM, CLASSES, D);
    struct pictures images, other;
    struct task_view first = {0, ROWS, &images, read_image};
    struct task_view again = {1, ROWS, &other, read_image};
    real kept[2 * D];

    draw_images(&images, 1);
    embedding_begin_task(&e, &first, rng_seed(1));
    for (int k = 0; k < CLASSES; k++) {
        bool brought = k == 1 || k == 2;
        int best = brought ? medoid(&images, k) : 0;

        ck_assert_int_eq(embedding_known(&e, k), brought);
        for (int j = 0; j < D; j++)
            ck_assert_double_eq_tol((double)mat_row(e.w, k)[j],
                                    brought ? images.pixel[best][j] / 255.0 : 0, 1e-6);
    }
    memcpy(kept, mat_row(e.w, 1), sizeof kept);
    draw_images(&other, 1);
    for (int i = 0; i < ROWS; i++)
        other.pixel[i][0] ^= 0x55;
    embedding_begin_task(&e, &again, rng_seed(2));
    ck_assert_mem_eq(kept, mat_row(e.w, 1), sizeof kept);
}
END_TEST

/* Five images have four others each, whose median is the mean of two distances: 4 and
 * sqrt 89 of the first image, 8 and sqrt 65 of the last. By their means, 6.7 and 8.03,
 * the first is the prototype; by the larger ones, 9.4 and 8.06, the last would be. */
START_TEST(an_even_number_has_a_mean_in_its_middle)
{
    static const uint8_t at[5][2] = {{9, 5}, {1, 10}, {1, 10}, {9, 1}, {9, 9}};
    struct pictures images = {.y = {0}};
    struct task_view task = {0, 5, &images, read_image};
    struct embedding e = make(EMBEDDING_PROTOTYPE, EMBEDDING_RANDOM, 1, D);

    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 2; j++)
            images.pixel[i][j] = (uint8_t)(10 * at[i][j]);
    embedding_begin_task(&e, &task, rng_seed(1));
    ck_assert_double_eq_tol(255 * (double)e.w.data[0], 90, 1e-4);
    ck_assert_double_eq_tol(255 * (double)e.w.data[1], 50, 1e-4);
}
END_TEST

/* Room for one image of a class that has three: each is as likely to be the prototype. Of
 * 3000 draws 1000 +- 26, and five of these. */
START_TEST(any_image_may_be_the_sample)
{
    static const uint8_t value[3] = {51, 102, 153};
    struct pictures images = {.y = {0}};
    struct task_view task = {0, 3, &images, read_image};
    int count[3] = {0};

    for (int i = 0; i < 3; i++)
        memset(images.pixel[i], value[i], D);
    for (uint64_t seed = 0; seed < 3000; seed++) {
        size_t mark = arena_mark(&arena);
        struct embedding e;

        embedding_open(&e, EMBEDDING_PROTOTYPE, 1, 1, D, &arena);
        e.w = mat_take(&arena, TAG_STATE, 1, D);
        embedding_begin_task(&e, &task, rng_seed(seed));
        count[lround(5 * (double)e.w.data[0]) - 1]++;
        arena_release(&arena, mark);
    }
    for (int i = 0; i < 3; i++)
        ck_assert_int_le(abs(count[i] - 1000), 130);
}
END_TEST

/* A class without an embedding has no weight in a mixture and is nobody's nearest, though
 * the harness lets it compete. */
START_TEST(unseen_classes_take_no_part)
{
    static const uint8_t on[CLASSES] = {1, 1, 1, 1};
    struct embedding e = make(EMBEDDING_PROTOTYPE, EMBEDDING_RANDOM, CLASSES, D);
    struct mixture mix = {&e, false};
    struct pictures images;
    struct task_view task = {0, ROWS, &images, read_image};
    real logit[CLASSES] = {9, 0, 0, 9}, u[D], z[D] = {0}, out[CLASSES];

    draw_images(&images, 1);
    embedding_begin_task(&e, &task, rng_seed(1));
    mixture_forward(&mix, mat_of(logit, 1, CLASSES), mat_of(u, 1, D),
                    (struct active_classes){NULL, on});
    ck_assert(logit[0] == 0 && logit[3] == 0);
    ck_assert(logit[1] == (real)0.5 && logit[2] == (real)0.5);
    embedding_nearest(&e, mat_of(z, 1, D), mat_of(out, 1, CLASSES));
    ck_assert(isinf(out[0]) && isinf(out[3]) && isfinite(out[1]) && isfinite(out[2]));
}
END_TEST

/* KL between normal distributions by its integral, dimension by dimension. */
START_TEST(the_kl_term_is_the_integral)
{
    static const double abar = 0.3;
    struct embedding e = make(EMBEDDING_LEARNED, EMBEDDING_ORTHOGONAL, 1, D);
    struct model model = {.m = 1, .d = D, .embedding = e};
    int32_t y[1] = {0};
    real x[1] = {0};
    struct batch batch = {.x = mat_of(x, 1, 1), .y = y};
    double want = 0, dabar;

    for (int j = 0; j < D; j++) {
        double mean = sqrt(abar) * (double)mat_row(e.w, 0)[j], variance = 1 - abar;

        for (double z = -12; z < 12; z += 1e-3) {
            double off = (z - mean) * (z - mean) / (2 * variance);
            double q = exp(-off) / sqrt(2 * acos(-1.0) * variance);

            want += 1e-3 * q * (-off - log(variance) / 2 + z * z / 2);
        }
    }
    ck_assert_double_eq_tol(
        (double)model_kl(&model, &batch, abar, (struct mat){0}, &dabar), want, 1e-5);
}
END_TEST

Suite *embedding_suite(void)
{
    Suite *suite = suite_create("embedding");
    TCase *tcase = tcase_create("embedding");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, rows_are_orthonormal_where_they_can_be);
    tcase_add_loop_test(tcase, random_rows_have_length_one, 0, 2);
    tcase_add_test(tcase, prototypes_come_with_their_class);
    tcase_add_test(tcase, an_even_number_has_a_mean_in_its_middle);
    tcase_add_test(tcase, any_image_may_be_the_sample);
    tcase_add_test(tcase, unseen_classes_take_no_part);
    tcase_add_test(tcase, the_kl_term_is_the_integral);
    return suite;
}
