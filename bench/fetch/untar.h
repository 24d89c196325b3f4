/* Files out of a .tar.gz (POSIX ustar), as the CIFAR archives are. */
#ifndef BENCH_FETCH_UNTAR_H
#define BENCH_FETCH_UNTAR_H

#include <stdio.h>

#include "core/base/error.h"

/* Writes the regular file whose name, without the folders before it, is `member`, to out,
 * and its digest as sha256_end does. ERR_DATA where the archive is damaged, ends early, has
 * no such file or holds more than `most` bytes; ERR_IO where it cannot be read or out not
 * be written. */
enum status untar(const char *archive, const char *member, long long most, FILE *out,
                  char digest[65], struct error *err);

#endif
