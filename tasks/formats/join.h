/* Several data sets as one: images and classes one after the other. */
#ifndef TASKS_FORMATS_JOIN_H
#define TASKS_FORMATS_JOIN_H

#include "core/base/dataset.h"
#include "core/base/error.h"

/* Copies n loaded data sets (at most DATASET_PARTS) into one, which is closed as any
 * other. Class c of a part becomes c + the classes of the parts before it. No mean and
 * std are published for it. ERR_DATA where the images differ in shape, or there are more
 * than 256 classes. */
enum status dataset_join(struct dataset *data, const char *name,
                         const struct dataset *part, int n, struct error *err);

#endif
