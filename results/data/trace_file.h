/* The last evaluation of a trace.csv read back (bench/run/trace.h writes it): figures of
 * an inference by name and place, all tasks of a cell together. */
#ifndef RESULTS_DATA_TRACE_FILE_H
#define RESULTS_DATA_TRACE_FILE_H

#include "core/base/arena.h"

struct trace_file_row {
    char what[32]; /* "chain" */
    int at;        /* its place: a step, a block */
    double loss;   /* sum over the rows tested; NAN = it has none */
    double hits, total;
    long long step; /* batches trained; 0 in files of programs that did not note it */
};

struct trace_file {
    struct trace_file_row *row; /* in the order in which name and place first come */
    int n;
};

/* From the arena. ERR_RESULT for a line that is not one of a trace. */
enum status trace_file_load(struct trace_file *traced, const char *path,
                            struct arena *arena, struct error *err);

/* The same from a text of n bytes, which ends with a NUL and is taken apart in place;
 * `path` is what errors are shown with. */
enum status trace_file_parse(struct trace_file *traced, char *text, size_t n,
                             const char *path, struct arena *arena, struct error *err);

/* NULL = there is none. */
const struct trace_file_row *trace_file_find(const struct trace_file *traced,
                                             const char *what, int at);

#endif
