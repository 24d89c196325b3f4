/* CIFAR-10 and CIFAR-100, binary version.
 *
 * A file is a sequence of records: the label bytes, then 32 x 32 bytes each of red, green
 * and blue, row by row. CIFAR-10 has one label byte; CIFAR-100 has two, the
 * coarse label (a superclass of five classes) and the fine one. The files are
 * data_batch_1.bin ... data_batch_5.bin and test_batch.bin, or train.bin and test.bin.
 *
 * Open a folder to learn how many images it holds, bring memory, read. Nothing stays
 * open. */
#ifndef TASKS_FORMATS_CIFAR_H
#define TASKS_FORMATS_CIFAR_H

#include "core/base/dataset.h"
#include "core/base/error.h"
#include "core/plug/stream.h"

enum { CIFAR_SIDE = 32, CIFAR_CHANNELS = 3, CIFAR_FILES = 6 };

enum cifar_kind { CIFAR_10, CIFAR_100, CIFAR_100_COARSE };

struct cifar {
    enum cifar_kind kind;
    const char *folder;      /* the caller's */
    int n_file[CIFAR_FILES]; /* images in each file */
    int n[2];                /* by enum part: images in all */
};

/* The first file that is not there, NULL = none is missing. */
const char *cifar_missing(enum cifar_kind kind, const char *folder);

/* The first file of a part that has none, NULL = both parts have at least one. */
const char *cifar_without(enum cifar_kind kind, const char *folder);

/* Of the files that are there, of a folder with some of both parts. ERR_DATA unless each is
 * a whole number of records, and at least one. */
enum status cifar_open(struct cifar *cifar, enum cifar_kind kind, const char *folder,
                       struct error *err);

/* pixel: n x 32 x 32 x 3, channels innermost; label: n, each below n_class. */
enum status cifar_read(const struct cifar *cifar, enum part part, uint8_t *pixel,
                       uint8_t *label, int n_class, struct error *err);

#endif
