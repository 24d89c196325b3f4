#include "results/stats/groups.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* Colours and dashes of style.gp. */
enum { N_HUE = 7 };

static bool in_section(const struct outcome *o, const struct section *section)
{
    return strcmp(o->id.stream, section->stream) == 0 &&
           strcmp(o->id.scenario, section->scenario) == 0;
}

/* A cell that did not end ok may not know its number of tasks. */
static bool in_group(const struct outcome *o, const struct group *group)
{
    return strcmp(o->id.learner, group->first->id.learner) == 0 &&
           strcmp(o->id.strategy, group->first->id.strategy) == 0 &&
           (o->ending != END_OK || group->n_task == 0 ||
            group->n_task == o->tests.n_task);
}

static struct group *group_of(struct section *section, const struct outcome *o)
{
    for (int i = 0; i < section->n; i++)
        if (in_group(o, &section->group[i]))
            return &section->group[i];
    section->group[section->n] = (struct group){.first = o};
    return &section->group[section->n++];
}

static const char *label_of(const struct outcome *o, struct arena *arena)
{
    if (strcmp(o->id.strategy, "none") == 0)
        return o->id.learner;
    return arena_text(arena, "%s + %s", o->id.learner, o->id.strategy);
}

/* ---------------------------------------------------------------- means */

static double accuracy_seen(const double *R, int n_task, int row)
{
    double sum = 0;

    for (int j = 0; j < row; j++)
        sum += R[row * n_task + j];
    return sum / row;
}

/* Fills seen and R from the matrices of all seeds. */
static void average_matrices(struct group *group, double *const *R, double *value)
{
    int n_task = group->n_task;

    for (int k = 0; k < (n_task + 1) * n_task; k++) {
        for (int i = 0; i < group->n; i++)
            value[i] = R[i][k];
        group->R[k] = statistics_of(value, group->n).mean;
    }
    for (int row = 1; row <= n_task; row++) {
        for (int i = 0; i < group->n; i++)
            value[i] = accuracy_seen(R[i], n_task, row);
        group->seen[row - 1] = statistics_of(value, group->n);
    }
}

static void average_metrics(struct group *group, double *value)
{
    for (int k = 0; k < N_METRIC; k++) {
        group->reason[k] = group->n > 0 ? NULL : "no cell ended ok";
        for (int i = 0; i < group->n; i++) {
            value[i] = group->metric[i].value[k];
            if (isnan(value[i]))
                group->reason[k] = group->metric[i].reason[k];
        }
        group->mean[k] = statistics_of(value, group->n);
        if (group->mean[k].n > 0)
            group->reason[k] = NULL;
    }
    for (int i = 0; i < group->n; i++)
        value[i] = (double)group->ok[i]->cost.peak.total;
    group->peak = statistics_of(value, group->n);
    for (int i = 0; i < group->n; i++)
        value[i] = group->ok[i]->timing.train_seconds;
    group->seconds = statistics_of(value, group->n);
    for (int i = 0; i < group->n; i++)
        value[i] = group->ok[i]->timing.cpu_seconds;
    group->cpu = statistics_of(value, group->n);
    for (int i = 0; i < group->n; i++)
        value[i] = group->ok[i]->cost.train_flops;
    group->flops = statistics_of(value, group->n);
}

static enum status average(struct group *group, struct arena *arena, struct error *err)
{
    size_t n = (size_t)group->n, n_task = (size_t)group->n_task, mark;
    double **R, *value;

    group->metric = arena_take(arena, TAG_STATE, n, sizeof *group->metric);
    group->seen = arena_take(arena, TAG_STATE, n_task, sizeof *group->seen);
    group->R = arena_take(arena, TAG_STATE, (n_task + 1) * n_task, sizeof *group->R);
    mark = arena_mark(arena);
    R = arena_take(arena, TAG_SCRATCH, n, sizeof *R);
    value = arena_take(arena, TAG_SCRATCH, n, sizeof *value);
    if (arena_check(arena, err) != OK)
        return err->status;
    for (size_t i = 0; i < n; i++) {
        metrics_compute(group->ok[i], arena, &group->metric[i]);
        R[i] = accuracy_matrix(group->ok[i], arena);
    }
    if (arena_check(arena, err) != OK)
        return err->status;
    average_matrices(group, R, value);
    average_metrics(group, value);
    arena_release(arena, mark);
    return OK;
}

/* ---------------------------------------------------------------- colours */

/* Of a group: the id at this offset of struct outcome. */
static const char *id(const struct section *section, int i, size_t offset)
{
    return (const char *)section->group[i].first + offset;
}

static bool is_first(const struct section *section, int own, size_t offset)
{
    for (int i = 0; i < own; i++)
        if (strcmp(id(section, i, offset), id(section, own, offset)) == 0)
            return false;
    return true;
}

/* Which of the different ids the group's own is, from 1. */
static int rank(const struct section *section, int own, size_t offset)
{
    int n = 1;

    for (int i = 0; strcmp(id(section, i, offset), id(section, own, offset)) != 0; i++)
        n += is_first(section, i, offset);
    return n;
}

/* Colour tells the learner and dash the strategy; where all learners (or strategies) are
 * the same, both tell the other. */
static void choose_lines(struct section *section)
{
    int n_learner = 0, n_strategy = 0;

    for (int i = 0; i < section->n; i++) {
        struct group *group = &section->group[i];

        group->hue = rank(section, i, offsetof(struct outcome, id.learner));
        group->dash = rank(section, i, offsetof(struct outcome, id.strategy));
        n_learner = group->hue > n_learner ? group->hue : n_learner;
        n_strategy = group->dash > n_strategy ? group->dash : n_strategy;
    }
    for (int i = 0; i < section->n; i++) {
        struct group *group = &section->group[i];

        if (n_learner == 1)
            group->hue = group->dash;
        else if (n_strategy == 1)
            group->dash = group->hue;
        else
            group->dash += (group->hue - 1) / N_HUE * n_strategy;
    }
}

/* ---------------------------------------------------------------- sections */

static void collect(struct group *group, const struct outcome *cells, int n,
                    const struct section *section)
{
    for (int i = 0; i < n; i++) {
        const struct outcome *o = &cells[i];

        if (o->ending == END_OK && in_section(o, section) && in_group(o, group))
            group->ok[group->n++] = o;
    }
}

static enum status make_groups(struct section *section, const struct outcome *cells,
                               int n, struct arena *arena, struct error *err)
{
    size_t n_cell = 0;

    for (int i = 0; i < n; i++)
        n_cell += in_section(&cells[i], section);
    section->group = arena_take(arena, TAG_STATE, n_cell, sizeof *section->group);
    if (arena_check(arena, err) != OK)
        return err->status;
    for (int i = 0; i < n; i++) {
        struct group *group;

        if (!in_section(&cells[i], section))
            continue;
        group = group_of(section, &cells[i]);
        group->n_cell++;
        if (cells[i].ending == END_OK)
            group->n_task = cells[i].tests.n_task;
    }
    return OK;
}

static enum status fill_section(struct section *section, const struct outcome *cells,
                                int n, struct arena *arena, struct error *err)
{
    if (make_groups(section, cells, n, arena, err) != OK)
        return err->status;
    for (int i = 0; i < section->n; i++) {
        struct group *group = &section->group[i];

        group->label = label_of(group->first, arena);
        group->ok =
            arena_take(arena, TAG_STATE, (size_t)group->n_cell, sizeof *group->ok);
        if (arena_check(arena, err) != OK)
            return err->status;
        collect(group, cells, n, section);
        if (average(group, arena, err) != OK)
            return err->status;
    }
    choose_lines(section);
    return OK;
}

static void add_section(struct grouping *grouping, const struct outcome *o,
                        struct arena *arena)
{
    for (int i = 0; i < grouping->n; i++)
        if (in_section(o, &grouping->section[i]))
            return;
    grouping->section[grouping->n++] = (struct section){
        .stream = o->id.stream,
        .scenario = o->id.scenario,
        .dataset = o->id.dataset,
        .name = arena_text(arena, "%s.%s", o->id.stream, o->id.scenario),
    };
}

enum status group_cells(struct grouping *grouping, const struct outcome *cells, int n,
                        struct arena *arena, struct error *err)
{
    *grouping = (struct grouping){0};
    grouping->section =
        arena_take(arena, TAG_STATE, (size_t)n, sizeof *grouping->section);
    if (arena_check(arena, err) != OK)
        return err->status;
    for (int i = 0; i < n; i++)
        add_section(grouping, &cells[i], arena);
    for (int i = 0; i < grouping->n; i++)
        if (fill_section(&grouping->section[i], cells, n, arena, err) != OK)
            return err->status;
    return OK;
}

bool section_of_strategy(struct section *part, const struct section *section,
                         const char *strategy, struct arena *arena)
{
    *part = *section;
    part->n = 0;
    part->name = arena_text(arena, "%s-%s", section->name, strategy);
    part->group = arena_take(arena, TAG_STATE, (size_t)section->n, sizeof *part->group);
    for (int i = 0; part->group && i < section->n; i++)
        if (strcmp(section->group[i].first->id.strategy, strategy) == 0)
            part->group[part->n++] = section->group[i];
    choose_lines(part);
    return part->group != NULL;
}

const char *section_seeds(const struct section *section, struct arena *arena)
{
    int least = 0, most = 0;

    for (int i = 0; i < section->n; i++) {
        int n = section->group[i].n;

        if (n > 0 && (least == 0 || n < least))
            least = n;
        most = n > most ? n : most;
    }
    if (least == most)
        return arena_text(arena, "%d seed%s", most, most == 1 ? "" : "s");
    return arena_text(arena, "%d to %d seeds", least, most);
}
