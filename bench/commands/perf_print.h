/* What `bench perf` prints: a table, or one JSON object a line. */
#ifndef BENCH_COMMANDS_PERF_PRINT_H
#define BENCH_COMMANDS_PERF_PRINT_H

#include "bench/perf/perf.h"

struct perf_output {
    bool json;
    int n_thread;
    double peak; /* of one core, operations per second */
};

double perf_load(void); /* of the machine, over the last minute */

void perf_print_machine(const struct perf_output *to);

/* profile NULL: the case alone. */
void perf_print_case(const struct perf_output *to, const struct perf_case *perf,
                     const struct perf_setup *setup, struct perf_time time,
                     const struct perf_profile *profile);

#endif
