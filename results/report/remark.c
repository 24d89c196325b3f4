#include "results/report/remark.h"

#include <string.h>

/* ---------------------------------------------------------------- who did not learn */

/* Times the accuracy of guessing that count as clearly above it. A constant answer has
 * 1.135 times it with the digits of MNIST, of which the ones are the most. */
static const double clearly = 1.2;

/* Answers that do not depend on the image are right once in k with k equal classes,
 * whichever they prefer. Where tasks compete, the accuracy on the task just learnt is not
 * bounded by that: answering with its classes alone gives 1 / (classes of a task) on it,
 * and 0 on all tasks before. The sum over the tasks learnt so far is bounded. */
static double sum_over_met(const struct group *group)
{
    int first = group->first->tests.pooled ? group->n_row : 1;
    double sum = 0;

    for (int i = first; i <= group->n_row; i++)
        sum += outcome_met(group->first, i) * group->seen[i - 1].mean;
    return sum / (group->n_row - first + 1);
}

static enum metric judged_by(const struct group *group)
{
    return group->first->tests.pooled ? METRIC_ACCURACY : METRIC_LEARNING_ACCURACY;
}

/* Of the classes of one task. */
static double guessing(const struct group *group)
{
    const struct outcome *o = group->ok[0];

    return o->context.competing ? o->tests.chance * group->n_task : o->tests.chance;
}

/* What is held against guessing. */
static double reached(const struct group *group)
{
    return group->ok[0]->context.competing ? sum_over_met(group)
                                           : group->mean[judged_by(group)].mean;
}

bool remark_learnt(const struct group *group)
{
    double guess;

    if (group->n == 0)
        return true;
    guess = guessing(group);
    return guess <= 0 || clearly * guess > 1 || !(reached(group) <= clearly * guess);
}

static const char *name_of_reached(const struct group *group)
{
    if (group->ok[0]->context.competing)
        return group->first->tests.pooled ? "the accuracies on all tasks add up to"
                                          : "after a task the accuracies on all tasks so "
                                            "far add up, on average, to";
    return group->first->tests.pooled ? "accuracy is" : "learning accuracy is";
}

const char **remark_unlearnt(const struct section *section, struct arena *arena)
{
    const char **list =
        arena_take(arena, TAG_STATE, (size_t)section->n + 1, sizeof *list);
    int n = 0;

    for (int i = 0; list && i < section->n; i++) {
        const struct group *group = &section->group[i];

        if (!remark_learnt(group))
            list[n++] = arena_text(
                arena,
                "%s did not learn: %s %.2f %%, not above %.1f times the %.2f %% of "
                "guessing among the classes of a task",
                group->label, name_of_reached(group), 100 * reached(group), clearly,
                100 * guessing(group));
    }
    return list;
}

/* ---------------------------------------------------------------- who has forgotten */

enum { NAMED_MOST = 40 }; /* learners */

/* Accuracy below which tasks count as forgotten, or as not learnt. */
static const double near_zero = 0.05;

static bool has_forgotten(const struct group *group)
{
    int n_old = group->n_task - 1, newest = outcome_trained(group->first, group->n_row);
    double sum = 0;

    for (int j = 0; j < group->n_task; j++)
        if (j != newest)
            sum += group->R[group->n_row * group->n_task + j];
    return n_old > 0 && sum / n_old < near_zero;
}

static bool is_forgetful(const struct group *group)
{
    return has_forgotten(group) && !group->first->context.keeps_past &&
           remark_learnt(group);
}

/* By the mean accuracy on the tasks from the second on, each just after it was trained. */
static bool is_stuck(const struct group *group)
{
    double sum = 0;

    for (int i = 2; i <= group->n_row; i++)
        sum += group->R[i * group->n_task + outcome_trained(group->first, i)];
    return group->n_row > 1 && sum / (group->n_row - 1) < near_zero &&
           remark_learnt(group);
}

/* Those groups of a class scenario, with commas; NULL = there are none. */
static const char *names_of(const struct section *section,
                            bool (*is)(const struct group *group), struct arena *arena)
{
    const char *list = NULL;
    int n = 0;

    for (int i = 0; i < section->n && strcmp(section->scenario, "class") == 0; i++)
        if (is(&section->group[i]) && n++ < NAMED_MOST)
            list = arena_text(arena, "%s%s%s", list ? list : "", list ? ", " : "",
                              section->group[i].label);
    return n > NAMED_MOST ? arena_text(arena, "%s and %d more", list, n - NAMED_MOST)
                          : list;
}

const char *remark_forgetful(const struct section *section, struct arena *arena)
{
    return names_of(section, is_forgetful, arena);
}

const char *remark_stuck(const struct section *section, struct arena *arena)
{
    return names_of(section, is_stuck, arena);
}
