/* The suites of tests/suites, and suites that a test writes out itself. */
#ifndef TESTS_SUPPORT_SUITE_FILES_H
#define TESTS_SUPPORT_SUITE_FILES_H

#include <check.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/suite/suite.h"

enum { SUITE_PATH = 1024 };

/* tests/suites/NAME; tests are started at the root, as CMake does. __FILE__ would not do:
 * a compiler cache may have put another tree's path into it. */
static inline void suite_files_path(const char *name, char *path)
{
    snprintf(path, SUITE_PATH, "tests/suites/%s", name);
}

/* "bad/" -> its suites, sorted; false = none. The caller calls globfree. */
static inline bool suite_files_find(const char *folder, glob_t *found)
{
    char pattern[SUITE_PATH];

    suite_files_path(folder, pattern);
    strcat(pattern, "*.yaml");
    return glob(pattern, 0, NULL, found) == 0;
}

/* A file in the folder for temporary files that holds the text; the caller unlinks it. */
static inline void suite_files_write(const char *text, char *path)
{
    const char *folder = getenv("TMPDIR");
    int fd;

    snprintf(path, SUITE_PATH, "%s/suite-XXXXXX", folder ? folder : "/tmp");
    fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

/* Loads a suite given as text, with one override (NULL = none). */
static inline enum status suite_files_load(const char *text, const struct override *set,
                                           struct suite *suite, struct arena *arena,
                                           struct error *err)
{
    const struct override_list overrides = {set, set ? 1 : 0};
    char path[SUITE_PATH];
    enum status status;

    suite_files_write(text, path);
    status = suite_load(suite, path, &overrides, arena, err);
    unlink(path);
    return status;
}

#endif
