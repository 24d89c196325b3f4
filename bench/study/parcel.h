/* The files of a training's cells as bytes, from one host to another. */
#ifndef BENCH_STUDY_PARCEL_H
#define BENCH_STUDY_PARCEL_H

#include "bench/study/folder.h"

enum parcel_of {
    PARCEL_BEGUN, /* what a training needs to go on, and leaves when it is stopped */
    PARCEL_ENDED, /* all that it leaves */
};

/* Writes the files of the cells that are in the folder. A failure is seen by ferror. */
void parcel_put(const struct folder *folder, const struct cell *first,
                enum parcel_of what, FILE *out);

/* Puts what parcel_put wrote into the folder, where the cells have been begun: log.txt at
 * the end of the one that is there, the others in their place; what the parcel's folder did
 * not have is removed. status.json comes last. */
enum status parcel_take(const struct folder *folder, const struct cell *first,
                        const char *from, size_t n, struct error *err);

/* Removes these files. */
void parcel_remove(const struct folder *folder, const struct cell *first);

#endif
