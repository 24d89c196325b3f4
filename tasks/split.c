/* Split: the classes are dealt out to the tasks, equally many to each.
 *
 * Classes are renumbered in the order of the stream, so that task t has the classes
 * t m ... t m + m - 1. */
#include <stdlib.h>
#include <string.h>

#include "core/arena.h"
#include "core/stream.h"
#include "tasks/subset.h"

enum { N_CLASS_MAX = 256 }; /* labels of a data set are bytes */

struct split {
    int tasks;
    char classes[PARAM_TEXT_MAX];

    int n_each;             /* classes in a task */
    struct subset *part[2]; /* by enum part: tasks */
};

static const struct param params[] = {
    {"tasks", PARAM_INT, offsetof(struct split, tasks), "5", 1, N_CLASS_MAX, NULL,
     "number of tasks; the number of classes must be a multiple of it"},
    {"classes", PARAM_TEXT, offsetof(struct split, classes), "shuffled", 0, 0, NULL,
     "order of the classes: shuffled (per stream seed), natural, or each once: '3 1 4 0 "
     "...'"},
    {0},
};

/* number[c]: place of class c in an order such as "3 1 4 0 2" or "3, 1, 4, 0, 2". */
static enum status read_order(const char *text, int32_t *number, int n_class,
                              struct error *err)
{
    char copy[PARAM_TEXT_MAX], *rest = NULL;
    int n = 0;

    for (int c = 0; c < n_class; c++)
        number[c] = -1;
    strcpy(copy, text);
    for (char *word = strtok_r(copy, " ,", &rest); word;
         word = strtok_r(NULL, " ,", &rest)) {
        char *end;
        long c = strtol(word, &end, 10);

        if (*end || c < 0 || c >= n_class)
            return error_set(
                err, ERR_SUITE,
                "classes: '%s' is neither shuffled, natural nor a class from "
                "0 to %d",
                word, n_class - 1);
        if (number[c] >= 0)
            return error_set(err, ERR_SUITE, "classes: class %ld is named twice", c);
        number[c] = n++;
    }
    for (int c = 0; c < n_class; c++)
        if (number[c] < 0)
            return error_set(err, ERR_SUITE,
                             "classes: class %d is missing; name each of the %d once", c,
                             n_class);
    return OK;
}

static enum status number_classes(const struct split *self, const struct stream_env *env,
                                  int32_t *number, struct error *err)
{
    int n_class = env->data->n_class;
    struct rng rng = rng_child(env->rng, "classes");

    for (int c = 0; c < n_class; c++)
        number[c] = c;
    if (strcmp(self->classes, "natural") == 0)
        return OK;
    if (strcmp(self->classes, "shuffled") != 0)
        return read_order(self->classes, number, n_class, err);
    rng_shuffle(&rng, number, n_class);
    return OK;
}

static struct range split_classes(const void *state, int task)
{
    const struct split *self = state;

    return (struct range){task * self->n_each, self->n_each};
}

static enum status deal(struct split *self, const struct stream_env *env, enum part part,
                        const int32_t *number, struct error *err)
{
    const struct images *images = subset_images(env->data, part);
    struct subset *subset =
        arena_take(env->arena, TAG_FIXED, (size_t)self->tasks, sizeof *subset);

    self->part[part] = subset;
    for (int t = 0; subset && t < self->tasks; t++)
        subset[t] = subset_of_classes(env->arena, images, number, split_classes(self, t));
    if (arena_check(env->arena, err) != OK)
        return err->status;
    for (int t = 0; t < self->tasks; t++)
        if (subset[t].n == 0)
            return error_set(
                err, ERR_DATA, "%s has no %s images of the classes of task %d",
                env->data->name, part == PART_TRAIN ? "training" : "test", t + 1);
    return OK;
}

static enum status split_init(void *state, const struct stream_env *env,
                              struct error *err)
{
    struct split *self = state;
    int n_class = env->data->n_class;
    int32_t number[N_CLASS_MAX];

    if (n_class % self->tasks != 0)
        return error_set(
            err, ERR_SUITE,
            "tasks: the %d classes of %s cannot be split into %d equal tasks", n_class,
            env->data->name, self->tasks);
    self->n_each = n_class / self->tasks;
    if (number_classes(self, env, number, err) != OK ||
        deal(self, env, PART_TRAIN, number, err) != OK)
        return err->status;
    return deal(self, env, PART_TEST, number, err);
}

static int split_n_task(const void *state)
{
    const struct split *self = state;

    return self->tasks;
}

static struct subset split_subset(const void *state, int task, enum part part)
{
    const struct split *self = state;

    return self->part[part][task];
}

const struct stream split = {
    .name = "split",
    .about = "the classes, dealt out to tasks",
    .source = "Zenke, Poole, Ganguli: Continual Learning Through Synaptic Intelligence, "
              "ICML 2017",
    .params = params,
    .size = sizeof(struct split),
    .init = split_init,
    .n_task = split_n_task,
    .subset = split_subset,
    .classes = split_classes,
};
