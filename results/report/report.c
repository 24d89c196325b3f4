#include "results/report/report.h"

#include <string.h>

#include "core/base/file.h"
#include "results/data/escape.h"
#include "results/report/curves_text.h"
#include "results/report/page.h"
#include "results/report/published.h"
#include "results/report/remark.h"
#include "results/report/summary.h"
#include "results/stats/order.h"

/* ---------------------------------------------------------------- tables */

static void write_heading(const struct page *page, int s, FILE *out)
{
    fputs(s > 0 ? "\n## " : "## ", out);
    escape_markdown(page->grouping->section[s].title, out);
    fputs("\n\n", out);
}

static void write_summary_csv(const struct page *page, struct arena *arena, FILE *out)
{
    summary_csv(page->grouping, out);
}

static void write_summary_json(const struct page *page, struct arena *arena, FILE *out)
{
    summary_json(page->grouping, out);
}

static void write_markdown(const struct page *page, struct arena *arena, FILE *out)
{
    const struct grouping *grouping = page->grouping;

    for (int s = 0; s < grouping->n; s++) {
        const struct section *section = &grouping->section[s];
        struct table table = summary_table(section, &page->report->style, false, arena);

        write_heading(page, s, out);
        fprintf(out, "Per cent, mean ± standard deviation over n seeds%s.\n\n",
                seeds_crossed(section));
        table_markdown(&table, out);
        for (const char **reason = summary_reasons(section, arena); *reason; reason++) {
            putc('\n', out);
            escape_markdown(*reason, out);
            putc('\n', out);
        }
        for (const char **text = remark_unlearnt(section, arena); text && *text; text++) {
            fputs("\n† ", out);
            escape_markdown(*text, out);
            putc('\n', out);
        }
    }
}

static void write_latex(const struct page *page, struct arena *arena, FILE *out)
{
    const struct grouping *grouping = page->grouping;

    for (int s = 0; s < grouping->n; s++) {
        const struct section *section = &grouping->section[s];
        struct table table = summary_table(section, &page->report->style, false, arena);

        fputs(s > 0 ? "\n% " : "% ", out);
        escape_latex(section->title, out); /* a line end would end the comment */
        fprintf(
            out,
            ": per cent, mean and standard deviation over n seeds%s\n"
            "%% \\usepackage{booktabs}; bold: the best mean; underlined: not told from "
            "it at 5 %% by the paired\n%% test over seeds (of fewer than six, which "
            "cannot "
            "tell, nothing is)\n",
            seeds_crossed(section));
        table_latex(&table, out);
        for (const char **text = remark_unlearnt(section, arena); text && *text; text++)
            fprintf(out, "%% dagger: %s\n", *text);
    }
}

static void write_published(const struct page *page, struct arena *arena, FILE *out)
{
    for (int s = 0; s < page->grouping->n; s++) {
        const struct section *section = &page->grouping->section[s];
        struct table table =
            published_table(section, page->comparison, page->n_comparison, arena);

        write_heading(page, s, out);
        table_markdown(&table, out);
    }
}

static bool wants_json(const struct page *page)
{
    return page->report->json;
}

static bool has_targets(const struct page *page)
{
    return page->report->n_target > 0;
}

static const struct part {
    const char *name;
    void (*write)(const struct page *page, struct arena *arena, FILE *out);
    bool (*wanted)(const struct page *page); /* NULL = always */
} parts[] = {
    {"summary.csv", write_summary_csv, NULL},
    {"summary.json", write_summary_json, wants_json},
    {"table.md", write_markdown, NULL},
    {"table.tex", write_latex, NULL},
    {"published.md", write_published, has_targets},
};

static enum status write_part(const struct part *part, const struct page *page,
                              const char *folder, struct arena *arena, struct error *err)
{
    const char *path = arena_text(arena, "%s/%s", folder, part->name);
    struct file file;

    if (part->wanted && !part->wanted(page))
        return file_remove(path, err);
    if (file_begin(&file, path, err) != OK)
        return err->status;
    part->write(page, arena, file.out);
    if (arena_check(arena, err) != OK) {
        file_abandon(&file);
        return err->status;
    }
    return file_commit(&file, err);
}

/* ---------------------------------------------------------------- all of it */

static enum status write_page(struct page *page, const char *folder, struct arena *arena,
                              struct report *report, struct error *err)
{
    struct figures figures;

    if (figures_draw(&figures, page->grouping, report->plots, &report->style, folder,
                     &report->pictures, arena, err) != OK)
        return err->status;
    page->figures = &figures;
    return page_write(page, folder, arena, err);
}

static enum status write_report(struct report *report, const struct outcome *cells, int n,
                                const char *folder, struct arena *arena,
                                struct error *err)
{
    struct grouping grouping;
    struct page page = {
        .report = report, .cells = cells, .n_cell = n, .grouping = &grouping};

    if (file_make_folder(folder, err) != OK ||
        group_cells(&grouping, cells, n, arena, err) != OK ||
        order_groups(&grouping, report->sort, arena, err) != OK)
        return err->status;
    page.comparison = targets_compare(report->target, report->n_target, &grouping,
                                      &page.n_comparison, arena);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (write_part(&parts[i], &page, folder, arena, err) != OK)
            return err->status;
    return write_page(&page, folder, arena, report, err);
}

enum status report_write(struct report *report, const struct outcome *cells, int n,
                         const char *folder, struct error *err)
{
    struct arena arena;

    if (arena_open_required(&arena, err) != OK)
        return err->status;
    if (report->style.width == 0)
        param_defaults(style_params, &report->style);
    write_report(report, cells, n, folder, &arena, err);
    arena_close(&arena);
    return err->status;
}

/* ---------------------------------------------------------------- terminal */

static void print_grouping(const struct grouping *grouping, struct arena *arena,
                           FILE *out)
{
    struct table table = summary_terminal(grouping, arena);

    if (!table.cell)
        return;
    table_terminal(&table, out);
    fprintf(out, "mean ± standard deviation over n seeds%s\n",
            grouping->n ? seeds_crossed(grouping->section) : "");
    for (int s = 0; s < grouping->n; s++) {
        const struct section *section = &grouping->section[s];
        const char *learners = remark_forgetful(section, arena);
        const char *stuck = remark_stuck(section, arena);

        for (const char **text = remark_unlearnt(section, arena); text && *text; text++)
            fprintf(out, "warning: %s: %s\n", section->name, *text);
        if (learners)
            fprintf(out,
                    "%s: accuracy near 0 on old tasks is expected for %s without images "
                    "of old tasks\n",
                    section->name, learners);
        if (stuck)
            fprintf(
                out,
                "%s: low forgetting says nothing about %s: hardly anything was learnt "
                "after the first task\n",
                section->name, stuck);
    }
}

static void print_ending(const struct outcome *cell, FILE *out)
{
    escape_terminal(cell->id.cell, out);
    fprintf(out, ": %s%s", ending_name(cell->ending), cell->reason[0] ? ", " : "");
    escape_terminal(cell->reason, out);
    putc('\n', out);
}

/* Groups the cells and prints them. */
static void print_with(void (*print)(const struct grouping *grouping, struct arena *arena,
                                     FILE *out),
                       const struct outcome *cells, int n, const char *sort, FILE *out)
{
    struct grouping grouping;
    struct arena arena;
    struct error err = {0};

    if (arena_open_required(&arena, &err) != OK)
        return;
    if (group_cells(&grouping, cells, n, &arena, &err) == OK &&
        order_groups(&grouping, sort, &arena, &err) == OK)
        print(&grouping, &arena, out);
    arena_close(&arena);
}

void report_print(const struct outcome *cells, int n, const char *sort, FILE *out)
{
    print_with(print_grouping, cells, n, sort, out);
}

static void print_curves(const struct grouping *grouping, struct arena *arena, FILE *out)
{
    struct table table = curves_terminal(grouping, arena);

    if (table.n_row > 0)
        table_terminal(&table, out);
}

void report_print_curves(const struct outcome *cells, int n, const char *sort, FILE *out)
{
    print_with(print_curves, cells, n, sort, out);
}

void report_print_failures(const struct outcome *cells, int n, FILE *out)
{
    for (int i = 0; i < n; i++)
        if (cells[i].ending != END_OK)
            print_ending(&cells[i], out);
}
