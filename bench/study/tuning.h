/* Tuning: which of the values {tune: [...]} the cells of a suite get.
 *
 * Every combination of them, for every learner x strategy x stream, is a candidate: a
 * cell of its own on the first tasks of the stream (`tuning: {tasks: 2}`), tested on
 * images that were held out of their training data and never on test images. The
 * candidate with the best mean accuracy over the seeds of the tuning is chosen, the first
 * of equals. One that did not end ok on every seed cannot be chosen; if none did, the
 * first one is, to show what it does.
 *
 * Candidates are kept in DIR/tuning like the cells of any suite. The choice is computed
 * from their outcomes each time the folder is opened, so that it depends on nothing else.
 * DIR/tuning.csv lists every candidate. */
#ifndef BENCH_STUDY_TUNING_H
#define BENCH_STUDY_TUNING_H

#include "bench/study/study.h"

/* The study of the candidates, with the outcomes in the folder except those that match
 * the globs `forget` (NULL = none). Closed by study_close, before `study` is. */
enum status tuning_open(struct study *tuning, const struct study *study,
                        const struct globs *forget, struct error *err);

/* Chooses: the study's plan is made again with the chosen values, and study->tuned says
 * what was tried. A missing outcome counts as one that did not end ok. */
enum status tuning_choose(struct study *study, const struct study *tuning,
                          struct error *err);

/* tuning.csv in the study's folder. */
enum status tuning_write(const struct study *study, const struct study *tuning,
                         struct error *err);

#endif
