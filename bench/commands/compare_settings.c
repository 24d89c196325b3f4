#include "bench/commands/compare_settings.h"

#include <stdlib.h>
#include <string.h>

#include "bench/registry/registry.h"
#include "bench/suite/settings.h"
#include "results/data/settings_text.h"

/* Options of one side alone: more of them are listed only off their default. */
enum { N_OWN = 6 };

struct differences {
    const char *settings[2];
    const char *differ;            /* "lr (0.1 | 0.01), net (...)" */
    struct own {                   /* options that only this side has */
        const char *all, *changed; /* "gamma 0.2"; changed: not at their default */
        int n, n_changed;
    } own[2];
    struct arena *arena;
};

/* The value of the line "key: value", NULL where there is none. */
static const char *line_of(const char *settings, const char *key, struct arena *arena)
{
    const char *value = settings_value(settings, key, (int)strlen(key));

    return value ? arena_text(arena, "%.*s", (int)strcspn(value, "\n"), value) : NULL;
}

/* Settings leave out an option that was added later and is at its default. */
static const char *default_of(const struct param *row, struct arena *arena)
{
    char text[PARAM_PRINT_MAX] = "";
    struct error err = {0};

    param_canonical(row, row->default_text, text, sizeof text, &err);
    return arena_text(arena, "%s", text);
}

static const char *value_of(const char *settings, const char *section,
                            const struct param *row, struct arena *arena)
{
    const char *key = arena_text(arena, "%s.%s", section, row->name);
    const char *value = key ? line_of(settings, key, arena) : NULL;

    return value ? value : default_of(row, arena);
}

/* A number below its range means that none is given. */
static const char *shown(const struct param *row, const char *value)
{
    bool number = row->type == PARAM_INT || row->type == PARAM_NUMBER;

    if (!*value || (number && row->max > row->min && atof(value) < row->min))
        return "-";
    return value;
}

static const char *listed(const char *list, const char *item, struct arena *arena)
{
    return *list ? arena_text(arena, "%s, %s", list, item) : item;
}

/* Options of the learner and the strategy are named as in a suite. */
static const char *shown_name(const char *section, const struct param *row,
                              struct arena *arena)
{
    bool plug = strcmp(section, "learner") == 0 || strcmp(section, "strategy") == 0;

    return plug ? row->name : arena_text(arena, "%s.%s", section, row->name);
}

static void add_common(struct differences *c, const char *section, const struct param *a,
                       const struct param *b)
{
    const char *x = value_of(c->settings[0], section, a, c->arena);
    const char *y = value_of(c->settings[1], section, b, c->arena);

    if (x && y && strcmp(x, y) != 0)
        c->differ =
            listed(c->differ,
                   arena_text(c->arena, "%s (%s | %s)", shown_name(section, a, c->arena),
                              shown(a, x), shown(b, y)),
                   c->arena);
}

static void add_own(struct differences *c, int side, const char *section,
                    const struct param *row)
{
    const char *value = value_of(c->settings[side], section, row, c->arena);
    const char *default_text = default_of(row, c->arena);
    struct own *own = &c->own[side];
    const char *item;

    if (!value || !default_text)
        return;
    item = arena_text(c->arena, "%s %s", row->name, shown(row, value));
    own->all = listed(own->all, item, c->arena);
    own->n++;
    if (strcmp(value, default_text) == 0)
        return;
    own->changed = listed(own->changed, item, c->arena);
    own->n_changed++;
}

static void add_section(struct differences *c, const char *section, const struct param *a,
                        const struct param *b)
{
    const struct param *other;

    for (const struct param *row = a; row && row->name; row++) {
        other = b ? param_find(b, row->name) : NULL;
        if (other)
            add_common(c, section, row, other);
        else
            add_own(c, 0, section, row);
    }
    for (const struct param *row = b; row && row->name; row++)
        if (!a || !param_find(a, row->name))
            add_own(c, 1, section, row);
}

/* The options of the plug that the settings name: a learner's, else a strategy's. */
static const struct param *options_of(const char *settings, const char *section,
                                      struct arena *arena)
{
    const char *name = line_of(settings, section, arena);
    const struct learner *learner = name ? registry_learner(name) : NULL;
    const struct strategy *strategy = name ? registry_strategy(name) : NULL;

    if (strcmp(section, "learner") == 0)
        return learner ? learner->params : NULL;
    return strategy ? strategy->params : NULL;
}

static bool same_plug(const struct differences *c, const char *section)
{
    const char *a = line_of(c->settings[0], section, c->arena);
    const char *b = line_of(c->settings[1], section, c->arena);

    return a && b && strcmp(a, b) == 0;
}

/* "\nonly A: blocks 3 (15 more at the default)", "" where it has none. */
static const char *own_line(const struct differences *c, int side)
{
    const struct own *own = &c->own[side];
    const char *text = own->all;

    if (own->n == 0)
        return "";
    if (own->n > N_OWN && own->n_changed == 0)
        text = arena_text(c->arena, "%d options, all at the default", own->n);
    else if (own->n > N_OWN && own->n_changed < own->n)
        text = arena_text(c->arena, "%s (%d more at the default)", own->changed,
                          own->n - own->n_changed);
    return arena_text(c->arena, "\nonly %c: %s", 'A' + side, text);
}

/* "the rule and the strategy"; "" = neither differs */
static const char *plugs_of(const struct differences *c)
{
    bool rule = !same_plug(c, "learner"), strategy = !same_plug(c, "strategy");

    if (rule)
        return strategy ? "the rule and the strategy" : "the rule";
    return strategy ? "the strategy" : "";
}

static const char *first_line(const struct differences *c)
{
    const char *plugs = plugs_of(c);

    if (*c->differ)
        return arena_text(c->arena, "differ in%s%s: %s", *plugs ? " " : "",
                          *plugs ? arena_text(c->arena, "%s, and in", plugs) : "",
                          c->differ);
    return arena_text(c->arena, "differ in nothing%s%s", *plugs ? " but " : "", plugs);
}

static void add_tuned(struct differences *c)
{
    bool a = line_of(c->settings[0], "tuned", c->arena);
    bool b = line_of(c->settings[1], "tuned", c->arena);

    if (a != b)
        c->differ =
            listed(c->differ, a ? "tuned (yes | no)" : "tuned (no | yes)", c->arena);
}

const char *compare_settings(const char *settings_a, const char *settings_b,
                             struct arena *arena)
{
    static const char *const plug[] = {"learner", "strategy"};
    struct differences c = {
        .settings = {settings_a, settings_b},
        .differ = "",
        .own = {{.all = "", .changed = ""}, {.all = "", .changed = ""}},
        .arena = arena};

    for (int i = 0; i < 2; i++)
        add_section(&c, plug[i], options_of(settings_a, plug[i], arena),
                    options_of(settings_b, plug[i], arena));
    add_section(&c, "training", training_table, training_table);
    add_section(&c, "evaluation", evaluating_table, evaluating_table);
    add_tuned(&c);
    return arena_text(arena, "%s%s%s", first_line(&c), own_line(&c, 0), own_line(&c, 1));
}
