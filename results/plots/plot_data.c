#include "results/plots/plot_data.h"

#include <math.h>

#include "results/data/escape.h"

static const char *quoted(const char *label, struct arena *arena)
{
    return arena_text(arena, "\"%s\"", escape_gnuplot(label, arena));
}

void plot_data_name(struct plot_data *plot_data, const char *name)
{
    fputs(quoted(name, plot_data->arena), plot_data->data);
}

void plot_data_interval(struct plot_data *plot_data, const struct statistics *s,
                        double scale, double least, double most)
{
    double margin = s->n < N_INTERVAL ? 0 : s->margin;

    plot_data->cut |= s->mean - margin < least || s->mean + margin > most;
    fprintf(plot_data->data, " %.9g %.9g %.9g", scale * s->mean,
            scale * (s->mean - margin), scale * (s->mean + margin));
}

void plot_data_share(struct plot_data *plot_data, const struct statistics *s)
{
    plot_data_interval(plot_data, s, 100, 0, 1);
}

const char *plot_data_bounds(const struct plot_data *plot_data, const char *words)
{
    const struct section *section = plot_data->section;

    for (int i = 0; i < section->n && plot_data->intervals != INTERVAL_NONE; i++)
        if (section->group[i].draws.n >= N_INTERVAL)
            return words;
    return "";
}

const char *plot_data_few(const struct plot_data *plot_data)
{
    const struct section *section = plot_data->section;

    for (int i = 0; i < section->n && plot_data->intervals != INTERVAL_NONE; i++)
        if (section->group[i].n > 0 && section->group[i].draws.n < N_INTERVAL)
            return " Of fewer than three seeds no interval is drawn.";
    return "";
}

const char *plot_data_cut(const struct plot_data *plot_data)
{
    if (!plot_data->cut || plot_data->intervals == INTERVAL_NONE)
        return "";
    return plot_data->intervals == INTERVAL_BANDS
               ? " A band that is cut at 0 or 100 % goes on."
               : " An arrow in place of an end: the interval goes on.";
}

const char *plot_data_missing(const struct section *section, struct arena *arena)
{
    const char *list = "";

    for (int i = 0; i < section->n; i++)
        if (section->group[i].n == 0)
            list = arena_text(arena, "%s%s%s", list, *list ? ", " : "",
                              section->group[i].label);
    return *list ? arena_text(arena, " Not shown, because no cell ended ok: %s.", list)
                 : "";
}

const char *plot_data_name_of(const struct group *group, struct arena *arena)
{
    if (group->n == group->n_cell)
        return group->label;
    return arena_text(arena, "%s (%d of %d ok)", group->label, group->n, group->n_cell);
}

double plot_data_unit(double flops, const char **name)
{
    static const struct {
        double unit;
        const char *name;
    } units[] = {{1e15, "PFLOP"}, {1e12, "TFLOP"}, {1e9, "GFLOP"}, {1e6, "MFLOP"}};
    size_t i = 0;

    while (i + 1 < sizeof units / sizeof *units && flops < units[i].unit)
        i++;
    *name = units[i].name;
    return units[i].unit;
}

const char *plot_data_text(struct plot_data *plot_data, const char *list,
                           const char *text)
{
    return arena_text(plot_data->arena, "%s%s%s", list, *list ? " " : "",
                      quoted(text, plot_data->arena));
}

const char *plot_data_label(struct plot_data *plot_data, const char *list,
                            const struct group *group)
{
    return plot_data_text(plot_data, list, plot_data_name_of(group, plot_data->arena));
}

const char *plot_data_style(struct plot_data *plot_data, const char *list,
                            const struct group *group)
{
    return arena_text(plot_data->arena, "%s%s%d %d", list, *list ? " " : "", group->hue,
                      group->dash);
}

const char *plot_data_count(struct plot_data *plot_data, int n)
{
    return arena_text(plot_data->arena, "%d", n);
}
