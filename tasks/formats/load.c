#include "tasks/formats/load.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "tasks/formats/cifar.h"
#include "tasks/formats/idx.h"
#include "tasks/formats/join.h"
#include "tasks/formats/mapping.h"
#include "tasks/formats/synthetic.h"

enum {
    ANY_CLASS = 256, /* labels are bytes */
    FILE_NAME = 64   /* room for a slash and the longest name of a file of a data set */
};

/* A data set on its way into memory. */
struct loading {
    struct dataset *data;
    struct mapping mapping;
    const struct origin *origin;
    const char *folder; /* that holds the files */
    struct dataset_form form;
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
    l->data->n_class =
        l->origin->n_class ? l->origin->n_class : classes_shown(&l->data->train);
}

static int training_classes(const struct loading *l)
{
    return l->origin->n_class ? l->origin->n_class : ANY_CLASS;
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
        name, file, l->folder, l->origin->files, last, (int)(last - l->folder - 1),
        l->folder, last);
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
    const char *file = cifar_missing(l->origin->kind, l->folder);

    return file ? missing(l, file, err) : read_cifar(l, l->origin->kind, err);
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
    int n = l->origin->n_class;

    if (mapping_open(m, l->data, l->origin->shape, n, n, l->form, err) != OK)
        return err->status;
    l->data->n_class = n;
    for (int c = 0; c < n; c++)
        m->train.label[c] = m->test.label[c] = (uint8_t)c;
    return OK;
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
    if (strlen(path) + FILE_NAME >= DATASET_PATH)
        return error_set(err, ERR_DATA,
                         "data set %s: the path of the data directory is too long: "
                         "%.60s...",
                         name, folder);
    return OK;
}

static enum status load_files(struct loading *l, struct error *err)
{
    switch (l->origin->format) {
    case FORMAT_IDX:
        return load_idx(l, err);
    case FORMAT_CIFAR:
        return load_cifar(l, err);
    case FORMAT_EITHER_CIFAR:
        return load_either_cifar(l, err);
    case FORMAT_GENERATED:
        break;
    }
    return load_synthetic(l, err);
}

/* folder NULL: a placeholder for it. */
static enum status load_one(struct dataset *data, const char *name, const char *folder,
                            struct dataset_form form, struct error *err)
{
    char path[DATASET_PATH];
    const struct origin *origin = dataset_origin(name, folder, path, err);
    struct loading loading = {
        .data = data, .origin = origin, .folder = path, .form = form};

    *data = (struct dataset){0};
    if (!origin ||
        (origin->files && folder && check_folder(name, folder, path, err) != OK))
        return err->status;
    snprintf(data->name, sizeof data->name, "%s", name);
    memcpy(data->mean, origin->mean, sizeof data->mean);
    memcpy(data->std, origin->std, sizeof data->std);
    if ((folder ? load_files : load_placeholder)(&loading, err) == OK &&
        mapping_finish(&loading.mapping, data, err) == OK)
        return OK;
    mapping_close(data);
    return err->status;
}

/* ---------------------------------------------------------------- several as one */

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
