#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bench/suite/scope.h"
#include "bench/suite/sections.h"
#include "bench/suite/settings.h"
#include "core/base/buckets.h"

enum { SEED_MOST = 1000000 };

struct seed_list {
    uint64_t *seed;
    int n;
};

static enum status read_seed(struct reader *r, const struct node *node, uint64_t *seed)
{
    const char *text;
    char *end;

    if (reader_text(r, node, "a seed", &text) != OK)
        return r->err->status;
    errno = 0;
    *seed = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end)
        return diagnostic_at(r->err, node->place,
                             "a seed is a whole number from 0, not '%s'", text);
    if (errno == ERANGE)
        return diagnostic_at(r->err, node->place, "a seed is at most %" PRIu64 ", not %s",
                             UINT64_MAX, text);
    return OK;
}

/* 5 -> 1, 2, 3, 4, 5 */
static enum status count_up(struct reader *r, const struct node *node,
                            struct seed_list *list)
{
    uint64_t n;

    if (read_seed(r, node, &n) != OK)
        return r->err->status;
    if (n < 1 || n > SEED_MOST)
        return diagnostic_at(
            r->err, node->place,
            "the number of seeds must be from 1 to %d; to name one seed, write "
            "[%s]",
            SEED_MOST, node->text);
    list->n = (int)n;
    list->seed = arena_take(r->arena, TAG_FIXED, n, sizeof *list->seed);
    for (int i = 0; i < list->n; i++)
        list->seed[i] = (uint64_t)i + 1;
    return OK;
}

static bool find_seed(const struct seed_list *list, const struct buckets *known,
                      uint64_t seed)
{
    int i = buckets_first(known, seed);

    while (i >= 0 && list->seed[i] != seed)
        i = buckets_next(known, i);
    return i >= 0;
}

static enum status read_items(struct reader *r, const struct node *node,
                              struct seed_list *list, struct buckets *known)
{
    for (const struct node *item = node->child; item; item = item->next) {
        uint64_t *seed = &list->seed[list->n];

        if (read_seed(r, item, seed) != OK)
            return r->err->status;
        if (find_seed(list, known, *seed))
            return diagnostic_at(r->err, item->place, "seed %s is given twice",
                                 item->text);
        buckets_add(known, *seed, list->n++);
    }
    return OK;
}

static enum status read_list(struct reader *r, const struct node *node,
                             struct seed_list *list)
{
    size_t n = (size_t)node_count(node);
    struct buckets known;

    if (node->kind == NODE_SCALAR)
        return count_up(r, node, list);
    if (reader_expect(r, node, NODE_SEQUENCE) != OK)
        return r->err->status;
    list->seed = arena_take(r->arena, TAG_FIXED, n, sizeof *list->seed);
    if (buckets_open(&known, n, r->err) == OK)
        read_items(r, node, list, &known);
    buckets_close(&known);
    return r->err->status;
}

static enum status read_product(struct reader *r, const struct node *node,
                                struct seed_list *stream, struct seed_list *learner)
{
    static const char *const words[] = {"stream", "learner"};
    const struct node *of_stream = node_get(node, words[0]);
    const struct node *of_learner = node_get(node, words[1]);

    for (const struct node *member = node->child; member; member = member->next)
        if (member != of_stream && member != of_learner)
            return reader_unknown(r, member->key, "'seeds' has no key", member->key->text,
                                  words, 2);
    if (!of_stream || !of_learner)
        return diagnostic_at(r->err, node->place,
                             "'seeds' needs both: {stream: ..., learner: ...}");
    if (read_list(r, of_stream, stream) != OK)
        return r->err->status;
    return read_list(r, of_learner, learner);
}

static enum status pair(struct reader *r, const struct node *node,
                        struct seed_list stream, struct seed_list learner,
                        struct seed **into, int *n_into)
{
    int64_t n = (int64_t)stream.n * learner.n;

    if (n > SEED_MOST)
        return diagnostic_at(r->err, node->place, "more than %d pairs of seeds",
                             SEED_MOST);
    *n_into = 0;
    *into = arena_take(r->arena, TAG_FIXED, (size_t)n, sizeof **into);
    for (int s = 0; s < stream.n; s++)
        for (int l = 0; l < learner.n; l++)
            (*into)[(*n_into)++] = (struct seed){stream.seed[s], learner.seed[l]};
    return OK;
}

static enum status read_seeds(struct reader *r, const struct node *node,
                              struct seed **into, int *n_into)
{
    struct seed_list stream = {0}, learner = {0};

    if (node->kind == NODE_MAPPING) {
        if (read_product(r, node, &stream, &learner) != OK)
            return r->err->status;
        return pair(r, node, stream, learner, into, n_into);
    }
    if (read_list(r, node, &stream) != OK)
        return r->err->status;
    *n_into = stream.n;
    *into = arena_take(r->arena, TAG_FIXED, (size_t)stream.n, sizeof **into);
    for (int i = 0; i < stream.n; i++)
        (*into)[i] = (struct seed){stream.seed[i], stream.seed[i]};
    return OK;
}

enum status suite_read_seeds(struct reader *r, const struct node *node)
{
    return read_seeds(r, node, &r->suite->seed, &r->suite->n_seed);
}

enum status suite_read_tuning(struct reader *r, const struct node *node)
{
    static const char *const also[] = {"seeds", NULL};
    struct suite *suite = r->suite;
    struct scope scope = {.what = "'tuning'", .also = also};

    scope_add(&scope, tuning_table, LISTS_REFUSED, &suite->tuning, r->arena);
    if (reader_expect(r, node, NODE_MAPPING) != OK)
        return r->err->status;
    for (const struct node *m = node->child; m && r->err->status == OK; m = m->next) {
        if (strcmp(m->key->text, "seeds") == 0)
            read_seeds(r, m, &suite->tuning_seed, &suite->n_tuning_seed);
        else
            scope_read_member(r, &scope, m);
    }
    return r->err->status;
}
