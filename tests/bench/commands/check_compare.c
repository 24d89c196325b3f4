/* bench compare: what differs between the sides of a pair, and equivalence. */
#include "bench/commands/compare_settings.h"
#include "tests/support/program.h"

/* ---------------------------------------------------------------- two settings */

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

#define BACKPROP              "learner: backprop\nlearner.net: mlp-8\n"
#define SETTLING              "learner: predictive-coding\nlearner.net: mlp-8\nlearner.steps: 4\n"
#define NONE                  "strategy: none\n"
#define EPOCHS                "training.steps: 0\ntraining.epochs: 1\n"
#define STEPS                 "training.steps: 40\ntraining.epochs: 0\n"
#define SEED                  "seed.stream: 1\nseed.learner: 1\n"
#define START                 "learner.init: he\nlearner.optimizer: adam\nlearner.lr: 0.001\n"
#define ASSERT_OF(a, b, text) ck_assert_str_eq(compare_settings(a, b, &arena), text)

/* What 'bench list' says: where the lines leave init and lr out, they are uniform-fan-in
 * and 0.001 for backprop, xavier and 0.0003 for predictive-coding, whose error is softmax
 * and whose gamma is 0.1. */
START_TEST(defaults_count_by_their_value)
{
    ASSERT_OF(BACKPROP "learner.optimizer: adam\n" NONE, SETTLING NONE,
              "differ in the rule, and in: init (uniform-fan-in | xavier), "
              "lr (0.001 | 0.0003)\n"
              "only A: recompute 1\n"
              "only B: steps 4, gamma 0.1, update step, error softmax");
}
END_TEST

START_TEST(equal_options_are_not_told)
{
    ASSERT_OF(BACKPROP START NONE SEED, BACKPROP START NONE "seed.stream: 2\n",
              "differ in nothing");
    ASSERT_OF(BACKPROP START NONE, SETTLING START NONE,
              "differ in nothing but the rule\nonly A: recompute 1\n"
              "only B: steps 4, gamma 0.1, update step, error softmax");
    ASSERT_OF(BACKPROP START NONE EPOCHS, BACKPROP START NONE STEPS,
              "differ in: training.steps (- | 40), training.epochs (1 | -)");
    ASSERT_OF(BACKPROP START NONE, BACKPROP START NONE "tuned: yes\n",
              "differ in: tuned (no | yes)");
}
END_TEST

/* NoProp-DT has too many options of its own to list those at their defaults. */
START_TEST(of_many_options_those_off_their_default)
{
    const char *rest = "learner.optimizer: adam\nlearner.weight_decay: 0\n" START NONE;
    const char *a = arena_text(&arena, BACKPROP "%s", rest);
    const char *b =
        arena_text(&arena, "learner: noprop-dt\nlearner.net: mlp-8\n%s", rest);
    const char *text = compare_settings(a, b, &arena);
    int n;

    ck_assert_int_eq(sscanf(text,
                            "differ in nothing but the rule\nonly A: recompute 1\n"
                            "only B: %d options",
                            &n),
                     1);
    ck_assert_int_gt(n, 10);
    ck_assert_ptr_nonnull(strstr(text, " options, all at the default"));
    ASSERT_OF(arena_text(&arena, "%slearner.blocks: 3\n", b), a,
              arena_text(&arena,
                         "differ in nothing but the rule\n"
                         "only A: blocks 3 (%d more at the default)\n"
                         "only B: recompute 1",
                         n - 1));
}
END_TEST

/* ---------------------------------------------------------------- rows made by hand */

struct made {
    struct outcome outcome[2];
    const struct outcome *ok[2];
    struct group group[2];
    struct section section;
};

static struct pair make_row(struct made *made, const char *stream, const char *settings_b,
                            double flops_b)
{
    const char *settings[2] = {BACKPROP START NONE, settings_b};

    made->section.name = stream;
    for (int i = 0; i < 2; i++) {
        made->outcome[i] = (struct outcome){.id.seed = "1",
                                            .context.settings = settings[i],
                                            .cost.parameters = i ? 105 : 100};
        made->ok[i] = &made->outcome[i];
        made->group[i] =
            (struct group){.ok = &made->ok[i], .n = 1, .flops.mean = i ? flops_b : 100};
    }
    return (struct pair){.section = &made->section,
                         .a = &made->group[0],
                         .b = &made->group[1],
                         .name_a = "one",
                         .name_b = "other"};
}

static void assert_prints(struct pair *row, int n, const char *text)
{
    struct pairs rows = {.arena = &arena, .pair = row, .n = n};
    char *printed = NULL;
    size_t size;
    FILE *out = open_memstream(&printed, &size);

    ck_assert_ptr_nonnull(out);
    compare_print_differences(&rows, out);
    fclose(out);
    ck_assert_str_eq(printed, text);
    free(printed);
}

/* The rows of two metrics follow each other; streams of the same text are one. */
START_TEST(streams_are_told_apart_where_they_differ)
{
    const char *near = BACKPROP START "learner.momentum: 0.5\n" NONE;
    const char *far = BACKPROP START "learner.momentum: 0.9\n" NONE;
    struct made made[3];
    struct pair row[6];

    for (int i = 0; i < 6; i++)
        row[i] = make_row(&made[i / 2], i < 2 ? "s" : i < 4 ? "t" : "u", near, 109);
    assert_prints(row, 6, "\nA = one, B = other\n  differ in: momentum (0 | 0.5)\n");
    for (int i = 2; i < 4; i++)
        row[i] = make_row(&made[1], "t", far, 109);
    assert_prints(row, 6,
                  "\nA = one, B = other\n  s, u\n    differ in: momentum (0 | 0.5)\n"
                  "  t\n    differ in: momentum (0 | 0.9)\n");
}
END_TEST

START_TEST(costs_more_than_a_tenth_apart)
{
    const char *same = BACKPROP START NONE;
    struct made made[2];
    struct pair row[2] = {make_row(&made[0], "s", same, 250),
                          make_row(&made[1], "t", same, 300)};

    assert_prints(row, 1,
                  "\nA = one, B = other\n  differ in nothing\n"
                  "  B takes 2.5 times the training FLOPs of A\n");
    assert_prints(row, 2,
                  "\nA = one, B = other\n  differ in nothing\n"
                  "  B takes 2.5 to 3 times the training FLOPs of A\n");
    made[0].outcome[0].cost.parameters = 210; /* 210 / 105 */
    assert_prints(row, 1,
                  "\nA = one, B = other\n  differ in nothing\n"
                  "  A has 2 times the parameters of B\n"
                  "  B takes 2.5 times the training FLOPs of A\n");
}
END_TEST

START_TEST(unknown_settings_are_called_so_once)
{
    struct made made[2];
    struct pair row[2] = {make_row(&made[0], "s", NULL, 100),
                          make_row(&made[1], "t", NULL, 200)};
    const char *unknown =
        "Settings are not known of a folder that holds results.csv alone, so check by "
        "hand\nthat the sides differ in nothing else; a suite.resolved.yaml kept beside "
        "it would show them.\n";

    assert_prints(row, 1, arena_text(&arena, "\n%s", unknown));
    assert_prints(row, 2,
                  arena_text(&arena,
                             "\nA = one, B = other\n"
                             "  B takes 1 to 2 times the training FLOPs of A\n%s",
                             unknown));
}
END_TEST

/* ---------------------------------------------------------------- the program */

/* Six seeds: the least p of two sides is 2/64, of one side 1/64. The twin ends the same:
 * adam has no use for momentum. */
static void run_suite(void)
{
    char text[2048];

    snprintf(text, sizeof text,
             "suite: small\nseeds: 6\ntraining: {batch: 16, steps: 40}\n"
             "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2, "
             "scenario: task}]\n"
             "learners:\n"
             "  - {learner: backprop, net: mlp-8, lr: 0.01}\n"
             "  - {learner: backprop, id: twin, net: mlp-8, lr: 0.01, momentum: 0.5}\n"
             "  - {learner: backprop, id: still, net: mlp-8, lr: 1e-12, init: he}\n"
             "  - {learner: predictive-coding, id: pc, net: mlp-8, steps: 4}\n"
             "strategies: [none, {strategy: replay, buffer: 20}]\n",
             folder);
    write_text("suite.yaml", text);
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
}

static void compare_holds(const char *arguments, const char *words)
{
    char command[512], *printed;

    snprintf(command, sizeof command, "compare %s --metric accuracy", arguments);
    ck_assert_int_eq(bench(command), 0);
    printed = content("printed");
    ck_assert_msg(strstr(printed, words), "'%s' is not in what compare %s prints:\n%s",
                  words, arguments, printed);
    free(printed);
}

static void tells_settings(void)
{
    compare_holds("out backprop/none still/none",
                  "A = backprop, B = still\n"
                  "  differ in: init (uniform-fan-in | he), lr (0.01 | 1e-12)\n");
    compare_holds("out backprop/none twin/none", "  differ in: momentum (0 | 0.5)\n");
    compare_holds("out out", "A = out: pc + replay, B = out\n  differ in nothing\n");
    compare_holds("out backprop/none pc/none",
                  "  differ in the rule, and in: init (uniform-fan-in | xavier), "
                  "lr (0.01 | 0.0003)\n"
                  "  only A: recompute 1\n"
                  "  only B: steps 4, gamma 0.1, update step, error softmax\n"
                  "  B takes ");
    compare_holds("out backprop/none backprop/replay",
                  "A = backprop, B = backprop + replay\n"
                  "  differ in nothing but the strategy\n  only B: buffer 20, ");
}

/* A table alone tells no settings; the suite beside it tells all. */
static void tells_settings_of_a_kept_table(void)
{
    char *table = content("out/results.csv"), *suite = content("out/suite.resolved.yaml");
    char *run, *kept;

    sample_folder(folder, "kept");
    write_text("kept/results.csv", table);
    compare_holds("kept backprop/none still/none", "\nSettings are not known");
    compare_holds("kept backprop/none pc/none", "  B takes ");
    write_text("kept/suite.resolved.yaml", suite);
    ck_assert_int_eq(bench("compare out none replay --margin 5"), 0);
    run = content("printed");
    ck_assert_int_eq(bench("compare kept none replay --margin 5"), 0);
    kept = content("printed");
    ck_assert_msg(strcmp(run, kept) == 0, "the suite beside the table is not used");
    ck_assert(!strstr(kept, "not known"));
    free(table);
    free(suite);
    free(run);
    free(kept);
}

/* The twins' differences are all 0, so each shifted by the margin is as far up as they
 * can be: 1/64, and 2/64 over the two rows. The one that stands still is some points off,
 * all seeds on one side: 2/64, over two rows 1/64 x 2 and more. */
static void tells_equivalence(void)
{
    write_text("family.txt", "split.task backprop/none twin/none\n"
                             "split.task backprop/replay twin/replay\n");
    compare_holds("out backprop/none twin/none --margin 5",
                  "0.0156    0.0156  equivalent within 5\n");
    compare_holds("out --pairs family.txt --margin 5",
                  "0.0156    0.0312  equivalent within 5\n");
    compare_holds("out backprop/none still/none --margin 1", "  different\n");
    compare_holds("out backprop/none still/none --margin 99",
                  "0.0156    0.0156  different, but within 99\n");
    write_text("family.txt", "split.task backprop/none twin/none\n"
                             "split.task backprop/replay twin/replay\n"
                             "split.task pc/none pc/replay\n"
                             "split.task backprop/none still/none\n");
    compare_holds("out --pairs family.txt --margin 5", "0.0156    0.0625  undecided\n");
    compare_holds("out --pairs family.txt --margin 5",
                  "with 6 pairs no p of equivalence can be below 0.01562: to reach 0.05 "
                  "takes at least 5 seeds,\nand 7 for the first of 4 rows after Holm\n");
    compare_holds("out backprop/none twin/none --margin 0.5", "equivalent within 0.5\n");
}

START_TEST(a_run_is_compared)
{
    static const char *const bad[] = {"x", "5x", "-1", "0", "101", "nan", "inf", "''"};
    char command[128];

    run_suite();
    tells_settings();
    tells_settings_of_a_kept_table();
    tells_equivalence();
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(command, sizeof command, "compare out none replay --margin=%s", bad[i]);
        assert_refused(command, "the margin is a number of points above 0 and at most "
                                "100, such as 5");
    }
    assert_refused("compare out none replay --margin -1", "--margin '-1': the margin");
    assert_refused("compare out none replay --margin", "--margin needs a value");
}
END_TEST

Suite *compare_suite(void)
{
    Suite *suite = suite_create("compare");
    TCase *texts = tcase_create("texts"), *runs = tcase_create("runs");

    tcase_add_checked_fixture(texts, open_arena, close_arena);
    tcase_add_test(texts, defaults_count_by_their_value);
    tcase_add_test(texts, equal_options_are_not_told);
    tcase_add_test(texts, of_many_options_those_off_their_default);
    tcase_add_test(texts, streams_are_told_apart_where_they_differ);
    tcase_add_test(texts, costs_more_than_a_tenth_apart);
    tcase_add_test(texts, unknown_settings_are_called_so_once);
    tcase_add_checked_fixture(runs, set_up, tear_down);
    tcase_set_timeout(runs, 300);
    tcase_add_test(runs, a_run_is_compared);
    suite_add_tcase(suite, texts);
    suite_add_tcase(suite, runs);
    return suite;
}
