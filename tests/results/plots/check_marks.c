/* What a reader of the pictures sees: read back from the SVG that gnuplot drew, and from
 * the palette by a published formula of contrast. */
#include <check.h>
#include <stdlib.h>

#include "core/base/file.h"
#include "results/report/report.h"
#include "tests/support/make_outcome.h"
#include "tests/support/sample.h"

static struct arena arena;
static char folder[SAMPLE_FOLDER];
static struct outcome cells[8];

static void set_up(void)
{
    struct error err = {0};

    sample_open(folder);
    ck_assert_int_eq(arena_open(&arena, 1 << 24, &err), OK);
}

static void tear_down(void)
{
    arena_close(&arena);
    sample_close(folder);
}

/* Learners a, b, ... of two tasks, each as accurate and with so many seeds, which differ.
 */
static int make_cells(int n_learner, int n_seed)
{
    for (int i = 0; i < n_learner * n_seed; i++) {
        int seed = 1 + i % n_seed;
        const double R[] = {NAN, NAN, .9, NAN, .3 + .1 * seed, .8};
        const char name[] = {(char)('a' + i / n_seed), '\0'};

        cells[i] = make_outcome(R, 2, 1000, &arena);
        name_cell(&cells[i], "task", name, "none", seed);
    }
    return n_learner * n_seed;
}

/* A plot of the first n cells; NULL where there is no gnuplot. */
static char *drawn(const char *plot, int n)
{
    struct report report = {.title = "marks", .plots = PLOT_ACCURACY | PLOT_FORGETTING};
    struct error err = {0};
    char *text;

    ck_assert_msg(report_write(&report, cells, n, folder, &err) == OK, "%s", err.text);
    if (report.pictures.no_gnuplot)
        return NULL;
    ck_assert_int_eq(
        file_read(arena_text(&arena, "%s/%s-split-digits.task.svg", folder, plot), &arena,
                  &text, NULL, &err),
        OK);
    return text;
}

struct mark {
    float x, y;
};

START_TEST(no_curve_hides_another)
{
    struct mark mark[64];
    char *text = drawn("accuracy", make_cells(4, 2));
    int n = 0;

    while (text && (text = strstr(text, "<use xlink:href='#gpPt")) && n < 64) {
        const char *end = strchr(text, '>'), *at = strstr(text++, "translate(");

        if (at && at < end && sscanf(at, "translate(%f,%f)", &mark[n].x, &mark[n].y) == 2)
            n++;
    }
    ck_assert(n == 0 || n >= 8); /* four curves over two tasks */
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++)
            ck_assert(fabsf(mark[i].x - mark[k].x) > 2 ||
                      fabsf(mark[i].y - mark[k].y) > 2);
}
END_TEST

/* A whisker is a line and its two ends. */
static int whiskers(int n_learner, int n_seed)
{
    char *text = drawn("forgetting", make_cells(n_learner, n_seed)), *end;
    int n = 0;

    if (!text)
        return -1;
    text = strstr(text, "<g id=\"forgetting_plot_2\"");
    ck_assert_ptr_nonnull(text);
    end = strstr(text, "<g id=\"forgetting_plot_3\"");
    ck_assert_ptr_nonnull(end);
    for (; text < end; text++)
        n += text[0] == 'M' && text[1] >= '0' && text[1] <= '9';
    return n / 3;
}

START_TEST(two_seeds_have_no_interval)
{
    int n = whiskers(2, 2);

    ck_assert(n == 0 || n == -1);
    n = whiskers(2, 3);
    ck_assert(n == 2 || n == -1);
}
END_TEST

/* ---------------------------------------------------------------- contrast */

/* Of APCA 0.1.9 (Somers): screen luminance, black lifted a little. */
static double luminance(const double rgb[3])
{
    static const double part[] = {0.2126729, 0.7151522, 0.0721750};
    double y = 0;

    for (int c = 0; c < 3; c++)
        y += part[c] * pow(rgb[c] / 255, 2.4);
    return y < 0.022 ? y + pow(0.022 - y, 1.414) : y;
}

static double contrast_of_black(double ground)
{
    const double black[3] = {0, 0, 0};

    return 1.14 * (pow(ground, 0.56) - pow(luminance(black), 0.57));
}

static double contrast_of_white(double ground)
{
    const double white[3] = {255, 255, 255};

    return 1.14 * (pow(luminance(white), 0.62) - pow(ground, 0.65));
}

/* The palette of matrix.gp at so many per cent. */
static void colour_at(const unsigned stop[5], int percent, double rgb[3])
{
    int i = percent < 100 ? percent / 25 : 3;
    double share = (percent - 25 * i) / 25.0;

    for (int c = 0; c < 3; c++) {
        double from = stop[i] >> (16 - 8 * c) & 0xff;
        double to = stop[i + 1] >> (16 - 8 * c) & 0xff;

        rgb[c] = from + share * (to - from);
    }
}

START_TEST(digits_have_the_colour_of_more_contrast)
{
    struct error err = {0};
    unsigned stop[5];
    const char *at;
    char *text;
    int dark;

    ck_assert_int_eq(file_read("results/plots/matrix.gp", &arena, &text, NULL, &err), OK);
    at = strstr(text, "\ndark = ");
    ck_assert_ptr_nonnull(at);
    ck_assert_int_eq(sscanf(at, " dark = %d", &dark), 1);
    at = strstr(text, "set palette");
    ck_assert_ptr_nonnull(at);
    ck_assert_int_eq(sscanf(at,
                            "set palette defined (0 \"#%x\", 25 \"#%x\", 50 \"#%x\", 75 "
                            "\"#%x\", 100 \"#%x\")",
                            &stop[0], &stop[1], &stop[2], &stop[3], &stop[4]),
                     5);
    for (int percent = 0; percent <= 100; percent++) {
        double rgb[3], ground;

        colour_at(stop, percent, rgb);
        ground = luminance(rgb);
        ck_assert_msg((contrast_of_white(ground) > contrast_of_black(ground)) ==
                          (percent >= dark),
                      "%d %%: white %.3f, black %.3f", percent, contrast_of_white(ground),
                      contrast_of_black(ground));
    }
}
END_TEST

Suite *marks_suite(void)
{
    Suite *suite = suite_create("marks");
    TCase *tests = tcase_create("marks");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, no_curve_hides_another);
    tcase_add_test(tests, two_seeds_have_no_interval);
    tcase_add_test(tests, digits_have_the_colour_of_more_contrast);
    suite_add_tcase(suite, tests);
    return suite;
}
