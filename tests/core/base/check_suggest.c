#include "core/base/suggest.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {"backprop", "noprop-dt", "lr", "optimizer",
                                    "momentum"};

START_TEST(slips_are_seen_through)
{
    static const struct {
        const char *typed, *meant;
    } row[] = {
        {"backpropp", "backprop"},  /* one too many */
        {"bakprop", "backprop"},    /* one missing */
        {"optimiser", "optimizer"}, /* one other */
        {"Backprop", "backprop"},   /* case costs nothing */
        {"noprop_dt", "noprop-dt"},
        {"mometnum", "momentum"}, /* swapped: two changes */
        {"l", "lr"},
        {"lr", "lr"},
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        ck_assert_str_eq(suggest(row[i].typed, words, 5), row[i].meant);
}
END_TEST

/* Avalanche's and PyTorch's words, where the list has ours. */
START_TEST(habits_are_understood)
{
    static const char *const ours[] = {"lr", "batch", "class", "task", "domain", "tasks"};
    static const struct {
        const char *typed, *meant;
    } row[] = {
        {"learning_rate", "lr"},          {"batch_size", "batch"},
        {"class-incremental", "class"},   {"Task-Incremental", "task"},
        {"domain-incremental", "domain"}, {"n_experiences", "tasks"},
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++)
        ck_assert_str_eq(suggest(row[i].typed, ours, 6), row[i].meant);
    ck_assert_ptr_null(suggest("learning_rate", ours + 1, 5));
}
END_TEST

START_TEST(what_is_too_far_is_no_suggestion)
{
    char vast[300];

    ck_assert_ptr_null(suggest("forward-forward", words, 5));
    ck_assert_ptr_null(suggest("xyz", words, 5));
    ck_assert_ptr_null(suggest("backprop", words, 0));
    memset(vast, 'x', sizeof vast - 1);
    vast[sizeof vast - 1] = '\0';
    ck_assert_ptr_null(suggest(vast, words, 5));
}
END_TEST

START_TEST(the_nearest_wins_then_the_first)
{
    static const char *const near[] = {"adamx", "adamw", "adam"};

    ck_assert_str_eq(suggest("adam", near, 3), "adam");
    ck_assert_str_eq(suggest("adamv", near, 3), "adamx");
}
END_TEST

START_TEST(a_message_ends_in_a_question_or_otherwise)
{
    char out[SUGGEST_TEXT];

    ck_assert_str_eq(suggest_text("lr", "; see --help", out), "; did you mean 'lr'?");
    ck_assert_str_eq(suggest_text(NULL, "; see --help", out), "; see --help");
}
END_TEST

Suite *suggest_suite(void)
{
    Suite *suite = suite_create("suggest");
    TCase *tcase = tcase_create("suggest");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, slips_are_seen_through);
    tcase_add_test(tcase, habits_are_understood);
    tcase_add_test(tcase, what_is_too_far_is_no_suggestion);
    tcase_add_test(tcase, the_nearest_wins_then_the_first);
    tcase_add_test(tcase, a_message_ends_in_a_question_or_otherwise);
    return suite;
}
