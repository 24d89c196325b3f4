/* `bench parallel` under mpirun, beside `bench run`. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/ranks.h"
#include "tests/support/needs.h"
#include "tests/support/small.h"

static void write_suite(const char *learners, const char *strategy)
{
    char text[1024];

    snprintf(text, sizeof text,
             "suite: small\nseeds: 2\nevaluation: {every: 7 steps}\n"
             "training: {batch: 16, steps: 20}\n"
             "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2}]\n"
             "learners: [%s]\nstrategies: [%s]\n",
             folder, learners, strategy);
    write_text("suite.yaml", text);
}

/* As root, and with more ranks than cores; ranks of a build with sanitizers do not look for
 * leaks, of which MPI has some. */
static int together(const char *ranks, const char *arguments)
{
    char command[512];

    snprintf(command, sizeof command,
             "ASAN_OPTIONS=detect_leaks=0 OMPI_ALLOW_RUN_AS_ROOT=1 "
             "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 "
             "mpirun -n %s $bench parallel suite.yaml %s >printed 2>&1",
             ranks, arguments);
    return shell(command, "");
}

#define DT "{learner: noprop-dt, net: mlp-8, width: 8, blocks: 3}"

START_TEST(ranks_with_blocks_apart_end_in_the_bytes_of_one_process)
{
    static const char *const ranks[] = {"1", "2", "3"};
    char *printed;

    write_suite(DT, "none");
    ck_assert_int_eq(bench("run suite.yaml --out whole --no-report"), 0);
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(together(ranks[i], "--out apart"), 0);
        assert_same_tables("apart");
    }
    printed = content("printed");
    ck_assert_msg(strstr(printed, "/seed-1,pieces,3,40,") != NULL, "%s", printed);
    free(printed);
    ck_assert_int_eq(bench("run suite.yaml --out apart --no-report"), 0);
    ck_assert(holds("printed", "0 to run"));
}
END_TEST

/* Rank 1 has two of three blocks, and sends them at every test: at steps 7 and 14, at 20 where
 * the first task ends, at 21, 28, 35 and 40. The trunk, the width and the fusion of a block
 * have weights of 64 x 8, 8 x 8 and 16 x 8, and its other weights are fewer than these. */
START_TEST(nothing_is_sent_but_at_tests)
{
    char *printed, *at;
    long long messages = 0, bytes = 0;

    write_suite("{learner: noprop-dt, net: mlp-8, width: 8, blocks: 3, norm: none}",
                "none");
    ck_assert_int_eq(together("2", "--out apart --only '*seed-1'"), 0);
    printed = content("printed");
    at = strstr(printed, "seed-1,");
    ck_assert_msg(at != NULL, "%s", printed);
    ck_assert_int_eq(
        sscanf(at, "seed-1,pieces,2,40,%*f,%*f,%*f,%lld,%lld", &messages, &bytes), 2);
    ck_assert_int_eq(messages, 7);
    ck_assert_int_eq(bytes % (7 * 2 * (long long)sizeof(float)), 0);
    ck_assert_int_gt(bytes / messages / 2, 4 * (64 * 8 + 8 * 8 + 16 * 8));
    ck_assert_int_lt(bytes / messages / 2, 8 * (64 * 8 + 8 * 8 + 16 * 8));
    free(printed);
}
END_TEST

/* The accuracy that is printed at the end of a line. */
static double accuracy_of(int status)
{
    char *printed = content("printed"), *at = strstr(printed, "/seed-1,");
    double accuracy = NAN;

    ck_assert_msg(status == 0 && at != NULL, "%d: %s", status, printed);
    ck_assert_int_eq(
        sscanf(at, "/seed-1,%*[^,],%*d,%*d,%*f,%*f,%*f,%*d,%*d,%lf", &accuracy), 1);
    free(printed);
    return accuracy;
}

/* The mean of the gradients of equal parts is that of the whole batch: a rule that draws
 * nothing and has no batch norm learns the same but for rounding. In so few steps it has not
 * learnt all, so that other gradients would show. */
START_TEST(ranks_that_share_the_rows_learn_from_all_of_them)
{
    double one, four;

    write_suite("{learner: backprop, net: mlp-8, optimizer: sgd, lr: 0.05}", "none");
    one = accuracy_of(together("1", "--out apart"));
    ck_assert_double_gt(one, 0.3);
    ck_assert_double_lt(one, 0.95);
    four = accuracy_of(together("4", "--out other"));
    ck_assert_msg(fabs(one - four) < 0.02, "%g, in one process %g", four, one);
    ck_assert(holds("printed", "seed-1,rows,4,40"));
    ck_assert(!holds("other/results.csv", "seed-1")); /* it is not that experiment */
}
END_TEST

START_TEST(what_ranks_cannot_do_together_is_refused)
{
    write_suite(DT, "{strategy: replay, buffer: 20}");
    ck_assert_int_eq(together("2", ""), 2);
    ck_assert(holds("printed", "does not work in several processes"));
    write_suite(DT, "none");
    ck_assert_int_eq(together("4", ""), 2);
    ck_assert(holds("printed", "3 blocks cannot be trained in 4 processes"));
    write_suite("{learner: backprop, net: mlp-8}", "none");
    ck_assert_int_eq(together("3", ""), 2);
    ck_assert(holds("printed", "cannot be shared out evenly over 3"));
    write_suite("nearest-mean", "none");
    ck_assert_int_eq(together("2", ""), 2);
    ck_assert(holds("printed", "neither in pieces nor by rows"));
}
END_TEST

Suite *parallel_suite(void)
{
    Suite *suite = suite_create("parallel");
    TCase *tcase;

    if (!needs_program("mpirun") ||
        !needs(ranks_library() != NULL, "bench is built without MPI"))
        return suite;
    tcase = tcase_create("parallel");
    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, ranks_with_blocks_apart_end_in_the_bytes_of_one_process);
    tcase_add_test(tcase, nothing_is_sent_but_at_tests);
    tcase_add_test(tcase, ranks_that_share_the_rows_learn_from_all_of_them);
    tcase_add_test(tcase, what_ranks_cannot_do_together_is_refused);
    return suite;
}
