/* Beginning and end of index.html: title, notes, what the numbers say, files, contents;
 * the script that sorts and filters. */
#ifndef RESULTS_REPORT_PAGE_TOP_H
#define RESULTS_REPORT_PAGE_TOP_H

#include <stdio.h>

#include "results/report/page.h"

/* failed: cells that did not end ok. */
void page_top(const struct page *page, const char *folder, int failed,
              struct arena *arena, FILE *out);
void page_end(FILE *out);

#endif
