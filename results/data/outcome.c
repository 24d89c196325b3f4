#include "results/data/outcome.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/fnv.h"
#include "core/base/memory.h"
#include "results/data/evaluations.h"
#include "results/data/field.h"

/* Of status.json; a file of another version is refused. */
enum { FORMAT = 1 };

/* How the line begins that has the digest, before 16 hex digits. */
#define DIGEST " \"digest\": \""

/* NULL-ended. */
static const char *const ending_names[] = {
    [END_OK] = "ok",           [END_DIVERGED] = "diverged", [END_MEMORY] = "memory",
    [END_CRASHED] = "crashed", [END_TIMEOUT] = "timeout",   NULL,
};

_Static_assert(sizeof(enum ending) == sizeof(int), "KIND_CHOICE reads and writes an int");

const char *ending_name(enum ending ending)
{
    return ending_names[ending];
}

#define MEMBER(key, kind, member) FIELD(key, kind, struct outcome, member)

static const struct field field_table[] = {
    {MEMBER("cell", KIND_TEXT, id.cell)},
    {MEMBER("fingerprint", KIND_TEXT, id.fingerprint)},
    {MEMBER("stream", KIND_TEXT, id.stream)},
    {MEMBER("dataset", KIND_STRING, id.dataset), .max = PARAM_TEXT_MAX - 1},
    {MEMBER("scenario", KIND_TEXT, id.scenario)},
    {MEMBER("learner", KIND_TEXT, id.learner)},
    {MEMBER("strategy", KIND_TEXT, id.strategy)},
    {MEMBER("seed", KIND_TEXT, id.seed)},
    {MEMBER("status", KIND_CHOICE, ending), .choices = ending_names},
    {MEMBER("reason", KIND_TEXT, reason)},
    {MEMBER("tasks", KIND_INT, tests.n_task), .max = N_TASK_MAX},
    {MEMBER("pooled", KIND_BOOL, tests.pooled)},
    {MEMBER("future", KIND_BOOL, tests.future)},
    {MEMBER("dense", KIND_BOOL, tests.dense)},
    {MEMBER("chance", KIND_NUMBER, tests.chance), .max = 1},
    {MEMBER("threads", KIND_INT, cost.threads)},
    {MEMBER("parameters", KIND_COUNT, cost.parameters)},
    {MEMBER("train_flops", KIND_NUMBER, cost.train_flops)},
    {MEMBER("weights_hash", KIND_HASH, weights_hash)},
    {MEMBER("peak_bytes", KIND_BYTES, cost.peak.total)},
    {MEMBER("weight_bytes", KIND_BYTES, cost.peak.part[TAG_WEIGHT])},
    {MEMBER("gradient_bytes", KIND_BYTES, cost.peak.part[TAG_GRADIENT])},
    {MEMBER("optimizer_bytes", KIND_BYTES, cost.peak.part[TAG_OPTIMIZER])},
    {MEMBER("activation_bytes", KIND_BYTES, cost.peak.part[TAG_ACTIVATION])},
    {MEMBER("buffer_bytes", KIND_BYTES, cost.peak.part[TAG_BUFFER])},
    {MEMBER("scratch_bytes", KIND_BYTES, cost.peak.part[TAG_SCRATCH])},
    {MEMBER("state_bytes", KIND_BYTES, cost.peak.part[TAG_STATE])},
    {MEMBER("fixed_bytes", KIND_BYTES, cost.peak.part[TAG_FIXED])},
    {MEMBER("train_seconds", KIND_NUMBER, timing.train_seconds)},
    {MEMBER("eval_seconds", KIND_NUMBER, timing.eval_seconds)},
    {MEMBER("samples", KIND_NUMBER, timing.samples)},
    {MEMBER("cpu_seconds", KIND_NUMBER, timing.cpu_seconds)},
    {MEMBER("peak_rss_bytes", KIND_COUNT, timing.peak_rss)},
    {MEMBER("started", KIND_TEXT, timing.started)},
    {MEMBER("host", KIND_TEXT, origin.host)},
    {MEMBER("isa", KIND_TEXT, origin.isa)},
    {MEMBER("blas_core", KIND_TEXT, origin.blas_core)},
    {MEMBER("blocks_in_memory", KIND_INT, cost.blocks_in_memory), .added_later = true},
    {MEMBER("commit", KIND_TEXT, origin.commit), .added_later = true},
    {MEMBER("compiler", KIND_TEXT, origin.compiler), .added_later = true},
    {0},
};

static void write_visits(const struct visit_list *visits, FILE *out)
{
    fprintf(out, " \"visits\": [");
    for (int v = 0; v < visits->n; v++)
        fprintf(out, "%s%d", v > 0 ? ", " : "", visits->task[v]);
    fprintf(out, "],\n");
}

/* Of the whole text but the line with the digest. */
static uint64_t digest(const char *text, size_t n, const char *line)
{
    const char *end = strchr(line, '\n');
    uint64_t hash = fnv_add(fnv_of_nothing, text, (size_t)(line - text));

    return end ? fnv_add(hash, end, n - (size_t)(end - text)) : hash;
}

static void write_members(const struct outcome *outcome, FILE *out)
{
    fprintf(out, "{\n \"format\": %d,\n" DIGEST "0123456789abcdef\",\n", FORMAT);
    fields_write(field_table, outcome, false, out);
    if (outcome->timing.together > 1)
        fprintf(out, " \"together\": %d,\n", outcome->timing.together);
    if (outcome->tests.visits.n > 0)
        write_visits(&outcome->tests.visits, out);
    if (outcome->tests.probe.n > 0)
        evaluations_write("probe", &outcome->tests.probe, ",", out);
    evaluations_write("evaluations", &outcome->tests.eval, "", out);
    fprintf(out, "}\n");
}

/* The whole text, to be freed; NULL where there is no memory for it. */
static char *text_of(const struct outcome *outcome, size_t *n)
{
    char *text = NULL, *line, hex[17];
    FILE *out = open_memstream(&text, n);
    bool good;

    if (!out)
        return NULL;
    write_members(outcome, out);
    good = !ferror(out);
    if (fclose(out) != 0 || !good) {
        free(text);
        return NULL;
    }
    line = strstr(text, DIGEST);
    snprintf(hex, sizeof hex, "%016" PRIx64, digest(text, *n, line));
    memcpy(line + strlen(DIGEST), hex, 16);
    return text;
}

enum status outcome_save(const struct outcome *outcome, const char *path,
                         struct error *err)
{
    struct file file;
    size_t n;
    char *text = text_of(outcome, &n);

    if (!text)
        return error_no_memory(err);
    if (file_begin(&file, path, err) == OK) {
        fwrite(text, 1, n, file.out);
        file_commit(&file, err);
    }
    free(text);
    return err->status;
}

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
    const struct field *bad = fields_read(field_table, r->root, r->outcome);
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

/* All but the evaluations. */
static enum status read_members(const struct reading *r, struct error *err)
{
    const json_t *format = json_object_get(r->root, "format");
    const json_t *probe = json_object_get(r->root, "probe");
    struct outcome_tests *tests = &r->outcome->tests;

    if (!json_is_integer(format))
        return damaged(err, r->path, "it has no 'format'");
    if (json_integer_value(format) != FORMAT)
        return error_set(err, ERR_RESULT,
                         "%s has format %lld, this program reads %d; use --restart",
                         r->path, (long long)json_integer_value(format), FORMAT);
    if (read_fields(r, err) != OK || check_fields(r->outcome, r->path, err) != OK)
        return err->status;
    keep_text(&r->outcome->id.dataset, r->arena);
    if (read_together(r, err) != OK || read_visits(r, err) != OK || !probe)
        return err->status;
    return evaluations_read(probe, "probe", r->outcome, r->path, r->arena, &tests->probe,
                            err);
}

static enum status read_all(const struct reading *r, struct error *err)
{
    struct outcome_tests *tests = &r->outcome->tests;

    if (read_members(r, err) != OK)
        return err->status;
    return evaluations_read(json_object_get(r->root, "evaluations"), "evaluations",
                            r->outcome, r->path, r->arena, &tests->eval, err);
}

struct head { /* a text without its last member, and whether its end was added */
    const char *text;
    size_t n;
    bool closed;
};

static size_t give_head(void *buffer, size_t most, void *context)
{
    struct head *head = context;
    size_t n = head->n < most ? head->n : most;

    if (n == 0 && !head->closed && (head->closed = true)) {
        *(char *)buffer = '}';
        return 1;
    }
    memcpy(buffer, head->text, n);
    head->text += n;
    head->n -= n;
    return n;
}

/* Most of a text as outcome_save writes it are the evaluations: they are scanned, and the
 * JSON is that of the rest. false = there is something else about it. */
static bool read_as_saved(struct reading *r, const char *text, size_t n)
{
    size_t mark = arena_mark(r->arena);
    const char *list = evaluations_find(text, n, "evaluations");
    struct head head = {text, (size_t)(list ? list - text : 0), false};
    struct error ignored = {0};
    bool good;

    r->root =
        list ? json_load_callback(give_head, &head, JSON_REJECT_DUPLICATES, NULL) : NULL;
    good = r->root && !json_object_get(r->root, "evaluations") &&
           read_members(r, &ignored) == OK &&
           evaluations_scan(list, n - (size_t)(list - text), r->outcome, r->arena,
                            &r->outcome->tests.eval);
    json_decref(r->root);
    if (!good) {
        arena_release(r->arena, mark);
        *r->outcome = (struct outcome){0};
    }
    return good;
}

/* Older files, and those that somebody changed on purpose, have no digest. */
static bool is_as_written(const char *text, size_t n)
{
    const char *line = strstr(text, DIGEST);
    char hex[17];

    if (!line)
        return true;
    snprintf(hex, sizeof hex, "%016" PRIx64, digest(text, n, line));
    return strncmp(line + strlen(DIGEST), hex, 16) == 0;
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

    *outcome = (struct outcome){0};
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
