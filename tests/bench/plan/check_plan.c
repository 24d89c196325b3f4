#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bench/plan/fingerprint.h"
#include "bench/plan/plan.h"
#include "tests/support/suite_files.h"

static struct arena arena;
static struct error err;
static struct suite suite;
static struct plan plan;

static void open_arena(void)
{
    err = (struct error){0};
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
}

static void close_arena(void)
{
    arena_close(&arena);
}

static struct plan plan_of(const char *path)
{
    struct plan made = {0};

    if (suite_load(&suite, path, NULL, &arena, &err) == OK)
        plan_make(&made, &suite, NULL, &arena, &err);
    ck_assert_msg(err.status == OK, "%s:%d:%d: %s", path, err.line, err.column, err.text);
    return made;
}

static struct plan plan_of_text(const char *text)
{
    char path[SUITE_PATH];
    struct plan made;

    suite_files_write(text, path);
    made = plan_of(path);
    unlink(path);
    return made;
}

/* ---------------------------------------------------------------- the good suites */

static glob_t good;

/* Beside NAME.yaml stands NAME.cells, an id a line, written by hand. */
START_TEST(a_suite_unfolds_into_the_cells_beside_it)
{
    char path[SUITE_PATH], line[512];
    FILE *in;
    int n = 0;

    plan = plan_of(good.gl_pathv[_i]);
    snprintf(path, sizeof path, "%s", good.gl_pathv[_i]);
    strcpy(strrchr(path, '.'), ".cells");
    in = fopen(path, "r");
    ck_assert_ptr_nonnull(in);
    for (; fgets(line, sizeof line, in); n++) {
        line[strcspn(line, "\n")] = '\0';
        ck_assert_int_lt(n, plan.n);
        ck_assert_str_eq(plan.cell[n].id, line);
    }
    fclose(in);
    ck_assert_int_eq(n, plan.n);
}
END_TEST

/* ewc does not go with nearest-mean: one pair, of two seeds. */
START_TEST(pairs_that_do_not_go_together_are_left_out_and_counted)
{
    char path[SUITE_PATH], *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);

    suite_files_path("good/incompatible.yaml", path);
    plan = plan_of(path);
    plan_print_size(&plan, "", out);
    fclose(out);
    ck_assert_str_eq(text, "14 cells (2 left out: incompatible)");
    free(text);
}
END_TEST

static glob_t shipped;

static void find_suites(void)
{
    suite_files_find("good/", &good);
    glob("bench/suites/*.yaml", 0, NULL, &shipped);
    glob("bench/suites/*/*/*.yaml", GLOB_APPEND, NULL, &shipped);
}

START_TEST(suites_are_found)
{
    ck_assert_uint_ge(good.gl_pathc, 5);
    ck_assert_uint_ge(shipped.gl_pathc, 20);
}
END_TEST

/* Nobody unfolds the suites of bench/suites by hand: that they unfold at all. */
START_TEST(a_shipped_suite_unfolds)
{
    ck_assert_int_gt(plan_of(shipped.gl_pathv[_i]).n, 0);
}
END_TEST

static char *resolved(void)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);

    ck_assert_int_eq(suite_write_resolved(&suite, out), OK);
    fclose(out);
    return text;
}

/* The id is the folder's; a grid adds to both the same. */
START_TEST(a_label_is_shown_and_names_nothing)
{
    const char *text =
        "suite: s\n"
        "streams: [{stream: split, dataset: mnist, title: 'Split \"MNIST\\'}]\n"
        "learners: [{learner: noprop-dt, title: NoProp (ours), blocks: {grid: [2, 3]}}]\n"
        "strategies: [none, {strategy: replay, id: er, title: ER & ü}]\n";
    char *again;

    for (int i = 0; i < 2; i++) {
        plan = plan_of_text(i == 0 ? text : again);
        ck_assert_int_eq(plan.n, 4);
        ck_assert_str_eq(plan.cell[3].id, "split.class/noprop-dt-3/er/seed-1");
        ck_assert_str_eq(plan.cell[3].stream_shown, "Split \"MNIST\\");
        ck_assert_str_eq(plan.cell[3].learner_shown, "NoProp (ours)-blocks3");
        ck_assert_str_eq(plan.cell[3].strategy_shown, "ER & ü");
        ck_assert_ptr_null(plan.cell[0].strategy_shown);
        if (i == 0)
            again = resolved();
    }
    free(again);
}
END_TEST

START_TEST(the_resolved_suite_is_the_same_suite)
{
    struct plan again;
    char *text, *twice;

    plan = plan_of(good.gl_pathv[_i]);
    text = resolved();
    again = plan_of_text(text);
    ck_assert_int_eq(again.n, plan.n);
    for (int i = 0; i < plan.n; i++) {
        ck_assert_str_eq(again.cell[i].id, plan.cell[i].id);
        ck_assert_str_eq(fingerprint_settings(&again.cell[i], &arena),
                         fingerprint_settings(&plan.cell[i], &arena));
        ck_assert_str_eq(again.cell[i].fingerprint, plan.cell[i].fingerprint);
    }
    twice = resolved();
    ck_assert_str_eq(twice, text);
    free(text);
    free(twice);
}
END_TEST

START_TEST(a_resolved_suite_says_every_default)
{
    char *text;

    plan = plan_of_text("suite: s\nstreams: [{stream: split, dataset: mnist}]\n"
                        "learners: [backprop]\n");
    text = resolved();
    ck_assert_ptr_nonnull(strstr(text, "\n  batch: 128\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n  epochs: 1\n"));
    ck_assert_ptr_null(strstr(text, "steps:"));
    ck_assert_ptr_nonnull(strstr(text, "\n  memory: 4 GiB\n"));
    ck_assert_ptr_nonnull(strstr(text, "\ncheckpoint: 1 min\n"));
    ck_assert_ptr_nonnull(strstr(text, "\n    scenario: class\n"));
    for (const struct param *row = suite.learner[0].params; row->name; row++)
        ck_assert_ptr_nonnull(strstr(text, row->name));
    free(text);
}
END_TEST

/* ---------------------------------------------------------------- what a cell holds */

START_TEST(the_lower_level_decides_on_training)
{
    const struct training *t;

    plan = plan_of_text("suite: s\n"
                        "training: {batch: 2, steps: 20, threads: 2}\n"
                        "streams:\n"
                        "  - {stream: split, dataset: mnist, batch: 3, epochs: 30}\n"
                        "  - {stream: permuted, dataset: mnist}\n"
                        "learners:\n"
                        "  - {learner: backprop, training: {batch: 4}}\n"
                        "  - {learner: noprop-dt, steps: 50}\n");
    ck_assert_int_eq(plan.n, 4);
    t = &plan.cell[0].training;
    ck_assert(t->batch == 4 && t->steps == 0 && t->epochs == 30 && t->threads == 2);
    t = &plan.cell[1].training;
    ck_assert(t->batch == 3 && t->steps == 50 && t->epochs == 0);
    t = &plan.cell[2].training;
    ck_assert(t->batch == 4 && t->steps == 20 && t->epochs == 0);
    t = &plan.cell[3].training;
    ck_assert(t->batch == 2 && t->steps == 50 && t->epochs == 0);
}
END_TEST

START_TEST(without_a_word_a_cell_has_the_defaults)
{
    const struct cell *cell;

    plan = plan_of_text("suite: s\nstreams: [{stream: split, dataset: mnist}]\n"
                        "learners: [backprop]\n");
    cell = &plan.cell[0];
    ck_assert(cell->training.batch == 128 && cell->training.epochs == 1);
    ck_assert(cell->training.steps == 0 && cell->training.threads == 1);
    ck_assert_int_eq(cell->training.last_partial_batch, PARTIAL_DROP);
    ck_assert_int_eq(cell->training.optimizer_state, OPTIMIZER_KEEP);
    ck_assert(cell->evaluating.every == 0 && !cell->evaluating.future);
    ck_assert_int_eq(cell->evaluating.draws, 1);
    ck_assert_uint_eq(cell->limits.memory, (size_t)4 << 30);
    ck_assert_double_eq(cell->limits.time, 0);
    ck_assert_str_eq(cell->setup.dataset, "mnist");
    ck_assert_int_eq(cell->setup.scenario, SCENARIO_CLASS);
    ck_assert_int_eq(cell->setup.normalise, NORMALISE_UNIT);
    ck_assert_str_eq(cell->learner->name, "backprop");
    ck_assert_str_eq(cell->strategy->name, "none");
}
END_TEST

static void assert_value(const struct param *table, const void *options, const char *name,
                         const char *value)
{
    char text[PARAM_TEXT_MAX + 64];

    param_print(param_find(table, name), options, text, sizeof text);
    ck_assert_str_eq(text, value);
}

START_TEST(options_lie_in_the_plugs_own_structs)
{
    const struct cell *cell;
    char path[SUITE_PATH];

    suite_files_path("good/everything.yaml", path);
    plan = plan_of(path);
    cell = &plan.cell[0];
    assert_value(cell->stream->params, cell->stream_options, "classes",
                 "3, 1, 4, 0, 2, 5, 9, 7, 8, 6");
    assert_value(cell->learner->params, cell->learner_options, "optimizer", "sgd");
    assert_value(cell->learner->params, cell->learner_options, "lr", "0.01");
    assert_value(plan.cell[4].strategy->params, plan.cell[4].strategy_options,
                 "buffer.per_class", "20");
    assert_value(plan.cell[16].learner->params, plan.cell[16].learner_options, "blocks",
                 "3");
    ck_assert(cell->setup.form.pad == 32 && cell->setup.per_task == 1000);
    ck_assert_int_eq(cell->training.steps, 7);
    ck_assert_int_eq(cell->training.epochs, 0);
    ck_assert_uint_eq(cell->limits.memory, 500000000);
    ck_assert_double_eq(cell->limits.time, 1800);
}
END_TEST

START_TEST(only_what_the_globs_name)
{
    static const char *const nothing[] = {"nothing"};
    static const char *const names[] = {"nothing", "*.task/*/replay/seed-1"};
    const struct globs some = {names, 2};
    char path[SUITE_PATH];
    int n = 0;

    suite_files_path("good/everything.yaml", path);
    plan = plan_of(path);
    for (int i = 0; i < plan.n; i++) {
        bool match = plan_match(&plan.cell[i], &some);

        if (match && n++ == 0)
            ck_assert_str_eq(plan.cell[i].id, "split-mnist.task/backprop/replay/seed-1");
        ck_assert(plan_match(&plan.cell[i], NULL));
        ck_assert(plan_match(&plan.cell[i], &(struct globs){NULL, 0}));
        ck_assert(!plan_match(&plan.cell[i], &(struct globs){nothing, 1}));
    }
    ck_assert_int_eq(n, 3); /* the permuted stream's label ends in -task, not in .task */
}
END_TEST

/* ---------------------------------------------------------------- fingerprints */

START_TEST(the_hash_is_fnv_1a)
{
    /* test vectors of draft-eastlake-fnv */
    ck_assert_uint_eq(fingerprint_hash(""), 0xcbf29ce484222325);
    ck_assert_uint_eq(fingerprint_hash("a"), 0xaf63dc4c8601ec8c);
    ck_assert_uint_eq(fingerprint_hash("foobar"), 0x85944171f73967e8);
}
END_TEST

static const char reference[] = "suite: s\n"
                                "streams: [{stream: split, dataset: mnist, tasks: 5}]\n"
                                "learners: [{learner: backprop, lr: 0.001}]\n";

static const struct {
    const char *what, *text;
    bool same;
} variations[] = {
    {"names, notes and order",
     "about: other\nsuite: t\nlearners: [{lr: 1e-3, id: x, learner: backprop}]\n"
     "streams: [{stream: split, id: y, dataset: mnist}]\nstrategies: [none]\n",
     true},
    {"limits, checkpoints and report",
     "suite: s\nlimits: {memory: 1 GiB}\ncheckpoint: 5 s\nreport: {plots: none}\n"
     "streams: [{stream: split, dataset: mnist}]\nlearners: [backprop]\n",
     true},
    {"labels",
     "suite: s\nstreams: [{stream: split, dataset: mnist, title: Split}]\n"
     "learners: [{learner: backprop, title: BP}]\n"
     "strategies: [{strategy: none, title: naive}]\n",
     true},
    {"an option of the stream",
     "suite: s\nstreams: [{stream: split, dataset: mnist, tasks: 2}]\n"
     "learners: [backprop]\n",
     false},
    {"an option that was added later",
     "suite: s\nstreams: [{stream: split, dataset: mnist, augment: {flip: yes}}]\n"
     "learners: [backprop]\n",
     false},
    {"the data set",
     "suite: s\nstreams: [{stream: split, dataset: fashion-mnist}]\n"
     "learners: [backprop]\n",
     false},
    {"the scenario",
     "suite: s\nstreams: [{stream: split, dataset: mnist, scenario: task}]\n"
     "learners: [backprop]\n",
     false},
    {"an option of the learner",
     "suite: s\nstreams: [{stream: split, dataset: mnist}]\n"
     "learners: [{learner: backprop, lr: 0.01}]\n",
     false},
    {"the strategy",
     "suite: s\nstreams: [{stream: split, dataset: mnist}]\nlearners: [backprop]\n"
     "strategies: [replay]\n",
     false},
    {"training",
     "suite: s\nstreams: [{stream: split, dataset: mnist}]\nlearners: [backprop]\n"
     "training: {threads: 2}\n",
     false},
    {"evaluation",
     "suite: s\nstreams: [{stream: split, dataset: mnist}]\nlearners: [backprop]\n"
     "evaluation: {future: yes}\n",
     false},
    {"the seed",
     "suite: s\nstreams: [{stream: split, dataset: mnist}]\nlearners: [backprop]\n"
     "seeds: [2]\n",
     false},
    {"one of the two seeds",
     "suite: s\nstreams: [{stream: split, dataset: mnist}]\nlearners: [backprop]\n"
     "seeds: {stream: [1], learner: [2]}\n",
     false},
};

START_TEST(a_fingerprint_holds_what_determines_the_result)
{
    char before[17];
    bool same;

    plan = plan_of_text(reference);
    ck_assert_int_eq(plan.n, 1);
    strcpy(before, plan.cell[0].fingerprint);
    ck_assert_uint_eq(strlen(before), 16);
    plan = plan_of_text(variations[_i].text);
    ck_assert_int_eq(plan.n, 1);
    same = strcmp(plan.cell[0].fingerprint, before) == 0;
    ck_assert_msg(same == variations[_i].same, "%s", variations[_i].what);
}
END_TEST

START_TEST(a_fingerprint_is_the_hash_of_the_settings)
{
    const char *settings;
    char digits[17];

    plan = plan_of_text(reference);
    settings = fingerprint_settings(&plan.cell[0], &arena);
    snprintf(digits, sizeof digits, "%016llx",
             (unsigned long long)fingerprint_hash(settings));
    ck_assert_str_eq(plan.cell[0].fingerprint, digits);
    ck_assert_int_eq(strncmp(settings, "format: 1\nstream: split\n", 24), 0);
    ck_assert_ptr_nonnull(strstr(settings, "\nlearner.lr: 0.001\n"));
    ck_assert_ptr_nonnull(strstr(settings, "\ntraining.epochs: 1\n"));
    ck_assert_ptr_nonnull(strstr(settings, "\nseed.learner: 1\n"));
}
END_TEST

/* Written down when format 1 had its first results. Where this fails, an option was added
 * without `.later = true`, or a default was changed: results that exist would be lost. */
static const char first_settings[] = "format: 1\n"
                                     "stream: split\n"
                                     "stream.dataset: mnist\n"
                                     "stream.scenario: class\n"
                                     "stream.outputs.train: default\n"
                                     "stream.outputs.test: default\n"
                                     "stream.normalise: unit\n"
                                     "stream.pad: 0\n"
                                     "stream.first_tasks: 0\n"
                                     "stream.validation: 0\n"
                                     "stream.judge: test\n"
                                     "stream.per_task: 0\n"
                                     "stream.test_per_task: 0\n"
                                     "stream.imbalance.classes: 1\n"
                                     "stream.imbalance.tasks: 1\n"
                                     "stream.label_noise: 0\n"
                                     "stream.tasks: 5\n"
                                     "stream.classes: shuffled\n"
                                     "learner: random-features\n"
                                     "learner.net: mlp-400-400\n"
                                     "learner.init: he\n"
                                     "learner.optimizer: adam\n"
                                     "learner.lr: 0.001\n"
                                     "learner.momentum: 0\n"
                                     "learner.beta1: 0.9\n"
                                     "learner.beta2: 0.999\n"
                                     "learner.epsilon: 1e-08\n"
                                     "learner.weight_decay: 0\n"
                                     "learner.rate: constant\n"
                                     "learner.rate_span: stream\n"
                                     "learner.warmup: 0\n"
                                     "strategy: none\n"
                                     "training.batch: 128\n"
                                     "training.steps: 0\n"
                                     "training.epochs: 1\n"
                                     "training.last_partial_batch: drop\n"
                                     "training.optimizer_state: keep\n"
                                     "training.threads: 1\n"
                                     "evaluation.every: task\n"
                                     "evaluation.future: no\n"
                                     "evaluation.draws: 1\n"
                                     "seed.stream: 1\n"
                                     "seed.learner: 1\n";

START_TEST(a_fingerprint_stands_when_options_are_added)
{
    plan = plan_of_text("suite: s\nstreams: [{stream: split, dataset: mnist}]\n"
                        "learners: [random-features]\n");
    ck_assert_str_eq(fingerprint_settings(&plan.cell[0], &arena), first_settings);
    ck_assert_str_eq(plan.cell[0].fingerprint, "de31705044b6a923");
}
END_TEST

/* ---------------------------------------------------------------- tuning */

static const char tuned[] =
    "suite: s\n"
    "tuning: {tasks: 3, validation: 0.2, seeds: [7, 8]}\n"
    "evaluation: {every: 5 steps, future: yes, draws: 0}\n"
    "streams:\n"
    "  - {stream: split, id: long, dataset: mnist, first_tasks: 4}\n"
    "  - {stream: split, id: short, dataset: mnist, first_tasks: 2, validation: 500}\n"
    "learners:\n"
    "  - {learner: backprop, lr: {tune: [0.1, 0.2]}, batch: {tune: [4, 8, 16]}}\n"
    "  - {learner: backprop, id: fixed}\n"
    "strategies: [none]\n";

static bool is_set(const struct cell *cell, const char *setting)
{
    return strstr(cell->settings, setting) != NULL;
}

/* On the first tasks, by images that are held out, without what is only for show; noise
 * that is off stays off. */
START_TEST(candidates_are_judged_on_what_is_held_out)
{
    plan_of_text(tuned);
    ck_assert_int_eq(plan_make_tuning(&plan, &suite, &arena, &err), OK);
    ck_assert_int_eq(plan.n, 2 * 6 * 2);
    ck_assert_int_eq(plan.n_product, 4);
    for (int i = 0; i < plan.n; i++) {
        const struct cell *cell = &plan.cell[i];
        bool brief = strcmp(cell->stream_id, "short") == 0;

        ck_assert(is_set(cell, "\nstream.judge: validation\n"));
        ck_assert(is_set(cell, brief ? "\nstream.first_tasks: 2\n"
                                     : "\nstream.first_tasks: 3\n"));
        ck_assert(is_set(cell, brief ? "\nstream.validation: 500\n"
                                     : "\nstream.validation: 0.2\n"));
        ck_assert(is_set(cell, "\nevaluation.every: task\n"));
        ck_assert(is_set(cell, "\nevaluation.future: no\n"));
        ck_assert(is_set(cell, "\nevaluation.draws: 0\n"));
        ck_assert_uint_eq(cell->stream_seed, 7 + (uint64_t)i % 2);
        ck_assert_int_eq(cell->candidate, i / 2 % 6);
    }
    ck_assert_str_eq(plan.cell[3].id, "long.class/backprop/none/lr0.1-batch8/seed-8");
    ck_assert_str_eq(plan.cell[3].tuned, "lr: 0.1, batch: 8");
    ck_assert(is_set(&plan.cell[3], "\ntraining.batch: 8\n"));
    ck_assert(is_set(&plan.cell[3], "\nlearner.lr: 0.1\n"));
}
END_TEST

/* Products: long and backprop, long and fixed, short and backprop, short and fixed. */
START_TEST(a_choice_sets_what_was_tuned)
{
    static const int winner[] = {4, 0, 2, 0};

    plan_of_text(tuned);
    ck_assert_int_eq(plan_make(&plan, &suite, winner, &arena, &err), OK);
    ck_assert_int_eq(plan.n, 4);
    ck_assert_str_eq(plan.cell[0].id, "long.class/backprop/none/seed-1");
    ck_assert(is_set(&plan.cell[0], "\nlearner.lr: 0.2\n"));
    ck_assert(is_set(&plan.cell[0], "\ntraining.batch: 8\n"));
    ck_assert(is_set(&plan.cell[0], "\ntuned: yes\n"));
    ck_assert(is_set(&plan.cell[0], "\nstream.judge: test\n"));
    ck_assert(is_set(&plan.cell[2], "\nlearner.lr: 0.1\n"));
    ck_assert(is_set(&plan.cell[2], "\ntraining.batch: 16\n"));
    for (int i = 1; i < 4; i += 2) {
        ck_assert(is_set(&plan.cell[i], "\ntraining.batch: 128\n"));
        ck_assert(!is_set(&plan.cell[i], "\ntuned"));
    }
}
END_TEST

static void add_cell_tests(TCase *tests)
{
    int n = sizeof variations / sizeof variations[0];

    tcase_add_test(tests, pairs_that_do_not_go_together_are_left_out_and_counted);
    tcase_add_loop_test(tests, a_suite_unfolds_into_the_cells_beside_it, 0,
                        (int)good.gl_pathc);
    tcase_add_test(tests, a_label_is_shown_and_names_nothing);
    tcase_add_loop_test(tests, the_resolved_suite_is_the_same_suite, 0,
                        (int)good.gl_pathc);
    tcase_add_loop_test(tests, a_shipped_suite_unfolds, 0, (int)shipped.gl_pathc);
    tcase_add_test(tests, a_resolved_suite_says_every_default);
    tcase_add_test(tests, the_lower_level_decides_on_training);
    tcase_add_test(tests, without_a_word_a_cell_has_the_defaults);
    tcase_add_test(tests, options_lie_in_the_plugs_own_structs);
    tcase_add_test(tests, only_what_the_globs_name);
    tcase_add_test(tests, the_hash_is_fnv_1a);
    tcase_add_loop_test(tests, a_fingerprint_holds_what_determines_the_result, 0, n);
    tcase_add_test(tests, a_fingerprint_is_the_hash_of_the_settings);
    tcase_add_test(tests, a_fingerprint_stands_when_options_are_added);
    tcase_add_test(tests, candidates_are_judged_on_what_is_held_out);
    tcase_add_test(tests, a_choice_sets_what_was_tuned);
}

Suite *plan_suite(void)
{
    Suite *all = suite_create("plan");
    TCase *tests = tcase_create("plan");

    find_suites();
    tcase_add_test(tests, suites_are_found);
    tcase_add_checked_fixture(tests, open_arena, close_arena);
    add_cell_tests(tests);
    suite_add_tcase(all, tests);
    return all;
}
