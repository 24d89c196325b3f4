/* The whole text of a file of the tree, from its root. */
#ifndef TESTS_SUPPORT_CONTENTS_H
#define TESTS_SUPPORT_CONTENTS_H

#include <check.h>
#include <stdio.h>

/* The caller frees it. */
static inline char *contents(const char *path)
{
    FILE *in = fopen(path, "r");
    char *text = NULL;
    size_t size = 0;

    ck_assert_ptr_nonnull(in);
    ck_assert_int_gt(getdelim(&text, &size, '\0', in), 0);
    fclose(in);
    return text;
}

#endif
