#include "tasks/formats/mapping.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* The images of both parts come first, so that they start at a page. */
size_t mapping_bytes(const struct dataset *data)
{
    return ((size_t)data->train.n + (size_t)data->test.n) *
           ((size_t)shape_size(data->shape) + 1);
}

const void *mapping_base(const struct dataset *data)
{
    return data->train.pixel;
}

static void *base_of(const struct dataset *data)
{
    return (void *)(uintptr_t)data->train.pixel;
}

static void set_pages(struct dataset *data, const uint8_t *base)
{
    size_t image = (size_t)shape_size(data->shape);

    data->train.pixel = base;
    data->test.pixel = base + (size_t)data->train.n * image;
    data->train.label = data->test.pixel + (size_t)data->test.n * image;
    data->test.label = data->train.label + data->train.n;
}

static struct shape transposed(struct shape s)
{
    return (struct shape){s.width, s.height, s.channels};
}

enum status mapping_open(struct mapping *mapping, struct dataset *data,
                         struct shape stored, int n_train, int n_test,
                         struct dataset_form form, struct error *err)
{
    int pad = form.pad;
    uint8_t *base;

    if (pad > 0 && (pad < stored.height || pad < stored.width))
        return error_set(err, ERR_DATA,
                         "%s: images of %d x %d pixels do not fit into pad: %d",
                         data->name, stored.height, stored.width, pad);
    data->shape = pad > 0          ? (struct shape){pad, pad, stored.channels}
                  : form.transpose ? transposed(stored)
                                   : stored;
    data->train.n = n_train;
    data->test.n = n_test;
    base = mmap(NULL, mapping_bytes(data), PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED)
        return error_set(err, ERR_MEMORY, "%s: no room for %zu bytes of images: %s",
                         data->name, mapping_bytes(data), strerror(errno));
    set_pages(data, base);
    mapping->stored = stored;
    mapping->transpose = form.transpose;
    mapping->train.pixel = base;
    mapping->test.pixel = base + (data->test.pixel - base);
    mapping->train.label = base + (data->train.label - base);
    mapping->test.label = base + (data->test.label - base);
    return OK;
}

bool mapping_attach(struct dataset *data, int file)
{
    void *base = mmap(NULL, mapping_bytes(data), PROT_READ, MAP_SHARED, file, 0);

    if (base != MAP_FAILED)
        set_pages(data, base);
    return base != MAP_FAILED;
}

/* One image, from `in` to `out`, which may overlap it from behind: so the last row first.
 */
static void pad_image(const uint8_t *in, struct shape stored, uint8_t *out,
                      struct shape padded)
{
    size_t line = (size_t)(stored.width * stored.channels);
    size_t padded_line = (size_t)(padded.width * padded.channels);
    size_t left = (size_t)((padded.width - stored.width) / 2 * stored.channels);
    int top = (padded.height - stored.height) / 2;

    for (int i = stored.height - 1; i >= 0; i--) {
        uint8_t *to = out + (size_t)(top + i) * padded_line;

        memmove(to + left, in + (size_t)i * line, line);
        memset(to, 0, left);
        memset(to + left + line, 0, padded_line - left - line);
    }
    memset(out, 0, (size_t)top * padded_line);
    memset(out + (size_t)(top + stored.height) * padded_line, 0,
           (size_t)(padded.height - top - stored.height) * padded_line);
}

/* In place, from the last image to the first: none is overwritten before it has moved. */
static void pad_images(uint8_t *pixel, int n, struct shape stored, struct shape padded)
{
    for (int i = n - 1; i >= 0; i--)
        pad_image(pixel + (size_t)i * (size_t)shape_size(stored), stored,
                  pixel + (size_t)i * (size_t)shape_size(padded), padded);
}

/* spare: room for an image. */
static void transpose_images(uint8_t *pixel, int n, struct shape s, uint8_t *spare)
{
    size_t size = (size_t)shape_size(s);

    for (uint8_t *image = pixel; image < pixel + (size_t)n * size; image += size) {
        memcpy(spare, image, size);
        for (int i = 0; i < s.height; i++)
            for (int j = 0; j < s.width; j++)
                memcpy(image + (j * s.height + i) * s.channels,
                       spare + (i * s.width + j) * s.channels, (size_t)s.channels);
    }
}

static enum status transpose_all(const struct mapping *mapping,
                                 const struct dataset *data, struct error *err)
{
    uint8_t *spare = malloc((size_t)shape_size(mapping->stored));

    if (!spare)
        return error_set(err, ERR_MEMORY, "the machine has no memory left");
    transpose_images(mapping->train.pixel, data->train.n, mapping->stored, spare);
    transpose_images(mapping->test.pixel, data->test.n, mapping->stored, spare);
    free(spare);
    return OK;
}

enum status mapping_finish(const struct mapping *mapping, struct dataset *data,
                           struct error *err)
{
    struct shape shape =
        mapping->transpose ? transposed(mapping->stored) : mapping->stored;

    if (mapping->transpose && transpose_all(mapping, data, err) != OK)
        return err->status;
    if (shape_size(data->shape) > shape_size(shape)) {
        pad_images(mapping->train.pixel, data->train.n, shape, data->shape);
        pad_images(mapping->test.pixel, data->test.n, shape, data->shape);
    }
    if (mprotect(base_of(data), mapping_bytes(data), PROT_READ) != 0)
        return error_set(err, ERR_IO, "%s: cannot make the images read-only: %s",
                         data->name, strerror(errno));
    return OK;
}

void mapping_close(struct dataset *data)
{
    if (data->train.pixel)
        munmap(base_of(data), mapping_bytes(data));
    data->train = data->test = (struct images){0};
}
