#include "results/report/table.h"

#include <assert.h>
#include <string.h>

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
            bool last = col + 1 == table->n_col;

            if (col < table->n_name)
                fprintf(out, "%s%*s", text, last ? 0 : pad, "");
            else
                fprintf(out, "%*s%s", pad, "", text);
            fputs(last ? "\n" : "  ", out);
        }
    }
}

/* ---------------------------------------------------------------- Markdown */

/* A character that is special is replaced; the others stand for themselves. */
static void escape(char c, const char *special, const char *const *replacement, FILE *out)
{
    const char *found = strchr(special, c);

    if (found)
        fputs(replacement[found - special], out);
    else
        putc(c, out);
}

static void markdown_text(const char *text, FILE *out)
{
    static const char *const replacement[] = {"\\|", "\\*", "\\_", "\\`", "&lt;", "\\\\"};

    for (; *text; text++)
        escape(*text, "|*_`<\\", replacement, out);
}

void table_markdown(const struct table *table, FILE *out)
{
    for (int row = -1; row < table->n_row; row++) {
        for (int col = 0; col < table->n_col; col++) {
            struct table_cell cell = at(table, row, col);

            fputs(cell.strong ? "| **" : "| ", out);
            markdown_text(cell.text, out);
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

static void latex_text(const char *text, FILE *out)
{
    static const char *const replacement[] = {
        "\\_",
        "\\%",
        "\\&",
        "\\#",
        "\\$",
        "\\{",
        "\\}",
        "\\textasciitilde{}",
        "\\textasciicircum{}",
        "\\textbackslash{}",
        "\\textless{}",
        "\\textgreater{}",
    };
    static const struct {
        const char *text, *latex;
    } sign[] = {{"±", "$\\pm$"}, {"†", "$^\\dagger$"}};

    if (text[0] == '-' && text[1] >= '0' && text[1] <= '9') {
        fputs("$-$", out); /* a minus, not a hyphen */
        text++;
    }
    while (*text) {
        size_t k = 0;

        while (k < 2 && strncmp(text, sign[k].text, strlen(sign[k].text)) != 0)
            k++;
        if (k < 2)
            fputs(sign[k].latex, out);
        else
            escape(*text, "_%&#${}~^\\<>", replacement, out);
        text += k < 2 ? strlen(sign[k].text) : 1;
    }
}

void table_latex(const struct table *table, FILE *out)
{
    fputs("\\begin{tabular}{", out);
    for (int col = 0; col < table->n_col; col++)
        putc(col < table->n_name ? 'l' : 'r', out);
    fputs("}\n\\hline\n", out);
    for (int row = -1; row < table->n_row; row++) {
        for (int col = 0; col < table->n_col; col++) {
            struct table_cell cell = at(table, row, col);

            fputs(col > 0 ? " & " : "", out);
            fputs(cell.strong ? "\\textbf{" : "", out);
            latex_text(cell.text, out);
            fputs(cell.strong ? "}" : "", out);
        }
        fputs(row < 0 ? " \\\\\n\\hline\n" : " \\\\\n", out);
    }
    fputs("\\hline\n\\end{tabular}\n", out);
}

/* ---------------------------------------------------------------- HTML */

void html_text(const char *text, FILE *out)
{
    static const char *const replacement[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};

    for (; *text; text++)
        escape(*text, "&<>\"'", replacement, out);
}

void table_html(const struct table *table, FILE *out)
{
    fputs("<div class=\"wide\"><table>\n", out);
    for (int row = -1; row < table->n_row; row++) {
        const char *tag = row < 0 ? "th" : "td";

        fputs(row < 0 ? "<thead><tr>" : "<tr>", out);
        for (int col = 0; col < table->n_col; col++) {
            struct table_cell cell = at(table, row, col);

            fprintf(out, "<%s%s%s>%s", tag, col < table->n_name ? " class=\"name\"" : "",
                    cell.weak ? " data-weak" : "", cell.strong ? "<b>" : "");
            html_text(cell.text, out);
            fprintf(out, "%s</%s>", cell.strong ? "</b>" : "", tag);
        }
        fputs(row < 0 ? "</tr></thead>\n<tbody>\n" : "</tr>\n", out);
    }
    fputs("</tbody></table></div>\n", out);
}
