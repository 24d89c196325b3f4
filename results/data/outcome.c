#include "results/data/outcome.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/fnv.h"
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

static void write_evaluations(const char *key, const struct evaluation_list *list,
                              const char *after, FILE *out)
{
    fprintf(out, " \"%s\": [", key);
    for (int i = 0; i < list->n; i++) {
        const struct evaluation *e = &list->data[i];

        fprintf(out, "%s\n  [%d, %" PRId64 ", %d, %d, %d, %d, %d]", i > 0 ? "," : "",
                e->after_task, e->step, e->end, e->task, e->draw, e->hits, e->total);
    }
    fprintf(out, "\n ]%s\n", after);
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
    if (outcome->tests.probe.n > 0)
        write_evaluations("probe", &outcome->tests.probe, ",", out);
    write_evaluations("evaluations", &outcome->tests.eval, "", out);
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
        return error_set(err, ERR_MEMORY, "the machine has no memory left");
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
    const json_t *root;
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

static bool read_evaluation(const json_t *json, int n_task, struct evaluation *e)
{
    int64_t v[7];
    const int64_t max[7] = {n_task,    INT64_MAX, 1,        n_task - 1,
                            INT32_MAX, INT32_MAX, INT32_MAX};

    if (json_array_size(json) != 7)
        return false;
    for (size_t i = 0; i < 7; i++)
        if (!read_integer(json_array_get(json, i), max[i], &v[i]))
            return false;
    *e = (struct evaluation){
        .after_task = (int32_t)v[0],
        .step = v[1],
        .end = v[2],
        .task = (int32_t)v[3],
        .draw = (int32_t)v[4],
        .hits = (int32_t)v[5],
        .total = (int32_t)v[6],
    };
    return e->hits <= e->total;
}

static enum status read_evaluations(const struct reading *r, const char *key,
                                    struct evaluation_list *list, struct error *err)
{
    const json_t *json = json_object_get(r->root, key);
    size_t n = json_array_size(json);
    char what[64];

    if (!json_is_array(json) || n > INT32_MAX)
        return damaged(err, r->path,
                       arena_text(r->arena, "'%s' is not a list of evaluations", key));
    list->data = arena_take(r->arena, TAG_FIXED, n, sizeof *list->data);
    if (arena_check(r->arena, err) != OK)
        return err->status;
    for (size_t i = 0; i < n; i++) {
        struct evaluation *e = &list->data[i];

        if (read_evaluation(json_array_get(json, i), r->outcome->tests.n_task, e) &&
            (i == 0 || e->step >= e[-1].step))
            continue;
        snprintf(what, sizeof what, "evaluation %zu is not valid", i + 1);
        return damaged(err, r->path, what);
    }
    list->n = (int)n;
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

static enum status read_root(const struct reading *r, struct error *err)
{
    const json_t *format = json_object_get(r->root, "format");
    struct outcome_tests *tests = &r->outcome->tests;

    if (!json_is_integer(format))
        return damaged(err, r->path, "it has no 'format'");
    if (json_integer_value(format) != FORMAT)
        return error_set(err, ERR_RESULT,
                         "%s has format %lld, this program reads %d; use --restart",
                         r->path, (long long)json_integer_value(format), FORMAT);
    if (read_fields(r, err) != OK || check_fields(r->outcome, r->path, err) != OK ||
        read_together(r, err) != OK)
        return err->status;
    r->outcome->id.dataset = arena_text(r->arena, "%s", r->outcome->id.dataset);
    if (json_object_get(r->root, "probe") &&
        read_evaluations(r, "probe", &tests->probe, err) != OK)
        return err->status;
    return read_evaluations(r, "evaluations", &tests->eval, err);
}

/* root: NULL where the text is no JSON, and why. */
static enum status from_json(struct outcome *outcome, json_t *root,
                             const json_error_t *why, const char *path,
                             struct arena *arena, struct error *err)
{
    *outcome = (struct outcome){0};
    if (!root)
        return error_set(err, ERR_DAMAGED, "%s:%d:%d: %s", path, why->line, why->column,
                         why->text);
    read_root(&(struct reading){root, path, outcome, arena}, err);
    json_decref(root);
    return err->status;
}

enum status outcome_parse(struct outcome *outcome, const char *text, size_t n,
                          const char *path, struct arena *arena, struct error *err)
{
    json_error_t why;
    json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);

    return from_json(outcome, root, &why, path, arena, err);
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

enum status outcome_load(struct outcome *outcome, const char *path, struct arena *arena,
                         struct error *err)
{
    size_t mark = arena_mark(arena), n;
    json_error_t why;
    json_t *root;
    char *text;
    bool same;

    *outcome = (struct outcome){0};
    if (file_read(path, arena, &text, &n, err) != OK)
        return err->status;
    same = is_as_written(text, n);
    root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
    arena_release(arena, mark); /* the evaluations take its place */
    if (root && !same) {
        json_decref(root);
        return damaged(err, path, "it is not as it was written");
    }
    return from_json(outcome, root, &why, path, arena, err);
}
