#include "bench/commands/run_study.h"

#include <stdio.h>
#include <stdlib.h>

#include "bench/study/crew.h"
#include "bench/study/tuning.h"
#include "core/base/clock.h"
#include "core/base/ranks.h"
#include "core/nn/blas.h"
#include "results/report/report.h"
#include "tasks/formats/catalogue.h"

const struct param run_option_table[] = {
    {.name = "--jobs",
     .type = PARAM_INT,
     .offset = offsetof(struct run_options, jobs),
     .default_text = "1",
     .min = 1,
     .max = 4096},
    {.name = "--stop-after",
     .type = PARAM_TIME,
     .offset = offsetof(struct run_options, stop_after),
     .default_text = "0"},
    {.name = NULL},
};

/* One run of a study: what its steps share. */
struct session {
    const struct run_options *options;
    struct dataset_cache *cache;
    double begun; /* clock_seconds */
    bool stopped; /* by --stop-after */
    bool waits;   /* other shards have candidates that tuning needs */
};

/* ---------------------------------------------------------------- the cells */

static struct scheduler_options scheduler_options_of(const struct session *session)
{
    const struct run_options *options = session->options;
    double left = session->begun + options->stop_after - clock_seconds();
    bool limited = options->stop_after > 0;

    return (struct scheduler_options){.jobs = options->jobs,
                                      .stop_after = !limited      ? 0
                                                    : left > 1e-3 ? left
                                                                  : 1e-3,
                                      .restart = options->restart,
                                      .apart = options->apart,
                                      .cache = session->cache,
                                      .quiet = options->quiet};
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

static void print_warnings(const struct queue *queue, const struct dataset_cache *cache)
{
    for (int i = 0; i < cache->n; i++)
        if (cache->cached[i].elsewhere)
            fprintf(stderr,
                    "warning: %s is not beside the suite file: read from the working "
                    "directory\n",
                    cache->cached[i].name);
    for (int i = 0; i < queue->warnings.n; i++)
        fprintf(stderr, "warning: %s\n", queue->warnings.text[i]);
}

/* Runs the cells that are not finished, or says what they are. */
static enum status run_unfinished(struct study *study, struct session *session,
                                  struct error *err)
{
    struct scheduler_options how = scheduler_options_of(session);
    struct queue queue = {.plan = &study->plan};

    if (crew_is_hand()) /* the leader has the queue */
        return session->options->dry_run
                   ? OK
                   : scheduler_run(study, &queue, &how, &session->stopped, err);
    /* nothing is written before the suite and the data have been checked */
    if (queue_make(&queue, study, &session->options->only, session->cache, err) != OK)
        return err->status;
    if (!study->main && !session->options->quiet)
        print_warnings(&queue, session->cache);
    if (session->options->dry_run) {
        print_heading(study);
        queue_print(&queue, stdout);
    } else {
        scheduler_run(study, &queue, &how, &session->stopped, err);
    }
    return err->status;
}

/* The cells whose outcomes are not read; NULL = all are read. */
static const struct globs *forgotten(const struct run_options *options)
{
    return options->restart ? &options->only : NULL;
}

/* Cells of the plan that have no outcome yet. */
static int count_missing(const struct study *study, const struct globs *only)
{
    int n = 0;

    for (int i = 0; i < study->plan.n; i++)
        n += !study->there[i] && study_match(study, &study->plan.cell[i], only);
    return n;
}

/* Without all candidates a shard would choose others than its fellows. */
static bool must_wait(const struct study *tuning, struct session *session)
{
    const struct run_options *options = session->options;

    session->waits = tuning->shard.n > 0 && !options->dry_run &&
                     count_missing(tuning, &options->only) > 0;
    crew_share(&session->waits, sizeof session->waits);
    return session->waits;
}

/* Before any time goes into the candidates the suite's own cells are opened, with the
 * first candidate of each; the choice unfolds them again. */
static enum status tune(struct study *study, struct session *session, struct error *err)
{
    const struct run_options *options = session->options;
    struct study tuning = {.folder.lock = -1};
    struct queue queue;

    if (study->candidates.n == 0)
        return OK;
    if ((crew_is_hand() ||
         queue_make(&queue, study, &options->only, session->cache, err) == OK) &&
        tuning_open(&tuning, study, forgotten(options), err) == OK &&
        run_unfinished(&tuning, session, err) == OK && !must_wait(&tuning, session) &&
        tuning_choose(study, &tuning, err) == OK && !options->dry_run &&
        !crew_is_hand() && tuning_write(study, &tuning, err) == OK && !options->quiet &&
        !session->stopped)
        printf("%s\n", study->tuned);
    study_close(&tuning);
    return err->status;
}

/* ---------------------------------------------------------------- the report */

/* Cells of this run that have not ended ok, or not ended at all. */
static int count_unfinished(const struct study *study, const struct globs *only)
{
    int n = 0;

    for (int i = 0; i < study->plan.n; i++)
        n += study_is_mine(study, i) && plan_match(&study->plan.cell[i], only) &&
             !(study->there[i] && study->outcome[i].ending == END_OK);
    return n;
}

bool tell_missing_pictures(const struct pictures *pictures, const char *folder)
{
    if (pictures->no_gnuplot)
        fprintf(stderr,
                "gnuplot is not installed: the report has no pictures (Debian: "
                "apt-get install gnuplot-nox, then bench report %s)\n",
                folder);
    if (pictures->n_failed > 0)
        fprintf(stderr, "warning: %d picture(s) of the report are missing: %s\n",
                pictures->n_failed, pictures->first.text);
    return pictures->n_failed > 0;
}

static enum status write_report(struct study *study, const struct run_options *options,
                                const struct outcome *cells, int n, int *exit_status,
                                struct error *err)
{
    char report[FOLDER_PATH];
    struct pictures pictures = {.jobs = options->jobs};

    folder_path(&study->folder, "report", report);
    if (study_read_environment(study, err) == OK &&
        study_report(study, cells, n, report, &pictures, err) == OK && !options->quiet)
        printf("report: %s/index.html\n", report);
    if (tell_missing_pictures(&pictures, study->folder.path))
        *exit_status = 1;
    return err->status;
}

/* The other shards are not done. */
static enum status conclude_shard(const struct study *study, int missing,
                                  const struct run_options *options)
{
    if (!options->quiet)
        printf("%d cell%s of the study %s not there yet; the shard that ends last writes "
               "the report\n",
               missing, missing == 1 ? "" : "s", missing == 1 ? "is" : "are");
    return OK;
}

/* The result table, what did not end well, and where the report is. */
static enum status conclude(struct study *study, const struct run_options *options,
                            int *exit_status, struct error *err)
{
    int n, unfinished = count_unfinished(study, &options->only);
    int missing = count_missing(study, &options->only);
    const struct outcome *cells = study_gather(study, &n);

    if (unfinished)
        *exit_status = 1;
    if (study->shard.n > 0 && missing > 0)
        return conclude_shard(study, missing, options);
    if (!options->quiet)
        report_print(cells, n, NULL, stdout);
    report_print_failures(cells, n, stderr);
    if (unfinished && !options->quiet)
        fprintf(stderr, "%d cell%s did not end ok, or not yet; see %s/results.csv\n",
                unfinished, unfinished == 1 ? "" : "s", study->folder.path);
    if (!options->no_report && n > 0)
        write_report(study, options, cells, n, exit_status, err);
    return err->status;
}

/* An interrupted run is reported too, as far as it came. */
static enum status run_and_conclude(struct study *study, struct session *session,
                                    int *exit_status, struct error *err)
{
    struct run_options options = *session->options;
    struct error why = {0};
    char time[PARAM_PRINT_MAX];

    if (session->waits) {
        printf("other shards have candidates that are not finished; run the same command "
               "again when all shards have ended\n");
        *exit_status = 1;
        return OK;
    }
    if (!session->stopped)
        run_unfinished(study, session, &why);
    if (session->stopped && !options.quiet) {
        param_print(param_find(run_option_table, "--stop-after"), &options, time,
                    sizeof time);
        printf("stopped after %s; run the same command again to go on\n", time);
    }
    /* mpirun kills soon */
    options.no_report |= why.status == ERR_INTERRUPTED && ranks_count() > 1;
    if (!options.dry_run && !crew_is_hand() &&
        (why.status == OK || why.status == ERR_INTERRUPTED))
        conclude(study, &options, exit_status, err);
    if (why.status != OK && err->status == OK)
        *err = why;
    return err->status;
}

enum status run_study(struct study *study, const char *out,
                      const struct run_options *options, int *exit_status,
                      struct error *err)
{
    struct session session = {.options = options,
                              .cache = calloc(1, sizeof *session.cache),
                              .begun =
                                  options->begun > 0 ? options->begun : clock_seconds()};
    const char *warning = blas_warning();

    if (!session.cache)
        return error_no_memory(err);
    if (warning && !crew_is_hand())
        fprintf(stderr, "warning: %s\n", warning);
    study->shard = options->shard;
    data_folder(options->data, session.cache->folder, sizeof session.cache->folder);
    dataset_cache_beside(session.cache, study->suite.path);
    study->folder.is_shared = study->shard.n > 0;
    if (folder_name(&study->folder, out, err) == OK && tune(study, &session, err) == OK &&
        (crew_is_hand() || study_read(study, forgotten(options), err) == OK))
        run_and_conclude(study, &session, exit_status, err);
    dataset_cache_close(session.cache);
    free(session.cache);
    return err->status;
}
