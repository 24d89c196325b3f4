/* What the fuzz targets share. A target is one file fuzz_NAME.c, which defines
 *
 *     int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
 *
 * and aborts where the reader breaks a promise of its header; docs/fuzzing.md says how
 * the targets are built and run. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
int LLVMFuzzerInitialize(int *n, char ***argument);

/* The arena of the target, empty again at each call. */
struct arena *fuzz_arena(void);

/* A copy of the input that ends with a NUL; the caller frees it. */
char *fuzz_text(const uint8_t *data, size_t n);

/* A file for a reader that takes a path: folder and file are made once, in memory where
 * there is such a folder, and are removed when the program ends. It must be static. */
struct fuzz_file {
    char path[128];
    int fd;
};

const char *fuzz_folder(void);
void fuzz_file_open(struct fuzz_file *file, const char *name);
void fuzz_file_set(const struct fuzz_file *file, const uint8_t *data, size_t n);

/* Ends the program with a message that names the promise, unless it holds. */
#define FUZZ_EXPECT(holds) fuzz_expect(holds, #holds, __FILE__, __LINE__)
void fuzz_expect(int holds, const char *promise, const char *file, int line);

#endif
