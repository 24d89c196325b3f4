/* Who is said not to have learnt: answers that do not look at the image, whose accuracy
 * on five tasks of two classes follows from counting, beside answers that do. */
#include "results/report/remark.h"

#include <check.h>
#include <stdlib.h>

#include "results/report/summary.h"
#include "tests/support/make_outcome.h"

enum { T = 5 };

static struct arena arena;
static struct outcome cell;
static struct grouping grouping;

static void open_arena(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 1 << 24, &err), OK);
}

static void close_arena(void)
{
    arena_close(&arena);
}

/* own = accuracy on the task just learnt, first = on the first one, other = on those
 * between. */
static const struct section *section_of(double own, double first, double other,
                                        bool competing)
{
    struct error err = {0};
    double R[(T + 1) * T];

    for (int k = 0; k < (T + 1) * T; k++) {
        int row = k / T, task = k % T;

        R[k] = row == 0 || task >= row ? NAN
               : task == 0             ? first
               : task == row - 1       ? own
                                       : other;
    }
    R[T] = fmax(own, first); /* the first task has just been learnt */
    cell = make_outcome(R, T, 10000, &arena);
    name_cell(&cell, competing ? "class" : "task", "backprop", "none", 1);
    cell.context.competing = competing;
    cell.tests.chance = competing ? .1 : .5;
    ck_assert_int_eq(group_cells(&grouping, &cell, 1, &arena, &err), OK);
    return grouping.section;
}

static bool learnt(double own, double first, double other, bool competing)
{
    return remark_learnt(&section_of(own, first, other, competing)->group[0]);
}

START_TEST(answers_blind_to_the_image_are_found_out)
{
    ck_assert(!learnt(0, .5, 0, true));     /* always the first class */
    ck_assert(!learnt(.1, .1, .1, true));   /* one of the ten */
    ck_assert(!learnt(.5, 0, 0, true));     /* one of the two trained last */
    ck_assert(!learnt(.567, 0, 0, true));   /* where one of them is more frequent */
    ck_assert(!learnt(.25, .25, 0, true));  /* the first class or one of the last */
    ck_assert(!learnt(.5, .5, .5, false));  /* under task masks: either class */
    ck_assert(!learnt(.55, .5, .5, false)); /* the more frequent one */
}
END_TEST

START_TEST(answers_that_see_it_are_not)
{
    ck_assert(learnt(.99, 0, 0, true));   /* forgets all but the last task */
    ck_assert(learnt(.35, .3, .3, true)); /* learns little, but of ten classes */
    ck_assert(learnt(0, .99, 0, true));   /* learnt the first task and kept it */
    ck_assert(learnt(.95, .5, .5, false));
}
END_TEST

START_TEST(pooled_training_is_judged_at_its_end)
{
    const double accuracy[] = {.1, .97, .5, .9}; /* tasks compete, or they do not */
    double R[(T + 1) * T];
    struct error err = {0};

    for (int i = 0; i < 4; i++) {
        for (int k = 0; k < (T + 1) * T; k++)
            R[k] = k < T * T ? NAN : accuracy[i];
        cell = make_outcome(R, T, 1000, &arena);
        cell.tests.pooled = true;
        cell.context.competing = i < 2;
        cell.tests.chance = i < 2 ? .1 : .5;
        ck_assert_int_eq(group_cells(&grouping, &cell, 1, &arena, &err), OK);
        ck_assert_int_eq(remark_learnt(grouping.section->group), i % 2);
    }
}
END_TEST

START_TEST(nothing_is_said_where_nothing_is_known)
{
    struct group *group = &section_of(.2, 0, 0, true)->group[0];

    cell.tests.chance =
        .2; /* five tasks of one class: who names the latest is always right */
    ck_assert(remark_learnt(group));
    cell.tests.chance = 0;
    ck_assert(remark_learnt(group));
    group->n = 0;
    ck_assert(remark_learnt(group));
}
END_TEST

START_TEST(the_words)
{
    const struct section *section = section_of(.491, 0, 0, true);
    const char **text = remark_unlearnt(section, &arena);

    ck_assert_ptr_null(remark_forgetful(section, &arena));
    ck_assert_str_eq(text[0],
                     "backprop did not learn: after a task the accuracies on all "
                     "tasks so far add up, on average, to 49.10 %, not above 1.2 "
                     "times the 50.00 % of guessing among the classes of a task");
    ck_assert_ptr_null(text[1]);
    section = section_of(.99, .01, 0, true);
    ck_assert_str_eq(remark_forgetful(section, &arena), "backprop");
    ck_assert_ptr_null(remark_unlearnt(section, &arena)[0]);
}
END_TEST

/* By hand, three learners' sums of accuracies after tasks 1 to 5: 1/10 each time, though
 * the learning accuracy is 2 %; 55 % on the task just learnt and on no other. */
START_TEST(the_figure_printed_is_the_one_that_decides)
{
    const char **text = remark_unlearnt(section_of(0, .1, 0, true), &arena);

    ck_assert_ptr_nonnull(strstr(text[0], "to 10.00 %, not above 1.2 times the 50.00 %"));
    text = remark_unlearnt(section_of(.55, .5, .5, false), &arena);
    ck_assert_ptr_nonnull(strstr(text[0], "learning accuracy is 55.00 %, not above"));
}
END_TEST

/* All but who trains on old images again: to forget those is a fault. */
START_TEST(every_strategy_without_old_images_is_expected_to_forget)
{
    struct error err = {0};

    section_of(.99, .01, 0, true);
    strcpy(cell.id.strategy, "ewc-100");
    ck_assert_int_eq(group_cells(&grouping, &cell, 1, &arena, &err), OK);
    ck_assert_str_eq(remark_forgetful(grouping.section, &arena), "backprop + ewc-100");
    cell.context.keeps_past = true;
    ck_assert_ptr_null(remark_forgetful(grouping.section, &arena));
}
END_TEST

/* By hand, five tasks of two classes: the first one learnt and kept, and of the later ones
 * 0 % or 30 % just after each. */
START_TEST(who_learns_the_first_task_alone_is_named)
{
    ck_assert_str_eq(remark_stuck(section_of(0, .99, 0, true), &arena), "backprop");
    ck_assert_ptr_null(remark_stuck(section_of(.3, .99, 0, true), &arena));
    ck_assert_ptr_null(remark_stuck(section_of(.99, 0, 0, true), &arena));
    ck_assert_ptr_null(remark_stuck(section_of(0, .5, 0, true), &arena)); /* unlearnt */
    ck_assert_ptr_null(remark_stuck(section_of(.5, .99, .5, false), &arena));
}
END_TEST

/* A learner that answers with one class forgets less than one that learnt. */
START_TEST(who_did_not_learn_is_marked_and_never_best)
{
    struct outcome cells[3];
    struct table table;
    struct style style;
    const double own[] = {.55, .95, .90};

    for (int i = 0; i < 3; i++) {
        section_of(own[i], i ? .3 : .5, i ? .4 : .5, false);
        cells[i] = cell;
        name_cell(&cells[i], "task", &"abc"[i], "none", 1);
    }
    ck_assert_int_eq(group_cells(&grouping, cells, 3, &arena, &(struct error){0}), OK);
    param_defaults(style_params, &style);
    table = summary_table(grouping.section, &style, false, &arena);
    ck_assert_str_eq(table_at(&table, 0, 0)->text, "abc †");
    ck_assert_str_eq(table_at(&table, 1, 0)->text, "bc");
    for (int col = 0; col < table.n_col; col++) {
        const struct table_cell *of = table_at(&table, 0, col);

        ck_assert(of->weak && !of->strong && !table_at(&table, 1, col)->weak);
        if (strcmp(table.head[col], "forgetting") == 0)
            ck_assert(table_at(&table, 2, col)->strong);
        if (strcmp(table.head[col], "learning accuracy") == 0)
            ck_assert(table_at(&table, 1, col)->strong);
    }
}
END_TEST

Suite *remark_suite(void)
{
    Suite *suite = suite_create("remark");
    TCase *tests = tcase_create("remark");

    tcase_add_checked_fixture(tests, open_arena, close_arena);
    tcase_add_test(tests, answers_blind_to_the_image_are_found_out);
    tcase_add_test(tests, answers_that_see_it_are_not);
    tcase_add_test(tests, pooled_training_is_judged_at_its_end);
    tcase_add_test(tests, nothing_is_said_where_nothing_is_known);
    tcase_add_test(tests, the_words);
    tcase_add_test(tests, the_figure_printed_is_the_one_that_decides);
    tcase_add_test(tests, every_strategy_without_old_images_is_expected_to_forget);
    tcase_add_test(tests, who_learns_the_first_task_alone_is_named);
    tcase_add_test(tests, who_did_not_learn_is_marked_and_never_best);
    suite_add_tcase(suite, tests);
    return suite;
}
