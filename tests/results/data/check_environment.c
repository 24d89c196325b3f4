#include "results/data/environment.h"

#include <check.h>
#include <gnu/libc-version.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

START_TEST(what_is_saved_is_what_the_system_says)
{
    static const char *const key[] = {"version", "commit",    "compiler", "flags",
                                      "blas",    "blas_core", "isa",      "libc",
                                      "cpu",     "kernel",    "host"};
    char path[] = "/tmp/check_environment.XXXXXX", host[256];
    struct environment env;
    struct error err = {0};
    json_t *root;

    ck_assert_int_ge(close(mkstemp(path)), 0);
    environment_read(&env, "OpenBLAS 0.3", "Haswell");
    ck_assert_int_eq(environment_save(&env, path, &err), OK);
    root = json_load_file(path, 0, NULL);
    ck_assert_ptr_nonnull(root);
    for (size_t i = 0; i < sizeof key / sizeof key[0]; i++) {
        const char *text = json_string_value(json_object_get(root, key[i]));

        ck_assert_msg(text && *text, "%s", key[i]);
    }
    ck_assert_int_eq(gethostname(host, sizeof host), 0);
    ck_assert_str_eq(json_string_value(json_object_get(root, "host")), host);
    ck_assert_ptr_nonnull(strstr(env.libc, gnu_get_libc_version()));
    ck_assert_int_eq(json_integer_value(json_object_get(root, "cores")),
                     sysconf(_SC_NPROCESSORS_ONLN));
    json_decref(root);
    unlink(path);
}
END_TEST

static enum status load(const char *text, struct environment *env, struct error *err)
{
    char path[] = "/tmp/check_environment.XXXXXX";
    FILE *out = fdopen(mkstemp(path), "w");
    enum status status;

    ck_assert_ptr_nonnull(out);
    fputs(text, out);
    fclose(out);
    status = environment_load(env, path, err);
    unlink(path);
    return status;
}

START_TEST(what_is_loaded_is_what_the_file_says)
{
    struct environment env;
    struct error err = {0};

    ck_assert_int_eq(
        load("{\"version\": \"0.0.1\", \"commit\": \"abc\", \"compiler\": \"tcc 1\","
             " \"flags\": \"-O9\", \"blas\": \"B\", \"blas_core\": \"Z80\","
             " \"isa\": \"mmx\", \"libc\": \"musl\", \"cpu\": \"a cpu\","
             " \"cores\": 77, \"kernel\": \"Hurd 1\", \"host\": \"elsewhere\"}",
             &env, &err),
        OK);
    ck_assert_str_eq(env.version, "0.0.1");
    ck_assert_str_eq(env.commit, "abc");
    ck_assert_str_eq(env.flags, "-O9");
    ck_assert_str_eq(env.cpu, "a cpu");
    ck_assert_int_eq(env.cores, 77);
    ck_assert_str_eq(env.host, "elsewhere");
}
END_TEST

START_TEST(damaged_files_change_nothing)
{
    static const char *const text[] = {"", "{\"version\": ", "[]", "{\"version\": \"1\"}",
                                       "{\"version\": 1}"};
    struct environment env = {.host = "as it was"};

    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        struct error err = {0};

        ck_assert_int_eq(load(text[i], &env, &err), ERR_DAMAGED);
        ck_assert_ptr_nonnull(strstr(err.text, "/check_environment."));
        ck_assert_str_eq(env.host, "as it was");
        ck_assert_str_eq(env.version, "");
    }
}
END_TEST

START_TEST(no_file)
{
    struct environment env;
    struct error err = {0};

    ck_assert_int_eq(environment_load(&env, "/nowhere/environment.json", &err), ERR_IO);
}
END_TEST

Suite *environment_suite(void)
{
    Suite *suite = suite_create("environment");
    TCase *tests = tcase_create("environment");

    tcase_add_test(tests, what_is_saved_is_what_the_system_says);
    tcase_add_test(tests, what_is_loaded_is_what_the_file_says);
    tcase_add_test(tests, damaged_files_change_nothing);
    tcase_add_test(tests, no_file);
    suite_add_tcase(suite, tests);
    return suite;
}
