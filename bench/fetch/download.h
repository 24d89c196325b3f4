/* One file from a URL (https, http, file), by libcurl. */
#ifndef BENCH_FETCH_DOWNLOAD_H
#define BENCH_FETCH_DOWNLOAD_H

#include <stdio.h>

#include "core/base/error.h"

struct download_bounds {
    int silent;     /* seconds without a byte after which a server is given up */
    long long most; /* bytes of the whole file */
};

/* Appends to an open file the rest of what the URL has, or starts over where the server
 * cannot resume; path: the name of the file, for errors. bar: the terminal on which
 * progress is drawn; NULL = none. On ERR_IO what has been received stays in the file;
 * ERR_DATA where it is more than the bound. Redirections are followed to http and https. */
enum status download(const char *url, FILE *file, const char *path,
                     const struct download_bounds *bounds, FILE *bar, struct error *err);

#endif
