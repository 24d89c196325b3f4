/* docs/results.md names the columns of every result file, as the program writes them. */
#include "results/data/csv.h"
#include "tests/support/program.h"

enum { HEAD = 1024, N_FIELD = 64 };

static const char suite[] =
    "suite: columns\nseeds: 1\n"
    "training: {batch: 16, steps: 10}\n"
    "evaluation: {probe: ncm, trace: yes}\n"
    "tuning: {tasks: 1, validation: 0.2, seeds: [5]}\n"
    "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2}]\n"
    "learners: [{learner: noprop-dt, id: dt, net: mlp-8, width: 8, blocks: 2, "
    "lr: {tune: [0.01, 0.02]}}]\n";

#define CELL "cells/split.class/dt/none/seed-1/"

static const struct {
    const char *heading, *file;
} documented[] = {
    {"results.csv", "out/results.csv"},
    {"accuracy.csv", "out/accuracy.csv"},
    {"probe.csv", "out/probe.csv"},
    {"timing.csv", "out/timing.csv"},
    {"cells/CELL/loss.csv", "out/" CELL "loss.csv"},
    {"cells/CELL/stream.csv", "out/" CELL "stream.csv"},
    {"cells/CELL/trace.csv", "out/" CELL "trace.csv"},
    {"tuning.csv", "out/tuning.csv"},
    {"report/summary.csv", "out/report/summary.csv"},
};

enum { N_DOCUMENTED = sizeof documented / sizeof documented[0] };

/* The columns in the table below that heading: "step,task,loss". */
static void read_documented(const char *heading, char head[HEAD])
{
    FILE *in = fopen("docs/results.md", "r");
    char line[HEAD], title[HEAD], column[HEAD];
    bool here = false;

    ck_assert_ptr_nonnull(in);
    head[0] = '\0';
    while (fgets(line, sizeof line, in)) {
        if (sscanf(line, "## %s", title) == 1)
            here = strcmp(title, heading) == 0;
        else if (here && sscanf(line, "| `%[^`]`", column) == 1) {
            ck_assert_uint_lt(strlen(head) + strlen(column) + 1, HEAD);
            strcat(strcat(head, *head ? "," : ""), column);
        }
    }
    fclose(in);
}

/* The numbers in a file's column `task`, a bit each; 0 = there is no such column. */
static unsigned tasks_in(char *text)
{
    char *field[N_FIELD];
    int n = csv_split(&text, field, N_FIELD), column = 0;
    unsigned found = 0;

    while (column < n && strcmp(field[column], "task") != 0)
        column++;
    while (column < n && csv_split(&text, field, N_FIELD) > 0)
        found |= 1u << strtol(field[column], NULL, 10);
    return found;
}

static void run_everything(void)
{
    char text[2048];

    snprintf(text, sizeof text, suite, folder);
    write_text("suite.yaml", text);
    ck_assert_msg(bench("run suite.yaml --out out") == 0, "%s", content("printed"));
}

START_TEST(every_column_is_documented)
{
    run_everything();
    for (int i = 0; i < N_DOCUMENTED; i++) {
        char head[HEAD] = "", *written = content(documented[i].file);

        written[strcspn(written, "\n")] = '\0';
        read_documented(documented[i].heading, head);
        ck_assert_str_eq(head, written);
        free(written);
    }
}
END_TEST

START_TEST(tasks_are_counted_from_1)
{
    int n_file = 0;

    run_everything();
    for (int i = 0; i < N_DOCUMENTED; i++) {
        char *text = content(documented[i].file);
        unsigned tasks = tasks_in(text);

        ck_assert_msg(!tasks || tasks == (1u << 1 | 1u << 2), "%s: %#x",
                      documented[i].file, tasks);
        n_file += tasks != 0;
        free(text);
    }
    ck_assert_int_eq(n_file, 5); /* accuracy, probe, loss, stream, trace */
}
END_TEST

Suite *results_doc_suite(void)
{
    Suite *all = suite_create("results_doc");
    TCase *tests = tcase_create("results_doc");

    suite_add_tcase(all, tests);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, every_column_is_documented);
    tcase_add_test(tests, tasks_are_counted_from_1);
    return all;
}
