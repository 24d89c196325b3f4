#include "bench/study/progress.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "results/data/metrics.h"

enum { BAR = 24, LINE = 512 };

void progress_open(struct progress_view *view, FILE *out, int n_cell, double work)
{
    *view = (struct progress_view){.out = out, .n_cell = n_cell, .work = work};
    view->redraws = out && isatty(fileno(out));
    view->start = clock_seconds();
}

void progress_clear(struct progress_view *view)
{
    if (view->redraws && view->lines)
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

void progress_ended(struct progress_view *view, const struct outcome *outcome,
                    double work)
{
    double accuracy = outcome->tests.n_task ? accuracy_of(outcome) : NAN;

    view->n_done++;
    view->work_done += work;
    progress_clear(view);
    if (!view->out)
        return;
    fprintf(view->out, "[%d/%d] %s: ", view->n_done, view->n_cell, outcome->id.cell);
    if (outcome->ending == END_OK)
        fprintf(view->out, "accuracy %.2f %%, %.1f s\n", 100 * accuracy,
                outcome->timing.train_seconds + outcome->timing.eval_seconds);
    else
        fprintf(view->out, "%s: %s\n", ending_name(outcome->ending), outcome->reason);
}

static double fraction(const struct live_progress *live)
{
    int64_t n = live->n_step;

    return n > 0 ? (double)live->step / (double)n : 0;
}

/* Prints a line no wider than the terminal: a line that wraps could not be erased. */
static void draw_line(FILE *out, const char *line)
{
    struct winsize size;
    int columns = 80;

    if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        columns = size.ws_col;
    fprintf(out, "%.*s\n", columns - 1, line);
}

static void draw_worker(FILE *out, const struct worker *worker)
{
    const struct live_progress *live = &worker->page->live;
    double elapsed = clock_seconds() - worker->started;
    char line[LINE];
    int n;

    n = snprintf(line, sizeof line, "  %s  task %d/%d  step %lld/%lld  %.0f samples/s",
                 worker->cell->id, live->task + 1, live->n_task, (long long)live->step,
                 (long long)live->n_step, (double)live->samples / (elapsed + 1e-3));
    if (live->accuracy >= 0 && n < LINE)
        snprintf(line + n, sizeof line - (size_t)n, "  accuracy %.1f %%",
                 live->accuracy / 100.0);
    draw_line(out, line);
}

static void draw_total(const struct progress_view *view, double done, double elapsed)
{
    double part = view->work > 0 ? done / view->work : 0, left = elapsed / part - elapsed;
    char line[LINE], bar[BAR + 1] = "";
    int n;

    for (int i = 0; i < BAR; i++)
        bar[i] = i < (int)(part * BAR) ? '#' : '.';
    n = snprintf(line, sizeof line, "  [%s] %d of %d cells, %.0f %%", bar, view->n_done,
                 view->n_cell, 100 * part);
    if (part > 0.01)
        snprintf(line + n, sizeof line - (size_t)n, ", about %.0f:%02d min left",
                 floor(left / 60), (int)fmod(left, 60));
    draw_line(view->out, line);
}

void progress_draw(struct progress_view *view, const struct worker *worker, int n_worker)
{
    double elapsed = clock_seconds() - view->start, done = view->work_done;
    int lines = 1;

    if (!view->redraws)
        return;
    progress_clear(view);
    for (int i = 0; i < n_worker; i++) {
        if (!worker[i].pid)
            continue;
        draw_worker(view->out, &worker[i]);
        done += fraction(&worker[i].page->live) * worker[i].work;
        lines++;
    }
    draw_total(view, done, elapsed);
    view->lines = lines;
    fflush(view->out);
}
