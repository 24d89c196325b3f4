#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "results/data/evaluations.h"
#include "results/data/outcome_parts.h"

static enum status damaged(struct error *err, const char *path, const char *what)
{
    return error_set(err, ERR_DAMAGED, "%s is damaged: %s", path, what);
}

/* What is read, and where to. */
struct reading {
    json_t *root;
    const char *path;
    struct outcome *outcome;
    struct arena *arena;
};

static enum status read_fields(const struct reading *r, struct error *err)
{
    const struct field *bad = fields_read(outcome_fields, r->root, r->outcome);
    char what[64];

    if (!bad)
        return OK;
    snprintf(what, sizeof what, "'%s' is missing or has no fit value", bad->key);
    return damaged(err, r->path, what);
}

static enum status check_fields(const struct outcome *o, const char *path,
                                struct error *err)
{
    size_t sum = 0;

    for (int tag = 0; tag < N_TAG; tag++)
        sum += o->cost.peak.part[tag];
    if (sum != o->cost.peak.total)
        return damaged(err, path, "the parts do not add up to 'peak_bytes'");
    if (strlen(o->id.fingerprint) != 16 ||
        strspn(o->id.fingerprint, "0123456789abcdef") != 16)
        return damaged(err, path, "'fingerprint' is not 16 hex digits");
    if (o->id.cell[0] == '\0' || (o->ending == END_OK && o->tests.n_task == 0))
        return damaged(err, path, "'cell' or 'tasks' is empty");
    return OK;
}

static bool read_integer(const json_t *json, int64_t max, int64_t *value)
{
    *value = json_integer_value(json);
    return json_is_integer(json) && *value >= 0 && *value <= max;
}

/* Written where tasks return. The first visits are in the order of the tasks. */
static enum status read_visits(const struct reading *r, struct error *err)
{
    const json_t *json = json_object_get(r->root, "visits");
    struct visit_list *visits = &r->outcome->tests.visits;
    size_t n = json_array_size(json);
    int64_t task = 0, met = 0;

    if (!json)
        return OK;
    visits->task = arena_take(r->arena, TAG_FIXED, n, sizeof *visits->task);
    if (arena_check(r->arena, err) != OK)
        return err->status;
    for (size_t v = 0; v < n && n <= N_TASK_MAX; v++) {
        if (!read_integer(json_array_get(json, v), met, &task))
            break;
        visits->task[visits->n++] = (int32_t)task;
        met = task == met ? met + 1 : met;
    }
    if (visits->n == 0 || (size_t)visits->n < n || met != r->outcome->tests.n_task)
        return damaged(err, r->path, "'visits' is not a list of the tasks");
    return OK;
}

/* Written where it is not 1. */
static enum status read_together(const struct reading *r, struct error *err)
{
    const json_t *json = json_object_get(r->root, "together");
    int64_t n = 1;

    if (json && !(read_integer(json, INT32_MAX, &n) && n > 1))
        return damaged(err, r->path, "'together' is not a number of cells");
    r->outcome->timing.together = (int)n;
    return OK;
}

/* A text of the JSON, which goes. */
static void keep_text(const char **text, struct arena *arena)
{
    size_t n = strlen(*text) + 1;
    char *copy = arena_take(arena, TAG_FIXED, n, 1);

    if (copy)
        memcpy(copy, *text, n);
    *text = copy;
}

static enum status read_all(const struct reading *r, struct error *err)
{
    const json_t *format = json_object_get(r->root, "format");
    const json_t *probe = json_object_get(r->root, "probe");
    struct outcome_tests *tests = &r->outcome->tests;

    if (!json_is_integer(format))
        return damaged(err, r->path, "it has no 'format'");
    if (json_integer_value(format) != OUTCOME_FORMAT)
        return error_set(err, ERR_RESULT,
                         "%s has format %lld, this program reads %d; use --restart",
                         r->path, (long long)json_integer_value(format), OUTCOME_FORMAT);
    if (read_fields(r, err) != OK || check_fields(r->outcome, r->path, err) != OK)
        return err->status;
    keep_text(&r->outcome->id.dataset, r->arena);
    if (read_together(r, err) != OK || read_visits(r, err) != OK ||
        (probe && evaluations_read(probe, "probe", r->outcome, r->path, r->arena,
                                   &tests->probe, err) != OK))
        return err->status;
    return evaluations_read(json_object_get(r->root, "evaluations"), "evaluations",
                            r->outcome, r->path, r->arena, &tests->eval, err);
}

static const struct field together_table[] = {
    {FIELD("together", KIND_INT, struct outcome, timing.together)},
    {0},
};

/* The line of the first member; NULL = the text begins in another way. */
static const char *skip_head(const char *text, size_t n)
{
    char head[64];
    size_t length =
        (size_t)snprintf(head, sizeof head, OUTCOME_FORMAT_LINE, OUTCOME_FORMAT);
    const char *at = text + length, *end;

    if (n <= length + strlen(OUTCOME_DIGEST) || memcmp(text, head, length) != 0)
        return NULL;
    if (memcmp(at, OUTCOME_DIGEST, strlen(OUTCOME_DIGEST)) != 0)
        return at;
    end = memchr(at, '\n', n - length);
    return end ? end + 1 : NULL;
}

/* A text as outcome_save writes it is read line by line, which takes a quarter of the time.
 * false = there is something else about it, visits or a probe perhaps. */
static bool read_as_saved(const struct reading *r, const char *text, size_t n)
{
    struct outcome *o = r->outcome;
    size_t mark = arena_mark(r->arena);
    const char *list = evaluations_find(text, n, "evaluations");
    const char *at = list ? skip_head(text, n) : NULL, *end = list ? list + 2 : NULL;
    struct error ignored = {0};

    if (at && at < end)
        at = fields_scan(outcome_fields, at, end, r->arena, o);
    if (at && at < end && (at = fields_scan(together_table, at, end, r->arena, o)))
        at = o->timing.together > 1 ? at : NULL;
    else
        o->timing.together = 1;
    if (at && at == end && check_fields(o, r->path, &ignored) == OK &&
        evaluations_scan(list, n - (size_t)(list - text), o, r->arena, &o->tests.eval))
        return true;
    arena_release(r->arena, mark);
    *o = (struct outcome){0};
    return false;
}

/* Older files, and those that somebody changed on purpose, have no digest. */
static bool is_as_written(const char *text, size_t n)
{
    const char *line = strstr(text, OUTCOME_DIGEST);
    char hex[17];

    if (!line)
        return true;
    snprintf(hex, sizeof hex, "%016" PRIx64, outcome_digest(text, n, line));
    return strncmp(line + strlen(OUTCOME_DIGEST), hex, 16) == 0;
}

static enum status read_text(struct reading *r, const char *text, size_t n, bool same,
                             struct error *err)
{
    json_error_t why;

    *r->outcome = (struct outcome){0};
    if (same && read_as_saved(r, text, n))
        return OK;
    r->root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
    if (!r->root)
        return error_set(err, ERR_DAMAGED, "%s:%d:%d: %s", r->path, why.line, why.column,
                         why.text);
    if (!same)
        damaged(err, r->path, "it is not as it was written");
    else
        read_all(r, err);
    json_decref(r->root);
    return err->status;
}

enum status outcome_parse(struct outcome *outcome, const char *text, size_t n,
                          const char *path, struct arena *arena, struct error *err)
{
    struct reading r = {NULL, path, outcome, arena};

    return read_text(&r, text, n, true, err);
}

enum status outcome_load(struct outcome *outcome, const char *path, struct arena *arena,
                         struct error *err)
{
    struct reading r = {NULL, path, outcome, arena};
    size_t mark = arena_mark(arena), n;
    char *text, *copy;

    if (file_read(path, arena, &text, &n, err) != OK)
        return err->status;
    copy = memory_required(n + 1);
    if (!copy)
        return error_no_memory(err);
    memcpy(copy, text, n + 1);
    arena_release(arena, mark); /* the evaluations take its place */
    read_text(&r, copy, n, is_as_written(copy, n), err);
    free(copy);
    return err->status;
}
