/* The data sets that a study needs, each loaded once, before the workers are forked. */
#ifndef BENCH_DATA_DATASET_CACHE_H
#define BENCH_DATA_DATASET_CACHE_H

#include "bench/suite/settings.h"
#include "core/base/dataset.h"

enum { DATASET_CACHE_MAX = 32 };

struct dataset_cache {
    char folder[1024]; /* the data directory */
    char beside[1024]; /* the suite file's folder, where {idx: DIR} is looked for first */
    struct cached_dataset {
        char name[PARAM_TEXT_MAX];
        struct dataset_form form;
        struct dataset data;
        bool elsewhere; /* found from the working directory, not beside the suite file */
    } cached[DATASET_CACHE_MAX];
    int n;
};

/* The data set of a stream, loaded at the first call for it. ERR_DATA as kept_load. */
enum status dataset_cache_get(struct dataset_cache *cache,
                              const struct stream_setup *setup,
                              const struct dataset **data, struct error *err);

/* The folder that holds a suite file. */
void dataset_cache_beside(struct dataset_cache *cache, const char *suite);

void dataset_cache_close(struct dataset_cache *cache);

#endif
