/* What the data files of a report's figures must hold, worked out again from the CSV files
 * of the result folder by formulas of its own: no code of results/ is used. The folder is
 * one that run_csv.h reads; learners of a grid have names that end in its value. */
#ifndef TESTS_SUPPORT_FIGURE_VALUES_H
#define TESTS_SUPPORT_FIGURE_VALUES_H

#include <stdbool.h>

void figure_values_open(const char *folder);

/* The sections, "split.class", as results.csv has them; NULL = there is no such one. */
const char *figure_values_section(int i);

struct figure_view {
    const char *section; /* NULL: over all of them */
    const char *option;  /* "blocks"; of the figures against an option */
    double unit;         /* operations: of the axis */
};

/* The text of the data file of a kind of figure; the caller frees it. NULL = the kind is
 * not known here. A line "*" stands for any lines of that block: where names are placed. */
char *figure_values(const char *kind, const struct figure_view *view);

#endif
