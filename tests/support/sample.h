/* Small files for the tests of readers, in a folder of their own. */
#ifndef TESTS_SUPPORT_SAMPLE_H
#define TESTS_SUPPORT_SAMPLE_H

#include <check.h>
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { SAMPLE_FOLDER = 256, SAMPLE_PATH = 512 }; /* bytes */

static inline void sample_open(char *folder)
{
    const char *place = getenv("TMPDIR");

    snprintf(folder, SAMPLE_FOLDER, "%s/check-XXXXXX", place ? place : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static inline int sample_unlink(const char *path, const struct stat *st, int kind,
                                struct FTW *at)
{
    return remove(path);
}

static inline void sample_close(const char *folder)
{
    ck_assert_int_eq(nftw(folder, sample_unlink, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void sample_folder(const char *folder, const char *name)
{
    char path[2 * SAMPLE_PATH];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(mkdir(path, 0777), 0);
}

static inline void sample_write(const char *folder, const char *name,
                                const uint8_t *bytes, size_t n)
{
    char path[2 * SAMPLE_PATH];
    FILE *out;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    out = fopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(bytes, 1, n, out), n);
    ck_assert_int_eq(fclose(out), 0);
}

/* The same bytes, compressed. */
static inline void sample_write_gz(const char *folder, const char *name,
                                   const uint8_t *bytes, size_t n)
{
    char path[2 * SAMPLE_PATH];
    gzFile out;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    out = gzopen(path, "wb");
    ck_assert_ptr_nonnull(out);
    ck_assert_int_eq(gzwrite(out, bytes, (unsigned)n), (int)n);
    ck_assert_int_eq(gzclose(out), Z_OK);
}

#endif
