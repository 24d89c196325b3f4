#include "tasks/formats/cifar.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tasks/formats/foreign.h"

enum { N_PIXEL = CIFAR_SIDE * CIFAR_SIDE, IMAGE_BYTES = CIFAR_CHANNELS * N_PIXEL };
enum { LABEL_BYTES_MAX = 2, N_MAX = 10 * 1000 * 1000 }; /* N_MAX: records of one file */

static const struct format {
    int label_bytes, label; /* label: which of them is the class */
    struct {
        const char *name;
        enum part part;
    } file[CIFAR_FILES + 1]; /* ends with a NULL name */
} formats[] = {
    [CIFAR_10] = {1,
                  0,
                  {{"data_batch_1.bin", PART_TRAIN},
                   {"data_batch_2.bin", PART_TRAIN},
                   {"data_batch_3.bin", PART_TRAIN},
                   {"data_batch_4.bin", PART_TRAIN},
                   {"data_batch_5.bin", PART_TRAIN},
                   {"test_batch.bin", PART_TEST}}},
    [CIFAR_100] = {2, 1, {{"train.bin", PART_TRAIN}, {"test.bin", PART_TEST}}},
    [CIFAR_100_COARSE] = {2, 0, {{"train.bin", PART_TRAIN}, {"test.bin", PART_TEST}}},
};

struct path {
    char at[1024];
};

static struct path path_of(const char *folder, const char *name)
{
    struct path path;

    snprintf(path.at, sizeof path.at, "%s/%s", folder, name);
    return path;
}

static bool is_there(const char *folder, const char *name)
{
    return access(path_of(folder, name).at, F_OK) == 0;
}

const char *cifar_missing(enum cifar_kind kind, const char *folder)
{
    const struct format *format = &formats[kind];

    for (int i = 0; format->file[i].name; i++)
        if (!is_there(folder, format->file[i].name))
            return format->file[i].name;
    return NULL;
}

const char *cifar_without(enum cifar_kind kind, const char *folder)
{
    const struct format *format = &formats[kind];
    const char *first[2] = {NULL, NULL};
    bool some[2] = {false, false};

    for (int i = CIFAR_FILES - 1; i >= 0; i--) {
        enum part part = format->file[i].part;

        if (!format->file[i].name)
            continue;
        first[part] = format->file[i].name;
        some[part] |= is_there(folder, format->file[i].name);
    }
    return !some[PART_TRAIN]  ? first[PART_TRAIN]
           : !some[PART_TEST] ? first[PART_TEST]
                              : NULL;
}

/* What the file is instead, where its first bytes tell. */
static const char *foreign_file(const char *path)
{
    uint8_t start[FOREIGN_BYTES];
    FILE *in = fopen(path, "rbe");
    size_t n = in ? fread(start, 1, sizeof start, in) : 0;

    if (in)
        fclose(in);
    return foreign_content(start, n);
}

static enum status wrong_size(const char *path, long long size, long long record,
                              struct error *err)
{
    const char *foreign = foreign_file(path);

    if (foreign)
        return error_set(err, ERR_DATA, "%s: not CIFAR: this is %s", path, foreign);
    return error_set(err, ERR_DATA,
                     "%s: truncated or oversized: holds %lld bytes, expected a multiple "
                     "of %lld",
                     path, size, record);
}

static enum status count_records(const char *path, int label_bytes, int *n,
                                 struct error *err)
{
    const long long record = label_bytes + IMAGE_BYTES;
    struct stat st;

    if (stat(path, &st) != 0)
        return error_set(err, ERR_DATA, "%s: cannot be read: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERR_DATA, "%s: is not a plain file", path);
    if (st.st_size == 0 || st.st_size % record != 0)
        return wrong_size(path, (long long)st.st_size, record, err);
    if (st.st_size / record > N_MAX)
        return error_set(err, ERR_DATA, "%s: holds %lld images, expected 1 to %d", path,
                         (long long)st.st_size / record, N_MAX);
    *n = (int)(st.st_size / record);
    return OK;
}

enum status cifar_open(struct cifar *cifar, enum cifar_kind kind, const char *folder,
                       struct error *err)
{
    const struct format *format = &formats[kind];

    *cifar = (struct cifar){.kind = kind, .folder = folder};
    for (int i = 0; format->file[i].name; i++) {
        struct path path = path_of(folder, format->file[i].name);

        if (!is_there(folder, format->file[i].name))
            continue;
        if (count_records(path.at, format->label_bytes, &cifar->n_file[i], err) != OK)
            return err->status;
        cifar->n[format->file[i].part] += cifar->n_file[i];
    }
    return OK;
}

/* planar: 3 x 32 x 32 -> out: 32 x 32 x 3 */
static void interleave(const uint8_t *planar, uint8_t *out)
{
    for (int p = 0; p < N_PIXEL; p++)
        for (int c = 0; c < CIFAR_CHANNELS; c++)
            out[CIFAR_CHANNELS * p + c] = planar[c * N_PIXEL + p];
}

struct source { /* a file, and where its images go */
    const char *path;
    const struct format *format;
    int n, n_class;
    uint8_t *pixel, *label;
};

static enum status read_records(FILE *in, const struct source *source, struct error *err)
{
    const struct format *format = source->format;
    uint8_t record[LABEL_BYTES_MAX + IMAGE_BYTES];

    for (int i = 0; i < source->n; i++) {
        if (fread(record, (size_t)format->label_bytes + IMAGE_BYTES, 1, in) != 1)
            return error_set(err, ERR_DATA, "%s: cannot be read: ends in record %d of %d",
                             source->path, i, source->n);
        source->label[i] = record[format->label];
        if (source->label[i] >= source->n_class)
            return error_set(err, ERR_DATA,
                             "%s: label of record %d is %d, expected 0 to %d",
                             source->path, i, source->label[i], source->n_class - 1);
        interleave(record + format->label_bytes, source->pixel + (size_t)i * IMAGE_BYTES);
    }
    return OK;
}

static enum status read_file(const struct source *source, struct error *err)
{
    FILE *in = fopen(source->path, "rb");
    enum status status;

    if (!in)
        return error_set(err, ERR_DATA, "%s: cannot be opened: %s", source->path,
                         strerror(errno));
    status = read_records(in, source, err);
    fclose(in);
    return status;
}

enum status cifar_read(const struct cifar *cifar, enum part part, uint8_t *pixel,
                       uint8_t *label, int n_class, struct error *err)
{
    const struct format *format = &formats[cifar->kind];

    for (int i = 0; format->file[i].name; i++) {
        struct path path = path_of(cifar->folder, format->file[i].name);
        struct source source = {
            path.at, format, cifar->n_file[i], n_class, pixel, label,
        };

        if (format->file[i].part != part || source.n == 0)
            continue;
        if (read_file(&source, err) != OK)
            return err->status;
        pixel += (size_t)source.n * IMAGE_BYTES;
        label += source.n;
    }
    return OK;
}
