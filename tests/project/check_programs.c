/* What the test programs contain. OpenBLAS is 26 MB of kernels, and belongs only into
 * programs with convolutions: one symbol of it that something else needs, and the linker
 * puts it into every program. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/file.h"

/* Is cblas_sgemm among the symbols of a program? */
static bool has_openblas(const char *program)
{
    char name[] = "cblas_?gemm", *all; /* not the name itself: this program has it, too */
    struct arena arena;
    struct error err = {0};
    bool found;
    size_t n;

    name[6] = 's';
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    ck_assert_msg(file_read(program, &arena, &all, &n, &err) == OK, "%s", err.text);
    found = memmem(all, n, name, sizeof name) != NULL;
    arena_close(&arena);
    return found;
}

static const struct {
    const char *name;
    bool convolutions;
} programs[] = {
    {"check_project", false},       {"check_core_base", false},
    {"check_core_kernels", false},  {"check_core_optim", false},
    {"check_tasks_formats", false}, {"check_tasks_streams", false},
    {"check_results_data", false},  {"check_results_report", false},
    {"check_bench_data", false},    {"check_core_nn", true},
};

/* The program of that name beside this one; one that was not built is left out. */
START_TEST(openblas_is_only_where_convolutions_are)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    char *name;

    ck_assert_int_gt(n, 0);
    path[n] = '\0';
    name = strrchr(path, '/') + 1;
    ck_assert_str_eq(name, programs[0].name);
    snprintf(name, 64, "%s", programs[_i].name);
    if (access(path, F_OK) == 0)
        ck_assert_msg(has_openblas(path) == programs[_i].convolutions, "%s", path);
}
END_TEST

Suite *programs_suite(void)
{
    Suite *suite = suite_create("programs");
    TCase *tcase = tcase_create("programs");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, openblas_is_only_where_convolutions_are, 0,
                        sizeof programs / sizeof *programs);
    return suite;
}
