/* What of a study is still to be trained, and how much work that is. */
#include <string.h>

#include "bench/study/scheduler.h"
#include "tests/support/program.h"

static struct study study;
static struct dataset_cache cache;
static struct queue queue;

static void make_queue(const char *streams)
{
    struct error err = {0};
    char text[2048], path[SAMPLE_PATH];

    snprintf(
        text, sizeof text,
        "suite: small\nseeds: 2\ntraining: {batch: 16, steps: 10}\nstreams:\n%s"
        "learners: [{learner: backprop, net: mlp-8}, {learner: backprop, net: mlp-16}]\n"
        "strategies: [none, joint]\n",
        streams);
    write_text("suite.yaml", text);
    snprintf(path, sizeof path, "%s/suite.yaml", folder);
    ck_assert_msg(study_open(&study, path, NULL, &err) == OK &&
                      queue_make(&queue, &study, NULL, &cache, &err) == OK,
                  "%s", err.text);
}

static void close_queue(void)
{
    dataset_cache_close(&cache);
    study_close(&study);
    tear_down();
}

static double training_of(int job)
{
    return queue.job[job].need.work - queue.job[job].need.scoring;
}

/* Ten steps in each task: four tasks are twice the work of two, with the same net, seeds
 * and strategies. Both streams are read by cells of several learners in turn. */
START_TEST(every_cell_has_the_work_of_its_own_stream)
{
    char streams[SAMPLE_PATH * 2];
    double training = 0, scoring = 0;

    snprintf(streams, sizeof streams,
             "  - {stream: split, id: two, dataset: {idx: %s/data}, tasks: 2}\n"
             "  - {stream: split, id: four, dataset: {idx: %s/data}, tasks: 4}\n",
             folder, folder);
    make_queue(streams);
    ck_assert_int_eq(queue.n, 2 * 2 * 2 * 2);
    for (int i = 0; i < 8; i++) {
        ck_assert_str_eq(queue.job[i].cell->stream_id, "two");
        ck_assert_str_eq(queue.job[i + 8].cell->stream_id, "four");
        ck_assert_double_gt(training_of(i), 0);
        ck_assert_double_eq(training_of(i + 8), 2 * training_of(i));
    }
    ck_assert_double_eq(queue.job[0].need.work, queue.job[1].need.work); /* seeds */
    ck_assert_double_gt(training_of(4), training_of(0)); /* the wider net */
    for (int i = 0; i < queue.n; i++) {
        training += training_of(i);
        scoring += queue.job[i].need.scoring;
    }
    ck_assert_double_eq(training, 3 * 4 * (training_of(0) + training_of(4)));
    ck_assert_double_eq_tol(queue_work(&queue), training + scoring, 1);
}
END_TEST

/* Cells that differ in outputs.test alone are one job, in which each is tested. */
START_TEST(cells_that_share_a_training_are_one_job)
{
    char streams[SAMPLE_PATH];

    snprintf(streams, sizeof streams,
             "  - {stream: split, dataset: {idx: %s/data}, tasks: 2, "
             "outputs: {test: [all, seen, task]}}\n",
             folder);
    make_queue(streams);
    ck_assert_int_eq(queue.n_cell, 3 * 2 * 2 * 2);
    ck_assert_int_eq(queue.n, 2 * 2 * 2);
    for (int i = 0; i < queue.n; i++)
        ck_assert_int_eq(plan_count_sharing(queue.job[i].cell), 3);
    ck_assert_double_gt(queue.job[0].need.scoring, 0);
    ck_assert_double_eq(queue.job[0].need.scoring, 3 * queue.job[0].need.evaluation);
}
END_TEST

/* Once for all scenarios, learners and seeds. */
START_TEST(what_is_doubtful_in_the_data_is_told_once)
{
    char streams[SAMPLE_PATH * 2];

    snprintf(streams, sizeof streams,
             "  - {stream: split, dataset: \"idx:%s/data + idx:%s/data\", tasks: 2, "
             "scenario: [class, task], outputs: {test: all}}\n",
             folder, folder);
    make_queue(streams);
    ck_assert_int_eq(queue.warnings.n, 1);
    ck_assert_ptr_eq(strstr(queue.warnings.text[0], "split: idx:"),
                     queue.warnings.text[0]);
}
END_TEST

/* The blocks of noprop-dt are 256 wide unless it is said, whatever its net; two layers of
 * 8 units and the output for 4 classes, of 64 pixels, have 64 x 8 + 8 + 8 x 8 + 8 +
 * 8 x 4 + 4. */
START_TEST(a_narrow_net_beside_a_wide_default_is_told)
{
    const char *const learner[] = {"{learner: noprop-dt, net: mlp-8-8}",
                                   "{learner: noprop-dt, net: mlp-8-8, width: 8}",
                                   "{learner: noprop-dt, net: mlp-400-8}",
                                   "{learner: backprop, net: mlp-8-8}"};
    struct error err = {0};
    char text[2048], path[SAMPLE_PATH];

    snprintf(text, sizeof text,
             "suite: s\nseeds: 1\ntraining: {batch: 16, steps: 10}\nstreams: [{stream: "
             "split, dataset: {idx: %s/data}, tasks: 2}]\nlearners: [%s]\n",
             folder, learner[_i]);
    write_text("suite.yaml", text);
    snprintf(path, sizeof path, "%s/suite.yaml", folder);
    ck_assert_msg(study_open(&study, path, NULL, &err) == OK &&
                      queue_make(&queue, &study, NULL, &cache, &err) == OK,
                  "%s", err.text);
    ck_assert_int_eq(queue.warnings.n, _i == 0);
    if (_i == 0)
        ck_assert_ptr_nonnull(strstr(queue.warnings.text[0], "noprop-dt: 'net: mlp-8-8' "
                                                             "leaves 'width' at 256"));
    if (_i == 3)
        ck_assert_int_eq(queue.job[0].need.parameters,
                         64 * 8 + 8 + 8 * 8 + 8 + 8 * 4 + 4);
}
END_TEST

START_TEST(globs_add_up_and_each_matches)
{
    static const char *const glob[] = {"*mlp-8/none/*", "*/joint/seed-2", "*/nobody/*"};
    struct error err = {0};
    char streams[SAMPLE_PATH];

    snprintf(streams, sizeof streams,
             "  - {stream: split, dataset: {idx: %s/data}, tasks: 2}\n", folder);
    make_queue(streams);
    ck_assert_int_eq(queue_make(&queue, &study, &(struct globs){glob, 2}, &cache, &err),
                     OK);
    ck_assert_int_eq(queue.n_cell, 2 + 2);
    ck_assert_int_eq(queue_make(&queue, &study, &(struct globs){glob, 3}, &cache, &err),
                     ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "--only '*/nobody/*'"));
}
END_TEST

START_TEST(the_longest_begin_first)
{
    char streams[SAMPLE_PATH * 2];
    const struct job *last = NULL, *job;
    int n = 0;

    snprintf(streams, sizeof streams,
             "  - {stream: split, id: two, dataset: {idx: %s/data}, tasks: 2}\n"
             "  - {stream: split, id: four, dataset: {idx: %s/data}, tasks: 4}\n",
             folder, folder);
    make_queue(streams);
    for (; (job = queue_next(&queue)); last = job, n++) {
        if (n == 0)
            ck_assert_str_eq(job->cell->id, "four.class/backprop-mlp-16/none/seed-1");
        else
            ck_assert(job->need.work < last->need.work ||
                      (job->need.work <= last->need.work && job > last));
    }
    ck_assert_int_eq(n, queue.n);
    ck_assert_ptr_null(queue_next(&queue));
}
END_TEST

/* Of a strategy that looks at the learner, every pair: mas takes no batch norm. Of the
 * others neither with every learner; what one of them refuses is found all the same. */
START_TEST(what_does_not_fit_is_found_before_training)
{
    static const char *const suites[] = {
        "learners: [{learner: backprop, net: mlp-8}, {learner: backprop, id: norm, net: "
        "[dense 8, batchnorm, relu]}]\nstrategies: [none, joint, mas]\n",
        "learners: [{learner: backprop, net: mlp-8}, {learner: backprop, net: mlp-16}]\n"
        "strategies: [none, {strategy: replay, buffer: 2, policy: ring}]\n",
    };
    char text[2048], path[SAMPLE_PATH];
    struct error err = {0};

    snprintf(text, sizeof text,
             "suite: small\ntraining: {batch: 16, steps: 10}\nstreams:\n"
             "  - {stream: split, dataset: {idx: %s/data}, tasks: 2}\n%s",
             folder, suites[_i]);
    write_text("suite.yaml", text);
    snprintf(path, sizeof path, "%s/suite.yaml", folder);
    ck_assert_msg(study_open(&study, path, NULL, &err) == OK, "%s", err.text);
    ck_assert_int_ne(queue_make(&queue, &study, NULL, &cache, &err), OK);
    ck_assert_ptr_nonnull(
        strstr(err.text, _i == 0 ? "mas" : "a ring of 2 images is too small"));
}
END_TEST

/* The oracle is what a training of the cell takes: peak_bytes, and the pages that its process
 * had at most. */
START_TEST(memory_is_estimated)
{
    char streams[SAMPLE_PATH], path[SAMPLE_PATH];
    struct error err = {0};
    bool stopped;

    snprintf(streams, sizeof streams,
             "  - {stream: split, dataset: {idx: %s/data}, tasks: 2}\n", folder);
    make_queue(streams);
    snprintf(path, sizeof path, "%s/out", folder);
    ck_assert_int_eq(folder_name(&study.folder, path, &err), OK);
    ck_assert_int_eq(scheduler_run(&study, &queue,
                                   &(struct scheduler_options){.quiet = true}, &stopped,
                                   &err),
                     OK);
    for (int i = 0; i < queue.n; i++) {
        const struct outcome *o = &study.outcome[queue.job[i].cell - study.plan.cell];
        double bytes = queue.job[i].need.bytes;

        ck_assert(study.there[queue.job[i].cell - study.plan.cell]);
        ck_assert_double_ge(bytes, (double)o->cost.peak.total);
        ck_assert_double_le(bytes, 2 * (double)o->timing.peak_rss);
    }
}
END_TEST

/* Two large jobs and a small one: the large ones may meet. */
START_TEST(jobs_that_fit_into_memory)
{
    struct job job[3] = {{.need.bytes = 100}, {.need.bytes = 1000}, {.need.bytes = 900}};
    struct queue three = {.job = job, .n = 3};

    ck_assert_int_eq(queue_fitting(&three, 3, 2000), 3);
    ck_assert_int_eq(queue_fitting(&three, 3, 1999), 2);
    ck_assert_int_eq(queue_fitting(&three, 2, 2000), 2);
    ck_assert_int_eq(queue_fitting(&three, 3, 1900), 2);
    ck_assert_int_eq(queue_fitting(&three, 3, 1899), 1);
    ck_assert_int_eq(queue_fitting(&three, 3, 10), 1);
    ck_assert_int_eq(queue_fitting(&three, 8, 1e9), 8);
}
END_TEST

Suite *queue_suite(void)
{
    Suite *suite = suite_create("queue");
    TCase *tcase = tcase_create("queue");

    tcase_add_checked_fixture(tcase, set_up, close_queue);
    tcase_add_test(tcase, every_cell_has_the_work_of_its_own_stream);
    tcase_add_test(tcase, cells_that_share_a_training_are_one_job);
    tcase_add_test(tcase, what_is_doubtful_in_the_data_is_told_once);
    tcase_add_loop_test(tcase, a_narrow_net_beside_a_wide_default_is_told, 0, 4);
    tcase_add_test(tcase, globs_add_up_and_each_matches);
    tcase_add_test(tcase, the_longest_begin_first);
    tcase_add_loop_test(tcase, what_does_not_fit_is_found_before_training, 0, 2);
    tcase_add_test(tcase, memory_is_estimated);
    tcase_add_test(tcase, jobs_that_fit_into_memory);
    suite_add_tcase(suite, tcase);
    return suite;
}
