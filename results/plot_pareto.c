#include "results/plot.h"

#include <math.h>

/* What accuracy is held against. */
struct cost {
    const struct statistics *(*of)(const struct group *group);
    double scale;
    const char *axis;
    const char *caption;
};

static double value_of(const struct cost *cost, const struct group *group)
{
    return cost->of(group)->mean / cost->scale;
}

static bool has_point(const struct cost *cost, const struct group *group)
{
    return group->mean[METRIC_ACCURACY].n > 0 && value_of(cost, group) > 0;
}

/* The group that costs least among those more accurate than the bar; of equals the most
 * accurate. NULL = there is none. */
static const struct group *next_of_front(const struct section *section,
                                         const struct cost *cost, double bar)
{
    const struct group *best = NULL;

    for (int i = 0; i < section->n; i++) {
        const struct group *group = &section->group[i];
        double accuracy = group->mean[METRIC_ACCURACY].mean;

        if (group->first->pooled || !has_point(cost, group) || accuracy <= bar)
            continue;
        if (!best || value_of(cost, group) < value_of(cost, best) ||
            (value_of(cost, group) <= value_of(cost, best) &&
             accuracy > best->mean[METRIC_ACCURACY].mean))
            best = group;
    }
    return best;
}

/* As stairs: up to a point's accuracy only where its cost is reached. */
static void write_front(FILE *data, const struct section *section,
                        const struct cost *cost)
{
    double bar = -1;

    fputs("\n\n", data);
    for (const struct group *group; (group = next_of_front(section, cost, bar));) {
        double accuracy = group->mean[METRIC_ACCURACY].mean;

        if (bar >= 0)
            fprintf(data, "%.9g %.9g\n", value_of(cost, group), 100 * bar);
        fprintf(data, "%.9g %.9g\n", value_of(cost, group), 100 * accuracy);
        bar = accuracy;
    }
}

static bool sketch_pareto(struct sketch *sketch, const struct cost *cost)
{
    const char *styles = "", *labels = "";
    int n = 0;

    for (int i = 0; i < sketch->section->n; i++) {
        const struct group *group = &sketch->section->group[i];

        if (!has_point(cost, group))
            continue;
        fprintf(sketch->data, "%.9g", value_of(cost, group));
        sketch_share(sketch, &group->mean[METRIC_ACCURACY]);
        fputc('\n', sketch->data);
        styles = sketch_style(sketch, styles, group);
        labels = sketch_label(sketch, labels, group);
        n++;
    }
    write_front(sketch->data, sketch->section, cost);
    sketch->argument[1] = sketch_count(sketch, n);
    sketch->argument[2] = styles;
    sketch->argument[3] = labels;
    sketch->argument[4] = cost->axis;
    sketch->caption =
        arena_text(sketch->arena,
                   "Final average accuracy against %s: mean over %s, bars = 95 %% "
                   "t-interval of the mean. The front joins what nothing else beats in "
                   "both; pooled training is left out of it.%s",
                   cost->caption, section_seeds(sketch->section, sketch->arena),
                   sketch_few(sketch->section));
    return n > 0;
}

static const struct statistics *peak(const struct group *group)
{
    return &group->peak;
}

static const struct statistics *seconds(const struct group *group)
{
    return &group->seconds;
}

static const struct statistics *flops(const struct group *group)
{
    return &group->flops;
}

bool plot_pareto_memory(struct sketch *sketch)
{
    static const struct cost cost = {peak, MEBIBYTE, "peak memory of one run (MiB)",
                                     "peak memory"};

    return sketch_pareto(sketch, &cost);
}

bool plot_pareto_time(struct sketch *sketch)
{
    static const struct cost cost = {seconds, 1, "training time of one run (s)",
                                     "training time, which varies from run to run"};

    return sketch_pareto(sketch, &cost);
}

bool plot_pareto_flops(struct sketch *sketch)
{
    static const struct cost cost = {flops, 1e9, "training work of one run (GFLOP)",
                                     "the floating-point operations of training"};

    return sketch_pareto(sketch, &cost);
}
