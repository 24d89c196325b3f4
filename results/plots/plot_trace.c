#include <math.h>
#include <string.h>

#include "results/data/trace_file.h"
#include "results/plots/plot.h"
#include "results/plots/plot_data.h"

/* What a panel shows: noprop/dt_trace.c and noprop/ode.h say what is traced. Accuracy
 * only where no label went in. */
static const struct panel {
    const char *what;
    bool loss;
    int least; /* fewest places that make a line: a single decision at the end does not */
    const char *title;
} panels[] = {
    {"chain", false, 1, "accuracy after denoising step t (%)"},
    {"quiet", false, 1, "the same, noise term off (%)"},
    {"alone", false, 1, "block t on pure noise (%)"},
    {"given", true, 1, "denoising loss of block t"},
    {"head", false, 2, "head after a walk of n steps (%)"},
    {"nearest", false, 2, "nearest embedding after n steps (%)"},
};

enum { N_PANEL = sizeof panels / sizeof panels[0] };

/* Of the seeds of a group; a file that cannot be read counts as empty. */
static struct trace_file *load_traces(const struct group *group, struct arena *arena)
{
    struct trace_file *all = arena_take(arena, TAG_STATE, (size_t)group->n, sizeof *all);

    for (int k = 0; all && k < group->n; k++) {
        struct error err = {0};
        const char *path = group->ok[k]->context.trace;

        if (path && trace_file_load(&all[k], path, arena, &err) != OK)
            all[k].n = 0;
    }
    return all;
}

static double value_of(const struct trace_file_row *row, bool loss)
{
    return (loss ? row->loss : 100 * row->hits) / row->total;
}

/* Mean over the seeds that have it. */
static double mean_at(const struct panel *panel, const struct trace_file *trace, int n,
                      int at)
{
    double sum = 0, count = 0;

    for (int k = 0; k < n; k++) {
        const struct trace_file_row *row = trace_file_find(&trace[k], panel->what, at);

        if (row) {
            sum += value_of(row, panel->loss);
            count++;
        }
    }
    return sum / count;
}

static int places(const struct panel *panel, const struct trace_file *trace)
{
    int n = 0;

    for (int i = 0; i < trace->n; i++)
        n += strcmp(trace->row[i].what, panel->what) == 0 &&
             isfinite(value_of(&trace->row[i], panel->loss));
    return n;
}

/* Its line in one panel, at the places of its first seed. */
static bool write_line(struct plot_data *plot_data, const struct panel *panel,
                       const struct trace_file *trace, int n)
{
    if (places(panel, &trace[0]) < panel->least)
        return false;
    for (int i = 0; i < trace[0].n; i++) {
        const struct trace_file_row *row = &trace[0].row[i];

        if (strcmp(row->what, panel->what) == 0)
            fprintf(plot_data->data, "%d %.9g\n", row->at,
                    mean_at(panel, trace, n, row->at));
    }
    fputs("\n\n", plot_data->data);
    return true;
}

/* All lines of a panel; how many. `lines` gets "panel colour dash" of each. */
static int write_panel(struct plot_data *plot_data, int which,
                       struct trace_file *const *trace, const char **lines)
{
    int n = 0;

    for (int i = 0; i < plot_data->section->n; i++) {
        const struct group *group = &plot_data->section->group[i];

        if (group->n == 0 || !trace[i] ||
            !write_line(plot_data, &panels[which], trace[i], group->n))
            continue;
        *lines = plot_data_style(
            plot_data,
            arena_text(plot_data->arena, "%s%s%d", *lines, **lines ? " " : "", which),
            group);
        n++;
    }
    return n;
}

/* The key: every group that has a trace. */
static const char *write_key(struct plot_data *plot_data, struct trace_file *const *trace,
                             const char **labels)
{
    const char *styles = "";

    for (int i = 0; i < plot_data->section->n; i++) {
        const struct group *group = &plot_data->section->group[i];

        if (group->n == 0 || !trace[i] || trace[i][0].n == 0)
            continue;
        styles = plot_data_style(plot_data, styles, group);
        *labels = plot_data_label(plot_data, *labels, group);
    }
    return styles;
}

static struct trace_file **load_section(const struct section *section,
                                        struct arena *arena)
{
    struct trace_file **trace =
        arena_take(arena, TAG_STATE, (size_t)section->n, sizeof *trace);

    for (int i = 0; trace && i < section->n; i++)
        if (section->group[i].n > 0)
            trace[i] = load_traces(&section->group[i], arena);
    return trace;
}

bool plot_trace(struct plot_data *plot_data)
{
    struct trace_file **trace = load_section(plot_data->section, plot_data->arena);
    const char *titles = "", *lines = "", *labels = "";
    int n = 0;

    for (int p = 0; trace && p < N_PANEL; p++) {
        n += write_panel(plot_data, p, trace, &lines);
        titles = plot_data_text(plot_data, titles, panels[p].title);
    }
    if (n == 0)
        return false;
    plot_data->argument[1] = titles;
    plot_data->argument[2] = lines;
    plot_data->argument[3] = write_key(plot_data, trace, &labels);
    plot_data->argument[4] = labels;
    plot_data->caption = arena_text(
        plot_data->arena,
        "What the inference answers step by step, on all test images at the end of a "
        "run: mean over %s. The denoising loss is that of a block on a noised label, as "
        "in training; everywhere else no label goes in.",
        section_seeds(plot_data->section, plot_data->arena));
    return true;
}
