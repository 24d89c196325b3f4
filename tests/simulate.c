/* A study of many cells without training: its folder is written cheaply, then the program's
 * own steps go through it, each in a process of its own. It measures how they grow; the
 * table of docs/cluster.md is made with it. Not a test: nothing here can fail but the steps.
 *
 *   simulate FOLDER STREAMS LEARNERS STRATEGIES SEEDS MISSING [STEP...]
 *
 * MISSING: how many of the cells are dispatched once more, to workers that record an outcome
 * and train nothing. STEP: only these steps, in the folder as an earlier call left it. */
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/commands/commands.h"
#include "bench/study/scheduler.h"
#include "core/base/clock.h"
#include "core/base/file.h"

enum { TASKS = 5, EVALUATIONS = TASKS + TASKS * (TASKS + 1) / 2 };

static struct shape_of_study {
    int streams, learners, strategies, seeds, missing;
} want;
static char folder[FOLDER_PATH / 4], suite[FOLDER_PATH / 2], out[FOLDER_PATH / 2];

/* ---------------------------------------------------------------- the study */

static enum status write_suite(struct error *err)
{
    struct file file;

    if (file_make_folder(folder, err) != OK || file_begin(&file, suite, err) != OK)
        return err->status;
    fprintf(file.out,
            "suite: simulated\nseeds: %d\ntraining: {batch: 10, steps: 2}\nstreams:\n",
            want.seeds);
    for (int i = 1; i <= want.streams; i++)
        fprintf(
            file.out,
            "  - {stream: split, id: stream-%d, dataset: synthetic-digits, tasks: %d, "
            "scenario: class, per_task: %d, test_per_task: 20}\n",
            i, TASKS, 20 + i);
    fprintf(file.out, "learners:\n");
    for (int i = 1; i <= want.learners; i++)
        fprintf(file.out, "  - {learner: backprop, id: rule-%d, net: mlp-%d}\n", i,
                3 + i);
    fprintf(file.out, "strategies:\n");
    for (int i = 1; i <= want.strategies; i++)
        fprintf(file.out,
                "  - {strategy: replay, id: replay-%d, buffer: {per_class: %d}}\n", i, i);
    return file_commit(&file, err);
}

/* Plausible, and different for every cell. */
static void invent(const struct cell *cell, struct outcome *outcome,
                   struct evaluation eval[EVALUATIONS])
{
    unsigned at = (unsigned)strtoul(cell->fingerprint, NULL, 16);
    int n = 0;

    folder_identify(cell, outcome);
    outcome->tests.n_task = TASKS;
    outcome->tests.chance = 0.1;
    for (int after = 0; after <= TASKS; after++)
        for (int task = 0; task < (after ? after : TASKS); task++)
            eval[n++] = (struct evaluation){.after_task = after,
                                            .step = 2 * after,
                                            .end = true,
                                            .task = task,
                                            .hits = (int)(at++ % 41),
                                            .total = 40};
    outcome->tests.eval = (struct evaluation_list){eval, n};
    outcome->cost.peak.total = outcome->cost.peak.part[TAG_WEIGHT] = 64 + at % 1000;
    outcome->cost.parameters = 100;
    outcome->cost.train_flops = 1e6 + at % 1000;
    outcome->timing.train_seconds = outcome->timing.cpu_seconds = 1 + 0.001 * (at % 997);
    outcome->timing.samples = 100;
    strcpy(outcome->origin.host, "simulated");
}

static enum status record(const struct folder *at, const struct cell *cell,
                          struct error *err)
{
    struct evaluation eval[EVALUATIONS];
    struct outcome outcome = {0};
    char path[FOLDER_PATH];

    if (folder_begin(at, cell, err) != OK)
        return err->status;
    invent(cell, &outcome, eval);
    folder_cell_path(at, cell, "status.json", path);
    return outcome_save(&outcome, path, err);
}

/* In place of a training. */
static enum training_end pretend(const struct training_task *task)
{
    if (record(task->settings->folder, task->cell, &task->page->error) != OK)
        return TRAINING_UNWRITTEN;
    task->page->n_recorded++;
    return TRAINING_RECORDED;
}

/* ---------------------------------------------------------------- the steps */

static enum status open_study(struct study *study, struct error *err)
{
    return study_open(study, suite, NULL, err) == OK
               ? folder_name(&study->folder, out, err)
               : err->status;
}

static void plan(struct error *err)
{
    struct study study;

    open_study(&study, err);
}

static void fill(struct error *err)
{
    struct study study;

    if (open_study(&study, err) != OK || folder_lock(&study.folder, err) != OK ||
        study_write_setup(&study, true, err) != OK)
        return;
    for (int i = 0; i < study.plan.n && err->status == OK; i++)
        record(&study.folder, &study.plan.cell[i], err);
}

static void scan(struct error *err)
{
    struct study study;

    if (open_study(&study, err) == OK)
        study_read(&study, NULL, err);
}

static void run_command(const struct command *command, const char *arguments,
                        struct error *err)
{
    char text[3 * FOLDER_PATH], *argv[16];
    int argc = 0, exit_status;

    snprintf(text, sizeof text, "%s", arguments);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    command->run(argc, argv, &exit_status, err);
}

static void dry_run(struct error *err)
{
    char arguments[3 * FOLDER_PATH];

    snprintf(arguments, sizeof arguments, "%s --out %s-none --dry-run", suite, out);
    run_command(&command_run, arguments, err);
}

static void nothing_left(struct error *err)
{
    char arguments[3 * FOLDER_PATH];

    snprintf(arguments, sizeof arguments, "%s --out %s --no-report --quiet", suite, out);
    run_command(&command_run, arguments, err);
}

static void report(struct error *err)
{
    run_command(&command_report, out, err);
}

/* Every cell that many behind the other loses its outcome, and is recorded anew. */
static void dispatch(struct error *err)
{
    struct dataset_cache cache = {0};
    struct study study;
    struct queue queue;
    bool stopped;
    char path[FOLDER_PATH];

    if (open_study(&study, err) != OK)
        return;
    for (int i = 0; i < want.missing; i++) {
        folder_cell_path(&study.folder,
                         &study.plan.cell[(int64_t)i * study.plan.n / want.missing],
                         "status.json", path);
        file_remove(path, err);
    }
    if (study_read(&study, NULL, err) == OK &&
        queue_make(&queue, &study, NULL, &cache, err) == OK)
        scheduler_run(
            &study, &queue,
            &(struct scheduler_options){.jobs = 2, .quiet = true, .train = pretend},
            &stopped, err);
}

/* ---------------------------------------------------------------- measuring */

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + 1e-6 * (double)time.tv_usec;
}

static const struct step {
    const char *name;
    void (*run)(struct error *err);
} steps[] = {
    {"plan", plan},     {"dry-run", dry_run},      {"fill", fill},
    {"scan", scan},     {"nothing", nothing_left}, {"dispatch", dispatch},
    {"report", report},
};

static bool is_wanted(const char *step, char **wanted)
{
    bool all = !*wanted;

    for (; *wanted; wanted++)
        all |= strcmp(*wanted, step) == 0;
    return all;
}

/* Runs the step in a process of its own, and prints what it took. */
static void measure(const struct step *step)
{
    double begun = clock_seconds();
    struct rusage use;
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        struct error err = {0};
        int nothing = open("/dev/null", O_WRONLY);

        dup2(nothing, STDOUT_FILENO);
        step->run(&err);
        if (err.status != OK)
            fprintf(stderr, "%s: %s\n", step->name, err.text);
        fflush(NULL);
        _exit(err.status != OK);
    }
    wait4(pid, &status, 0, &use);
    printf("%-14s %8.2f s CPU %8.2f s elapsed %7.1f MB%s\n", step->name,
           seconds(use.ru_utime) + seconds(use.ru_stime), clock_seconds() - begun,
           (double)use.ru_maxrss / 1e3, status ? "  failed" : "");
    fflush(stdout);
}

static void print_size(const char *name)
{
    char path[FOLDER_PATH];
    struct stat info;

    snprintf(path, sizeof path, "%s/%s", out, name);
    if (stat(path, &info) == 0)
        printf("%-20s %10.2f MB\n", name, (double)info.st_size / 1e6);
}

static void print_folder(void)
{
    char *roots[] = {out, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    long files = 0, folders = 0;
    double bytes = 0;
    FTSENT *at;

    while (walk && (at = fts_read(walk))) {
        files += at->fts_info == FTS_F;
        folders += at->fts_info == FTS_D;
        bytes += at->fts_info == FTS_F ? (double)at->fts_statp->st_size : 0;
    }
    if (walk)
        fts_close(walk);
    printf("%ld files and %ld folders, %.1f MB\n", files, folders, bytes / 1e6);
}

int main(int argc, char **argv)
{
    struct error err = {0};

    if (argc < 7) {
        fprintf(stderr,
                "usage: simulate FOLDER STREAMS LEARNERS STRATEGIES SEEDS MISSING "
                "[STEP...]\n");
        return 2;
    }
    snprintf(folder, sizeof folder, "%s", argv[1]);
    snprintf(suite, sizeof suite, "%s/suite.yaml", folder);
    snprintf(out, sizeof out, "%s/out", folder);
    want = (struct shape_of_study){atoi(argv[2]), atoi(argv[3]), atoi(argv[4]),
                                   atoi(argv[5]), atoi(argv[6])};
    if (write_suite(&err) != OK)
        return 1;
    printf("%d cells\n", want.streams * want.learners * want.strategies * want.seeds);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (is_wanted(steps[i].name, argv + 7))
            measure(&steps[i]);
    print_size("results.csv");
    print_size("accuracy.csv");
    print_size("report/index.html");
    print_folder();
    return 0;
}
