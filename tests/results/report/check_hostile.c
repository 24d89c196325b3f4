/* A report whose every text was written by somebody who means harm, in a folder that was
 * named by the same. The oracle is what came out: each file is read for what must not be
 * in it, and the folder it was made from for what must not be there. */
#include <check.h>
#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/file.h"
#include "results/data/record.h"
#include "results/plots/plot.h"
#include "results/report/report.h"
#include "tests/support/make_outcome.h"
#include "tests/support/sample.h"

#define SHELL  "`touch x1` $(touch x2) '; system(\"touch x3\"); ' |touch x4"
#define MARKUP "\"><script>alert(1)</script>&amp;"
#define FORMAT "=cmd() %s%n \\input{x}\n!touch x5\n| a |"

static const char *const hostile[] = {SHELL, MARKUP, FORMAT};
static char search_path[4096];
enum { N_HOSTILE = 3, N_CELL = 4 * N_HOSTILE };

static struct arena arena;
static char place[SAMPLE_FOLDER], home[SAMPLE_PATH];
static struct outcome cells[N_CELL];

static void copy(char *to, size_t size, const char *text)
{
    snprintf(to, size, "%s", text);
}

/* Two strategies and two seeds of each label. */
static void make_cells(void)
{
    const double R[] = {NAN, NAN, .9, NAN, .5, .9};
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 1 << 26, &err), OK);
    for (int i = 0; i < N_CELL; i++) {
        const char *label = hostile[i % N_HOSTILE];
        struct outcome *o = &cells[i];

        *o = make_outcome(R, 2, 1000, &arena);
        o->tests.dense = true;
        name_cell(o, "class", "", i < N_CELL / 2 ? "none" : hostile[(i + 1) % N_HOSTILE],
                  i / N_HOSTILE % 2);
        copy(o->id.learner, sizeof o->id.learner, label);
        copy(o->id.stream, sizeof o->id.stream, FORMAT);
        o->id.dataset = hostile[1];
        copy(o->id.cell, sizeof o->id.cell, label);
        copy(o->reason, sizeof o->reason, label);
        o->context.shown = (struct outcome_shown){
            hostile[2], label,
            i < N_CELL / 2 ? hostile[0] : hostile[(i + 1) % N_HOSTILE]};
    }
    cells[N_CELL - 1].ending = END_DIVERGED;
}

static void set_up(void)
{
    make_cells();
    snprintf(search_path, sizeof search_path, "%s", getenv("PATH"));
    sample_open(place);
    ck_assert_ptr_nonnull(getcwd(home, sizeof home));
    ck_assert_int_eq(chdir(place), 0);
}

static void tear_down(void)
{
    setenv("PATH", search_path, 1);
    ck_assert_int_eq(chdir(home), 0);
    sample_close(place);
    arena_close(&arena);
}

static struct report sample(void)
{
    static const struct target target = {
        .metric = METRIC_ACCURACY, .value = .6, .source = MARKUP, .published = true};

    return (struct report){.title = MARKUP,
                           .about = FORMAT SHELL,
                           .target = &target,
                           .n_target = 1,
                           .environment = {.commit = MARKUP, .cpu = SHELL},
                           .settings = MARKUP SHELL,
                           .note = hostile,
                           .n_note = N_HOSTILE};
}

/* In the folder; returns whether there are pictures. */
static bool write_to(const char *folder, unsigned plots)
{
    struct report report = sample();
    struct error err = {0};

    report.plots = plots;
    ck_assert_msg(report_write(&report, cells, N_CELL, folder, &err) == OK, "%s: %s",
                  folder, err.text);
    ck_assert_msg(report.pictures.n_failed == 0, "%s: %s", folder,
                  report.pictures.first.text);
    return !report.pictures.no_gnuplot;
}

static char *content(const char *folder, const char *name)
{
    char path[SAMPLE_PATH], *text = NULL;
    struct error err = {0};

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_msg(file_read(path, &arena, &text, NULL, &err) == OK, "%s", err.text);
    return text;
}

/* Nothing is in the folder where the report was made but the report. */
static void assert_alone(const char *folder)
{
    struct dirent *entry;
    DIR *list = opendir(".");

    ck_assert_ptr_nonnull(list);
    while ((entry = readdir(list)))
        ck_assert_msg(entry->d_name[0] == '.' || strcmp(entry->d_name, folder) == 0,
                      "'%s' was made", entry->d_name);
    closedir(list);
}

/* ---------------------------------------------------------------- formats */

/* No element but those of the page and of gnuplot, and no bare ampersand. */
static void assert_markup(const char *name, const char *text)
{
    for (const char *c = text; (c = strchr(c, '&')); c++) {
        const char *end = c + 1 + strspn(c + 1, "#abcdefghijklmnopqrstuvwxyz0123456789");

        ck_assert_msg(*end == ';' && end > c + 1, "%s: %.40s", name, c);
    }
    ck_assert_msg(!strstr(text, "<script"), "%s has a script", name);
}

/* The page but for its own script, the last thing in it. */
static char *page_of(const char *folder)
{
    char *text = content(folder, "index.html"), *script = strstr(text, "<script>\n/*");

    ck_assert_ptr_nonnull(script);
    ck_assert_ptr_null(strstr(strstr(script, "</script>") + 1, "<p"));
    *script = '\0';
    return text;
}

START_TEST(html_and_pictures)
{
    char name[SAMPLE_PATH];
    struct dirent *entry;
    DIR *list;
    int n = 0;

    if (!write_to("out", PLOT_ALL))
        return;
    assert_markup("index.html", page_of("out"));
    list = opendir("out");
    while ((entry = readdir(list))) {
        const char *end = strstr(entry->d_name, ".svg");

        snprintf(name, sizeof name, "%s", entry->d_name);
        for (const char *c = name; *c; c++)
            ck_assert(isalnum((unsigned char)*c) || strchr("._+-", *c));
        if (!end || strncmp(name, "ranks", 5) == 0)
            continue;
        assert_markup(name, content("out", name));
        n++;
    }
    closedir(list);
    ck_assert_int_gt(n, 8);
    assert_alone("out");
}
END_TEST

/* A command for a comment, then rows of numbers behind a name in quotes. */
static void assert_data(const char *name, const char *text)
{
    ck_assert_msg(strncmp(text, "# gnuplot -c ", 13) == 0, "%s", name);
    for (const char *line = strchr(text, '\n') + 1; *line;
         line += strcspn(line, "\n") + 1)
        ck_assert_msg(strchr("\"0123456789-\n", *line), "%s: %.80s", name, line);
}

START_TEST(data_of_the_plots)
{
    char name[SAMPLE_PATH];
    struct dirent *entry;
    DIR *list;

    setenv("PATH", "/nowhere", 1);
    write_to("out", PLOT_ALL);
    list = opendir("out/plots");
    while ((entry = readdir(list))) {
        snprintf(name, sizeof name, "plots/%s", entry->d_name);
        if (strstr(name, ".dat"))
            assert_data(name, content("out", name));
    }
    closedir(list);
}
END_TEST

/* Every command is one that the table needs. */
static void assert_commands(const char *text)
{
    static const char *const good[] = {"begin{tabular}",
                                       "end{tabular}",
                                       "toprule",
                                       "midrule",
                                       "bottomrule",
                                       "underline",
                                       "usepackage",
                                       "textbf{",
                                       "\\\n",
                                       "textbackslash{}",
                                       "textless{}",
                                       "textgreater{}",
                                       "textbar{}",
                                       "char34{}",
                                       "char96{}",
                                       "pm$",
                                       "_",
                                       "%",
                                       "&",
                                       "#",
                                       "$",
                                       "{",
                                       "}",
                                       NULL};

    for (const char *c = text; (c = strchr(c, '\\')); c++) {
        int i = 0;

        while (good[i] && strncmp(c + 1, good[i], strlen(good[i])) != 0)
            i++;
        ck_assert_msg(good[i] != NULL, "%.40s", c);
        c += good[i][0] == '\\'; /* both of them */
    }
}

START_TEST(latex)
{
    const char *text;

    setenv("PATH", "/nowhere", 1);
    write_to("out", PLOT_ALL);
    text = content("out", "table.tex");
    assert_commands(text);
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        ck_assert_msg(strchr("%\\\n", *line) || strstr(line, " & "), "%.40s", line);
    ck_assert_ptr_nonnull(strstr(text, "\\textbackslash{}input\\{x\\}"));
}
END_TEST

static int bars(const char *line)
{
    int n = 0;

    for (const char *c = line; *c && *c != '\n'; c++)
        n += *c == '|' && (c == line || c[-1] != '\\');
    return n;
}

/* A heading, a sentence, a table: no line begins with anything else. */
static void assert_markdown(const char *text)
{
    int columns = 0;

    for (const char *line = text; *line; line += strcspn(line, "\n") + 1) {
        if (*line != '|')
            columns = 0;
        else if (columns == 0)
            columns = bars(line);
        ck_assert_msg(bars(line) == columns, "%.200s", line);
        ck_assert(strncmp(line, "!touch", 6) != 0 && strncmp(line, "# ", 2) != 0);
    }
    ck_assert_ptr_null(strstr(text, "<script"));
    ck_assert_ptr_null(strstr(text, " `touch"));
}

START_TEST(markdown)
{
    setenv("PATH", "/nowhere", 1);
    write_to("out", PLOT_ALL);
    assert_markdown(content("out", "table.md"));
    assert_markdown(content("out", "published.md"));
}
END_TEST

/* What is read back is what was written, to the byte. */
START_TEST(csv)
{
    struct outcome *read;
    struct error err = {0};
    int n;

    ck_assert_int_eq(record_write(cells, N_CELL, ".", &err), OK);
    ck_assert_msg(record_read("results.csv", &arena, &read, &n, &err) == OK, "%s",
                  err.text);
    ck_assert_int_eq(n, N_CELL);
    for (int i = 0; i < n; i++) {
        ck_assert_str_eq(read[i].id.learner, cells[i].id.learner);
        ck_assert_str_eq(read[i].id.stream, FORMAT);
        ck_assert_str_eq(read[i].reason, cells[i].reason);
    }
}
END_TEST

START_TEST(terminal)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);

    for (int i = 0; i < N_CELL; i++)
        strcpy(cells[i].id.strategy, "\033]0;x\007");
    strcpy(cells[N_CELL - 1].reason, "\033[2J");
    report_print(cells, N_CELL, NULL, out);
    report_print_failures(cells, N_CELL, out);
    fclose(out);
    for (const char *c = text; *c; c++)
        ck_assert_msg((unsigned char)*c >= ' ' || *c == '\n', "character %d", *c);
    free(text);
}
END_TEST

/* ---------------------------------------------------------------- folders */

/* A gnuplot that opens such a name asks a shell to run it: every script in the first folder,
 * two of them in the others. */
static const char *const folders[] = {"<touch x6; :",
                                      "|touch x7; :",
                                      "-e system('touch x8')",
                                      "~",
                                      "$data",
                                      "`touch x9`",
                                      "a\nb \"c' %s",
                                      "größe",
                                      "'",
                                      "=cmd()"};

START_TEST(folders_are_only_folders)
{
    bool pictures = write_to(folders[_i], _i ? PLOT_ACCURACY | PLOT_RANKS : PLOT_ALL);
    char path[SAMPLE_PATH];

    assert_alone(folders[_i]);
    if (!pictures)
        return;
    snprintf(path, sizeof path, "%s/ranks.svg", folders[_i]);
    ck_assert_ptr_nonnull(strstr(content(folders[_i], "index.html"), "<svg"));
}
END_TEST

Suite *hostile_suite(void)
{
    Suite *suite = suite_create("hostile");
    TCase *tests = tcase_create("hostile");

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, html_and_pictures);
    tcase_add_loop_test(tests, folders_are_only_folders, 0, 10);
    tcase_add_test(tests, data_of_the_plots);
    tcase_add_test(tests, latex);
    tcase_add_test(tests, markdown);
    tcase_add_test(tests, csv);
    tcase_add_test(tests, terminal);
    suite_add_tcase(suite, tests);
    return suite;
}
