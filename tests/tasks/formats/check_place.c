/* Where a suite's own folders are looked for. */
#include <string.h>
#include <unistd.h>

#include "tasks/formats/place.h"
#include "tests/support/sample.h"

static char folder[SAMPLE_FOLDER], suite[SAMPLE_PATH], before[SAMPLE_PATH];

/* folder/suite/a, folder/here/a and folder/here/b; `here` is the working directory. */
static void setup(void)
{
    char here[SAMPLE_PATH];

    sample_open(folder);
    sample_folder(folder, "suite");
    sample_folder(folder, "suite/a");
    sample_folder(folder, "here");
    sample_folder(folder, "here/a");
    sample_folder(folder, "here/b");
    snprintf(suite, sizeof suite, "%s/suite", folder);
    snprintf(here, sizeof here, "%s/here", folder);
    ck_assert_ptr_nonnull(getcwd(before, sizeof before));
    ck_assert_int_eq(chdir(here), 0);
}

static void teardown(void)
{
    ck_assert_int_eq(chdir(before), 0);
    sample_close(folder);
}

static const struct {
    const char *text, *first, *then; /* placed: two parts, where the folder stands */
    bool elsewhere;
} table[] = {
    {"mnist", "mnist", NULL, false},
    {"idx:a", "idx:", "/suite/a", false},
    {"cifar:b", "cifar:", "/here/b", true},
    {"mnist + idx:../here/b", "mnist + idx:", "/here/b", false},
};

START_TEST(beside_the_suite_file_comes_first)
{
    char placed[DATASET_PLACED], want[2 * SAMPLE_PATH];
    struct error err = {0};
    bool elsewhere;

    ck_assert_int_eq(dataset_place(table[_i].text, suite, placed, &elsewhere, &err), OK);
    snprintf(want, sizeof want, "%s%s%s", table[_i].first, table[_i].then ? folder : "",
             table[_i].then ? table[_i].then : "");
    ck_assert_str_eq(placed, want);
    ck_assert(elsewhere == table[_i].elsewhere);
}
END_TEST

START_TEST(both_places_are_named)
{
    char placed[DATASET_PLACED], want[4 * SAMPLE_PATH];
    struct error err = {0};
    bool elsewhere;

    ck_assert_int_eq(dataset_place("idx:c", suite, placed, &elsewhere, &err), ERR_DATA);
    snprintf(
        want, sizeof want,
        "idx:c: there is no folder %s/c, beside the suite file, and none in the working "
        "directory %s/here",
        suite, folder);
    ck_assert_str_eq(err.text, want);
}
END_TEST

Suite *place_suite(void)
{
    Suite *tests = suite_create("place");
    TCase *tcase = tcase_create("place");

    tcase_add_checked_fixture(tcase, setup, teardown);
    suite_add_tcase(tests, tcase);
    tcase_add_loop_test(tcase, beside_the_suite_file_comes_first, 0,
                        sizeof table / sizeof table[0]);
    tcase_add_test(tcase, both_places_are_named);
    return tests;
}
