/* Downloads published data sets into the data directory.
 *
 * A file is downloaded as FILE.part, which an interrupted download leaves behind and the
 * next one resumes; it gets its own name when it is complete and has the expected digest.
 * Where a server does not answer, or has another file, the next one of the set is asked.
 * A file that is there with that digest is kept. FILE.part is locked while it is written:
 * a second download of it is refused. */
#ifndef BENCH_FETCH_FETCH_H
#define BENCH_FETCH_FETCH_H

#include <stdbool.h>
#include <stdio.h>

#include "core/base/error.h"

enum { FETCH_FILES = 8, FETCH_MIRRORS = 3 };

struct fetch_file {
    const char *name, *sha256; /* in hex; a name of NULL ends a list */
};

struct fetch_set {
    const char *name;                /* as in a suite file */
    const char *folder;              /* in the data directory */
    const char *from[FETCH_MIRRORS]; /* URLs of folders that have the files, tried in
                                        turn; a NULL ends them */
    const char *archive; /* the .tar.gz that holds them; NULL = they come one by one */
    struct fetch_file file[FETCH_FILES];
};

extern const struct fetch_set
    fetch_sets[]; /* bench/fetch/fetch_list.c; ended by a NULL name */

struct fetch_options {
    const char *from; /* another URL of that folder; NULL = the set's own */
    int silent;       /* seconds without a byte until a server is given up; 0 = 60 */
    long long most;   /* bytes of a file, and of an archive's content; 0 = 1 GiB */
    FILE *out;        /* a line for each file; NULL = quiet */
    bool shows_bar;   /* draws a progress bar while a file comes: out is a terminal */
};

/* Brings every file of the set into data/<folder>. ERR_DATA where a file has another
 * digest, ERR_IO where it could not be read or written (a second call resumes) or another
 * process is fetching it, ERR_USAGE where data or options->from is too long. */
enum status fetch_set(const struct fetch_set *set, const char *data,
                      const struct fetch_options *options, struct error *err);

#endif
