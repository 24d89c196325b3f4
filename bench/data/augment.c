#include "bench/data/augment.h"

#include <stdlib.h>
#include <string.h>

/* One line of the image, from another or the same one. */
static void shift_line(struct shape shape, const uint8_t *in, uint8_t *out, int right)
{
    int width = shape.width, kept = abs(right) < width ? width - abs(right) : 0;
    size_t pixel = (size_t)shape.channels;
    size_t from = right > 0 && kept ? (size_t)right : 0;
    size_t to = right < 0 && kept ? (size_t)-right : 0;

    memmove(out + to * pixel, in + from * pixel, (size_t)kept * pixel);
    memset(out, 0, to * pixel);
    memset(out + (to + (size_t)kept) * pixel, 0, ((size_t)(width - kept) - to) * pixel);
}

void augment_shift(struct shape shape, uint8_t *pixel, int down, int right)
{
    size_t line = (size_t)(shape.width * shape.channels);

    /* no line is overwritten before it has moved */
    for (int i = 0; i < shape.height; i++) {
        int r = down >= 0 ? i : shape.height - 1 - i;
        int from = r + down;

        if (from >= 0 && from < shape.height)
            shift_line(shape, pixel + (size_t)from * line, pixel + (size_t)r * line,
                       right);
        else
            memset(pixel + (size_t)r * line, 0, line);
    }
}

void augment_flip(struct shape shape, uint8_t *pixel)
{
    int channels = shape.channels, line = shape.width * channels;

    for (int r = 0; r < shape.height; r++) {
        uint8_t *left = pixel + r * line, *right = left + line - channels;

        for (; left < right; left += channels, right -= channels)
            for (int c = 0; c < channels; c++) {
                uint8_t kept = left[c];

                left[c] = right[c];
                right[c] = kept;
            }
    }
}

void augment(const struct stream_setup *setup, struct shape shape, uint8_t *pixel, int n,
             struct rng rng)
{
    int most = setup->augment_crop;
    uint32_t places = 2 * (uint32_t)most + 1;

    for (int i = 0; i < n && (most > 0 || setup->augment_flip); i++) {
        uint8_t *image = pixel + (size_t)i * (size_t)shape_size(shape);
        struct rng row = rng_at(rng, (uint64_t)i);
        int down = (int)rng_below(&row, places) - most;
        int right = (int)rng_below(&row, places) - most;

        if (most > 0)
            augment_shift(shape, image, down, right);
        if (setup->augment_flip && rng_below(&row, 2))
            augment_flip(shape, image);
    }
}
