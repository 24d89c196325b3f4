/* One file from a URL (https, http, file), by libcurl. */
#ifndef BENCH_FETCH_DOWNLOAD_H
#define BENCH_FETCH_DOWNLOAD_H

#include <stdio.h>

#include "core/base/error.h"

/* Adds to a file, open for appending, what the URL has beyond the bytes that it holds
 * already, or all of it where the server cannot go on in the middle; path: its name, for
 * errors. bar: draws how far it is, on a terminal; NULL = does not. ERR_IO says what went
 * wrong; what came until then stays, on the disk. */
enum status download(const char *url, FILE *file, const char *path, FILE *bar,
                     struct error *err);

#endif
