#include "bench/feed.h"

static bool by_task(enum feed_kind kind, int scenario)
{
    return kind == FEED_ALL && scenario == SCENARIO_TASK;
}

static int share_of(int batch, int parts)
{
    return (batch + parts - 1) / parts;
}

int feed_rows(const struct training *training, int n_task, enum feed_kind kind,
              int scenario)
{
    if (by_task(kind, scenario))
        return n_task * share_of(training->batch, n_task);
    return training->batch;
}

static void open_source(struct source *source, const struct feed *feed, int first,
                        int n_task, int share, bool keep, struct rng rng,
                        struct arena *arena)
{
    *source = (struct source){.first_task = first, .n_task = n_task, .round = -1};
    for (int t = first; t < first + n_task; t++)
        source->n += feed->course->train[t].n;
    source->share = share < source->n ? share : source->n;
    source->per_round =
        keep ? share_of(source->n, source->share) : source->n / source->share;
    source->rng = rng;
    source->order = arena_take(arena, TAG_SCRATCH, (size_t)source->n, sizeof(int32_t));
}

/* A stage of a stream without boundaries. */
static void open_share(struct feed *feed, const struct course *course, int stage,
                       const struct training *training)
{
    struct source *source = feed->source;
    int64_t all, n_task = course->n_task;

    *source = (struct source){.n_task = course->n_task, .order = course->order};
    for (int t = 0; t < course->n_task; t++)
        source->n += course->train[t].n;
    source->share = training->batch < source->n ? training->batch : source->n;
    all = training->last_partial_batch == PARTIAL_KEEP
              ? share_of(source->n, source->share)
              : source->n / source->share;
    source->skip = (int)(stage * all / n_task);
    source->per_round = (int)((stage + 1) * all / n_task) - source->skip;
    feed->per_epoch = source->per_round;
}

enum status feed_open(struct feed *feed, const struct course *course, enum feed_kind kind,
                      int stage, const struct training *training, uint64_t seed,
                      struct arena *arena, struct error *err)
{
    struct rng rng = rng_child(rng_seed(seed), "order");
    bool keep = training->last_partial_batch == PARTIAL_KEEP;
    bool each = by_task(kind, course->setup.scenario);
    int n_task = kind == FEED_ALL ? course->n_task : kind == FEED_SEEN ? stage + 1 : 1;
    int rows = 0;
    int share = feed_rows(training, course->n_task, kind, course->setup.scenario);

    *feed = (struct feed){.course = course, .n_source = each ? n_task : 1};
    feed->source =
        arena_take(arena, TAG_SCRATCH, (size_t)feed->n_source, sizeof *feed->source);
    if (arena_check(arena, err) != OK)
        return err->status;
    if (course->order && kind == FEED_TASK) {
        open_share(feed, course, stage, training);
        return OK;
    }
    for (int i = 0; i < feed->n_source; i++) {
        int first = kind == FEED_ALL ? i : kind == FEED_SEEN ? 0 : stage;

        open_source(&feed->source[i], feed, first, each ? 1 : n_task,
                    share / feed->n_source, keep, rng_at(rng, (uint64_t)first), arena);
        rows += feed->source[i].n;
    }
    feed->per_epoch = keep ? share_of(rows, share) : rows / share;
    if (feed->per_epoch == 0)
        feed->per_epoch = 1;
    return arena_check(arena, err);
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

static void append(const struct course *course, const struct source *source, int row,
                   struct draft *draft)
{
    int t = source->first_task;

    while (row >= course->train[t].n)
        row -= course->train[t++].n;
    course_read(course, t, PART_TRAIN, row,
                draft->pixel + (size_t)draft->n * (size_t)course->n_pixel,
                &draft->y[draft->n]);
    draft->task[draft->n] = t;
    draft->weight[draft->n] = 1;
    draft->n++;
}

void feed_batch(struct feed *feed, int64_t b, struct draft *draft)
{
    for (int s = 0; s < feed->n_source; s++) {
        struct source *source = &feed->source[s];
        int first = (source->skip + (int)(b % source->per_round)) * source->share;

        shuffle(source, b / source->per_round);
        for (int i = first; i < first + source->share && i < source->n; i++)
            append(feed->course, source, source->order[i], draft);
    }
}
