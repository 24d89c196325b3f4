/* Split: the classes are dealt out to the tasks, equally many to each, by sizes or in
 * groups.
 *
 * Classes are renumbered in the order of the stream, so that each task has a range of
 * them, one after the other. */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/plug/stream.h"
#include "tasks/streams/subset.h"

enum { N_CLASS_MAX = 256 }; /* labels of a data set are bytes */

struct split {
    int tasks;
    char classes[PARAM_TEXT_MAX], sizes[PARAM_TEXT_MAX];

    struct range *range;    /* tasks: the classes of each */
    struct subset *part[2]; /* by enum part: tasks */
};

static const struct param params[] = {
    {"tasks", PARAM_INT, offsetof(struct split, tasks), "5", 1, N_CLASS_MAX, NULL,
     "number of tasks; the number of classes must be a multiple of it, unless groups or "
     "sizes are given"},
    {"classes", PARAM_TEXT, offsetof(struct split, classes), "shuffled", 0, 0, NULL,
     "order of the classes: shuffled (per stream seed), natural, or each once: '3 1 4 0 "
     "...', or in groups, one for each task: '3 1 / 4 0 2 / ...'"},
    {"sizes", PARAM_TEXT, offsetof(struct split, sizes), "equal", 0, 0, NULL,
     "classes of each task, in whatever order: equal, or numbers: '4 2 2 2'",
     .added_later = true},
    {0},
};

struct order {
    int32_t number[N_CLASS_MAX]; /* by class of the data set: place in the stream */
    int n;                       /* classes placed */
    int size[N_CLASS_MAX];       /* by group */
    int n_group;                 /* 0 = the order says nothing of tasks */
};

/* ---------------------------------------------------------------- order and groups */

static enum status place_class(struct order *order, const char *word, int n_class,
                               struct error *err)
{
    char *end;
    long c = strtol(word, &end, 10);

    if (*end || c < 0 || c >= n_class)
        return error_set(err, ERR_SUITE,
                         "classes: '%s' is neither shuffled, natural nor a class from 0 "
                         "to %d",
                         word, n_class - 1);
    if (order->number[c] >= 0)
        return error_set(err, ERR_SUITE, "classes: class %ld is named twice", c);
    order->number[c] = order->n++;
    return OK;
}

/* "3 1 4" or "3, 1, 4" */
static enum status place_group(struct order *order, char *group, int n_class,
                               struct error *err)
{
    char *rest = NULL;
    int before = order->n;

    for (char *word = strtok_r(group, " ,", &rest); word;
         word = strtok_r(NULL, " ,", &rest))
        if (place_class(order, word, n_class, err) != OK)
            return err->status;
    order->size[order->n_group++] = order->n - before;
    if (order->n > before)
        return OK;
    return error_set(err, ERR_SUITE, "classes: group %d is empty", order->n_group);
}

/* An order such as "3 1 4 0 2", or one in groups: "3 1 / 4 0 2". */
static enum status read_order(struct order *order, const char *text, int n_class,
                              struct error *err)
{
    char copy[PARAM_TEXT_MAX], *rest = copy, *group;

    for (int c = 0; c < n_class; c++)
        order->number[c] = -1;
    strcpy(copy, text);
    while (*text && (group = strsep(&rest, "/")))
        if (place_group(order, group, n_class, err) != OK)
            return err->status;
    for (int c = 0; c < n_class; c++)
        if (order->number[c] < 0)
            return error_set(err, ERR_SUITE,
                             "classes: class %d is missing; name each of the %d once", c,
                             n_class);
    if (order->n_group == 1)
        order->n_group = 0;
    return OK;
}

static enum status number_classes(const struct split *self, const struct stream_env *env,
                                  struct order *order, struct error *err)
{
    int n_class = env->data->n_class;
    struct rng rng = rng_child(env->rng, "classes");

    for (int c = 0; c < n_class; c++)
        order->number[c] = c;
    if (strcmp(self->classes, "natural") == 0)
        return OK;
    if (strcmp(self->classes, "shuffled") != 0)
        return read_order(order, self->classes, n_class, err);
    rng_shuffle(&rng, order->number, n_class);
    return OK;
}

/* ---------------------------------------------------------------- sizes of the tasks */

static enum status equal_sizes(const struct split *self, const struct dataset *data,
                               struct order *order, struct error *err)
{
    int fewer = self->tasks;

    while (data->n_class % fewer != 0)
        fewer--;
    if (fewer != self->tasks)
        return error_set(err, ERR_SUITE,
                         "tasks: the %d classes of %s cannot be split into %d equal "
                         "tasks; write tasks: %d, or 'sizes' for unequal ones",
                         data->n_class, data->name, self->tasks, fewer);
    for (int t = 0; t < self->tasks; t++)
        order->size[t] = data->n_class / self->tasks;
    order->n_group = self->tasks;
    return OK;
}

/* "4 2 2 2" or "4, 2, 2, 2" */
static enum status read_sizes(const char *text, const struct dataset *data,
                              struct order *order, struct error *err)
{
    char copy[PARAM_TEXT_MAX], *rest = NULL, *end;
    int sum = 0;

    strcpy(copy, text);
    for (char *word = strtok_r(copy, " ,", &rest); word;
         word = strtok_r(NULL, " ,", &rest)) {
        long size = strtol(word, &end, 10);

        if (*end || size < 1 || size > data->n_class - sum)
            return error_set(
                err, ERR_SUITE,
                "sizes: '%s' is neither equal nor a number from 1 to %d, the "
                "classes of %s that are left for it",
                word, data->n_class - sum, data->name);
        order->size[order->n_group++] = (int)size;
        sum += (int)size;
    }
    if (sum == data->n_class)
        return OK;
    return error_set(err, ERR_SUITE, "sizes: %d classes in all, but %s has %d", sum,
                     data->name, data->n_class);
}

static enum status size_tasks(const struct split *self, const struct dataset *data,
                              struct order *order, struct error *err)
{
    bool equal = strcmp(self->sizes, "equal") == 0, groups = order->n_group > 0;

    if (groups && !equal)
        return error_set(err, ERR_SUITE,
                         "sizes: the groups of 'classes' say it already; remove one of "
                         "the two");
    if (!groups && equal)
        return equal_sizes(self, data, order, err);
    if (!groups && read_sizes(self->sizes, data, order, err) != OK)
        return err->status;
    if (order->n_group != self->tasks)
        return error_set(err, ERR_SUITE, "tasks: %d, but '%s' has %d %s; write tasks: %d",
                         self->tasks, groups ? "classes" : "sizes", order->n_group,
                         groups ? "groups" : "numbers", order->n_group);
    return OK;
}

/* ---------------------------------------------------------------- the tasks */

static struct range split_classes(const void *state, int task)
{
    const struct split *self = state;

    return self->range[task];
}

static enum status take_ranges(struct split *self, const struct stream_env *env,
                               const struct order *order, struct error *err)
{
    int first = 0;

    self->range =
        arena_take(env->arena, TAG_FIXED, (size_t)self->tasks, sizeof *self->range);
    for (int t = 0; self->range && t < self->tasks; t++) {
        self->range[t] = (struct range){first, order->size[t]};
        first += order->size[t];
    }
    return arena_check(env->arena, err);
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
    struct order order = {.n = 0};

    if (number_classes(self, env, &order, err) != OK ||
        size_tasks(self, env->data, &order, err) != OK ||
        take_ranges(self, env, &order, err) != OK ||
        deal(self, env, PART_TRAIN, order.number, err) != OK)
        return err->status;
    return deal(self, env, PART_TEST, order.number, err);
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

const struct stream stream_split = {
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
