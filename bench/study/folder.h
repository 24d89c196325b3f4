/* The result folder of a suite: where each file is, what is finished, and a lock.
 *
 *   DIR/suite.resolved.yaml  environment.json  results.csv  accuracy.csv  timing.csv
 *   DIR/cells/<cell>/        settings.txt  status.json  stream.csv  loss.csv  trace.csv
 *                            log.txt  checkpoint
 *   DIR/report/ */
#ifndef BENCH_STUDY_FOLDER_H
#define BENCH_STUDY_FOLDER_H

#include "bench/plan/plan.h"
#include "results/data/outcome.h"

enum { FOLDER_PATH = 1024 };

struct folder {
    char path[FOLDER_PATH / 2];
    int lock;       /* file descriptor; -1 = read only */
    bool is_shared; /* with other shards of the same study */
};

/* Sets the folder's path; it need not exist, and nothing is written. */
enum status folder_name(struct folder *folder, const char *path, struct error *err);

/* Creates the folder and locks it against a second run; shards (`is_shared`) share it with
 * each other. A run that has it for itself removes the temporary files that killed runs
 * left. ERR_RESULT when it is in use, ERR_IO when it cannot be written to. */
enum status folder_lock(struct folder *folder, struct error *err);

/* In a shared folder: locks a training against other shards; false = another one has it.
 * Its settings but for outputs.test are hashed in `training` (fingerprint_training). Always
 * true in a folder that is not shared, or where the file system has no locks. */
bool folder_claim(const struct folder *folder, uint64_t training);
void folder_release(const struct folder *folder, uint64_t training);

/* In a shared folder: waits until nobody else writes its tables and report, and keeps
 * others from it until folder_close. */
void folder_claim_tables(const struct folder *folder);

/* Gives up every lock. */
void folder_close(struct folder *folder);

void folder_path(const struct folder *folder, const char *name, char out[FOLDER_PATH]);
void folder_cell_path(const struct folder *folder, const struct cell *cell,
                      const char *name, char out[FOLDER_PATH]);

/* With `restart`, removes what a cell's folder holds. ERR_RESULT when the folder has the
 * cell with other settings: the text names the keys that differ. */
enum status folder_prepare(const struct folder *folder, const struct cell *cell,
                           bool restart, struct error *err);

/* Creates the cell's folder and writes its settings there. */
enum status folder_begin(const struct folder *folder, const struct cell *cell,
                         struct error *err);

/* Reads the outcome of a cell; *found: there is one, with the cell's fingerprint. Its
 * lists are in the arena. ERR_DAMAGED for a damaged file, ERR_RESULT for one of another
 * format. */
enum status folder_outcome(const struct folder *folder, const struct cell *cell,
                           struct arena *arena, struct outcome *outcome, bool *found,
                           struct error *err);

/* false = worth another try: crashed, out of memory, timeout. */
bool folder_final(const struct outcome *outcome);

/* Sets what every outcome of the cell has in common: its names and settings. */
void folder_identify(const struct cell *cell, struct outcome *outcome);

/* How many cells in the folder the plan does not have; the name of one of them in
 * `first`. */
int folder_unplanned(const struct folder *folder, const struct plan *plan, char *first,
                     size_t n);

#endif
