#include "results/report/page_top.h"

#include <string.h>
#include <unistd.h>

#include "results/data/embedded.h"
#include "results/data/escape.h"
#include "results/report/headline.h"
#include "results/report/html.h"

enum { HEADLINES_MOST = 12 };

static void write_embedded(const char *name, FILE *out)
{
    for (const struct embedded *file = embedded_page; file->name; file++)
        if (strcmp(file->name, name) == 0)
            fwrite(file->text, 1, file->size, out);
}

static void write_head(const struct page *page, FILE *out)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width\">\n"
          "<link rel=\"icon\" href=\"data:,\">\n<title>",
          out);
    escape_html(page->report->title, out);
    fputs("</title>\n<style>\n", out);
    write_embedded("page.css", out);
    fputs("</style>\n</head>\n<body>\n", out);
}

static void write_notes(const struct page *page, int failed, struct arena *arena,
                        FILE *out)
{
    const struct report *report = page->report;

    for (int i = 0; i < report->n_note; i++)
        html_note(out, report->note[i]);
    if (failed > 0)
        html_note(out,
                  arena_text(arena,
                             "%d of %d cells did not end ok; they are left out of all "
                             "means and listed below.",
                             failed, page->n_cell));
    if (report->pictures.no_gnuplot && report->plots)
        html_note(out, "There are no pictures because gnuplot is not installed: install "
                       "it and run bench report on this folder; nothing is trained "
                       "again.");
    if (report->pictures.n_failed > 0)
        html_note(out,
                  arena_text(arena, "%d picture(s) are missing: %s",
                             report->pictures.n_failed, report->pictures.first.text));
}

static void write_headlines(const struct page *page, struct arena *arena, FILE *out)
{
    const struct grouping *grouping = page->grouping;

    for (int s = 0; s < grouping->n && s < HEADLINES_MOST; s++)
        html_element(out, "p", " class=\"lead\"", headline(&grouping->section[s], arena));
}

static void write_contents(const struct page *page, int failed, struct arena *arena,
                           FILE *out)
{
    fputs("<nav aria-label=\"Contents\"><ul>\n", out);
    for (int s = 0; s < page->grouping->n; s++) {
        fputs("<li>", out);
        html_link(out, arena_text(arena, "#s%d", s + 1),
                  page->grouping->section[s].title);
        fputs("</li>\n", out);
    }
    if (page->n_comparison > 0)
        fputs("<li><a href=\"#targets\">Reference numbers</a></li>\n", out);
    if (failed > 0)
        fputs("<li><a href=\"#endings\">Cells that did not end ok</a></li>\n", out);
    fputs("<li><a href=\"#metrics\">Metrics</a></li>\n"
          "<li><a href=\"#reproduce\">Reproduce and cite</a></li>\n"
          "<li><a href=\"#environment\">Environment</a></li>\n</ul></nav>\n",
          out);
}

/* Those of the report, and those of the study where they lie one folder up. */
static void write_files(const char *folder, struct arena *arena, FILE *out)
{
    static const char *const names[] = {
        "summary.csv",    "table.md",        "table.tex",     "published.md",
        "../results.csv", "../accuracy.csv", "../timing.csv", "../suite.resolved.yaml"};

    fputs("<p class=\"small\">Files:", out);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *path = arena_text(arena, "%s/%s", folder, names[i]);

        if (access(path, R_OK) != 0)
            continue;
        putc(' ', out);
        html_link(out, names[i],
                  strncmp(names[i], "../", 3) == 0 ? names[i] + 3 : names[i]);
    }
    fputs("</p>\n", out);
}

void page_top(const struct page *page, const char *folder, int failed,
              struct arena *arena, FILE *out)
{
    write_head(page, out);
    html_element(out, "h1", "", page->report->title);
    html_element(out, "p", "", page->report->about);
    write_notes(page, failed, arena, out);
    write_headlines(page, arena, out);
    write_files(folder, arena, out);
    write_contents(page, failed, arena, out);
    fputs("<div class=\"tools\"><label>Rows with <input id=\"filter\" type=\"search\" "
          "placeholder=\"any text: replay\"></label></div>\n",
          out);
}

void page_end(FILE *out)
{
    fputs("<script>\n", out);
    write_embedded("page.js", out);
    fputs("</script>\n</body>\n</html>\n", out);
}
