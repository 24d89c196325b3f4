/* The report's page as a browser shows it: Chromium opens it without a screen, and what it
 * made of the page is read. */
#include <check.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/file.h"
#include "results/report/report.h"
#include "tests/support/make_outcome.h"
#include "tests/support/needs.h"
#include "tests/support/sample.h"

#define HOSTILE "<img src=x onerror=console.error(1)><b>&amp;"

static struct arena arena;
static char folder[SAMPLE_FOLDER];
static struct outcome cells[9];
static bool pictures;

/* Learners a, b, c end at 50, 90 and 70 %, each with three seeds. */
static void set_up(void)
{
    static const double end[] = {.1, .9, .5};
    struct report report = {
        .title = HOSTILE, .about = HOSTILE, .plots = PLOT_ALL, .settings = HOSTILE};
    struct error err = {0};

    sample_open(folder);
    ck_assert_int_eq(arena_open(&arena, 1 << 26, &err), OK);
    for (int i = 0; i < 9; i++) {
        const double R[] = {NAN, NAN, .9, NAN, end[i / 3], .9 - .01 * (i % 3)};
        const char name[] = {(char)('a' + i / 3), '\0'};

        cells[i] = make_outcome(R, 2, 1000, &arena);
        name_cell(&cells[i], "task", name, "none", i % 3);
    }
    cells[0].context.shown.strategy = cells[1].context.shown.strategy = HOSTILE;
    ck_assert_msg(report_write(&report, cells, 9, folder, &err) == OK, "%s", err.text);
    pictures = !report.pictures.no_gnuplot;
}

static void tear_down(void)
{
    arena_close(&arena);
    sample_close(folder);
}

static char *content(const char *name)
{
    struct error err = {0};
    char *text;

    ck_assert_msg(file_read(arena_text(&arena, "%s/%s", folder, name), &arena, &text,
                            NULL, &err) == OK,
                  "%s", err.text);
    return text;
}

static void put(const char *name, const char *text)
{
    sample_write(folder, name, (const uint8_t *)text, strlen(text));
}

/* The page as its scripts leave it. Nothing may have gone wrong in it. */
static char *dumped(const char *page)
{
    const char *command = arena_text(
        &arena,
        "cd %s && exec timeout 120 chromium --headless --no-sandbox --disable-gpu "
        "--disable-quic --no-first-run --disable-background-networking "
        "--disable-component-update --disable-sync --disable-dev-shm-usage "
        "--user-data-dir=%s/profile --enable-logging=stderr --virtual-time-budget=3000 "
        "--dump-dom 'file://%s/%s' >dom 2>log </dev/null",
        folder, folder, folder, page);
    pid_t pid = fork();
    char *dom, *wrong;
    int status;

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(status == 0, "chromium ended with %d: %.500s", status, content("log"));
    wrong = strstr(content("log"), "CONSOLE");
    ck_assert_msg(wrong == NULL, "%.300s", wrong);
    dom = content("dom");
    ck_assert_ptr_nonnull(strstr(dom, "</html>"));
    return dom;
}

/* Where the row of a learner begins in the first table. */
static const char *row_of(const char *dom, char learner)
{
    const char *text = arena_text(&arena, "<td class=\"name\">%c</td>", learner);
    const char *row = strstr(dom, text);

    ck_assert_ptr_nonnull(row);
    while (strncmp(row, "<tr", 3) != 0)
        row--;
    return row;
}

static bool hidden(const char *dom, char learner)
{
    const char *row = row_of(dom, learner);
    const char *mark = strstr(row, "hidden");

    return mark && mark < strchr(row, '>');
}

START_TEST(the_address_sorts_and_filters)
{
    char *dom = dumped("index.html#sort=-accuracy");

    ck_assert(row_of(dom, 'b') < row_of(dom, 'c') && row_of(dom, 'c') < row_of(dom, 'a'));
    ck_assert_ptr_nonnull(strstr(dom, "aria-sort=\"descending\""));
    dom = dumped("index.html#sort=accuracy&filter=none");
    ck_assert(row_of(dom, 'c') < row_of(dom, 'b'));
    ck_assert(hidden(dom, 'a') && !hidden(dom, 'b')); /* its strategy has a label */
}
END_TEST

START_TEST(labels_are_text)
{
    char *dom = dumped("index.html");

    ck_assert_ptr_null(strstr(dom, "<img"));
    ck_assert(row_of(dom, 'a') < row_of(dom, 'b'));
    ck_assert_ptr_nonnull(strstr(dom, "&lt;img src=x onerror=console.error(1)&gt;"));
}
END_TEST

/* The page in a frame of 400 pixels tells its own width and the sizes of its pictures. */
START_TEST(it_fits_a_telephone)
{
    static const char measure[] =
        "<script>onload=function(){parent.postMessage('width '+document.documentElement"
        ".scrollWidth+' of '+innerWidth+', pictures '+Array.from(document."
        "querySelectorAll('figure svg')).map(function(s){var r=s.getBoundingClientRect();"
        "return r.width>500&&r.height>150?'ok':'small'}).join(' ')+'.','*')}</script>";
    char *page = content("index.html"), *dom, *end = strstr(page, "</body>");
    int width = 0, of = 0;

    ck_assert_ptr_nonnull(end);
    put("inner.html",
        arena_text(&arena, "%.*s%s%s", (int)(end - page), page, measure, end));
    put("outer.html",
        "<!DOCTYPE html><title>x</title><p></p><iframe width=400 height=800 "
        "src=inner.html></iframe><script>onmessage=function(e){document."
        "querySelector('p').textContent=e.data}</script>");
    dom = dumped("outer.html");
    ck_assert_ptr_nonnull(strstr(dom, "<p>width "));
    ck_assert_int_eq(sscanf(strstr(dom, "<p>width "), "<p>width %d of %d", &width, &of),
                     2);
    ck_assert_int_eq(of, 400);
    ck_assert_int_le(width, 400);
    ck_assert_ptr_null(strstr(dom, "small"));
    ck_assert(!pictures || strstr(dom, "pictures ok ok"));
}
END_TEST

Suite *browser_suite(void)
{
    Suite *suite = suite_create("browser");
    TCase *tests;

    if (!needs_program("chromium") ||
        !needs(!is_sanitized(), "pages are shown of the optimised program alone"))
        return suite;
    tests = tcase_create("browser");
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, the_address_sorts_and_filters);
    tcase_add_test(tests, labels_are_text);
    tcase_add_test(tests, it_fits_a_telephone);
    suite_add_tcase(suite, tests);
    return suite;
}
