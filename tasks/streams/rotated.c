/* Rotated: every task has all images, turned by an angle of its own.
 *
 * An angle is in degrees, counter-clockwise, about the centre of the image; what comes in
 * from outside is 0. Lopez-Paz and Ranzato draw the angle of task t from the t-th of
 * equal parts of the range (binned), Buzzega et al. from the whole range (random); both
 * leave the interpolation at their library's default, the nearest pixel. Class y of the
 * data set is t n_class + y in task t. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/plug/stream.h"
#include "tasks/streams/subset.h"

enum { NEAREST, BILINEAR };

struct tap {         /* where a pixel comes from */
    int32_t from[4]; /* 0 where it comes from outside */
    float weight[4]; /* 0 there; of the nearest pixel one of four is 1 */
};

struct rotated {
    int tasks;
    char angles[PARAM_TEXT_MAX];
    double range;
    int interpolation;

    int n_class; /* of the data set */
    int n_position, channels;
    struct tap *tap;        /* tasks x n_position */
    struct subset *part[2]; /* by enum part: tasks */
};

static const char *const interpolations[] = {"nearest", "bilinear", NULL};

static const struct param params[] = {
    {"tasks", PARAM_INT, offsetof(struct rotated, tasks), "20", 1, 1000, NULL,
     "number of tasks"},
    {"angles", PARAM_TEXT, offsetof(struct rotated, angles), "binned", 0, 0, NULL,
     "binned (one per equal part of the range, at random), random (from the whole "
     "range), "
     "fixed (equal steps from 0), or one for each task: '0 30 60'"},
    {"range", PARAM_NUMBER, offsetof(struct rotated, range), "180", 0, 360, NULL,
     "degrees that binned, random and fixed angles come from"},
    {"interpolation", PARAM_CHOICE, offsetof(struct rotated, interpolation), "nearest", 0,
     0, interpolations, "of pixels: nearest, as published, or bilinear"},
    {0},
};

/* ---------------------------------------------------------------- angles */

/* "0 30 60" or "0, 30, 60" */
static enum status read_angles(const struct rotated *self, double *angle,
                               struct error *err)
{
    char copy[PARAM_TEXT_MAX], *rest = NULL;
    int n = 0;

    strcpy(copy, self->angles);
    for (char *word = strtok_r(copy, " ,", &rest); word;
         word = strtok_r(NULL, " ,", &rest)) {
        char *end;
        double degrees = strtod(word, &end);

        if (*end || !isfinite(degrees))
            return error_set(err, ERR_SUITE,
                             "angles: '%s' is neither binned, random, fixed nor an angle "
                             "in degrees",
                             word);
        if (n < self->tasks)
            angle[n] = degrees;
        n++;
    }
    if (n != self->tasks)
        return error_set(err, ERR_SUITE, "angles: %d given for tasks: %d", n,
                         self->tasks);
    return OK;
}

static enum status find_angles(const struct rotated *self, double *angle, struct rng rng,
                               struct error *err)
{
    bool binned = strcmp(self->angles, "binned") == 0;
    bool random = strcmp(self->angles, "random") == 0;
    double step = self->range / self->tasks;

    if (!binned && !random && strcmp(self->angles, "fixed") != 0)
        return read_angles(self, angle, err);
    for (int t = 0; t < self->tasks; t++) {
        double u = (double)rng_uniform(&rng);

        angle[t] = random ? self->range * u : step * (binned ? t + u : t);
    }
    return OK;
}

/* ---------------------------------------------------------------- turning */

static void set_tap(struct tap *tap, double i, double j, struct shape shape, bool nearest)
{
    int top = (int)floor(nearest ? i + 0.5 : i), left = (int)floor(nearest ? j + 0.5 : j);
    double down = nearest ? 0 : i - top, right = nearest ? 0 : j - left;

    for (int k = 0; k < 4; k++) {
        int row = top + k / 2, col = left + k % 2;
        bool inside = row >= 0 && row < shape.height && col >= 0 && col < shape.width;
        double weight = (k / 2 ? down : 1 - down) * (k % 2 ? right : 1 - right);

        tap->from[k] = inside ? row * shape.width + col : 0;
        tap->weight[k] = inside ? (float)weight : 0;
    }
}

/* The pixel shown at (i, j) is taken from where turning back by the angle brings it. */
static void turn(struct tap *tap, struct shape shape, double degrees, bool nearest)
{
    double c = cos(degrees * acos(-1) / 180), s = sin(degrees * acos(-1) / 180);
    double middle_i = (shape.height - 1) / 2.0, middle_j = (shape.width - 1) / 2.0;

    for (int i = 0; i < shape.height; i++)
        for (int j = 0; j < shape.width; j++) {
            double down = i - middle_i, right = j - middle_j;
            double from_i = middle_i + c * down + s * right;
            double from_j = middle_j - s * down + c * right;

            /* whole pixels stay whole at 0, 90, ... degrees */
            from_i = rint(from_i * 1048576) / 1048576;
            from_j = rint(from_j * 1048576) / 1048576;
            set_tap(tap++, from_i, from_j, shape, nearest);
        }
}

static void rotated_render(const void *state, int task, const uint8_t *image,
                           uint8_t *out)
{
    const struct rotated *self = state;
    const struct tap *tap = self->tap + (size_t)task * (size_t)self->n_position;
    int channels = self->channels;

    for (int p = 0; p < self->n_position; p++, tap++)
        for (int c = 0; c < channels; c++) {
            float sum = 0.5f;

            for (int k = 0; k < 4; k++)
                sum += tap->weight[k] * (float)image[tap->from[k] * channels + c];
            out[p * channels + c] = (uint8_t)sum;
        }
}

/* ---------------------------------------------------------------- the stream */

static enum status rotated_init(void *state, const struct stream_env *env,
                                struct error *err)
{
    struct rotated *self = state;
    struct shape shape = env->data->shape;
    size_t n = (size_t)self->tasks;
    double *angle = arena_take(env->arena, TAG_FIXED, n, sizeof *angle);

    self->n_class = env->data->n_class;
    self->n_position = shape.height * shape.width;
    self->channels = shape.channels;
    self->tap = arena_take(env->arena, TAG_FIXED, n * (size_t)self->n_position,
                           sizeof *self->tap);
    self->part[PART_TRAIN] =
        subset_of_all_each(env->arena, env->data, PART_TRAIN, self->tasks);
    self->part[PART_TEST] =
        subset_of_all_each(env->arena, env->data, PART_TEST, self->tasks);
    if (arena_check(env->arena, err) != OK ||
        find_angles(self, angle, rng_child(env->rng, "rotation"), err) != OK)
        return err->status;
    for (int t = 0; t < self->tasks; t++)
        turn(self->tap + (size_t)t * (size_t)self->n_position, shape, angle[t],
             self->interpolation == NEAREST);
    return OK;
}

static int rotated_n_task(const void *state)
{
    const struct rotated *self = state;

    return self->tasks;
}

static struct subset rotated_subset(const void *state, int task, enum part part)
{
    const struct rotated *self = state;

    return self->part[part][task];
}

static struct range rotated_classes(const void *state, int task)
{
    const struct rotated *self = state;

    return (struct range){task * self->n_class, self->n_class};
}

const struct stream stream_rotated = {
    .name = "rotated",
    .about = "all classes in every task, the images turned by another angle each time",
    .source =
        "Lopez-Paz, Ranzato: Gradient Episodic Memory for Continual Learning, NIPS 2017",
    .params = params,
    .size = sizeof(struct rotated),
    .init = rotated_init,
    .n_task = rotated_n_task,
    .subset = rotated_subset,
    .classes = rotated_classes,
    .render = rotated_render,
};
