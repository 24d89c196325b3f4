#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/commands/run_study.h"
#include "bench/commands/shard.h"
#include "bench/study/crew.h"
#include "core/base/clock.h"

struct request { /* the command line, read */
    const char *out;
    struct run_options options;
    const char *only[FLAG_MANY];
    struct override set[FLAG_MANY + 1]; /* each --set, and --seeds */
    char *text[FLAG_MANY + 1];          /* that set points into, to be freed */
    struct override_list overrides;
};

struct flag_texts { /* the flags as they are written */
    const char *jobs, *seeds, *shard, *stop_after, *set[FLAG_MANY];
    int n_set;
};

/* ---------------------------------------------------------------- the command line */

/* PATH=VALUE, split in a copy. */
static enum status read_override(const char *given, struct override *set, char **text,
                                 struct error *err)
{
    const char *equals = strchr(given, '=');

    if (!equals)
        return error_set(err, ERR_USAGE,
                         "--set takes PATH=VALUE, for example "
                         "--set learners.backprop.lr=0.01");
    *text = strdup(given);
    if (!*text)
        return error_no_memory(err);
    (*text)[equals - given] = '\0';
    *set = (struct override){*text, *text + (equals - given) + 1};
    return OK;
}

/* A number, or "1,2" for the list [1,2] of a suite file. */
static enum status set_seeds(const char *given, struct override *set, char **text,
                             struct error *err)
{
    bool list = strchr(given, ',') && given[0] != '[' && given[0] != '{';

    if (asprintf(text, list ? "[%s]" : "%s", given) < 0) {
        *text = NULL; /* it is not determined then */
        return error_no_memory(err);
    }
    *set = (struct override){"seeds", *text};
    return OK;
}

static enum status read_overrides(struct request *request, const struct flag_texts *texts,
                                  struct error *err)
{
    int n = texts->n_set;

    for (int i = 0; i < n; i++)
        if (read_override(texts->set[i], &request->set[i], &request->text[i], err) != OK)
            return err->status;
    if (texts->seeds &&
        set_seeds(texts->seeds, &request->set[n], &request->text[FLAG_MANY], err) != OK)
        return err->status;
    n += texts->seeds != NULL;
    request->overrides = (struct override_list){request->set, n};
    return OK;
}

static enum status read_number(struct run_options *options, const char *name,
                               const char *text, struct error *err)
{
    return text ? param_set(param_find(run_option_table, name), options, text, err) : OK;
}

static enum status read_request(struct request *request, int argc, char **argv, int *n,
                                struct error *err)
{
    struct run_options *options = &request->options;
    struct flag_texts texts = {0};
    const struct flag table[] = {
        {.name = "out", .value = &request->out},
        {.name = "data", .value = &options->data},
        {.name = "jobs", .value = &texts.jobs},
        {.name = "only", .value = request->only, .many = &options->only.n},
        {.name = "seeds", .value = &texts.seeds},
        {.name = "shard", .value = &texts.shard},
        {.name = "stop-after", .value = &texts.stop_after},
        {.name = "set", .value = texts.set, .many = &texts.n_set},
        {.name = "dry-run", .on = &options->dry_run},
        {.name = "restart", .on = &options->restart},
        {.name = "no-report", .on = &options->no_report},
        {.name = "no-shared-folder", .on = &options->apart},
        {.name = "quiet", .on = &options->quiet},
        {.name = NULL},
    };

    options->only.glob = request->only;
    options->begun = clock_seconds();
    if (flags_read(table, argc, argv, n, err) != OK)
        return err->status;
    if (*n == 0)
        return error_set(err, ERR_USAGE,
                         "bench run needs a suite file; see bench run --help");
    if (*n > FLAG_MANY)
        return error_set(err, ERR_USAGE, "more than %d suites in one run", FLAG_MANY);
    if ((texts.shard && shard_read(texts.shard, &options->shard, err) != OK) ||
        read_overrides(request, &texts, err) != OK ||
        read_number(options, "--jobs", texts.jobs, err) != OK)
        return err->status;
    return read_number(options, "--stop-after", texts.stop_after, err);
}

/* ---------------------------------------------------------------- the suites */

/* Every suite is read before the first one runs, and each needs a folder of its own. */
static enum status open_suites(struct study *study, char **path, int n,
                               const struct request *request, struct error *err)
{
    for (int i = 0; i < n; i++) {
        if (study_open(&study[i], path[i], &request->overrides, err) != OK) {
            suite_print_earlier(&study[i].suite, crew_is_hand() ? stdout : stderr);
            return err->status;
        }
        for (int k = 0; k < i; k++)
            if (strcmp(study[i].suite.name, study[k].suite.name) == 0)
                return error_set(err, ERR_USAGE, "%s and %s are both named '%s'", path[k],
                                 path[i], study[i].suite.name);
    }
    return OK;
}

static enum status run_suites(struct study *study, int n, const struct request *request,
                              int *exit_status, struct error *err)
{
    char out[FOLDER_PATH];

    for (int i = 0; i < n && err->status == OK; i++) {
        if (request->out && n == 1)
            snprintf(out, sizeof out, "%s", request->out);
        else
            snprintf(out, sizeof out, "%s/%s", request->out ? request->out : "out",
                     study[i].suite.name);
        run_study(&study[i], out, &request->options, exit_status, err);
    }
    return err->status;
}

static enum status open_and_run(char **path, int n, const struct request *request,
                                int *exit_status, struct error *err)
{
    struct study *study = calloc((size_t)n, sizeof *study);

    if (!study)
        return error_no_memory(err);
    for (int i = 0; i < n; i++)
        study[i].folder.lock = -1;
    if (open_suites(study, path, n, request, err) == OK)
        run_suites(study, n, request, exit_status, err);
    for (int i = 0; i < n; i++)
        study_close(&study[i]);
    free(study);
    return err->status;
}

static enum status run(int argc, char **argv, int *exit_status, struct error *err)
{
    struct request request = {0};
    int n;

    if (crew_open(err) == OK && read_request(&request, argc, argv, &n, err) == OK)
        open_and_run(argv, n, &request, exit_status, err);
    crew_close(err);
    for (int i = 0; i <= FLAG_MANY; i++)
        free(request.text[i]);
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
        "  --jobs N           cells at a time (default: jobs x threads fill the cores "
        "that\n"
        "                     the process may use); fewer where more would not fit into\n"
        "                     memory\n"
        "  --only GLOB        only the cells whose name matches, for example '*/none/*'\n"
        "                     (repeats: the cells that match any of them)\n"
        "  --seeds N          seeds 1..N instead of the suite's; 1,4 names them\n"
        "  --set PATH=VALUE   override, for example learners.backprop.lr=0.01 (repeats)\n"
        "  --shard K/N        train the K-th of N shares of the cells, beside the runs "
        "of the\n"
        "                     other shares in the same folder; the last one to end "
        "writes\n"
        "                     the report. slurm: the share of this task of a job array\n"
        "  --no-shared-folder under mpirun: send results and checkpoints to rank 0 even "
        "where\n"
        "                     the other ranks see its result folder\n"
        "  --dry-run          print the cells and an estimate of the work; run nothing\n"
        "  --restart          discard the results that are there and start again\n"
        "  --no-report        tables only\n"
        "  --stop-after TIME  stop at a checkpoint after that time, for example '2 h', "
        "of "
        "all\n"
        "                     suites together; exit status 1\n"
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
