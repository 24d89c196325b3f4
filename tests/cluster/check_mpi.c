/* bench run under mpirun, with and without a folder that all ranks see. */
#include <dirent.h>

#include "core/base/ranks.h"
#include "tests/cluster/cluster.h"

static const char *const folders[] = {"", "--no-shared-folder"};

static pid_t start_ranks(int n, const char *more)
{
    char line[1024];

    snprintf(line, sizeof line,
             "exec mpirun -n %d $BENCH run s.yaml --out out --no-report %s", n, more);
    return start_line(line);
}

static void set_up_ranks(void)
{
    setenv("OMPI_ALLOW_RUN_AS_ROOT", "1", 1);
    setenv("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM", "1", 1);
    setenv("OMPI_MCA_rmaps_base_oversubscribe", "1", 1);
    set_up();
}

START_TEST(ranks_end_in_the_same_bytes)
{
    write_study(200);
    ck_assert_int_eq(finish(start_ranks(3, folders[_i])), 0);
    ck_assert(holds("printed", "1 at a time on each of 3 ranks"));
    ck_assert_int_eq(count_logs("ends: ok"), CELLS);
    assert_as_alone();
}
END_TEST

/* A child of the process; 0 = it has none. */
static pid_t child_of(pid_t parent, int which)
{
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    pid_t found = 0;

    while (!found && (entry = readdir(processes))) {
        char path[300], name[64];
        long pid, of = -1;
        FILE *in;

        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        in = entry->d_name[0] >= '0' && entry->d_name[0] <= '9' ? fopen(path, "r") : NULL;
        if (!in)
            continue;
        if (fscanf(in, "%ld %63s %*c %ld", &pid, name, &of) == 3 && of == parent &&
            which-- == 0)
            found = (pid_t)pid;
        fclose(in);
    }
    closedir(processes);
    return found;
}

/* As srun does where a job is cancelled. The next run goes on from the checkpoints, which
 * came to rank 0. */
START_TEST(interrupted_and_resumed)
{
    pid_t run;

    write_study(20000);
    run = start_ranks(2, folders[_i]);
    wait_for_cells(2);
    pause_ms(300);
    kill(child_of(run, 0), SIGTERM);
    kill(child_of(run, 1), SIGTERM);
    ck_assert_int_ne(finish(run), 0);
    ck_assert(holds("printed", "interrupted; what was done is kept"));
    ck_assert_int_lt(count_logs("ends: ok"), CELLS);
    ck_assert_int_ge(count_logs("stops: interrupted"), 1);
    ck_assert_int_eq(finish(start_ranks(2, folders[_i])), 0);
    ck_assert_int_ge(count_logs("goes on from a checkpoint"), 1);
    assert_as_alone();
}
END_TEST

/* mpirun waits a second, passes the signal on, waits another one, and kills. */
START_TEST(mpirun_is_interrupted)
{
    pid_t run;

    write_study(20000);
    run = start_ranks(2, folders[_i]);
    wait_for_cells(2);
    kill(run, SIGTERM);
    ck_assert_int_ne(finish(run), 0);
    ck_assert_int_eq(finish(start_ranks(2, folders[_i])), 0);
    assert_as_alone();
}
END_TEST

START_TEST(a_cell_that_crashes_is_tried_once_more_on_another_rank)
{
    pid_t run, worker = 0;

    write_study(20000);
    run = start_ranks(2, folders[_i]);
    wait_for_cells(2);
    for (int i = 0; i < 1000 && !worker; i++, pause_ms(10))
        worker = child_of(child_of(run, 1), 0);
    ck_assert_int_gt(worker, 1);
    kill(worker, SIGKILL);
    ck_assert_int_eq(finish(run), 0);
    ck_assert(holds("printed", "it is tried once more on another"));
    assert_as_alone();
}
END_TEST

/* As mpirun --enable-recovery. Two ranks live on; the process of the one that dies ends with
 * it. */
START_TEST(a_rank_that_dies_is_done_without)
{
    pid_t run;

    write_study(20000);
    setenv("OMPI_MCA_orte_enable_recovery", "1", 1);
    run = start_ranks(3, "--no-shared-folder");
    unsetenv("OMPI_MCA_orte_enable_recovery");
    wait_for_cells(3);
    kill(child_of(run, 1), SIGKILL);
    ck_assert_int_eq(finish(run), 0);
    ck_assert(holds("printed", "rank 1 has died"));
    ck_assert(holds("printed", "it is tried once more on another"));
    assert_as_alone();
}
END_TEST

/* The choice is the leader's: others do not see its candidates. */
START_TEST(a_suite_that_tunes)
{
    char text[2048];

    snprintf(text, sizeof text,
             "suite: s\nseeds: 2\ntraining: {batch: 16, steps: 20}\n"
             "tuning: {tasks: 1, seeds: 1}\nstreams:\n"
             "  - {stream: split, dataset: {idx: %s/data}, tasks: 2, scenario: class, "
             "validation: 0.2}\n"
             "learners: [{learner: backprop, net: mlp-8, lr: {tune: [0.001, 0.1]}}]\n",
             folder);
    write_text("s.yaml", text);
    ck_assert_int_eq(finish(start_ranks(2, folders[_i])), 0);
    assert_as_alone();
    assert_same("alone/tuning.csv", "out/tuning.csv");
}
END_TEST

/* All ranks see it, and one says it. */
START_TEST(an_error_is_told_once)
{
    char *printed, *first;

    write_text("s.yaml", "suite: s\nnonsense: 1\n");
    ck_assert_int_ne(finish(start_ranks(3, "")), 0);
    printed = content("printed");
    first = strstr(printed, "has no key");
    ck_assert_ptr_nonnull(first);
    ck_assert_ptr_null(strstr(first + 1, "has no key"));
    free(printed);
}
END_TEST

START_TEST(the_version_names_mpi)
{
    ck_assert_int_eq(bench("--version"), 0);
    ck_assert(holds("printed", "MPI v"));
}
END_TEST

Suite *mpi_suite(void)
{
    Suite *suite = suite_create("mpi");
    TCase *tcase;
    int first = is_sanitized(); /* then --no-shared-folder alone, which does more */

    if (!needs_program("mpirun") ||
        !needs(ranks_library() != NULL, "the program was built without MPI"))
        return suite;
    tcase = tcase_create("mpi");
    tcase_set_timeout(tcase, 200);
    tcase_add_checked_fixture(tcase, set_up_ranks, tear_down);
    tcase_add_loop_test(tcase, ranks_end_in_the_same_bytes, first, 2);
    tcase_add_loop_test(tcase, interrupted_and_resumed, first, 2);
    tcase_add_loop_test(tcase, mpirun_is_interrupted, first, 2);
    tcase_add_loop_test(tcase, a_cell_that_crashes_is_tried_once_more_on_another_rank,
                        first, 2);
    tcase_add_test(tcase, a_rank_that_dies_is_done_without);
    tcase_add_loop_test(tcase, a_suite_that_tunes, first, 2);
    tcase_add_test(tcase, an_error_is_told_once);
    tcase_add_test(tcase, the_version_names_mpi);
    suite_add_tcase(suite, tcase);
    return suite;
}
