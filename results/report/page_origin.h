/* What the figures on a page mean and where they come from: definitions, commands and
 * settings to get them again, the machine. */
#ifndef RESULTS_REPORT_PAGE_ORIGIN_H
#define RESULTS_REPORT_PAGE_ORIGIN_H

#include <stdio.h>

#include "results/report/page.h"

void page_definitions(FILE *out);
void page_reproduction(const struct report *report, struct arena *arena, FILE *out);
void page_environment(const struct environment *env, struct arena *arena, FILE *out);

#endif
