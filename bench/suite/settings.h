/* The settings that every cell has, whatever its stream, learner and strategy: the
 * sections of a suite file as structs, and the tables that read, check, print and
 * document them. */
#ifndef BENCH_SUITE_SETTINGS_H
#define BENCH_SUITE_SETTINGS_H

#include "core/base/param.h"
#include "tasks/formats/mapping.h"

enum scenario_kind { SCENARIO_CLASS, SCENARIO_TASK, SCENARIO_DOMAIN };
enum outputs { OUTPUTS_DEFAULT, OUTPUTS_TASK, OUTPUTS_SEEN, OUTPUTS_ALL };
enum judge { JUDGE_TEST, JUDGE_VALIDATION };
enum boundaries { BOUNDARIES_ANNOUNCED, BOUNDARIES_NONE };
enum normalise { NORMALISE_NONE, NORMALISE_UNIT, NORMALISE_PUBLISHED };
enum partial { PARTIAL_DROP, PARTIAL_KEEP };
enum trace_kind { TRACE_NO, TRACE_END, TRACE_EACH };
enum probe_kind { PROBE_NONE, PROBE_NCM };
enum incompatible { INCOMPATIBLE_REFUSE, INCOMPATIBLE_SKIP };
enum optimizer_state { OPTIMIZER_KEEP, OPTIMIZER_RESET };

/* Settings that every stream has; those of one stream are in its state struct. */
struct stream_setup {
    char dataset[PARAM_TEXT_MAX]; /* as dataset_load takes it: "mnist", "idx:DIR" */
    int scenario;
    int outputs_train, outputs_test; /* override the scenario */
    int normalise;
    struct dataset_form form;
    int first_tasks;             /* the stream ends after this many; 0 = all */
    char visits[PARAM_TEXT_MAX]; /* see bench/data/visits.h */
    int rounds;
    /* which rows, see bench/data/subsample.h */
    double validation; /* training images held out: a number, or a share below 1 */
    int judge;         /* on which images accuracy is measured */
    int per_task, test_per_task;               /* images, drawn per seed; 0 = all */
    double imbalance_classes, imbalance_tasks; /* most : fewest images; 1 = as they are */
    double label_noise;                        /* share of wrong training labels */
    /* how tasks follow each other, see bench/data/stream_order.h */
    int boundaries;
    double blur; /* tasks, 0 = sharp */
    /* training images, see bench/data/augment.h */
    int augment_crop; /* pixels */
    bool augment_flip;
};

struct training {
    int batch;
    int steps, epochs; /* per task; exactly one of them is not 0 */
    int last_partial_batch;
    int optimizer_state;
    int threads;
};

struct evaluating {
    int every; /* steps; 0 = when a task ends */
    bool future;
    int draws;
    int trace; /* enum trace_kind */
    int probe; /* enum probe_kind */
};

struct limits {
    size_t memory; /* bytes; 0 = none */
    double time;   /* seconds; 0 = none */
};

struct tuning_setup { /* how candidates are judged, see bench/study/tuning.h */
    int tasks;
    double validation; /* as of a stream */
};

extern const struct param stream_setup_table[], training_table[], evaluating_table[],
    limits_table[], tuning_table[];
extern const struct param checkpoint_table[];   /* one row: a double, seconds */
extern const struct param incompatible_table[]; /* one row: an enum incompatible */

const char *scenario_name(int scenario);

/* Whether the outputs of several tasks compete when a task is tested. */
bool stream_setup_competing(const struct stream_setup *setup);

/* ERR_SUITE for settings of a stream that contradict each other. */
enum status stream_setup_check(const struct stream_setup *setup, struct error *err);

/* Whether a choice of one row of training_table replaces that of the other: the same row,
 * or steps and epochs. */
bool training_replaces(const struct param *a, const struct param *b);

/* Sets one row of training_table; steps replace epochs and the other way round. */
enum status training_set(struct training *training, const struct param *row,
                         const char *text, struct error *err);

#endif
