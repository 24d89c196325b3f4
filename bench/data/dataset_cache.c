#include "bench/data/dataset_cache.h"

#include <string.h>

#include "tasks/formats/kept.h"

enum status dataset_cache_get(struct dataset_cache *cache,
                              const struct stream_setup *setup,
                              const struct dataset **data, struct error *err)
{
    struct cached_dataset *cached;

    for (int i = 0; i < cache->n; i++) {
        cached = &cache->cached[i];
        if (cached->pad == setup->pad && strcmp(cached->name, setup->dataset) == 0) {
            *data = &cached->data;
            return OK;
        }
    }
    if (cache->n == DATASET_CACHE_MAX)
        return error_set(err, ERR_SUITE, "more than %d data sets in one suite",
                         DATASET_CACHE_MAX);
    cached = &cache->cached[cache->n];
    if (kept_load(&cached->data, setup->dataset, cache->folder, setup->pad, err) != OK)
        return err->status;
    strcpy(cached->name, setup->dataset);
    cached->pad = setup->pad;
    cache->n++;
    *data = &cached->data;
    return OK;
}

void dataset_cache_close(struct dataset_cache *cache)
{
    for (int i = 0; i < cache->n; i++)
        dataset_close(&cache->cached[i].data);
    cache->n = 0;
}
