/* The result folder of a suite: where each file is, what is finished, who is writing.
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
    int lock; /* file descriptor; -1 = read only */
};

/* Names the folder; it need not exist, and nothing is written. */
enum status folder_name(struct folder *folder, const char *path, struct error *err);

/* Makes the folder and locks it against a second run. ERR_RESULT when it is in use,
 * ERR_IO when it cannot be written to. */
enum status folder_lock(struct folder *folder, struct error *err);
void folder_close(struct folder *folder);

void folder_path(const struct folder *folder, const char *name, char out[FOLDER_PATH]);
void folder_cell_path(const struct folder *folder, const struct cell *cell,
                      const char *name, char out[FOLDER_PATH]);

/* Clears the way for a cell: leftovers of a killed run are removed, and with `restart`
 * everything that is there. ERR_RESULT when the folder holds the same cell with other
 * settings: the text names the keys that differ. */
enum status folder_prepare(const struct folder *folder, const struct cell *cell,
                           bool restart, struct error *err);

/* Makes the cell's folder and writes its settings there. */
enum status folder_begin(const struct folder *folder, const struct cell *cell,
                         struct error *err);

/* The outcome of a cell, if there is one of the same fingerprint; eval from the arena.
 * ERR_RESULT for a damaged file. */
enum status folder_outcome(const struct folder *folder, const struct cell *cell,
                           struct arena *arena, struct outcome *outcome, bool *found,
                           struct error *err);

/* Whether an outcome is final, or worth another try (crashed, memory, timeout). */
bool folder_final(const struct outcome *outcome);

/* Identity and settings of a cell, as every outcome of it has them. */
void folder_identify(const struct cell *cell, struct outcome *outcome);

/* How many cells in the folder the plan does not have; the name of one of them in
 * `first`. */
int folder_unplanned(const struct folder *folder, const struct plan *plan, char *first,
                     size_t n);

#endif
