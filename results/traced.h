/* trace.csv read back (bench/trace.h writes it): figures of an inference by name and
 * place, all tasks of a cell together. */
#ifndef RESULTS_TRACED_H
#define RESULTS_TRACED_H

#include "core/arena.h"

struct traced_row {
    char what[32]; /* "chain" */
    int at;        /* its place: a step, a block */
    double loss;   /* sum over the rows tested; NAN = it has none */
    double hits, total;
};

struct traced {
    struct traced_row *row; /* in the order in which name and place first come */
    int n;
};

/* From the arena. ERR_RESULT for a line that is none. */
enum status traced_load(struct traced *traced, const char *path, struct arena *arena,
                        struct error *err);

/* NULL = there is no such. */
const struct traced_row *traced_find(const struct traced *traced, const char *what,
                                     int at);

#endif
