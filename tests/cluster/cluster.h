/* What the tests of clusters share: a study that takes a second or two, and commands run in the
 * test's folder. The oracle is a run on this machine alone. */
#ifndef TESTS_CLUSTER_CLUSTER_H
#define TESTS_CLUSTER_CLUSTER_H

#include <unistd.h>

#include "tests/support/needs.h"
#include "tests/support/program.h"

enum { CELLS = 4 };

/* Steps of each task; a sanitizer makes them about four times as long. */
static inline void write_study(int steps)
{
    char text[2048];

    snprintf(
        text, sizeof text,
        "suite: s\nseeds: 1\ncheckpoint: 1 s\ntraining: {batch: 16, steps: %d}\n"
        "streams:\n"
        "  - {stream: split, dataset: {idx: %s/data}, tasks: 2, scenario: class}\n"
        "learners: [{learner: backprop, net: mlp-8}, {learner: backprop, net: mlp-16}]\n"
        "strategies: [none, joint]\n",
        is_sanitized() ? steps / 4 : steps, folder);
    write_text("s.yaml", text);
}

/* Starts a line of the shell in the test's folder; what it prints goes to "printed", and
 * $BENCH is the program. */
static inline pid_t start_line(const char *line)
{
    char command[4096];

    snprintf(command, sizeof command, "exec >printed 2>&1 </dev/null; %s", line);
    setenv("BENCH", getenv("BENCH_PROGRAM"), 1);
    return start_shell(command);
}

static inline int run_line(const char *line)
{
    return finish(start_line(line));
}

/* How many of the cells' log.txt have the words. */
static inline int count_logs(const char *words)
{
    char command[SAMPLE_PATH * 2], *text;
    int n;

    snprintf(command, sizeof command,
             "cd %s && grep -rl --include=log.txt '%s' out/cells 2>/dev/null | wc -l "
             ">counted",
             folder, words);
    ck_assert_int_eq(system(command), 0);
    text = content("counted");
    n = atoi(text);
    free(text);
    return n;
}

/* Until so many cells have begun, half a minute at most. */
static inline void wait_for_cells(int n)
{
    for (int i = 0; i < 600; i++) {
        char command[SAMPLE_PATH * 2];

        snprintf(
            command, sizeof command,
            "test $(find %s/out/cells -name settings.txt 2>/dev/null | wc -l) -ge %d",
            folder, n);
        if (system(command) == 0)
            return;
        pause_ms(50);
    }
    ck_abort_msg("no %d cells began: %s", n, content("printed"));
}

static inline void assert_as_alone(void)
{
    ck_assert_int_eq(bench("run s.yaml --out alone --no-report"), 0);
    assert_same("alone/results.csv", "out/results.csv");
    assert_same("alone/accuracy.csv", "out/accuracy.csv");
}

#endif
