/* The rows of a task, listed in the order of the data set. */
#ifndef TASKS_STREAMS_SUBSET_H
#define TASKS_STREAMS_SUBSET_H

#include "core/base/arena.h"
#include "core/plug/stream.h"

/* The images of one part of a data set. */
const struct images *subset_images(const struct dataset *data, enum part part);

/* The rows whose class is numbered within `range`; number[c] is the number that the
 * stream gives to class c of the data set. n = 0 where there are none, or the arena is
 * full. */
struct subset subset_of_classes(struct arena *arena, const struct images *images,
                                const int32_t *number, struct range range);

/* All rows; class c of the data set gets the number first + c. `like`, if not NULL, is
 * another such subset of the same images, whose list of rows is shared. */
struct subset subset_of_all(struct arena *arena, const struct images *images, int first,
                            const struct subset *like);

/* All rows for each of n tasks, class y being t n_class + y in task t. NULL = the arena
 * is full. */
struct subset *subset_of_all_each(struct arena *arena, const struct dataset *data,
                                  enum part part, int n);

#endif
