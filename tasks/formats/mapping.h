/* The memory of a data set: anonymous pages, shared with every process forked later,
 * written while the data set is decoded and read-only from then on; or those of a file that
 * holds the same bytes (kept.h). */
#ifndef TASKS_FORMATS_MAPPING_H
#define TASKS_FORMATS_MAPPING_H

#include <stdbool.h>

#include "core/base/dataset.h"
#include "core/base/error.h"

/* What is made of the images as they are in the files: transposed (EMNIST holds columns
 * where MNIST holds rows), then padded with zeros on all sides to pad x pad; 0 = not. */
struct dataset_form {
    int pad;
    bool transpose;
};

struct mapping {         /* of a data set that is being decoded */
    struct shape stored; /* of an image as decoded; dataset->shape is that of its form */
    bool transpose;
    struct {
        uint8_t *pixel; /* n x stored, one after the other */
        uint8_t *label; /* n */
    } train, test;
};

/* Sets the data set's shape and images, with room for them in that form. */
enum status mapping_open(struct mapping *mapping, struct dataset *data,
                         struct shape stored, int n_train, int n_test,
                         struct dataset_form form, struct error *err);

/* Brings what was decoded into its form and makes it read-only. */
enum status mapping_finish(const struct mapping *mapping, struct dataset *data,
                           struct error *err);

/* The pages: pixels of both parts, then their labels. */
size_t mapping_bytes(const struct dataset *data);
const void *mapping_base(const struct dataset *data);

/* The same pages from the start of an open file, read-only, for a data set with its shape and
 * numbers of images set. false = they cannot be mapped. */
bool mapping_attach(struct dataset *data, int file);

/* Gives the memory back; also right when mapping_open failed or was never called. */
void mapping_close(struct dataset *data);

#endif
