/* docs/faults.md: each row of its tables has six columns, of which the last names a test
 * that exists, as SUITE/TEST. */
#include <check.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 4096, N_COLUMN = 6, ROWS_LEAST = 40 };

/* Cuts "| a | b |" into its columns; how many there are. A | within `code` is text. */
static int split(char *row, char *column[N_COLUMN + 1])
{
    bool code = false;
    int n = 0;

    for (char *c = row; *c && n <= N_COLUMN; c++) {
        code ^= *c == '`';
        if (*c != '|' || code)
            continue;
        *c = '\0';
        if (c[1] && c[1] != '\n')
            column[n++] = c + 1;
    }
    return n;
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " ")] == '\0';
}

/* Whether a file check_SUITE.c below tests/ has a START_TEST(TEST). */
static bool exists(const char *suite, const char *test)
{
    char pattern[256], words[256], line[LINE];
    bool there = false;
    glob_t found;

    snprintf(words, sizeof words, "START_TEST(%s)", test);
    snprintf(pattern, sizeof pattern, "tests/{*,*/*}/check_%s.c", suite);
    if (glob(pattern, GLOB_BRACE, NULL, &found) != 0)
        found.gl_pathc = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        FILE *in = fopen(found.gl_pathv[i], "r");

        while (in && fgets(line, sizeof line, in))
            there |= strncmp(line, words, strlen(words)) == 0;
        if (in)
            fclose(in);
    }
    globfree(&found);
    return there;
}

static void check_row(char *row)
{
    char *column[N_COLUMN + 1], suite[128], test[128];
    int n = split(row, column);

    ck_assert_msg(n == N_COLUMN, "a row of %d columns: %s", n, column[0]);
    for (int i = 0; i < N_COLUMN; i++)
        ck_assert_msg(!is_blank(column[i]), "an empty column: %s", column[0]);
    ck_assert_msg(sscanf(column[N_COLUMN - 1], " `%127[^/`]/%127[^`]`", suite, test) == 2,
                  "no SUITE/TEST: %s", column[0]);
    ck_assert_msg(exists(suite, test), "there is no test %s/%s", suite, test);
}

START_TEST(every_fault_has_a_test)
{
    FILE *in = fopen("docs/faults.md", "r");
    char line[LINE];
    bool within = false; /* below the |---| of a table of faults */
    int n = 0;

    ck_assert_ptr_nonnull(in);
    while (fgets(line, sizeof line, in)) {
        if (strncmp(line, "| fault |", strlen("| fault |")) == 0)
            within = true;
        else if (line[0] != '|')
            within = false;
        else if (within && strncmp(line, "|--", 3) != 0) {
            check_row(line);
            n++;
        }
    }
    fclose(in);
    ck_assert_int_ge(n, ROWS_LEAST);
}
END_TEST

Suite *faults_doc_suite(void)
{
    Suite *suite = suite_create("faults_doc");
    TCase *tests = tcase_create("faults_doc");

    tcase_add_test(tests, every_fault_has_a_test);
    suite_add_tcase(suite, tests);
    return suite;
}
