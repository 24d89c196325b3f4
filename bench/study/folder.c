#include "bench/study/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/plan/fingerprint.h"
#include "bench/plan/settings_diff.h"
#include "bench/study/lock.h"
#include "core/base/buckets.h"
#include "core/base/file.h"

void folder_path(const struct folder *folder, const char *name, char out[FOLDER_PATH])
{
    snprintf(out, FOLDER_PATH, "%s/%s", folder->path, name);
}

void folder_cell_path(const struct folder *folder, const struct cell *cell,
                      const char *name, char out[FOLDER_PATH])
{
    snprintf(out, FOLDER_PATH, "%s/cells/%s/%s", folder->path, cell->id, name);
}

enum status folder_name(struct folder *folder, const char *path, struct error *err)
{
    folder->lock = -1;
    if (!*path)
        return error_set(err, ERR_USAGE, "the result folder has an empty name");
    if (strlen(path) >= sizeof folder->path)
        return error_set(err, ERR_USAGE, "the path of the result folder is too long: %s",
                         path);
    strcpy(folder->path, path);
    return OK;
}

/* Temporary files of runs that were killed: in the folder itself, its cells and its
 * report. Whoever else writes there now is alive (`bench report` takes no lock). */
static void remove_leftovers(const struct folder *folder)
{
    char top[FOLDER_PATH], *roots[] = {top, NULL};
    FTS *walk;
    FTSENT *at;

    snprintf(top, sizeof top, "%s", folder->path);
    walk = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR | FTS_NOSTAT, NULL);
    while (walk && (at = fts_read(walk))) {
        if (at->fts_info == FTS_D && at->fts_level == 1 &&
            strcmp(at->fts_name, "cells") != 0 && strcmp(at->fts_name, "report") != 0)
            fts_set(walk, at, FTS_SKIP);
        else if (at->fts_info == FTS_NSOK && file_is_leftover(at->fts_name))
            unlink(at->fts_accpath);
    }
    if (walk)
        fts_close(walk);
}

/* srun without MPI starts programs that do not know of each other. */
static const char *busy_hint(void)
{
    const char *tasks = getenv("SLURM_STEP_NUM_TASKS");

    return tasks && atoi(tasks) > 1 ? "; the tasks of srun share a run where it is given "
                                      "--mpi=pmix and 'bench "
                                      "--version' names an MPI"
                                    : "";
}

/* Bytes of .lock. A training has the one of its hash, from BYTE_TRAINING on. */
enum { BYTE_FOLDER, BYTE_TABLES, BYTE_TRAINING };

static enum status lock_folder(struct folder *folder, struct error *err)
{
    switch (lock_take(folder->lock, BYTE_FOLDER, !folder->is_shared, false)) {
    case LOCK_TAKEN:
        return OK;
    case LOCK_BUSY:
        folder_close(folder);
        return error_set(
            err, ERR_RESULT,
            "another bench run is writing to %s; wait for it or choose another "
            "--out%s",
            folder->path, busy_hint());
    default:
        fprintf(stderr,
                "warning: the file system of %s has no locks: see to it that no other "
                "run writes there\n",
                folder->path);
        return OK;
    }
}

/* The temporary files of other hosts' processes cannot be told from those of dead ones:
 * they are left to a run that has the folder for itself. */
enum status folder_lock(struct folder *folder, struct error *err)
{
    char file[FOLDER_PATH];

    folder_path(folder, "cells", file);
    if (file_make_folder(file, err) != OK)
        return err->status;
    folder_path(folder, ".lock", file);
    folder->lock = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (folder->lock < 0)
        return error_set(err, ERR_IO, "cannot write to the result folder %s: %s",
                         folder->path, strerror(errno));
    if (lock_folder(folder, err) != OK)
        return err->status;
    if (!folder->is_shared)
        remove_leftovers(folder);
    return OK;
}

static uint64_t byte_of(uint64_t training)
{
    return BYTE_TRAINING + (training >> 2);
}

bool folder_claim(const struct folder *folder, uint64_t training)
{
    return !folder->is_shared ||
           lock_take(folder->lock, byte_of(training), true, false) != LOCK_BUSY;
}

void folder_release(const struct folder *folder, uint64_t training)
{
    if (folder->is_shared)
        lock_drop(folder->lock, byte_of(training));
}

void folder_claim_tables(const struct folder *folder)
{
    if (folder->is_shared)
        lock_take(folder->lock, BYTE_TABLES, true, true);
}

void folder_close(struct folder *folder)
{
    if (folder->lock >= 0)
        close(folder->lock);
    folder->lock = -1;
}

static enum status compare_settings(const char *path, const struct cell *cell,
                                    struct error *err)
{
    struct arena arena = {0};
    char *before, keys[256];
    const char *now;

    if (!file_exists(path))
        return OK;
    if (arena_open_required(&arena, err) == OK &&
        file_read(path, &arena, &before, NULL, err) == OK &&
        strcmp(before, (now = fingerprint_settings(cell, &arena))) != 0) {
        if (*before)
            settings_diff(before, now, "", keys, sizeof keys);
        else
            strcpy(keys, "its settings.txt is empty");
        error_set(err, ERR_RESULT,
                  "cell '%s' is already there with other settings (%s); use --restart to "
                  "replace it, or another --out",
                  cell->id, keys);
    }
    arena_close(&arena);
    return err->status;
}

enum status folder_prepare(const struct folder *folder, const struct cell *cell,
                           bool restart, struct error *err)
{
    static const char *const files[] = {"settings.txt", "status.json", "loss.csv",
                                        "trace.csv",    "stream.csv",  "log.txt",
                                        "checkpoint"};
    char path[FOLDER_PATH];

    for (size_t i = 0; restart && i < sizeof files / sizeof *files; i++) {
        folder_cell_path(folder, cell, files[i], path);
        if (file_remove(path, err) != OK)
            return err->status;
    }
    folder_cell_path(folder, cell, "settings.txt", path);
    return compare_settings(path, cell, err);
}

enum status folder_begin(const struct folder *folder, const struct cell *cell,
                         struct error *err)
{
    char path[FOLDER_PATH];
    struct file file;

    folder_cell_path(folder, cell, "", path);
    if (file_make_folder(path, err) != OK)
        return err->status;
    folder_cell_path(folder, cell, "settings.txt", path);
    if (file_exists(path))
        return OK;
    if (file_begin(&file, path, err) != OK)
        return err->status;
    fingerprint_print_settings(cell, file.out);
    return file_put(&file, err);
}

/* What the plan knows and the file does not have. */
static void set_planned(const struct cell *cell, struct outcome *outcome)
{
    outcome->context.shown = (struct outcome_shown){
        cell->stream_shown, cell->learner_shown, cell->strategy_shown};
    outcome->context.epochs = cell->training.epochs;
    outcome->context.competing = stream_setup_competing(&cell->setup);
    outcome->context.keeps_past =
        cell->strategy->mix || cell->strategy->train_on != TRAIN_ON_TASK;
}

enum status folder_outcome(const struct folder *folder, const struct cell *cell,
                           struct arena *arena, struct outcome *outcome, bool *found,
                           struct error *err)
{
    char path[FOLDER_PATH];
    struct error why = {0};

    *found = false;
    folder_cell_path(folder, cell, "status.json", path);
    if (outcome_load(outcome, path, arena, &why) != OK) {
        if (why.status != ERR_IO || file_exists(path))
            *err = why;
        return err->status;
    }
    set_planned(cell, outcome);
    *found = strcmp(outcome->id.fingerprint, cell->fingerprint) == 0;
    outcome->context.settings = cell->settings;
    if (cell->evaluating.trace == TRACE_NO)
        return OK;
    folder_cell_path(folder, cell, "trace.csv", path);
    if (file_exists(path))
        outcome->context.trace = arena_text(arena, "%s", path);
    return OK;
}

bool folder_final(const struct outcome *outcome)
{
    return outcome->ending == END_OK || outcome->ending == END_DIVERGED;
}

static void set_text(char *to, size_t n, const char *from)
{
    size_t length = strnlen(from, n - 1);

    memcpy(to, from, length);
    to[length] = '\0';
}

void folder_identify(const struct cell *cell, struct outcome *outcome)
{
    set_text(outcome->id.cell, sizeof outcome->id.cell, cell->id);
    set_text(outcome->id.fingerprint, sizeof outcome->id.fingerprint, cell->fingerprint);
    set_text(outcome->id.stream, sizeof outcome->id.stream, cell->stream_id);
    outcome->id.dataset = cell->setup.dataset;
    set_text(outcome->id.scenario, sizeof outcome->id.scenario,
             scenario_name(cell->setup.scenario));
    set_text(outcome->id.learner, sizeof outcome->id.learner, cell->learner_id);
    set_text(outcome->id.strategy, sizeof outcome->id.strategy, cell->strategy_id);
    set_text(outcome->id.seed, sizeof outcome->id.seed, cell->seed);
    outcome->tests.pooled = cell->strategy->train_on == TRAIN_ON_ALL;
    outcome->tests.future = cell->evaluating.future;
    outcome->tests.dense = cell->evaluating.every > 0;
    outcome->cost.threads = cell->training.threads;
    set_planned(cell, outcome);
}

static bool planned(const struct plan *plan, const struct buckets *by_id, const char *id)
{
    int i = buckets_first(by_id, fingerprint_hash(id));

    while (i >= 0 && strcmp(plan->cell[i].id, id) != 0)
        i = buckets_next(by_id, i);
    return i >= 0;
}

/* Walks the cells of the folder. */
static int count_unplanned(const struct folder *folder, const struct plan *plan,
                           const struct buckets *by_id, char *first, size_t n)
{
    char cells[FOLDER_PATH], *roots[] = {cells, NULL};
    FTS *walk;
    FTSENT *at;
    int unplanned = 0;

    folder_path(folder, "cells", cells);
    walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
    while (walk && (at = fts_read(walk))) {
        if (strcmp(at->fts_name, "status.json") != 0)
            continue;
        at->fts_path[at->fts_pathlen - strlen("/status.json")] = '\0';
        if (planned(plan, by_id, at->fts_path + strlen(cells) + 1))
            continue;
        if (unplanned++ == 0)
            set_text(first, n, at->fts_path + strlen(cells) + 1);
    }
    if (walk)
        fts_close(walk);
    return unplanned;
}

int folder_unplanned(const struct folder *folder, const struct plan *plan, char *first,
                     size_t n)
{
    struct buckets by_id;
    struct error err = {0};
    int unplanned = 0;

    if (buckets_open(&by_id, (size_t)plan->n, &err) == OK) {
        for (int i = 0; i < plan->n; i++)
            buckets_add(&by_id, fingerprint_hash(plan->cell[i].id), i);
        unplanned = count_unplanned(folder, plan, &by_id, first, n);
    }
    buckets_close(&by_id);
    return unplanned;
}
