#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "results/data/csv.h"
#include "results/data/metrics.h"
#include "results/data/record.h"

enum { N_COLUMN_MOST = 64 };

static const struct text_column {
    const char *name;
    size_t offset, size;
} text_columns[] = {
#define TEXT(name, member)                                                               \
    {                                                                                    \
        name, offsetof(struct outcome, member), sizeof((struct outcome *)0)->member      \
    }
    TEXT("cell", id.cell),       TEXT("fingerprint", id.fingerprint),
    TEXT("stream", id.stream),   TEXT("scenario", id.scenario),
    TEXT("learner", id.learner), TEXT("strategy", id.strategy),
    TEXT("seed", id.seed),       TEXT("reason", reason),
#undef TEXT
};

enum { N_TEXT = sizeof text_columns / sizeof text_columns[0] };

struct row {
    const char *path;
    int line;
    char *head[N_COLUMN_MOST], *field[N_COLUMN_MOST];
    int n;
};

/* NULL where there is no such column. */
static const char *find_field(const struct row *row, const char *name)
{
    for (int i = 0; i < row->n; i++)
        if (strcmp(row->head[i], name) == 0)
            return row->field[i];
    return NULL;
}

/* The same, with the error. */
static const char *field_of(const struct row *row, const char *name, struct error *err)
{
    const char *field = find_field(row, name);

    if (!field)
        error_at(err, ERR_RESULT, row->path, 1, 0, "there is no column '%s'", name);
    return field;
}

static enum status bad_field(const struct row *row, const char *name, const char *text,
                             struct error *err)
{
    return error_at(err, ERR_RESULT, row->path, row->line, 0, "'%s' is not a valid %s",
                    text, name);
}

static enum status read_texts(const struct row *row, struct outcome *o, struct error *err)
{
    for (int i = 0; i < N_TEXT; i++) {
        const struct text_column *column = &text_columns[i];
        const char *text = field_of(row, column->name, err);

        if (!text)
            return err->status;
        if (strlen(text) >= column->size)
            return bad_field(row, column->name, text, err);
        strcpy((char *)o + column->offset, text);
    }
    o->id.dataset = field_of(row, "dataset", err);
    return err->status;
}

static enum status read_ending(const struct row *row, struct outcome *o,
                               struct error *err)
{
    const char *text = field_of(row, "status", err);

    for (int i = END_OK; text && i <= END_TIMEOUT; i++) {
        o->ending = (enum ending)i;
        if (strcmp(text, ending_name(o->ending)) == 0)
            return OK;
    }
    return text ? bad_field(row, "status", text, err) : err->status;
}

/* An empty field is NAN. */
static enum status read_number(const struct row *row, const char *name, double *value,
                               struct error *err)
{
    const char *text = field_of(row, name, err);
    char *end;

    *value = NAN;
    if (!text || !*text)
        return err->status;
    *value = strtod(text, &end);
    if (*end || !isfinite(*value))
        return bad_field(row, name, text, err);
    return OK;
}

/* An accuracy, or the difference of two. A spreadsheet that writes decimals with a comma
 * takes 0.855 for 855. */
static enum status read_share(const struct row *row, const char *name, double *value,
                              struct error *err)
{
    if (read_number(row, name, value, err) == OK && fabs(*value) > 1)
        return bad_field(row, name, find_field(row, name), err);
    return err->status;
}

static enum status read_metrics(const struct row *row, struct metrics *m,
                                struct error *err)
{
    for (int k = 0; k < N_METRIC; k++) {
        m->value[k] = NAN;
        if (k < N_METRIC_OWN && find_field(row, metric_table[k].name) &&
            read_share(row, metric_table[k].name, &m->value[k], err) != OK)
            return err->status;
        m->reason[k] = isnan(m->value[k]) ? "not in results.csv" : NULL;
    }
    return OK;
}

/* A whole number of bytes; a table may be older than the column. */
static enum status read_bytes(const struct row *row, const char *name, size_t *bytes,
                              struct error *err)
{
    double value = NAN;

    if (find_field(row, name) && read_number(row, name, &value, err) != OK)
        return err->status;
    if (value >= 0 && value < 0x1p62)
        *bytes = (size_t)value;
    return OK;
}

static enum status read_memory(const struct row *row, struct arena_use *peak,
                               struct error *err)
{
    static const struct {
        const char *name;
        enum tag tag;
    } parts[] = {
        {"weight_bytes", TAG_WEIGHT},         {"gradient_bytes", TAG_GRADIENT},
        {"optimizer_bytes", TAG_OPTIMIZER},   {"buffer_bytes", TAG_BUFFER},
        {"activation_bytes", TAG_ACTIVATION}, {"scratch_bytes", TAG_SCRATCH},
        {"state_bytes", TAG_STATE},
    };

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (read_bytes(row, parts[i].name, &peak->part[parts[i].tag], err) != OK)
            return err->status;
    return read_bytes(row, "peak_bytes", &peak->total, err);
}

/* What the cell took; a table may be older than these columns, and does not hold times. */
static enum status read_costs(const struct row *row, struct outcome *o, struct error *err)
{
    double parameters = NAN;

    o->cost.train_flops = NAN;
    o->timing.train_seconds = o->timing.eval_seconds = o->timing.cpu_seconds = NAN;
    if (find_field(row, "train_flops") &&
        read_number(row, "train_flops", &o->cost.train_flops, err) != OK)
        return err->status;
    if (find_field(row, "parameters") &&
        read_number(row, "parameters", &parameters, err) != OK)
        return err->status;
    if (parameters >= 0 && parameters < 0x1p62)
        o->cost.parameters = (int64_t)parameters;
    return read_memory(row, &o->cost.peak, err);
}

static enum status read_row(const struct row *row, struct outcome *o, struct arena *arena,
                            struct error *err)
{
    struct metrics *m = arena_take(arena, TAG_STATE, 1, sizeof *m);
    double tasks = 0;

    *o = (struct outcome){.context.stored = m};
    if (arena_check(arena, err) != OK || read_texts(row, o, err) != OK ||
        read_ending(row, o, err) != OK || read_number(row, "tasks", &tasks, err) != OK)
        return err->status;
    if (o->ending != END_OK && isnan(tasks)) /* it was not known yet */
        tasks = 0;
    if (!(tasks >= (o->ending == END_OK ? 1 : 0) && tasks <= N_TASK_MAX))
        return bad_field(row, "number of tasks", field_of(row, "tasks", err), err);
    o->tests.n_task = (int)tasks;
    if (read_costs(row, o, err) != OK || read_metrics(row, m, err) != OK)
        return err->status;
    o->tests.pooled =
        !isnan(m->value[METRIC_ACCURACY]) && isnan(m->value[METRIC_LEARNING_ACCURACY]);
    return OK;
}

/* A line end within quotes counts too: at least as many as there are rows. */
static int count_lines(const char *text)
{
    int n = 1;

    for (; *text; text++)
        n += *text == '\n' || *text == '\r';
    return n;
}

enum status record_parse(char *text, size_t n_text, const char *path, struct arena *arena,
                         struct outcome **cells, int *n, struct error *err)
{
    struct row row = {.path = path, .line = 1};
    int n_field;

    *n = 0;
    if (strlen(text) != n_text)
        return error_set(err, ERR_RESULT, "%s is damaged: it holds a byte 0", path);
    *cells = arena_take(arena, TAG_STATE, (size_t)count_lines(text), sizeof **cells);
    if (arena_check(arena, err) != OK)
        return err->status;
    row.n = csv_split(&text, row.head, N_COLUMN_MOST);
    if (row.n > N_COLUMN_MOST)
        row.n = N_COLUMN_MOST;
    for (; (n_field = csv_split(&text, row.field, N_COLUMN_MOST)) > 0; ++*n) {
        row.line++;
        if (n_field < row.n)
            return error_at(err, ERR_RESULT, path, row.line, 0,
                            "%d fields, the heading has %d", n_field, row.n);
        if (read_row(&row, &(*cells)[*n], arena, err) != OK)
            return err->status;
    }
    return OK;
}

enum status record_read(const char *path, struct arena *arena, struct outcome **cells,
                        int *n, struct error *err)
{
    size_t n_text;
    char *text;

    *n = 0;
    if (file_read(path, arena, &text, &n_text, err) != OK)
        return err->status;
    return record_parse(text, n_text, path, arena, cells, n, err);
}
