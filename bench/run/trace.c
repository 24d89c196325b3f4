#include "bench/run/trace.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "core/plug/trace.h"
#include "results/data/csv.h"

/* The batch of n test images from `first` on, in the memory of a batch. */
static void trace_rows(struct run *run, int task, int first, int n,
                       const struct classes *competing, struct trace *trace)
{
    struct batch_builder *builder = &run->batches.builder;
    struct batch batch = {.x = run_read_images(run, task, PART_TEST, first, n),
                          .y = builder->y,
                          .task = builder->task,
                          .competing = competing};
    struct rng rng = rng_child(rng_seed(run->cell->learner_seed), "trace");

    memset(builder->task, 0, (size_t)n * sizeof *builder->task);
    run->cell->learner->trace(run->model.learner, &batch,
                              rng_at(rng_at(rng, (uint64_t)task), (uint64_t)first),
                              trace);
}

static void write_points(FILE *out, int64_t step, int task, const struct trace *trace)
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
        csv_integer(&csv, step);
        csv_end(&csv);
    }
}

static void trace_task(struct run *run, const struct cell *cell, int task, FILE *out)
{
    struct classes competing = scenario_tested(&run->scenario, cell->setup.outputs_test,
                                               task, run_last_task(run));
    int total = run->scenario.test[task].n, most = run->testing.n_score;
    struct trace trace = {.n = 0};

    for (int first = 0; first < total; first += most)
        trace_rows(run, task, first, total - first < most ? total - first : most,
                   &competing, &trace);
    write_points(out, run->position.step, task, &trace);
}

/* Copies the rows of earlier evaluations. A run that goes on from a checkpoint may find
 * later ones too: they are made again. */
static enum status copy_earlier(struct run *run, const char *path, FILE *out,
                                struct error *err)
{
    size_t mark = arena_mark(&run->data);
    char *text, *line;

    if (!file_exists(path))
        return OK;
    if (file_read(path, &run->data, &text, NULL, err) != OK)
        return err->status;
    for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        const char *step = strrchr(line, ',');

        if (step && isdigit((unsigned char)step[1]) &&
            strtoll(step + 1, NULL, 10) < run->position.step)
            fprintf(out, "%s\n", line);
    }
    arena_release(&run->data, mark);
    return OK;
}

enum status trace_save(struct run *run, const struct cell *cell, const char *path,
                       struct error *err)
{
    struct file file;

    if (file_begin(&file, path, err) != OK)
        return err->status;
    fputs("task,what,at,loss,hits,total,calibration,step\n", file.out);
    if (cell->evaluating.trace == TRACE_EACH &&
        copy_earlier(run, path, file.out, err) != OK) {
        file_abandon(&file);
        return err->status;
    }
    for (int t = 0; t <= run_last_task(run); t++)
        trace_task(run, cell, t, file.out);
    return file_put(&file, err);
}
