#include <string.h>

#include "bench/registry/registry.h"
#include "bench/suite/options.h"
#include "bench/suite/scope.h"
#include "bench/suite/sections.h"
#include "bench/suite/settings.h"
#include "tasks/formats/catalogue.h"

enum { NAMES_MOST = 128 };

/* What differs between the three lists of entries. */
struct kind {
    const char *key, *list; /* "strategy", "strategies" */
    bool (*find)(const char *name, struct entry *entry);
    size_t (*names)(const char **names); /* how many; at most NAMES_MOST */
    bool has_setup, has_training;
};

#define KIND_OF(thing)                                                                   \
    static bool find_##thing(const char *name, struct entry *entry)                      \
    {                                                                                    \
        const struct thing *plug = registry_##thing(name);                               \
                                                                                         \
        if (!plug)                                                                       \
            return false;                                                                \
        entry->plug = plug;                                                              \
        entry->name = plug->name;                                                        \
        entry->params = plug->params;                                                    \
        entry->size = plug->size;                                                        \
        return true;                                                                     \
    }

KIND_OF(stream)
KIND_OF(learner)
KIND_OF(strategy)

#define NAMES_OF(thing, table)                                                           \
    static size_t names_of_##thing(const char **names)                                   \
    {                                                                                    \
        size_t n = 0;                                                                    \
                                                                                         \
        for (; n < NAMES_MOST && table[n]; n++)                                          \
            names[n] = table[n]->name;                                                   \
        return n;                                                                        \
    }

NAMES_OF(stream, registry_streams)
NAMES_OF(learner, registry_learners)
NAMES_OF(strategy, registry_strategies)

static const struct kind streams = {"stream",        "streams", find_stream,
                                    names_of_stream, true,      true};
static const struct kind learners = {"learner",        "learners", find_learner,
                                     names_of_learner, false,      true};
static const struct kind strategies = {"strategy",        "strategies", find_strategy,
                                       names_of_strategy, false,        false};

/* ---------------------------------------------------------------- checks of a stream */

static bool is_dataset(const char *name)
{
    for (const struct dataset_info *d = dataset_table; d->name; d++)
        if (strcmp(d->name, name) == 0)
            return true;
    return strncmp(name, "idx:", 4) == 0 || strncmp(name, "cifar:", 6) == 0;
}

static enum status unknown_dataset(struct reader *r, struct place at, const char *name)
{
    const struct node here = {.place = at};
    const char *words[NAMES_MOST];
    size_t n = 0;

    for (; n < NAMES_MOST && dataset_table[n].name; n++)
        words[n] = dataset_table[n].name;
    return reader_unknown(r, &here, "there is no dataset", name, words, n);
}

/* "mnist", or "mnist + fashion-mnist" */
static enum status check_names(struct reader *r, struct place at, const char *names)
{
    char name[DATASET_NAME];

    do {
        dataset_next(&names, name);
        if (!is_dataset(name))
            return unknown_dataset(r, at, arena_text(r->arena, "%s", name));
    } while (*names);
    return OK;
}

static enum status check_dataset(struct reader *r, const struct entry *entry)
{
    const struct option *dataset = option_find(&entry->setup, "dataset");

    if (!dataset)
        return diagnostic_at(r->err, entry->place,
                             "stream '%s' has no 'dataset'; add a line such as dataset: "
                             "synthetic-digits",
                             entry->name);
    for (int i = 0; i < dataset->n; i++)
        if (check_names(r, dataset->place, dataset->value[i]) != OK)
            return r->err->status;
    return OK;
}

static bool has_value(const struct option *option, const char *value)
{
    for (int i = 0; option && i < option->n; i++)
        if (strcmp(option->value[i], value) == 0)
            return true;
    return false;
}

/* In the domain scenario an output is a position, and all positions compete. */
static enum status check_outputs(struct reader *r, const struct entry *entry)
{
    bool domain = has_value(option_find(&entry->setup, "scenario"), "domain");

    for (int i = 0; domain && i < entry->setup.n; i++) {
        const struct option *option = &entry->setup.option[i];

        if (strncmp(option->row->name, "outputs.", 8) == 0 &&
            (option->n > 1 || !has_value(option, "default")))
            return diagnostic_at(
                r->err, option->place,
                "'%s' has no meaning in the scenario domain; write another "
                "entry for that",
                option->row->name);
    }
    return OK;
}

/* ---------------------------------------------------------------- an entry */

/* The kind that has a plug of that name; NULL = none. */
static const struct kind *kind_with(const char *name)
{
    static const struct kind *const all[] = {&streams, &learners, &strategies};
    struct entry entry;

    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]->find(name, &entry))
            return all[i];
    return NULL;
}

static enum status find_plug(struct reader *r, const struct kind *kind,
                             const struct node *node, struct entry *entry)
{
    const struct node *name =
        node->kind == NODE_MAPPING ? node_get(node, kind->key) : node;
    const char *words[NAMES_MOST], *text;
    const struct kind *other;

    if (!name)
        return diagnostic_at(r->err, node->place, "an entry of '%s' needs '%s: NAME'",
                             kind->list, kind->key);
    entry->place = name->place;
    if (reader_text(r, name, arena_text(r->arena, "the name of a %s", kind->key),
                    &text) != OK)
        return r->err->status;
    if (kind->find(text, entry))
        return OK;
    other = kind_with(text);
    if (other)
        return diagnostic_at(r->err, name->place, "'%s' is a %s; write it under '%s'",
                             text, other->key, other->list);
    return reader_unknown(r, name, arena_text(r->arena, "there is no %s", kind->key),
                          text, words, kind->names(words));
}

static enum status read_training(struct reader *r, const struct node *node,
                                 const struct scope *entry_scope)
{
    struct scope scope = {
        .what = "'training'", .n_section = 1, .tunes = entry_scope->tunes};

    /* the same place as direct keys: batch: 10 and training: {batch: 10} are one option
     */
    scope.section[0] = entry_scope->section[entry_scope->n_section - 1];
    return scope_read(r, &scope, node);
}

static enum status read_members(struct reader *r, const struct kind *kind,
                                const struct node *node, struct entry *entry)
{
    const char *also[] = {"id", "title", kind->has_training ? "training" : NULL, NULL};
    struct scope scope = {.what = arena_text(r->arena, "%s '%s'", kind->key, entry->name),
                          .also = also,
                          .tunes = !kind->has_setup};

    scope_add(&scope, entry->params, LISTS_JOIN_TEXTS, &entry->own, r->arena);
    if (kind->has_setup)
        scope_add(&scope, stream_setup_table, LISTS_MULTIPLY, &entry->setup, r->arena);
    if (kind->has_training)
        scope_add(&scope, training_table, LISTS_MULTIPLY, &entry->training, r->arena);
    for (const struct node *m = node->child; m && reader_goes_on(r); m = m->next) {
        if (strcmp(m->key->text, kind->key) == 0)
            continue;
        if (strcmp(m->key->text, "id") == 0) {
            reader_id(r, m, &entry->id);
            entry->named = true;
            entry->place = m->place;
        } else if (strcmp(m->key->text, "title") == 0) {
            reader_shown(r, m, &entry->shown);
        } else if (kind->has_training && strcmp(m->key->text, "training") == 0) {
            read_training(r, m, &scope);
        } else {
            scope_read_member(r, &scope, m);
        }
    }
    return r->err->status;
}

static enum status read_entry(struct reader *r, const struct kind *kind,
                              const struct node *node, struct entry *entry)
{
    int n_before = r->suite->n_earlier;

    if (node->kind == NODE_SEQUENCE)
        return diagnostic_at(r->err, node->place,
                             "an entry of '%s' is a name or a mapping, not a list",
                             kind->list);
    if (find_plug(r, kind, node, entry) != OK)
        return r->err->status;
    entry->id = entry->name;
    if (node->kind == NODE_MAPPING && read_members(r, kind, node, entry) != OK)
        return r->err->status;
    if (r->suite->n_earlier > n_before) /* what is missing may be what was wrong */
        return OK;
    if (reader_check_length(r, &entry->training) != OK)
        return r->err->status;
    if (kind->has_setup &&
        (check_dataset(r, entry) != OK || check_outputs(r, entry) != OK))
        return r->err->status;
    return OK;
}

/* Entries without an id may share a plug's name: their labels show what differs. */
static enum status check_ids(struct reader *r, const struct entry *entry, int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(entry[i].id, entry[j].id) == 0 &&
                (entry[i].named || entry[j].named))
                return diagnostic_at(r->err, entry[i].place,
                                     "id '%s' is used twice (first in line %d); give the "
                                     "entries different ids",
                                     entry[i].id, entry[j].place.line);
    return OK;
}

static enum status read_entries(struct reader *r, const struct kind *kind,
                                const struct node *node, struct entry **into, int *n)
{
    struct entry *entry;
    int i = 0;

    if (node->kind == NODE_SCALAR && !node_is_null(node))
        return diagnostic_at(r->err, node->place, "'%s' must be a list; write [%s]",
                             kind->list, node->text);
    if (reader_expect(r, node, NODE_SEQUENCE) != OK)
        return r->err->status;
    *n = node_count(node);
    *into = entry = arena_take(r->arena, TAG_FIXED, (size_t)*n, sizeof *entry);
    for (const struct node *item = node->child; item; item = item->next)
        if (read_entry(r, kind, item, &entry[i++]) != OK && !reader_goes_on(r))
            return r->err->status;
    return r->suite->n_earlier > 0 ? OK : check_ids(r, entry, *n);
}

enum status suite_read_streams(struct reader *r, const struct node *node)
{
    return read_entries(r, &streams, node, &r->suite->stream, &r->suite->n_stream);
}

enum status suite_read_learners(struct reader *r, const struct node *node)
{
    return read_entries(r, &learners, node, &r->suite->learner, &r->suite->n_learner);
}

enum status suite_read_strategies(struct reader *r, const struct node *node)
{
    return read_entries(r, &strategies, node, &r->suite->strategy, &r->suite->n_strategy);
}

enum status suite_default_strategies(struct reader *r)
{
    struct node none = {.kind = NODE_SCALAR,
                        .text = "none",
                        .plain = true,
                        .place = {r->suite->path, 0, 0}};
    struct node list = {.kind = NODE_SEQUENCE, .child = &none, .place = none.place};

    return suite_read_strategies(r, &list);
}
