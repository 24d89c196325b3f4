/* What grows with the number of cells grows with it and not with its square: 16 times as
 * many cells take 16 to 40 times the processor time (caches are finite), where a search
 * through a list would take 256 times. The bound lies between: it has to hold beside other
 * work on the machine. */
#include <time.h>

#include "bench/study/merge.h"
#include "bench/study/queue.h"
#include "results/stats/groups.h"
#include "tests/support/program.h"

enum { FEW = 2000, MANY = 16 * FEW, BOUND = 80 };

static double cpu_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The least of a few attempts. */
static double time_of(void (*work)(int n), int n)
{
    double least = 1e9;

    for (int i = 0; i < 3; i++) {
        double begun = cpu_seconds(), spent;

        work(n);
        spent = cpu_seconds() - begun;
        least = spent < least ? spent : least;
    }
    return least;
}

static void assert_linear(void (*work)(int n))
{
    double few = time_of(work, FEW), many = time_of(work, MANY);

    ck_assert_msg(many < BOUND * few, "%d: %g s, %d: %g s", FEW, few, MANY, many);
}

/* ---------------------------------------------------------------- plan and queue */

static void plan_and_queue(int n)
{
    struct dataset_cache cache = {.n = 0};
    struct study study;
    struct queue queue;
    struct error err = {0};
    char text[1024], path[SAMPLE_PATH];

    snprintf(text, sizeof text,
             "suite: many\nseeds: %d\ntraining: {batch: 16, steps: 1}\n"
             "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2}]\n"
             "learners: [{learner: backprop, net: mlp-8}]\nstrategies: [none, joint]\n",
             n, folder);
    write_text("suite.yaml", text);
    snprintf(path, sizeof path, "%s/suite.yaml", folder);
    ck_assert_msg(study_open(&study, path, NULL, &err) == OK &&
                      queue_make(&queue, &study, NULL, &cache, &err) == OK,
                  "%s", err.text);
    ck_assert_int_eq(queue.n, 2 * n);
    dataset_cache_close(&cache);
    study_close(&study);
}

START_TEST(planning_grows_with_the_cells)
{
    assert_linear(plan_and_queue);
}
END_TEST

/* ---------------------------------------------------------------- outcomes */

/* Four seeds of each learner; none ended ok, so that nothing is computed of them. */
static struct outcome *make_outcomes(int n)
{
    struct outcome *made = calloc((size_t)n, sizeof *made);

    for (int i = 0; i < n; i++) {
        struct outcome *o = &made[i];

        o->ending = END_CRASHED;
        o->context.settings = "learner: some\n";
        strcpy(o->id.stream, "split");
        strcpy(o->id.scenario, "class");
        strcpy(o->id.strategy, "none");
        o->id.dataset = "digits";
        snprintf(o->id.learner, sizeof o->id.learner, "rule-%d", i / 4);
        snprintf(o->id.fingerprint, sizeof o->id.fingerprint, "%016x", (unsigned)i);
        snprintf(o->id.cell, sizeof o->id.cell, "split.class/rule-%d/none/seed-%d", i / 4,
                 i % 4);
    }
    return made;
}

static struct outcome *cell; /* MANY */

static void group(int n)
{
    struct grouping grouping;
    struct arena arena;
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    ck_assert_int_eq(group_cells(&grouping, cell, n, &arena, &err), OK);
    ck_assert_int_eq(grouping.section[0].n, n / 4);
    arena_close(&arena);
}

START_TEST(grouping_grows_with_the_cells)
{
    cell = make_outcomes(MANY);
    assert_linear(group);
    free(cell);
}
END_TEST

static void merge_twice(int n)
{
    struct study study = {.plan.n = n, .outcome = cell};
    struct merge merge;
    struct error err = {0};

    study.there = malloc((size_t)n * sizeof *study.there);
    memset(study.there, true, (size_t)n);
    ck_assert_int_eq(merge_open(&merge, &err), OK);
    ck_assert_int_eq(merge_add(&merge, &study, &err), OK);
    ck_assert_int_eq(merge_add(&merge, &study, &err), OK);
    ck_assert_int_eq(merge.n, n);
    merge_close(&merge);
    free(study.there);
}

START_TEST(merging_grows_with_the_cells)
{
    cell = make_outcomes(MANY);
    assert_linear(merge_twice);
    free(cell);
}
END_TEST

Suite *laws_suite(void)
{
    Suite *suite = suite_create("laws");
    TCase *tests = tcase_create("laws");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, planning_grows_with_the_cells);
    tcase_add_test(tests, grouping_grows_with_the_cells);
    tcase_add_test(tests, merging_grows_with_the_cells);
    suite_add_tcase(suite, tests);
    return suite;
}
