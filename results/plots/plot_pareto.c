#include <math.h>

#include "results/plots/plot.h"
#include "results/plots/plot_data.h"

/* What accuracy is plotted against. */
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

/* The cheapest group with an accuracy above `least`; of equally cheap ones the most
 * accurate. NULL = there is none. */
static const struct group *next_of_front(const struct section *section,
                                         const struct cost *cost, double least)
{
    const struct group *best = NULL;

    for (int i = 0; i < section->n; i++) {
        const struct group *group = &section->group[i];
        double accuracy = group->mean[METRIC_ACCURACY].mean;

        if (group->first->tests.pooled || !has_point(cost, group) || accuracy <= least)
            continue;
        if (!best || value_of(cost, group) < value_of(cost, best) ||
            (value_of(cost, group) <= value_of(cost, best) &&
             accuracy > best->mean[METRIC_ACCURACY].mean))
            best = group;
    }
    return best;
}

/* As steps: the line rises to a point's accuracy at that point's cost. */
static void write_front(FILE *data, const struct section *section,
                        const struct cost *cost)
{
    double least = -1;

    fputs("\n\n", data);
    for (const struct group *group; (group = next_of_front(section, cost, least));) {
        double accuracy = group->mean[METRIC_ACCURACY].mean;

        if (least >= 0)
            fprintf(data, "%.9g %.9g\n", value_of(cost, group), 100 * least);
        fprintf(data, "%.9g %.9g\n", value_of(cost, group), 100 * accuracy);
        least = accuracy;
    }
}

static bool plot_data_pareto(struct plot_data *plot_data, const struct cost *cost)
{
    const char *styles = "", *labels = "";
    int n = 0;

    for (int i = 0; i < plot_data->section->n; i++) {
        const struct group *group = &plot_data->section->group[i];

        if (!has_point(cost, group))
            continue;
        fprintf(plot_data->data, "%.9g", value_of(cost, group));
        plot_data_share(plot_data, &group->mean[METRIC_ACCURACY]);
        fputc('\n', plot_data->data);
        styles = plot_data_style(plot_data, styles, group);
        labels = plot_data_label(plot_data, labels, group);
        n++;
    }
    write_front(plot_data->data, plot_data->section, cost);
    plot_data->argument[1] = plot_data_count(plot_data, n);
    plot_data->argument[2] = styles;
    plot_data->argument[3] = labels;
    plot_data->argument[4] = cost->axis;
    plot_data->caption = arena_text(
        plot_data->arena,
        "Final average accuracy against %s: mean over %s%s. The front joins what "
        "nothing else beats in both; joint training is left out of it.%s",
        cost->caption, section_seeds(plot_data->section, plot_data->arena),
        plot_data_bounds(plot_data, PLOT_DATA_BARS), plot_data_few(plot_data));
    return n > 1;
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

bool plot_pareto_memory(struct plot_data *plot_data)
{
    static const struct cost cost = {peak, MEBIBYTE, "peak memory of one run (MiB)",
                                     "peak memory"};

    return plot_data_pareto(plot_data, &cost);
}

bool plot_pareto_time(struct plot_data *plot_data)
{
    static const struct cost cost = {seconds, 1, "training time of one run (s)",
                                     "training time, which varies from run to run"};

    return plot_data_pareto(plot_data, &cost);
}

bool plot_pareto_flops(struct plot_data *plot_data)
{
    struct cost cost = {flops, 1, "", "the floating-point operations of training"};
    const char *unit;
    double most = 0;

    for (int i = 0; i < plot_data->section->n; i++)
        most = fmax(most, plot_data->section->group[i].flops.mean); /* of NAN: most */
    cost.scale = plot_data_unit(most, &unit);
    cost.axis = arena_text(plot_data->arena, "training work of one run (%s)", unit);
    return plot_data_pareto(plot_data, &cost);
}
