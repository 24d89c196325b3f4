/* What a log gets of a cell that runs long. */
#include <stdio.h>
#include <unistd.h>

#include "bench/study/progress.h"
#include "core/base/clock.h"
#include "tests/support/program.h"

static struct worker_page page;
static struct cell cell = {.id = "stream/rule/none/seed-1"};

/* stderr of progress_draw goes to the file "said". */
static void draw(struct progress_view *view, struct worker *worker)
{
    char path[SAMPLE_PATH];
    int before = dup(STDERR_FILENO);

    snprintf(path, sizeof path, "%s/said", folder);
    ck_assert_ptr_nonnull(freopen(path, "w", stderr));
    progress_draw(view, worker, 1);
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
}

/* A quarter is done in 61 seconds, of which the first tenth was in a checkpoint: 15 % took
 * 61 seconds, and so 75 % take 305. */
static struct worker running(double seconds)
{
    page.live.n_step = 1000;
    page.live.first_step = 100;
    page.live.step = 250;
    page.live.n_task = 5;
    page.live.task = 1;
    page.live.accuracy = 7125;
    return (struct worker){
        .pid = 1, .cell = &cell, .page = &page, .started = clock_seconds() - seconds};
}

START_TEST(a_cell_that_runs_long_is_reported_once_a_minute)
{
    struct progress_view view = {.out = stdout, .reports = true};
    struct worker worker = running(61);

    draw(&view, &worker);
    ck_assert(holds("said", "stream/rule/none/seed-1  task 2/5  step 250/1000"));
    ck_assert(holds("said", "accuracy 71.2 %  about 6 min left"));
    draw(&view, &worker);
    ck_assert(!holds("said", "step"));
    worker.reported -= 61;
    draw(&view, &worker);
    ck_assert(holds("said", "step 250/1000"));
}
END_TEST

START_TEST(a_short_one_is_not_and_nothing_where_stderr_is_a_terminal)
{
    struct progress_view view = {.out = stdout, .reports = true};
    struct worker worker = running(59);

    draw(&view, &worker);
    ck_assert(!holds("said", "step"));
    view.reports = false;
    worker = running(100);
    draw(&view, &worker);
    ck_assert(!holds("said", "step"));
}
END_TEST

START_TEST(the_time_left_is_by_the_steps_of_this_process)
{
    struct worker worker = running(61);

    ck_assert_double_eq_tol(progress_cell_left(&worker), 305, 0.1);
}
END_TEST

Suite *progress_suite(void)
{
    Suite *suite = suite_create("progress");
    TCase *tcase = tcase_create("progress");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_cell_that_runs_long_is_reported_once_a_minute);
    tcase_add_test(tcase, a_short_one_is_not_and_nothing_where_stderr_is_a_terminal);
    tcase_add_test(tcase, the_time_left_is_by_the_steps_of_this_process);
    suite_add_tcase(suite, tcase);
    return suite;
}
