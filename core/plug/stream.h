/* The plug for streams: a sequence of tasks cut from one data set.
 *
 * A stream says which images belong to which task, which class each row stands for, and
 * how a task changes its images. It knows nothing of scenarios: classes are numbered
 * through the whole stream, those of one task in one range, and the harness derives from
 * it what competes (class, task) or the position within the task (domain). */
#ifndef CORE_PLUG_STREAM_H
#define CORE_PLUG_STREAM_H

#include <stdbool.h>

#include "core/base/dataset.h"
#include "core/base/param.h"
#include "core/nn/rng.h"

enum part { PART_TRAIN, PART_TEST };

struct subset {           /* rows of one task */
    const int32_t *row;   /* n: position in the images of that part */
    const int32_t *label; /* n: class in the numbering of the stream */
    int n;
};

struct range {
    int first, n;
};

struct stream_env {
    struct arena *arena;
    const struct dataset *data;
    struct rng rng; /* of the stream's seed */
};

struct stream {
    const char *name, *about, *source;
    const struct param *params; /* parsed into the state struct before init */
    size_t size;

    /* Required. Takes and fills the subsets; TAG_FIXED for what never changes. */
    enum status (*init)(void *self, const struct stream_env *env, struct error *err);
    /* Required. */
    int (*n_task)(const void *self);
    struct subset (*subset)(const void *self, int task, enum part part);
    struct range (*classes)(const void *self, int task);
    /* Optional. The image as the task shows it, same shape; NULL = as it is. */
    void (*render)(const void *self, int task, const uint8_t *image, uint8_t *out);
    bool
        scatters; /* neighbouring pixels do not stay neighbours: no moving or mirroring */
};

#endif
