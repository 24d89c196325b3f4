#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/commands.h"
#include "bench/flags.h"
#include "bench/study.h"
#include "core/suggest.h"
#include "results/paired.h"
#include "results/summary.h"

enum { N_SHOWN = 3, N_COLUMN = 10 };

/* What --metric says, or the three that answer what was learnt, kept and lost. */
struct choice {
    enum metric metric[N_SHOWN];
    int n;
};

struct row {
    const struct section *section;
    const struct group *a, *b;
    const char *name_a, *name_b;
    enum metric metric;
    struct paired paired;
};

struct rows {
    struct row *at; /* NULL = only counted */
    int n;
};

/* Two result folders, or the same twice. */
struct sides {
    struct study study[2];
    struct grouping grouping[2];
};

/* ---------------------------------------------------------------- pairs of groups */

/* What is left of a group where a side is called `name`: of "backprop" the strategy, of
 * "replay" the learner, of "backprop/replay" nothing. NULL = it is not that group. */
static const char *rest_of(const struct group *group, const char *name)
{
    const char *learner = group->first->learner, *strategy = group->first->strategy;
    size_t n = strlen(learner);

    if (strcmp(name, learner) == 0)
        return strategy;
    if (strcmp(name, strategy) == 0)
        return learner;
    if (strncmp(name, learner, n) == 0 && name[n] == '/' &&
        strcmp(name + n + 1, strategy) == 0)
        return "";
    return NULL;
}

/* Values of the metric by the seeds of a; b's of the same seeds, NAN where there is none.
 */
static struct paired compare_groups(const struct group *a, const struct group *b,
                                    enum metric metric, struct arena *arena)
{
    double *x = arena_take(arena, TAG_STATE, (size_t)a->n + 1, sizeof *x);
    double *y = arena_take(arena, TAG_STATE, (size_t)a->n + 1, sizeof *y);

    if (!x || !y)
        return paired_compare(NULL, NULL, 0);
    for (int i = 0; i < a->n; i++) {
        x[i] = a->metric[i].value[metric];
        y[i] = NAN;
        for (int k = 0; k < b->n; k++)
            if (strcmp(a->ok[i]->seed, b->ok[k]->seed) == 0)
                y[i] = b->metric[k].value[metric];
    }
    return paired_compare(x, y, a->n);
}

static void add(struct rows *rows, const struct row *row, const struct choice *choice,
                struct arena *arena)
{
    for (int i = 0; i < choice->n; i++) {
        struct row one = *row;

        one.metric = choice->metric[i];
        one.paired = compare_groups(row->a, row->b, one.metric, arena);
        if (one.paired.difference.n == 0)
            continue;
        if (rows->at)
            rows->at[rows->n] = one;
        rows->n++;
    }
}

/* The groups of one section called a, beside those called b that are else the same. */
static void add_names(struct rows *rows, const struct section *section, const char *a,
                      const char *b, const struct choice *choice, struct arena *arena)
{
    for (int i = 0; i < section->n; i++) {
        const char *rest = rest_of(&section->group[i], a);

        for (int k = 0; rest && k < section->n; k++) {
            const char *other = rest_of(&section->group[k], b);

            if (other && strcmp(rest, other) == 0)
                add(rows,
                    &(struct row){section, &section->group[i], &section->group[k],
                                  section->group[i].label, section->group[k].label, 0,
                                  .paired = {.p = NAN}},
                    choice, arena);
        }
    }
}

/* Groups of the same name in the same section of two folders. */
static void add_folders(struct rows *rows, const struct sides *sides,
                        const struct choice *choice, struct arena *arena)
{
    for (int s = 0; s < sides->grouping[0].n; s++)
        for (int t = 0; t < sides->grouping[1].n; t++) {
            const struct section *a = &sides->grouping[0].section[s];
            const struct section *b = &sides->grouping[1].section[t];

            if (strcmp(a->name, b->name) != 0)
                continue;
            for (int i = 0; i < a->n; i++)
                for (int k = 0; k < b->n; k++)
                    if (strcmp(a->group[i].label, b->group[k].label) == 0)
                        add(rows,
                            &(struct row){
                                a, &a->group[i], &b->group[k],
                                arena_text(arena, "%s: %s", sides->study[0].folder.path,
                                           a->group[i].label),
                                sides->study[1].folder.path, 0, .paired = {.p = NAN}},
                            choice, arena);
        }
}

static void collect(struct rows *rows, const struct sides *sides, char **name, int n_name,
                    const struct choice *choice, struct arena *arena)
{
    const struct grouping *grouping = &sides->grouping[0];

    rows->n = 0;
    if (n_name == 0)
        add_folders(rows, sides, choice, arena);
    for (int s = 0; s < grouping->n; s++)
        for (int i = 0; i < n_name; i++)
            for (int k = i + 1; k < n_name; k++)
                add_names(rows, &grouping->section[s], name[i], name[k], choice, arena);
}

/* ---------------------------------------------------------------- the table */

/* Over all rows of one metric. */
static void correct(const struct rows *rows, double *p, const struct choice *choice)
{
    for (int c = 0; c < choice->n; c++) {
        double *own = p + (c + 1) * rows->n;

        for (int i = 0; i < rows->n; i++)
            own[i] = rows->at[i].metric == choice->metric[c] ? rows->at[i].paired.p : NAN;
        holm(own, rows->n);
        for (int i = 0; i < rows->n; i++)
            if (!isnan(own[i]))
                p[i] = own[i];
    }
}

static const char *interval(const struct statistics *s, struct arena *arena)
{
    if (s->n < 2)
        return "n/a";
    return arena_text(arena, "%+.2f to %+.2f", 100 * (s->mean - s->margin),
                      100 * (s->mean + s->margin));
}

static void fill(struct table_cell *cell, const struct row *row, double corrected,
                 struct arena *arena)
{
    const struct paired *p = &row->paired;

    cell[0].text = row->section->name;
    cell[1].text = row->name_a;
    cell[2].text = row->name_b;
    cell[3].text = metric_table[row->metric].name;
    cell[4].text = arena_text(arena, "%d", p->difference.n);
    cell[5].text = arena_text(arena, "%+.2f", 100 * p->difference.mean);
    cell[6].text = interval(&p->difference, arena);
    cell[7].text = isnan(p->effect) ? "n/a" : arena_text(arena, "%+.2f", p->effect);
    cell[8].text = arena_text(arena, "%.4f", p->p);
    cell[9].text = arena_text(arena, "%.4f", corrected);
}

static void print_rows(const struct rows *rows, const struct choice *choice,
                       struct arena *arena)
{
    static const char *const head[N_COLUMN] = {
        "stream",        "A", "B", "metric",  "n", "A - B",
        "95 % interval", "d", "p", "p (Holm)"};
    double *p = arena_take(arena, TAG_STATE, (size_t)rows->n * (N_SHOWN + 1), sizeof *p);
    struct table table = table_take(arena, rows->n, N_COLUMN);
    int least = rows->at[0].paired.difference.n;

    if (!p || !table.cell)
        return;
    memcpy(table.head, head, sizeof head);
    table.n_name = 4;
    correct(rows, p, choice);
    for (int i = 0; i < rows->n; i++) {
        fill(table_at(&table, i, 0), &rows->at[i], p[i], arena);
        if (rows->at[i].paired.difference.n < least)
            least = rows->at[i].paired.difference.n;
    }
    table_terminal(&table, stdout);
    puts("A - B in points over n pairs of equal seeds, 95 % t-interval; d = mean / "
         "standard\n"
         "deviation of the differences, corrected for few pairs; p by the exact "
         "sign-flip\n"
         "test, then by Holm over the rows of a metric");
    if (ldexp(2, -least) > 0.05)
        printf("with %d pairs no p can be below %.4g: to reach 0.05 takes at least 6 "
               "seeds\n",
               least, ldexp(2, -least));
}

/* ---------------------------------------------------------------- the command */

static enum status choose_metric(const char *name, struct choice *choice,
                                 struct error *err)
{
    const char *words[N_METRIC], *near;

    *choice = (struct choice){
        {METRIC_ACCURACY, METRIC_FORGETTING, METRIC_LEARNING_ACCURACY}, N_SHOWN};
    if (!name)
        return OK;
    for (int i = 0; i < N_METRIC; i++) {
        words[i] = metric_table[i].name;
        if (strcmp(words[i], name) == 0) {
            *choice = (struct choice){{(enum metric)i}, 1};
            return OK;
        }
    }
    near = suggest(name, words, N_METRIC);
    return error_set(err, ERR_USAGE, "there is no metric '%s'%s%s%s", name,
                     near ? "; did you mean '" : "", near ? near : "", near ? "'" : "");
}

static enum status open_side(struct sides *sides, int i, const char *path,
                             struct arena *arena, struct error *err)
{
    struct study *study = &sides->study[i];
    struct outcome *cells;

    if (study_open_folder(study, path, err) != OK)
        return err->status;
    cells = arena_take(arena, TAG_STATE, (size_t)study->plan.n, sizeof *cells);
    if (arena_check(arena, err) != OK)
        return err->status;
    return group_cells(&sides->grouping[i], cells, study_outcomes(study, cells), arena,
                       err);
}

static enum status compare_sides(struct sides *sides, int n, char **argument,
                                 const struct choice *choice, struct arena *arena,
                                 struct error *err)
{
    bool folders = n == 2;
    char **name = argument + 1;
    int n_name = folders ? 0 : n - 1;
    struct rows rows = {0};

    if (open_side(sides, 0, argument[0], arena, err) != OK ||
        (folders && open_side(sides, 1, argument[1], arena, err) != OK))
        return err->status;
    collect(&rows, sides, name, n_name, choice, arena);
    if (rows.n == 0)
        return error_set(err, ERR_RESULT,
                         "%s holds no two finished cells of equal seeds to compare under "
                         "these names; a name is a learner, a strategy or "
                         "learner/strategy",
                         argument[0]);
    rows.at = arena_take(arena, TAG_STATE, (size_t)rows.n, sizeof *rows.at);
    if (arena_check(arena, err) != OK)
        return err->status;
    collect(&rows, sides, name, n_name, choice, arena);
    print_rows(&rows, choice, arena);
    return arena_check(arena, err);
}

static enum status compare(int argc, char **argv, int *exit_status, struct error *err)
{
    const char *metric = NULL;
    const struct flag table[] = {{"metric", &metric, NULL, NULL},
                                 {NULL, NULL, NULL, NULL}};
    struct sides sides = {.study = {{.folder.lock = -1}, {.folder.lock = -1}}};
    struct arena arena = {0};
    struct choice choice;
    int n;

    if (flags_read(table, argc, argv, &n, err) != OK ||
        choose_metric(metric, &choice, err) != OK)
        return err->status;
    if (n < 2)
        return error_set(
            err, ERR_USAGE,
            "bench compare needs a folder and two names, or two folders; see "
            "bench compare --help");
    if (arena_open(&arena, 0, err) == OK)
        compare_sides(&sides, n, argv, &choice, &arena, err);
    arena_close(&arena);
    study_close(&sides.study[0]);
    study_close(&sides.study[1]);
    return err->status;
}

const struct command command_compare = {
    .name = "compare",
    .about =
        "two learners (or two folders) side by side: difference, interval, exact test",
    .usage = "usage: bench compare DIR A B [C...] [--metric NAME]\n"
             "       bench compare DIR1 DIR2 [--metric NAME]\n"
             "\n"
             "Compares learners, strategies, or learner/strategy of one result folder, "
             "or the\n"
             "groups of the same name in two, over the seeds that both sides have: "
             "difference,\n"
             "95 % interval, effect size, exact paired sign-flip test, Holm's correction "
             "over\n"
             "all rows of a metric.\n"
             "\n"
             "  --metric NAME  this one; default: accuracy, forgetting and "
             "learning_accuracy\n",
    .run = compare,
};
