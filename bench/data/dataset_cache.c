#include "bench/data/dataset_cache.h"

#include <stdio.h>
#include <string.h>

#include "tasks/formats/kept.h"
#include "tasks/formats/place.h"

void dataset_cache_beside(struct dataset_cache *cache, const char *suite)
{
    const char *slash = strrchr(suite, '/');

    snprintf(cache->beside, sizeof cache->beside, "%.*s",
             slash ? (int)(slash - suite + 1) : 1, slash ? suite : ".");
}

/* It is called as in the suite, wherever it was found. */
static enum status load(const struct dataset_cache *cache, struct cached_dataset *cached,
                        const struct stream_setup *setup, struct error *err)
{
    char placed[DATASET_PLACED];

    if (dataset_place(setup->dataset, cache->beside, placed, &cached->elsewhere, err) !=
            OK ||
        kept_load(&cached->data, placed, cache->folder, setup->form, err) != OK)
        return err->status;
    snprintf(cached->data.name, sizeof cached->data.name, "%.*s",
             (int)sizeof cached->data.name - 1, setup->dataset);
    return OK;
}

enum status dataset_cache_get(struct dataset_cache *cache,
                              const struct stream_setup *setup,
                              const struct dataset **data, struct error *err)
{
    struct cached_dataset *cached;

    for (int i = 0; i < cache->n; i++) {
        cached = &cache->cached[i];
        if (cached->form.pad == setup->form.pad &&
            cached->form.transpose == setup->form.transpose &&
            strcmp(cached->name, setup->dataset) == 0) {
            *data = &cached->data;
            return OK;
        }
    }
    if (cache->n == DATASET_CACHE_MAX)
        return error_set(err, ERR_SUITE, "more than %d data sets in one suite",
                         DATASET_CACHE_MAX);
    cached = &cache->cached[cache->n];
    if (load(cache, cached, setup, err) != OK)
        return err->status;
    strcpy(cached->name, setup->dataset);
    cached->form = setup->form;
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
