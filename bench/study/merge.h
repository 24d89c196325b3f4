/* The outcomes of several result folders in one list, each experiment once. */
#ifndef BENCH_STUDY_MERGE_H
#define BENCH_STUDY_MERGE_H

#include "bench/study/study.h"
#include "core/base/buckets.h"

struct merge {
    struct arena arena;   /* what the outcomes point to */
    struct outcome *cell; /* n */
    const char **from;    /* n: the folder of each */
    int n;
    struct buckets by_fingerprint, by_row; /* cell */
};

enum status merge_open(struct merge *merge, struct error *err);
void merge_close(struct merge *merge); /* due in any case */

/* Adds the outcomes of a study, and copies what they point to: the study can be closed.
 * One that ended ok takes the place of the same experiment that did not. ERR_RESULT where
 * a row of the report (cells whose ids differ only in the seed) would be a mean over
 * different experiments. */
enum status merge_add(struct merge *merge, const struct study *study, struct error *err);

/* Opens the result folder as study_open_folder does. Where it was made by the same suite
 * as another study, whose options are not tuned, its plan is not made again; that study
 * has to stay open as long. */
enum status merge_open_folder(struct study *study, const struct study *other,
                              const char *path, struct error *err);

#endif
