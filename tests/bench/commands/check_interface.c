/* docs/interface.md is a contract: its commands, its example suite and its columns are held
 * against the program. */
#include "tests/support/program.h"

enum { PAGE = 1 << 16 };

static char page[PAGE];

static void read_page(void)
{
    FILE *in = fopen("docs/interface.md", "r");
    size_t n;

    ck_assert_ptr_nonnull(in);
    n = fread(page, 1, PAGE - 1, in);
    page[n] = '\0';
    fclose(in);
    ck_assert_uint_lt(n, PAGE - 1);
    set_up();
}

/* Every flag that a row of the table names is in the help of its command. */
static int check_flags(const char *row, const char *name)
{
    int n = 0;

    for (const char *flag = strstr(row, "--"); flag; flag = strstr(flag + 2, "--")) {
        char word[64];
        size_t length = 2 + strspn(flag + 2, "abcdefghijklmnopqrstuvwxyz-");

        snprintf(word, sizeof word, "%.*s", (int)length, flag);
        ck_assert_msg(holds("printed", word), "bench %s has no %s", name, word);
        n++;
    }
    return n;
}

START_TEST(every_command_and_flag_is_there)
{
    int n_command = 0, n_flag = 0;
    char *rest;

    for (char *line = strtok_r(page, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        char name[32], command[64];

        if (sscanf(line, "| `bench %31[a-z]", name) != 1)
            continue;
        snprintf(command, sizeof command, "%s --help", name);
        ck_assert_msg(bench(command) == 0, "there is no bench %s", name);
        n_flag += check_flags(line, name);
        n_command++;
    }
    ck_assert_int_ge(n_command, 10);
    ck_assert_int_ge(n_flag, 15);
}
END_TEST

START_TEST(no_command_is_missing)
{
    char *help, *rest;

    ck_assert_int_eq(bench("--help"), 0);
    help = content("printed");
    for (char *line = strtok_r(help, "\n", &rest); line;
         line = strtok_r(NULL, "\n", &rest)) {
        char name[32], row[64];

        if (strncmp(line, "  ", 2) != 0 || strncmp(line, "  bench", 7) == 0 ||
            sscanf(line, "  %31[a-z] ", name) != 1)
            continue;
        snprintf(row, sizeof row, "\n| `bench %s ", name);
        ck_assert_msg(strstr(page, row) != NULL, "%s has no row", name);
    }
    free(help);
}
END_TEST

START_TEST(the_example_suite_is_one)
{
    char *begin = strstr(page, "```yaml\n"),
         *end = begin ? strstr(begin + 8, "```") : NULL;

    ck_assert(begin && end);
    *end = '\0';
    write_text("example.yaml", begin + strlen("```yaml\n"));
    ck_assert_int_eq(bench("check example.yaml"), 0);
    ck_assert(holds("printed", "example.yaml: ok, "));
}
END_TEST

START_TEST(columns_are_those_of_the_files)
{
    static const char *const table[] = {"results.csv", "accuracy.csv", "timing.csv"};

    write_text("suite.yaml",
               "suite: s\ntraining: {batch: 16, steps: 2}\nstreams: [{stream: split, "
               "dataset: synthetic-digits, tasks: 2, per_task: 50, test_per_task: 20}]\n"
               "learners: [nearest-mean]\n");
    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), 0);
    for (int i = 0; i < 3; i++) {
        char name[64], row[2048], *text;

        snprintf(name, sizeof name, "out/%s", table[i]);
        text = content(name);
        snprintf(row, sizeof row, "\n`%s`: `%.*s`", table[i], (int)strcspn(text, "\n"),
                 text);
        ck_assert_msg(strstr(page, row) != NULL, "%s", row);
        free(text);
    }
}
END_TEST

Suite *interface_suite(void)
{
    Suite *suite = suite_create("interface");
    TCase *tests = tcase_create("interface");

    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, read_page, tear_down);
    tcase_add_test(tests, every_command_and_flag_is_there);
    tcase_add_test(tests, no_command_is_missing);
    tcase_add_test(tests, the_example_suite_is_one);
    tcase_add_test(tests, columns_are_those_of_the_files);
    suite_add_tcase(suite, tests);
    return suite;
}
