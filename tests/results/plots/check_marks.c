/* What a reader of the pictures sees: read back from the SVG that gnuplot drew, and from
 * the palette by a published formula of contrast. */
#include <check.h>
#include <stdlib.h>

#include "core/base/file.h"
#include "results/plots/plot_data.h"
#include "results/report/report.h"
#include "tests/support/make_outcome.h"
#include "tests/support/sample.h"

static struct arena arena;
static char folder[SAMPLE_FOLDER];
static struct outcome cells[120];
static struct style style; /* of the pictures */
static double kept[4];     /* accuracy on the first task in the end, by seed from 1 */

static void set_up(void)
{
    struct error err = {0};

    param_defaults(style_params, &style);
    kept[1] = .4;
    kept[2] = .5;
    kept[3] = .6;
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
        const double R[] = {NAN, NAN, .9, NAN, kept[seed], .8};
        const char name[] = {(char)('a' + i / n_seed), '\0'};

        cells[i] = make_outcome(R, 2, 1000, &arena);
        name_cell(&cells[i], "task", name, "none", seed);
    }
    return n_learner * n_seed;
}

static char *picture(const char *name)
{
    struct error err = {0};
    char *text = NULL;

    ck_assert_int_eq(
        file_read(arena_text(&arena, "%s/%s-split-digits.task.svg", folder, name), &arena,
                  &text, NULL, &err),
        OK);
    return text;
}

/* A plot of the first n cells; NULL where there is no gnuplot. */
static char *drawn(const char *plot, int n)
{
    struct report report = {
        .title = "marks", .style = style, .pictures.formats = FORMAT_SVG};
    struct error err = {0};

    for (const struct plot_name *p = plot_names; p->name; p++)
        if (strcmp(p->name, plot) == 0)
            report.plots = p->plots;
    ck_assert_msg(report_write(&report, cells, n, folder, &err) == OK, "%s", err.text);
    if (report.pictures.no_gnuplot)
        return NULL;
    return picture(plot);
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

/* Of three seeds forgetting is 90, 90 and 65 points: 82 ± 36. */
START_TEST(an_interval_that_goes_on_has_no_end)
{
    char *text, *end;
    int n = 0;

    kept[1] = kept[2] = 0;
    kept[3] = .25;
    text = drawn("forgetting", make_cells(1, 3));
    if (!text)
        return;
    text = strstr(text, "<g id=\"forgetting_plot_2\"");
    end = strstr(text, "<g id=\"forgetting_plot_3\"");
    for (; text < end; text++)
        n += text[0] == 'M' && text[1] >= '0' && text[1] <= '9';
    ck_assert_int_eq(n, 2);                      /* the line and its lower end */
    ck_assert_ptr_nonnull(strstr(end, "<path")); /* the arrow */
}
END_TEST

START_TEST(four_panels_are_two_by_two)
{
    char *text = drawn("matrix", make_cells(4, 1));

    ck_assert(!text || strstr(text, "viewBox=\"0 0 800 778\""));
}
END_TEST

START_TEST(there_is_no_tick_beyond_the_last_task)
{
    double R[11 * 10];
    char *text;

    for (int k = 0; k < 110; k++)
        R[k] = k / 10 > k % 10 ? .5 : NAN;
    for (int i = 0; i < 8; i++) {
        const char name[] = {(char)('a' + i), '\0'};

        cells[i] = make_outcome(R, 10, 1000, &arena);
        name_cell(&cells[i], "task", name, "none", 1);
    }
    text = drawn("accuracy", 8);
    ck_assert(!text || (strstr(text, ">10<") && !strstr(text, ">11<")));
}
END_TEST

/* ---------------------------------------------------------------- long names */

struct text {
    double left, right, y;
};

/* The number behind `key`, before `end`. */
static bool number_after(const char *text, const char *key, const char *end,
                         double *value)
{
    const char *at = strstr(text, key);

    return at && at < end && sscanf(at + strlen(key), "%lf", value) == 1;
}

/* How far left of its position a text of that width begins. */
static double anchor_of(const char *text, const char *end, double width)
{
    const char *at = strstr(text, "text-anchor=\"");

    if (!at || at > end || at[13] == 's')
        return 0;
    return at[13] == 'e' ? width : width / 2;
}

/* The level texts of an SVG of gnuplot, by their positions. The width of a character is
 * estimated as half the size of the font, about the mean of Helvetica. */
static int texts(const char *svg, struct text *text, int most)
{
    static const char begin[] = "<g transform=\"translate(";
    int n = 0;

    for (const char *c = svg; (c = strstr(c, begin)) && n < most; c += strlen(begin)) {
        const char *words = strstr(c, "<text>"), *end = strstr(c, "</g>"),
                   *tag = strchr(c, '>');
        double x, y, size, width;

        if (!words || !end || words > end ||
            !number_after(c, "font-size=\"", tag, &size) ||
            sscanf(c + strlen(begin), "%lf,%lf)", &x, &y) != 2)
            continue;
        if (strstr(c, "rotate") && strstr(c, "rotate") < tag) { /* the title of an axis */
            ck_assert_msg(x > 0.8 * size, "an axis title is cut at %.0f", x);
            continue;
        }
        ck_assert_msg(y > 0.8 * size, "a text is cut at the top, %.0f", y);
        words += strlen("<text>");
        width = 0.5 * size * (double)(strstr(words, "</text>") - words);
        x -= anchor_of(c, tag, width);
        if (width > 0)
            text[n++] = (struct text){x, x + width, y};
    }
    return n;
}

static void assert_legible(const char *plot, const char *svg)
{
    struct text text[256];
    int n = texts(svg, text, 256);

    ck_assert_int_gt(n, 4);
    for (int i = 0; i < n; i++) {
        ck_assert_msg(text[i].left > -2 && text[i].right < style.width + 2,
                      "%s: a text from %.0f to %.0f", plot, text[i].left, text[i].right);
        for (int k = 0; k < i; k++)
            ck_assert_msg(
                fabs(text[i].y - text[k].y) > 4 || text[i].left > text[k].right - 4 ||
                    text[k].left > text[i].right - 4,
                "%s: texts overlap at %.0f, %.0f", plot, text[i].left, text[i].y);
    }
}

/* Pixels from the first to the last upright line of the grid. */
static double room_for_bars(const char *svg)
{
    static const char line[] = "class=\"gridline\"  d='M";
    double first = INFINITY, last = 0, x;

    for (const char *c = svg; (c = strstr(c, line)); c++) {
        ck_assert_int_eq(sscanf(c + strlen(line), "%lf", &x), 1);
        first = fmin(first, x);
        last = fmax(last, x);
    }
    return last - first;
}

/* Ids of 27 and 20 characters. */
START_TEST(long_names_are_whole_and_leave_room)
{
    static const char *const plots[] = {"accuracy", "forgetting", "memory", "time",
                                        "matrix"};

    style.width = _i ? 480 : 800;
    for (int i = 0; i < 18; i++) {
        const double R[] = {NAN, NAN, .9, NAN, kept[1 + i % 3], .8};
        char learner[32];

        snprintf(learner, sizeof learner, "a-learner-of-27-characters%d", i / 6);
        cells[i] = make_outcome(R, 2, 1000, &arena);
        name_cell(&cells[i], "task", learner, i / 3 % 2 ? "strategy-of-20-chars" : "none",
                  i % 3);
    }
    for (size_t i = 0; i < sizeof plots / sizeof *plots; i++) {
        char *svg = drawn(plots[i], 18);

        if (!svg)
            return;
        ck_assert(_i || strstr(svg, "strategy-of-20-chars"));
        assert_legible(plots[i], svg);
        ck_assert_msg(i == 4 || room_for_bars(svg) > style.width - 350,
                      "%s: %.0f pixels for bars", plots[i], room_for_bars(svg));
    }
}
END_TEST

/* Points so near to each other that names cannot stand beside them, and few far ones. */
START_TEST(texts_of_the_plane_hide_nothing)
{
    int n = _i ? 24 : 5;
    char *svg;

    for (int i = 0; i < n; i++) {
        const double near[] = {NAN, NAN, .9 + .001 * i, NAN, .2 + .002 * (i % 5), .8};
        const double far[] = {NAN, NAN, .6 + .05 * i, NAN, .5 - .1 * i, .5};
        const double *R = i < 4 ? far : near;

        cells[i] = make_outcome(R, 2, 1000, &arena);
        name_cell(&cells[i], "task",
                  arena_text(&arena, "a-learner-of-%d-characters", 27 + i), "none", 1);
        cells[i].context.shown.stream =
            "a stream with a title so long that it takes two lines";
    }
    svg = drawn("plane", n);
    if (!svg)
        return;
    assert_legible("plane", svg);
    ck_assert_ptr_nonnull(
        strstr(svg, "Forgetting against")); /* both lines of the title */
    ck_assert_ptr_nonnull(strstr(svg, "lines, task"));
    ck_assert_ptr_nonnull(strstr(svg, _i ? ">24<" : ">a-learner-of-31-characters<"));
    ck_assert(!_i || strstr(svg, ">24  a-learner-of-50-characters<"));
}
END_TEST

/* Between two that forget -99 points the axis has six characters. */
START_TEST(the_title_of_an_axis_is_whole)
{
    char *svg;

    for (int i = 0; i < 2; i++) {
        const double R[] = {NAN, NAN, .01, NAN, 1, .8};

        cells[i] = make_outcome(R, 2, 1000, &arena);
        name_cell(&cells[i], "task", i ? "a" : "b", "none", 1);
    }
    svg = drawn("plane", 2);
    ck_assert(!svg || strstr(svg, ">-99.5<"));
    if (svg)
        assert_legible("plane", svg);
}
END_TEST

/* From 0.001 to 0.01 on a logarithmic axis the last are near to each other. */
START_TEST(values_of_an_option_stand_apart)
{
    for (int i = 0; i < 19; i++) {
        const double R[] = {NAN, NAN, .9, NAN, .1 + .02 * i, .8};

        cells[i] = make_outcome(R, 2, 1000, &arena);
        name_cell(&cells[i], "task", arena_text(&arena, "a-lr%.9g", .0005 * (i + 2)),
                  "none", 1);
        cells[i].context.settings =
            arena_text(&arena, "learner.lr: %.9g", .0005 * (i + 2));
    }
    if (drawn("accuracy", 19))
        assert_legible("accuracy-by-lr", picture("accuracy-by-lr"));
}
END_TEST

/* 20 learners of 27 characters, 6 strategies of 20. */
START_TEST(many_curves_are_legible)
{
    char *svg;

    for (int i = 0; i < 120; i++) {
        const double R[] = {NAN, NAN, .9, NAN, .1 + .005 * i, .8};
        char learner[32], strategy[32];

        snprintf(learner, sizeof learner, "a-learner-of-27-characters-%02d", i / 6);
        snprintf(strategy, sizeof strategy, "strategy-of-20-char%d", i % 6);
        cells[i] = make_outcome(R, 2, 1000, &arena);
        name_cell(&cells[i], "task", learner, strategy, 1);
    }
    style.width = _i ? 480 : 800;
    svg = drawn("accuracy", 120);
    if (!svg)
        return;
    ck_assert_ptr_nonnull(strstr(svg, "strategy-of-20-char5"));
    assert_legible("accuracy", svg);
}
END_TEST

/* ---------------------------------------------------------------- words */

/* Of so many learners and strategies: whether the caption on the page speaks of bands. */
static bool caption_has_bands(int n_learner, int n_strategy)
{
    int n = 3 * n_learner * n_strategy;
    struct error err = {0};
    char *page = NULL;

    for (int i = 0; i < n; i++) {
        const double R[] = {NAN, NAN, .9, NAN, .1 + .005 * i, .8};

        cells[i] = make_outcome(R, 2, 1000, &arena);
        name_cell(&cells[i], "task", arena_text(&arena, "l%d", i / 3 / n_strategy),
                  arena_text(&arena, "s%d", i / 3 % n_strategy), 1 + i % 3);
    }
    drawn("accuracy", n);
    ck_assert_int_eq(
        file_read(arena_text(&arena, "%s/index.html", folder), &arena, &page, NULL, &err),
        OK);
    return strstr(page, "band = 95 % t-interval") != NULL;
}

/* Four curves in one plot, five panels of two, four of four. */
START_TEST(bands_are_explained_where_they_are_drawn)
{
    ck_assert(caption_has_bands(2, 2));
    ck_assert(caption_has_bands(5, 2));
    ck_assert(!caption_has_bands(4, 4));
}
END_TEST

START_TEST(units_fit)
{
    const char *name;

    ck_assert_double_eq(plot_data_unit(1e9, &name), 1e9);
    ck_assert_str_eq(name, "GFLOP");
    plot_data_unit(999e9, &name);
    ck_assert_str_eq(name, "GFLOP");
    plot_data_unit(2e12, &name);
    ck_assert_str_eq(name, "TFLOP");
    plot_data_unit(10, &name);
    ck_assert_str_eq(name, "MFLOP");
}
END_TEST

START_TEST(captions_name_what_is_not_shown)
{
    struct group group[] = {{.label = "a", .n = 1, .n_cell = 4},
                            {.label = "b", .n = 0, .n_cell = 4},
                            {.label = "c", .n = 0, .n_cell = 1}};
    struct section section = {.group = group, .n = 3};
    struct statistics s = {.n = 3, .mean = .9, .margin = .209};
    struct plot_data plot_data = {.data = tmpfile()};

    ck_assert_str_eq(plot_data_missing(&section, &arena),
                     " Not shown, because no cell ended ok: b, c.");
    ck_assert_str_eq(plot_data_name_of(&group[0], &arena), "a (1 of 4 ok)");
    section.n = 1;
    ck_assert_str_eq(plot_data_missing(&section, &arena), "");
    plot_data_interval(&plot_data, &s, 100, 0, 2);
    ck_assert_str_eq(plot_data_cut(&plot_data), "");
    plot_data_share(&plot_data, &s); /* up to 110.9 */
    ck_assert_ptr_nonnull(strstr(plot_data_cut(&plot_data), "arrow"));
    plot_data.intervals = INTERVAL_BANDS;
    ck_assert_ptr_nonnull(strstr(plot_data_cut(&plot_data), "A band"));
    plot_data.intervals = INTERVAL_NONE; /* panels of many curves */
    ck_assert_str_eq(plot_data_cut(&plot_data), "");
    fclose(plot_data.data);
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

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, no_curve_hides_another);
    tcase_add_test(tests, two_seeds_have_no_interval);
    tcase_add_test(tests, an_interval_that_goes_on_has_no_end);
    tcase_add_test(tests, four_panels_are_two_by_two);
    tcase_add_test(tests, there_is_no_tick_beyond_the_last_task);
    tcase_add_loop_test(tests, long_names_are_whole_and_leave_room, 0, 2);
    tcase_add_loop_test(tests, texts_of_the_plane_hide_nothing, 0, 2);
    tcase_add_test(tests, the_title_of_an_axis_is_whole);
    tcase_add_test(tests, values_of_an_option_stand_apart);
    tcase_add_loop_test(tests, many_curves_are_legible, 0, 2);
    tcase_add_test(tests, bands_are_explained_where_they_are_drawn);
    tcase_add_test(tests, units_fit);
    tcase_add_test(tests, captions_name_what_is_not_shown);
    tcase_add_test(tests, digits_have_the_colour_of_more_contrast);
    suite_add_tcase(suite, tests);
    return suite;
}
