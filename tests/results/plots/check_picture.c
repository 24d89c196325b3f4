/* The ends of a PNG and of an SVG, written by hand from their standards. */
#include "results/plots/picture.h"

#include "tests/support/sample.h"

static const uint8_t png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0,    0,
                              0,    0,   'I', 'E', 'N',  'D',  0xae, 0x42, 0x60, 0x82};
static const char svg[] = "<svg width=\"600\">\n<g>\n"
                          "<path d=\"M0,0 L100,100 L200,200 L300,300\"/>\n</g>\n</svg>\n";
static char folder[SAMPLE_FOLDER];

static void set_up(void)
{
    sample_open(folder);
}

static void tear_down(void)
{
    sample_close(folder);
}

static bool whole(const void *bytes, size_t n, const char *format)
{
    char path[SAMPLE_PATH];

    sample_write(folder, "picture", bytes, n);
    snprintf(path, sizeof path, "%s/picture", folder);
    return picture_whole(path, format);
}

START_TEST(only_the_last_byte_makes_it_whole)
{
    ck_assert(whole(png, sizeof png, "png"));
    for (size_t n = 0; n < sizeof png; n++)
        ck_assert(!whole(png, n, "png"));
    ck_assert(whole(svg, sizeof svg - 1, "svg"));
    ck_assert(whole(svg, sizeof svg - 2, "svg")); /* but for the end of the line */
    for (size_t n = 0; n < sizeof svg - 2; n++)
        ck_assert(!whole(svg, n, "svg"));
    ck_assert(whole("%PDF-1.7\n%%EOF\n", 15, "pdf"));
    ck_assert(!whole("%PDF-1.7\n%%EO", 13, "pdf"));
}
END_TEST

START_TEST(one_format_is_not_the_other)
{
    ck_assert(!whole(png, sizeof png, "svg"));
    ck_assert(!whole(svg, sizeof svg - 1, "png"));
}
END_TEST

START_TEST(no_file_is_no_picture)
{
    char path[SAMPLE_PATH];

    snprintf(path, sizeof path, "%s/nothing", folder);
    ck_assert(!picture_whole(path, "svg"));
    ck_assert(!picture_whole(path, "png"));
}
END_TEST

Suite *picture_suite(void)
{
    Suite *suite = suite_create("picture");
    TCase *tests = tcase_create("picture");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, only_the_last_byte_makes_it_whole);
    tcase_add_test(tests, one_format_is_not_the_other);
    tcase_add_test(tests, no_file_is_no_picture);
    suite_add_tcase(suite, tests);
    return suite;
}
