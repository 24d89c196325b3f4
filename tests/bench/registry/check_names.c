/* Names of options, over everything that a suite can name. */
#include <check.h>
#include <string.h>

#include "bench/registry/registry.h"

/* What an entry of a suite has beside the options of its plug. */
static const char *const entry_keys[] = {"id",       "title",     "training", "dataset",
                                         "scenario", "learner",   "strategy", "stream",
                                         "where",    "evaluation"};

static void expect_free(const char *plug, const struct param *params)
{
    for (const struct param *row = params; row && row->name; row++)
        for (size_t i = 0; i < sizeof entry_keys / sizeof *entry_keys; i++)
            ck_assert_msg(strcmp(row->name, entry_keys[i]) != 0,
                          "the option '%s' of %s means something else in an entry",
                          row->name, plug);
}

START_TEST(no_option_hides_a_key_of_an_entry)
{
    for (int i = 0; registry_learners[i]; i++)
        expect_free(registry_learners[i]->name, registry_learners[i]->params);
    for (int i = 0; registry_strategies[i]; i++)
        expect_free(registry_strategies[i]->name, registry_strategies[i]->params);
    for (int i = 0; registry_streams[i]; i++)
        expect_free(registry_streams[i]->name, registry_streams[i]->params);
}
END_TEST

Suite *names_suite(void)
{
    Suite *suite = suite_create("names");
    TCase *tcase = tcase_create("names");

    tcase_add_test(tcase, no_option_hides_a_key_of_an_entry);
    suite_add_tcase(suite, tcase);
    return suite;
}
