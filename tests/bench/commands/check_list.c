#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bench/commands/explain.h"
#include "bench/commands/list.h"
#include "bench/registry/registry.h"
#include "results/data/cost.h"

static struct error err;

/* What a command prints; NULL = it refused. The caller frees it. */
static char *output(enum status (*command)(int, char **, FILE *, struct error *),
                    const char *first, const char *second)
{
    char a[64], b[64], *argv[] = {a, b, NULL}, *text = NULL;
    int argc = (first != NULL) + (second != NULL);
    size_t n;
    FILE *out = open_memstream(&text, &n);
    enum status status;

    snprintf(a, sizeof a, "%s", first ? first : "");
    snprintf(b, sizeof b, "%s", second ? second : "");
    err = (struct error){0};
    status = command(argc, argv, out, &err);
    fclose(out);
    if (status == OK)
        return text;
    free(text);
    return NULL;
}

static void assert_has(const char *text, const char *word)
{
    ck_assert_msg(text && strstr(text, word), "no '%s' in: %s", word, text ? text : "-");
}

static void assert_refused(const char *text, const char *message)
{
    ck_assert_ptr_null(text);
    ck_assert_int_eq(err.status, ERR_USAGE);
    ck_assert_str_eq(err.text, message);
}

START_TEST(everything_is_listed)
{
    char *text = output(list_command, NULL, NULL);

    for (size_t i = 0; registry_learners[i]; i++)
        assert_has(text, registry_learners[i]->name);
    for (size_t i = 0; registry_strategies[i]; i++)
        assert_has(text, registry_strategies[i]->name);
    for (size_t i = 0; registry_streams[i]; i++)
        assert_has(text, registry_streams[i]->name);
    for (size_t i = 0; i < N_METRIC; i++)
        assert_has(text, metric_table[i].name);
    assert_has(text, "synthetic-digits");
    assert_has(text, "lenet");
    free(text);
}
END_TEST

START_TEST(a_name_shows_its_options)
{
    for (size_t i = 0; registry_learners[i]; i++) {
        const struct learner *learner = registry_learners[i];
        char *text = output(list_command, learner->name, NULL);

        for (const struct param *row = learner->params; row && row->name; row++) {
            assert_has(text, row->name);
            assert_has(text, row->default_text);
            assert_has(text, row->help);
        }
        if (learner->source)
            assert_has(text, learner->source);
        free(text);
    }
}
END_TEST

START_TEST(a_section_shows_only_its_own)
{
    char *streams = output(list_command, "streams", NULL);
    char *split = output(list_command, "streams", "split");
    char *mlp = output(list_command, "mlp-100", NULL);

    assert_has(mlp, "mlp-A-B-... (net)\n  dense layers of A, B, ... units");
    assert_has(streams, "permuted");
    ck_assert_ptr_null(strstr(streams, "backprop"));
    assert_has(split, "per_task");
    assert_has(split, "one of class, task, domain; default class");
    free(streams);
    free(split);
    free(mlp);
}
END_TEST

/* Whatever a suite file may say (interface of suites, and the keys of a resolved one). */
START_TEST(every_key_of_a_suite_can_be_looked_up)
{
    static const struct {
        const char *key, *holds;
    } row[] = {
        {"seeds", "learner: [1, 2, 3]"},
        {"training", "last_partial_batch"},
        {"evaluation", "draws"},
        {"tuning", "validation"},
        {"limits", "default 4 GiB"},
        {"checkpoint", "default 60 s"},
        {"streams", "permuted"},
        {"learners", "backprop"},
        {"strategies", "replay"},
        {"incompatible", "one of refuse, skip"},
        {"report", "targets"},
        {"report", "font"},
        {"plots", "pareto"},
        {"targets", "margin"},
        {"id", "folder"},
        {"title", "report"},
        {"grid", "every value"},
        {"tune", "chosen"},
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char *text = output(list_command, row[i].key, NULL);

        assert_has(text, row[i].holds);
        ck_assert_ptr_null(strstr(text, "(null)"));
        free(text);
    }
}
END_TEST

/* Of each learner the paper, every option and what goes with it. */
START_TEST(learners_are_listed_with_what_they_support)
{
    char *text = output(list_command, "learners", NULL), *all;

    for (size_t i = 0; registry_learners[i]; i++) {
        const struct learner *learner = registry_learners[i];
        char *from = strstr(text, learner->name), *to = from;

        for (int line = 0; line < 4 && to; line++)
            to = strchr(to + 1, '\n');
        ck_assert_ptr_nonnull(to);
        assert_has(from, learner->source);
        for (const struct param *row = learner->params; row && row->name; row++)
            assert_has(from, row->name);
    }
    all = output(list_command, "backprop", NULL);
    assert_has(all, "  nets: MLP and CNN; supports: soft targets");
    free(all);
    all = output(list_command, "pepita", NULL);
    assert_has(all, "  nets: MLP; supports:");
    free(all);
    all = output(list_command, "nearest-mean", NULL);
    assert_has(all, "  nets: none; supports:");
    free(all);
    all = output(list_command, "ewc", NULL);
    assert_has(all, "  needs of the learner: penalties at the optimiser");
    free(all);
    all = output(list_command, "replay", NULL);
    assert_has(all, "  needs of the learner: nothing");
    free(all);
    free(text);
}
END_TEST

START_TEST(names_that_do_not_exist)
{
    assert_refused(output(list_command, "bakprop", NULL),
                   "there is no thing called 'bakprop'; did you mean 'backprop'?");
    assert_refused(output(list_command, "streams", "splitt"),
                   "there is no stream 'splitt'; did you mean 'split'?");
    assert_refused(
        output(list_command, "streams", "backprop"),
        "there is no stream 'backprop'; 'bench list streams' shows what there is");
    assert_refused(output(list_command, "split", "tasks"),
                   "usage: bench list [SECTION] [NAME]");
    assert_refused(output(explain_command, "forgeting", NULL),
                   "there is no metric 'forgeting'; did you mean 'forgetting'?");
    assert_refused(
        output(explain_command, "speed", NULL),
        "there is no metric 'speed'; 'bench list metrics' shows what there is");
}
END_TEST

START_TEST(a_metric_is_explained)
{
    char *one = output(explain_command, "forgetting", NULL);
    char *all = output(explain_command, NULL, NULL);

    assert_has(one, metric_table[METRIC_FORGETTING].definition);
    for (int i = 0; i < 2; i++) {
        char *symbol = output(explain_command, i ? "T" : "R", NULL);

        assert_has(symbol, "R[i][j] = accuracy on task j after training task i of T");
        free(symbol);
    }
    assert_has(one, metric_table[METRIC_FORGETTING].elsewhere);
    assert_has(one, metric_table[METRIC_FORGETTING_MAMMOTH].definition);
    ck_assert_ptr_null(strstr(one, metric_table[METRIC_FWT].title));
    for (size_t i = 0; i < N_METRIC; i++)
        assert_has(all, metric_table[i].definition);
    free(one);
    for (const struct metric_info *cost = cost_table; cost->name; cost++) {
        assert_has(all, cost->definition);
        one = output(explain_command, cost->name, NULL);
        assert_has(one, cost->elsewhere);
        free(one);
        one = output(list_command, "metrics", cost->name);
        assert_has(one, cost->elsewhere);
        free(one);
    }
    assert_refused(output(explain_command, "peak_byte", NULL),
                   "there is no metric 'peak_byte'; did you mean 'peak_bytes'?");
    free(all);
}
END_TEST

Suite *list_suite(void)
{
    Suite *suite = suite_create("list");
    TCase *tests = tcase_create("list");

    tcase_add_test(tests, everything_is_listed);
    tcase_add_test(tests, a_name_shows_its_options);
    tcase_add_test(tests, a_section_shows_only_its_own);
    tcase_add_test(tests, every_key_of_a_suite_can_be_looked_up);
    tcase_add_test(tests, learners_are_listed_with_what_they_support);
    tcase_add_test(tests, names_that_do_not_exist);
    tcase_add_test(tests, a_metric_is_explained);
    suite_add_tcase(suite, tests);
    return suite;
}
