/* A table of texts, printed for a terminal, as Markdown, LaTeX or HTML; each
 * text escaped (results/data/escape.h). */
#ifndef RESULTS_REPORT_TABLE_H
#define RESULTS_REPORT_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "core/base/arena.h"

struct table_cell {
    const char *text; /* NULL = "" */
    bool strong;      /* bold, where the format has it */
    bool weak;        /* grey, where the format has it */
    bool near;        /* not told from the strong one: underlined in LaTeX */
};

struct table {
    int n_row, n_col;
    int n_name;        /* the first columns are names, left-aligned; the rest figures */
    const char **head; /* n_col */
    struct table_cell *cell; /* n_row x n_col */
};

/* Memory that is refused shows in arena_check; ask before use. */
struct table table_take(struct arena *arena, int n_row, int n_col);
struct table_cell *table_at(const struct table *table, int row, int col);

/* A figure by a printf format of one double; "n/a" for NAN. */
const char *table_number(const char *format, double x, struct arena *arena);

void table_terminal(const struct table *table, FILE *out);
void table_markdown(const struct table *table, FILE *out);
void table_latex(const struct table *table, FILE *out);
void table_html(const struct table *table, FILE *out);

/* Columns of a terminal that a UTF-8 text takes. */
int table_width(const char *text);

#endif
