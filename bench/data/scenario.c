#include "bench/data/scenario.h"

#include <assert.h>
#include <string.h>

#include "bench/data/stream_order.h"
#include "bench/data/subsample.h"
#include "core/nn/rng.h"

int scenario_outputs(int chosen, int scenario)
{
    if (chosen != OUTPUTS_DEFAULT)
        return chosen;
    return scenario == SCENARIO_TASK ? OUTPUTS_TASK : OUTPUTS_ALL;
}

static enum status set_normalisation(struct scenario *scenario, struct error *err)
{
    const struct dataset *data = scenario->data;

    for (int c = 0; c < 3; c++) {
        scenario->scale[c] = scenario->setup.normalise == NORMALISE_NONE ? 1 : 1 / 255.0f;
        scenario->shift[c] = 0;
        if (scenario->setup.normalise != NORMALISE_PUBLISHED || c >= data->shape.channels)
            continue;
        if (data->std[c] == 0)
            return error_set(err, ERR_SUITE,
                             "no mean and std are published for the data set '%s'; use "
                             "normalise: unit",
                             data->name);
        scenario->scale[c] = 1 / (255 * data->std[c]);
        scenario->shift[c] = -data->mean[c] / data->std[c];
    }
    return OK;
}

static enum status read_task(struct scenario *scenario, const struct subsample *subsample,
                             int t, struct error *err)
{
    const struct stream *stream = scenario->stream;
    struct subset train = stream->subset(scenario->self, t, PART_TRAIN);
    struct subset test = stream->subset(scenario->self, t, PART_TEST);
    struct range range = scenario->range[t];

    if (scenario->setup.label_noise > 0 && range.n < 2)
        return error_set(err, ERR_SUITE,
                         "label_noise: task %d has one class, and no wrong label to give",
                         t + 1);
    scenario->train[t] = subsample_train(subsample, train, t, scenario->n_task, range);
    scenario->test[t] = subsample_test(subsample, train, test, t);
    if (arena_check(subsample->arena, err) != OK)
        return err->status;
    if (scenario->train[t].n == 0 || scenario->test[t].n == 0)
        return error_set(err, ERR_DATA, "task %d of '%s' has no %s images", t + 1,
                         scenario->data->name,
                         scenario->train[t].n == 0                   ? "training"
                         : scenario->setup.judge == JUDGE_VALIDATION ? "validation"
                                                                     : "test");
    return OK;
}

/* Outputs are numbered through the whole stream, though it may end early. */
static enum status read_classes(struct scenario *scenario, int n_all, struct arena *arena,
                                struct error *err)
{
    int widest = 0;

    scenario->range =
        arena_take(arena, TAG_FIXED, (size_t)n_all, sizeof *scenario->range);
    if (arena_check(arena, err) != OK)
        return err->status;
    for (int t = 0; t < n_all; t++) {
        struct range range = scenario->stream->classes(scenario->self, t);

        scenario->range[t] = range;
        if (range.first + range.n > scenario->n_class)
            scenario->n_class = range.first + range.n;
        if (range.n > widest)
            widest = range.n;
    }
    scenario->n_out =
        scenario->setup.scenario == SCENARIO_DOMAIN ? widest : scenario->n_class;
    return OK;
}

static enum status read_tasks(struct scenario *scenario, struct rng rng,
                              struct arena *arena, struct error *err)
{
    int n_all = scenario->stream->n_task(scenario->self);
    size_t n = (size_t)n_all;
    struct subsample subsample;

    scenario->n_task = n_all;
    scenario->train = arena_take(arena, TAG_FIXED, n, sizeof *scenario->train);
    scenario->test = arena_take(arena, TAG_FIXED, n, sizeof *scenario->test);
    if (visits_make(&scenario->visits, &scenario->setup, &scenario->n_task, arena, err) !=
            OK ||
        read_classes(scenario, n_all, arena, err) != OK ||
        subsample_open(&subsample, &scenario->setup, scenario->data, rng, arena, err) !=
            OK)
        return err->status;
    for (int t = 0; t < scenario->n_task; t++)
        if (read_task(scenario, &subsample, t, err) != OK)
            break;
    return err->status;
}

static enum status check_crop(const struct scenario *scenario, struct error *err)
{
    struct shape shape = scenario->data->shape;
    int side = shape.height < shape.width ? shape.height : shape.width;

    if (scenario->setup.augment_crop < side)
        return OK;
    return error_set(err, ERR_SUITE,
                     "augment.crop: %d pixels move an image of %d x %d out of sight; it "
                     "takes up to %d",
                     scenario->setup.augment_crop, shape.height, shape.width, side - 1);
}

static enum status open_stream(struct scenario *scenario, const void *options,
                               struct rng rng, struct arena *arena, struct error *err)
{
    struct stream_env env = {arena, scenario->data, rng_child(rng, "stream")};
    void *self = arena_take(arena, TAG_FIXED, scenario->stream->size, 1);

    if (arena_check(arena, err) != OK)
        return err->status;
    memcpy(self, options, scenario->stream->size);
    scenario->self = self;
    return scenario->stream->init(self, &env, err);
}

static enum status count_images(struct scenario *scenario, struct arena *arena,
                                struct error *err)
{
    size_t n_task = (size_t)scenario->n_task, n_out = (size_t)scenario->n_out;

    scenario->images =
        arena_take(arena, TAG_FIXED, n_task * n_out, sizeof *scenario->images);
    if (arena_check(arena, err) != OK)
        return err->status;
    for (int t = 0; t < scenario->n_task; t++) {
        const struct subset *train = &scenario->train[t];
        int *count = scenario->images + (size_t)t * n_out;

        for (int i = 0; i < train->n; i++) {
            int rows = ++count[scenario_output(scenario, t, train->label[i])];

            if (rows > scenario->class_rows)
                scenario->class_rows = rows;
        }
    }
    return OK;
}

enum status scenario_open(struct scenario *scenario, const struct stream *stream,
                          const void *options, const struct stream_setup *setup,
                          const struct dataset *data, uint64_t seed, struct arena *arena,
                          struct error *err)
{
    struct rng rng = rng_seed(seed);

    *scenario = (struct scenario){.stream = stream, .data = data, .setup = *setup};
    scenario->n_pixel = shape_size(data->shape);
    scenario->test_images = setup->judge == JUDGE_VALIDATION ? &data->train : &data->test;
    if (stream_setup_check(setup, err) != OK || check_crop(scenario, err) != OK ||
        set_normalisation(scenario, err) != OK ||
        open_stream(scenario, options, rng, arena, err) != OK ||
        read_tasks(scenario, rng, arena, err) != OK ||
        count_images(scenario, arena, err) != OK)
        return err->status;
    if (setup->boundaries == BOUNDARIES_NONE)
        scenario->order =
            stream_order_make(scenario->train, scenario->n_task, setup->blur,
                              rng_child(rng, "boundaries"), arena);
    scenario->competing = arena_take(arena, TAG_FIXED, (size_t)scenario->n_task,
                                     sizeof *scenario->competing);
    scenario->on =
        arena_take(arena, TAG_FIXED, (size_t)scenario->n_task, (size_t)scenario->n_out);
    scenario->tested = arena_take(arena, TAG_FIXED, (size_t)scenario->n_out, 1);
    return arena_check(arena, err);
}

/* on[k] = output k competes for rows of task t while `experience` is the last one met. */
static void set_competing(const struct scenario *scenario, uint8_t *on, int outputs,
                          int t, int experience)
{
    struct range own = scenario->range[t];
    bool domain = scenario->setup.scenario == SCENARIO_DOMAIN;

    memset(on, domain || outputs == OUTPUTS_ALL, (size_t)scenario->n_out);
    if (domain || outputs == OUTPUTS_ALL)
        return;
    memset(on + own.first, 1, (size_t)own.n);
    for (int s = 0; s <= experience && outputs == OUTPUTS_SEEN; s++)
        memset(on + scenario->range[s].first, 1, (size_t)scenario->range[s].n);
}

void scenario_set_experience(struct scenario *scenario, int experience)
{
    int outputs =
        scenario_outputs(scenario->setup.outputs_train, scenario->setup.scenario);

    for (int t = 0; t < scenario->n_task; t++) {
        uint8_t *on = scenario->on + (size_t)t * (size_t)scenario->n_out;

        set_competing(scenario, on, outputs, t, experience);
        scenario->competing[t] = (struct classes){on, scenario->n_out};
    }
}

struct classes scenario_tested(struct scenario *scenario, int outputs, int t,
                               int experience)
{
    set_competing(scenario, scenario->tested,
                  scenario_outputs(outputs, scenario->setup.scenario), t, experience);
    return (struct classes){scenario->tested, scenario->n_out};
}

int32_t scenario_output(const struct scenario *scenario, int t, int32_t label)
{
    if (scenario->setup.scenario == SCENARIO_DOMAIN)
        return label - scenario->range[t].first;
    return label;
}

void scenario_read(const struct scenario *scenario, int t, enum part part, int i,
                   uint8_t *pixel, int32_t *y)
{
    const struct subset *subset =
        part == PART_TRAIN ? &scenario->train[t] : &scenario->test[t];
    const struct images *images =
        part == PART_TRAIN ? &scenario->data->train : scenario->test_images;
    size_t n = (size_t)scenario->n_pixel;
    const uint8_t *image = images->pixel + (size_t)subset->row[i] * n;

    assert(i < subset->n);
    *y = scenario_output(scenario, t, subset->label[i]);
    if (!pixel)
        return;
    if (scenario->stream->render)
        scenario->stream->render(scenario->self, t, image, pixel);
    else
        memcpy(pixel, image, n);
}

void scenario_convert(const struct scenario *scenario, const uint8_t *pixel, struct mat x)
{
    int channels = scenario->data->shape.channels;

    for (int i = 0; i < x.rows; i++) {
        const uint8_t *from = pixel + (size_t)i * (size_t)x.cols;
        real *to = x.data + (size_t)i * (size_t)x.ld;

        if (channels == 1) {
            for (int j = 0; j < x.cols; j++)
                to[j] = scenario->scale[0] * (float)from[j] + scenario->shift[0];
        } else {
            for (int j = 0; j < x.cols; j++)
                to[j] = scenario->scale[j % channels] * (float)from[j] +
                        scenario->shift[j % channels];
        }
    }
}

double scenario_chance(struct scenario *scenario, int outputs)
{
    double sum = 0;

    for (int t = 0; t < scenario->n_task; t++) {
        struct classes competing =
            scenario_tested(scenario, outputs, t, scenario->n_task - 1);
        int n = 0;

        for (int k = 0; k < competing.n; k++)
            n += competing.on[k];
        sum += 1.0 / n;
    }
    return sum / scenario->n_task;
}
