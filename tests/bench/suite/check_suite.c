#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/plan.h"
#include "bench/suite/options.h"
#include "results/report/report.h"
#include "tests/support/suite_files.h"

static struct arena arena;
static struct error err;
static struct suite suite;

static void open_arena(void)
{
    err = (struct error){0};
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
}

static void close_arena(void)
{
    arena_close(&arena);
}

/* ---------------------------------------------------------------- broken suites */

static glob_t bad;

/* The first line of a broken suite is "# LINE:COLUMN: MESSAGE". */
static void read_expected(const char *path, char *expected, int n)
{
    FILE *in = fopen(path, "r");

    ck_assert_ptr_nonnull(in);
    ck_assert_ptr_nonnull(fgets(expected, n, in));
    expected[strcspn(expected, "\n")] = '\0';
    fclose(in);
}

START_TEST(broken_suites_are_found)
{
    ck_assert_uint_ge(bad.gl_pathc, 100);
}
END_TEST

START_TEST(a_broken_suite_is_refused_where_and_as_it_says)
{
    const char *path = bad.gl_pathv[_i];
    char expected[1024], got[1024];
    const struct error *first;
    struct plan plan;

    read_expected(path, expected, sizeof expected);
    if (suite_load(&suite, path, NULL, &arena, &err) == OK &&
        plan_make(&plan, &suite, NULL, &arena, &err) == OK)
        plan_make_tuning(&plan, &suite, &arena, &err);
    first = suite.n_earlier > 0 ? &suite.earlier[0] : &err;
    snprintf(got, sizeof got, "# %d:%d: %s", first->line, first->column, first->text);
    ck_assert_msg(strcmp(got, expected) == 0, "%s\n  %s\ninstead of\n  %s", path, got,
                  expected);
    ck_assert_int_eq(err.status, ERR_SUITE);
    ck_assert_str_eq(err.file, path);
}
END_TEST

/* ---------------------------------------------------------------- a suite that says all
 */

static void load_everything(void)
{
    char path[SUITE_PATH];

    suite_files_path("good/everything.yaml", path);
    ck_assert_msg(suite_load(&suite, path, NULL, &arena, &err) == OK, "%s", err.text);
}

static void assert_option(const struct options *options, const char *name,
                          const char *value)
{
    const struct option *option = option_find(options, name);

    ck_assert_ptr_nonnull(option);
    ck_assert_int_eq(option->n, 1);
    ck_assert_str_eq(option->value[0], value);
}

START_TEST(plain_keys)
{
    load_everything();
    ck_assert_str_eq(suite.name, "every-thing_1.0");
    ck_assert_str_eq(
        suite.about,
        "Two lines of \"text\" that become one, with 20% \\ & \xc2\xb1 in them");
    ck_assert_double_eq(suite.checkpoint, 7200);
    ck_assert_int_eq(suite.n_seed, 4);
    ck_assert_uint_eq(suite.seed[1].stream, 1);
    ck_assert_uint_eq(suite.seed[1].learner, 2);
    ck_assert_uint_eq(suite.seed[2].stream, 2);
    ck_assert_uint_eq(suite.seed[2].learner, 1);
}
END_TEST

START_TEST(sections)
{
    load_everything();
    assert_option(&suite.training, "steps", "2000");
    assert_option(&suite.training, "last_partial_batch", "keep");
    ck_assert_ptr_null(option_find(&suite.training, "epochs"));
    assert_option(&suite.evaluating, "every", "50 steps");
    assert_option(&suite.evaluating, "future", "yes");
    ck_assert_int_eq(suite.limits.n, 2);
}
END_TEST

START_TEST(entries)
{
    const struct option *option;

    load_everything();
    ck_assert_int_eq(suite.n_stream, 2);
    ck_assert_str_eq(suite.stream[0].id, "split-mnist");
    ck_assert(suite.stream[0].named && !suite.stream[1].named);
    assert_option(&suite.stream[0].own, "classes", "3, 1, 4, 0, 2, 5, 9, 7, 8, 6");
    assert_option(&suite.stream[0].training, "epochs", "3");
    assert_option(&suite.stream[1].setup, "dataset", "idx:/data/my: digits");
    assert_option(&suite.stream[1].setup, "outputs.train", "all");
    assert_option(&suite.stream[1].training, "batch", "10");
    option = option_find(&suite.stream[0].setup, "scenario");
    ck_assert_int_eq(option->n, 3);
    ck_assert_str_eq(option->value[2], "domain");
    assert_option(&suite.learner[0].own, "net",
                  "conv 32 3, relu, pool 2, dense 256, relu");
    assert_option(&suite.learner[0].own, "lr", "0.01");
    assert_option(&suite.strategy[1].own, "buffer.per_class", "20");
    ck_assert_int_eq(option_find(&suite.learner[1].own, "blocks")->n, 2);
}
END_TEST

START_TEST(report_section)
{
    load_everything();
    ck_assert_uint_eq(suite.plots, PLOT_ACCURACY | PLOT_PARETO);
    ck_assert_int_eq(suite.n_target, 2);
    ck_assert_str_eq(suite.target[0].learner, "noprop-blocks3");
    ck_assert_str_eq(suite.target[0].stream, "");
    ck_assert_int_eq(suite.target[0].metric, METRIC_ACCURACY);
    ck_assert_double_eq(suite.target[0].value, 0.1989);
    ck_assert_double_eq(suite.target[0].std, 0.0009);
    ck_assert_int_eq(suite.target[0].n, 20);
    ck_assert_str_eq(suite.target[0].source, "van de Ven et al. 2022, table 2");
    ck_assert_int_eq(suite.target[1].metric, METRIC_BWT);
    ck_assert_double_eq(suite.target[1].value, -0.5);
    ck_assert(suite.target[0].published && !suite.target[1].published);
}
END_TEST

/* By the words of its source. */
START_TEST(what_a_program_computed_is_not_called_published)
{
    static const char *const pattern[] = {"bench/suites/*.yaml",
                                          "bench/suites/verify/*/*.yaml"};
    int n[2] = {0, 0};
    glob_t found;

    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(glob(pattern[i], i ? GLOB_APPEND : 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        ck_assert_msg(suite_load(&suite, found.gl_pathv[i], NULL, &arena, &err) == OK,
                      "%s", err.text);
        for (int k = 0; k < suite.n_target; k++) {
            const struct target *target = &suite.target[k];

            ck_assert_int_eq(target->published,
                             strncmp(target->source, "independent ", 12) != 0);
            n[target->published]++;
        }
    }
    globfree(&found);
    ck_assert_int_gt(n[0], 20);
    ck_assert_int_gt(n[1], 60);
}
END_TEST

START_TEST(defaults)
{
    char path[SUITE_PATH];

    suite_files_path("good/minimal.yaml", path);
    ck_assert_msg(suite_load(&suite, path, NULL, &arena, &err) == OK, "%s", err.text);
    ck_assert_str_eq(suite.about, "");
    ck_assert_int_eq(suite.n_seed, 1);
    ck_assert_uint_eq(suite.seed[0].stream, 1);
    ck_assert_int_eq(suite.n_strategy, 1);
    ck_assert_str_eq(suite.strategy[0].id, "none");
    ck_assert_uint_eq(suite.plots, PLOT_ALL);
    ck_assert_double_eq(suite.checkpoint, 60);
}
END_TEST

START_TEST(a_number_of_seeds_counts_up)
{
    const char *text = "suite: s\nseeds: 3\nstreams: [{stream: split, dataset: mnist}]\n"
                       "learners: [backprop]\n";

    ck_assert_int_eq(suite_files_load(text, NULL, &suite, &arena, &err), OK);
    ck_assert_int_eq(suite.n_seed, 3);
    ck_assert_uint_eq(suite.seed[0].stream, 1);
    ck_assert_uint_eq(suite.seed[2].stream, 3);
    ck_assert_uint_eq(suite.seed[2].learner, 3);
}
END_TEST

/* ---------------------------------------------------------------- overrides */

static const char overridden[] =
    "suite: s\n"
    "training: {epochs: 2}\n"
    "streams:\n"
    "  - {stream: split, id: a.b, dataset: mnist}\n"
    "  - {stream: split, id: a, dataset: mnist}\n" /* a path of a.b begins with it too */
    "learners:\n"
    "  - {learner: backprop, training: {batch: 5, steps: 9}}\n"
    "  - {learner: backprop, id: bp, lr: 0.5}\n"
    "  - {learner: noprop-dt}\n"
    "  - {learner: noprop-dt, blocks: 2}\n"
    "strategies:\n"
    "  - none\n"
    "  - replay\n";

static enum status set(const char *path, const char *value)
{
    struct override override = {path, value};

    return suite_files_load(overridden, &override, &suite, &arena, &err);
}

START_TEST(an_override_takes_the_place_of_what_is_there)
{
    ck_assert_int_eq(set("learners.bp.lr", "0.25"), OK);
    assert_option(&suite.learner[1].own, "lr", "0.25");
    ck_assert_int_eq(set("seeds", "[4, 5]"), OK);
    ck_assert_int_eq(suite.n_seed, 2);
    ck_assert_int_eq(set("streams.a.b.tasks", "{grid: [2, 5]}"), OK);
    ck_assert_int_eq(option_find(&suite.stream[0].own, "tasks")->n, 2);
    ck_assert_ptr_null(option_find(&suite.stream[1].own, "tasks"));
}
END_TEST

START_TEST(an_override_adds_what_is_missing)
{
    ck_assert_int_eq(set("strategies.replay.buffer.per_class", "7"), OK);
    assert_option(&suite.strategy[1].own, "buffer.per_class", "7");
    ck_assert_int_eq(set("evaluation.every", "20 steps"), OK);
    assert_option(&suite.evaluating, "every", "20 steps");
    ck_assert_int_eq(set("learners.bp.batch", "3"), OK);
    assert_option(&suite.learner[1].training, "batch", "3");
}
END_TEST

START_TEST(an_override_of_steps_replaces_epochs)
{
    ck_assert_int_eq(set("training.steps", "4"), OK);
    assert_option(&suite.training, "steps", "4");
    ck_assert_ptr_null(option_find(&suite.training, "epochs"));
}
END_TEST

START_TEST(an_override_finds_training_in_either_place)
{
    ck_assert_int_eq(set("learners.backprop.epochs", "4"), OK);
    assert_option(&suite.learner[0].training, "epochs", "4");
    assert_option(&suite.learner[0].training, "batch", "5");
    ck_assert_ptr_null(option_find(&suite.learner[0].training, "steps"));
    ck_assert_int_eq(set("learners.backprop.training.batch", "6"), OK);
    assert_option(&suite.learner[0].training, "batch", "6");
    assert_option(&suite.learner[0].training, "steps", "9");
}
END_TEST

/* Each at its place, in the order of the file; what is missing last. Nothing is said of
 * the data set that the stream's broken line may have given. */
START_TEST(all_errors_of_a_file_are_told)
{
    static const char *const expected[] = {
        "2:9: 'seeds' has no key 'streem'; did you mean 'stream'?",
        "3:19: '0' is not a value of 'batch' (whole number from 1 to 65536)",
        "3:22: 'training' has no parameter 'stepz'; did you mean 'steps'?",
        "4:27: stream 'split' has no parameter 'datasett'; did you mean 'dataset'?",
        "5:12: there is no learner 'bakprop'; did you mean 'backprop'?",
        "5:45: '-1' is not a value of 'lr'",
        "1:1: the suite has no 'suite'; add a line such as suite: NAME",
    };
    enum { N = sizeof expected / sizeof *expected };
    const char *text = "about: x\nseeds: {streem: 1}\n"
                       "training: {batch: 0, stepz: 3}\n"
                       "streams: [{stream: split, datasett: mnist, tasks: 2}]\n"
                       "learners: [bakprop, {learner: backprop, lr: -1}]\n";

    ck_assert_int_eq(suite_files_load(text, NULL, &suite, &arena, &err), ERR_SUITE);
    ck_assert_int_eq(suite.n_earlier + 1, N);
    for (int i = 0; i < N; i++) {
        const struct error *one = i < N - 1 ? &suite.earlier[i] : &err;
        char got[1024];

        snprintf(got, sizeof got, "%d:%d: %s", one->line, one->column, one->text);
        ck_assert_msg(strncmp(got, expected[i], strlen(expected[i])) == 0, "%s", got);
    }
}
END_TEST

START_TEST(no_more_than_twenty_are)
{
    char text[4096] = "suite: s\nstreams: [{stream: split, dataset: mnist}]\nlearners:\n";

    for (int i = 0; i < 50; i++)
        strcat(text, "  - bakprop\n");
    ck_assert_int_eq(suite_files_load(text, NULL, &suite, &arena, &err), ERR_SUITE);
    ck_assert_int_eq(suite.n_earlier, 19);
    ck_assert_int_eq(err.line, 23);
}
END_TEST

/* In the file and by --set; the cell's settings, and so its fingerprint, have the name of
 * the row. */
START_TEST(lambda_is_read_as_strength)
{
    struct override override = {"strategies.ewc.lambda", "7"};
    const char *text = "suite: s\nstreams: [{stream: split, dataset: mnist}]\n"
                       "learners: [backprop]\nstrategies: [{strategy: ewc, lambda: 5}]\n";
    struct plan plan;

    ck_assert_int_eq(suite_files_load(text, NULL, &suite, &arena, &err), OK);
    assert_option(&suite.strategy[0].own, "strength", "5");
    ck_assert_int_eq(plan_make(&plan, &suite, NULL, &arena, &err), OK);
    ck_assert_ptr_nonnull(strstr(plan.cell[0].settings, "strategy.strength: 5\n"));
    ck_assert_ptr_null(strstr(plan.cell[0].settings, "lambda"));
    ck_assert_int_eq(suite_files_load(text, &override, &suite, &arena, &err), OK);
    assert_option(&suite.strategy[0].own, "strength", "7");
}
END_TEST

static const struct {
    const char *path, *value, *text;
} bad_overrides[] = {
    {"learners.bpp.lr", "1", "the suite has no learner 'bpp'; did you mean 'bp'?"},
    {"learners.bp.lrr", "1",
     "learner 'backprop' has no parameter 'lrr'; did you mean 'lr'?"},
    {"learners.bp", "1", "learner 'bp' is an entry; add .KEY to say what to set in it"},
    {"learners.noprop-dt.eta", "1",
     "2 entries are called 'noprop-dt'; give them ids in the suite"},
    {"learners.bp.batch", "0",
     "'0' is not a value of 'batch' (whole number from 1 to 65536)"},
    {"trainin.batch", "1", "a suite has no key 'trainin'; did you mean 'training'?"},
    {"seeds", "", "there is no value after the '='"},
    {"seeds", "[1, 2",
     "not valid YAML: the list that opens in line 1 lacks a ',' or ']'"},
    {"learners..lr", "1",
     "'learners..lr' is not a path; write --set learners.ID.KEY=VALUE"},
    {"lr", "0.1",
     "a suite has no key 'lr'; in which entry? Write the path, for example --set "
     "learners.backprop.lr=0.1"},
};

START_TEST(a_bad_override_names_its_flag)
{
    char flag[256];

    snprintf(flag, sizeof flag, "--set %s=%s", bad_overrides[_i].path,
             bad_overrides[_i].value);
    ck_assert_int_eq(set(bad_overrides[_i].path, bad_overrides[_i].value), ERR_SUITE);
    ck_assert_str_eq(err.text, bad_overrides[_i].text);
    ck_assert_str_eq(err.file, flag);
    ck_assert_int_eq(err.line, 0);
}
END_TEST

START_TEST(a_list_that_is_not_there_has_no_entries)
{
    struct override override = {"strategies.replay.buffer", "5"};
    const char *text = "suite: s\nstreams: [{stream: split, dataset: mnist}]\n"
                       "learners: [backprop]\n";

    ck_assert_int_eq(suite_files_load(text, &override, &suite, &arena, &err), ERR_SUITE);
    ck_assert_str_eq(err.text, "the suite has no list of strategies");
}
END_TEST

START_TEST(a_file_that_is_not_there)
{
    ck_assert_int_eq(suite_load(&suite, "no/such/suite.yaml", NULL, &arena, &err),
                     ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "no/such/suite.yaml"));
}
END_TEST

Suite *suite_suite(void)
{
    Suite *all = suite_create("suite");
    TCase *tests = tcase_create("suite");
    int n = sizeof bad_overrides / sizeof bad_overrides[0];

    suite_files_find("bad/", &bad);
    tcase_add_test(tests, broken_suites_are_found);
    tcase_add_checked_fixture(tests, open_arena, close_arena);
    tcase_add_loop_test(tests, a_broken_suite_is_refused_where_and_as_it_says, 0,
                        (int)bad.gl_pathc);
    tcase_add_test(tests, plain_keys);
    tcase_add_test(tests, sections);
    tcase_add_test(tests, entries);
    tcase_add_test(tests, report_section);
    tcase_add_test(tests, what_a_program_computed_is_not_called_published);
    tcase_add_test(tests, defaults);
    tcase_add_test(tests, a_number_of_seeds_counts_up);
    tcase_add_test(tests, an_override_takes_the_place_of_what_is_there);
    tcase_add_test(tests, an_override_adds_what_is_missing);
    tcase_add_test(tests, an_override_of_steps_replaces_epochs);
    tcase_add_test(tests, an_override_finds_training_in_either_place);
    tcase_add_test(tests, all_errors_of_a_file_are_told);
    tcase_add_test(tests, no_more_than_twenty_are);
    tcase_add_test(tests, lambda_is_read_as_strength);
    tcase_add_loop_test(tests, a_bad_override_names_its_flag, 0, n);
    tcase_add_test(tests, a_list_that_is_not_there_has_no_entries);
    tcase_add_test(tests, a_file_that_is_not_there);
    suite_add_tcase(all, tests);
    return all;
}
