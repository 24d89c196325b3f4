/* What is probably a mistake in a stream's data, though it can be run. */
#ifndef BENCH_DATA_DOUBTS_H
#define BENCH_DATA_DOUBTS_H

#include "bench/data/scenario.h"

enum { DOUBTS_MOST = 3 };

/* Fills list with texts from the arena and returns how many there are:
 *
 *   - a class of the data set without a single image, whose output competes all the same
 *     (labels that begin at 1, as in EMNIST letters)
 *   - a class that is tested, but that no training image has
 *   - a data set joined with itself where all tasks compete: images of one kind have two
 *     labels */
int doubts_of(const struct scenario *scenario, const char *list[DOUBTS_MOST],
              struct arena *arena);

#endif
