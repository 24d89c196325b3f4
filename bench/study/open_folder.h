/* A study from its result folder alone. */
#ifndef BENCH_STUDY_OPEN_FOLDER_H
#define BENCH_STUDY_OPEN_FOLDER_H

#include "bench/study/study.h"

/* By the suite that the folder holds; options that are tuned have the values that the
 * outcomes of the candidates choose. Outcomes are read as by study_read. Closed by study_close in any
 * case. */
enum status study_open_folder(struct study *study, const char *path, struct error *err);

#endif
