#include "bench/suite/scope.h"

#include <string.h>

#include "bench/suite/options.h"

struct slot { /* the row with a name, and where its option goes */
    const struct param *row;
    enum lists lists;
    struct options *into;
    bool tunes;
};

static int count_rows(const struct param *table)
{
    int n = 0;

    while (table && table[n].name)
        n++;
    return n;
}

void scope_add(struct scope *scope, const struct param *table, enum lists lists,
               struct options *into, struct arena *arena)
{
    int i = scope->n_section++;

    scope->section[i].table = table;
    scope->section[i].lists = lists;
    scope->section[i].into = into;
    into->n = 0;
    into->option =
        arena_take(arena, TAG_FIXED, (size_t)count_rows(table), sizeof *into->option);
}

/* ---------------------------------------------------------------- one value */

static const char *join(struct reader *r, const struct node *list, const char *name)
{
    const char *joined = "", *text;

    if (!list->child) {
        diagnostic_at(r->err, list->place, "'%s' is an empty list", name);
        return NULL;
    }
    for (const struct node *item = list->child; item; item = item->next) {
        if (item->kind != NODE_SCALAR) {
            diagnostic_at(r->err, item->place,
                          "the list of '%s' holds %s; several lists are written "
                          "{grid: [[...], [...]]}",
                          name, node_kind_name(item->kind));
            return NULL;
        }
        if (reader_text(r, item, arena_text(r->arena, "an item of '%s'", name), &text) !=
            OK)
            return NULL;
        joined = arena_text(r->arena, "%s%s%s", joined, *joined ? ", " : "", text);
    }
    return joined;
}

/* {idx: DIR} -> "idx:DIR" */
static const char *folder(struct reader *r, const struct node *mapping)
{
    const struct node *member = mapping->child;
    const char *text;

    if (!member || member->next ||
        (strcmp(member->key->text, "idx") != 0 &&
         strcmp(member->key->text, "cifar") != 0)) {
        diagnostic_at(r->err, mapping->place,
                      "'dataset' is a name, {idx: DIR} or {cifar: DIR}, nothing else");
        return NULL;
    }
    if (reader_text(r, member, "the folder of 'dataset'", &text) != OK)
        return NULL;
    return arena_text(r->arena, "%s:%s", member->key->text, text);
}

/* NULL where the error is set. */
static const char *raw_text(struct reader *r, const struct slot *slot,
                            const struct node *node)
{
    const char *name = slot->row->name, *text = NULL;
    char range[256];

    if (node->kind == NODE_SCALAR) {
        reader_text(r, node, arena_text(r->arena, "'%s'", name), &text);
        return text;
    }
    if (node->kind == NODE_SEQUENCE && slot->row->type == PARAM_TEXT &&
        slot->lists == LISTS_JOIN_TEXTS)
        return join(r, node, name);
    if (node->kind == NODE_MAPPING && strcmp(name, "dataset") == 0)
        return folder(r, node);
    param_range(slot->row, range, sizeof range);
    diagnostic_at(r->err, node->place, "'%s' takes a value (%s), not %s", name, range,
                  node_kind_name(node->kind));
    return NULL;
}

static const char *one_value(struct reader *r, const struct slot *slot,
                             const struct node *node)
{
    const char *text = raw_text(r, slot, node);
    char value[PARAM_PRINT_MAX];
    struct error local = {0};

    if (!text)
        return NULL;
    if (strlen(text) >= PARAM_TEXT_MAX || strpbrk(text, "\n\t")) {
        diagnostic_at(r->err, node->place,
                      "'%s' must be one line of at most %d characters", slot->row->name,
                      PARAM_TEXT_MAX - 1);
        return NULL;
    }
    if (param_canonical(slot->row, text, value, sizeof value, &local) != OK) {
        diagnostic_at(r->err, node->place, "%s", local.text);
        return NULL;
    }
    return arena_text(r->arena, "%s", value);
}

/* ---------------------------------------------------------------- one option */

/* The list of {grid: [...]} or {tune: [...]}; NULL if it is neither. */
static enum status find_marked(struct reader *r, const struct slot *slot,
                               const struct node *node, const struct node **list,
                               bool *tuned)
{
    const struct node *grid = NULL, *tune = NULL;

    if (node->kind == NODE_MAPPING) {
        grid = node_get(node, "grid");
        tune = node_get(node, "tune");
    }
    *tuned = tune != NULL;
    *list = tune ? tune : grid;
    if (tune && !slot->tunes)
        return diagnostic_at(
            r->err, node->place,
            "'%s' is not tuned, only options of learners and strategies are; give it one "
            "value, or {grid: [...]} to run and report every value",
            slot->row->name);
    if (*list && node_count(node) > 1)
        return diagnostic_at(r->err, node->place, "'%s' stands alone in its mapping",
                             (*list)->key->text);
    if (*list && (*list)->kind != NODE_SEQUENCE)
        return diagnostic_at(r->err, (*list)->place, "'%s' must be a list, not %s",
                             (*list)->key->text, node_kind_name((*list)->kind));
    return OK;
}

/* The list of values that a node gives; NULL if it gives one value. */
static enum status find_list(struct reader *r, const struct slot *slot,
                             const struct node *node, const struct node **list,
                             bool *tuned)
{
    bool joins = slot->lists == LISTS_JOIN_TEXTS && slot->row->type == PARAM_TEXT;

    if (find_marked(r, slot, node, list, tuned) != OK)
        return r->err->status;
    if (!*list && node->kind == NODE_SEQUENCE && !joins)
        *list = node;
    if (*list && slot->lists == LISTS_REFUSED)
        return diagnostic_at(r->err, node->place, "'%s' takes one value, not several",
                             slot->row->name);
    if (*list && !(*list)->child)
        return diagnostic_at(r->err, (*list)->place, "'%s' is an empty list",
                             slot->row->name);
    return OK;
}

static enum status add_value(struct reader *r, const struct slot *slot,
                             const struct node *node, struct option *option)
{
    const char *value = one_value(r, slot, node);

    if (!value)
        return r->err->status;
    for (int i = 0; i < option->n; i++)
        if (strcmp(option->value[i], value) == 0)
            return diagnostic_at(r->err, node->place, "'%s' is given %s twice",
                                 option->row->name, value);
    option->value[option->n++] = value;
    return OK;
}

static enum status read_option(struct reader *r, const struct slot *slot,
                               const struct node *node)
{
    const struct option *before = option_find(slot->into, slot->row->name);
    const struct node *list = NULL;
    struct option *option = &slot->into->option[slot->into->n];

    if (before)
        return diagnostic_at(r->err, node->key->place,
                             "'%s' is given twice; first in line %d", slot->row->name,
                             before->place.line);
    if (find_list(r, slot, node, &list, &option->tuned) != OK)
        return r->err->status;
    option->row = slot->row;
    option->place = node->key->place;
    option->value = arena_take(r->arena, TAG_FIXED, list ? (size_t)node_count(list) : 1,
                               sizeof *option->value);
    if (!list)
        add_value(r, slot, node, option);
    for (const struct node *item = list ? list->child : NULL; item; item = item->next)
        if (add_value(r, slot, item, option) != OK)
            break;
    slot->into->n += option->n > 0; /* reading may go on after an error, without it */
    return r->err->status;
}

/* ---------------------------------------------------------------- names */

static bool find_slot(const struct scope *scope, const char *name, struct slot *slot)
{
    for (int i = 0; i < scope->n_section; i++) {
        slot->row = param_find(scope->section[i].table, name);
        slot->lists = scope->section[i].lists;
        slot->into = scope->section[i].into;
        slot->tunes = scope->tunes;
        if (slot->row)
            return true;
    }
    return false;
}

/* The row that had the name before, of a table that has it no more and comes ahead of one
 * that has it; NULL = there is none. */
static const struct param *find_renamed(const struct scope *scope, const char *name)
{
    for (int i = 0; i < scope->n_section; i++) {
        const struct param *row = scope->section[i].table;

        if (param_find(row, name))
            return NULL;
        for (; row && row->name; row++)
            if (row->formerly && strcmp(row->formerly, name) == 0)
                return row;
    }
    return NULL;
}

/* Whether there are rows "name.something". */
static bool has_rows_under(const struct scope *scope, const char *name)
{
    size_t n = strlen(name);

    for (int i = 0; i < scope->n_section; i++) {
        const struct param *row = scope->section[i].table;

        for (; row && row->name; row++)
            if (strncmp(row->name, name, n) == 0 && row->name[n] == '.')
                return true;
    }
    return false;
}

static enum status unknown(struct reader *r, const struct scope *scope,
                           const struct node *member, const char *name)
{
    const char *words[96];
    size_t n = 0, most = sizeof words / sizeof words[0];

    for (int i = 0; i < scope->n_section; i++)
        for (const struct param *row = scope->section[i].table; row && row->name; row++)
            if (n < most)
                words[n++] = row->name;
    for (const char *const *word = scope->also; word && *word; word++)
        if (n < most)
            words[n++] = *word;
    return reader_unknown(r, member->key,
                          arena_text(r->arena, "%s has no parameter", scope->what), name,
                          words, n);
}

static enum status read_named(struct reader *r, const struct scope *scope,
                              const struct node *member, const char *name);

/* buffer: {per_class: 100} -> buffer.per_class */
static enum status read_under(struct reader *r, const struct scope *scope,
                              const struct node *member, const char *name)
{
    if (!member->child)
        return diagnostic_at(r->err, member->place, "'%s' is an empty mapping", name);
    for (const struct node *child = member->child; child; child = child->next) {
        const char *inner = arena_text(r->arena, "%s.%s", name, child->key->text);

        if (read_named(r, scope, child, inner) != OK)
            break;
    }
    return r->err->status;
}

/* What else has the name stands in a mapping of its own. */
static enum status refuse_old_name(struct reader *r, const struct scope *scope,
                                   const struct node *member, const struct param *row)
{
    const char *old = row->formerly;
    struct slot slot;

    return diagnostic_at(
        r->err, member->key->place, "'%s' of %s is now '%s'%s", old, scope->what,
        row->name,
        find_slot(scope, old, &slot)
            ? arena_text(r->arena, "; for training write training: {%s: N}", old)
            : "");
}

static enum status read_named(struct reader *r, const struct scope *scope,
                              const struct node *member, const char *name)
{
    bool marked = node_get(member, "grid") || node_get(member, "tune");
    const struct param *renamed = find_renamed(scope, name);
    struct slot slot;

    if (member->kind == NODE_MAPPING && !marked && has_rows_under(scope, name))
        return read_under(r, scope, member, name);
    if (renamed)
        return refuse_old_name(r, scope, member, renamed);
    if (find_slot(scope, name, &slot))
        return read_option(r, &slot, member);
    return unknown(r, scope, member, name);
}

enum status scope_read_member(struct reader *r, const struct scope *scope,
                              const struct node *member)
{
    return read_named(r, scope, member, member->key->text);
}

enum status scope_read(struct reader *r, const struct scope *scope,
                       const struct node *mapping)
{
    if (reader_expect(r, mapping, NODE_MAPPING) != OK)
        return r->err->status;
    for (const struct node *member = mapping->child; member; member = member->next)
        if (scope_read_member(r, scope, member) != OK && !reader_goes_on(r))
            break;
    return r->err->status;
}
