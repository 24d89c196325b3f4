/* Where the folders of a user's own data are. */
#ifndef TASKS_FORMATS_PLACE_H
#define TASKS_FORMATS_PLACE_H

#include "tasks/formats/catalogue.h"

enum { DATASET_PLACED = 4 * DATASET_NAME }; /* bytes */

/* Makes the folders of a user's own data absolute, "idx:DIR" and "cifar:DIR": from the folder
 * `beside` where that has a DIR, else from the working directory; *elsewhere: from that.
 * ERR_DATA where there is none in either, with both. */
enum status dataset_place(const char *text, const char *beside, char out[DATASET_PLACED],
                          bool *elsewhere, struct error *err);

#endif
