#include "results/plot.h"

#include <math.h>
#include <string.h>

#include "results/traced.h"

/* What a panel shows: noprop/dt_trace.c and noprop/flow.h say what is traced. Accuracy
 * only where no label went in. */
static const struct panel {
    const char *what;
    bool loss;
    int least; /* places that make a line: a decision at the end is none */
    const char *title;
} panels[] = {
    {"chain", false, 1, "accuracy after denoising step t (%)"},
    {"quiet", false, 1, "the same, noise term off (%)"},
    {"alone", false, 1, "block t on pure noise (%)"},
    {"given", true, 1, "denoising loss of block t"},
    {"head", false, 2, "head after a walk of so many steps (%)"},
    {"nearest", false, 2, "nearest embedding after so many steps (%)"},
};

enum { N_PANEL = sizeof panels / sizeof panels[0] };

/* Of the seeds of a group; what cannot be read is no reason to draw nothing. */
static struct traced *load_traces(const struct group *group, struct arena *arena)
{
    struct traced *all = arena_take(arena, TAG_STATE, (size_t)group->n, sizeof *all);

    for (int k = 0; all && k < group->n; k++) {
        struct error err = {0};
        const char *path = group->ok[k]->trace;

        if (path && traced_load(&all[k], path, arena, &err) != OK)
            all[k].n = 0;
    }
    return all;
}

static double value_of(const struct traced_row *row, bool loss)
{
    return (loss ? row->loss : 100 * row->hits) / row->total;
}

/* Mean over the seeds that have it. */
static double mean_at(const struct panel *panel, const struct traced *trace, int n,
                      int at)
{
    double sum = 0, count = 0;

    for (int k = 0; k < n; k++) {
        const struct traced_row *row = traced_find(&trace[k], panel->what, at);

        if (row) {
            sum += value_of(row, panel->loss);
            count++;
        }
    }
    return sum / count;
}

static int places(const struct panel *panel, const struct traced *trace)
{
    int n = 0;

    for (int i = 0; i < trace->n; i++)
        n += strcmp(trace->row[i].what, panel->what) == 0 &&
             isfinite(value_of(&trace->row[i], panel->loss));
    return n;
}

/* Its line in one panel, at the places of its first seed. */
static bool write_line(struct sketch *sketch, const struct panel *panel,
                       const struct traced *trace, int n)
{
    if (places(panel, &trace[0]) < panel->least)
        return false;
    for (int i = 0; i < trace[0].n; i++) {
        const struct traced_row *row = &trace[0].row[i];

        if (strcmp(row->what, panel->what) == 0)
            fprintf(sketch->data, "%d %.9g\n", row->at,
                    mean_at(panel, trace, n, row->at));
    }
    fputs("\n\n", sketch->data);
    return true;
}

/* All lines of a panel; how many. `lines` gets "panel colour dash" of each. */
static int write_panel(struct sketch *sketch, int which, struct traced *const *trace,
                       const char **lines)
{
    int n = 0;

    for (int i = 0; i < sketch->section->n; i++) {
        const struct group *group = &sketch->section->group[i];

        if (group->n == 0 || !trace[i] ||
            !write_line(sketch, &panels[which], trace[i], group->n))
            continue;
        *lines = sketch_style(
            sketch,
            arena_text(sketch->arena, "%s%s%d", *lines, **lines ? " " : "", which),
            group);
        n++;
    }
    return n;
}

/* The key: every group that has a trace. */
static const char *write_key(struct sketch *sketch, struct traced *const *trace,
                             const char **labels)
{
    const char *styles = "";

    for (int i = 0; i < sketch->section->n; i++) {
        const struct group *group = &sketch->section->group[i];

        if (group->n == 0 || !trace[i] || trace[i][0].n == 0)
            continue;
        styles = sketch_style(sketch, styles, group);
        *labels = sketch_label(sketch, *labels, group);
    }
    return styles;
}

static struct traced **load_section(const struct section *section, struct arena *arena)
{
    struct traced **trace =
        arena_take(arena, TAG_STATE, (size_t)section->n, sizeof *trace);

    for (int i = 0; trace && i < section->n; i++)
        if (section->group[i].n > 0)
            trace[i] = load_traces(&section->group[i], arena);
    return trace;
}

bool plot_trace(struct sketch *sketch)
{
    struct traced **trace = load_section(sketch->section, sketch->arena);
    const char *titles = "", *lines = "", *labels = "";
    int n = 0;

    for (int p = 0; trace && p < N_PANEL; p++) {
        n += write_panel(sketch, p, trace, &lines);
        titles = sketch_text(sketch, titles, panels[p].title);
    }
    if (n == 0)
        return false;
    sketch->argument[1] = titles;
    sketch->argument[2] = lines;
    sketch->argument[3] = write_key(sketch, trace, &labels);
    sketch->argument[4] = labels;
    sketch->caption = arena_text(
        sketch->arena,
        "What the inference answers step by step, on all test images at the end of a "
        "run: mean over %s. The denoising loss is that of a block on a noised label, as "
        "in training; everywhere else no label goes in.",
        section_seeds(sketch->section, sketch->arena));
    return true;
}
