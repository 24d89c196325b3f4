/* Lines of a result against an option, and the trace of an inference read back. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "results/data/trace_file.h"
#include "results/plots/plot.h"
#include "results/plots/plot_data.h"
#include "results/plots/trend.h"
#include "tests/support/make_outcome.h"

enum { N_CELL = 9 };

static struct arena arena;
static struct outcome cells[N_CELL];
static struct grouping grouping;
static char trace_path[] = "/tmp/check_trend.XXXXXX";

static const char *settings(int blocks, int batch, const char *order, int seed)
{
    return arena_text(&arena,
                      "learner: noprop-dt\nlearner.blocks: %d\nlearner.order: %s\n"
                      "training.batch: %d\nseed.stream: %d\nseed.learner: %d",
                      blocks, order, batch, seed, seed);
}

static void make_cell(int i, const char *label, int blocks, int batch, const char *order,
                      int seed)
{
    const double R[] = {NAN, 0.1 * (i + 1)};

    cells[i] = make_outcome(R, 1, 1000, &arena);
    name_cell(&cells[i], "class", label, "none", seed);
    cells[i].context.settings = settings(blocks, batch, order, seed);
    cells[i].cost.peak.total = (size_t)blocks * MEBIBYTE;
}

/* Three depths of `a`, one with two seeds and one under another name; two of `b`,
 * too few for a line; and two more batch sizes of `a` at depth 2. */
static void make_cells(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 1 << 24, &err), OK);
    make_cell(0, "a-blocks4", 4, 32, "batch", 1);
    make_cell(1, "a-blocks2", 2, 32, "batch", 1);
    make_cell(2, "a-blocks2", 2, 32, "batch", 2);
    make_cell(3, "other", 16, 32, "batch", 1);
    make_cell(4, "b-blocks2", 2, 32, "task", 1);
    make_cell(5, "b-blocks4", 4, 32, "task", 1);
    make_cell(6, "a-batch8", 2, 8, "batch", 1);
    make_cell(7, "a-batch64", 2, 64, "batch", 1);
    make_cell(8, "failed", 64, 32, "batch", 1);
    cells[8].ending = END_MEMORY;
    ck_assert_int_eq(group_cells(&grouping, cells, N_CELL, &arena, &err), OK);
    ck_assert_int_eq(grouping.n, 1);
}

static void close_all(void)
{
    arena_close(&arena);
}

START_TEST(cells_that_differ_in_one_number_lie_on_a_line)
{
    static const double depth[] = {2, 4, 16}, batch[] = {8, 32, 64};
    struct trend trend[TREND_MOST];
    struct trend_lines lines;

    ck_assert_int_eq(trends_of(&grouping.section[0], trend, &arena), 2);
    ck_assert_str_eq(trend[0].name, "blocks");
    ck_assert_str_eq(trend[1].name, "batch");
    lines = trend_lines(&grouping.section[0], &trend[0], &arena);
    ck_assert_int_eq(lines.n, 1);
    ck_assert_str_eq(lines.line[0].label, "a");
    ck_assert_int_eq(lines.line[0].n, 3);
    for (int i = 0; i < 3; i++)
        ck_assert(lines.line[0].point[i].x == depth[i]);
    ck_assert_int_eq(lines.line[0].point[0].group->n, 2);
    lines = trend_lines(&grouping.section[0], &trend[1], &arena);
    ck_assert_int_eq(lines.n, 1);
    ck_assert_str_eq(lines.line[0].label, "a-blocks2");
    for (int i = 0; i < 3; i++)
        ck_assert(lines.line[0].point[i].x == batch[i]);
}
END_TEST

/* A list of one option gives names that end in its value alone. */
START_TEST(names_that_end_in_a_value_lose_it)
{
    static const int blocks[] = {1, 2, 10};
    struct trend trend[TREND_MOST];
    struct error err = {0};

    for (int i = 0; i < 3; i++)
        make_cell(i, arena_text(&arena, "dt-1x-%d", blocks[i]), blocks[i], 32, "batch",
                  1);
    ck_assert_int_eq(group_cells(&grouping, cells, 3, &arena, &err), OK);
    ck_assert_int_eq(trends_of(&grouping.section[0], trend, &arena), 1);
    ck_assert_str_eq(trend_lines(&grouping.section[0], trend, &arena).line[0].label,
                     "dt-1x");
}
END_TEST

/* What is not known of a cell makes no line. */
START_TEST(cells_without_settings_have_no_trend)
{
    struct trend trend[TREND_MOST];

    for (int i = 0; i < N_CELL; i++)
        cells[i].context.settings = NULL;
    ck_assert_int_eq(trends_of(&grouping.section[0], trend, &arena), 0);
}
END_TEST

static char *drawn(bool (*plot)(struct plot_data *plot_data), struct plot_data *plot_data)
{
    char *text = NULL;
    size_t n = 0;

    plot_data->data = open_memstream(&text, &n);
    ck_assert(plot(plot_data));
    fclose(plot_data->data);
    return text;
}

/* Beside the peak: gradient, activations and scratch of 640 bytes each. */
START_TEST(memory_against_blocks_by_hand)
{
    struct trend trend[TREND_MOST];
    struct plot_data plot_data = {.section = &grouping.section[0], .arena = &arena};
    char *text;

    trends_of(&grouping.section[0], trend, &arena);
    plot_data.trend = &trend[0];
    text = drawn(plot_memory_trend, &plot_data);
    ck_assert_str_eq(text, "2 2 2 2 0.00183105469\n4 4 4 4 0.00183105469\n"
                           "16 16 16 16 0.00183105469\n\n\n");
    free(text);
    text = drawn(plot_accuracy_trend, &plot_data);
    ck_assert_ptr_nonnull(strstr(text, "\n4 10 10 10 NaN\n16 40 40 40 NaN\n"));
    free(text);
}
END_TEST

/* Seed 1 takes 8, 4, 2 s with 1, 2, 4 threads, seed 2 9, 6 and, not finished, nothing:
 * twice and 1.5 times as fast with two threads, four times with four. */
START_TEST(speedup_by_threads_by_hand)
{
    static const double taken[] = {8, 4, 2, 9, 6};
    struct trend trend[TREND_MOST];
    struct plot_data plot_data = {.arena = &arena};
    struct error failure = {0};
    char *text;

    for (int i = 0; i < 5; i++) {
        const double R[] = {NAN, 0.5};
        int threads = 1 << i % 3, seed = 1 + i / 3;

        cells[i] = make_outcome(R, 1, 1000, &arena);
        name_cell(&cells[i], "class", arena_text(&arena, "a-threads%d", threads), "none",
                  seed);
        cells[i].context.settings =
            arena_text(&arena, "training.threads: %d\nseed.stream: %d\nseed.learner: %d",
                       threads, seed, seed);
        cells[i].timing.train_seconds = taken[i];
    }
    ck_assert_int_eq(group_cells(&grouping, cells, 5, &arena, &failure), OK);
    plot_data.section = &grouping.section[0];
    ck_assert_int_eq(trends_of(plot_data.section, trend, &arena), 1);
    plot_data.trend = &trend[0];
    text = drawn(plot_speedup_trend, &plot_data);
    ck_assert_str_eq(text, "1 1 1 1 NaN\n2 1.75 1.75 1.75 NaN\n4 4 4 4 NaN\n\n\n");
    free(text);
}
END_TEST

/* ---------------------------------------------------------------- traces */

static void write_trace(const char *lines)
{
    FILE *out;

    strcpy(trace_path + strlen(trace_path) - 6, "XXXXXX");
    out = fdopen(mkstemp(trace_path), "w");
    ck_assert_ptr_nonnull(out);
    fprintf(out, "task,what,at,loss,hits,total\n%s", lines);
    fclose(out);
}

/* Two tasks are added up: (0.5 x 100 + 0.9 x 300) / 400 = 0.8. */
START_TEST(a_trace_is_read_back)
{
    struct trace_file traced;
    struct error err = {0};

    write_trace(
        "1,chain,1,0.5,50,100\n1,head quiet,10,,9,100\n2,chain,1,0.9,70,300,0.5\n");
    ck_assert_int_eq(trace_file_load(&traced, trace_path, &arena, &err), OK);
    ck_assert_int_eq(traced.n, 2);
    ck_assert_double_eq_tol(traced.row[0].loss / traced.row[0].total, 0.8, 1e-12);
    ck_assert(traced.row[0].hits == 120 && traced.row[0].total == 400);
    ck_assert_ptr_eq(trace_file_find(&traced, "head quiet", 10), &traced.row[1]);
    ck_assert(isnan(traced.row[1].loss));
    ck_assert_ptr_null(trace_file_find(&traced, "chain", 2));
    unlink(trace_path);
}
END_TEST

START_TEST(a_damaged_trace_is_named)
{
    struct trace_file traced;
    struct error err = {0};

    write_trace("1,chain,1,0.5,50,100\n1,chain,two,0.5,50,100\n");
    ck_assert_int_eq(trace_file_load(&traced, trace_path, &arena, &err), ERR_RESULT);
    ck_assert_ptr_nonnull(strstr(err.text, ":3: this is not a line of a trace"));
    unlink(trace_path);
}
END_TEST

/* Accuracy of the chain and the loss of `given`, whose accuracy is not shown; a decision
 * at the end alone is no line. */
START_TEST(data_of_the_trace_plot_by_hand)
{
    struct plot_data plot_data = {.section = &grouping.section[0], .arena = &arena};
    char *text;

    write_trace("1,chain,1,0.5,50,100\n1,chain,2,0.4,60,100\n1,head,2,,60,100\n"
                "1,given,1,0.25,99,100\n1,given,2,0.125,99,100\n");
    cells[3].context.trace = trace_path;
    text = drawn(plot_trace, &plot_data);
    ck_assert_str_eq(text, "1 50\n2 60\n\n\n1 0.25\n2 0.125\n\n\n");
    ck_assert_str_eq(plot_data.argument[4], "\"other\"");
    free(text);
    cells[3].context.trace = NULL;
    plot_data.data = fopen("/dev/null", "w");
    ck_assert(!plot_trace(&plot_data));
    fclose(plot_data.data);
    unlink(trace_path);
}
END_TEST

Suite *trend_suite(void)
{
    Suite *suite = suite_create("trend");
    TCase *tcase = tcase_create("trend");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, make_cells, close_all);
    tcase_add_test(tcase, cells_that_differ_in_one_number_lie_on_a_line);
    tcase_add_test(tcase, names_that_end_in_a_value_lose_it);
    tcase_add_test(tcase, cells_without_settings_have_no_trend);
    tcase_add_test(tcase, memory_against_blocks_by_hand);
    tcase_add_test(tcase, speedup_by_threads_by_hand);
    tcase_add_test(tcase, a_trace_is_read_back);
    tcase_add_test(tcase, a_damaged_trace_is_named);
    tcase_add_test(tcase, data_of_the_trace_plot_by_hand);
    return suite;
}
