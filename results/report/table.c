#include "results/report/table.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "results/data/escape.h"

struct table table_take(struct arena *arena, int n_row, int n_col)
{
    size_t n = (size_t)n_col;
    struct table table = {.n_row = n_row, .n_col = n_col};

    table.head = arena_take(arena, TAG_STATE, n, sizeof *table.head);
    table.cell = arena_take(arena, TAG_STATE, (size_t)n_row * n, sizeof *table.cell);
    return table;
}

struct table_cell *table_at(const struct table *table, int row, int col)
{
    return &table->cell[row * table->n_col + col];
}

const char *table_number(const char *format, double x, struct arena *arena)
{
    return isnan(x) ? "n/a" : arena_text(arena, format, x);
}

/* Row -1 is the heading. */
static struct table_cell at(const struct table *table, int row, int col)
{
    struct table_cell cell = {.text = table->head[col]};

    if (row >= 0)
        cell = *table_at(table, row, col);
    if (!cell.text)
        cell.text = "";
    return cell;
}

/* ---------------------------------------------------------------- terminal */

int table_width(const char *text)
{
    int n = 0;

    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80; /* not in the middle of a character */
    return n;
}

static int column_width(const struct table *table, int col)
{
    int widest = 0;

    for (int row = -1; row < table->n_row; row++) {
        int width = table_width(at(table, row, col).text);

        widest = width > widest ? width : widest;
    }
    return widest;
}

enum { COLUMNS_MOST = 64 };

void table_terminal(const struct table *table, FILE *out)
{
    int width[COLUMNS_MOST];

    assert(table->n_col <= COLUMNS_MOST);
    for (int col = 0; col < table->n_col; col++)
        width[col] = column_width(table, col);
    for (int row = -1; row < table->n_row; row++) {
        for (int col = 0; col < table->n_col; col++) {
            const char *text = at(table, row, col).text;
            int pad = width[col] - table_width(text);
            bool left = col < table->n_name, last = col + 1 == table->n_col;

            fprintf(out, "%*s", left ? 0 : pad, "");
            escape_terminal(text, out);
            fprintf(out, "%*s", left && !last ? pad : 0, "");
            fputs(last ? "\n" : "  ", out);
        }
    }
}

/* ---------------------------------------------------------------- Markdown */

void table_markdown(const struct table *table, FILE *out)
{
    for (int row = -1; row < table->n_row; row++) {
        for (int col = 0; col < table->n_col; col++) {
            struct table_cell cell = at(table, row, col);

            fputs(cell.strong ? "| **" : "| ", out);
            escape_markdown(cell.text, out);
            fputs(cell.strong ? "** " : " ", out);
        }
        fputs("|\n", out);
        for (int col = 0; row < 0 && col < table->n_col; col++)
            fputs(col < table->n_name ? "|---" : "|--:", out);
        if (row < 0)
            fputs("|\n", out);
    }
}

/* ---------------------------------------------------------------- LaTeX */

void table_latex(const struct table *table, FILE *out)
{
    fputs("\\begin{tabular}{", out);
    for (int col = 0; col < table->n_col; col++)
        putc(col < table->n_name ? 'l' : 'r', out);
    fputs("}\n\\toprule\n", out);
    for (int row = -1; row < table->n_row; row++) {
        for (int col = 0; col < table->n_col; col++) {
            struct table_cell cell = at(table, row, col);

            fputs(col > 0 ? " & " : "", out);
            fputs(cell.strong ? "\\textbf{" : cell.near ? "\\underline{" : "", out);
            escape_latex(cell.text, out);
            fputs(cell.strong || cell.near ? "}" : "", out);
        }
        fputs(row < 0 ? " \\\\\n\\midrule\n" : " \\\\\n", out);
    }
    fputs("\\bottomrule\n\\end{tabular}\n", out);
}

/* ---------------------------------------------------------------- HTML */

void table_html(const struct table *table, FILE *out)
{
    fputs("<div class=\"wide\" tabindex=\"0\"><table class=\"sortable\">\n", out);
    for (int row = -1; row < table->n_row; row++) {
        const char *tag = row < 0 ? "th" : "td";

        fputs(row < 0 ? "<thead><tr>" : "<tr>", out);
        for (int col = 0; col < table->n_col; col++) {
            struct table_cell cell = at(table, row, col);

            fprintf(out, "<%s%s%s>%s", tag, col < table->n_name ? " class=\"name\"" : "",
                    cell.weak ? " data-weak" : "", cell.strong ? "<b>" : "");
            escape_html(cell.text, out);
            fprintf(out, "%s</%s>", cell.strong ? "</b>" : "", tag);
        }
        fputs(row < 0 ? "</tr></thead>\n<tbody>\n" : "</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}
