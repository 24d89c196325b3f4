#include "tasks/formats/catalogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/suggest.h"
#include "tasks/formats/idx.h"
#include "tasks/formats/synthetic.h"

enum {
    MNIST,
    FASHION_MNIST,
    CIFAR10,
    CIFAR100,
    CIFAR100_COARSE,
    SYNTHETIC,
    OWN_IDX,
    OWN_CIFAR,
    N_DATASET
};
const struct dataset_info dataset_table[] = {
    [MNIST] =
        {"mnist", "handwritten digits, 28 x 28 grey, 60000 + 10000, 10 classes",
         "LeCun, Bottou, Bengio, Haffner: Gradient-Based Learning Applied to Document "
         "Recognition, 1998"},
    [FASHION_MNIST] = {"fashion-mnist",
                       "articles of clothing, 28 x 28 grey, 60000 + 10000, 10 classes",
                       "Xiao, Rasul, Vollgraf: Fashion-MNIST, arXiv:1708.07747, 2017"},
    [CIFAR10] =
        {"cifar10", "photographs, 32 x 32 RGB, 50000 + 10000, 10 classes",
         "Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009"},
    [CIFAR100] =
        {"cifar100", "photographs, 32 x 32 RGB, 50000 + 10000, 100 classes",
         "Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009"},
    [CIFAR100_COARSE] =
        {"cifar100-coarse", "the photographs of cifar100, 20 superclasses",
         "Krizhevsky: Learning Multiple Layers of Features from Tiny Images, 2009"},
    [SYNTHETIC] = {"synthetic-digits",
                   "digits drawn by the program itself, 28 x 28 grey, 60000 + 10000, 10 "
                   "classes; needs no files",
                   "this program"},
    [OWN_IDX] = {"idx:FOLDER",
                 "your own images in MNIST's format, under MNIST's file names",
                 "your own"},
    [OWN_CIFAR] = {"cifar:FOLDER",
                   "your own images in the binary format of CIFAR-10 or CIFAR-100",
                   "your own"},
    [N_DATASET] = {0},
};

static const char idx_files[] =
    "{train,t10k}-images-idx3-ubyte and {train,t10k}-labels-idx1-ubyte (or with .gz)";

/* The folders in the published archives. */
#define TEN     "cifar-10-batches-bin"
#define HUNDRED "cifar-100-binary"

static const struct origin origins[] = {
    [MNIST] = {FORMAT_IDX,
               idx_files,
               10,
               {28, 28, 1},
               {0.1307f},
               {0.3081f},
               .elsewhere = {"MNIST/raw", "mnist/raw"}},
    [FASHION_MNIST] = {FORMAT_IDX,
                       idx_files,
                       10,
                       {28, 28, 1},
                       {0.2860f},
                       {0.3530f},
                       .elsewhere = {"FashionMNIST/raw", "fashion-mnist/raw"}},
    [CIFAR10] = {FORMAT_CIFAR,
                 "data_batch_1.bin to data_batch_5.bin and test_batch.bin",
                 10,
                 {CIFAR_SIDE, CIFAR_SIDE, CIFAR_CHANNELS},
                 {0.4914f, 0.4822f, 0.4465f},
                 {0.2470f, 0.2435f, 0.2615f},
                 .elsewhere = {TEN, "cifar10/" TEN}},
    [CIFAR100] = {FORMAT_CIFAR,
                  "train.bin and test.bin",
                  100,
                  {CIFAR_SIDE, CIFAR_SIDE, CIFAR_CHANNELS},
                  {0.5071f, 0.4865f, 0.4409f},
                  {0.2673f, 0.2564f, 0.2762f},
                  CIFAR_100,
                  .elsewhere = {HUNDRED, "cifar100/" HUNDRED}},
    [CIFAR100_COARSE] = {FORMAT_CIFAR,
                         "train.bin and test.bin",
                         20,
                         {CIFAR_SIDE, CIFAR_SIDE, CIFAR_CHANNELS},
                         {0.5071f, 0.4865f, 0.4409f},
                         {0.2673f, 0.2564f, 0.2762f},
                         CIFAR_100_COARSE,
                         "cifar100",
                         {HUNDRED, "cifar100/" HUNDRED}},
    [SYNTHETIC] = {FORMAT_GENERATED,
                   NULL,
                   SYNTHETIC_CLASSES,
                   {SYNTHETIC_SIDE, SYNTHETIC_SIDE, 1},
                   {0},
                   {0}},
    [OWN_IDX] = {FORMAT_IDX, NULL, 0, {0}, {0}, {0}, .elsewhere = {"raw"}},
    [OWN_CIFAR] =
        {FORMAT_EITHER_CIFAR, NULL, 0, {0}, {0}, {0}, .elsewhere = {TEN, HUNDRED}},
};

void data_folder(const char *wanted, char *out, size_t n)
{
    const char *given = wanted ? wanted : getenv("BENCH_DATA");
    const char *xdg = getenv("XDG_DATA_HOME"), *home = getenv("HOME");

    if (given && *given)
        snprintf(out, n, "%s", given);
    else if (xdg && *xdg)
        snprintf(out, n, "%s/bench", xdg);
    else if (home && *home)
        snprintf(out, n, "%s/.local/share/bench", home);
    else
        snprintf(out, n, "%s", "");
}

bool dataset_next(const char **text, char name[DATASET_NAME])
{
    const char *plus = strstr(*text, " + ");
    size_t n = plus ? (size_t)(plus - *text) : strlen(*text);

    snprintf(name, DATASET_NAME, "%.*s", (int)n, *text);
    *text += plus ? n + strlen(" + ") : n;
    return *name != '\0';
}

static bool holds_files(int i, const char *path)
{
    if (origins[i].format == FORMAT_IDX)
        return !idx_missing(path);
    if (origins[i].format == FORMAT_EITHER_CIFAR)
        return !cifar_without(CIFAR_10, path) || !cifar_without(CIFAR_100, path);
    return !cifar_missing(origins[i].kind, path);
}

/* Another folder below `root` where the one of `path` has not all files. */
static void look_elsewhere(int i, const char *root, char *path, size_t n)
{
    const char *const *below = origins[i].elsewhere;
    char other[DATASET_PATH];

    for (int k = 0; k < N_ELSEWHERE && below[k] && !holds_files(i, path); k++)
        if (snprintf(other, sizeof other, "%s/%s", root, below[k]) < (int)sizeof other &&
            holds_files(i, other))
            snprintf(path, n, "%s", other);
}

/* The row of the table, and the folder with the files (in `folder`; NULL = that does not
 * matter); N_DATASET = there is none. */
static int find(const char *name, const char *folder, char *path, size_t n)
{
    for (int i = 0; i < N_DATASET; i++) {
        const char *colon = strchr(dataset_table[i].name, ':');
        size_t prefix = colon ? (size_t)(colon - dataset_table[i].name) + 1 : 0;

        if (colon && strncmp(name, dataset_table[i].name, prefix) == 0) {
            snprintf(path, n, "%s", name + prefix);
            if (folder)
                look_elsewhere(i, name + prefix, path, n);
            return i;
        }
        if (!colon && strcmp(name, dataset_table[i].name) == 0) {
            snprintf(path, n, "%s/%s", folder ? folder : "",
                     origins[i].folder ? origins[i].folder : name);
            if (folder)
                look_elsewhere(i, folder, path, n);
            return i;
        }
    }
    return N_DATASET;
}

bool dataset_folder(const char *name, const char *folder, char *out, size_t n)
{
    int i = find(name, folder, out, n);

    return i != N_DATASET && i != SYNTHETIC;
}

static enum status unknown(const char *name, struct error *err)
{
    const char *words[N_DATASET];
    char hint[SUGGEST_TEXT];

    for (int i = 0; i < N_DATASET; i++)
        words[i] = dataset_table[i].name;
    return error_set(err, ERR_DATA, "there is no data set '%s'%s", name,
                     suggest_text(suggest(name, words, N_DATASET),
                                  "; see `bench list datasets`", hint));
}

const struct origin *dataset_origin(const char *name, const char *folder,
                                    char path[DATASET_PATH], struct error *err)
{
    int i = find(name, folder, path, DATASET_PATH);

    if (i != N_DATASET)
        return &origins[i];
    unknown(name, err);
    return NULL;
}

bool dataset_published(const char *text)
{
    char name[DATASET_NAME], path[DATASET_PATH];
    int i;

    while (dataset_next(&text, name))
        if ((i = find(name, NULL, path, sizeof path)) == N_DATASET || !origins[i].n_class)
            return false;
    return true;
}
