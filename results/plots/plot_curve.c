#include <math.h>

#include "results/plots/panels.h"
#include "results/plots/plot.h"
#include "results/plots/plot_data.h"

/* A figure at every evaluation, also within tasks, against how far the training was. */
struct curve {
    bool first_task;                           /* else all tasks learnt so far */
    double (*length)(const struct outcome *o); /* of the whole training; NAN = unknown */
    double unit;                               /* of the axis */
    const char *progress, *accuracy, *caption; /* titles of the axes */
};

static bool counts(const struct curve *curve, const struct outcome *o,
                   const struct evaluation *e)
{
    if (curve->first_task)
        return e->task == 0;
    return e->task < outcome_met(o, e->end ? e->after_task : e->after_task + 1);
}

/* Of the task of row k, all draws that follow each other; k moves behind them. */
static double task_accuracy(const struct outcome *o, int *k)
{
    const struct evaluation *first = &o->tests.eval.data[*k];
    double hits = 0, total = 0;

    for (; *k < o->tests.eval.n; (*k)++) {
        const struct evaluation *e = &o->tests.eval.data[*k];

        if (e->step != first->step || e->task != first->task)
            break;
        hits += e->hits;
        total += e->total;
    }
    return hits / total;
}

/* Mean over the tasks that count at the next evaluation, and its step; NAN past the end.
 * `from` moves behind it. */
static double next_accuracy(const struct curve *curve, const struct outcome *o, int *from,
                            int64_t *step)
{
    double sum = 0;
    int n = 0;

    while (*from < o->tests.eval.n) {
        const struct evaluation *e = &o->tests.eval.data[*from];

        if (!counts(curve, o, e)) {
            (*from)++;
            continue;
        }
        if (n > 0 && e->step != *step)
            break;
        *step = e->step;
        sum += task_accuracy(o, from);
        n++;
    }
    return sum / n;
}

static int64_t last_step(const struct outcome *o)
{
    return o->tests.eval.data[o->tests.eval.n - 1].step;
}

/* In the curve's unit. */
static double progress(const struct curve *curve, const struct outcome *o, int64_t step)
{
    return curve->length(o) / curve->unit * (double)step / (double)last_step(o);
}

/* A row per evaluation, as long as all seeds were tested at the same steps. */
static void write_curve(struct plot_data *plot_data, const struct curve *curve,
                        const struct group *group)
{
    int *from = arena_take(plot_data->arena, TAG_STATE, (size_t)group->n, sizeof *from);
    double *value =
        arena_take(plot_data->arena, TAG_STATE, (size_t)group->n, sizeof *value);
    bool same = from && value;

    while (same) {
        int64_t step = -1;
        struct statistics s;

        for (int i = 0; i < group->n; i++) {
            int64_t own = -1;

            value[i] = next_accuracy(curve, group->ok[i], &from[i], &own);
            same = same && own >= 0 && (i == 0 || own == step);
            step = own;
        }
        if (!same)
            break;
        s = draws_statistics(&group->draws, value);
        fprintf(plot_data->data, "%.9g", progress(curve, group->ok[0], step));
        plot_data_share(plot_data, &s);
        fputc('\n', plot_data->data);
    }
    fputs("\n\n", plot_data->data);
}

/* Where tasks ended, "100 200 300", but for the last. */
static const char *ends_of_tasks(const struct curve *curve, const struct group *group,
                                 struct arena *arena)
{
    const struct outcome *o = group->ok[0];
    const char *list = "";
    int64_t last = 0;

    for (int k = 0; k < o->tests.eval.n; k++) {
        if (!o->tests.eval.data[k].end || o->tests.eval.data[k].step <= last ||
            o->tests.eval.data[k].step == last_step(o))
            continue;
        last = o->tests.eval.data[k].step;
        list = arena_text(arena, "%s%s%.9g", list, *list ? " " : "",
                          progress(curve, o, last));
    }
    return list;
}

static bool has_curve(const struct curve *curve, const struct group *group)
{
    const struct outcome *o = group->n > 0 ? group->ok[0] : NULL;

    return o && !group->first->tests.pooled && o->tests.dense && o->tests.eval.n > 0 &&
           (o->tests.n_task > 1 || !curve->first_task) && curve->length(o) > 0;
}

static double longest(const struct section *section, const struct curve *curve)
{
    double most = 0;

    for (int i = 0; i < section->n; i++)
        if (has_curve(curve, &section->group[i]))
            most = fmax(most, curve->length(section->group[i].ok[0]));
    return most;
}

/* Writes all curves; where tasks end, if that is the same on all of them. */
static const char *write_curves(struct plot_data *plot_data, const struct curve *curve,
                                struct curves *curves)
{
    const char *ends = "";
    double length = 0;

    for (int i = 0; i < plot_data->section->n; i++) {
        const struct group *group = &plot_data->section->group[i];

        if (!has_curve(curve, group))
            continue;
        if (curves->n == 0) {
            ends = ends_of_tasks(curve, group, plot_data->arena);
            length = curve->length(group->ok[0]);
        } else if (fabs(curve->length(group->ok[0]) - length) > 1e-6 * length) {
            ends = "";
        }
        write_curve(plot_data, curve, group);
        curves->group[curves->n++] = group;
    }
    return ends;
}

/* All in one plot; what the caption says of it. */
static const char *fill_together(struct plot_data *plot_data, const struct curves *curves,
                                 const char *axes, const char *ends)
{
    const char *styles = "", *labels = "";

    plot_data->intervals = INTERVAL_BANDS;
    for (int i = 0; i < curves->n; i++) {
        styles = plot_data_style(plot_data, styles, curves->group[i]);
        labels = plot_data_label(plot_data, labels, curves->group[i]);
    }
    plot_data->argument[1] = plot_data_count(plot_data, curves->n);
    plot_data->argument[2] = styles;
    plot_data->argument[3] = labels;
    plot_data->argument[4] = ends;
    plot_data->argument[5] = axes;
    return "";
}

static bool plot_data_curve(struct plot_data *plot_data, const struct curve *curve)
{
    const struct section *section = plot_data->section;
    struct curves curves = {
        arena_take(plot_data->arena, TAG_STATE, (size_t)section->n, sizeof *curves.group),
        0};
    const char *axes = plot_data_text(
        plot_data, plot_data_text(plot_data, "", curve->progress), curve->accuracy);
    const char *ends, *how;

    if (!curves.group)
        return false;
    ends = write_curves(plot_data, curve, &curves);
    how = curves.n > N_TOGETHER
              ? panels_fill(plot_data, &curves, axes,
                            arena_text(plot_data->arena, "-1 0 %s", ends))
              : fill_together(plot_data, &curves, axes, ends);
    plot_data->caption =
        arena_text(plot_data->arena, "%s: mean over %s%s.%s%s%s%s", curve->caption,
                   section_seeds(section, plot_data->arena),
                   plot_data_bounds(plot_data, PLOT_DATA_BAND), how,
                   *ends ? " Upright lines: a task ends." : "",
                   curve->first_task
                       ? " What falls when a task ends and rises again is the stability "
                         "gap (De Lange et al. 2023)."
                       : "",
                   plot_data_few(plot_data));
    return curves.n > 0;
}

static double steps_of(const struct outcome *o)
{
    return (double)last_step(o);
}

static double thousand_images_of(const struct outcome *o)
{
    return o->timing.samples / 1e3;
}

static double flops_of(const struct outcome *o)
{
    return o->cost.train_flops;
}

bool plot_stability(struct plot_data *plot_data)
{
    static const struct curve curve = {
        .first_task = true,
        .length = steps_of,
        .unit = 1,
        .progress = "step",
        .accuracy = "accuracy on the first task (%)",
        .caption =
            "Accuracy on the first task at every evaluation, also within the later "
            "tasks",
    };

    return plot_data_curve(plot_data, &curve);
}

bool plot_curve(struct plot_data *plot_data)
{
    static const struct curve curve = {
        .length = thousand_images_of,
        .unit = 1,
        .progress = "thousand images trained on",
        .accuracy = "average accuracy (%)",
        .caption = "Average accuracy over the tasks learnt so far at every evaluation, "
                   "after as many images",
    };

    return plot_data_curve(plot_data, &curve);
}

bool plot_curve_flops(struct plot_data *plot_data)
{
    struct curve curve = {
        .length = flops_of,
        .accuracy = "average accuracy (%)",
        .caption = "Average accuracy over the tasks learnt so far at every evaluation, "
                   "after as many operations",
    };
    const char *unit;

    curve.unit = plot_data_unit(longest(plot_data->section, &curve), &unit);
    curve.progress = arena_text(plot_data->arena, "training %s", unit);
    return plot_data_curve(plot_data, &curve);
}
