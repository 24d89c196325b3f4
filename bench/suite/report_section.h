/* What the section `report` of a suite file can hold. */
#ifndef BENCH_SUITE_REPORT_SECTION_H
#define BENCH_SUITE_REPORT_SECTION_H

#include "core/base/param.h"

struct plot_name {
    const char *name;
    unsigned plot; /* enum plot of results/report/report.h */
    const char *about;
};

extern const struct plot_name plot_names[]; /* ends with a NULL name */
extern const struct param target_params[];  /* the plain fields of struct target */

#endif
