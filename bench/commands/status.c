#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/study/live.h"
#include "bench/study/open_folder.h"
#include "bench/study/tuning.h"

enum { REFRESH = 5 /* seconds */, FAILED_SHOWN = 20 };

/* A look at one folder. */
struct view {
    const struct study *study;
    struct live_run *run;
    int n_run;
    int ended[END_TIMEOUT + 1]; /* cells by ending */
    int n_running, n_there;
};

/* "about 1:05 h left", "" where it is not known */
static void print_left(double seconds)
{
    long minutes = isfinite(seconds) ? (long)(seconds / 60) : 0;

    if (!isfinite(seconds))
        return;
    if (seconds < 60)
        printf(", about %.0f s left", seconds);
    else if (minutes < 60)
        printf(", about %ld min left", minutes);
    else
        printf(", about %ld:%02ld h left", minutes / 60, minutes % 60);
}

static bool is_heard_of(const struct live_run *run)
{
    return !run->is_gone && run->age < LIVE_STALE;
}

static void count(struct view *view)
{
    const struct study *study = view->study;

    for (int i = 0; i < study->plan.n; i++) {
        view->n_there += study->there[i];
        if (study->there[i])
            view->ended[study->outcome[i].ending]++;
    }
    for (int r = 0; r < view->n_run; r++)
        if (is_heard_of(&view->run[r]))
            view->n_running += view->run[r].n;
}

/* "s: 12 cells: 7 ok, 1 crashed, 4 without a result; 2 running" */
static void print_counts(const struct view *view)
{
    const struct study *study = view->study;

    printf("%s: ", study->suite.name);
    plan_print_size(&study->plan, study->main ? " to tune it" : "", stdout);
    printf(": %d ok", view->ended[END_OK]);
    for (int e = END_OK + 1; e <= END_TIMEOUT; e++)
        if (view->ended[e] > 0)
            printf(", %d %s", view->ended[e], ending_name((enum ending)e));
    printf(", %d without a result", study->plan.n - view->n_there);
    if (view->n_running > 0)
        printf("; %d running", view->n_running);
    putchar('\n');
}

static void print_cell(const struct live_cell *cell)
{
    printf("    %s on %s: ", cell->cell, cell->host);
    if (cell->n_step > 0)
        printf("task %d/%d, step %lld/%lld", cell->task, cell->n_task,
               (long long)cell->step, (long long)cell->n_step);
    else
        printf("starting");
    if (isfinite(cell->accuracy))
        printf(", accuracy %.1f %%", 100 * cell->accuracy);
    print_left(cell->left);
    putchar('\n');
}

static void print_run(const struct live_run *run)
{
    printf("  run on %s, process %ld: %d cell%s to finish", run->host, run->pid,
           run->n_left, run->n_left == 1 ? "" : "s");
    if (is_heard_of(run))
        print_left(run->left);
    else if (run->is_gone)
        printf("; it was killed: give its command again");
    else
        printf("; not heard of for %.0f min: where it was killed, give its command again",
               run->age / 60);
    putchar('\n');
    for (int i = 0; is_heard_of(run) && i < run->n; i++)
        print_cell(&run->cell[i]);
}

static void print_failed(const struct study *study)
{
    int n = 0;

    for (int i = 0; i < study->plan.n; i++) {
        const struct outcome *o = &study->outcome[i];

        if (!study->there[i] || o->ending == END_OK)
            continue;
        if (n++ < FAILED_SHOWN)
            printf("  %s, %s: %s\n", o->id.cell, ending_name(o->ending), o->reason);
    }
    if (n > FAILED_SHOWN)
        printf("  and %d more; see results.csv\n", n - FAILED_SHOWN);
}

/* *open: cells without a result, or that did not end ok. */
static enum status show(const struct study *study, int *open, struct error *err)
{
    struct view view = {.study = study};
    struct arena arena = {0};

    if (arena_open(&arena, 0, err) == OK &&
        live_read(&study->folder, &arena, &view.run, &view.n_run, err) == OK) {
        count(&view);
        print_counts(&view);
        for (int r = 0; r < view.n_run; r++)
            print_run(&view.run[r]);
        print_failed(study);
    }
    arena_close(&arena);
    *open = study->plan.n - view.ended[END_OK];
    return err->status;
}

/* The candidates have a folder of their own. */
static enum status show_tuning(const struct study *study, struct error *err)
{
    struct study tuning = {.folder.lock = -1};
    int open;

    if (study->candidates.n > 0 && tuning_open(&tuning, study, NULL, err) == OK)
        show(&tuning, &open, err);
    study_close(&tuning);
    return err->status;
}

static enum status show_folder(const char *path, int *open, struct error *err)
{
    struct study study;

    if (study_open_folder(&study, path, err) == OK && show_tuning(&study, err) == OK)
        show(&study, open, err);
    study_close(&study);
    return err->status;
}

static enum status status(int argc, char **argv, int *exit_status, struct error *err)
{
    bool watch = false;
    const struct flag table[] = {{.name = "watch", .on = &watch}, {.name = NULL}};
    int n, open = 0;

    if (flags_read(table, argc, argv, &n, err) != OK)
        return err->status;
    if (n != 1)
        return error_set(err, ERR_USAGE,
                         "bench status needs one result folder; see bench status --help");
    while (show_folder(argv[0], &open, err) == OK && watch && open > 0) {
        fflush(stdout);
        sleep(REFRESH);
        fputs(isatty(STDOUT_FILENO) ? "\033[H\033[2J" : "\n", stdout);
    }
    if (open > 0)
        *exit_status = 1;
    return err->status;
}

const struct command command_status = {
    .name = "status",
    .about = "what a run has done, is doing and has still to do, from outside",
    .usage =
        "usage: bench status DIR [--watch]\n"
        "\n"
        "Shows the result folder of a run that goes on, on this host or another, or\n"
        "that was interrupted: how many cells ended and how, where each running one "
        "stands\n"
        "(step, accuracy of the latest evaluation, time left, host), and why cells "
        "failed.\n"
        "A run tells where it stands every few seconds, in DIR/running/; one that was "
        "killed\n"
        "leaves its file there. --watch shows it again every five seconds until all "
        "cells\n"
        "ended ok. Writes nothing.\n"
        "Exit status: 0 every cell ended ok; 1 some did not, or not yet; 2 the folder "
        "is\n"
        "none of a run.\n",
    .run = status,
};
