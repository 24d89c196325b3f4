#include "tests/support/needs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool failed;

bool needs(bool there, const char *reason)
{
    if (!there)
        printf("skipped: %s\n", reason);
    failed = failed || !there;
    return there;
}

static bool in_path(const char *name)
{
    const char *path = getenv("PATH");
    char file[4096];

    while (path && *path) {
        int n = (int)strcspn(path, ":");

        snprintf(file, sizeof file, "%.*s/%s", n, path, name);
        if (access(file, X_OK) == 0)
            return true;
        path += path[n] ? n + 1 : n;
    }
    return false;
}

bool needs_program(const char *name)
{
    char reason[128];

    snprintf(reason, sizeof reason, "%s is not installed", name);
    return needs(in_path(name), reason);
}

void __asan_init(void) __attribute__((weak)); /* there with an address sanitizer */

bool is_sanitized(void)
{
    return __asan_init != NULL;
}

bool needs_failed(void)
{
    return failed;
}
