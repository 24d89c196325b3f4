/* What `bench perf` counts and how it measures. How fast things are is not tested. */
#include "bench/perf/perf.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct perf_list *all_cases(void)
{
    struct perf_list *list = calloc(1, sizeof *list);

    perf_add_core(list);
    perf_add_kernels(list);
    perf_add_layers(list);
    perf_add_steps(list);
    return list;
}

static const struct perf_case *find(const struct perf_list *list, const char *name)
{
    for (int i = 0; i < list->n; i++)
        if (strcmp(list->perf[i].name, name) == 0)
            return &list->perf[i];
    ck_abort_msg("there is no case %s", name);
    return NULL;
}

static void open_case(struct perf_setup *setup, const struct perf_case *perf)
{
    struct error err = {0};

    *setup = (struct perf_setup){.n_thread = 1};
    ck_assert_int_eq(arena_open(&setup->arena, 0, &err), OK);
    ck_assert_msg(perf->open(perf, setup, &err) == OK, "%s: %s", perf->name, err.text);
}

START_TEST(names_are_distinct)
{
    struct perf_list *list = all_cases();

    ck_assert_int_le(list->n, PERF_CASES);
    for (int i = 0; i < list->n; i++)
        for (int j = 0; j < i; j++)
            ck_assert_str_ne(list->perf[i].name, list->perf[j].name);
    free(list);
}
END_TEST

/* By hand, batch 128: a 784 x 400 layer; a 3 x 3 convolution of 3 to 32 channels at 32 x
 * 32 positions, and 784-400-400-10, with the derivative of the input left out; Adam's w,
 * m, v read and written and g read, four bytes each. */
START_TEST(work_is_counted)
{
    static const struct {
        const char *name;
        double flop, bytes, samples;
    } row[] = {
        {"gemm/mlp-forward-1", 2.0 * 128 * 784 * 400, 0, 0},
        {"layer/conv1-forward", 2.0 * 128 * 32 * 32 * 27 * 32, 0, 0},
        {"layer/conv1-backward", 2.0 * 128 * 32 * 32 * 27 * 32, 0, 0},
        {"layer/relu-dense-forward", 0, 128.0 * 800 * 4, 0},
        {"optim/adam", 0, 7.0 * 478410 * 4, 0},
        {"kernel/winograd-filter", 108.0 * 32 * 64, 4.0 * 45 * 32 * 64, 0},
        {"kernel/patch-sums", 2.0 * 16 * 32 * 32, 0, 0},
        {"kernel/pool-sums", 4.0 * 16 * 16 * 32, 9.0 * 16 * 16 * 32, 0},
        {"step/backprop/mlp-400-400",
         2.0 * 128 * (3 * (784.0 * 400 + 400 * 400 + 400 * 10) - 784 * 400), 0, 128},
    };
    struct perf_list *list = all_cases();
    const struct perf_case *perf = find(list, row[_i].name);
    struct perf_setup setup;

    open_case(&setup, perf);
    ck_assert_double_eq(setup.flop, row[_i].flop);
    ck_assert_double_eq(setup.bytes, row[_i].bytes);
    ck_assert_double_eq(setup.samples, row[_i].samples);
    ck_assert_uint_gt(setup.arena.peak.total, 0);
    arena_close(&setup.arena);
    free(list);
}
END_TEST

struct counter {
    int64_t runs;
};

static void sleep_a_little(void *self)
{
    const struct timespec pause = {0, 3000000};

    ((struct counter *)self)->runs++;
    nanosleep(&pause, NULL);
}

START_TEST(times_are_those_of_the_runs)
{
    struct counter counter = {0};
    struct perf_case perf = {.run = sleep_a_little};
    struct perf_setup setup = {.self = &counter};
    struct perf_time time = perf_measure(&perf, &setup, 4);

    ck_assert_int_eq(time.repeats, 4);
    ck_assert_int_ge(time.runs, 1);
    ck_assert_int_gt(counter.runs, 4 * time.runs); /* warm-up, and all that was counted */
    ck_assert_double_ge(time.min, 0.003);
    ck_assert_double_ge(time.median, time.min);
    ck_assert_double_ge(time.max, time.median);
    ck_assert_double_lt(time.min, 0.3);
}
END_TEST

/* By hand: the products of 784-400-400-10 are all its operations, the convolution by
 * patches 27 x 32 multiply-adds at each of 32 x 32 positions; Winograd's product has 36
 * points for each of 4 x 4 tiles. */
START_TEST(stages_are_told_apart)
{
    static const struct {
        const char *name, *stage;
        double flop;
    } row[] = {
        {"step/backprop/mlp-400-400", "product", 2.0 * 128 * (2 * 477600 + 400 * 410)},
        {"layer/stage-norm-direct-forward", "patches: product",
         2.0 * 128 * 1024 * 27 * 32},
        {"layer/conv2-forward", "winograd: product", 2.0 * 128 * 16 * 36 * 32 * 64},
        {"layer/conv2-backward", "winograd: weights' gradient",
         2.0 * 128 * 16 * 36 * 32 * 64},
    };
    struct perf_list *list = all_cases();
    const struct perf_case *perf = find(list, row[_i].name);
    struct perf_setup setup;
    struct perf_profile profile;
    double flop = 0, seconds = 0;

    open_case(&setup, perf);
    profile = perf_profile(perf, &setup);
    for (int i = 0; i < profile.n; i++) {
        if (strncmp(profile.stage[i].name, row[_i].stage, strlen(row[_i].stage)) == 0)
            flop += profile.stage[i].flop;
        if (i > 0)
            ck_assert_double_le(profile.stage[i].seconds, profile.stage[i - 1].seconds);
        seconds += profile.stage[i].seconds;
    }
    ck_assert_double_eq_tol(flop, row[_i].flop, 1e-9 * flop);
    ck_assert_double_le(seconds, profile.seconds);
    ck_assert_double_gt(seconds, 0.5 * profile.seconds);
    arena_close(&setup.arena);
    free(list);
}
END_TEST

START_TEST(the_peak_is_a_rate)
{
    double peak = perf_peak();

    ck_assert(isfinite(peak));
    ck_assert_double_gt(peak, 1e8);
    ck_assert_double_lt(peak, 1e12);
}
END_TEST

Suite *perf_suite(void)
{
    Suite *suite = suite_create("perf");
    TCase *tcase = tcase_create("perf");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, names_are_distinct);
    tcase_add_loop_test(tcase, work_is_counted, 0, 8);
    tcase_add_test(tcase, times_are_those_of_the_runs);
    tcase_add_loop_test(tcase, stages_are_told_apart, 0, 4);
    tcase_add_test(tcase, the_peak_is_a_rate);
    return suite;
}
