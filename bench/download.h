/* One file from a URL (https, http, file) to a path, by libcurl. */
#ifndef BENCH_DOWNLOAD_H
#define BENCH_DOWNLOAD_H

#include <stdio.h>

#include "core/error.h"

/* Adds to the path what the URL has beyond the bytes that it holds already, or all of it
 * where the server cannot go on in the middle. bar: draws how far it is, on a terminal;
 * NULL = does not. ERR_IO says what went wrong; what came until then stays. */
enum status download(const char *url, const char *path, FILE *bar, struct error *err);

#endif
