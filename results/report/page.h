/* index.html: the whole report in one file that needs nothing beside it. */
#ifndef RESULTS_REPORT_PAGE_H
#define RESULTS_REPORT_PAGE_H

#include "results/plots/figure.h"
#include "results/report/report.h"
#include "results/report/target.h"

struct page {
    const struct report *report;
    const struct outcome *cells;
    int n_cell;
    const struct grouping *grouping;
    const struct figures *figures;
    const struct comparison *comparison;
    int n_comparison;
};

/* The pictures are taken from the folder that the page is written to. */
enum status page_write(const struct page *page, const char *folder, struct arena *arena,
                       struct error *err);

#endif
