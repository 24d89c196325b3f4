#include "bench/run/trace.h"

#include <math.h>
#include <string.h>

#include "bench/run/run_parts.h"
#include "core/base/file.h"
#include "core/plug/trace.h"
#include "results/data/csv.h"

/* The batch of n test images from `first` on, in the run's own room. */
static void trace_rows(struct run *run, int task, int first, int n,
                       const struct classes *competing, struct trace *trace)
{
    struct batch_builder *builder = &run->builder;
    struct batch batch = {.x = mat_rows(run->x, 0, n),
                          .y = builder->y,
                          .task = builder->task,
                          .competing = competing};
    struct rng rng = rng_child(rng_seed(run->cell->learner_seed), "trace");

    memset(builder->task, 0, (size_t)n * sizeof *builder->task);
    for (int i = 0; i < n; i++)
        scenario_read(&run->scenario, task, PART_TEST, first + i,
                      builder->pixel + (size_t)i * (size_t)run->scenario.n_pixel,
                      &builder->y[i]);
    scenario_convert(&run->scenario, builder->pixel, batch.x);
    run->cell->learner->trace(run->learner, &batch,
                              rng_at(rng_at(rng, (uint64_t)task), (uint64_t)first),
                              trace);
}

static void write_points(FILE *out, int task, const struct trace *trace)
{
    struct csv csv = {.out = out};

    for (int i = 0; i < trace->n; i++) {
        const struct trace_point *p = &trace->point[i];

        csv_integer(&csv, task + 1);
        csv_text(&csv, p->what);
        csv_integer(&csv, p->index);
        csv_number(&csv, p->loss / (double)p->total);
        csv_integer(&csv, p->hits);
        csv_integer(&csv, p->total);
        csv_number(&csv, trace_calibration_error(p));
        csv_end(&csv);
    }
}

enum status trace_save(struct run *run, const struct cell *cell, const char *path,
                       struct error *err)
{
    int last = run->scenario.n_task - 1;
    struct file file;

    if (file_begin(&file, path, err) != OK)
        return err->status;
    fputs("task,what,at,loss,hits,total,calibration\n", file.out);
    for (int t = 0; t <= last; t++) {
        struct classes competing =
            scenario_tested(&run->scenario, cell->setup.outputs_test, t, last);
        struct trace trace = {.n = 0};
        int total = run->scenario.test[t].n;

        for (int first = 0; first < total; first += run->n_score)
            trace_rows(run, t, first,
                       total - first < run->n_score ? total - first : run->n_score,
                       &competing, &trace);
        write_points(file.out, t, &trace);
    }
    return file_commit(&file, err);
}
