#include "results/plot.h"

#include <math.h>

/* Hits of one evaluation of the first task, all draws; NAN past the end. `from` moves on
 * to the next one. */
static double next_accuracy(const struct outcome *o, int *from, int64_t *step)
{
    int64_t hits = 0, total = 0;

    for (; *from < o->n_eval; (*from)++) {
        const struct evaluation *e = &o->eval[*from];

        if (e->task != 0)
            continue;
        if (total > 0 && e->step != *step)
            break;
        *step = e->step;
        hits += e->hits;
        total += e->total;
    }
    return total > 0 ? (double)hits / (double)total : NAN;
}

/* A row per evaluation, as long as all seeds were tested at the same steps. */
static void write_curve(struct sketch *sketch, const struct group *group)
{
    int *from = arena_take(sketch->arena, TAG_STATE, (size_t)group->n, sizeof *from);
    double *value = arena_take(sketch->arena, TAG_STATE, (size_t)group->n, sizeof *value);
    bool same = from && value;

    while (same) {
        int64_t step = -1;
        struct statistics s;

        for (int i = 0; i < group->n; i++) {
            int64_t own = -1;

            value[i] = next_accuracy(group->ok[i], &from[i], &own);
            same = same && own >= 0 && (i == 0 || own == step);
            step = own;
        }
        if (!same)
            break;
        s = statistics_of(value, group->n);
        fprintf(sketch->data, "%lld", (long long)step);
        sketch_share(sketch, &s);
        fputc('\n', sketch->data);
    }
    fputs("\n\n", sketch->data);
}

/* The steps at which tasks ended, "100 200 300". */
static const char *ends_of_tasks(const struct group *group, struct arena *arena)
{
    const struct outcome *o = group->ok[0];
    const char *list = "";
    int64_t last = 0;

    for (int k = 0; k < o->n_eval; k++) {
        if (!o->eval[k].end || o->eval[k].step <= last)
            continue;
        last = o->eval[k].step;
        list = arena_text(arena, "%s%s%lld", list, *list ? " " : "", (long long)last);
    }
    return list;
}

bool plot_stability(struct sketch *sketch)
{
    const char *styles = "", *labels = "", *ends = "";
    int n = 0;

    for (int i = 0; i < sketch->section->n; i++) {
        const struct group *group = &sketch->section->group[i];

        if (group->n == 0 || group->first->pooled || !group->ok[0]->dense)
            continue;
        if (n++ == 0)
            ends = ends_of_tasks(group, sketch->arena);
        write_curve(sketch, group);
        styles = sketch_style(sketch, styles, group);
        labels = sketch_label(sketch, labels, group);
    }
    sketch->argument[1] = sketch_count(sketch, n);
    sketch->argument[2] = styles;
    sketch->argument[3] = labels;
    sketch->argument[4] = ends;
    sketch->caption = arena_text(
        sketch->arena,
        "Accuracy on the first task at every evaluation, also within the later "
        "tasks: mean over %s, band = 95 %% t-interval of the mean. Upright "
        "lines: a task ends. What falls behind them and rises again is the "
        "stability gap (De Lange et al. 2023).%s",
        section_seeds(sketch->section, sketch->arena), sketch_few(sketch->section));
    return n > 0;
}
