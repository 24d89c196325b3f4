#include "results/data/record.h"

#include <inttypes.h>
#include <math.h>

#include "core/base/file.h"
#include "results/data/csv.h"
#include "results/data/metrics.h"

static void heading(struct csv *csv, const char *const *column)
{
    for (; *column; column++)
        csv_text(csv, *column);
    csv_end(csv);
}

static bool exists(const struct outcome *o)
{
    return o->id.cell[0] != '\0';
}

/* For figures whose 0 says that they are not known. */
static void count_or_missing(struct csv *csv, int64_t value)
{
    if (value > 0)
        csv_integer(csv, value);
    else
        csv_missing(csv);
}

static void hash(struct csv *csv, uint64_t value)
{
    char text[17];

    snprintf(text, sizeof text, "%016" PRIx64, value);
    csv_text(csv, value ? text : "");
}

/* ---------------------------------------------------------------- results.csv */

/* What comes before the metrics and behind them; these are named by metric_table. */
static const char *const name_columns[] = {
    "cell",     "fingerprint", "stream", "dataset", "scenario", "learner",
    "strategy", "seed",        "status", "reason",  "tasks",    NULL,
};

static const char *const cost_columns[] = {
    "peak_bytes",       "weight_bytes", "gradient_bytes", "optimizer_bytes",
    "activation_bytes", "buffer_bytes", "scratch_bytes",  "state_bytes",
    "threads",          "parameters",   "train_flops",    "weights_hash",
    "blocks_in_memory", NULL,
};

static void results_heading(struct csv *csv)
{
    for (const char *const *column = name_columns; *column; column++)
        csv_text(csv, *column);
    for (int k = 0; k < N_METRIC_OWN; k++)
        csv_text(csv, metric_table[k].name);
    heading(csv, cost_columns);
}

static void names(struct csv *csv, const struct outcome *o)
{
    csv_text(csv, o->id.cell);
    csv_text(csv, o->id.fingerprint);
    csv_text(csv, o->id.stream);
    csv_text(csv, o->id.dataset);
    csv_text(csv, o->id.scenario);
    csv_text(csv, o->id.learner);
    csv_text(csv, o->id.strategy);
    csv_text(csv, o->id.seed);
    csv_text(csv, ending_name(o->ending));
    csv_text(csv, o->reason);
    count_or_missing(csv, o->tests.n_task);
}

/* A part may well be 0 bytes; a peak of 0 bytes says that none of it is known. */
static void memory(struct csv *csv, const struct arena_use *peak)
{
    const size_t bytes[] = {
        peak->total,
        peak->part[TAG_WEIGHT],
        peak->part[TAG_GRADIENT],
        peak->part[TAG_OPTIMIZER],
        peak->part[TAG_ACTIVATION],
        peak->part[TAG_BUFFER],
        peak->part[TAG_SCRATCH],
        peak->part[TAG_STATE] + peak->part[TAG_FIXED],
    };

    for (size_t i = 0; i < sizeof bytes / sizeof bytes[0]; i++) {
        if (peak->total > 0)
            csv_integer(csv, (int64_t)bytes[i]);
        else
            csv_missing(csv);
    }
}

static void results_row(struct csv *csv, const struct outcome *o, struct arena *arena)
{
    struct metrics metrics;

    metrics_compute(o, arena, &metrics);
    names(csv, o);
    for (int k = 0; k < N_METRIC_OWN; k++)
        csv_number(csv, metrics.value[k]);
    memory(csv, &o->cost.peak);
    count_or_missing(csv, o->cost.threads);
    count_or_missing(csv, o->cost.parameters);
    csv_number(csv, o->cost.train_flops);
    hash(csv, o->weights_hash);
    count_or_missing(csv, o->cost.blocks_in_memory);
    csv_end(csv);
}

static enum status results_table(struct csv *csv, const struct outcome *cells, int n,
                                 struct error *err)
{
    struct arena arena;

    if (arena_open_required(&arena, err) != OK)
        return err->status;
    results_heading(csv);
    for (int i = 0; i < n; i++)
        if (exists(&cells[i]))
            results_row(csv, &cells[i], &arena);
    arena_close(&arena);
    return OK;
}

/* ---------------------------------------------------------------- accuracy.csv */

static const char *const accuracy_columns[] = {
    "cell", "seed", "after_task", "step", "end", "task", "draw", "hits", "total", NULL,
};

static enum status accuracy_table(struct csv *csv, const struct outcome *cells, int n,
                                  struct error *err)
{
    heading(csv, accuracy_columns);
    for (int i = 0; i < n; i++) {
        for (int k = 0; exists(&cells[i]) && k < cells[i].tests.eval.n; k++) {
            const struct evaluation *e = &cells[i].tests.eval.data[k];

            csv_text(csv, cells[i].id.cell);
            csv_text(csv, cells[i].id.seed);
            csv_integer(csv, e->after_task);
            csv_integer(csv, e->step);
            csv_integer(csv, e->end);
            csv_integer(csv, e->task + 1);
            csv_integer(csv, e->draw);
            csv_integer(csv, e->hits);
            csv_integer(csv, e->total);
            csv_end(csv);
        }
    }
    return OK;
}

/* ---------------------------------------------------------------- probe.csv */

static const char *const probe_columns[] = {
    "cell", "seed", "after_task", "step", "task", "hits", "total", NULL,
};

static bool any_probe(const struct outcome *cells, int n)
{
    for (int i = 0; i < n; i++)
        if (exists(&cells[i]) && cells[i].tests.probe.n > 0)
            return true;
    return false;
}

static enum status probe_table(struct csv *csv, const struct outcome *cells, int n,
                               struct error *err)
{
    heading(csv, probe_columns);
    for (int i = 0; i < n; i++) {
        for (int k = 0; exists(&cells[i]) && k < cells[i].tests.probe.n; k++) {
            const struct evaluation *e = &cells[i].tests.probe.data[k];

            csv_text(csv, cells[i].id.cell);
            csv_text(csv, cells[i].id.seed);
            csv_integer(csv, e->after_task);
            csv_integer(csv, e->step);
            csv_integer(csv, e->task + 1);
            csv_integer(csv, e->hits);
            csv_integer(csv, e->total);
            csv_end(csv);
        }
    }
    return OK;
}

/* ---------------------------------------------------------------- timing.csv */

static const char *const timing_columns[] = {
    "cell",           "train_seconds",
    "eval_seconds",   "samples_per_second",
    "peak_rss_bytes", "cpu_seconds",
    "together",       "started",
    "host",           NULL,
};

static enum status timing_table(struct csv *csv, const struct outcome *cells, int n,
                                struct error *err)
{
    heading(csv, timing_columns);
    for (int i = 0; i < n; i++) {
        const struct outcome *o = &cells[i];

        if (!exists(o))
            continue;
        csv_text(csv, o->id.cell);
        csv_number(csv, o->timing.train_seconds);
        csv_number(csv, o->timing.eval_seconds);
        csv_number(csv, o->timing.train_seconds > 0
                            ? o->timing.samples / o->timing.train_seconds
                            : NAN);
        count_or_missing(csv, o->timing.peak_rss);
        csv_number(csv, o->timing.cpu_seconds);
        count_or_missing(csv, o->timing.together);
        csv_text(csv, o->timing.started);
        csv_text(csv, o->origin.host);
        csv_end(csv);
    }
    return OK;
}

/* ---------------------------------------------------------------- all of them */

static const struct table {
    const char *name;
    enum status (*write)(struct csv *csv, const struct outcome *cells, int n,
                         struct error *err);
    bool (*wanted)(const struct outcome *cells, int n); /* NULL = always */
} tables[] = {
    {"results.csv", results_table, NULL},
    {"accuracy.csv", accuracy_table, NULL},
    {"probe.csv", probe_table, any_probe},
    {"timing.csv", timing_table, NULL},
};

static enum status write_table(const struct table *table, const struct outcome *cells,
                               int n, const char *folder, struct error *err)
{
    struct file file;
    struct csv csv = {0};
    char path[1024];

    snprintf(path, sizeof path, "%s/%s", folder, table->name);
    if (table->wanted && !table->wanted(cells, n))
        return file_remove(path, err);
    if (file_begin(&file, path, err) != OK)
        return err->status;
    csv.out = file.out;
    if (table->write(&csv, cells, n, err) != OK) {
        file_abandon(&file);
        return err->status;
    }
    return file_commit(&file, err);
}

enum status record_write(const struct outcome *cells, int n, const char *folder,
                         struct error *err)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        if (write_table(&tables[i], cells, n, folder, err) != OK)
            return err->status;
    return OK;
}
