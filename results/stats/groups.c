#include "results/stats/groups.h"

#include <math.h>
#include <string.h>

#include "core/base/buckets.h"
#include "core/base/fnv.h"
#include "results/stats/lines.h"

static bool same_section(const struct outcome *a, const struct outcome *b)
{
    return strcmp(a->id.stream, b->id.stream) == 0 &&
           strcmp(a->id.scenario, b->id.scenario) == 0;
}

static bool same_names(const struct outcome *a, const struct outcome *b)
{
    return strcmp(a->id.learner, b->id.learner) == 0 &&
           strcmp(a->id.strategy, b->id.strategy) == 0 && same_section(a, b);
}

/* Of what the cells of a section have in common, and of what those of a group have. */
static uint64_t hash_section(const struct outcome *o)
{
    return fnv_text(fnv_text(fnv_of_nothing, o->id.scenario), o->id.stream);
}

static uint64_t hash_names(const struct outcome *o)
{
    return fnv_text(fnv_text(hash_section(o), o->id.learner), o->id.strategy);
}

/* Cells on their way into groups. */
struct sorting {
    const struct outcome *cell;
    int n;
    int *section, *group;               /* of each cell */
    struct buckets by_section, by_name; /* the first cell of each section and group */
};

static const char *joined(const struct outcome *o, const char *learner,
                          const char *strategy, struct arena *arena)
{
    if (strcmp(o->id.strategy, "none") == 0)
        return learner;
    return arena_text(arena, "%s + %s", learner, strategy);
}

static void name_group(struct group *group, struct arena *arena)
{
    const struct outcome *o = group->first;
    const struct outcome_shown *shown = &o->context.shown;

    group->learner = shown->learner ? shown->learner : o->id.learner;
    group->strategy = shown->strategy ? shown->strategy : o->id.strategy;
    group->name = joined(o, o->id.learner, o->id.strategy, arena);
    group->label = joined(o, group->learner, group->strategy, arena);
}

static const char *title_of(const struct outcome *o, struct arena *arena)
{
    const char *shown = o->context.shown.stream;

    if (shown)
        return arena_text(arena, "%s, %s", shown, o->id.scenario);
    return arena_text(arena, "%s.%s", o->id.stream, o->id.scenario);
}

/* ---------------------------------------------------------------- means */

static double accuracy_seen(const double *R, const struct group *group, int row)
{
    int met = outcome_met(group->first, row);
    double sum = 0;

    for (int j = 0; j < met; j++)
        sum += R[row * group->n_task + j];
    return sum / met;
}

/* Fills seen and R from the matrices of all seeds. */
static void average_matrices(struct group *group, double *const *R, double *value)
{
    for (int k = 0; k < (group->n_row + 1) * group->n_task; k++) {
        for (int i = 0; i < group->n; i++)
            value[i] = R[i][k];
        group->R[k] = draws_statistics(&group->draws, value).mean;
    }
    for (int row = 1; row <= group->n_row; row++) {
        for (int i = 0; i < group->n; i++)
            value[i] = accuracy_seen(R[i], group, row);
        group->seen[row - 1] = draws_statistics(&group->draws, value);
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
        group->mean[k] = draws_statistics(&group->draws, value);
        if (group->mean[k].n > 0)
            group->reason[k] = NULL;
    }
    for (int i = 0; i < group->n; i++)
        value[i] = (double)group->ok[i]->cost.peak.total;
    group->peak = draws_statistics(&group->draws, value);
    for (int i = 0; i < group->n; i++)
        value[i] = group->ok[i]->timing.train_seconds;
    group->seconds = draws_statistics(&group->draws, value);
    for (int i = 0; i < group->n; i++)
        value[i] = group->ok[i]->timing.cpu_seconds;
    group->cpu = draws_statistics(&group->draws, value);
    for (int i = 0; i < group->n; i++)
        value[i] = group->ok[i]->cost.train_flops;
    group->flops = draws_statistics(&group->draws, value);
}

static enum status average(struct group *group, struct arena *arena, struct error *err)
{
    size_t n = (size_t)group->n, n_row = (size_t)group->n_row, mark;
    double **R, *value;

    if (draws_find(&group->draws, group->ok, group->n, arena, err) != OK)
        return err->status;
    group->metric = arena_take(arena, TAG_STATE, n, sizeof *group->metric);
    group->seen = arena_take(arena, TAG_STATE, n_row, sizeof *group->seen);
    group->R = arena_take(arena, TAG_STATE, (n_row + 1) * (size_t)group->n_task,
                          sizeof *group->R);
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

/* ---------------------------------------------------------------- sections */

/* A cell that did not end ok may not know its number of tasks. */
static bool takes(const struct group *group, const struct outcome *o)
{
    return o->ending != END_OK || group->n_task == 0 ||
           (group->n_task == o->tests.n_task && group->n_row == outcome_rows(o));
}

/* The first group of these names that takes cell i; -1 = there is none. */
static int find_group(const struct sorting *s, const struct section *section, int i)
{
    int found = -1;

    for (int k = buckets_first(&s->by_name, hash_names(&s->cell[i])); k >= 0;
         k = buckets_next(&s->by_name, k))
        if (same_names(&s->cell[k], &s->cell[i]) &&
            takes(&section->group[s->group[k]], &s->cell[i]) &&
            (found < 0 || s->group[k] < found))
            found = s->group[k];
    return found;
}

static void place_in_group(struct sorting *s, struct section *section, int i)
{
    const struct outcome *o = &s->cell[i];
    struct group *group;

    s->group[i] = find_group(s, section, i);
    if (s->group[i] < 0) {
        s->group[i] = section->n++;
        section->group[s->group[i]] = (struct group){.first = o};
        buckets_add(&s->by_name, hash_names(o), i);
    }
    group = &section->group[s->group[i]];
    group->n_cell++;
    if (o->ending != END_OK)
        return;
    group->n_task = o->tests.n_task;
    group->n_row = outcome_rows(o);
}

static enum status fill_group(struct group *group, struct arena *arena, struct error *err)
{
    size_t n = (size_t)group->n_cell;

    name_group(group, arena);
    group->ok = arena_take(arena, TAG_STATE, n, sizeof *group->ok);
    return arena_check(arena, err);
}

/* The section of cell i. */
static int place_in_section(struct sorting *s, struct grouping *grouping, int i,
                            struct arena *arena)
{
    const struct outcome *o = &s->cell[i];
    uint64_t hash = hash_section(o);
    int k = buckets_first(&s->by_section, hash);

    while (k >= 0 && !same_section(&s->cell[k], o))
        k = buckets_next(&s->by_section, k);
    if (k >= 0)
        return s->section[k];
    buckets_add(&s->by_section, hash, i);
    grouping->section[grouping->n] = (struct section){
        .stream = o->id.stream,
        .scenario = o->id.scenario,
        .dataset = o->id.dataset,
        .name = arena_text(arena, "%s.%s", o->id.stream, o->id.scenario),
        .title = title_of(o, arena),
    };
    return grouping->n++;
}

static enum status make_sections(struct sorting *s, struct grouping *grouping,
                                 struct arena *arena, struct error *err)
{
    size_t n = (size_t)s->n;
    int *n_cell = arena_take(arena, TAG_SCRATCH, n, sizeof *n_cell);

    grouping->section = arena_take(arena, TAG_STATE, n, sizeof *grouping->section);
    s->section = arena_take(arena, TAG_SCRATCH, n, sizeof *s->section);
    s->group = arena_take(arena, TAG_SCRATCH, n, sizeof *s->group);
    if (arena_check(arena, err) != OK)
        return err->status;
    for (int i = 0; i < s->n; i++) {
        s->section[i] = place_in_section(s, grouping, i, arena);
        n_cell[s->section[i]]++;
    }
    for (int k = 0; k < grouping->n; k++) {
        struct section *section = &grouping->section[k];

        section->group =
            arena_take(arena, TAG_STATE, (size_t)n_cell[k], sizeof *section->group);
    }
    return arena_check(arena, err);
}

static enum status make_groups(struct sorting *s, struct grouping *grouping,
                               struct arena *arena, struct error *err)
{
    for (int i = 0; i < s->n; i++)
        place_in_group(s, &grouping->section[s->section[i]], i);
    for (int k = 0; k < grouping->n; k++)
        for (int i = 0; i < grouping->section[k].n; i++)
            if (fill_group(&grouping->section[k].group[i], arena, err) != OK)
                return err->status;
    for (int i = 0; i < s->n; i++) {
        struct group *group = &grouping->section[s->section[i]].group[s->group[i]];

        if (s->cell[i].ending == END_OK)
            group->ok[group->n++] = &s->cell[i];
    }
    return OK;
}

static enum status finish_section(struct section *section, struct arena *arena,
                                  struct error *err)
{
    for (int i = 0; i < section->n; i++)
        if (average(&section->group[i], arena, err) != OK)
            return err->status;
    return lines_choose(section, arena, err);
}

static enum status sort(struct sorting *s, struct grouping *grouping, struct arena *arena,
                        struct error *err)
{
    if (buckets_open(&s->by_section, (size_t)s->n, err) != OK ||
        buckets_open(&s->by_name, (size_t)s->n, err) != OK ||
        make_sections(s, grouping, arena, err) != OK)
        return err->status;
    return make_groups(s, grouping, arena, err);
}

enum status group_cells(struct grouping *grouping, const struct outcome *cells, int n,
                        struct arena *arena, struct error *err)
{
    struct sorting s = {.cell = cells, .n = n};

    *grouping = (struct grouping){0};
    sort(&s, grouping, arena, err);
    buckets_close(&s.by_section);
    buckets_close(&s.by_name);
    for (int i = 0; i < grouping->n && err->status == OK; i++)
        finish_section(&grouping->section[i], arena, err);
    return err->status;
}

const char *seeds_crossed(const struct section *section)
{
    for (int i = 0; i < section->n; i++) {
        const struct draws *draws = &section->group[i].draws;

        if (draws->n < draws->n_cell)
            return " of the stream (mean over the learner seeds of each)";
        if (draws->one_stream)
            return " of the learner with one of the stream";
    }
    return "";
}

const char *section_seeds(const struct section *section, struct arena *arena)
{
    const char *crossed = seeds_crossed(section);
    int least = 0, most = 0;

    for (int i = 0; i < section->n; i++) {
        int n = section->group[i].draws.n;

        if (n > 0 && (least == 0 || n < least))
            least = n;
        most = n > most ? n : most;
    }
    if (least == most)
        return arena_text(arena, "%d seed%s%s", most, most == 1 ? "" : "s", crossed);
    return arena_text(arena, "%d to %d seeds%s", least, most, crossed);
}
