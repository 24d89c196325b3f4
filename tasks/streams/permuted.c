/* Permuted: every task has all images, their pixels in an order of its own.
 *
 * The channels of a pixel stay together. Class y of the data set is t n_class + y in task
 * t. */
#include <string.h>

#include "core/base/arena.h"
#include "core/plug/stream.h"
#include "tasks/streams/subset.h"

enum { FIRST_PERMUTED, FIRST_NATURAL };

struct permuted {
    int tasks;
    int first;

    int n_class; /* of the data set */
    int n_position, channels;
    int32_t *from; /* tasks x n_position: where the pixel shown here is taken from */
    struct subset *part[2]; /* by enum part: tasks */
};

static const char *const first_choices[] = {"permuted", "natural", NULL};

static const struct param params[] = {
    {"tasks", PARAM_INT, offsetof(struct permuted, tasks), "10", 1, 1000, NULL,
     "number of tasks"},
    {"first", PARAM_CHOICE, offsetof(struct permuted, first), "permuted", 0, 0,
     first_choices,
     "the first task: permuted like the others, or natural, as the images are"},
    {0},
};

static void draw_permutations(struct permuted *self, struct rng rng)
{
    for (int t = 0; t < self->tasks; t++) {
        int32_t *from = self->from + (size_t)t * (size_t)self->n_position;
        struct rng of_task = rng_at(rng, (uint64_t)t);

        for (int p = 0; p < self->n_position; p++)
            from[p] = p;
        if (t > 0 || self->first == FIRST_PERMUTED)
            rng_shuffle(&of_task, from, self->n_position);
    }
}

static enum status permuted_init(void *state, const struct stream_env *env,
                                 struct error *err)
{
    struct permuted *self = state;
    struct shape shape = env->data->shape;

    self->n_class = env->data->n_class;
    self->n_position = shape.height * shape.width;
    self->channels = shape.channels;
    self->from =
        arena_take(env->arena, TAG_FIXED, (size_t)self->tasks * (size_t)self->n_position,
                   sizeof *self->from);
    self->part[PART_TRAIN] =
        subset_of_all_each(env->arena, env->data, PART_TRAIN, self->tasks);
    self->part[PART_TEST] =
        subset_of_all_each(env->arena, env->data, PART_TEST, self->tasks);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    draw_permutations(self, rng_child(env->rng, "permutation"));
    return OK;
}

static int permuted_n_task(const void *state)
{
    const struct permuted *self = state;

    return self->tasks;
}

static struct subset permuted_subset(const void *state, int task, enum part part)
{
    const struct permuted *self = state;

    return self->part[part][task];
}

static struct range permuted_classes(const void *state, int task)
{
    const struct permuted *self = state;

    return (struct range){task * self->n_class, self->n_class};
}

static void permuted_render(const void *state, int task, const uint8_t *image,
                            uint8_t *out)
{
    const struct permuted *self = state;
    const int32_t *from = self->from + (size_t)task * (size_t)self->n_position;
    int channels = self->channels;

    for (int p = 0; p < self->n_position; p++)
        for (int c = 0; c < channels; c++)
            out[p * channels + c] = image[from[p] * channels + c];
}

const struct stream stream_permuted = {
    .name = "permuted",
    .about = "all classes in every task, the pixels in another fixed order each time",
    .source =
        "Goodfellow et al.: An Empirical Investigation of Catastrophic Forgetting in "
        "Gradient-Based Neural Networks, ICLR 2014",
    .params = params,
    .size = sizeof(struct permuted),
    .init = permuted_init,
    .n_task = permuted_n_task,
    .subset = permuted_subset,
    .classes = permuted_classes,
    .render = permuted_render,
    .scatters = true,
};
