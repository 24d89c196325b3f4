/* Data sets by name: found, decoded once, shared read-only.
 *
 * Names: "mnist", "fashion-mnist" (IDX, plain or .gz, in DIR/<name>/), "cifar10",
 * "cifar100" (binary version, in DIR/<name>/), "cifar100-coarse" (the files of cifar100,
 * 20 superclasses), "synthetic-digits" (generated, needs no files), "idx:FOLDER" and
 * "cifar:FOLDER" (the user's own data in those formats); and several of these as one,
 * "mnist + fashion-mnist", the classes of the second after those of the first.
 *
 * Where a folder does not hold the files, those are taken where torchvision and the published
 * archives put them: DIR/MNIST/raw, DIR/FashionMNIST/raw, DIR/cifar-10-batches-bin,
 * DIR/cifar-100-binary, FOLDER/raw and so on. */
#ifndef TASKS_FORMATS_LOAD_H
#define TASKS_FORMATS_LOAD_H

#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/dataset.h"
#include "tasks/formats/mapping.h"

struct dataset_info {
    const char *name, *about, *source;
};

enum { DATASET_NAME = 512 }; /* bytes */

extern const struct dataset_info dataset_table[]; /* ends with a NULL name */

/* Takes the first name off a text such as "mnist + fashion-mnist"; false = there is none
 * left. */
bool dataset_next(const char **text, char name[DATASET_NAME]);

/* Where data sets are looked for: `wanted` if not NULL, else $BENCH_DATA, else
 * $XDG_DATA_HOME/bench, else $HOME/.local/share/bench; "" where none of them is set. */
void data_folder(const char *wanted, char *out, size_t n);

/* The folder with the files of a data set that is one; false = it has none, or there is no
 * such data set. */
bool dataset_folder(const char *name, const char *folder, char *out, size_t n);

/* Decodes the data set into anonymous shared memory, so that a process forked later sees
 * the same pages. folder: as from data_folder. ERR_DATA names the file and what is wrong with it, or the
 * place looked in and the remedy. */
enum status dataset_load(struct dataset *data, const char *text, const char *folder,
                         struct dataset_form form, struct error *err);
/* Whether shape and classes are known without the files: true of all names but idx:FOLDER
 * and cifar:FOLDER. */
bool dataset_published(const char *text);

/* A stand-in for such a data set: its shape and classes, with one black image of each
 * class in either part. ERR_DATA for a pad, or a combination of data sets, that is
 * impossible. */
enum status dataset_placeholder(struct dataset *data, const char *text,
                                struct dataset_form form, struct error *err);

void dataset_close(struct dataset *data);

#endif
