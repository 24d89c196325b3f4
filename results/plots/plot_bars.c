#include <math.h>

#include "results/plots/plot.h"
#include "results/plots/plot_data.h"

/* ---------------------------------------------------------------- forgetting, time */

struct measure { /* what a bar is */
    const struct statistics *(*mean)(const struct group *group);
    double (*value)(const struct group *group, int seed);
    double scale;
    double least, most; /* where its intervals end */
};

/* Whether the bars are means over different numbers of seeds. */
static bool is_mixed(const struct section *section, const struct measure *measure)
{
    int first = 0;

    for (int i = 0; i < section->n; i++) {
        int n = measure->mean(&section->group[i])->n;

        if (n > 0 && first > 0 && n != first)
            return true;
        first = n > 0 ? n : first;
    }
    return false;
}

static const char *name_with_seeds(const struct measure *measure,
                                   const struct group *group, struct arena *arena)
{
    if (group->n < group->n_cell)
        return plot_data_name_of(group, arena);
    return arena_text(arena, "%s (n = %d)", group->label, measure->mean(group)->n);
}

static int write_bars(struct plot_data *plot_data, const struct measure *measure)
{
    bool mixed = is_mixed(plot_data->section, measure);
    int n = 0;

    for (int i = 0; i < plot_data->section->n; i++) {
        const struct group *group = &plot_data->section->group[i];

        if (measure->mean(group)->n == 0)
            continue;
        plot_data_name(plot_data, mixed
                                      ? name_with_seeds(measure, group, plot_data->arena)
                                      : plot_data_name_of(group, plot_data->arena));
        plot_data_interval(plot_data, measure->mean(group), measure->scale,
                           measure->least, measure->most);
        fprintf(plot_data->data, " %d\n", group->hue);
        n++;
    }
    fputs("\n\n", plot_data->data);
    return n;
}

static void write_dots(struct plot_data *plot_data, const struct measure *measure)
{
    int bar = 0;

    for (int i = 0; i < plot_data->section->n; i++) {
        const struct group *group = &plot_data->section->group[i];

        bar += measure->mean(group)->n > 0;
        for (int k = 0; k < group->n; k++)
            if (!isnan(measure->value(group, k)))
                fprintf(plot_data->data, "%d %.9g\n", bar,
                        measure->scale * measure->value(group, k));
    }
}

static bool plot_data_bars(struct plot_data *plot_data, const struct measure *measure,
                           const char *what)
{
    int n = write_bars(plot_data, measure);

    write_dots(plot_data, measure);
    plot_data->argument[1] = plot_data_count(plot_data, n);
    plot_data->caption =
        arena_text(plot_data->arena, "%s Bars: mean over %s%s; circles: single seeds.%s",
                   what, section_seeds(plot_data->section, plot_data->arena),
                   plot_data_bounds(plot_data, "; whiskers: 95 % t-interval of the mean"),
                   plot_data_few(plot_data));
    return n > 0;
}

static const struct statistics *mean_forgetting(const struct group *group)
{
    return &group->mean[METRIC_FORGETTING];
}

static double forgetting(const struct group *group, int seed)
{
    return group->metric[seed].value[METRIC_FORGETTING];
}

bool plot_forgetting(struct plot_data *plot_data)
{
    static const struct measure measure = {mean_forgetting, forgetting, 100, -1, 1};

    return plot_data_bars(
        plot_data, &measure,
        "Forgetting: the best accuracy since a task was learnt minus the "
        "final one, averaged over all tasks but the last.");
}

static const struct statistics *mean_seconds(const struct group *group)
{
    return &group->seconds;
}

static double seconds(const struct group *group, int seed)
{
    return group->ok[seed]->timing.train_seconds;
}

bool plot_time(struct plot_data *plot_data)
{
    static const struct measure measure = {mean_seconds, seconds, 1, 0, INFINITY};

    return plot_data_bars(
        plot_data, &measure,
        "Training time of one run, without evaluation. It varies from run to "
        "run and with what else the machine does.");
}

/* ---------------------------------------------------------------- memory */

static void write_parts(FILE *data, const struct group *group)
{
    const enum tag tags[] = {TAG_WEIGHT, TAG_GRADIENT, TAG_OPTIMIZER, TAG_ACTIVATION,
                             TAG_BUFFER, TAG_SCRATCH,  TAG_STATE};

    for (size_t p = 0; p < sizeof tags / sizeof tags[0]; p++) {
        double sum = 0;

        for (int k = 0; k < group->n; k++) {
            const size_t *part = group->ok[k]->cost.peak.part;

            sum += (double)part[tags[p]];
            if (tags[p] == TAG_STATE)
                sum += (double)part[TAG_FIXED];
        }
        fprintf(data, " %.9g", sum / group->n / MEBIBYTE);
    }
    fputc('\n', data);
}

bool plot_memory(struct plot_data *plot_data)
{
    int n = 0;

    for (int i = 0; i < plot_data->section->n; i++) {
        const struct group *group = &plot_data->section->group[i];

        if (group->n == 0 || !(group->peak.mean > 0))
            continue;
        plot_data_name(plot_data, plot_data_name_of(group, plot_data->arena));
        write_parts(plot_data->data, group);
        n++;
    }
    plot_data->argument[1] = plot_data_count(plot_data, n);
    plot_data->caption = arena_text(
        plot_data->arena,
        "Peak memory that a run took for itself, and what it consisted of at that "
        "moment: mean over %s. Counted to the byte by the program; data set and "
        "BLAS buffers are left out (the resident size of the process stands in "
        "timing.csv).",
        section_seeds(plot_data->section, plot_data->arena));
    return n > 0;
}
