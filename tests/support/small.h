/* The smallest study that has neighbours: two cells of backprop, whose learner may stand
 * beside others. */
#ifndef TESTS_SUPPORT_SMALL_H
#define TESTS_SUPPORT_SMALL_H

#include "tests/support/program.h"

static inline void write_small(const char *learners, const char *steps, const char *more)
{
    char text[2048];

    snprintf(text, sizeof text,
             "suite: small\nseeds: 1\ncheckpoint: 1 ms\n"
             "training: {batch: 16, steps: %s}\n"
             "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2}]\n"
             "learners:\n%s  - {learner: backprop, net: mlp-8}\n"
             "strategies: [none, {strategy: replay, buffer: 20}]\n"
             "report: {plots: [accuracy]}\n%s",
             steps, folder, learners, more);
    write_text("suite.yaml", text);
}

/* Until the file is there: a busy machine takes its time. */
static inline void await(const char *name)
{
    char path[2 * SAMPLE_PATH];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    for (int i = 0; access(path, F_OK) != 0; i++) {
        ck_assert_msg(i < 6000, "%s does not appear", path);
        pause_ms(10);
    }
}

/* A shell command in the test's folder, with the program as $bench. */
static inline int shell(const char *format, const char *value)
{
    char command[4096];
    int n = snprintf(command, sizeof command, "cd %s && bench=%s && ", folder,
                     getenv("BENCH_PROGRAM"));

    snprintf(command + n, sizeof command - (size_t)n, format, value, value);
    n = system(command);
    return WIFEXITED(n) ? WEXITSTATUS(n) : -1;
}

/* An undisturbed run, into whole/. */
static inline void run_whole(void)
{
    write_small("", "60", "");
    ck_assert_int_eq(bench("run suite.yaml --out whole --no-report"), 0);
}

/* The tables of a folder are those of whole/. */
static inline void assert_same_tables(const char *name)
{
    char results[128], accuracy[128];

    snprintf(results, sizeof results, "%s/results.csv", name);
    snprintf(accuracy, sizeof accuracy, "%s/accuracy.csv", name);
    assert_same("whole/results.csv", results);
    assert_same("whole/accuracy.csv", accuracy);
}

#endif
