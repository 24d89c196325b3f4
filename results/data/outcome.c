#include "results/data/outcome.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "core/base/file.h"
#include "results/data/field.h"

/* Of status.json; a file of another version is refused. */
enum { FORMAT = 1 };

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
    {MEMBER("cell", KIND_TEXT, cell)},
    {MEMBER("fingerprint", KIND_TEXT, fingerprint)},
    {MEMBER("stream", KIND_TEXT, stream)},
    {MEMBER("dataset", KIND_TEXT, dataset)},
    {MEMBER("scenario", KIND_TEXT, scenario)},
    {MEMBER("learner", KIND_TEXT, learner)},
    {MEMBER("strategy", KIND_TEXT, strategy)},
    {MEMBER("seed", KIND_TEXT, seed)},
    {MEMBER("status", KIND_CHOICE, ending), .choices = ending_names},
    {MEMBER("reason", KIND_TEXT, reason)},
    {MEMBER("tasks", KIND_INT, n_task), .max = N_TASK_MAX},
    {MEMBER("pooled", KIND_BOOL, pooled)},
    {MEMBER("future", KIND_BOOL, future)},
    {MEMBER("dense", KIND_BOOL, dense)},
    {MEMBER("chance", KIND_NUMBER, chance), .max = 1},
    {MEMBER("threads", KIND_INT, threads)},
    {MEMBER("parameters", KIND_COUNT, parameters)},
    {MEMBER("train_flops", KIND_NUMBER, train_flops)},
    {MEMBER("weights_hash", KIND_HASH, weights_hash)},
    {MEMBER("peak_bytes", KIND_BYTES, peak.total)},
    {MEMBER("weight_bytes", KIND_BYTES, peak.part[TAG_WEIGHT])},
    {MEMBER("gradient_bytes", KIND_BYTES, peak.part[TAG_GRADIENT])},
    {MEMBER("optimizer_bytes", KIND_BYTES, peak.part[TAG_OPTIMIZER])},
    {MEMBER("activation_bytes", KIND_BYTES, peak.part[TAG_ACTIVATION])},
    {MEMBER("buffer_bytes", KIND_BYTES, peak.part[TAG_BUFFER])},
    {MEMBER("scratch_bytes", KIND_BYTES, peak.part[TAG_SCRATCH])},
    {MEMBER("state_bytes", KIND_BYTES, peak.part[TAG_STATE])},
    {MEMBER("fixed_bytes", KIND_BYTES, peak.part[TAG_FIXED])},
    {MEMBER("train_seconds", KIND_NUMBER, train_seconds)},
    {MEMBER("eval_seconds", KIND_NUMBER, eval_seconds)},
    {MEMBER("samples", KIND_NUMBER, samples)},
    {MEMBER("cpu_seconds", KIND_NUMBER, cpu_seconds)},
    {MEMBER("peak_rss_bytes", KIND_COUNT, peak_rss)},
    {MEMBER("started", KIND_TEXT, started)},
    {MEMBER("host", KIND_TEXT, host)},
    {MEMBER("isa", KIND_TEXT, isa)},
    {MEMBER("blas_core", KIND_TEXT, blas_core)},
    {MEMBER("blocks_in_memory", KIND_INT, blocks_in_memory), .added_later = true},
    {MEMBER("commit", KIND_TEXT, commit), .added_later = true},
    {MEMBER("compiler", KIND_TEXT, compiler), .added_later = true},
    {0},
};

static void write_evaluations(const char *key, const struct evaluation *eval, int n,
                              const char *after, FILE *out)
{
    fprintf(out, " \"%s\": [", key);
    for (int i = 0; i < n; i++) {
        const struct evaluation *e = &eval[i];

        fprintf(out, "%s\n  [%d, %" PRId64 ", %d, %d, %d, %d, %d]", i > 0 ? "," : "",
                e->after_task, e->step, e->end, e->task, e->draw, e->hits, e->total);
    }
    fprintf(out, "\n ]%s\n", after);
}

enum status outcome_save(const struct outcome *outcome, const char *path,
                         struct error *err)
{
    struct file file;

    if (file_begin(&file, path, err) != OK)
        return err->status;
    fprintf(file.out, "{\n \"format\": %d,\n", FORMAT);
    fields_write(field_table, outcome, false, file.out);
    if (outcome->together > 1)
        fprintf(file.out, " \"together\": %d,\n", outcome->together);
    if (outcome->n_probe > 0)
        write_evaluations("probe", outcome->probe, outcome->n_probe, ",", file.out);
    write_evaluations("evaluations", outcome->eval, outcome->n_eval, "", file.out);
    fprintf(file.out, "}\n");
    return file_commit(&file, err);
}

static enum status damaged(struct error *err, const char *path, const char *what)
{
    return error_set(err, ERR_RESULT,
                     "%s is damaged: %s; remove it and the cell runs again", path, what);
}

static enum status read_fields(const json_t *root, struct outcome *outcome,
                               const char *path, struct error *err)
{
    const struct field *bad = fields_read(field_table, root, outcome);
    char what[64];

    if (!bad)
        return OK;
    snprintf(what, sizeof what, "'%s' is missing or has no fit value", bad->key);
    return damaged(err, path, what);
}

static enum status check_fields(const struct outcome *o, const char *path,
                                struct error *err)
{
    size_t sum = 0;

    for (int tag = 0; tag < N_TAG; tag++)
        sum += o->peak.part[tag];
    if (sum != o->peak.total)
        return damaged(err, path, "the parts do not add up to 'peak_bytes'");
    if (strlen(o->fingerprint) != 16 || strspn(o->fingerprint, "0123456789abcdef") != 16)
        return damaged(err, path, "'fingerprint' is not 16 hex digits");
    if (o->cell[0] == '\0' || (o->ending == END_OK && o->n_task == 0))
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

/* Of an outcome with n_task tasks: evaluations in the order of time. */
static enum status read_evaluations(const json_t *root, const char *key, int n_task,
                                    struct evaluation **eval, int *n_eval,
                                    const char *path, struct arena *arena,
                                    struct error *err)
{
    const json_t *list = json_object_get(root, key);
    size_t n = json_array_size(list);
    char what[64];

    if (!json_is_array(list) || n > INT32_MAX)
        return damaged(err, path,
                       arena_text(arena, "'%s' is not a list of evaluations", key));
    *eval = arena_take(arena, TAG_FIXED, n, sizeof **eval);
    if (arena_check(arena, err) != OK)
        return err->status;
    for (size_t i = 0; i < n; i++) {
        struct evaluation *e = &(*eval)[i];

        if (read_evaluation(json_array_get(list, i), n_task, e) &&
            (i == 0 || e->step >= e[-1].step))
            continue;
        snprintf(what, sizeof what, "evaluation %zu is not one", i + 1);
        return damaged(err, path, what);
    }
    *n_eval = (int)n;
    return OK;
}

/* Written where it is not 1. */
static enum status read_together(const json_t *root, struct outcome *outcome,
                                 const char *path, struct error *err)
{
    const json_t *json = json_object_get(root, "together");
    int64_t n = 1;

    if (json && !(read_integer(json, INT32_MAX, &n) && n > 1))
        return damaged(err, path, "'together' is not a number of cells");
    outcome->together = (int)n;
    return OK;
}

static enum status read_root(const json_t *root, struct outcome *outcome,
                             const char *path, struct arena *arena, struct error *err)
{
    const json_t *format = json_object_get(root, "format");

    if (!json_is_integer(format))
        return damaged(err, path, "it has no 'format'");
    if (json_integer_value(format) != FORMAT)
        return error_set(err, ERR_RESULT,
                         "%s has format %lld, this program reads %d; use --restart", path,
                         (long long)json_integer_value(format), FORMAT);
    if (read_fields(root, outcome, path, err) != OK ||
        check_fields(outcome, path, err) != OK ||
        read_together(root, outcome, path, err) != OK)
        return err->status;
    if (json_object_get(root, "probe") &&
        read_evaluations(root, "probe", outcome->n_task, &outcome->probe,
                         &outcome->n_probe, path, arena, err) != OK)
        return err->status;
    return read_evaluations(root, "evaluations", outcome->n_task, &outcome->eval,
                            &outcome->n_eval, path, arena, err);
}

enum status outcome_load(struct outcome *outcome, const char *path, struct arena *arena,
                         struct error *err)
{
    size_t mark = arena_mark(arena), n;
    json_error_t why;
    json_t *root;
    char *text;

    *outcome = (struct outcome){0};
    if (file_read(path, arena, &text, &n, err) != OK)
        return err->status;
    root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);
    arena_release(arena, mark);
    if (!root)
        return error_set(err, ERR_RESULT,
                         "%s:%d:%d: %s; remove the file and the cell runs again", path,
                         why.line, why.column, why.text);
    read_root(root, outcome, path, arena, err);
    json_decref(root);
    return err->status;
}
