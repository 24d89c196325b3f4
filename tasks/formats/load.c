#include "tasks/formats/load.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/suggest.h"
#include "tasks/formats/cifar.h"
#include "tasks/formats/idx.h"
#include "tasks/formats/join.h"
#include "tasks/formats/mapping.h"
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
enum { ANY_CLASS = 256, N_ELSEWHERE = 3 }; /* labels are bytes */

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

enum {
    FOLDER_PATH = 1024,
    FILE_NAME = 64 /* room for a slash and the longest name of a file of a data set */
};

/* A data set on its way into memory. */
struct loading {
    struct dataset *data;
    struct mapping mapping;
    const char *folder; /* that holds the files */
    const char *wanted; /* which these are */
    struct dataset_form form;
    int n_class;        /* 0 = as many as the training labels show */
    struct shape shape; /* of a published one */
    enum cifar_kind kind;
};

static int classes_shown(const struct images *images)
{
    int n = 0;

    for (int i = 0; i < images->n; i++)
        n = images->label[i] >= n ? images->label[i] + 1 : n;
    return n;
}

/* Call it between reading the training images and the test images. */
static void settle_classes(struct loading *l)
{
    l->data->n_class = l->n_class ? l->n_class : classes_shown(&l->data->train);
}

static int training_classes(const struct loading *l)
{
    return l->n_class ? l->n_class : ANY_CLASS;
}

static enum status missing(const struct loading *l, const char *file, struct error *err)
{
    const char *name = l->data->name, *last = strrchr(l->folder, '/') + 1;

    if (strchr(name, ':'))
        return error_set(err, ERR_DATA, "%s: no file %s in %s", name, file, l->folder);
    return error_set(
        err, ERR_DATA,
        "data set %s: no file %s in %s; it is made of %s: put them there, as 'bench "
        "fetch "
        "%s --data %.*s' does, or name the folder that holds %s/ with --data or "
        "BENCH_DATA",
        name, file, l->folder, l->wanted, last, (int)(last - l->folder - 1), l->folder,
        last);
}

static enum status read_idx(struct loading *l, struct idx *train, struct idx *test,
                            struct error *err)
{
    struct mapping *m = &l->mapping;

    if (idx_open(train, l->folder, PART_TRAIN, err) != OK ||
        idx_open(test, l->folder, PART_TEST, err) != OK)
        return err->status;
    if (train->shape.height != test->shape.height ||
        train->shape.width != test->shape.width)
        return error_set(err, ERR_DATA, "%s: images of %d x %d pixels, but %s %d x %d",
                         test->image.path, test->shape.height, test->shape.width,
                         train->image.path, train->shape.height, train->shape.width);
    if (mapping_open(m, l->data, train->shape, train->n, test->n, l->form, err) != OK ||
        idx_read(train, m->train.pixel, m->train.label, training_classes(l), err) != OK)
        return err->status;
    settle_classes(l);
    return idx_read(test, m->test.pixel, m->test.label, l->data->n_class, err);
}

static enum status load_idx(struct loading *l, struct error *err)
{
    const char *file = idx_missing(l->folder);
    struct idx train = {0}, test = {0};
    enum status status;

    if (file)
        return missing(l, file, err);
    status = read_idx(l, &train, &test, err);
    idx_close(&train);
    idx_close(&test);
    return status;
}

static enum status read_cifar(struct loading *l, enum cifar_kind kind, struct error *err)
{
    const struct shape shape = {CIFAR_SIDE, CIFAR_SIDE, CIFAR_CHANNELS};
    struct mapping *m = &l->mapping;
    struct cifar cifar;

    if (cifar_open(&cifar, kind, l->folder, err) != OK ||
        mapping_open(m, l->data, shape, cifar.n[PART_TRAIN], cifar.n[PART_TEST], l->form,
                     err) != OK ||
        cifar_read(&cifar, PART_TRAIN, m->train.pixel, m->train.label,
                   training_classes(l), err) != OK)
        return err->status;
    settle_classes(l);
    return cifar_read(&cifar, PART_TEST, m->test.pixel, m->test.label, l->data->n_class,
                      err);
}

static enum status load_cifar(struct loading *l, struct error *err)
{
    const char *file = cifar_missing(l->kind, l->folder);

    return file ? missing(l, file, err) : read_cifar(l, l->kind, err);
}

/* The user's own: the files tell which of the two formats it is. */
static enum status load_either_cifar(struct loading *l, struct error *err)
{
    const char *no_10 = cifar_without(CIFAR_10, l->folder);
    const char *no_100 = cifar_without(CIFAR_100, l->folder);

    if (!no_10 && !no_100)
        return error_set(err, ERR_DATA,
                         "%s: holds files of both CIFAR-10 and CIFAR-100; keep them in "
                         "folders of their own",
                         l->folder);
    if (no_10 && no_100)
        return error_set(err, ERR_DATA,
                         "%s: neither in the format of CIFAR-10 (no file %s) nor of "
                         "CIFAR-100 (no file %s)",
                         l->folder, no_10, no_100);
    return read_cifar(l, no_10 ? CIFAR_100 : CIFAR_10, err);
}

static enum status load_synthetic(struct loading *l, struct error *err)
{
    const struct shape shape = {SYNTHETIC_SIDE, SYNTHETIC_SIDE, 1};
    struct mapping *m = &l->mapping;

    if (mapping_open(m, l->data, shape, SYNTHETIC_TRAIN, SYNTHETIC_TEST, l->form, err) !=
        OK)
        return err->status;
    l->data->n_class = SYNTHETIC_CLASSES;
    synthetic_read(0, SYNTHETIC_TRAIN, m->train.pixel, m->train.label);
    synthetic_read(SYNTHETIC_TRAIN, SYNTHETIC_TEST, m->test.pixel, m->test.label);
    return OK;
}

static enum status load_placeholder(struct loading *l, struct error *err)
{
    struct mapping *m = &l->mapping;
    int n = l->n_class;

    if (mapping_open(m, l->data, l->shape, n, n, l->form, err) != OK)
        return err->status;
    l->data->n_class = n;
    for (int c = 0; c < n; c++)
        m->train.label[c] = m->test.label[c] = (uint8_t)c;
    return OK;
}

static const char idx_files[] =
    "{train,t10k}-images-idx3-ubyte and {train,t10k}-labels-idx1-ubyte (or with .gz)";

/* The folders in the published archives. */
#define TEN     "cifar-10-batches-bin"
#define HUNDRED "cifar-100-binary"

static const struct origin {
    enum status (*load)(struct loading *l, struct error *err);
    const char *files; /* of a published data set, in a folder of its name; else NULL */
    int n_class;       /* 0 = as many as the training labels show */
    struct shape shape;
    float mean[3], std[3];
    enum cifar_kind kind;
    const char *folder;                 /* NULL = of its name */
    const char *elsewhere[N_ELSEWHERE]; /* in the data directory, or the user's folder */
} origins[] = {
    [MNIST] = {load_idx,
               idx_files,
               10,
               {28, 28, 1},
               {0.1307f},
               {0.3081f},
               .elsewhere = {"MNIST/raw", "mnist/raw"}},
    [FASHION_MNIST] = {load_idx,
                       idx_files,
                       10,
                       {28, 28, 1},
                       {0.2860f},
                       {0.3530f},
                       .elsewhere = {"FashionMNIST/raw", "fashion-mnist/raw"}},
    [CIFAR10] = {load_cifar,
                 "data_batch_1.bin to data_batch_5.bin and test_batch.bin",
                 10,
                 {CIFAR_SIDE, CIFAR_SIDE, CIFAR_CHANNELS},
                 {0.4914f, 0.4822f, 0.4465f},
                 {0.2470f, 0.2435f, 0.2615f},
                 .elsewhere = {TEN, "cifar10/" TEN}},
    [CIFAR100] = {load_cifar,
                  "train.bin and test.bin",
                  100,
                  {CIFAR_SIDE, CIFAR_SIDE, CIFAR_CHANNELS},
                  {0.5071f, 0.4865f, 0.4409f},
                  {0.2673f, 0.2564f, 0.2762f},
                  CIFAR_100,
                  .elsewhere = {HUNDRED, "cifar100/" HUNDRED}},
    [CIFAR100_COARSE] = {load_cifar,
                         "train.bin and test.bin",
                         20,
                         {CIFAR_SIDE, CIFAR_SIDE, CIFAR_CHANNELS},
                         {0.5071f, 0.4865f, 0.4409f},
                         {0.2673f, 0.2564f, 0.2762f},
                         CIFAR_100_COARSE,
                         "cifar100",
                         {HUNDRED, "cifar100/" HUNDRED}},
    [SYNTHETIC] = {load_synthetic,
                   NULL,
                   SYNTHETIC_CLASSES,
                   {SYNTHETIC_SIDE, SYNTHETIC_SIDE, 1},
                   {0},
                   {0}},
    [OWN_IDX] = {load_idx, NULL, 0, {0}, {0}, {0}, .elsewhere = {"raw"}},
    [OWN_CIFAR] =
        {load_either_cifar, NULL, 0, {0}, {0}, {0}, .elsewhere = {TEN, HUNDRED}},
};

static bool holds_files(int i, const char *path)
{
    if (origins[i].load == load_idx)
        return !idx_missing(path);
    if (i == OWN_CIFAR)
        return !cifar_without(CIFAR_10, path) || !cifar_without(CIFAR_100, path);
    return !cifar_missing(origins[i].kind, path);
}

/* Another folder below `root` where the one of `path` has not all files. */
static void look_elsewhere(int i, const char *root, char *path, size_t n)
{
    const char *const *below = origins[i].elsewhere;
    char other[FOLDER_PATH];

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

/* The folder with the files of a published data set, in the data directory `folder`. A path
 * that was cut to its array is as long as that, so it counts as too long as well. */
static enum status check_folder(const char *name, const char *folder, const char *path,
                                struct error *err)
{
    if (!*folder)
        return error_set(err, ERR_DATA,
                         "data set %s: nowhere to look for it, as neither BENCH_DATA nor "
                         "HOME is set; name the folder that holds %s/ with --data",
                         name, name);
    if (strlen(path) + FILE_NAME >= FOLDER_PATH)
        return error_set(err, ERR_DATA,
                         "data set %s: the path of the data directory is too long: "
                         "%.60s...",
                         name, folder);
    return OK;
}

/* folder NULL: a placeholder for it. */
static enum status load_one(struct dataset *data, const char *name, const char *folder,
                            struct dataset_form form, struct error *err)
{
    struct loading loading = {.data = data, .form = form};
    char path[FOLDER_PATH];
    int i = find(name, folder, path, sizeof path);

    *data = (struct dataset){0};
    if (i == N_DATASET)
        return unknown(name, err);
    if (origins[i].files && folder && check_folder(name, folder, path, err) != OK)
        return err->status;
    snprintf(data->name, sizeof data->name, "%s", name);
    memcpy(data->mean, origins[i].mean, sizeof data->mean);
    memcpy(data->std, origins[i].std, sizeof data->std);
    loading.folder = path;
    loading.wanted = origins[i].files;
    loading.n_class = origins[i].n_class;
    loading.shape = origins[i].shape;
    loading.kind = origins[i].kind;
    if ((folder ? origins[i].load : load_placeholder)(&loading, err) == OK &&
        mapping_finish(&loading.mapping, data, err) == OK)
        return OK;
    mapping_close(data);
    return err->status;
}

/* ---------------------------------------------------------------- several as one */

bool dataset_next(const char **text, char name[DATASET_NAME])
{
    const char *plus = strstr(*text, " + ");
    size_t n = plus ? (size_t)(plus - *text) : strlen(*text);

    snprintf(name, DATASET_NAME, "%.*s", (int)n, *text);
    *text += plus ? n + strlen(" + ") : n;
    return *name != '\0';
}

static enum status load_several(struct dataset *data, const char *text,
                                const char *folder, struct dataset_form form,
                                struct error *err)
{
    struct dataset part[DATASET_PARTS] = {0};
    char name[DATASET_NAME];
    const char *rest = text;
    int n = 0;

    while (err->status == OK && dataset_next(&rest, name)) {
        if (n == DATASET_PARTS)
            error_set(err, ERR_DATA, "%s: more than %d data sets", text, DATASET_PARTS);
        else
            load_one(&part[n++], name, folder, form, err);
    }
    if (err->status == OK)
        dataset_join(data, text, part, n, err);
    for (int i = 0; i < n; i++)
        dataset_close(&part[i]);
    return err->status;
}

enum status dataset_load(struct dataset *data, const char *text, const char *folder,
                         struct dataset_form form, struct error *err)
{
    *data = (struct dataset){0};
    if (strstr(text, " + "))
        return load_several(data, text, folder, form, err);
    return load_one(data, text, folder, form, err);
}

bool dataset_published(const char *text)
{
    char name[DATASET_NAME], path[1024];
    int i;

    while (dataset_next(&text, name))
        if ((i = find(name, NULL, path, sizeof path)) == N_DATASET || !origins[i].n_class)
            return false;
    return true;
}

enum status dataset_placeholder(struct dataset *data, const char *text,
                                struct dataset_form form, struct error *err)
{
    assert(dataset_published(text));
    return dataset_load(data, text, NULL, form, err);
}

void dataset_close(struct dataset *data)
{
    mapping_close(data);
}
