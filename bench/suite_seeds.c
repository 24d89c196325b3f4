#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/reader.h"

enum { SEED_MOST = 10000 };

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
    if (text[0] < '0' || text[0] > '9' || *end || errno)
        return complain_at(r->err, node->at, "a seed is a whole number from 0, not '%s'",
                           text);
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
        return complain_at(
            r->err, node->at,
            "the number of seeds must be from 1 to %d; to name one seed, write "
            "[%s]",
            SEED_MOST, node->text);
    list->n = (int)n;
    list->seed = arena_take(r->arena, TAG_FIXED, n, sizeof *list->seed);
    for (int i = 0; i < list->n; i++)
        list->seed[i] = (uint64_t)i + 1;
    return OK;
}

static enum status read_list(struct reader *r, const struct node *node,
                             struct seed_list *list)
{
    int n = node_count(node);

    if (node->kind == NODE_SCALAR)
        return count_up(r, node, list);
    if (reader_expect(r, node, NODE_SEQUENCE) != OK)
        return r->err->status;
    list->seed = arena_take(r->arena, TAG_FIXED, (size_t)n, sizeof *list->seed);
    for (const struct node *item = node->child; item; item = item->next) {
        uint64_t *seed = &list->seed[list->n];

        if (read_seed(r, item, seed) != OK)
            return r->err->status;
        for (int i = 0; i < list->n; i++)
            if (list->seed[i] == *seed)
                return complain_at(r->err, item->at, "seed %s is given twice",
                                   item->text);
        list->n++;
    }
    return OK;
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
        return complain_at(r->err, node->at,
                           "'seeds' needs both: {stream: ..., learner: ...}");
    if (read_list(r, of_stream, stream) != OK)
        return r->err->status;
    return read_list(r, of_learner, learner);
}

static enum status pair(struct reader *r, const struct node *node,
                        struct seed_list stream, struct seed_list learner)
{
    struct suite *suite = r->suite;
    int64_t n = (int64_t)stream.n * learner.n;

    if (n > SEED_MOST)
        return complain_at(r->err, node->at, "more than %d pairs of seeds", SEED_MOST);
    suite->n_seed = 0;
    suite->seed = arena_take(r->arena, TAG_FIXED, (size_t)n, sizeof *suite->seed);
    for (int s = 0; s < stream.n; s++)
        for (int l = 0; l < learner.n; l++)
            suite->seed[suite->n_seed++] = (struct seed){stream.seed[s], learner.seed[l]};
    return OK;
}

enum status reader_seeds(struct reader *r, const struct node *node)
{
    struct suite *suite = r->suite;
    struct seed_list stream = {0}, learner = {0};

    if (node->kind == NODE_MAPPING) {
        if (read_product(r, node, &stream, &learner) != OK)
            return r->err->status;
        return pair(r, node, stream, learner);
    }
    if (read_list(r, node, &stream) != OK)
        return r->err->status;
    suite->n_seed = stream.n;
    suite->seed = arena_take(r->arena, TAG_FIXED, (size_t)stream.n, sizeof *suite->seed);
    for (int i = 0; i < stream.n; i++)
        suite->seed[i] = (struct seed){stream.seed[i], stream.seed[i]};
    return OK;
}
