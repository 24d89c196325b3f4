/* Tuning: which of the values {tune: [...]} a suite goes on with.
 *
 * Every combination of them, for every learner x strategy x stream, is a candidate: a
 * cell of its own on the first tasks of the stream (`tuning: {tasks: 2}`), judged by
 * images that were held out of their training data and never by test images. The best
 * mean accuracy over the tuning's seeds wins, the first of equals; a candidate that did
 * not end ok on every seed cannot win, and where none did the first one goes on, to show
 * what it does.
 *
 * Candidates are kept in DIR/tuning like the cells of any suite. The choice is made anew
 * from their outcomes whenever the folder is opened, so that it depends on nothing but
 * them. DIR/tuning.csv lists every candidate. */
#ifndef BENCH_STUDY_TUNING_H
#define BENCH_STUDY_TUNING_H

#include "bench/study/study.h"

/* The study of the candidates, with the outcomes that are there, but for those that match
 * the glob `forget`; NULL = all. Closed by study_close. `study` stands as long. */
enum status tuning_open(struct study *tuning, const struct study *study,
                        const char *forget, struct error *err);

/* Makes the choice: the study's plan is unfolded anew with it, study->tuned says what was
 * tried. Where outcomes are missing it is as if they had not ended ok. */
enum status tuning_choose(struct study *study, const struct study *tuning,
                          struct error *err);

/* tuning.csv in the study's folder. */
enum status tuning_write(const struct study *study, const struct study *tuning,
                         struct error *err);

#endif
