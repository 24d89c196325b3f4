#include "results/stats/groups.h"

#include <check.h>
#include <stdlib.h>

#include "results/stats/parts.h"
#include "tests/support/make_outcome.h"

static struct arena arena;

static void open_arena(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 1 << 24, &err), OK);
}

static void close_arena(void)
{
    arena_close(&arena);
}

/* Two tasks that end at the same accuracy. */
static struct outcome cell(const char *scenario, const char *learner,
                           const char *strategy, int seed, double accuracy)
{
    const double R[] = {0, 0, .9, 0, accuracy, accuracy};
    struct outcome o = make_outcome(R, 2, 100, &arena);

    name_cell(&o, scenario, learner, strategy, seed);
    return o;
}

static struct grouping group(const struct outcome *cells, int n)
{
    struct grouping grouping;
    struct error err = {0};

    ck_assert_int_eq(group_cells(&grouping, cells, n, &arena, &err), OK);
    return grouping;
}

START_TEST(sections_and_groups_keep_the_order)
{
    const struct outcome cells[] = {
        cell("class", "b", "none", 1, .5),   cell("class", "a", "none", 1, .5),
        cell("task", "a", "none", 1, .5),    cell("class", "b", "none", 2, .5),
        cell("class", "b", "replay", 1, .5),
    };
    struct grouping g = group(cells, 5);

    ck_assert_int_eq(g.n, 2);
    ck_assert_str_eq(g.section[0].name, "split-digits.class");
    ck_assert_str_eq(g.section[1].name, "split-digits.task");
    ck_assert_int_eq(g.section[0].n, 3);
    ck_assert_str_eq(g.section[0].group[0].label, "b");
    ck_assert_int_eq(g.section[0].group[0].n, 2);
    ck_assert_ptr_eq(g.section[0].group[0].ok[1], &cells[3]);
    ck_assert_str_eq(g.section[0].group[1].label, "a");
    ck_assert_str_eq(g.section[0].group[2].label, "b + replay");
    ck_assert_str_eq(section_seeds(&g.section[0], &arena), "1 to 2 seeds");
    ck_assert_str_eq(section_seeds(&g.section[1], &arena), "1 seed");
}
END_TEST

static struct outcome crossed(const char *seed, double accuracy)
{
    struct outcome o = cell("class", "b", "none", 1, accuracy);

    strcpy(o.id.seed, seed);
    return o;
}

/* Of stream seeds 1, 2 and 3 the means .6, .7 and .5: n = 3, mean .6, standard deviation
 * .1; all six cells would have .6082 and .0983 or so, as if they were independent. */
START_TEST(cells_of_one_stream_seed_are_one_draw)
{
    struct outcome cells[] = {crossed("1", .5),     crossed("s2-l1", .6),
                              crossed("s1-l2", .7), crossed("2", .8),
                              crossed("s3-l1", .5), crossed("s3-l2", .9)};
    const struct section *section;
    const struct group *b;

    cells[5].ending = END_DIVERGED;
    section = group(cells, 6).section;
    b = section->group;
    ck_assert_int_eq(b->n, 5);
    ck_assert_int_eq(b->draws.n, 3);
    ck_assert_int_eq(b->mean[METRIC_ACCURACY].n, 3);
    ck_assert_double_eq_tol(b->mean[METRIC_ACCURACY].mean, .6, 1e-12);
    ck_assert_double_eq_tol(b->mean[METRIC_ACCURACY].std, .1, 1e-12);
    ck_assert_double_eq_tol(b->seen[1].std, .1, 1e-12);
    ck_assert_double_eq_tol(b->R[5], .6, 1e-12);
    ck_assert_str_eq(section_seeds(section, &arena),
                     "3 seeds of the stream (mean over the learner seeds of each)");
}
END_TEST

/* Nothing is left to average over where the stream has one seed. */
START_TEST(learner_seeds_count_on_a_stream_of_one_seed)
{
    struct outcome cells[] = {crossed("1", .5), crossed("s1-l2", .7)};
    const struct section *section = group(cells, 2).section;

    ck_assert_int_eq(section->group->mean[METRIC_ACCURACY].n, 2);
    ck_assert_str_eq(section_seeds(section, &arena),
                     "2 seeds of the learner with one of the stream");
}
END_TEST

/* A value that is missing takes no part in the mean of its draw. */
START_TEST(a_draw_without_values_is_missing)
{
    struct outcome cells[] = {crossed("s7-l1", 0), crossed("s8-l1", 0),
                              crossed("s7-l2", 0), crossed("s8-l2", 0)};
    const struct outcome *const list[] = {&cells[0], &cells[1], &cells[2], &cells[3]};
    double value[] = {1, NAN, 3, NAN}, half[] = {NAN, 4, 5, 8};
    struct error err = {0};
    struct draws draws;

    ck_assert_int_eq(draws_find(&draws, list, 4, &arena, &err), OK);
    ck_assert_int_eq(draws_average(&draws, value), 2);
    ck_assert_double_eq(value[0], 2);
    ck_assert_double_nan(value[1]);
    draws_average(&draws, half);
    ck_assert_double_eq(half[0], 5);
    ck_assert_double_eq(half[1], 6);
}
END_TEST

/* .5 .6 .7: mean .6, standard deviation .1. */
START_TEST(means_leave_out_what_did_not_end_ok)
{
    struct outcome cells[] = {
        cell("class", "b", "none", 1, .1),
        cell("class", "b", "none", 2, .5),
        cell("class", "b", "none", 3, .6),
        cell("class", "b", "none", 4, .7),
    };
    const struct group *b;

    cells[0].ending = END_DIVERGED;
    cells[0].tests.n_task = cells[0].tests.eval.n = 0;
    b = &group(cells, 4).section[0].group[0];
    ck_assert_int_eq(b->n_cell, 4);
    ck_assert_int_eq(b->n, 3);
    ck_assert_double_eq_tol(b->mean[METRIC_ACCURACY].mean, .6, 1e-12);
    ck_assert_double_eq_tol(b->mean[METRIC_ACCURACY].std, .1, 1e-12);
    ck_assert_double_eq_tol(b->mean[METRIC_FORGETTING].mean, .3, 1e-12);
    ck_assert_double_eq_tol(b->seen[0].mean, .9, 1e-12);
    ck_assert_double_eq_tol(b->seen[1].std, .1, 1e-12);
    ck_assert_double_eq_tol(b->R[2 * 2 + 1], .6, 1e-12);
    ck_assert_double_eq_tol(b->peak.mean, 6400, 1e-9);
    ck_assert_str_eq(b->reason[METRIC_MIN_ACCURACY], "needs evaluation.every: N steps");
    ck_assert_ptr_null(b->reason[METRIC_ACCURACY]);
}
END_TEST

START_TEST(a_group_may_be_empty)
{
    struct outcome lost = {
        .id.stream = "s", .id.scenario = "class", .ending = END_CRASHED};
    struct grouping g = group(&lost, 1);

    ck_assert_int_eq(g.section[0].group[0].n, 0);
    ck_assert(isnan(g.section[0].group[0].mean[METRIC_ACCURACY].mean));
    ck_assert_ptr_nonnull(g.section[0].group[0].reason[METRIC_ACCURACY]);
    ck_assert_int_eq(group(NULL, 0).n, 0);
}
END_TEST

/* Cells of another number of tasks are another experiment, whatever their ids. */
START_TEST(numbers_of_tasks_are_not_mixed)
{
    const double R[] = {0, .8};
    struct outcome cells[] = {cell("class", "b", "none", 1, .5),
                              make_outcome(R, 1, 100, &arena)};

    name_cell(&cells[1], "class", "b", "none", 2);
    ck_assert_int_eq(group(cells, 2).section[0].n, 2);
}
END_TEST

/* The colour is the learner's; no two of 9 x 3 curves look alike. */
START_TEST(every_curve_looks_different)
{
    static const char *const strategy[] = {"none", "replay", "joint"};
    struct outcome cells[27];
    struct section section;

    for (int i = 0; i < 27; i++) {
        char learner[16];

        snprintf(learner, sizeof learner, "l%d", i / 3);
        cells[i] = cell("class", learner, strategy[i % 3], 1, .5);
    }
    section = group(cells, 27).section[0];
    ck_assert_int_eq(section.n, 27);
    ck_assert_int_eq(section.group[0].hue, section.group[1].hue);
    for (int i = 0; i < 27; i++)
        for (int k = 0; k < i; k++)
            ck_assert((section.group[i].hue - section.group[k].hue) % 7 != 0 ||
                      section.group[i].dash != section.group[k].dash);
    section =
        group(cells, 3).section[0]; /* one learner: colours are free for strategies */
    ck_assert_int_ne(section.group[0].hue, section.group[1].hue);
}
END_TEST

START_TEST(a_part_has_lines_of_its_own)
{
    const struct outcome cells[] = {
        cell("class", "a", "none", 1, .5),
        cell("class", "a", "replay", 1, .6),
        cell("class", "b", "replay", 1, .7),
        cell("class", "c", "none", 1, .8),
    };
    struct grouping g = group(cells, 4);
    struct section part;

    ck_assert(part_of_strategy(&part, &g.section[0], "replay", &arena));
    ck_assert_str_eq(part.name, "split-digits.class-replay");
    ck_assert_int_eq(part.n, 2);
    ck_assert_str_eq(part.group[1].label, "b");
    ck_assert_double_eq_tol(part.group[1].mean[METRIC_ACCURACY].mean, .7, 1e-12);
    ck_assert_int_eq(part.group[1].hue, 2);
    ck_assert_int_eq(part.group[1].dash, 2); /* of one strategy the dash tells learners */
    ck_assert_int_eq(g.section[0].group[2].dash, 2);
    ck_assert(part_of_strategy(&part, &g.section[0], "none", &arena));
    ck_assert_int_eq(part.group[1].hue, 2); /* c, the third of the whole */
    ck_assert_int_eq(g.section[0].group[3].hue, 3);
}
END_TEST

START_TEST(extremes_are_the_best_and_the_worst)
{
    static const double accuracy[] = {.5, .9, .2, .6, .9, .4};
    struct outcome cells[6];
    struct grouping g;
    struct section part;

    for (int i = 0; i < 6; i++)
        cells[i] =
            cell("class", (const char[]){(char)('a' + i), '\0'}, "none", 1, accuracy[i]);
    g = group(cells, 6);
    ck_assert(part_of_extremes(&part, &g.section[0], 2, &arena));
    ck_assert_str_eq(part.name, "split-digits.class-extremes");
    ck_assert_int_eq(part.n, 4); /* b, c, e, f, in the order of the section */
    ck_assert_str_eq(part.group[0].label, "b");
    ck_assert_str_eq(part.group[1].label, "c");
    ck_assert_str_eq(part.group[2].label, "e");
    ck_assert_str_eq(part.group[3].label, "f");
    ck_assert(part_of_extremes(&part, &g.section[0], 12, &arena));
    ck_assert_int_eq(part.n, 6);
}
END_TEST

Suite *groups_suite(void)
{
    Suite *suite = suite_create("groups");
    TCase *tests = tcase_create("group");

    tcase_add_checked_fixture(tests, open_arena, close_arena);
    tcase_add_test(tests, cells_of_one_stream_seed_are_one_draw);
    tcase_add_test(tests, learner_seeds_count_on_a_stream_of_one_seed);
    tcase_add_test(tests, a_draw_without_values_is_missing);
    tcase_add_test(tests, sections_and_groups_keep_the_order);
    tcase_add_test(tests, a_part_has_lines_of_its_own);
    tcase_add_test(tests, extremes_are_the_best_and_the_worst);
    tcase_add_test(tests, means_leave_out_what_did_not_end_ok);
    tcase_add_test(tests, a_group_may_be_empty);
    tcase_add_test(tests, numbers_of_tasks_are_not_mixed);
    tcase_add_test(tests, every_curve_looks_different);
    suite_add_tcase(suite, tests);
    return suite;
}
