#include <string.h>

#include "bench/registry/registry.h"
#include "bench/suite/sections.h"

struct edit { /* one --set on its way into the tree */
    struct reader *reader;
    struct place at; /* the flag, as errors show it */
    struct node *value;
};

static struct node *take_node(const struct edit *edit, enum node_kind kind,
                              const char *text)
{
    struct node *node = arena_take(edit->reader->arena, TAG_FIXED, 1, sizeof *node);

    node->kind = kind;
    node->text = text;
    node->plain = true;
    node->place = edit->at;
    return node;
}

/* Everything in the value is placed at the flag. */
static void place_all(struct node *node, struct place at)
{
    node->place = at;
    if (node->key)
        node->key->place = at;
    for (struct node *child = node->child; child; child = child->next)
        place_all(child, at);
}

static enum status parse_value(struct edit *edit, const char *text)
{
    struct reader *r = edit->reader;
    enum status status;

    if (!*text)
        return diagnostic_at(r->err, edit->at, "there is no value after the '='");
    status =
        node_parse(&edit->value, text, strlen(text), edit->at.file, r->arena, r->err);
    if (status != OK)
        r->err->line = r->err->column = 0;
    else
        place_all(edit->value, edit->at);
    return status;
}

/* Puts new content into a node, which keeps its key and its place among the others. */
static void replace(struct node *node, const struct node *by)
{
    node->kind = by->kind;
    node->text = by->text;
    node->plain = by->plain;
    node->child = by->child;
    node->place = by->place;
}

static void add_member(struct node *mapping, struct node *key, struct node *value)
{
    struct node **end = &mapping->child;

    while (*end)
        end = &(*end)->next;
    value->key = key;
    *end = value;
}

static void drop_member(struct node *mapping, const char *key)
{
    for (struct node **link = &mapping->child; *link; link = &(*link)->next) {
        if (strcmp((*link)->key->text, key) == 0) {
            *link = (*link)->next;
            return;
        }
    }
}

/* Steps and epochs replace each other. */
static void drop_other_length(struct node *mapping, const char *key)
{
    if (strcmp(key, "steps") == 0)
        drop_member(mapping, "epochs");
    if (strcmp(key, "epochs") == 0)
        drop_member(mapping, "steps");
}

/* Sets PATH in a mapping: the key with just that name, or one level down for each dot. */
static void set_path(const struct edit *edit, struct node *mapping, const char *path)
{
    struct arena *arena = edit->reader->arena;
    struct node *member = node_get(mapping, path);
    const char *dot = strchr(path, '.');
    const char *name =
        dot && !member ? arena_text(arena, "%.*s", (int)(dot - path), path) : path;

    drop_other_length(mapping, name);
    if (!member)
        member = node_get(mapping, name);
    if (!member) {
        member = take_node(edit, NODE_MAPPING, NULL);
        add_member(mapping, take_node(edit, NODE_SCALAR, name), member);
    }
    if (name == path) {
        replace(member, edit->value);
        member->key->place = edit->at;
        return;
    }
    if (member->kind != NODE_MAPPING)
        replace(member, take_node(edit, NODE_MAPPING, NULL));
    set_path(edit, member, dot + 1);
}

/* ---------------------------------------------------------------- entries */

static const char *entry_id(const struct node *entry, const char *kind)
{
    const struct node *id = entry;

    if (entry->kind == NODE_MAPPING) {
        id = node_get(entry, "id");
        if (!id)
            id = node_get(entry, kind);
    }
    return id && id->kind == NODE_SCALAR ? id->text : "";
}

/* none -> {strategy: none} */
static void make_mapping(const struct edit *edit, struct node *entry, const char *kind)
{
    struct node *name;

    if (entry->kind != NODE_SCALAR)
        return;
    name = take_node(edit, NODE_SCALAR, entry->text);
    name->place = entry->place;
    entry->kind = NODE_MAPPING;
    entry->child = NULL;
    add_member(entry, take_node(edit, NODE_SCALAR, kind), name);
}

/* An entry gives training options directly or under `training`: what is set in one place
 * must not stay in the other. */
static void drop_training(struct node *entry, const char *path)
{
    struct node *training = node_get(entry, "training");
    bool inside = strncmp(path, "training.", 9) == 0;
    const char *key = inside ? path + 9 : path;

    if (inside) {
        drop_member(entry, key);
        drop_other_length(entry, key);
    } else if (training && training->kind == NODE_MAPPING) {
        drop_member(training, key);
        drop_other_length(training, key);
        if (!training->child)
            drop_member(entry, "training");
    }
}

static enum status no_entry(const struct edit *edit, const struct node *list,
                            const char *kind, const char *path)
{
    struct reader *r = edit->reader;
    const struct node here = {.place = edit->at};
    size_t n = 0;
    const char **words =
        arena_take(r->arena, TAG_FIXED, (size_t)node_count(list) + 1, sizeof *words);

    for (const struct node *entry = list->child; entry; entry = entry->next) {
        words[n++] = entry_id(entry, kind);
        if (strcmp(words[n - 1], path) == 0)
            return diagnostic_at(r->err, edit->at,
                                 "%s '%s' is an entry; add .KEY to say what "
                                 "to set in it",
                                 kind, path);
    }
    return reader_unknown(r, &here, arena_text(r->arena, "the suite has no %s", kind),
                          arena_text(r->arena, "%.*s", (int)strcspn(path, "."), path),
                          words, n);
}

/* PATH is ID.KEY, and both may hold dots: the longest id that fits is meant. */
static enum status set_in_entry(const struct edit *edit, struct node *list,
                                const char *kind, const char *path)
{
    struct node *found = NULL;
    size_t longest = 0;
    int n_found = 0;

    for (struct node *entry = list->child; entry; entry = entry->next) {
        const char *id = entry_id(entry, kind);
        size_t n = strlen(id);

        if (n == 0 || n < longest || strncmp(path, id, n) != 0 || path[n] != '.')
            continue;
        n_found = n == longest ? n_found + 1 : 1;
        longest = n;
        found = entry;
    }
    if (!found)
        return no_entry(edit, list, kind, path);
    if (n_found > 1)
        return diagnostic_at(edit->reader->err, edit->at,
                             "%d entries are called '%.*s'; give them ids in the suite",
                             n_found, (int)longest, path);
    make_mapping(edit, found, kind);
    drop_training(found, path + longest + 1);
    set_path(edit, found, path + longest + 1);
    return OK;
}

static bool is_path(const char *path)
{
    return *path && *path != '.' && path[strlen(path) - 1] != '.' && !strstr(path, "..");
}

/* A key of an entry without the path to it: the path of the first entry that has it. */
static enum status no_path(struct reader *r, const struct edit *edit,
                           const struct node *root, const char *key)
{
    const struct node *list = node_get(root, "learners");
    const struct node *entry = list ? list->child : NULL;

    return diagnostic_at(
        r->err, edit->at,
        "a suite has no key '%s'; in which entry? Write the path, for "
        "example --set learners.%s.%s=%s",
        key, entry && *entry_id(entry, "learner") ? entry_id(entry, "learner") : "ID",
        key, edit->value->kind == NODE_SCALAR ? edit->value->text : "...");
}

/* Whether a learner of the registry has an option of that name. */
static bool is_option(const char *key)
{
    for (int i = 0; registry_learners[i]; i++)
        if (param_find(registry_learners[i]->params, key))
            return true;
    return false;
}

enum status override_apply(struct reader *r, struct node *root,
                           const struct override *set)
{
    static const char *const kinds[] = {"stream", "learner", "strategy"};
    static const char *const lists[] = {"streams.", "learners.", "strategies."};
    const char *flag = arena_text(r->arena, "--set %s=%s", set->path, set->value);
    struct edit edit = {r, {flag, 0, 0}, NULL};

    if (root->kind != NODE_MAPPING)
        return OK; /* read_root says what is wrong with it */
    if (!is_path(set->path))
        return diagnostic_at(r->err, edit.at,
                             "'%s' is not a path; write --set learners.ID.KEY=VALUE",
                             set->path);
    if (parse_value(&edit, set->value) != OK)
        return r->err->status;
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        size_t n = strlen(lists[i]);
        struct node *list;

        if (strncmp(set->path, lists[i], n) != 0)
            continue;
        list = node_get(root, arena_text(r->arena, "%.*s", (int)n - 1, lists[i]));
        if (!list || list->kind != NODE_SEQUENCE)
            return diagnostic_at(r->err, edit.at, "the suite has no list of %.*s",
                                 (int)n - 1, lists[i]);
        return set_in_entry(&edit, list, kinds[i], set->path + n);
    }
    if (!node_get(root, set->path) && is_option(set->path))
        return no_path(r, &edit, root, set->path);
    set_path(&edit, root, set->path);
    return OK;
}
