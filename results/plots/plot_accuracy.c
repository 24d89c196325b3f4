/* Average accuracy over the tasks, and the accuracy matrix. */
#include <math.h>

#include "results/plots/panels.h"
#include "results/plots/plot.h"
#include "results/plots/plot_data.h"

/* ---------------------------------------------------------------- accuracy */

static int most_rows(const struct section *section)
{
    int most = 0;

    for (int i = 0; i < section->n; i++)
        if (section->group[i].n_row > most)
            most = section->group[i].n_row;
    return most;
}

static double chance(const struct section *section)
{
    for (int i = 0; i < section->n; i++)
        if (section->group[i].n > 0)
            return section->group[i].ok[0]->tests.chance;
    return NAN;
}

static void write_curve(struct plot_data *plot_data, const struct group *group)
{
    const struct statistics *last = &group->seen[group->n_row - 1];
    bool pooled = group->first->tests.pooled;

    for (int t = 1; t <= group->n_row; t++) {
        const struct statistics *s = pooled ? last : &group->seen[t - 1];

        if (s->n == 0 || (pooled && t > 1 && t < group->n_row))
            continue;
        fprintf(plot_data->data, "%d", t);
        plot_data_share(plot_data, s);
        fputc('\n', plot_data->data);
    }
    fputs("\n\n", plot_data->data);
}

/* Writes the curves of pooled or of all other training. */
static void write_curves(struct plot_data *plot_data, bool pooled, struct curves *curves)
{
    for (int i = 0; i < plot_data->section->n; i++) {
        const struct group *group = &plot_data->section->group[i];

        if (group->n == 0 || group->first->tests.pooled != pooled ||
            group->seen[group->n_row - 1].n == 0)
            continue;
        write_curve(plot_data, group);
        curves->group[curves->n++] = group;
    }
}

static const char *dotted(struct plot_data *plot_data, bool joint, double guess)
{
    const char *pooled =
        joint ? " Dotted: joint training, known after the last task." : "";

    if (isnan(guess))
        return pooled;
    return arena_text(plot_data->arena, "%s Chance at the end: %.1f %%.", pooled, guess);
}

/* All in one plot; what the caption says of it. */
static const char *fill_together(struct plot_data *plot_data, const struct curves *curves,
                                 int n_line, double guess)
{
    const char *styles = "", *labels = "";

    plot_data->intervals = INTERVAL_BANDS;
    for (int i = 0; i < curves->n; i++) {
        styles = plot_data_style(plot_data, styles, curves->group[i]);
        labels = plot_data_label(plot_data, labels, curves->group[i]);
    }
    plot_data->argument[1] = plot_data_count(plot_data, n_line);
    plot_data->argument[2] = styles;
    plot_data->argument[3] = labels;
    plot_data->argument[4] = plot_data_count(plot_data, most_rows(plot_data->section));
    plot_data->argument[5] = arena_text(plot_data->arena, "%.9g", guess);
    return curves->n > 1 ? " Curves are set a little aside, so that none hides another."
                         : "";
}

static const char *fill_panels(struct plot_data *plot_data, const struct curves *curves,
                               double guess)
{
    return panels_fill(
        plot_data, curves, "\"tasks learnt\" \"average accuracy on them (%)\"",
        arena_text(plot_data->arena, "%.9g %d", guess, most_rows(plot_data->section)));
}

bool plot_accuracy(struct plot_data *plot_data)
{
    const struct section *section = plot_data->section;
    struct curves curves = {
        arena_take(plot_data->arena, TAG_STATE, (size_t)section->n, sizeof *curves.group),
        0};
    double guess = 100 * chance(section), known = isnan(guess) ? -1 : guess;
    const char *how;
    int n_line;

    if (!curves.group)
        return false;
    write_curves(plot_data, false, &curves);
    n_line = curves.n;
    write_curves(plot_data, true, &curves);
    how = n_line > N_TOGETHER ? fill_panels(plot_data, &curves, known)
                              : fill_together(plot_data, &curves, n_line, known);
    plot_data->caption =
        arena_text(plot_data->arena,
                   "Average accuracy over the tasks learnt so far: mean over %s%s.%s%s%s",
                   section_seeds(section, plot_data->arena),
                   plot_data_bounds(plot_data, PLOT_DATA_BAND), plot_data_few(plot_data),
                   how, dotted(plot_data, curves.n > n_line, guess));
    return n_line > 0 && most_rows(section) > 1;
}

/* ---------------------------------------------------------------- matrix */

static void write_matrix(FILE *data, const struct group *group)
{
    for (int row = 1; row <= group->n_row; row++) {
        for (int task = 0; task < outcome_met(group->first, row); task++) {
            double accuracy = group->R[row * group->n_task + task];

            if (!isnan(accuracy))
                fprintf(data, "%d %d %.9g\n", task + 1, row, 100 * accuracy);
        }
    }
    fputs("\n\n", data);
}

static int most_tasks(const struct section *section)
{
    int most = 0;

    for (int i = 0; i < section->n; i++)
        if (section->group[i].n_task > most)
            most = section->group[i].n_task;
    return most;
}

bool plot_matrix(struct plot_data *plot_data)
{
    const char *labels = "";
    int n = 0;

    for (int i = 0; i < plot_data->section->n; i++) {
        const struct group *group = &plot_data->section->group[i];

        if (group->n == 0 || group->first->tests.pooled ||
            isnan(group->R[group->n_task * group->n_task]))
            continue;
        write_matrix(plot_data->data, group);
        labels = plot_data_label(plot_data, labels, group);
        n++;
    }
    plot_data->argument[1] = plot_data_count(plot_data, n);
    plot_data->argument[2] = plot_data_count(plot_data, most_tasks(plot_data->section));
    plot_data->argument[3] = labels;
    plot_data->argument[4] = plot_data_count(plot_data, most_rows(plot_data->section));
    plot_data->caption =
        arena_text(plot_data->arena,
                   "Accuracy in per cent on each task (column) after each task "
                   "learnt (row): mean over %s. Joint training has no such matrix.",
                   section_seeds(plot_data->section, plot_data->arena));
    return n > 0;
}
