/* The data sets that a run needs, each decoded once and seen by all workers. */
#ifndef BENCH_LIBRARY_H
#define BENCH_LIBRARY_H

#include "bench/settings.h"
#include "core/dataset.h"

enum { LIBRARY_MAX = 32 };

struct library {
    char folder[1024]; /* the data directory */
    struct book {
        char name[PARAM_TEXT_MAX];
        int pad;
        struct dataset data;
    } book[LIBRARY_MAX];
    int n;
};

/* The data set of a stream, loaded at the first call for it. ERR_DATA as dataset_load. */
enum status library_get(struct library *library, const struct stream_setup *setup,
                        const struct dataset **data, struct error *err);
void library_close(struct library *library);

#endif
