#include "tasks/formats/idx.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tasks/formats/foreign.h"

enum { MAGIC_LABELS = 2049, MAGIC_IMAGES = 2051 };

/* Beyond these a header is taken for damaged. */
enum { N_MAX = 100 * 1000 * 1000, SIDE_MAX = 4096 };

/* By enum part. */
static const char *const image_name[] = {"train-images-idx3-ubyte",
                                         "t10k-images-idx3-ubyte"};
static const char *const label_name[] = {"train-labels-idx1-ubyte",
                                         "t10k-labels-idx1-ubyte"};

/* Much of the web spells train-images-idx3-ubyte as train-images.idx3-ubyte. */
static bool exists(const char *folder, const char *name, const char *suffix, char *path)
{
    char *dash;

    snprintf(path, IDX_PATH, "%s/%s%s", folder, name, suffix);
    if (access(path, F_OK) == 0)
        return true;
    dash = strstr(path + strlen(folder), "-idx");
    if (dash)
        *dash = '.';
    if (access(path, F_OK) == 0)
        return true;
    if (dash)
        *dash = '-';
    return false;
}

/* Writes the path of folder/name, or of folder/name.gz where the first is not there. */
static bool find(const char *folder, const char *name, char *path)
{
    return exists(folder, name, "", path) || exists(folder, name, ".gz", path);
}

const char *idx_missing(const char *folder)
{
    char path[IDX_PATH];

    for (int part = PART_TRAIN; part <= PART_TEST; part++) {
        if (!find(folder, image_name[part], path))
            return image_name[part];
        if (!find(folder, label_name[part], path))
            return label_name[part];
    }
    return NULL;
}

/* What zlib has to say when it delivers less than was asked for. */
static enum status read_error(struct idx_file *file, struct error *err)
{
    int code;

    gzerror(file->stream, &code);
    if (code == Z_ERRNO)
        return error_set(err, ERR_DATA, "%s: cannot be read: %s", file->path,
                         strerror(errno));
    if (code == Z_MEM_ERROR)
        return error_no_memory(err);
    if (code != Z_OK && code != Z_BUF_ERROR)
        return error_set(err, ERR_DATA, "%s: damaged gzip data after %zu bytes",
                         file->path, file->at);
    return error_set(err, ERR_DATA, "%s: truncated: ends after %zu bytes, expected %zu",
                     file->path, file->at, file->bytes);
}

static enum status read_bytes(struct idx_file *file, uint8_t *out, size_t n,
                              struct error *err)
{
    const size_t most = 1 << 20; /* gzread counts in int */

    while (n > 0) {
        int got = gzread(file->stream, out, (unsigned)(n < most ? n : most));

        if (got <= 0)
            return read_error(file, err);
        file->at += (size_t)got;
        out += got;
        n -= (size_t)got;
    }
    return OK;
}

static uint32_t big_endian(const uint8_t *b)
{
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

static enum status open_file(struct idx_file *file, const char *folder, const char *name,
                             struct error *err)
{
    struct stat st;

    find(folder, name, file->path);
    if (stat(file->path, &st) == 0 &&
        !S_ISREG(st.st_mode)) /* a FIFO would be waited for */
        return error_set(err, ERR_DATA, "%s: is not a plain file", file->path);
    file->stream = gzopen(file->path, "rb");
    if (!file->stream)
        return error_set(err, ERR_DATA, "%s: cannot be opened: %s", file->path,
                         strerror(errno));
    gzbuffer(file->stream, 1 << 15);
    return OK;
}

static const char *content_of(uint32_t magic)
{
    return magic == MAGIC_IMAGES ? "images" : "labels";
}

/* The third byte of a magic number; the fourth counts the dimensions. */
static const char *type_name(uint8_t type)
{
    static const char *const name[] = {
        [0x08] = "unsigned bytes",  [0x09] = "signed bytes",  [0x0b] = "16-bit integers",
        [0x0c] = "32-bit integers", [0x0d] = "32-bit floats", [0x0e] = "64-bit floats",
    };

    return type < sizeof name / sizeof name[0] ? name[type] : NULL;
}

/* The most likely reason why the first word is not the one expected. */
static enum status another_file(const struct idx_file *file, const uint8_t word[4],
                                uint32_t expected, struct error *err)
{
    const char *foreign = foreign_content(word, 4), *type = type_name(word[2]);
    uint32_t magic = big_endian(word);

    if (foreign && !gzdirect(file->stream) && word[0] == 0x1f)
        return error_set(err, ERR_DATA, "%s: compressed twice; unpack it once",
                         file->path);
    if (foreign)
        return error_set(err, ERR_DATA, "%s: not IDX: this is %s", file->path, foreign);
    if (magic == MAGIC_IMAGES || magic == MAGIC_LABELS)
        return error_set(err, ERR_DATA,
                         "%s: holds %s, expected %s; are two files swapped?", file->path,
                         content_of(magic), content_of(expected));
    if (magic >> 16 == 0 && type && word[3] > 0 && word[3] < 10)
        return error_set(err, ERR_DATA,
                         "%s: holds %s in %d dimension%s, expected unsigned bytes in %d",
                         file->path, type, word[3], word[3] == 1 ? "" : "s",
                         (int)(expected & 0xff));
    return error_set(err, ERR_DATA, "%s: magic number is %u, expected %u for %s",
                     file->path, magic, expected, content_of(expected));
}

/* size: what follows the magic number, n_size words. */
static enum status read_header(struct idx_file *file, uint32_t magic, uint32_t *size,
                               int n_size, struct error *err)
{
    uint8_t word[4];

    file->bytes = 4 + 4 * (size_t)n_size;
    if (read_bytes(file, word, sizeof word, err) != OK)
        return err->status;
    if (big_endian(word) != magic)
        return another_file(file, word, magic, err);
    for (int i = 0; i < n_size; i++) {
        if (read_bytes(file, word, sizeof word, err) != OK)
            return err->status;
        size[i] = big_endian(word);
    }
    if (size[0] < 1 || size[0] > N_MAX)
        return error_set(err, ERR_DATA, "%s: holds %u items, expected 1 to %d",
                         file->path, size[0], N_MAX);
    return OK;
}

/* Before memory is taken: whether the file is large enough for what its header says. */
static enum status check_size(const struct idx_file *file, struct error *err)
{
    const size_t inflates = 1032; /* a byte of deflate to so many at most */
    struct stat st;
    size_t size;

    if (stat(file->path, &st) != 0 || !S_ISREG(st.st_mode))
        return OK; /* reading will tell */
    size = (size_t)st.st_size;
    if (gzdirect(file->stream) && size < file->bytes)
        return error_set(err, ERR_DATA,
                         "%s: truncated: ends after %zu bytes, expected %zu", file->path,
                         size, file->bytes);
    if (!gzdirect(file->stream) && size < file->bytes / inflates)
        return error_set(err, ERR_DATA,
                         "%s: truncated: the %zu bytes of gzip data cannot hold the %zu "
                         "that the header says",
                         file->path, size, file->bytes);
    return OK;
}

enum status idx_open(struct idx *idx, const char *folder, enum part part,
                     struct error *err)
{
    uint32_t size[3] = {0}, n_label = 0;

    memset(idx, 0, sizeof *idx);
    if (open_file(&idx->image, folder, image_name[part], err) != OK ||
        open_file(&idx->label, folder, label_name[part], err) != OK ||
        read_header(&idx->image, MAGIC_IMAGES, size, 3, err) != OK ||
        read_header(&idx->label, MAGIC_LABELS, &n_label, 1, err) != OK)
        return err->status;
    if (size[1] < 1 || size[1] > SIDE_MAX || size[2] < 1 || size[2] > SIDE_MAX)
        return error_set(err, ERR_DATA, "%s: images of %u x %u pixels, expected 1 to %d",
                         idx->image.path, size[1], size[2], SIDE_MAX);
    if (n_label != size[0])
        return error_set(err, ERR_DATA, "%s: holds %u labels, but %s %u images",
                         idx->label.path, n_label, idx->image.path, size[0]);
    idx->n = (int)size[0];
    idx->shape = (struct shape){(int)size[1], (int)size[2], 1};
    idx->image.bytes += (size_t)idx->n * (size_t)shape_size(idx->shape);
    idx->label.bytes += n_label;
    if (check_size(&idx->image, err) != OK)
        return err->status;
    return check_size(&idx->label, err);
}

/* Reading on shows bytes that should not be there, and makes zlib check its sum. */
static enum status expect_end(struct idx_file *file, struct error *err)
{
    uint8_t more;
    int code, got = gzread(file->stream, &more, 1);

    if (got > 0)
        return error_set(err, ERR_DATA, "%s: oversized: goes on after %zu bytes",
                         file->path, file->bytes);
    gzerror(file->stream, &code);
    if (code == Z_BUF_ERROR)
        return error_set(err, ERR_DATA, "%s: truncated: the gzip data have no end",
                         file->path);
    return got < 0 ? read_error(file, err) : OK;
}

enum status idx_read(struct idx *idx, uint8_t *pixel, uint8_t *label, int n_class,
                     struct error *err)
{
    size_t n = (size_t)idx->n;

    if (read_bytes(&idx->image, pixel, n * (size_t)shape_size(idx->shape), err) != OK ||
        expect_end(&idx->image, err) != OK ||
        read_bytes(&idx->label, label, n, err) != OK ||
        expect_end(&idx->label, err) != OK)
        return err->status;
    for (int i = 0; i < idx->n; i++)
        if (label[i] >= n_class)
            return error_set(err, ERR_DATA, "%s: label %d is %d, expected 0 to %d",
                             idx->label.path, i, label[i], n_class - 1);
    return OK;
}

static void close_file(struct idx_file *file)
{
    if (file->stream)
        gzclose(file->stream);
    file->stream = NULL;
}

void idx_close(struct idx *idx)
{
    close_file(&idx->image);
    close_file(&idx->label);
}
