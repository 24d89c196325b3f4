/* What the section `report` of a suite file can hold. */
#ifndef BENCH_SUITE_REPORT_SECTION_H
#define BENCH_SUITE_REPORT_SECTION_H

#include "core/base/param.h"

extern const struct param target_params[]; /* the plain fields of struct target */

#endif
