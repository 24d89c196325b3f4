#include "bench/progress.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "bench/clock.h"
#include "results/metrics.h"

enum { BAR = 24 };

void progress_open(struct progress_view *view, FILE *out, int n_cell, double work)
{
    *view = (struct progress_view){.out = out, .n_cell = n_cell, .work = work};
    view->moves = out && isatty(fileno(out));
    view->start = clock_seconds();
}

void progress_clear(struct progress_view *view)
{
    if (view->moves && view->lines)
        fprintf(view->out, "\r\033[%dA\033[J", view->lines);
    view->lines = 0;
    if (view->out)
        fflush(view->out);
}

static double accuracy_of(const struct outcome *outcome)
{
    struct metrics metrics = {.value[METRIC_ACCURACY] = NAN};
    struct error err = {0};
    struct arena arena;

    if (arena_open(&arena, 0, &err) == OK) {
        metrics_compute(outcome, &arena, &metrics);
        arena_close(&arena);
    }
    return metrics.value[METRIC_ACCURACY];
}

void progress_ended(struct progress_view *view, const struct outcome *outcome, double work)
{
    double accuracy = outcome->n_task ? accuracy_of(outcome) : NAN;

    view->n_done++;
    view->work_done += work;
    progress_clear(view);
    if (!view->out)
        return;
    fprintf(view->out, "[%d/%d] %s: ", view->n_done, view->n_cell, outcome->cell);
    if (outcome->ending == END_OK)
        fprintf(view->out, "accuracy %.2f %%, %.1f s\n", 100 * accuracy,
                outcome->train_seconds + outcome->eval_seconds);
    else
        fprintf(view->out, "%s: %s\n", ending_name(outcome->ending), outcome->reason);
}

static double fraction(const struct gauge *gauge)
{
    int64_t n = gauge->n_step;

    return n > 0 ? (double)gauge->step / (double)n : 0;
}

static void draw_bar(FILE *out, double part)
{
    int full = (int)(part * BAR);

    fputc('[', out);
    for (int i = 0; i < BAR; i++)
        fputc(i < full ? '#' : '.', out);
    fputc(']', out);
}

static void draw_worker(FILE *out, const struct worker *worker, double elapsed)
{
    const struct gauge *gauge = &worker->page->gauge;

    fprintf(out, "  %.46s  task %d/%d  step %lld/%lld  %.0f samples/s", worker->cell->id,
            gauge->task + 1, gauge->n_task, (long long)gauge->step,
            (long long)gauge->n_step, (double)gauge->samples / (elapsed > 0 ? elapsed : 1));
    if (gauge->accuracy >= 0)
        fprintf(out, "  accuracy %.1f %%", gauge->accuracy / 100.0);
    fprintf(out, "\n");
}

static void draw_total(const struct progress_view *view, double done, double elapsed)
{
    double part = view->work > 0 ? done / view->work : 0, left = elapsed / part - elapsed;

    fprintf(view->out, "  ");
    draw_bar(view->out, part);
    fprintf(view->out, " %d of %d cells, %.0f %%", view->n_done, view->n_cell, 100 * part);
    if (part > 0.01)
        fprintf(view->out, ", about %.0f:%02d min left", floor(left / 60),
                (int)fmod(left, 60));
    fprintf(view->out, "\n");
}

void progress_draw(struct progress_view *view, const struct worker *worker, int n_worker)
{
    double elapsed = clock_seconds() - view->start, done = view->work_done;
    int lines = 1;

    if (!view->moves)
        return;
    progress_clear(view);
    for (int i = 0; i < n_worker; i++) {
        if (!worker[i].pid)
            continue;
        draw_worker(view->out, &worker[i], clock_seconds() - worker[i].started);
        done += fraction(&worker[i].page->gauge) * worker[i].work;
        lines++;
    }
    draw_total(view, done, elapsed);
    view->lines = lines;
    fflush(view->out);
}
