#include "bench/data/sampler.h"

static bool by_task(enum training_rows kind, int scenario)
{
    return kind == TRAIN_ON_ALL && scenario == SCENARIO_TASK;
}

static int share_of(int batch, int parts)
{
    return (batch + parts - 1) / parts;
}

int sampler_rows(const struct training *training, int n_task, enum training_rows kind,
                 int scenario)
{
    if (by_task(kind, scenario))
        return n_task * share_of(training->batch, n_task);
    return training->batch;
}

static void open_source(struct source *source, const struct sampler *sampler, int first,
                        int n_task, int share, bool keep, struct rng rng,
                        struct arena *arena)
{
    *source = (struct source){.first_task = first, .n_task = n_task, .round = -1};
    for (int t = first; t < first + n_task; t++)
        source->n += sampler->scenario->train[t].n;
    source->share = share < source->n ? share : source->n;
    source->per_round =
        keep ? share_of(source->n, source->share) : source->n / source->share;
    source->rng = rng;
    source->order = arena_take(arena, TAG_SCRATCH, (size_t)source->n, sizeof(int32_t));
}

/* An experience of a stream without boundaries. */
static void open_share(struct sampler *sampler, const struct scenario *scenario,
                       int experience, const struct training *training)
{
    struct source *source = sampler->source;
    int64_t all, n_task = scenario->n_task;

    *source = (struct source){.n_task = scenario->n_task, .order = scenario->order};
    for (int t = 0; t < scenario->n_task; t++)
        source->n += scenario->train[t].n;
    source->share = training->batch < source->n ? training->batch : source->n;
    all = training->last_partial_batch == PARTIAL_KEEP
              ? share_of(source->n, source->share)
              : source->n / source->share;
    source->skip = (int)(experience * all / n_task);
    source->per_round = (int)((experience + 1) * all / n_task) - source->skip;
    sampler->per_epoch = source->per_round;
}

enum status sampler_open(struct sampler *sampler, const struct scenario *scenario,
                         enum training_rows kind, int experience,
                         const struct training *training, uint64_t seed,
                         struct arena *arena, struct error *err)
{
    struct rng rng = rng_child(rng_seed(seed), "order");
    bool keep = training->last_partial_batch == PARTIAL_KEEP;
    bool each = by_task(kind, scenario->setup.scenario);
    int n_task = kind == TRAIN_ON_ALL    ? scenario->n_task
                 : kind == TRAIN_ON_SEEN ? experience + 1
                                         : 1;
    int rows = 0;
    int share = sampler_rows(training, scenario->n_task, kind, scenario->setup.scenario);

    *sampler = (struct sampler){.scenario = scenario, .n_source = each ? n_task : 1};
    sampler->source = arena_take(arena, TAG_SCRATCH, (size_t)sampler->n_source,
                                 sizeof *sampler->source);
    if (arena_check(arena, err) != OK)
        return err->status;
    if (scenario->order && kind == TRAIN_ON_TASK) {
        open_share(sampler, scenario, experience, training);
        return OK;
    }
    for (int i = 0; i < sampler->n_source; i++) {
        int key = kind == TRAIN_ON_ALL ? i : kind == TRAIN_ON_SEEN ? 0 : experience;
        int first = kind == TRAIN_ON_TASK ? scenario->visits.task[experience] : key;

        open_source(&sampler->source[i], sampler, first, each ? 1 : n_task,
                    share / sampler->n_source, keep, rng_at(rng, (uint64_t)key), arena);
        rows += sampler->source[i].n;
    }
    sampler->per_epoch = keep ? share_of(rows, share) : rows / share;
    if (sampler->per_epoch == 0)
        sampler->per_epoch = 1;
    return arena_check(arena, err);
}

double sampler_mean_rows(const struct sampler *sampler)
{
    double rows = 0;

    for (int i = 0; i < sampler->n_source; i++) {
        const struct source *source = &sampler->source[i];
        double round = (double)source->share * source->per_round;

        rows += (round < source->n ? round : source->n) / source->per_round;
    }
    return rows;
}

static void shuffle(struct source *source, int64_t round)
{
    struct rng rng = rng_at(source->rng, (uint64_t)round);

    if (source->round == round)
        return;
    for (int i = 0; i < source->n; i++)
        source->order[i] = i;
    rng_shuffle(&rng, source->order, source->n);
    source->round = round;
}

static void append(const struct scenario *scenario, const struct source *source, int row,
                   struct batch_builder *builder)
{
    int t = source->first_task;

    while (row >= scenario->train[t].n)
        row -= scenario->train[t++].n;
    scenario_read(scenario, t, PART_TRAIN, row,
                  builder->pixel + (size_t)builder->n * (size_t)scenario->n_pixel,
                  &builder->y[builder->n]);
    builder->task[builder->n] = t;
    builder->weight[builder->n] = 1;
    builder->n++;
}

void sampler_batch(struct sampler *sampler, int64_t b, struct batch_builder *builder)
{
    for (int s = 0; s < sampler->n_source; s++) {
        struct source *source = &sampler->source[s];
        int first = (source->skip + (int)(b % source->per_round)) * source->share;

        shuffle(source, b / source->per_round);
        for (int i = first; i < first + source->share && i < source->n; i++)
            append(sampler->scenario, source, source->order[i], builder);
    }
}
