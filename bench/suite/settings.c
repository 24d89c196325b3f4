#include "bench/suite/settings.h"

#include <math.h>
#include <string.h>

#define SETUP(field)      offsetof(struct stream_setup, field)
#define TRAINING(field)   offsetof(struct training, field)
#define EVALUATING(field) offsetof(struct evaluating, field)
#define LIMITS(field)     offsetof(struct limits, field)
#define TUNING(field)     offsetof(struct tuning_setup, field)

static const char *const scenarios[] = {"class", "task", "domain", NULL};
static const char *const outputs[] = {"default", "task", "seen", "all", NULL};
static const char *const traces[] = {"no", "yes", "each", NULL};
static const char *const probes[] = {"none", "ncm", NULL};
static const char *const judges[] = {"test", "validation", NULL};
static const char *const boundaries[] = {"announced", "none", NULL};
static const char *const normalisations[] = {"none", "unit", "published", NULL};
static const char *const partials[] = {"drop", "keep", NULL};
static const char *const incompatibles[] = {"refuse", "skip", NULL};
static const char *const optimizer_states[] = {"keep", "reset", NULL};

const struct param stream_setup_table[] = {
    {.name = "dataset",
     .type = PARAM_TEXT,
     .offset = SETUP(dataset),
     .default_text = "",
     .help = "the images: a name of 'bench list datasets', {idx: DIR} or {cifar: DIR}; "
             "or several "
             "as one, 'mnist + fashion-mnist'"},
    {.name = "scenario",
     .type = PARAM_CHOICE,
     .offset = SETUP(scenario),
     .default_text = "class",
     .choices = scenarios,
     .help = "classes that compete: all, those of the image's task, or positions within "
             "a task"},
    {.name = "outputs.train",
     .type = PARAM_CHOICE,
     .offset = SETUP(outputs_train),
     .default_text = "default",
     .choices = outputs,
     .help = "classes that compete in training, instead of those the scenario says"},
    {.name = "outputs.test",
     .type = PARAM_CHOICE,
     .offset = SETUP(outputs_test),
     .default_text = "default",
     .choices = outputs,
     .help = "classes that compete in testing, instead of those the scenario says"},
    {.name = "normalise",
     .type = PARAM_CHOICE,
     .offset = SETUP(normalise),
     .default_text = "unit",
     .choices = normalisations,
     .help = "pixels as 0..255 (none), as 0..1 (unit), or by the published mean and std"},
    {.name = "pad",
     .type = PARAM_INT,
     .offset = SETUP(form.pad),
     .default_text = "0",
     .max = 1024,
     .help = "side in pixels to which zeros pad the image; 0 = as it is"},
    {.name = "transpose",
     .type = PARAM_BOOL,
     .offset = SETUP(form.transpose),
     .default_text = "no",
     .added_later = true,
     .help = "exchange the rows and columns of the images, which lie on their side in "
             "EMNIST"},
    {.name = "first_tasks",
     .type = PARAM_INT,
     .offset = SETUP(first_tasks),
     .default_text = "0",
     .max = 1e6,
     .help = "the stream ends after this many tasks; 0 = all"},
    {.name = "visits",
     .type = PARAM_TEXT,
     .offset = SETUP(visits),
     .default_text = "in order",
     .help = "the order in which tasks are trained: in order, each once, or numbers from "
             "1, which may come again: '1 2 1 3'",
     .added_later = true},
    {.name = "rounds",
     .type = PARAM_INT,
     .offset = SETUP(rounds),
     .default_text = "1",
     .min = 1,
     .max = 4096,
     .help = "how many times these visits are made, round after round",
     .added_later = true},
    {.name = "validation",
     .type = PARAM_NUMBER,
     .offset = SETUP(validation),
     .default_text = "0",
     .max = 1e9,
     .help =
         "training images held out, of each class in proportion: a number, or a share "
         "below 1"},
    {.name = "judge",
     .type = PARAM_CHOICE,
     .offset = SETUP(judge),
     .default_text = "test",
     .choices = judges,
     .help = "the images that accuracy is measured on: test, or those held out"},
    {.name = "per_task",
     .type = PARAM_INT,
     .offset = SETUP(per_task),
     .default_text = "0",
     .max = 1e9,
     .help = "training images per task, drawn for each seed; 0 = all"},
    {.name = "test_per_task",
     .type = PARAM_INT,
     .offset = SETUP(test_per_task),
     .default_text = "0",
     .max = 1e9,
     .help = "images per task that judge it, drawn for each seed; 0 = all"},
    {.name = "imbalance.classes",
     .type = PARAM_NUMBER,
     .offset = SETUP(imbalance_classes),
     .default_text = "1",
     .min = 1,
     .max = 1e6,
     .help = "images of the first class of the data set for each one of the last, "
             "exponential in between; 1 = as they are"},
    {.name = "imbalance.tasks",
     .type = PARAM_NUMBER,
     .offset = SETUP(imbalance_tasks),
     .default_text = "1",
     .min = 1,
     .max = 1e6,
     .help = "the same for the sizes of the first and the last task"},
    {.name = "label_noise",
     .type = PARAM_NUMBER,
     .offset = SETUP(label_noise),
     .default_text = "0",
     .max = 1,
     .help = "share of the training labels that are wrong: another class of the task"},
    {.name = "boundaries",
     .type = PARAM_CHOICE,
     .offset = SETUP(boundaries),
     .default_text = "announced",
     .choices = boundaries,
     .help = "none: one pass over one stream of images; no learner is told where a task "
             "ends, "
             "and accuracy is measured after equal shares of the stream",
     .added_later = true},
    {.name = "blur",
     .type = PARAM_NUMBER,
     .offset = SETUP(blur),
     .default_text = "0",
     .max = 1000,
     .help = "width, in tasks, of the transition from one task to the next, without "
             "boundaries; 0 = sharp",
     .added_later = true},
    {.name = "augment.crop",
     .type = PARAM_INT,
     .offset = SETUP(augment_crop),
     .default_text = "0",
     .max = 64,
     .help = "largest random shift of a training image in either direction, in pixels; 0 "
             "= none",
     .added_later = true},
    {.name = "augment.flip",
     .type = PARAM_BOOL,
     .offset = SETUP(augment_flip),
     .default_text = "no",
     .help = "training images are mirrored left to right, each with probability 1/2",
     .added_later = true},
    {.name = NULL},
};

const struct param training_table[] = {
    {.name = "batch",
     .type = PARAM_INT,
     .offset = TRAINING(batch),
     .default_text = "128",
     .min = 1,
     .max = 65536,
     .help = "images per step"},
    {.name = "steps",
     .type = PARAM_INT,
     .offset = TRAINING(steps),
     .default_text = "0",
     .min = 1,
     .max = 1e9,
     .help = "batches per task; replaces epochs"},
    {.name = "epochs",
     .type = PARAM_INT,
     .offset = TRAINING(epochs),
     .default_text = "1",
     .min = 1,
     .max = 1e6,
     .help = "passes over the images of a task; replaces steps"},
    {.name = "last_partial_batch",
     .type = PARAM_CHOICE,
     .offset = TRAINING(last_partial_batch),
     .default_text = "drop",
     .choices = partials,
     .help = "the last images of an epoch, where they do not fill a batch"},
    {.name = "optimizer_state",
     .type = PARAM_CHOICE,
     .offset = TRAINING(optimizer_state),
     .default_text = "keep",
     .choices = optimizer_states,
     .help = "the optimizer's moments when the next task begins"},
    {.name = "threads",
     .type = PARAM_INT,
     .offset = TRAINING(threads),
     .default_text = "1",
     .min = 1,
     .max = 256,
     .help = "threads of one cell"},
    {.name = NULL},
};

const struct param evaluating_table[] = {
    {.name = "every",
     .type = PARAM_STEPS,
     .offset = EVALUATING(every),
     .default_text = "task",
     .help = "when to test: after each task, or also within tasks (stability gap)"},
    {.name = "future",
     .type = PARAM_BOOL,
     .offset = EVALUATING(future),
     .default_text = "no",
     .help = "test the tasks not yet learnt too (forward transfer)"},
    {.name = "draws",
     .type = PARAM_INT,
     .offset = EVALUATING(draws),
     .default_text = "1",
     .max = 1000,
     .help =
         "passes per test, for rules with noisy inference; 0 = one without the noise"},
    {.name = "trace",
     .type = PARAM_CHOICE,
     .offset = EVALUATING(trace),
     .default_text = "no",
     .choices = traces,
     .added_later = true,
     .help = "diagnostics of the inference at the end, or with each evaluation, in "
             "cells/<cell>/trace.csv, of learners that have some"},
    {.name = "probe",
     .type = PARAM_CHOICE,
     .offset = EVALUATING(probe),
     .default_text = "none",
     .choices = probes,
     .added_later = true,
     .help = "after each task also classify by the last hidden features alone: by the "
             "nearest class mean of all training images met (a diagnostic)"},
    {.name = NULL},
};

const struct param limits_table[] = {
    {.name = "memory",
     .type = PARAM_BYTES,
     .offset = LIMITS(memory),
     .default_text = "4 GiB",
     .help = "most that a cell may take; 0 = no limit"},
    {.name = "time",
     .type = PARAM_TIME,
     .offset = LIMITS(time),
     .default_text = "0 s",
     .help = "longest that a cell may run; 0 = no limit"},
    {.name = NULL},
};

const struct param tuning_table[] = {
    {.name = "tasks",
     .type = PARAM_INT,
     .offset = TUNING(tasks),
     .default_text = "2",
     .min = 1,
     .max = 1e6,
     .help = "how many tasks, the first ones, candidates are trained and judged on"},
    {.name = "validation",
     .type = PARAM_NUMBER,
     .offset = TUNING(validation),
     .default_text = "0.1",
     .min = 1e-6,
     .max = 1e9,
     .help = "training images held out to judge candidates, where the stream holds out "
             "none: a number, or a share below 1"},
    {.name = NULL},
};

const struct param checkpoint_table[] = {
    {.name = "checkpoint",
     .type = PARAM_TIME,
     .default_text = "60 s",
     .help = "time between checkpoints of a running cell"},
    {.name = NULL},
};

const struct param incompatible_table[] = {
    {.name = "incompatible",
     .type = PARAM_CHOICE,
     .default_text = "refuse",
     .choices = incompatibles,
     .help = "a strategy and a learner that do not go together: an error, or no cells"},
    {.name = NULL},
};

const char *scenario_name(int scenario)
{
    return scenarios[scenario];
}

bool stream_setup_competing(const struct stream_setup *setup)
{
    if (setup->outputs_test == OUTPUTS_DEFAULT)
        return setup->scenario == SCENARIO_CLASS;
    return setup->outputs_test != OUTPUTS_TASK;
}

enum status stream_setup_check(const struct stream_setup *setup, struct error *err)
{
    double held = setup->validation;

    if (setup->scenario == SCENARIO_DOMAIN && (setup->outputs_train != OUTPUTS_DEFAULT ||
                                               setup->outputs_test != OUTPUTS_DEFAULT))
        return error_set(
            err, ERR_SUITE,
            "'outputs' has no meaning in the domain scenario, where all tasks "
            "share their outputs; remove it or use scenario: class");
    if (setup->blur > 0 && setup->boundaries == BOUNDARIES_ANNOUNCED)
        return error_set(err, ERR_SUITE,
                         "blur: where tasks run into each other there are no boundaries "
                         "to announce; add boundaries: none");
    if (setup->boundaries == BOUNDARIES_NONE && setup->outputs_train == OUTPUTS_SEEN)
        return error_set(err, ERR_SUITE,
                         "outputs.train: seen asks which tasks have begun, and "
                         "with boundaries: none that is not known; use all");
    if (held >= 1 && held != floor(held))
        return error_set(err, ERR_SUITE,
                         "validation: %g is neither a whole number of images nor a share "
                         "below 1",
                         held);
    if (setup->judge == JUDGE_VALIDATION && held == 0)
        return error_set(err, ERR_SUITE,
                         "judge: validation needs images held out; add a line such as "
                         "validation: 0.1");
    return OK;
}

static bool is_length(const struct param *row)
{
    return strcmp(row->name, "steps") == 0 || strcmp(row->name, "epochs") == 0;
}

bool training_replaces(const struct param *a, const struct param *b)
{
    return strcmp(a->name, b->name) == 0 || (is_length(a) && is_length(b));
}

enum status training_set(struct training *training, const struct param *row,
                         const char *text, struct error *err)
{
    if (is_length(row))
        training->steps = training->epochs = 0;
    return param_set(row, training, text, err);
}
