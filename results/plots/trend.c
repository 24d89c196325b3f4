#include "results/plots/trend.h"

#include <stdlib.h>
#include <string.h>

#include "results/data/settings_text.h"

/* ---------------------------------------------------------------- settings */

/* The value of a setting where it is a number. */
static bool number_at(const struct group *group, const struct trend *trend, double *value)
{
    const char *settings = group->first->context.settings;
    const char *text =
        settings ? settings_value(settings, trend->key, trend->n_key) : NULL;
    char *end;

    if (!text)
        return false;
    *value = strtod(text, &end);
    return end > text && (*end == '\n' || *end == '\0');
}

/* Past lines that two cells of a line need not have in common. */
static const char *skip(const char *line, const struct trend *trend)
{
    while (*line && (settings_has_key(line, trend->key, trend->n_key) ||
                     strncmp(line, "seed.", strlen("seed.")) == 0))
        line = settings_next_line(line);
    return line;
}

static bool same_but(const struct group *one, const struct group *other,
                     const struct trend *trend)
{
    const char *a = one->first->context.settings, *b = other->first->context.settings;

    for (a = skip(a, trend), b = skip(b, trend); *a && *b;
         a = skip(settings_next_line(a), trend), b = skip(settings_next_line(b), trend)) {
        size_t n = (size_t)(settings_next_line(a) - a);

        if (strncmp(a, b, n) != 0)
            return false;
    }
    return *a == *b;
}

/* ---------------------------------------------------------------- lines */

static bool on_a_line(const struct group *group, const struct trend *trend)
{
    double value;

    return group->n > 0 && number_at(group, trend, &value);
}

static int by_place(const void *a, const void *b)
{
    double x = ((const struct trend_point *)a)->x;
    double y = ((const struct trend_point *)b)->x;

    return (x > y) - (x < y);
}

/* Where the mark stands in the label, before its end or one of these characters; NULL =
 * nowhere. */
static const char *find_mark(const char *label, const char *mark, const char *before)
{
    const char *at = label;

    while ((at = strstr(at, mark)) && !strchr(before, at[strlen(mark)]))
        at++;
    return at;
}

/* "dt-blocks16 + replay", or "dt-16 + replay" -> "dt + replay" */
static const char *label_without(const struct group *group, const struct trend *trend,
                                 struct arena *arena)
{
    double value = 0;
    const char *mark, *at;

    number_at(group, trend, &value);
    mark = arena_text(arena, "-%s%.9g", trend->name, value);
    at = find_mark(group->label, mark, " -");
    if (!at) {
        mark = arena_text(arena, "-%.9g", value);
        at = find_mark(group->label, mark, " ");
    }
    if (!at)
        return group->label;
    return arena_text(arena, "%.*s%s", (int)(at - group->label), group->label,
                      at + strlen(mark));
}

/* Whether an earlier group of the section begins the line of this one. */
static bool begun(const struct section *section, int i, const struct trend *trend)
{
    for (int k = 0; k < i; k++)
        if (on_a_line(&section->group[k], trend) &&
            same_but(&section->group[k], &section->group[i], trend))
            return true;
    return false;
}

static void collect(const struct section *section, int first, const struct trend *trend,
                    struct trend_line *line)
{
    line->n = 0;
    line->first = &section->group[first];
    for (int k = first; k < section->n; k++) {
        struct trend_point *point = &line->point[line->n];

        if (on_a_line(&section->group[k], trend) &&
            same_but(line->first, &section->group[k], trend) &&
            number_at(&section->group[k], trend, &point->x)) {
            point->group = &section->group[k];
            line->n++;
        }
    }
    qsort(line->point, (size_t)line->n, sizeof *line->point, by_place);
}

struct trend_lines trend_lines(const struct section *section, const struct trend *trend,
                               struct arena *arena)
{
    size_t n = (size_t)section->n;
    struct trend_lines lines = {arena_take(arena, TAG_STATE, n, sizeof *lines.line), 0};

    for (int i = 0; lines.line && i < section->n; i++) {
        struct trend_line *line = &lines.line[lines.n];

        if (!on_a_line(&section->group[i], trend) || begun(section, i, trend))
            continue;
        line->point = arena_take(arena, TAG_STATE, n, sizeof *line->point);
        if (!line->point)
            break;
        collect(section, i, trend, line);
        line->label = label_without(line->first, trend, arena);
        lines.n += line->n >= TREND_POINTS;
    }
    return lines;
}

/* ---------------------------------------------------------------- options */

/* Cheap, and true of few settings. */
static bool varies(const struct section *section, const struct trend *trend)
{
    double first = 0, value;
    int n = 0;

    for (int i = 0; i < section->n; i++) {
        if (section->group[i].n == 0 || !number_at(&section->group[i], trend, &value))
            continue;
        if (n++ > 0 && value != first)
            return true;
        first = value;
    }
    return false;
}

/* "learner.buffer.per_class" -> "per_class" */
static const char *short_name(const char *key, int n, struct arena *arena)
{
    int from = n;

    while (from > 0 && key[from - 1] != '.')
        from--;
    return arena_text(arena, "%.*s", n - from, key + from);
}

enum { KEYS_MOST = 1024 }; /* many times what a suite can vary; more are not looked at */

struct keys {
    struct trend key[KEYS_MOST];
    int n;
};

/* Whether the key was looked at before, in the settings of another group; now it is. */
static bool known(struct keys *keys, const struct trend *one)
{
    for (int i = 0; i < keys->n; i++)
        if (keys->key[i].n_key == one->n_key &&
            settings_has_key(one->key, keys->key[i].key, one->n_key))
            return true;
    if (keys->n == KEYS_MOST)
        return true;
    keys->key[keys->n++] = *one;
    return false;
}

static int add_trends(const struct section *section, const char *settings,
                      struct keys *keys, struct trend trend[TREND_MOST], int n,
                      struct arena *arena)
{
    for (const char *line = settings; line && *line && n < TREND_MOST;
         line = settings_next_line(line)) {
        struct trend one = {line, (int)strcspn(line, ":\n"), NULL};
        size_t mark;
        int n_line;

        if (strncmp(line, "seed.", strlen("seed.")) == 0 || known(keys, &one) ||
            !varies(section, &one))
            continue;
        one.name = short_name(one.key, one.n_key, arena);
        mark = arena_mark(arena);
        n_line = trend_lines(section, &one, arena).n;
        arena_release(arena, mark);
        if (n_line > 0)
            trend[n++] = one;
    }
    return n;
}

int trends_of(const struct section *section, struct trend trend[TREND_MOST],
              struct arena *arena)
{
    struct keys *keys = arena_take(arena, TAG_SCRATCH, 1, sizeof *keys);
    int n = 0;

    for (int i = 0; keys && i < section->n; i++)
        if (section->group[i].n > 0)
            n = add_trends(section, section->group[i].first->context.settings, keys,
                           trend, n, arena);
    return n;
}
