/* Who is said not to have learnt: answers that do not look at the image, whose accuracy
 * on five tasks of two classes follows from counting, beside answers that do. */
#include "results/report/remark.h"

#include <check.h>
#include <stdlib.h>

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
    ck_assert_str_eq(text[0], "backprop: learning accuracy 49.10 % is not clearly above "
                              "the 50.00 % of guessing among the classes of a task");
    ck_assert_ptr_null(text[1]);
    section = section_of(.99, .01, 0, true);
    ck_assert_str_eq(remark_forgetful(section, &arena), "backprop");
    ck_assert_ptr_null(remark_unlearnt(section, &arena)[0]);
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
    suite_add_tcase(suite, tests);
    return suite;
}
