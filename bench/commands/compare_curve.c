#include "bench/commands/compare_curve.h"

#include <fnmatch.h>
#include <math.h>
#include <string.h>

#include "bench/plan/settings_diff.h"
#include "results/stats/curve.h"

static const char prefix[] = "curve:";

bool curve_is(const char *name)
{
    return strncmp(name, prefix, sizeof prefix - 1) == 0;
}

const char *curve_strategy(const char *name)
{
    const char *slash = strrchr(name, '/');

    return slash ? slash + 1 : NULL;
}

/* ---------------------------------------------------------------- its learners */

struct members {
    const char *name;           /* of the curve */
    const struct group **group; /* n: in the order of their updates */
    int n;
};

/* Whether the id is matched by one of the globs, which end at a comma or slash. */
static bool is_matched(const char *globs, const char *id, struct arena *arena)
{
    while (*globs && *globs != '/') {
        int length = (int)strcspn(globs, ",/");
        const char *glob = arena_text(arena, "%.*s", length, globs);

        if (fnmatch(glob, id, 0) == 0)
            return true;
        globs += length + (globs[length] == ',');
    }
    return false;
}

static void find_members(struct members *members, const struct section *section,
                         const struct group *a, struct arena *arena)
{
    const char *named = curve_strategy(members->name);
    const char *strategy = named ? named : a->first->id.strategy;

    for (int i = 0; i < section->n; i++) {
        const struct group *group = &section->group[i];
        int at = members->n;

        if (group == a || group->n == 0 ||
            strcmp(group->first->id.strategy, strategy) != 0 ||
            !is_matched(members->name + sizeof prefix - 1, group->first->id.learner,
                        arena))
            continue;
        for (; at > 0 && members->group[at - 1]->flops.mean > group->flops.mean; at--)
            members->group[at] = members->group[at - 1];
        members->group[at] = group;
        members->n++;
    }
}

/* The keys of the learner or the batch in which two learners differ; "" if their settings
 * are not known. */
static void differing(const struct group *a, const struct group *b, char *keys, size_t n)
{
    const char *one = a->ok[0]->context.settings, *other = b->ok[0]->context.settings;

    *keys = '\0';
    if (one && other)
        settings_diff(one, other, "learner", keys, n);
    if (one && other && !*keys)
        settings_diff(one, other, "training.batch", keys, n);
}

static enum status check_members(const struct members *members,
                                 const struct section *section, struct error *err)
{
    char keys[256];

    if (members->n < 2)
        return error_set(err, ERR_RESULT,
                         "'%s' is %s in %s; it takes two or more that differ in their "
                         "updates, such as 'curve:bp-steps*'",
                         members->name,
                         members->n ? "only one learner with finished cells"
                                    : "no learner with finished cells",
                         section->name);
    for (int i = 0; i < members->n; i++) {
        const struct group *first = members->group[0], *own = members->group[i];

        if (isnan(own->flops.mean))
            return error_set(err, ERR_RESULT,
                             "the training FLOPs of '%s' in %s are not known, so it has "
                             "no place on '%s'; leave it out",
                             own->name, section->name, members->name);
        differing(first, own, keys, sizeof keys);
        if (*keys)
            return error_set(err, ERR_RESULT,
                             "'%s' and '%s' differ in %s, but the learners of '%s' may "
                             "differ in their updates only; name fewer",
                             first->name, own->name, keys, members->name);
    }
    return OK;
}

/* ---------------------------------------------------------------- one seed */

struct points {
    const struct outcome **cell; /* n, of one seed, in the order of their updates */
    const struct metrics **metric;
    double *at; /* learning accuracy */
    int n;
};

static void find_points(struct points *points, const struct members *members,
                        const char *seed)
{
    points->n = 0;
    for (int m = 0; m < members->n; m++)
        for (int k = 0; k < members->group[m]->n; k++) {
            const struct group *group = members->group[m];
            double at = group->metric[k].value[METRIC_LEARNING_ACCURACY];

            if (strcmp(group->ok[k]->id.seed, seed) != 0 || isnan(at))
                continue;
            points->cell[points->n] = group->ok[k];
            points->metric[points->n] = &group->metric[k];
            points->at[points->n++] = at;
        }
}

/* Reads the curve for the next seed of the group, where it reaches A's learning accuracy.
 * Returns its training FLOPs there, NAN if it does not. */
static double read_seed(struct curve *curve, const struct points *points, double accuracy)
{
    struct crossing crossing = curve_cross(points->at, points->n, accuracy);
    int s = curve->group.n++, low = crossing.low, high = crossing.high;
    double *value = curve->group.metric[s].value;

    curve->group.ok[s] = points->cell[low];
    curve->low[s] = points->metric[low];
    curve->high[s] = points->metric[high];
    curve->outside[s] = crossing.outside;
    for (int m = 0; m < N_METRIC; m++)
        value[m] = crossing.outside != 0
                       ? NAN
                       : curve_between(&crossing, curve->low[s]->value[m],
                                       curve->high[s]->value[m]);
    if (crossing.outside != 0)
        return NAN;
    value[METRIC_LEARNING_ACCURACY] = accuracy; /* without what rounding makes of it */
    return curve_between(&crossing, points->cell[low]->cost.train_flops,
                         points->cell[high]->cost.train_flops);
}

static void read_seeds(struct curve *curve, const struct members *members,
                       const struct group *a, struct points *points, double *flops)
{
    curve->n_least = members->n;
    for (int i = 0; i < a->n; i++) {
        double value = a->metric[i].value[METRIC_LEARNING_ACCURACY];
        int s = curve->group.n; /* which read_seed counts up */

        find_points(points, members, a->ok[i]->id.seed);
        if (points->n == 0 || isnan(value))
            continue;
        flops[s] = read_seed(curve, points, value);
        if (points->n < curve->n_least)
            curve->n_least = points->n;
        if (points->n > curve->n_most)
            curve->n_most = points->n;
    }
    curve->group.flops = statistics_of(flops, curve->group.n);
}

static bool take_points(struct points *points, size_t n, struct arena *arena)
{
    points->cell = arena_take(arena, TAG_STATE, n, sizeof *points->cell);
    points->metric = arena_take(arena, TAG_STATE, n, sizeof *points->metric);
    points->at = arena_take(arena, TAG_STATE, n, sizeof *points->at);
    return points->cell && points->metric && points->at;
}

static bool take_curve(struct curve *curve, size_t n, struct arena *arena)
{
    curve->group.ok = arena_take(arena, TAG_STATE, n, sizeof *curve->group.ok);
    curve->group.metric = arena_take(arena, TAG_STATE, n, sizeof *curve->group.metric);
    curve->low = arena_take(arena, TAG_STATE, n, sizeof *curve->low);
    curve->high = arena_take(arena, TAG_STATE, n, sizeof *curve->high);
    curve->outside = arena_take(arena, TAG_STATE, n, sizeof *curve->outside);
    return curve->group.ok && curve->group.metric && curve->low && curve->high &&
           curve->outside;
}

enum status curve_read(struct curve **curve, const char *name,
                       const struct section *section, const struct group *a,
                       struct arena *arena, struct error *err)
{
    size_t n = (size_t)a->n + 1, n_group = (size_t)section->n;
    struct members members = {.name = name};
    struct points points = {0};
    double *flops = arena_take(arena, TAG_STATE, n, sizeof *flops);

    *curve = arena_take(arena, TAG_STATE, 1, sizeof **curve);
    members.group = arena_take(arena, TAG_STATE, n_group, sizeof *members.group);
    if (!flops || !*curve || !members.group || !take_curve(*curve, n, arena) ||
        !take_points(&points, n_group, arena))
        return arena_check(arena, err);
    find_members(&members, section, a, arena);
    if (check_members(&members, section, err) == OK)
        read_seeds(*curve, &members, a, &points, flops);
    return err->status;
}

/* ---------------------------------------------------------------- how closely it is read */

int curve_count_outside(const struct curve *curve)
{
    int n = 0;

    for (int s = 0; s < curve->group.n; s++)
        n += curve->outside[s] != 0;
    return n;
}

/* Adds the bounds of one seed: `a` is its value, the curve's place that of the same seed. */
static void bound_seed(const struct curve *curve, int s, enum metric metric, double a,
                       double *low, double *high)
{
    double one = curve->low[s]->value[metric], other = curve->high[s]->value[metric];

    if (curve->outside[s] != 0)
        return;
    *low = a - fmax(one, other);
    *high = a - fmin(one, other);
}

void curve_bound(const struct curve *curve, const struct group *a, enum metric metric,
                 double bound[2], struct arena *arena)
{
    size_t n = (size_t)a->n + 1;
    double *low = arena_take(arena, TAG_STATE, n, sizeof *low);
    double *high = arena_take(arena, TAG_STATE, n, sizeof *high);

    bound[0] = bound[1] = NAN;
    if (!low || !high)
        return;
    for (int i = 0; i < a->n; i++) {
        low[i] = high[i] = NAN;
        for (int s = 0; s < curve->group.n; s++)
            if (strcmp(a->ok[i]->id.seed, curve->group.ok[s]->id.seed) == 0)
                bound_seed(curve, s, metric, a->metric[i].value[metric], &low[i],
                           &high[i]);
    }
    bound[0] = draws_statistics(&a->draws, low).mean;
    bound[1] = draws_statistics(&a->draws, high).mean;
}
