#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/study/scheduler.h"
#include "bench/study/tuning.h"
#include "core/base/clock.h"
#include "core/nn/blas.h"
#include "results/report/report.h"
#include "tasks/formats/load.h"

struct run_flags {
    const char *out, *data, *jobs, *only, *seeds, *stop_after;
    const char *set[FLAG_MANY];
    int n_set;
    bool dry_run, restart, no_report, quiet;
};

struct settings { /* the flags, understood */
    struct override set[FLAG_MANY + 1];
    char *text[FLAG_MANY]; /* behind set, to be freed */
    int n_set, jobs;       /* jobs 0 = as many as fill the cores */
    double stop_after;
};

static enum status read_flags(struct run_flags *flags, int argc, char **argv, int *n,
                              struct error *err)
{
    const struct flag table[] = {
        {"out", &flags->out, NULL, NULL},
        {"data", &flags->data, NULL, NULL},
        {"jobs", &flags->jobs, NULL, NULL},
        {"only", &flags->only, NULL, NULL},
        {"seeds", &flags->seeds, NULL, NULL},
        {"stop-after", &flags->stop_after, NULL, NULL},
        {"set", flags->set, NULL, &flags->n_set},
        {"dry-run", NULL, &flags->dry_run, NULL},
        {"restart", NULL, &flags->restart, NULL},
        {"no-report", NULL, &flags->no_report, NULL},
        {"quiet", NULL, &flags->quiet, NULL},
        {NULL, NULL, NULL, NULL},
    };

    if (flags_read(table, argc, argv, n, err) != OK)
        return err->status;
    if (*n == 0)
        return error_set(err, ERR_USAGE,
                         "bench run needs a suite file; see bench run --help");
    return OK;
}

/* PATH=VALUE, split in a copy. */
static enum status read_override(const char *given, struct override *set, char **text,
                                 struct error *err)
{
    const char *equals = strchr(given, '=');

    *text = strdup(given);
    if (!equals || !*text)
        return error_set(err, ERR_USAGE,
                         "--set takes PATH=VALUE, for example "
                         "--set learners.backprop.lr=0.01");
    (*text)[equals - given] = '\0';
    *set = (struct override){*text, *text + (equals - given) + 1};
    return OK;
}

static enum status understand(const struct run_flags *flags, struct settings *settings,
                              struct error *err)
{
    static const struct param table[] = {
        {"--jobs", PARAM_INT, offsetof(struct settings, jobs), "1", 1, 4096, NULL, ""},
        {"--stop-after", PARAM_TIME, offsetof(struct settings, stop_after), "0", 0, 0,
         NULL, ""},
    };

    for (int i = 0; i < flags->n_set; i++) {
        if (read_override(flags->set[i], &settings->set[i], &settings->text[i], err) !=
            OK)
            return err->status;
        settings->n_set++;
    }
    if (flags->seeds)
        settings->set[settings->n_set++] = (struct override){"seeds", flags->seeds};
    if (flags->jobs && param_set(&table[0], settings, flags->jobs, err) != OK)
        return err->status;
    if (flags->stop_after)
        param_set(&table[1], settings, flags->stop_after, err);
    return err->status;
}

/* Cells of this run that have not ended ok, or not ended at all. */
static int count_unfinished(const struct study *study, const char *only)
{
    int n = 0;

    for (int i = 0; i < study->plan.n; i++)
        n += plan_match(&study->plan.cell[i], only) &&
             !(study->there[i] && study->outcome[i].ending == END_OK);
    return n;
}

/* The result table, what did not end well, and where the report is. */
static enum status conclude(struct study *study, const struct run_flags *flags,
                            int *exit_status, struct error *err)
{
    struct outcome *cells = calloc((size_t)study->plan.n, sizeof *cells);
    int n = cells ? study_outcomes(study, cells) : 0;
    int unfinished = count_unfinished(study, flags->only);
    char report[FOLDER_PATH];
    bool no_gnuplot = false;

    if (unfinished)
        *exit_status = 1;
    if (!flags->quiet)
        report_print(cells, n, stdout);
    if (unfinished && !flags->quiet)
        printf("%d cells did not end ok, or not yet; see %s/results.csv\n", unfinished,
               study->folder.path);
    folder_path(&study->folder, "report", report);
    if (!flags->no_report && n > 0 && study_read_environment(study, err) == OK &&
        study_report(study, cells, n, report, &no_gnuplot, err) == OK && !flags->quiet)
        printf("report: %s/index.html\n", report);
    if (no_gnuplot)
        fprintf(stderr,
                "gnuplot is not installed: the report has no pictures (Debian: "
                "apt-get install gnuplot-nox, then bench report %s)\n",
                study->folder.path);
    free(cells);
    return err->status;
}

/* One run of one suite: what its steps need of each other. */
struct outing {
    const struct settings *settings;
    const struct run_flags *flags;
    struct dataset_cache *cache;
    double begun; /* clock_seconds */
    bool stopped; /* by --stop-after */
};

static struct scheduler_options scheduler_options_of(const struct outing *outing)
{
    double left = outing->begun + outing->settings->stop_after - clock_seconds();
    bool limited = outing->settings->stop_after > 0;

    return (struct scheduler_options){.jobs = outing->settings->jobs,
                                      .stop_after = !limited      ? 0
                                                    : left > 1e-3 ? left
                                                                  : 1e-3,
                                      .restart = outing->flags->restart,
                                      .quiet = outing->flags->quiet};
}

/* Where there is something to tune, there are two lists. */
static void print_heading(const struct study *study)
{
    if (study->main)
        printf("candidates, of which tuning chooses\n");
    else if (study->candidates.n > 0)
        printf(
            "\ncells of the suite, with the candidates chosen so far, else the first\n");
}

/* Runs the cells that are not finished, or says what they are. */
static enum status run_cells(struct study *study, struct outing *outing,
                             struct error *err)
{
    struct scheduler_options how = scheduler_options_of(outing);
    struct queue queue;

    /* nothing is written before suite and data have proved good */
    if (queue_make(&queue, study, outing->flags->only, outing->cache, err) != OK)
        return err->status;
    if (outing->flags->dry_run) {
        print_heading(study);
        queue_print(&queue, stdout);
    } else {
        scheduler_run(study, &queue, &how, &outing->stopped, err);
    }
    return err->status;
}

static const char *forgotten(const struct run_flags *flags)
{
    return !flags->restart ? NULL : flags->only ? flags->only : "*";
}

/* The suite's own cells are opened with the first candidates before any time goes into
 * finding the best ones; the choice makes them anew. */
static enum status tune(struct study *study, struct outing *outing, struct error *err)
{
    struct study tuning = {.folder.lock = -1};
    struct queue queue;

    if (study->candidates.n == 0)
        return OK;
    if (queue_make(&queue, study, outing->flags->only, outing->cache, err) == OK &&
        tuning_open(&tuning, study, forgotten(outing->flags), err) == OK &&
        run_cells(&tuning, outing, err) == OK &&
        tuning_choose(study, &tuning, err) == OK && !outing->flags->dry_run &&
        tuning_write(study, &tuning, err) == OK && !outing->flags->quiet &&
        !outing->stopped)
        printf("%s\n", study->tuned);
    study_close(&tuning);
    return err->status;
}

/* An interrupted run is reported too, as far as it came. */
static enum status run_and_conclude(struct study *study, struct outing *outing,
                                    int *exit_status, struct error *err)
{
    const struct run_flags *flags = outing->flags;
    struct error why = {0};

    if (!outing->stopped)
        run_cells(study, outing, &why);
    if (outing->stopped && !flags->quiet)
        printf("stopped after %s; run the same command again to go on\n",
               flags->stop_after);
    if (!flags->dry_run && (why.status == OK || why.status == ERR_INTERRUPTED))
        conclude(study, flags, exit_status, err);
    if (why.status != OK && err->status == OK)
        *err = why;
    return err->status;
}

static enum status run_study(struct study *study, const struct settings *settings,
                             const struct run_flags *flags, const char *out,
                             int *exit_status, struct error *err)
{
    struct outing outing = {.settings = settings,
                            .flags = flags,
                            .cache = calloc(1, sizeof *outing.cache),
                            .begun = clock_seconds()};

    if (!outing.cache)
        return error_set(err, ERR_MEMORY, "the machine has no memory left");
    data_folder(flags->data, outing.cache->folder, sizeof outing.cache->folder);
    if (folder_name(&study->folder, out, err) == OK && tune(study, &outing, err) == OK &&
        study_read(study, forgotten(flags), err) == OK)
        run_and_conclude(study, &outing, exit_status, err);
    dataset_cache_close(outing.cache);
    free(outing.cache);
    return err->status;
}

static enum status run_suite(const char *path, bool several,
                             const struct settings *settings,
                             const struct run_flags *flags, int *exit_status,
                             struct error *err)
{
    const char *warning = blas_warning();
    char out[FOLDER_PATH];
    struct study study;

    if (warning)
        fprintf(stderr, "warning: %s\n", warning);
    if (study_open(&study, path, settings->set, settings->n_set, err) == OK) {
        if (flags->out && !several)
            snprintf(out, sizeof out, "%s", flags->out);
        else
            snprintf(out, sizeof out, "%s/%s", flags->out ? flags->out : "out",
                     study.suite.name);
        run_study(&study, settings, flags, out, exit_status, err);
    }
    study_close(&study);
    return err->status;
}

/* Every suite is read before the first one runs, and each needs a folder of its own. */
static enum status check_suites(char **path, int n, const struct settings *settings,
                                struct error *err)
{
    char name[FLAG_MANY][LABEL_MOST + 1];
    struct study study;

    if (n > FLAG_MANY)
        return error_set(err, ERR_USAGE, "more than %d suites in one run", FLAG_MANY);
    for (int i = 0; i < n && err->status == OK; i++) {
        if (study_open(&study, path[i], settings->set, settings->n_set, err) == OK)
            snprintf(name[i], sizeof name[i], "%s", study.suite.name);
        study_close(&study);
        for (int j = 0; j < i && err->status == OK; j++)
            if (strcmp(name[i], name[j]) == 0)
                error_set(err, ERR_USAGE, "%s and %s are both named '%s'", path[j],
                          path[i], name[i]);
    }
    return err->status;
}

static enum status run(int argc, char **argv, int *exit_status, struct error *err)
{
    struct run_flags flags = {0};
    struct settings settings = {0};
    int n;

    if (read_flags(&flags, argc, argv, &n, err) == OK)
        understand(&flags, &settings, err);
    if (err->status == OK)
        check_suites(argv, n, &settings, err);
    for (int i = 0; err->status == OK && i < n; i++)
        run_suite(argv[i], n > 1, &settings, &flags, exit_status, err);
    for (int i = 0; i < FLAG_MANY; i++)
        free(settings.text[i]);
    return err->status;
}

const struct command command_run = {
    .name = "run",
    .about = "run the cells of a suite that are not finished, then write the report",
    .usage =
        "usage: bench run SUITE.yaml... [flags]\n"
        "\n"
        "Runs every cell of the suites that is not finished yet, then writes the "
        "report.\n"
        "A run that was interrupted or killed goes on where it stopped.\n"
        "\n"
        "  --out DIR          result folder (default out/<suite>; with several suites\n"
        "                     DIR/<suite>)\n"
        "  --data DIR         data directory (default $BENCH_DATA, else\n"
        "                     $XDG_DATA_HOME/bench, else ~/.local/share/bench)\n"
        "  --jobs N           cells at a time (default: jobs x threads fill the cores)\n"
        "  --only GLOB        only the cells whose name matches, for example '*/none/*'\n"
        "  --seeds N          seeds 1..N instead of the suite's\n"
        "  --set PATH=VALUE   override, for example learners.backprop.lr=0.01 (repeats)\n"
        "  --dry-run          print the cells and an estimate of the work; run nothing\n"
        "  --restart          forget what is there and start afresh\n"
        "  --no-report        tables only\n"
        "  --stop-after TIME  stop at a checkpoint after that time, for example '2 h'\n"
        "  --quiet            errors only\n"
        "\n"
        "Exit status: 0 every cell ended ok; 1 some did not; 2 bad usage, suite or "
        "data;\n"
        "130 interrupted. peak_rss_bytes in timing.csv is the kernel's figure for the "
        "whole\n"
        "process (BLAS buffers and the touched part of the data included); peak_bytes "
        "in\n"
        "results.csv counts what learner, strategy and batch took, exactly.\n",
    .run = run,
};
