/* environment.json: what the results were made with and on. */
#ifndef RESULTS_DATA_ENVIRONMENT_H
#define RESULTS_DATA_ENVIRONMENT_H

#include "core/base/error.h"

struct environment {
    char commit[64], compiler[96], flags[512], version[32]; /* of this program */
    char blas[128], blas_core[32], isa[16];
    char libc[48], kernel[136], host[72], cpu[128];
    int cores;
};

/* The commit, compiler and flags are those this program was built with. blas, blas_core:
 * of core/nn/blas.h, which this file must not ask: a program that asks contains it. */
void environment_read(struct environment *env, const char *blas, const char *blas_core);
enum status environment_save(const struct environment *env, const char *path,
                             struct error *err);

/* ERR_IO where the file is missing, ERR_DAMAGED where it is damaged; env is then left as
 * it was. */
enum status environment_load(struct environment *env, const char *path,
                             struct error *err);

#endif
