#include "results/plot.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "results/trend.h"

/* What is held against an option. */
struct trend_of {
    size_t mean;  /* where a group has its statistics */
    bool speedup; /* in place of them how many times as fast as at the first point */
    double (*also)(const struct group *group); /* a second figure; NULL = none */
    double scale;
    bool share; /* of 1, shown in per cent */
    const char *axis, *caption;
};

static double seconds_of_seed(const struct group *group, const char *seed)
{
    for (int k = 0; k < group->n; k++)
        if (strcmp(group->ok[k]->seed, seed) == 0)
            return group->ok[k]->train_seconds;
    return NAN;
}

/* Seed by seed, the time of the line's first point over that of this one. */
static struct statistics speedup(const struct trend_line *line, const struct group *group,
                                 struct arena *arena)
{
    double *ratio = arena_take(arena, TAG_SCRATCH, (size_t)group->n, sizeof *ratio);

    if (!ratio)
        return statistics_of(NULL, 0);
    for (int k = 0; k < group->n; k++)
        ratio[k] = seconds_of_seed(line->point[0].group, group->ok[k]->seed) /
                   group->ok[k]->train_seconds;
    return statistics_of(ratio, group->n);
}

static struct statistics mean_at(const struct trend_of *of, const struct trend_line *line,
                                 const struct group *group, struct arena *arena)
{
    if (of->speedup)
        return speedup(line, group, arena);
    return *(const struct statistics *)((const char *)group + of->mean);
}

static void write_point(struct sketch *sketch, const struct trend_of *of,
                        const struct trend_line *line, const struct trend_point *point)
{
    struct statistics mean = mean_at(of, line, point->group, sketch->arena);

    fprintf(sketch->data, "%.9g", point->at);
    if (of->share)
        sketch_share(sketch, &mean);
    else
        sketch_interval(sketch, &mean, of->scale, 0, INFINITY);
    if (of->also)
        fprintf(sketch->data, " %.9g\n", of->scale * of->also(point->group));
    else
        fputs(" NaN\n", sketch->data);
}

static bool sketch_trend(struct sketch *sketch, const struct trend_of *of)
{
    struct trend_lines lines = trend_lines(sketch->section, sketch->trend, sketch->arena);
    const char *styles = "", *labels = "";

    for (int i = 0; i < lines.n; i++) {
        const struct trend_line *line = &lines.line[i];

        for (int k = 0; k < line->n; k++)
            write_point(sketch, of, line, &line->point[k]);
        fputs("\n\n", sketch->data);
        styles = arena_text(sketch->arena, "%s%s%d", styles, i > 0 ? " " : "", i + 1);
        labels = sketch_text(sketch, labels, line->label);
    }
    sketch->argument[1] = sketch_count(sketch, lines.n);
    sketch->argument[2] = styles;
    sketch->argument[3] = labels;
    sketch->argument[4] = sketch->trend->name;
    sketch->argument[5] = of->axis;
    sketch->caption = arena_text(
        sketch->arena,
        "%s against %s, all other settings the same: mean over %s, bars = 95 %% "
        "t-interval of the mean.%s%s",
        of->axis, sketch->trend->name, section_seeds(sketch->section, sketch->arena),
        sketch_few(sketch->section), of->caption);
    return lines.n > 0;
}

/* What a step works with: gradient, activations, scratch. */
static double working(const struct group *group)
{
    double sum = 0;

    for (int k = 0; k < group->n; k++) {
        const size_t *part = group->ok[k]->peak.part;

        sum += (double)(part[TAG_GRADIENT] + part[TAG_ACTIVATION] + part[TAG_SCRATCH]);
    }
    return sum / group->n;
}

bool plot_accuracy_trend(struct sketch *sketch)
{
    static const struct trend_of of = {
        .mean =
            offsetof(struct group, mean) + METRIC_ACCURACY * sizeof(struct statistics),
        .share = true,
        .axis = "average accuracy (%)",
        .caption = "",
    };

    return sketch_trend(sketch, &of);
}

bool plot_memory_trend(struct sketch *sketch)
{
    static const struct trend_of of = {
        .mean = offsetof(struct group, peak),
        .also = working,
        .scale = 1.0 / MEBIBYTE,
        .axis = "peak memory of one run (MiB)",
        .caption = " Dotted: gradient, activations and scratch alone, which is what "
                   "training works with beside weights, their optimizer and what else is "
                   "kept.",
    };

    return sketch_trend(sketch, &of);
}

bool plot_time_trend(struct sketch *sketch)
{
    static const struct trend_of of = {
        .mean = offsetof(struct group, seconds),
        .scale = 1,
        .axis = "training time of one run (s)",
        .caption = " It varies from run to run and with what else the machine does.",
    };

    return sketch_trend(sketch, &of);
}

bool plot_speedup_trend(struct sketch *sketch)
{
    static const struct trend_of of = {
        .speedup = true,
        .scale = 1,
        .axis = "times as fast as the first",
        .caption = " It varies with what else the machine does.",
    };

    return strcmp(sketch->trend->name, "threads") == 0 && sketch_trend(sketch, &of);
}
