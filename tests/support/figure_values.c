#include "tests/support/figure_values.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/run_csv.h"

enum { GROUPS = 48 };

#define T_975_OF_2                                                                       \
    4.302652729911275 /* 0.95 sqrt(2 / (1 - 0.95^2)): two degrees of freedom */

static struct run_csv run;

/* ---------------------------------------------------------------- groups */

static int group[GROUPS]; /* the first of SEEDS cells that follow each other */
static int n_group;

static bool is_joint(int g)
{
    return strcmp(run.cell[group[g]].strategy, "joint") == 0;
}

static bool is_in(int g, const struct figure_view *view)
{
    return strcmp(run.cell[group[g]].section, view->section) == 0;
}

static const struct cell *of(int g, int seed)
{
    return &run.cell[group[g] + seed];
}

static void find_groups(void)
{
    n_group = 0;
    for (int i = 0; i < run.n_cell; i += SEEDS) {
        group[n_group++] = i;
        for (int k = 1; k < SEEDS; k++) {
            ck_assert_str_eq(run.cell[i].section, run.cell[i + k].section);
            ck_assert_str_eq(run.cell[i].learner, run.cell[i + k].learner);
            ck_assert_str_eq(run.cell[i].strategy, run.cell[i + k].strategy);
        }
    }
}

void figure_values_open(const char *folder)
{
    run_csv_read(&run, folder);
    find_groups();
}

const char *figure_values_section(int i)
{
    for (int g = 0; g < n_group; g++)
        if ((g == 0 || strcmp(of(g, 0)->section, of(g - 1, 0)->section) != 0) && i-- == 0)
            return of(g, 0)->section;
    return NULL;
}

/* ---------------------------------------------------------------- figures of a cell */

/* In per cent; row and task from 1. */
static double R(const struct cell *c, int row, int task)
{
    double hits = 0, total = 0;

    for (int i = 0; i < run.n_tested; i++)
        if (run.tested[i].cell == c && run.tested[i].end && run.tested[i].after == row &&
            run.tested[i].task == task) {
            hits += run.tested[i].hits;
            total += run.tested[i].total;
        }
    return 100 * hits / total;
}

static double seen(const struct cell *c, int row)
{
    double sum = 0;

    for (int task = 1; task <= row; task++)
        sum += R(c, row, task);
    return sum / row;
}

static double accuracy(const struct cell *c)
{
    return seen(c, c->tasks);
}

static double learning(const struct cell *c)
{
    double sum = 0;

    for (int task = 1; task <= c->tasks; task++)
        sum += R(c, task, task);
    return sum / c->tasks;
}

static double forgetting(const struct cell *c)
{
    double sum = 0;

    for (int task = 1; task < c->tasks; task++) {
        double best = R(c, task, task);

        for (int row = task + 1; row < c->tasks; row++)
            best = fmax(best, R(c, row, task));
        sum += best - R(c, c->tasks, task);
    }
    return sum / (c->tasks - 1);
}

static double peak(const struct cell *c)
{
    return c->peak / 1048576;
}

static double seconds(const struct cell *c)
{
    return c->seconds;
}

static double flops(const struct cell *c)
{
    return c->flops;
}

/* ---------------------------------------------------------------- means over seeds */

static double mean(int g, double (*value)(const struct cell *))
{
    double sum = 0;

    for (int k = 0; k < SEEDS; k++)
        sum += value(of(g, k));
    return sum / SEEDS;
}

/* " MEAN LOW HIGH" */
static void put_interval(FILE *out, const double *x)
{
    double middle = 0, squares = 0, margin;

    for (int k = 0; k < SEEDS; k++)
        middle += x[k] / SEEDS;
    for (int k = 0; k < SEEDS; k++)
        squares += pow(x[k] - middle, 2);
    margin = T_975_OF_2 * sqrt(squares / (SEEDS - 1)) / sqrt(SEEDS);
    fprintf(out, " %.12g %.12g %.12g", middle, middle - margin, middle + margin);
}

static void put_mean(FILE *out, int g, double (*value)(const struct cell *))
{
    double x[SEEDS];

    for (int k = 0; k < SEEDS; k++)
        x[k] = value(of(g, k));
    put_interval(out, x);
}

static void put_name(FILE *out, int g)
{
    fprintf(out, "\"%s", of(g, 0)->learner);
    if (strcmp(of(g, 0)->strategy, "none") != 0)
        fprintf(out, " + %s", of(g, 0)->strategy);
    fputc('"', out);
}

/* ---------------------------------------------------------------- over tasks */

static void put_row(FILE *out, int g, int row, int at)
{
    double x[SEEDS];

    for (int k = 0; k < SEEDS; k++)
        x[k] = seen(of(g, k), row);
    fprintf(out, "%d", at);
    put_interval(out, x);
    fputc('\n', out);
}

/* Joint training, behind the others, is level. */
static void over_tasks(FILE *out, const struct figure_view *view)
{
    for (int joint = 0; joint < 2; joint++)
        for (int g = 0; g < n_group; g++) {
            int last = of(g, 0)->tasks;

            if (!is_in(g, view) || is_joint(g) != joint)
                continue;
            for (int row = 1; row <= last; row += joint ? last - 1 : 1)
                put_row(out, g, joint ? last : row, row);
            fputs("\n\n", out);
        }
}

static void matrix(FILE *out, const struct figure_view *view)
{
    for (int g = 0; g < n_group; g++) {
        if (!is_in(g, view) || is_joint(g))
            continue;
        for (int row = 1; row <= of(g, 0)->tasks; row++)
            for (int task = 1; task <= row; task++) {
                double sum = 0;

                for (int k = 0; k < SEEDS; k++)
                    sum += R(of(g, k), row, task);
                fprintf(out, "%d %d %.12g\n", task, row, sum / SEEDS);
            }
        fputs("\n\n", out);
    }
}

/* ---------------------------------------------------------------- over steps */

static long last_step(const struct cell *c)
{
    long last = 0;

    for (int i = 0; i < run.n_tested; i++)
        if (run.tested[i].cell == c && run.tested[i].step > last)
            last = run.tested[i].step;
    return last;
}

/* Mean over the tasks trained on so far, or of the first alone; NAN = no test then. */
static double at_step(const struct cell *c, long step, bool first_alone)
{
    double sum = 0;
    int n = 0;

    for (int i = 0; i < run.n_tested; i++) {
        const struct tested *t = &run.tested[i];
        int trained = t->end ? t->after : t->after + 1;

        if (t->cell != c || t->step != step || t->task > (first_alone ? 1 : trained))
            continue;
        sum += 100 * t->hits / t->total; /* one draw a test */
        n++;
    }
    return sum / n;
}

static void over_steps(FILE *out, const struct figure_view *view, bool first_alone,
                       double (*length)(const struct cell *), double unit)
{
    for (int g = 0; g < n_group; g++) {
        const struct cell *c = of(g, 0);

        if (!is_in(g, view) || is_joint(g))
            continue;
        for (long step = 1; step <= last_step(c); step++) {
            double x[SEEDS];

            for (int k = 0; k < SEEDS; k++)
                x[k] = at_step(of(g, k), step, first_alone);
            if (isnan(x[0]))
                continue;
            fprintf(out, "%.12g", length(c) / unit * (double)step / (double)last_step(c));
            put_interval(out, x);
            fputc('\n', out);
        }
        fputs("\n\n", out);
    }
}

static double images(const struct cell *c)
{
    return c->images;
}

static double steps(const struct cell *c)
{
    return (double)last_step(c);
}

static void curve(FILE *out, const struct figure_view *view)
{
    over_steps(out, view, false, images, 1000);
}

static void curve_flops(FILE *out, const struct figure_view *view)
{
    over_steps(out, view, false, flops, view->unit);
}

static void stability(FILE *out, const struct figure_view *view)
{
    over_steps(out, view, true, steps, 1);
}

/* ---------------------------------------------------------------- bars */

/* Which learner of its section it is, from 1. */
static int hue(int g)
{
    int n = 1;

    for (int h = g; h > 0 && strcmp(of(h, 0)->section, of(h - 1, 0)->section) == 0; h--)
        n += strcmp(of(h, 0)->learner, of(h - 1, 0)->learner) != 0;
    return n;
}

static void bars(FILE *out, const struct figure_view *view,
                 double (*value)(const struct cell *))
{
    int bar = 0;

    for (int g = 0; g < n_group; g++) {
        if (!is_in(g, view) || isnan(mean(g, value)))
            continue;
        put_name(out, g);
        put_mean(out, g, value);
        fprintf(out, " %d\n", hue(g));
    }
    fputs("\n\n", out);
    for (int g = 0; g < n_group; g++) {
        if (!is_in(g, view) || isnan(mean(g, value)))
            continue;
        bar++;
        for (int k = 0; k < SEEDS; k++)
            fprintf(out, "%d %.12g\n", bar, value(of(g, k)));
    }
}

static void forgetting_bars(FILE *out, const struct figure_view *view)
{
    bars(out, view, forgetting);
}

static void time_bars(FILE *out, const struct figure_view *view)
{
    bars(out, view, seconds);
}

static void memory(FILE *out, const struct figure_view *view)
{
    for (int g = 0; g < n_group; g++) {
        if (!is_in(g, view))
            continue;
        put_name(out, g);
        for (int p = 0; p < PARTS; p++) {
            double sum = 0;

            for (int k = 0; k < SEEDS; k++)
                sum += of(g, k)->part[p];
            fprintf(out, " %.12g", sum / SEEDS / 1048576);
        }
        fputc('\n', out);
    }
}

/* ---------------------------------------------------------------- two figures */

static bool is_reference(int g)
{
    return strncmp(of(g, 0)->learner, "backprop", strlen("backprop")) == 0;
}

static void put_point(FILE *out, int g)
{
    put_name(out, g);
    put_mean(out, g, learning);
    put_mean(out, g, forgetting);
    fputc('\n', out);
}

/* The group of the reference that learns least, with that strategy unless it is NULL; -1:
 * all are done. */
static int next_point(const struct figure_view *view, const char *strategy,
                      const bool *done)
{
    int best = -1;

    for (int g = 0; g < n_group; g++)
        if (is_in(g, view) && is_reference(g) && !is_joint(g) && !done[g] &&
            (!strategy || strcmp(of(g, 0)->strategy, strategy) == 0) &&
            (best < 0 || mean(g, learning) < mean(best, learning) - 1e-9))
            best = g;
    return best;
}

/* The points; the places of their names; and the reference, a curve for each strategy. */
static void plane(FILE *out, const struct figure_view *view)
{
    bool done[GROUPS] = {false};

    for (int g = 0; g < n_group; g++)
        if (is_in(g, view) && !is_reference(g) && !is_joint(g))
            put_point(out, g);
    fputs("\n\n*\n\n\n", out);
    for (int g; (g = next_point(view, NULL, done)) >= 0;) {
        const char *strategy = of(g, 0)->strategy;

        for (; (g = next_point(view, strategy, done)) >= 0; done[g] = true)
            put_point(out, g);
        fputc('\n', out);
    }
}

/* By cost, of equal ones the most accurate first. */
static bool is_before(int g, int h, double (*cost)(const struct cell *))
{
    double a = mean(g, cost), b = mean(h, cost);

    if (fabs(a - b) > 1e-12 * b)
        return a < b;
    return mean(g, accuracy) > mean(h, accuracy) + 1e-9;
}

static void put_front(FILE *out, const struct figure_view *view,
                      double (*cost)(const struct cell *))
{
    double level = -1;

    for (int step = 0; step < n_group; step++) {
        int best = -1;

        for (int g = 0; g < n_group; g++)
            if (is_in(g, view) && !is_joint(g) && mean(g, accuracy) > level + 1e-9 &&
                (best < 0 || is_before(g, best, cost)))
                best = g;
        if (best < 0)
            break;
        if (level >= 0)
            fprintf(out, "%.12g %.12g\n", mean(best, cost) / view->unit, level);
        level = mean(best, accuracy);
        fprintf(out, "%.12g %.12g\n", mean(best, cost) / view->unit, level);
    }
}

static void pareto(FILE *out, const struct figure_view *view,
                   double (*cost)(const struct cell *))
{
    for (int g = 0; g < n_group; g++) {
        if (!is_in(g, view))
            continue;
        fprintf(out, "%.12g", mean(g, cost) / view->unit);
        put_mean(out, g, accuracy);
        fputc('\n', out);
    }
    fputs("\n\n", out);
    put_front(out, view, cost);
}

static void pareto_memory(FILE *out, const struct figure_view *view)
{
    pareto(out, view, peak);
}

static void pareto_time(FILE *out, const struct figure_view *view)
{
    pareto(out, view, seconds);
}

static void pareto_flops(FILE *out, const struct figure_view *view)
{
    pareto(out, view, flops);
}

/* ---------------------------------------------------------------- against an option */

/* The digits that the learner's name ends in. */
static const char *value_of(int g)
{
    const char *end = strchr(of(g, 0)->learner, '\0');

    while (strchr("0123456789", end[-1]))
        end--;
    return end;
}

/* Whether two are one line: they differ in the number that their learners end in. */
static bool same_line(int g, int h)
{
    int n = (int)(value_of(g) - of(g, 0)->learner);

    return strcmp(of(g, 0)->strategy, of(h, 0)->strategy) == 0 &&
           strcmp(of(g, 0)->section, of(h, 0)->section) == 0 &&
           n == (int)(value_of(h) - of(h, 0)->learner) &&
           strncmp(of(g, 0)->learner, of(h, 0)->learner, (size_t)n) == 0;
}

static bool has_option(int g, const struct figure_view *view)
{
    bool threads = is_reference(g);

    return is_in(g, view) && threads == (strcmp(view->option, "threads") == 0);
}

/* What stands in a line of a group, after its place, against the line's first. */
typedef void put_figure(FILE *out, int g, int first);

static void against_option(FILE *out, const struct figure_view *view, put_figure *put)
{
    bool done[GROUPS] = {false};

    for (int g = 0; g < n_group; g++) {
        if (!has_option(g, view) || done[g])
            continue;
        for (int h = g; h < n_group; h++) {
            if (!has_option(h, view) || !same_line(g, h))
                continue;
            done[h] = true;
            fputs(value_of(h), out);
            put(out, h, g);
        }
        fputs("\n\n", out);
    }
}

static void put_accuracy(FILE *out, int g, int first)
{
    (void)first;
    put_mean(out, g, accuracy);
    fputs(" NaN\n", out);
}

/* Beside the peak what a step works with: gradient, activations, scratch. */
static void put_memory(FILE *out, int g, int first)
{
    double sum = 0;

    (void)first;
    for (int k = 0; k < SEEDS; k++)
        sum += of(g, k)->part[1] + of(g, k)->part[3] + of(g, k)->part[5];
    put_mean(out, g, peak);
    fprintf(out, " %.12g\n", sum / SEEDS / 1048576);
}

static void put_time(FILE *out, int g, int first)
{
    (void)first;
    put_mean(out, g, seconds);
    fputs(" NaN\n", out);
}

static void put_speedup(FILE *out, int g, int first)
{
    double x[SEEDS];

    for (int k = 0; k < SEEDS; k++)
        x[k] = of(first, k)->seconds / of(g, k)->seconds;
    put_interval(out, x);
    fputs(" NaN\n", out);
}

static void accuracy_by(FILE *out, const struct figure_view *view)
{
    against_option(out, view, put_accuracy);
}

static void memory_by(FILE *out, const struct figure_view *view)
{
    against_option(out, view, put_memory);
}

static void time_by(FILE *out, const struct figure_view *view)
{
    against_option(out, view, put_time);
}

static void speedup_by(FILE *out, const struct figure_view *view)
{
    against_option(out, view, put_speedup);
}

/* ---------------------------------------------------------------- trace */

/* Over all tasks of a cell; NAN = it has none. */
static double trace_at(const struct cell *c, const char *what, int at, bool loss)
{
    double sum = 0, total = 0;

    for (int i = 0; i < run.n_traced; i++)
        if (run.traced[i].cell == c && strcmp(run.traced[i].what, what) == 0 &&
            run.traced[i].at == at) {
            sum += loss ? run.traced[i].loss * run.traced[i].total
                        : 100 * run.traced[i].hits;
            total += run.traced[i].total;
        }
    return sum / total;
}

static void put_trace(FILE *out, int g, const char *what, int least)
{
    enum { PLACES = 64 };
    bool loss = strcmp(what, "given") == 0;
    int n = 0;

    for (int at = 0; at < PLACES; at++)
        n += !isnan(trace_at(of(g, 0), what, at, loss));
    if (n < least)
        return;
    for (int at = 0; at < PLACES; at++) {
        double sum = 0;

        for (int k = 0; k < SEEDS; k++)
            sum += trace_at(of(g, k), what, at, loss);
        if (!isnan(sum))
            fprintf(out, "%d %.12g\n", at, sum / SEEDS);
    }
    fputs("\n\n", out);
}

static void trace(FILE *out, const struct figure_view *view)
{
    static const char *const panel[] = {"chain", "quiet", "alone",
                                        "given", "head",  "nearest"};

    for (int p = 0; p < 6; p++)
        for (int g = 0; g < n_group; g++)
            if (is_in(g, view)) /* one head or nearest embedding makes no line */
                put_trace(out, g, panel[p], p < 4 ? 1 : 2);
}

/* ---------------------------------------------------------------- ranks */

/* Of the groups of the first section, over both: the same groups follow in the second. */
static double rank_of(int g, int k)
{
    double sum = 0;

    for (int s = 0; s < 2; s++)
        for (int h = 0; h < k; h++) {
            double gap = mean(h + s * k, accuracy) - mean(g + s * k, accuracy);

            if (!is_joint(h) && h != g)
                sum += fabs(gap) < 1e-9 ? 0.5 : gap > 0;
        }
    return 1 + sum / 2;
}

/* Quantiles of the studentized range, infinite degrees of freedom, over sqrt(2): table 5
 * of Demsar 2006, and its continuation. */
static double critical_difference(int k, int n)
{
    static const double q[] = {0,     0,     1.960, 2.343, 2.569, 2.728, 2.850,
                               2.949, 3.031, 3.102, 3.164, 3.219, 3.268};

    ck_assert_int_lt(k, (int)(sizeof q / sizeof *q));
    return q[k] * sqrt(k * (k + 1) / (6.0 * n));
}

static void ranks(FILE *out, const struct figure_view *view)
{
    bool done[GROUPS] = {false};
    int k = n_group / 2, n = 0;
    double half;

    ck_assert_ptr_null(view->section);
    for (int g = 0; g < k; g++)
        n += !is_joint(g);
    half = critical_difference(n, 2) / 2;
    for (int row = 0; row < n; row++) {
        int best = -1;

        for (int g = 0; g < k; g++)
            if (!is_joint(g) && !done[g] &&
                (best < 0 || rank_of(g, k) < rank_of(best, k) - 1e-9))
                best = g;
        done[best] = true;
        put_name(out, best);
        fprintf(out, " %.12g %.12g %.12g %d\n", rank_of(best, k), rank_of(best, k) - half,
                rank_of(best, k) + half, hue(best));
    }
}

/* ---------------------------------------------------------------- all of them */

static const struct {
    const char *name;
    void (*put)(FILE *out, const struct figure_view *view);
} kinds[] = {
    {"accuracy", over_tasks},
    {"accuracy-by", accuracy_by},
    {"curve", curve},
    {"curve-flops", curve_flops},
    {"stability", stability},
    {"matrix", matrix},
    {"forgetting", forgetting_bars},
    {"plane", plane},
    {"trace", trace},
    {"memory", memory},
    {"memory-by", memory_by},
    {"time", time_bars},
    {"time-by", time_by},
    {"speedup-by", speedup_by},
    {"pareto", pareto_memory},
    {"pareto-time", pareto_time},
    {"pareto-flops", pareto_flops},
    {"ranks", ranks},
};

char *figure_values(const char *kind, const struct figure_view *view)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        char *text = NULL;
        size_t n;
        FILE *out;

        if (strcmp(kind, kinds[i].name) != 0)
            continue;
        out = open_memstream(&text, &n);
        kinds[i].put(out, view);
        fclose(out);
        return text;
    }
    return NULL;
}
