/* Which data sets there are, by name, and where their files lie.
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
#ifndef TASKS_FORMATS_CATALOGUE_H
#define TASKS_FORMATS_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/dataset.h"
#include "core/base/error.h"
#include "tasks/formats/cifar.h"

struct dataset_info {
    const char *name, *about, *source;
};

enum { DATASET_NAME = 512, DATASET_PATH = 1024 }; /* bytes */
enum { N_ELSEWHERE = 3 };

extern const struct dataset_info dataset_table[]; /* ends with a NULL name */

enum dataset_format { FORMAT_IDX, FORMAT_CIFAR, FORMAT_EITHER_CIFAR, FORMAT_GENERATED };

/* What is known of a data set before its files are read. */
struct origin {
    enum dataset_format format;
    const char *files; /* of a published data set, in a folder of its name; else NULL */
    int n_class;       /* 0 = as many as the training labels show */
    struct shape shape;
    float mean[3], std[3];              /* of the training pixels / 255, as published */
    enum cifar_kind kind;               /* of FORMAT_CIFAR */
    const char *folder;                 /* NULL = of its name */
    const char *elsewhere[N_ELSEWHERE]; /* in the data directory, or the user's folder */
};

/* The origin of one data set, and the folder with its files in the data directory `folder`
 * (NULL = that does not matter). NULL, with ERR_DATA and the name that comes nearest = there
 * is no such data set. */
const struct origin *dataset_origin(const char *name, const char *folder,
                                    char path[DATASET_PATH], struct error *err);

/* Takes the first name off a text such as "mnist + fashion-mnist"; false = there is none
 * left. */
bool dataset_next(const char **text, char name[DATASET_NAME]);

/* Where data sets are looked for: `wanted` if not NULL, else $BENCH_DATA, else
 * $XDG_DATA_HOME/bench, else $HOME/.local/share/bench; "" where none of them is set. */
void data_folder(const char *wanted, char *out, size_t n);

/* The folder with the files of a data set that is one; false = it has none, or there is no
 * such data set. */
bool dataset_folder(const char *name, const char *folder, char *out, size_t n);

/* Whether shape and classes are known without the files: true of all names but idx:FOLDER
 * and cifar:FOLDER. */
bool dataset_published(const char *text);

#endif
