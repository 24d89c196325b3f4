/* A study from its result folder alone. */
#ifndef BENCH_STUDY_OPEN_FOLDER_H
#define BENCH_STUDY_OPEN_FOLDER_H

#include "bench/study/study.h"

/* By the suite that the folder holds; options that are tuned have the values that the
 * outcomes of the candidates choose. Outcomes are read as by study_read. Closed by
 * study_close in any case. */
enum status study_open_folder(struct study *study, const char *path, struct error *err);

/* Whether the folder holds no cells, but the results.csv of some. */
bool study_is_table(const char *path);

/* Opens such a folder: the cells are the rows of the table (record_read). Without a
 * suite.resolved.yaml the suite has a name and what a report needs, and no path. Closed by
 * study_close in any case. */
enum status study_open_table(struct study *study, const char *path,
                             struct outcome **cells, int *n, struct error *err);

/* Writes the tables of an open folder anew where results.csv has another number of rows than
 * the study has outcomes: shards that were killed left it so. Nothing is done in a folder
 * that a run is writing to, or that cannot be written to. */
void study_mend_tables(struct study *study);

#endif
