#include "results/plot.h"

#include <math.h>

static bool has_point(const struct group *group)
{
    return group->mean[METRIC_ACCURACY].n > 0 && group->peak.mean > 0;
}

/* The group that takes the least memory among those more accurate than the bar; of equals
 * the most accurate. NULL = there is none. */
static const struct group *next_of_front(const struct section *section, double bar)
{
    const struct group *best = NULL;

    for (int i = 0; i < section->n; i++) {
        const struct group *group = &section->group[i];
        double accuracy = group->mean[METRIC_ACCURACY].mean;

        if (group->first->pooled || !has_point(group) || accuracy <= bar)
            continue;
        if (!best || group->peak.mean < best->peak.mean ||
            (group->peak.mean <= best->peak.mean &&
             accuracy > best->mean[METRIC_ACCURACY].mean))
            best = group;
    }
    return best;
}

/* As stairs: up to a point's accuracy only where its memory is reached. */
static void write_front(FILE *data, const struct section *section)
{
    double bar = -1;

    fputs("\n\n", data);
    for (const struct group *group; (group = next_of_front(section, bar));) {
        double accuracy = group->mean[METRIC_ACCURACY].mean;

        if (bar >= 0)
            fprintf(data, "%.9g %.9g\n", group->peak.mean / MEBIBYTE, 100 * bar);
        fprintf(data, "%.9g %.9g\n", group->peak.mean / MEBIBYTE, 100 * accuracy);
        bar = accuracy;
    }
}

bool plot_pareto(struct sketch *sketch)
{
    const char *styles = "", *labels = "";
    int n = 0;

    for (int i = 0; i < sketch->section->n; i++) {
        const struct group *group = &sketch->section->group[i];

        if (!has_point(group))
            continue;
        fprintf(sketch->data, "%.9g", group->peak.mean / MEBIBYTE);
        sketch_share(sketch, &group->mean[METRIC_ACCURACY]);
        fputc('\n', sketch->data);
        styles = sketch_style(sketch, styles, group);
        labels = sketch_label(sketch, labels, group);
        n++;
    }
    write_front(sketch->data, sketch->section);
    sketch->argument[1] = sketch_count(sketch, n);
    sketch->argument[2] = styles;
    sketch->argument[3] = labels;
    sketch->caption = arena_text(sketch->arena,
                                 "Final average accuracy against peak memory: mean over "
                                 "%s, bars = 95 %% t-interval of "
                                 "the mean. The front joins what nothing else beats in "
                                 "both; pooled training is left "
                                 "out of it.",
                                 section_seeds(sketch->section, sketch->arena));
    return n > 0;
}
