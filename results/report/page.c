#include "results/report/page.h"

#include <string.h>

#include "core/base/file.h"
#include "results/data/escape.h"
#include "results/report/remark.h"
#include "results/report/summary.h"

static const char style[] =
    "body{font:16px/1.5 system-ui,Helvetica,Arial,sans-serif;color:#1a1a1a;"
    "max-width:1200px;margin:2rem auto;padding:0 1rem}"
    "h1{margin-bottom:.2rem}h2{margin-top:2.5rem;border-bottom:1px solid #ccc}"
    ".wide{overflow-x:auto}"
    "table{border-collapse:collapse;font-size:.8125rem;font-variant-numeric:tabular-nums;"
    "margin:.5rem 0}"
    "th,td{padding:.25rem .5rem;text-align:right;border-bottom:1px solid #e4e4e4;"
    "vertical-align:top}"
    "td{white-space:nowrap}td:last-child{white-space:normal}th{vertical-align:"
    "bottom;border-"
    "bottom:2px solid #888}"
    ".name{text-align:left}.text td{white-space:normal;overflow-wrap:anywhere}"
    "figure{margin:1.5rem 0;max-width:860px}figure svg{width:100%;height:auto}"
    "figcaption,.small{font-size:.875rem;color:#444}"
    ".note{background:#fff6df;border-left:4px solid #e69f00;padding:.3rem .8rem;"
    "margin:.5rem 0}"
    "code,pre{font-size:.85em}pre{overflow-x:auto}";

/* A page of many cells still opens: tables are cut, and pictures stay files. */
enum {
    CELLS_MOST = 1000,           /* of a table of cells, or of targets */
    ROWS_MOST = 2000,            /* of the tables of all sections together */
    REMARKS_MOST = 20,           /* of a kind, for a section */
    PICTURE_BYTES_MOST = 5 << 19 /* in the page */
};

static void element(FILE *out, const char *tag, const char *attribute, const char *text)
{
    fprintf(out, "<%s%s>", tag, attribute);
    escape_html(text, out);
    fprintf(out, "</%s>\n", tag);
}

static void note(FILE *out, const char *text)
{
    element(out, "p", " class=\"note\"", text);
}

static void small(FILE *out, const char *text)
{
    element(out, "p", " class=\"small\"", text);
}

/* "The first 1000 of 100000; results.csv has all.", where a table was cut. */
static void note_cut(FILE *out, int shown, int n, const char *file, struct arena *arena)
{
    if (shown < n)
        small(out, arena_text(arena, "The first %d of %d; %s has all.", shown, n, file));
}

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* ---------------------------------------------------------------- top */

static int not_ok(const struct page *page)
{
    int n = 0;

    for (int i = 0; i < page->n_cell; i++)
        n += page->cells[i].ending != END_OK;
    return n;
}

static void write_top(const struct page *page, struct arena *arena, FILE *out)
{
    const struct report *report = page->report;
    int failed = not_ok(page);

    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width\">\n<title>",
          out);
    escape_html(report->title, out);
    fprintf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n", style);
    element(out, "h1", "", report->title);
    element(out, "p", "", report->about);
    for (int i = 0; i < report->n_note; i++)
        note(out, report->note[i]);
    if (failed > 0)
        note(out,
             arena_text(arena,
                        "%d of %d cells did not end ok; they are left out of all means "
                        "and listed below.",
                        failed, page->n_cell));
    if (report->pictures.no_gnuplot && report->plots)
        note(out,
             "There are no pictures because gnuplot is not installed: install it and "
             "run bench report on this folder; nothing is trained again.");
    if (report->pictures.n_failed > 0)
        note(out, arena_text(arena, "%d picture(s) are missing: %s",
                             report->pictures.n_failed, report->pictures.first.text));
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
            note(out, text[n]);
    if (n > REMARKS_MOST)
        note(out, arena_text(arena, "The same is true of %d more.", n - REMARKS_MOST));
}

static void write_wide_intervals(const struct section *section, struct arena *arena,
                                 FILE *out)
{
    int n = 0;

    for (int i = 0; i < section->n; i++) {
        const struct group *group = &section->group[i];
        const struct statistics *s = &group->mean[METRIC_ACCURACY];

        if (s->n > 1 && s->margin > wide_interval && n++ < REMARKS_MOST)
            small(out,
                  arena_text(arena,
                             "The 95 %% interval of the accuracy of %s is ± %.1f points "
                             "with n = %d: smaller differences need more seeds.",
                             group->label, 100 * s->margin, s->n));
    }
    if (n > REMARKS_MOST)
        small(out, arena_text(arena, "So do those of %d more.", n - REMARKS_MOST));
}

static void write_remarks(const struct section *section, struct arena *arena, FILE *out)
{
    const char *forgetful = remark_forgetful(section, arena);

    write_unlearnt(section, arena, out);
    for (const char **reason = summary_reasons(section, arena); *reason; reason++)
        small(out, *reason);
    if (forgetful)
        small(out,
              arena_text(arena,
                         "Accuracy near 0 on old tasks is expected for %s without a "
                         "strategy: in the class scenario the outputs of old classes "
                         "compete, but training saw only new ones.",
                         forgetful));
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
        fputs("<a href=\"", out);
        escape_html(name, out);
        fputs(".svg\">", out);
        escape_html(name, out);
        fputs(".svg</a>\n", out);
    } else if (start) {
        fputs(start, out);
        *bytes += n;
    }
    arena_release(arena, mark);
    return OK;
}

static enum status write_figures(const struct page *page, const struct section *section,
                                 const char *folder, size_t *bytes, struct arena *arena,
                                 FILE *out, struct error *err)
{
    for (int i = 0; i < page->figures->n; i++) {
        const struct figure *figure = &page->figures->figure[i];

        if (figure->section != section || !figure->drawn)
            continue;
        fputs("<figure>\n", out);
        if (write_picture(folder, figure->name, bytes, arena, out, err) != OK)
            return err->status;
        element(out, "figcaption", "", figure->caption);
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
        struct table table = summary_table(section, true, arena);

        table.n_row = least(table.n_row, rows > 24 ? rows : 24);
        if (arena_check(arena, err) != OK)
            return err->status;
        element(out, "h2", "", section->name);
        small(out,
              arena_text(arena,
                         "Data set %s, %s scenario. Per cent, mean ± standard deviation "
                         "over n seeds; bold: the best mean, pooled training aside.",
                         section->dataset, section->scenario));
        table_html(&table, out);
        note_cut(out, table.n_row, section->n, "table.md", arena);
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
    element(out, "h2", "",
            published ? "Published numbers"
                      : "Reference numbers: published, or of an independent program");
    small(
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
    element(out, "h2", "", "Cells that did not end ok");
    fputs("<div class=\"text\">\n", out);
    table_html(&table, out);
    fputs("</div>\n", out);
    note_cut(out, table.n_row, n, "results.csv", arena);
}

static void write_definitions(FILE *out)
{
    element(out, "h2", "", "Metrics");
    small(out,
          "R[i][j] = accuracy on task j after training task i of T; row 0 = before any "
          "training.");
    fputs("<dl>\n", out);
    for (int k = 0; k < N_METRIC_OWN; k++) {
        element(out, "dt", "", metric_table[k].name);
        fputs("<dd>", out);
        escape_html(metric_table[k].definition, out);
        fputs(" <span class=\"small\">(", out);
        escape_html(metric_table[k].source, out);
        fputs(")</span></dd>\n", out);
    }
    fputs("</dl>\n", out);
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
    element(out, "h2", "", "Fingerprints");
    small(out, "Cells of the same fingerprint are the same experiment.");
    fputs(table.n_row < page->n_cell ? "<details><summary>cells</summary>\n"
                                     : "<details><summary>all cells</summary>\n",
          out);
    table_html(&table, out);
    note_cut(out, table.n_row, page->n_cell, "results.csv", arena);
    fputs("</details>\n", out);
}

static void write_settings(const struct report *report, FILE *out)
{
    if (!report->settings)
        return;
    element(out, "h2", "", "Settings");
    small(out, "The suite with every default filled in; it is a suite file again.");
    fputs("<details><summary>suite.resolved.yaml</summary>\n", out);
    element(out, "pre", "", report->settings);
    fputs("</details>\n", out);
}

static void write_environment(const struct environment *env, struct arena *arena,
                              FILE *out)
{
    const char *const row[][2] = {
        {"program", arena_text(arena, "bench %s, commit %s", env->version, env->commit)},
        {"compiler", arena_text(arena, "%s %s", env->compiler, env->flags)},
        {"BLAS", arena_text(arena, "%s, kernels %s", env->blas, env->blas_core)},
        {"processor",
         arena_text(arena, "%s, %d cores, %s", env->cpu, env->cores, env->isa)},
        {"system",
         arena_text(arena, "%s, %s, host %s", env->kernel, env->libc, env->host)},
    };
    struct table table = table_take(arena, sizeof row / sizeof row[0], 2);

    if (!table.cell)
        return;
    table.n_name = 2;
    table.head[0] = "made with";
    table.head[1] = "";
    for (int i = 0; i < table.n_row; i++) {
        table_at(&table, i, 0)->text = row[i][0];
        table_at(&table, i, 1)->text = row[i][1];
    }
    element(out, "h2", "", "Environment");
    fputs("<div class=\"text\">\n", out);
    table_html(&table, out);
    fputs("</div>\n", out);
}

enum status page_write(const struct page *page, const char *folder, struct arena *arena,
                       struct error *err)
{
    struct file file;

    if (file_begin(&file, arena_text(arena, "%s/index.html", folder), err) != OK)
        return err->status;
    write_top(page, arena, file.out);
    write_targets(page, arena, file.out);
    if (write_sections(page, folder, arena, file.out, err) != OK) {
        file_abandon(&file);
        return err->status;
    }
    write_endings(page, arena, file.out);
    write_definitions(file.out);
    write_settings(page->report, file.out);
    write_fingerprints(page, arena, file.out);
    write_environment(&page->report->environment, arena, file.out);
    fputs("</body>\n</html>\n", file.out);
    return file_commit(&file, err);
}
