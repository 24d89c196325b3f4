/* A stream under a scenario: the tasks as a learner meets them.
 *
 * The stream says which rows belong to a task and which class each stands for; the
 * scenario decides what output a row has and which outputs compete for it, in training
 * and in scoring:
 *
 *   scenario   outputs          compete in training and scoring
 *   class      one per class    all (or `seen`, `task`, as outputs.train and .test say)
 *   task       one per class    those of the row's own task
 *   domain     one per position within the task, shared by all tasks */
#ifndef BENCH_DATA_SCENARIO_H
#define BENCH_DATA_SCENARIO_H

#include "bench/data/visits.h"
#include "core/plug/learner.h"
#include "core/plug/strategy.h"
#include "core/plug/stream.h"

struct scenario {
    const struct stream *stream;
    const void *self; /* the stream's state */
    const struct dataset *data;
    struct stream_setup setup;
    struct visits visits;
    int n_task, n_class, n_out, n_pixel;
    int *images;          /* n_task x n_out: training images of an output in a task */
    int class_rows;       /* the most of them */
    struct subset *train; /* n_task: training rows, as bench/data/subsample.h says */
    struct subset *test;  /* n_task: rows of `test_images` */
    const struct images *test_images; /* or training images held out for validation */
    int32_t *order; /* without boundaries: all training rows, counted through the tasks,
                       as bench/data/stream_order.h says; else NULL */
    struct range *range;       /* n_task: classes of each task */
    struct classes *competing; /* n_task: what competes in training, as of the last
                       experience */
    uint8_t *on;               /* n_task x n_out, behind competing */
    uint8_t *tested;           /* n_out, behind scenario_tested */
    float scale[3], shift[3];  /* pixel -> scale x pixel + shift, per channel */
};

/* Everything is taken from the arena, which holds data, not what a learner needs. */
enum status scenario_open(struct scenario *scenario, const struct stream *stream,
                          const void *options, const struct stream_setup *setup,
                          const struct dataset *data, uint64_t seed, struct arena *arena,
                          struct error *err);

/* What outputs.train or outputs.test is (of enum outputs): as chosen, else as the scenario
 * has it. */
int scenario_outputs(int chosen, int scenario);

/* Sets `competing` for an experience (n_task - 1 for joint training). */
void scenario_set_experience(struct scenario *scenario, int experience);

/* What competes when task t is tested after or during an experience (n_task - 1 for joint
 * training), as `outputs` (of outputs.test) says. Valid until the next call. */
struct classes scenario_tested(struct scenario *scenario, int outputs, int t,
                               int experience);

/* The output of a row of task t with that class. */
int32_t scenario_output(const struct scenario *scenario, int t, int32_t label);

/* Row i of a task's part: the image as the task shows it (pixel may be NULL) and its
 * output. */
void scenario_read(const struct scenario *scenario, int t, enum part part, int i,
                   uint8_t *pixel, int32_t *y);

/* Bytes to numbers, as `normalise` says: n images into the rows of x. */
void scenario_convert(const struct scenario *scenario, const uint8_t *pixel,
                      struct mat x);

/* Accuracy of guessing among what competes once all tasks are learnt, mean over tasks. */
double scenario_chance(struct scenario *scenario, int outputs);

#endif
