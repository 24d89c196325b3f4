/* The data sets that a study needs, each loaded once, before the workers are forked. */
#ifndef BENCH_DATA_DATASET_CACHE_H
#define BENCH_DATA_DATASET_CACHE_H

#include "bench/suite/settings.h"
#include "core/base/dataset.h"

enum { DATASET_CACHE_MAX = 32 };

struct dataset_cache {
    char folder[1024]; /* the data directory */
    struct cached_dataset {
        char name[PARAM_TEXT_MAX];
        int pad;
        struct dataset data;
    } cached[DATASET_CACHE_MAX];
    int n;
};

/* The data set of a stream, loaded at the first call for it. ERR_DATA as kept_load. */
enum status dataset_cache_get(struct dataset_cache *cache,
                              const struct stream_setup *setup,
                              const struct dataset **data, struct error *err);
void dataset_cache_close(struct dataset_cache *cache);

#endif
