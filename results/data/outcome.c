#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/base/fnv.h"
#include "results/data/evaluations.h"
#include "results/data/outcome_parts.h"

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

const struct field outcome_fields[] = {
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

uint64_t outcome_digest(const char *text, size_t n, const char *line)
{
    const char *end = strchr(line, '\n');
    uint64_t hash = fnv_add(fnv_of_nothing, text, (size_t)(line - text));

    return end ? fnv_add(hash, end, n - (size_t)(end - text)) : hash;
}

static void write_members(const struct outcome *outcome, FILE *out)
{
    fprintf(out, OUTCOME_FORMAT_LINE OUTCOME_DIGEST "0123456789abcdef\",\n",
            OUTCOME_FORMAT);
    fields_write(outcome_fields, outcome, false, out);
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
    line = strstr(text, OUTCOME_DIGEST);
    snprintf(hex, sizeof hex, "%016" PRIx64, outcome_digest(text, *n, line));
    memcpy(line + strlen(OUTCOME_DIGEST), hex, 16);
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
