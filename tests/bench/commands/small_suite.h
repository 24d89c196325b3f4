/* Small suites for runs of the program, on the data set of tests/support/program.h. */
#ifndef TESTS_BENCH_COMMANDS_SMALL_SUITE_H
#define TESTS_BENCH_COMMANDS_SMALL_SUITE_H

#include "tests/support/program.h"

/* Two learners, three strategies, two seeds; `more` ends the file. */
static inline void write_suite(const char *name, const char *steps, const char *more)
{
    char text[2048];

    snprintf(text, sizeof text,
             "suite: %s\nseeds: 2\ncheckpoint: 1 ms\n"
             "training: {batch: 16, steps: %s}\n"
             "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2}]\n"
             "learners:\n  - {learner: backprop, net: \"dense 8, relu, dropout 0.1\"}\n"
             "  - {learner: noprop-dt, net: mlp-8, blocks: 2, width: 8}\n"
             "strategies: [none, {strategy: replay, buffer: 20}, joint]\n%s",
             name, steps, folder, more);
    write_text("suite.yaml", text);
}

/* The same training, scored with three masks of the outputs. */
static inline void write_twins(void)
{
    static const char twin_suite[] =
        "suite: twins\nseeds: 1\ncheckpoint: 1 ms\n"
        "training: {batch: 16, steps: 60}\nevaluation: {probe: ncm, every: 20 steps}\n"
        "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2, "
        "outputs: {train: all, test: [seen, task, all]}}]\n"
        "learners:\n  - {learner: backprop, net: mlp-8}\n"
        "  - {learner: noprop-dt, net: mlp-8, blocks: 2, width: 8}\n"
        "strategies: [none, {strategy: replay, buffer: 20}, joint]\n";
    char text[2048];

    snprintf(text, sizeof text, twin_suite, folder);
    write_text("suite.yaml", text);
}

static inline void assert_same_results(const char *a, const char *b)
{
    static const char *const tables[] = {"results.csv", "accuracy.csv", "probe.csv"};
    char left[64], right[64];

    for (int i = 0; i < 3; i++) {
        snprintf(left, sizeof left, "%s/%s", a, tables[i]);
        snprintf(right, sizeof right, "%s/%s", b, tables[i]);
        assert_same(left, right);
    }
}

#endif
