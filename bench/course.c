#include "bench/course.h"

#include <assert.h>
#include <string.h>

#include "bench/order.h"
#include "bench/selection.h"
#include "core/rng.h"

static int outputs_of(int chosen, int scenario)
{
    if (chosen != OUTPUTS_DEFAULT)
        return chosen;
    return scenario == SCENARIO_TASK ? OUTPUTS_TASK : OUTPUTS_ALL;
}

static enum status set_normalisation(struct course *course, struct error *err)
{
    const struct dataset *data = course->data;

    for (int c = 0; c < 3; c++) {
        course->scale[c] = course->setup.normalise == NORMALISE_NONE ? 1 : 1 / 255.0f;
        course->shift[c] = 0;
        if (course->setup.normalise != NORMALISE_PUBLISHED || c >= data->shape.channels)
            continue;
        if (data->std[c] == 0)
            return error_set(err, ERR_SUITE,
                             "no mean and std are published for the data set '%s'; use "
                             "normalise: unit",
                             data->name);
        course->scale[c] = 1 / (255 * data->std[c]);
        course->shift[c] = -data->mean[c] / data->std[c];
    }
    return OK;
}

static enum status read_task(struct course *course, const struct selection *selection,
                             int t, struct error *err)
{
    const struct stream *stream = course->stream;
    struct subset train = stream->subset(course->self, t, PART_TRAIN);
    struct subset test = stream->subset(course->self, t, PART_TEST);
    struct range range = course->range[t];

    if (course->setup.label_noise > 0 && range.n < 2)
        return error_set(err, ERR_SUITE,
                         "label_noise: task %d has one class, and no wrong label to give",
                         t + 1);
    course->train[t] = selection_train(selection, train, t, course->n_task, range);
    course->test[t] = selection_judged(selection, train, test, t);
    if (arena_check(selection->arena, err) != OK)
        return err->status;
    if (course->train[t].n == 0 || course->test[t].n == 0)
        return error_set(err, ERR_DATA, "task %d of '%s' has no %s images", t + 1,
                         course->data->name,
                         course->train[t].n == 0                   ? "training"
                         : course->setup.judge == JUDGE_VALIDATION ? "validation"
                                                                   : "test");
    return OK;
}

/* Outputs are numbered through the whole stream, though it may end early. */
static enum status read_classes(struct course *course, int n_all, struct arena *arena,
                                struct error *err)
{
    int widest = 0;

    course->range = arena_take(arena, TAG_FIXED, (size_t)n_all, sizeof *course->range);
    if (arena_check(arena, err) != OK)
        return err->status;
    for (int t = 0; t < n_all; t++) {
        struct range range = course->stream->classes(course->self, t);

        course->range[t] = range;
        if (range.first + range.n > course->n_class)
            course->n_class = range.first + range.n;
        if (range.n > widest)
            widest = range.n;
    }
    course->n_out = course->setup.scenario == SCENARIO_DOMAIN ? widest : course->n_class;
    return OK;
}

static enum status read_tasks(struct course *course, struct rng rng, struct arena *arena,
                              struct error *err)
{
    int n_all = course->stream->n_task(course->self), first = course->setup.first_tasks;
    size_t n = (size_t)n_all;
    struct selection selection;

    course->n_task = first && first < n_all ? first : n_all;
    course->train = arena_take(arena, TAG_FIXED, n, sizeof *course->train);
    course->test = arena_take(arena, TAG_FIXED, n, sizeof *course->test);
    if (read_classes(course, n_all, arena, err) != OK ||
        selection_open(&selection, &course->setup, course->data, rng, arena, err) != OK)
        return err->status;
    for (int t = 0; t < course->n_task; t++)
        if (read_task(course, &selection, t, err) != OK)
            break;
    return err->status;
}

static enum status check_crop(const struct course *course, struct error *err)
{
    struct shape shape = course->data->shape;
    int side = shape.height < shape.width ? shape.height : shape.width;

    if (course->setup.augment_crop < side)
        return OK;
    return error_set(err, ERR_SUITE,
                     "augment.crop: %d pixels move an image of %d x %d out of sight; it "
                     "takes up to %d",
                     course->setup.augment_crop, shape.height, shape.width, side - 1);
}

static enum status open_stream(struct course *course, const void *options, struct rng rng,
                               struct arena *arena, struct error *err)
{
    struct stream_env env = {arena, course->data, rng_child(rng, "stream")};
    void *self = arena_take(arena, TAG_FIXED, course->stream->size, 1);

    if (arena_check(arena, err) != OK)
        return err->status;
    memcpy(self, options, course->stream->size);
    course->self = self;
    return course->stream->init(self, &env, err);
}

enum status course_open(struct course *course, const struct stream *stream,
                        const void *options, const struct stream_setup *setup,
                        const struct dataset *data, uint64_t seed, struct arena *arena,
                        struct error *err)
{
    struct rng rng = rng_seed(seed);

    *course = (struct course){.stream = stream, .data = data, .setup = *setup};
    course->n_pixel = shape_size(data->shape);
    course->judged = setup->judge == JUDGE_VALIDATION ? &data->train : &data->test;
    if (stream_setup_check(setup, err) != OK || check_crop(course, err) != OK ||
        set_normalisation(course, err) != OK ||
        open_stream(course, options, rng, arena, err) != OK ||
        read_tasks(course, rng, arena, err) != OK)
        return err->status;
    if (setup->boundaries == BOUNDARIES_NONE)
        course->order = order_make(course->train, course->n_task, setup->blur,
                                   rng_child(rng, "boundaries"), arena);
    course->among =
        arena_take(arena, TAG_FIXED, (size_t)course->n_task, sizeof *course->among);
    course->on =
        arena_take(arena, TAG_FIXED, (size_t)course->n_task, (size_t)course->n_out);
    course->tested = arena_take(arena, TAG_FIXED, (size_t)course->n_out, 1);
    return arena_check(arena, err);
}

/* on[k] = output k competes for rows of task t while `stage` is the last task met. */
static void set_competing(const struct course *course, uint8_t *on, int outputs, int t,
                          int stage)
{
    struct range own = course->range[t];
    bool domain = course->setup.scenario == SCENARIO_DOMAIN;

    memset(on, domain || outputs == OUTPUTS_ALL, (size_t)course->n_out);
    if (domain || outputs == OUTPUTS_ALL)
        return;
    memset(on + own.first, 1, (size_t)own.n);
    for (int s = 0; s <= stage && outputs == OUTPUTS_SEEN; s++)
        memset(on + course->range[s].first, 1, (size_t)course->range[s].n);
}

void course_stage(struct course *course, int stage)
{
    int outputs = outputs_of(course->setup.outputs_train, course->setup.scenario);

    for (int t = 0; t < course->n_task; t++) {
        uint8_t *on = course->on + (size_t)t * (size_t)course->n_out;

        set_competing(course, on, outputs, t, stage);
        course->among[t] = (struct classes){on, course->n_out};
    }
}

struct classes course_tested(struct course *course, int outputs, int t, int stage)
{
    set_competing(course, course->tested, outputs_of(outputs, course->setup.scenario), t,
                  stage);
    return (struct classes){course->tested, course->n_out};
}

int32_t course_output(const struct course *course, int t, int32_t label)
{
    if (course->setup.scenario == SCENARIO_DOMAIN)
        return label - course->range[t].first;
    return label;
}

void course_read(const struct course *course, int t, enum part part, int i,
                 uint8_t *pixel, int32_t *y)
{
    const struct subset *subset =
        part == PART_TRAIN ? &course->train[t] : &course->test[t];
    const struct images *images =
        part == PART_TRAIN ? &course->data->train : course->judged;
    size_t n = (size_t)course->n_pixel;
    const uint8_t *image = images->pixel + (size_t)subset->row[i] * n;

    assert(i < subset->n);
    *y = course_output(course, t, subset->label[i]);
    if (!pixel)
        return;
    if (course->stream->render)
        course->stream->render(course->self, t, image, pixel);
    else
        memcpy(pixel, image, n);
}

void course_convert(const struct course *course, const uint8_t *pixel, struct mat x)
{
    int channels = course->data->shape.channels;

    for (int i = 0; i < x.rows; i++) {
        const uint8_t *from = pixel + (size_t)i * (size_t)x.cols;
        real *to = x.at + (size_t)i * (size_t)x.ld;

        if (channels == 1) {
            for (int j = 0; j < x.cols; j++)
                to[j] = course->scale[0] * (float)from[j] + course->shift[0];
        } else {
            for (int j = 0; j < x.cols; j++)
                to[j] = course->scale[j % channels] * (float)from[j] +
                        course->shift[j % channels];
        }
    }
}

double course_chance(struct course *course, int outputs)
{
    double sum = 0;

    for (int t = 0; t < course->n_task; t++) {
        struct classes among = course_tested(course, outputs, t, course->n_task - 1);
        int n = 0;

        for (int k = 0; k < among.n; k++)
            n += among.on[k];
        sum += 1.0 / n;
    }
    return sum / course->n_task;
}
