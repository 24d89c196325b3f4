/* The memory of a data set: anonymous pages, shared with every process forked later,
 * written while the data set is decoded and read-only from then on. */
#ifndef TASKS_FORMATS_MAPPING_H
#define TASKS_FORMATS_MAPPING_H

#include "core/base/dataset.h"
#include "core/base/error.h"

struct mapping {         /* of a data set that is being decoded */
    struct shape stored; /* of an image as decoded; dataset->shape is the padded one */
    struct {
        uint8_t *pixel; /* n x stored, one after the other */
        uint8_t *label; /* n */
    } train, test;
};

/* Sets the data set's shape and images. pad > 0: room for images of pad x pad pixels. */
enum status mapping_open(struct mapping *mapping, struct dataset *data,
                         struct shape stored, int n_train, int n_test, int pad,
                         struct error *err);

/* Pads what was decoded and makes it read-only. */
enum status mapping_finish(const struct mapping *mapping, struct dataset *data,
                           struct error *err);

/* Gives the memory back; also right when mapping_open failed or was never called. */
void mapping_close(struct dataset *data);

#endif
