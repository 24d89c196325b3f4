#include "bench/commands/compare_pairs.h"

#include <math.h>
#include <string.h>

#include "bench/plan/settings_diff.h"
#include "core/base/file.h"
#include "core/base/suggest.h"

/* ---------------------------------------------------------------- one pair */

/* Compares the metric over the seeds of a; NAN stands for a seed that b does not have.
 * Pairs of one stream seed are averaged (results/stats/draws.h). */
static void compare_groups(struct pair *pair, double margin, struct arena *arena)
{
    const struct group *a = pair->a, *b = pair->b;
    double *x = arena_take(arena, TAG_STATE, (size_t)a->n + 1, sizeof *x);
    double *y = arena_take(arena, TAG_STATE, (size_t)a->n + 1, sizeof *y);
    int n = x && y ? a->n : 0;

    for (int i = 0; i < n; i++) {
        x[i] = a->metric[i].value[pair->metric];
        y[i] = NAN;
        for (int k = 0; k < b->n; k++)
            if (strcmp(a->ok[i]->id.seed, b->ok[k]->id.seed) == 0)
                y[i] = b->metric[k].value[pair->metric];
        if (isnan(y[i]) || isnan(x[i]))
            x[i] = y[i] = NAN;
    }
    if (n > 0) {
        draws_average(&a->draws, x);
        n = draws_average(&a->draws, y);
    }
    pair->paired = paired_compare(x, y, n);
    pair->p_equivalent = margin > 0 ? paired_equivalence(x, y, n, margin) : NAN;
}

static void add(struct pairs *pairs, const struct pair *pair)
{
    for (int i = 0; i < pairs->n_metric; i++) {
        struct pair one = *pair;

        one.metric = pairs->metric[i];
        compare_groups(&one, pairs->margin, pairs->arena);
        if (one.paired.difference.n == 0)
            continue;
        if (pairs->pair)
            pairs->pair[pairs->n] = one;
        pairs->n++;
    }
}

/* ---------------------------------------------------------------- by name */

/* What of a group's learner and strategy a name leaves open: "backprop" leaves the
 * strategy, "replay" the learner, "backprop/replay" (or "backprop + replay", as tables
 * write it) nothing: "". Titles are names too. NULL if the name is not that of the group. */
static const char *rest_of(const struct group *group, const char *name)
{
    const char *learner = group->first->id.learner, *strategy = group->first->id.strategy;
    size_t n = strlen(learner);

    if (strcmp(name, learner) == 0 || strcmp(name, group->learner) == 0)
        return strategy;
    if (strcmp(name, strategy) == 0 || strcmp(name, group->strategy) == 0)
        return learner;
    if (strncmp(name, learner, n) == 0 && name[n] == '/' &&
        strcmp(name + n + 1, strategy) == 0)
        return "";
    return strcmp(name, group->name) == 0 || strcmp(name, group->label) == 0 ? "" : NULL;
}

/* Each group of a section called a, paired with those called b that are otherwise the
 * same. */
static void add_names(struct pairs *pairs, const struct section *section, const char *a,
                      const char *b)
{
    for (int i = 0; i < section->n; i++) {
        const struct group *own = &section->group[i];
        const char *rest = rest_of(own, a);

        for (int k = 0; rest && k < section->n; k++) {
            const struct group *other = &section->group[k];
            const char *rest_other = rest_of(other, b);

            if (rest_other && own != other && strcmp(rest, rest_other) == 0)
                add(pairs, &(struct pair){.section = section,
                                          .a = own,
                                          .b = other,
                                          .name_a = own->name,
                                          .name_b = other->name});
        }
    }
}

void pairs_by_name(struct pairs *pairs, const struct grouping *grouping, char **name,
                   int n_name)
{
    pairs->n = 0;
    for (int s = 0; s < grouping->n; s++)
        for (int i = 0; i < n_name; i++)
            for (int k = i + 1; k < n_name; k++)
                add_names(pairs, &grouping->section[s], name[i], name[k]);
}

/* ---------------------------------------------------------------- names not there */

enum { N_LISTED = 250 }; /* characters of a list of names */

static bool exists(const struct grouping *grouping, const char *name)
{
    for (int s = 0; s < grouping->n; s++)
        for (int i = 0; i < grouping->section[s].n; i++)
            if (rest_of(&grouping->section[s].group[i], name))
                return true;
    return false;
}

/* The ids at this offset of struct outcome, each once; how many there are. */
static int ids_of(const struct grouping *grouping, size_t offset, const char **id)
{
    int n = 0;

    for (int s = 0; s < grouping->n; s++)
        for (int i = 0; i < grouping->section[s].n; i++) {
            int k = 0;

            id[n] = (const char *)grouping->section[s].group[i].first + offset;
            while (strcmp(id[k], id[n]) != 0)
                k++;
            n += k == n;
        }
    return n;
}

static const char *list_of(const char *const *id, int n, struct arena *arena)
{
    const char *list = n > 0 ? id[0] : "";

    for (int i = 1; i < n; i++) {
        if (strlen(list) > N_LISTED)
            return arena_text(arena, "%s, ...", list);
        list = arena_text(arena, "%s, %s", list, id[i]);
    }
    return list;
}

enum status pairs_missing(const struct grouping *grouping, const char *name,
                          struct arena *arena, struct error *err)
{
    size_t n_group = 0;
    const char **id, *near, *others;
    char hint[SUGGEST_TEXT];
    int n_learner, n_strategy;

    if (exists(grouping, name))
        return OK;
    for (int s = 0; s < grouping->n; s++)
        n_group += (size_t)grouping->section[s].n;
    id = arena_take(arena, TAG_STATE, 2 * n_group + 1, sizeof *id);
    if (!id)
        return arena_check(arena, err);
    n_learner = ids_of(grouping, offsetof(struct outcome, id.learner), id);
    n_strategy = ids_of(grouping, offsetof(struct outcome, id.strategy), id + n_learner);
    near = suggest(name, id, (size_t)(n_learner + n_strategy));
    others = arena_text(
        arena, "; a name is a learner (%s), a strategy (%s) or learner/strategy",
        list_of(id, n_learner, arena), list_of(id + n_learner, n_strategy, arena));
    return error_set(err, ERR_RESULT, "the results hold no '%s'%s", name,
                     suggest_text(near, others, hint));
}

/* ---------------------------------------------------------------- of two folders */

/* Cells of one seed are a pair only if they saw the same data. Cells whose settings are
 * not known are not checked. */
static enum status check_streams(const struct group *a, const struct group *b,
                                 const char *const path[2], struct error *err)
{
    for (int i = 0; i < a->n; i++)
        for (int k = 0; k < b->n; k++) {
            const struct outcome *one = a->ok[i], *other = b->ok[k];
            char keys[256] = "";

            if (strcmp(one->id.seed, other->id.seed) == 0 && one->context.settings &&
                other->context.settings)
                settings_diff(one->context.settings, other->context.settings, "stream",
                              keys, sizeof keys);
            if (*keys)
                return error_set(err, ERR_RESULT,
                                 "cell '%s' of %s and of %s saw different data (%s), so "
                                 "they are no pair; compare runs of the same stream",
                                 one->id.cell, path[0], path[1], keys);
        }
    return OK;
}

static enum status add_sections(struct pairs *pairs, const struct section *a,
                                const struct section *b, const char *const path[2],
                                struct error *err)
{
    for (int i = 0; i < a->n; i++)
        for (int k = 0; k < b->n; k++) {
            const char *label = a->group[i].label;

            if (strcmp(label, b->group[k].label) != 0)
                continue;
            if (check_streams(&a->group[i], &b->group[k], path, err) != OK)
                return err->status;
            add(pairs, &(struct pair){
                           .section = a,
                           .a = &a->group[i],
                           .b = &b->group[k],
                           .name_a = arena_text(pairs->arena, "%s: %s", path[0], label),
                           .name_b = path[1]});
        }
    return OK;
}

enum status pairs_of_folders(struct pairs *pairs, const struct grouping grouping[2],
                             const char *const path[2], struct error *err)
{
    pairs->n = 0;
    for (int s = 0; s < grouping[0].n; s++)
        for (int t = 0; t < grouping[1].n; t++) {
            const struct section *a = &grouping[0].section[s];
            const struct section *b = &grouping[1].section[t];

            if (strcmp(a->name, b->name) == 0 &&
                add_sections(pairs, a, b, path, err) != OK)
                return err->status;
        }
    return OK;
}

/* ---------------------------------------------------------------- from a file */

enum { N_WORD = 3 };

struct line {
    const char *path;
    int number;
};

static enum status no_stream(const struct grouping *grouping, const struct line *line,
                             const char *name, struct arena *arena, struct error *err)
{
    const char **words = arena_take(arena, TAG_STATE, (size_t)grouping->n, sizeof *words);
    char hint[SUGGEST_TEXT];

    if (!words)
        return arena_check(arena, err);
    for (int s = 0; s < grouping->n; s++)
        words[s] = grouping->section[s].name;
    return error_at(err, ERR_RESULT, line->path, line->number, 0,
                    "the results hold no stream '%s'%s", name,
                    suggest_text(suggest(name, words, (size_t)grouping->n), "", hint));
}

static enum status add_line(struct pairs *pairs, const struct grouping *grouping,
                            const struct line *line, char *const word[N_WORD],
                            struct error *err)
{
    const struct section *section = NULL;
    struct error why = {0};
    int before = pairs->n;

    for (int s = 0; s < grouping->n; s++)
        if (strcmp(grouping->section[s].name, word[0]) == 0)
            section = &grouping->section[s];
    if (!section)
        return no_stream(grouping, line, word[0], pairs->arena, err);
    add_names(pairs, section, word[1], word[2]);
    if (pairs->n > before)
        return OK;
    for (int i = 1; i < N_WORD; i++)
        if (pairs_missing(grouping, word[i], pairs->arena, &why) != OK)
            return error_at(err, why.status, line->path, line->number, 0, "%s", why.text);
    return error_at(err, ERR_RESULT, line->path, line->number, 0,
                    "%s holds no two finished cells of equal seeds under the names "
                    "'%s' and '%s'",
                    word[0], word[1], word[2]);
}

/* The words of a line, without its comment; how many there are. */
static int split_words(char *text, char *word[N_WORD])
{
    int n = 0;
    char *next;

    text[strcspn(text, "#")] = '\0';
    for (char *w = strtok_r(text, " \t\r", &next); w; w = strtok_r(NULL, " \t\r", &next))
        if (n++ < N_WORD)
            word[n - 1] = w;
    return n;
}

enum status pairs_from_file(struct pairs *pairs, const struct grouping *grouping,
                            const char *path, struct error *err)
{
    struct line line = {.path = path};
    char *text, *next;

    pairs->n = 0;
    if (file_read(path, pairs->arena, &text, NULL, err) != OK)
        return err->status;
    for (; text; text = next) {
        char *word[N_WORD];
        int n;

        line.number++;
        next = strchr(text, '\n');
        if (next)
            *next++ = '\0';
        n = split_words(text, word);
        if (n != 0 && n != N_WORD)
            return error_at(err, ERR_USAGE, path, line.number, 0,
                            "a pair is a line of three words: STREAM A B");
        if (n == N_WORD && add_line(pairs, grouping, &line, word, err) != OK)
            return err->status;
    }
    return OK;
}
