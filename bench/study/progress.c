#include "bench/study/progress.h"

#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/ranks.h"
#include "results/data/metrics.h"

enum { BAR = 24, LINE = 512, REPORT_EVERY = 60 /* seconds */ };

void progress_open(struct progress_view *view, FILE *out, int n_cell, double work)
{
    *view = (struct progress_view){.out = out, .n_cell = n_cell, .work = work};
    /* mpirun makes a terminal for its ranks, wherever its own output goes */
    view->redraws = out && isatty(fileno(out)) && ranks_count() == 1;
    view->reports = out && (!isatty(STDERR_FILENO) || ranks_count() > 1);
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

/* "CELL  task 1/5  step 300/1000  2000 samples/s  online 83.1 %  accuracy 71.0 %" */
static void describe(const struct worker *worker, char *line, size_t size)
{
    const struct live_progress *live = &worker->page->live;
    double elapsed = clock_seconds() - worker->started;
    int n;

    n = snprintf(line, size, "%s  task %d/%d  step %lld/%lld  %.0f samples/s",
                 worker->cell->id, live->task + 1, live->n_task, (long long)live->step,
                 (long long)live->n_step, (double)live->samples / (elapsed + 1e-3));
    if (live->online >= 0 && n < (int)size)
        n += snprintf(line + n, size - (size_t)n, "  online %.1f %%",
                      live->online / 100.0);
    if (live->accuracy >= 0 && n < (int)size)
        snprintf(line + n, size - (size_t)n, "  accuracy %.1f %%",
                 live->accuracy / 100.0);
}

static void draw_worker(FILE *out, const struct worker *worker)
{
    char line[LINE] = "  ";

    describe(worker, line + 2, sizeof line - 2);
    draw_line(out, line);
}

double progress_cell_left(const struct worker *worker)
{
    const struct live_progress *live = &worker->page->live;
    int64_t done = live->step - live->first_step;

    if (done <= 0)
        return NAN;
    return (clock_seconds() - worker->started) * (double)(live->n_step - live->step) /
           (double)done;
}

/* Share of the work that is done. */
static double part_done(const struct progress_view *view, const struct worker *worker,
                        int n_worker)
{
    double done = view->work_done;

    for (int i = 0; i < n_worker; i++)
        if (worker_is_busy(&worker[i]))
            done += fraction(&worker[i].page->live) * worker[i].work;
    return view->work > 0 ? done / view->work : 0;
}

double progress_left(const struct progress_view *view, const struct worker *worker,
                     int n_worker)
{
    double part = part_done(view, worker, n_worker);
    double elapsed = clock_seconds() - view->start;

    return part > 0.01 ? elapsed / part - elapsed : NAN;
}

static void draw_total(const struct progress_view *view, const struct worker *worker,
                       int n_worker)
{
    double part = part_done(view, worker, n_worker);
    double left = progress_left(view, worker, n_worker);
    char line[LINE], bar[BAR + 1] = "";
    int n;

    for (int i = 0; i < BAR; i++)
        bar[i] = i < (int)(part * BAR) ? '#' : '.';
    n = snprintf(line, sizeof line, "  [%s] %d of %d cell%s, %.0f %%", bar, view->n_done,
                 view->n_cell, view->n_cell == 1 ? "" : "s", 100 * part);
    if (left >= 0)
        snprintf(line + n, sizeof line - (size_t)n, ", about %.0f:%02d min left",
                 floor(left / 60), (int)fmod(left, 60));
    draw_line(view->out, line);
}

/* In the log of a cluster a cell that takes an hour is not silent for as long. */
static void report_long(struct worker *worker)
{
    double now = clock_seconds(), left = progress_cell_left(worker);
    double last = worker->reported > worker->started ? worker->reported : worker->started;
    char line[LINE];

    if (now - last < REPORT_EVERY)
        return;
    worker->reported = now;
    describe(worker, line, sizeof line);
    fprintf(stderr, "%s", line);
    if (left >= 0)
        fprintf(stderr, "  about %.0f min left", ceil(left / 60));
    fputc('\n', stderr);
}

void progress_draw(struct progress_view *view, struct worker *worker, int n_worker)
{
    for (int i = 0; view->reports && i < n_worker; i++)
        if (worker_is_busy(&worker[i]))
            report_long(&worker[i]);
    if (!view->redraws)
        return;
    progress_clear(view);
    view->lines = 1;
    for (int i = 0; i < n_worker; i++) {
        if (!worker_is_busy(&worker[i]))
            continue;
        draw_worker(view->out, &worker[i]);
        view->lines++;
    }
    draw_total(view, worker, n_worker);
    fflush(view->out);
}
