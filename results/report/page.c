#include "results/report/page.h"

#include <string.h>

#include "core/base/file.h"
#include "results/data/escape.h"
#include "results/report/fold.h"
#include "results/report/html.h"
#include "results/report/page_origin.h"
#include "results/report/page_top.h"
#include "results/report/remark.h"
#include "results/report/summary.h"

/* A page of many cells still opens: tables are cut, and pictures stay files. */
enum {
    CELLS_MOST = 1000,           /* of a table of cells, or of targets */
    ROWS_MOST = 2000,            /* of the tables of all sections together */
    REMARKS_MOST = 20,           /* of a kind, for a section */
    NAMES_MOST = 8,              /* in a sentence */
    PICTURE_BYTES_MOST = 5 << 19 /* in the page */
};

/* "The first 1000 of 100000; results.csv has all.", where a table was cut. */
static void note_cut(FILE *out, int shown, int n, const char *file, struct arena *arena)
{
    if (shown < n)
        html_small(out,
                   arena_text(arena, "The first %d of %d; %s has all.", shown, n, file));
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

static int not_ok(const struct page *page)
{
    int n = 0;

    for (int i = 0; i < page->n_cell; i++)
        n += page->cells[i].ending != END_OK;
    return n;
}

/* ---------------------------------------------------------------- sections */

/* Points of accuracy beyond which an interval says that there are too few seeds. */
static const double wide_interval = 0.05;

static void write_unlearnt(const struct section *section, struct arena *arena, FILE *out)
{
    const char **text = remark_unlearnt(section, arena);
    int n = 0;

    for (; text && text[n]; n++)
        if (n < REMARKS_MOST)
            html_note(out, arena_text(arena, "† %s", text[n]));
    if (n > REMARKS_MOST)
        html_note(out,
                  arena_text(arena, "The same is true of %d more.", n - REMARKS_MOST));
}

/* "a, b, c and 14 more" */
static const char *add_name(const char *list, int n, const char *name,
                            struct arena *arena)
{
    if (n >= NAMES_MOST)
        return list;
    return arena_text(arena, "%s%s%s", list, n ? ", " : "", name);
}

/* One sentence for all that need more seeds. */
static void write_wide_intervals(const struct section *section, struct arena *arena,
                                 FILE *out)
{
    const struct statistics *widest = NULL;
    const char *list = "";
    int n = 0;

    for (int i = 0; i < section->n; i++) {
        const struct statistics *s = &section->group[i].mean[METRIC_ACCURACY];

        if (s->n < 2 || !(s->margin > wide_interval))
            continue;
        list = add_name(list, n++, section->group[i].label, arena);
        if (!widest || s->margin > widest->margin)
            widest = s;
    }
    if (n > NAMES_MOST)
        list = arena_text(arena, "%s and %d more", list, n - NAMES_MOST);
    if (n > 0)
        html_small(
            out, arena_text(arena,
                            "The 95 %% interval of the accuracy is wider than ± %.0f "
                            "points, up to ± %.1f with n = %d, of %s: smaller "
                            "differences need more seeds.",
                            100 * wide_interval, 100 * widest->margin, widest->n, list));
}

static void write_remarks(const struct section *section, struct arena *arena, FILE *out)
{
    const char *forgetful = remark_forgetful(section, arena);
    const char *stuck = remark_stuck(section, arena);

    write_unlearnt(section, arena, out);
    for (const char **reason = summary_reasons(section, arena); *reason; reason++)
        html_small(out, *reason);
    if (forgetful)
        html_small(
            out,
            arena_text(arena,
                       "Accuracy near 0 on old tasks is expected for %s without images "
                       "of old tasks: in the class scenario the outputs of old classes "
                       "compete, but training saw only new ones.",
                       forgetful));
    if (stuck)
        html_small(out,
                   arena_text(arena,
                              "Low forgetting says nothing about %s: hardly anything "
                              "was learnt after the first task.",
                              stuck));
    write_wide_intervals(section, arena, out);
}

/* Puts the picture into the page; where the page has enough of them, a link to its file. */
static enum status write_picture(const char *folder, const char *name, size_t *bytes,
                                 struct arena *arena, FILE *out, struct error *err)
{
    size_t mark = arena_mark(arena), n;
    const char *start;
    char *text;

    if (file_read(arena_text(arena, "%s/%s.svg", folder, name), arena, &text, &n, err) !=
        OK)
        return err->status;
    start = strstr(text, "<svg"); /* after the XML declaration, which HTML has not */
    if (*bytes + n > PICTURE_BYTES_MOST) {
        html_link(out, arena_text(arena, "%s.svg", name),
                  arena_text(arena, "%s.svg", name));
    } else if (start) {
        fputs(start, out);
        *bytes += n;
    }
    arena_release(arena, mark);
    return OK;
}

/* The picture's own files. */
static void write_sources(const struct figure *figure, struct arena *arena, FILE *out)
{
    const char *name = figure->name;

    fputs("<p class=\"small\">", out);
    html_link(out, arena_text(arena, "%s.svg", name), "SVG");
    putc(' ', out);
    if (figure->formats & FORMAT_PNG)
        html_link(out, arena_text(arena, "%s.png", name), "PNG");
    putc(' ', out);
    if (figure->formats & FORMAT_PDF)
        html_link(out, arena_text(arena, "%s.pdf", name), "PDF");
    putc(' ', out);
    html_link(out, arena_text(arena, "plots/%s.dat", name), "data and command");
    fputs("</p>\n", out);
}

static enum status write_figures(const struct page *page, const struct section *section,
                                 const char *folder, size_t *bytes, struct arena *arena,
                                 FILE *out, struct error *err)
{
    for (int i = 0; i < page->figures->n; i++) {
        const struct figure *figure = &page->figures->figure[i];

        if (figure->section != section || !(figure->formats & FORMAT_SVG))
            continue;
        fputs("<figure id=\"", out);
        escape_html(figure->name, out);
        fputs("\">\n<div class=\"plot\" tabindex=\"0\">\n", out);
        if (write_picture(folder, figure->name, bytes, arena, out, err) != OK)
            return err->status;
        fputs("</div>\n", out);
        html_element(out, "figcaption", "", figure->caption);
        write_sources(figure, arena, out);
        fputs("</figure>\n", out);
    }
    return OK;
}

static enum status write_sections(const struct page *page, const char *folder,
                                  struct arena *arena, FILE *out, struct error *err)
{
    int rows = ROWS_MOST / (page->grouping->n + 1);
    size_t bytes = 0; /* of the pictures so far */

    for (int s = 0; s < page->grouping->n; s++) {
        const struct section *section = &page->grouping->section[s];
        struct table table = summary_table(section, &page->report->style, true, arena);
        const char *folded = table_fold(&table, 3, arena);

        table.n_row = least(table.n_row, rows > 24 ? rows : 24);
        if (arena_check(arena, err) != OK)
            return err->status;
        html_element(out, "h2", arena_text(arena, " id=\"s%d\"", s + 1), section->title);
        html_small(
            out,
            arena_text(arena,
                       "Data set %s, %s scenario. Per cent, mean ± standard deviation "
                       "over n seeds%s; bold: the best mean, joint training aside; "
                       "grey, with a dagger: did not learn.",
                       section->dataset, section->scenario, seeds_crossed(section)));
        table_html(&table, out);
        note_cut(out, table.n_row, section->n, "table.md", arena);
        if (*folded)
            html_small(out, arena_text(arena, "Left out, as in every row: %s.", folded));
        write_remarks(section, arena, out);
        if (write_figures(page, section, folder, &bytes, arena, out, err) != OK)
            return err->status;
    }
    return write_figures(page, NULL, folder, &bytes, arena, out, err);
}

/* ---------------------------------------------------------------- the rest */

static void write_targets(const struct page *page, struct arena *arena, FILE *out)
{
    struct table table = target_table(page->comparison, page->n_comparison, arena);
    bool published =
        strcmp(target_kind(page->comparison, page->n_comparison), "published") == 0;

    if (!table.cell)
        return;
    html_element(out, "h2", " id=\"targets\"",
                 published
                     ? "Published numbers"
                     : "Reference numbers: published, or of an independent program");
    html_small(
        out,
        "Per cent, mean ± standard deviation. Inside: the difference is at most "
        "3 published deviations times sqrt(1/n published + 1/n ours) + 0.05 points, and "
        "0.3 points are always allowed. Intervals: 95 % t-intervals of the means.");
    table.n_row = least(table.n_row, CELLS_MOST);
    table_html(&table, out);
    note_cut(out, table.n_row, page->n_comparison, "published.md", arena);
}

static void write_endings(const struct page *page, struct arena *arena, FILE *out)
{
    int n = not_ok(page), row = 0;
    struct table table = table_take(arena, least(n, CELLS_MOST), 3);

    if (!table.cell)
        return;
    table.n_name = 3;
    table.head[0] = "cell";
    table.head[1] = "ended";
    table.head[2] = "reason";
    for (int i = 0; row < table.n_row; i++) {
        const struct outcome *o = &page->cells[i];

        if (o->ending == END_OK)
            continue;
        table_at(&table, row, 0)->text = o->id.cell;
        table_at(&table, row, 1)->text = ending_name(o->ending);
        table_at(&table, row++, 2)->text = o->reason;
    }
    html_element(out, "h2", " id=\"endings\"", "Cells that did not end ok");
    fputs("<div class=\"text\">\n", out);
    table_html(&table, out);
    fputs("</div>\n", out);
    note_cut(out, table.n_row, n, "results.csv", arena);
}

static void write_fingerprints(const struct page *page, struct arena *arena, FILE *out)
{
    static const char *const head[] = {"cell", "fingerprint", "weights hash",
                                       "kernel ISA", "BLAS core"};
    struct table table = table_take(arena, least(page->n_cell, CELLS_MOST), 5);

    if (!table.cell)
        return;
    table.n_name = 5;
    memcpy(table.head, head, sizeof head);
    for (int i = 0; i < table.n_row; i++) {
        const struct outcome *o = &page->cells[i];

        table_at(&table, i, 0)->text = o->id.cell;
        table_at(&table, i, 1)->text = o->id.fingerprint;
        table_at(&table, i, 2)->text =
            arena_text(arena, "%016llx", (unsigned long long)o->weights_hash);
        table_at(&table, i, 3)->text = o->origin.isa;
        table_at(&table, i, 4)->text = o->origin.blas_core;
    }
    html_element(out, "h2", " id=\"fingerprints\"", "Fingerprints");
    html_small(out, "Cells of the same fingerprint are the same experiment.");
    fputs(table.n_row < page->n_cell ? "<details><summary>cells</summary>\n"
                                     : "<details><summary>all cells</summary>\n",
          out);
    table_html(&table, out);
    note_cut(out, table.n_row, page->n_cell, "results.csv", arena);
    fputs("</details>\n", out);
}

enum status page_write(const struct page *page, const char *folder, struct arena *arena,
                       struct error *err)
{
    struct file file;

    if (file_begin(&file, arena_text(arena, "%s/index.html", folder), err) != OK)
        return err->status;
    page_top(page, folder, not_ok(page), arena, file.out);
    write_targets(page, arena, file.out);
    if (write_sections(page, folder, arena, file.out, err) != OK) {
        file_abandon(&file);
        return err->status;
    }
    write_endings(page, arena, file.out);
    page_definitions(file.out);
    page_reproduction(page->report, arena, file.out);
    write_fingerprints(page, arena, file.out);
    page_environment(&page->report->environment, arena, file.out);
    page_end(file.out);
    return file_commit(&file, err);
}
