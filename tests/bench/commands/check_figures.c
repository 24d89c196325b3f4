/* Every figure of a report against its numbers worked out again from the CSV files
 * (tests/support/figure_values.h): a small run, its report, and the data file of each
 * figure, number by number. */
#include <ctype.h>
#include <glob.h>
#include <math.h>

#include "tests/support/figure_values.h"
#include "tests/support/program.h"

static const char suite_text[] =
    "suite: all\nabout: a test\nseeds: 3\ntraining: {batch: 16, steps: 8}\n"
    "evaluation: {every: 4 steps, trace: yes}\n"
    "streams:\n"
    "  - {stream: split, dataset: {idx: data}, tasks: 2, scenario: class}\n"
    "  - {stream: permuted, dataset: {idx: data}, tasks: 3, scenario: domain}\n"
    "learners:\n"
    "  - {learner: backprop, net: mlp-8, lr: 0.01, training: {threads: {grid: [1, 2, "
    "3]}}}\n"
    "  - {learner: noprop-dt, net: mlp-8, lr: 0.01, width: 8, noise: yes, "
    "blocks: [1, 2, 3]}\n"
    "strategies: [none, {strategy: replay, buffer: 20}, joint]\n"
    "report: {plots: all, reference: 'backprop-*'}\n";

/* All kinds of results/plots/plots.def, and how many files of each were compared. */
static struct {
    const char *name;
    int n;
} kinds[] = {
#define PLOT(bit, name, script, title, write, scope, most, about) {name, 0},
#define ALSO(bit, name, script, title, write, scope, most)        {name, 0},
#include "results/plots/plots.def"
};

enum { N_KIND = sizeof kinds / sizeof *kinds };

/* ---------------------------------------------------------------- names of files */

/* "memory-by-blocks-split.class" -> what is shown; false = none of the kinds is. */
static bool understand(char *name, int *kind, struct figure_view *view)
{
    const char *section;

    for (int s = 0; (section = figure_values_section(s)); s++) {
        size_t n = strlen(name), m = strlen(section);

        if (n > m + 1 && strcmp(name + n - m, section) == 0) {
            view->section = section;
            name[n - m - 1] = '\0';
        }
    }
    for (*kind = 0; *kind < N_KIND; ++*kind) {
        const char *known = kinds[*kind].name;
        size_t n = strlen(known);

        if (strcmp(name, known) == 0)
            return true;
        if (n > 3 && strcmp(known + n - 3, "-by") == 0 && strncmp(name, known, n) == 0) {
            view->option = name + n + 1;
            return true;
        }
    }
    return false;
}

/* Operations of the unit that the axis has; the first line is the command with it. */
static double unit_of(const char *text)
{
    static const struct {
        const char *name;
        double unit;
    } units[] = {{"MFLOP", 1e6}, {"GFLOP", 1e9}, {"TFLOP", 1e12}};
    const char *end = strchr(text, '\n');

    for (int i = 0; i < 3; i++) {
        const char *at = strstr(text, units[i].name);

        if (at && at < end)
            return units[i].unit;
    }
    return 1;
}

/* ---------------------------------------------------------------- comparing */

/* Nine digits are printed; of the critical difference the table has four. */
static bool same_number(const char *a, const char *b, double part)
{
    double x = strtod(a, NULL), y = strtod(b, NULL);

    return (isnan(x) && isnan(y)) || fabs(x - y) <= part * fabs(y) + 1e-9;
}

static bool is_number(const char *word)
{
    return *word && strspn(word, "0123456789+-.einaN") == strlen(word);
}

static bool same_line(char *a, char *b, double part)
{
    char *rest_a, *rest_b, *x = strtok_r(a, " ", &rest_a), *y = strtok_r(b, " ", &rest_b);

    for (; x && y; x = strtok_r(NULL, " ", &rest_a), y = strtok_r(NULL, " ", &rest_b))
        if (is_number(y) ? !same_number(x, y, part) : strcmp(x, y) != 0)
            return false;
    return !x && !y;
}

/* Takes the first line off a text; NULL = it is at its end. */
static char *next_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');

    if (!end)
        return NULL;
    *end = '\0';
    *text = end + 1;
    return line;
}

/* Past blank lines; how many stood there, two at most. */
static char *next_written(char **text, int *blank)
{
    char *line;

    *blank = 0;
    while ((line = next_line(text)) && !*line)
        *blank = *blank < 1 ? 1 : 2;
    return line;
}

static void skip_block(char **text)
{
    while (**text && **text != '\n')
        next_line(text);
}

/* Blocks are set apart by two blank lines, parts of one by one. */
static void assert_same_data(const char *name, char *data, char *values)
{
    double part = strcmp(name, "ranks") == 0 ? 1e-3 : 1e-7;

    ck_assert_int_eq(*next_line(&data), '#');
    for (int row = 1;; row++) {
        int blank, expected;
        char *line = next_written(&data, &blank),
             *value = next_written(&values, &expected);
        char shown[2][512];

        ck_assert_msg(!line == !value, "%s: row %d: %s in place of %s", name, row, line,
                      value);
        if (!line)
            return;
        snprintf(shown[0], sizeof shown[0], "%s", line);
        snprintf(shown[1], sizeof shown[1], "%s", value);
        ck_assert_msg(blank == expected,
                      "%s: %d blank lines in place of %d before row %d", name, blank,
                      expected, row);
        if (strcmp(value, "*") == 0)
            skip_block(&data);
        else
            ck_assert_msg(same_line(line, value, part), "%s: row %d: %s in place of %s",
                          name, row, shown[0], shown[1]);
    }
}

static void compare(const char *path)
{
    char name[SAMPLE_PATH], *data, *values;
    const char *base = strrchr(path, '/') + 1;
    struct figure_view view = {NULL, NULL, 1};
    int kind;

    snprintf(name, sizeof name, "%.*s", (int)(strlen(base) - strlen(".dat")), base);
    data = content(path + strlen(folder) + 1);
    ck_assert_msg(understand(name, &kind, &view), "of what kind is %s?", base);
    view.unit = unit_of(data);
    values = figure_values(kinds[kind].name, &view);
    ck_assert_msg(values != NULL, "nothing says what %s must hold", base);
    assert_same_data(kinds[kind].name, data, values);
    kinds[kind].n++;
    free(values);
    free(data);
}

START_TEST(figures_show_what_the_csv_files_say)
{
    char path[SAMPLE_PATH], *usual = strdup(getenv("PATH"));
    glob_t found;

    write_text("all.yaml", suite_text);
    setenv("PATH", "/nowhere", 1); /* the data alone, no pictures */
    ck_assert_int_eq(bench("run all.yaml --quiet"), 0);
    setenv("PATH", usual, 1);
    free(usual);
    snprintf(path, sizeof path, "%s/out/all", folder);
    figure_values_open(path);
    snprintf(path, sizeof path, "%s/out/all/report/plots/*.dat", folder);
    ck_assert_int_eq(glob(path, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        compare(found.gl_pathv[i]);
    globfree(&found);
    for (int i = 0; i < N_KIND; i++)
        ck_assert_msg(kinds[i].n >= (strcmp(kinds[i].name, "ranks") == 0 ? 1 : 2),
                      "the plot '%s' is not compared in both sections", kinds[i].name);
}
END_TEST

Suite *figures_suite(void)
{
    Suite *suite = suite_create("figures");
    TCase *tests = tcase_create("figures");

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, figures_show_what_the_csv_files_say);
    suite_add_tcase(suite, tests);
    return suite;
}
