/* The result tables of a folder: results.csv, accuracy.csv and timing.csv
 * (results/data/csv.h). The first can be read back.
 *
 * One row per cell or evaluation, in the order given; a missing value is an empty field.
 * Tasks are counted from 1, as in every file but status.json; docs/results.md has all
 * columns.
 * results.csv and accuracy.csv depend on nothing that varies from run to run. */
#ifndef RESULTS_DATA_RECORD_H
#define RESULTS_DATA_RECORD_H

#include "results/data/outcome.h"

/* (Re)writes the tables in the folder, each whole or not at all; probe.csv where a cell
 * was probed (evaluation.probe). Outcomes without a cell's name are left out. */
enum status record_write(const struct outcome *cells, int n, const char *folder,
                         struct error *err);

/* The cells as far as results.csv describes them, in its order: names, how they ended,
 * number of tasks, memory, parameters and training FLOPs, and the metrics of its columns
 * (`stored`); times are NAN. Training counts as pooled where there is an accuracy and no
 * learning accuracy. Everything is taken from the arena. ERR_RESULT for any other file. */
enum status record_read(const char *path, struct arena *arena, struct outcome **cells,
                        int *n, struct error *err);

/* The same from a text of n_text bytes, which ends with a NUL and is taken apart in
 * place; `path` is what errors are shown with. */
enum status record_parse(char *text, size_t n_text, const char *path, struct arena *arena,
                         struct outcome **cells, int *n, struct error *err);

#endif
