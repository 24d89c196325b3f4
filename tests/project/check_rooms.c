/* The layers of the sources: core knows nobody; tasks, noprop, baselines and results know
 * only core; bench knows all; a library is known to few files, BLAS, libyaml and libcurl to
 * one each. */
#include <check.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *files, *may[5]; /* folders whose headers they may include */
} layers[] = {
    {"core/*.[ch]", {"core/"}},
    {"tasks/*.[ch]", {"tasks/", "core/"}},
    {"noprop/*.[ch]", {"noprop/", "core/"}},
    {"baselines/*/*.[ch]", {"baselines/", "core/"}},
    {"results/*.[ch]", {"results/", "core/"}},
};

static const struct {
    const char *header, *files[5]; /* all that include it */
} doors[] = {
    {"<cblas.h>", {"core/nn/blas.c"}},
    {"<yaml.h>", {"bench/suite/yaml_tree.c"}},
    {"<curl/", {"bench/fetch/download.c"}},
    {"<zlib.h>",
     {"bench/run/checkpoint.c", "bench/fetch/untar.c", "tasks/formats/idx.h"}},
    {"<jansson.h>",
     {"bench/commands/perf.c", "results/data/environment.c", "results/data/field.h",
      "results/data/outcome.c"}},
    {"<pthread.h>", {"core/nn/blas.c", "core/base/threads.c"}},
};

enum { LINE = 512 };

static int allowed(const char *include, const char *const *may)
{
    for (int i = 0; i < 5 && may[i]; i++)
        if (strncmp(include, may[i], strlen(may[i])) == 0)
            return 1;
    return 0;
}

static int is_include(const char *line, char quote, char *name)
{
    char form[32];

    snprintf(form, sizeof form, "#include %c%%500[^%c]", quote, quote == '"' ? '"' : '>');
    return sscanf(line, form, name) == 1;
}

static void expect_layer(const char *path, const char *const *may)
{
    FILE *in = fopen(path, "r");
    char line[LINE], name[LINE];

    ck_assert_ptr_nonnull(in);
    while (fgets(line, sizeof line, in))
        if (is_include(line, '"', name))
            ck_assert_msg(allowed(name, may), "%s must not include %s", path, name);
    fclose(in);
}

START_TEST(arrows_point_one_way)
{
    glob_t found;

    ck_assert_int_eq(glob(layers[_i].files, 0, NULL, &found), 0);
    ck_assert_uint_gt(found.gl_pathc, 0);
    for (size_t i = 0; i < found.gl_pathc; i++)
        expect_layer(found.gl_pathv[i], layers[_i].may);
    globfree(&found);
}
END_TEST

static bool includes(const char *path, const char *header)
{
    FILE *in = fopen(path, "r");
    char line[LINE];
    bool found = false;

    ck_assert_ptr_nonnull(in);
    while (!found && fgets(line, sizeof line, in))
        found = strncmp(line, "#include", 8) == 0 && strstr(line, header);
    fclose(in);
    return found;
}

START_TEST(few_doors_to_a_library)
{
    const char *const *files = doors[_i].files;
    glob_t found;
    int users = 0;

    ck_assert_int_eq(glob("[bcnrt]*/*.[ch]", 0, NULL, &found), 0);
    ck_assert_int_eq(glob("baselines/*/*.[ch]", GLOB_APPEND, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];

        if (strncmp(path, "tests/", 6) == 0 || !includes(path, doors[_i].header))
            continue;
        ck_assert_msg(users < 5 && files[users] && strcmp(files[users], path) == 0,
                      "%s includes %s", path, doors[_i].header);
        users++;
    }
    ck_assert_msg(users == 5 || !files[users], "%s does not include %s", files[users],
                  doors[_i].header);
    globfree(&found);
}
END_TEST

Suite *rooms_suite(void)
{
    Suite *suite = suite_create("rooms");
    TCase *tcase = tcase_create("layers");

    tcase_add_loop_test(tcase, arrows_point_one_way, 0, sizeof layers / sizeof *layers);
    tcase_add_loop_test(tcase, few_doors_to_a_library, 0, sizeof doors / sizeof *doors);
    suite_add_tcase(suite, tcase);
    return suite;
}
