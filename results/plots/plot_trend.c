#include <math.h>
#include <stddef.h>
#include <string.h>

#include "results/plots/plot.h"
#include "results/plots/plot_data.h"
#include "results/plots/trend.h"

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
        if (strcmp(group->ok[k]->id.seed, seed) == 0)
            return group->ok[k]->timing.train_seconds;
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
        ratio[k] = seconds_of_seed(line->point[0].group, group->ok[k]->id.seed) /
                   group->ok[k]->timing.train_seconds;
    return draws_statistics(&group->draws, ratio);
}

static struct statistics mean_at(const struct trend_of *of, const struct trend_line *line,
                                 const struct group *group, struct arena *arena)
{
    if (of->speedup)
        return speedup(line, group, arena);
    return *(const struct statistics *)((const char *)group + of->mean);
}

static void write_point(struct plot_data *plot_data, const struct trend_of *of,
                        const struct trend_line *line, const struct trend_point *point)
{
    struct statistics mean = mean_at(of, line, point->group, plot_data->arena);

    fprintf(plot_data->data, "%.9g", point->x);
    if (of->share)
        plot_data_share(plot_data, &mean);
    else
        plot_data_interval(plot_data, &mean, of->scale, 0, INFINITY);
    if (of->also)
        fprintf(plot_data->data, " %.9g\n", of->scale * of->also(point->group));
    else
        fputs(" NaN\n", plot_data->data);
}

enum { N_LINE = 24 }; /* of a picture */

static bool plot_data_trend(struct plot_data *plot_data, const struct trend_of *of)
{
    struct trend_lines lines =
        trend_lines(plot_data->section, plot_data->trend, plot_data->arena);
    const char *styles = "", *labels = "";
    int n = lines.n < N_LINE ? lines.n : N_LINE;

    for (int i = 0; i < n; i++) {
        const struct trend_line *line = &lines.line[i];

        for (int k = 0; k < line->n; k++)
            write_point(plot_data, of, line, &line->point[k]);
        fputs("\n\n", plot_data->data);
        styles = arena_text(plot_data->arena, "%s%s%d", styles, i > 0 ? " " : "", i + 1);
        labels = plot_data_text(plot_data, labels, line->label);
    }
    plot_data->argument[1] = plot_data_count(plot_data, n);
    plot_data->argument[2] = styles;
    plot_data->argument[3] = labels;
    plot_data->argument[4] = plot_data->trend->name;
    plot_data->argument[5] = of->axis;
    plot_data->caption =
        arena_text(plot_data->arena,
                   "%s%s against %s, all other settings the same: mean over %s%s.%s%s",
                   n < lines.n ? arena_text(plot_data->arena,
                                            "The first %d of %d lines. ", n, lines.n)
                               : "",
                   of->axis, plot_data->trend->name,
                   section_seeds(plot_data->section, plot_data->arena),
                   plot_data_bounds(plot_data, PLOT_DATA_BARS), plot_data_few(plot_data),
                   of->caption);
    return lines.n > 0;
}

/* What a step works with: gradient, activations, scratch. */
static double working(const struct group *group)
{
    double sum = 0;

    for (int k = 0; k < group->n; k++) {
        const size_t *part = group->ok[k]->cost.peak.part;

        sum += (double)(part[TAG_GRADIENT] + part[TAG_ACTIVATION] + part[TAG_SCRATCH]);
    }
    return sum / group->n;
}

bool plot_accuracy_trend(struct plot_data *plot_data)
{
    static const struct trend_of of = {
        .mean =
            offsetof(struct group, mean) + METRIC_ACCURACY * sizeof(struct statistics),
        .share = true,
        .axis = "average accuracy (%)",
        .caption = "",
    };

    return plot_data_trend(plot_data, &of);
}

bool plot_memory_trend(struct plot_data *plot_data)
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

    return plot_data_trend(plot_data, &of);
}

bool plot_time_trend(struct plot_data *plot_data)
{
    static const struct trend_of of = {
        .mean = offsetof(struct group, seconds),
        .scale = 1,
        .axis = "training time of one run (s)",
        .caption = " It varies from run to run and with what else the machine does.",
    };

    return plot_data_trend(plot_data, &of);
}

bool plot_speedup_trend(struct plot_data *plot_data)
{
    static const struct trend_of of = {
        .speedup = true,
        .scale = 1,
        .axis = "times as fast as the first",
        .caption = " It varies with what else the machine does.",
    };

    return strcmp(plot_data->trend->name, "threads") == 0 &&
           plot_data_trend(plot_data, &of);
}
