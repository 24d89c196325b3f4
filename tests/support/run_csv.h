/* The CSV files of a result folder read into tables, without any code of results/. The
 * folder is that of a small run: three seeds a group, no field quoted. */
#ifndef TESTS_SUPPORT_RUN_CSV_H
#define TESTS_SUPPORT_RUN_CSV_H

#include <stdbool.h>

enum { SEEDS = 3, PARTS = 7, TEXT = 256 };

struct cell {
    char id[TEXT], section[TEXT], learner[TEXT], strategy[TEXT];
    double peak, part[PARTS], flops, seconds, images;
    int tasks;
};

struct tested { /* a row of accuracy.csv */
    const struct cell *cell;
    int after, task;
    long step;
    bool end;
    double hits, total;
};

struct traced { /* a row of a trace.csv */
    const struct cell *cell;
    char what[TEXT];
    int at;
    double loss, hits, total;
};

/* All rows, in the order of the files. */
struct run_csv {
    struct cell cell[128];
    struct tested tested[4096];
    struct traced traced[4096];
    int n_cell, n_tested, n_traced;
};

/* Reads results.csv, timing.csv, accuracy.csv and the cells' trace.csv. */
void run_csv_read(struct run_csv *run, const char *folder);

#endif
