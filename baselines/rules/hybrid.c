#include "baselines/rules/hybrid.h"

#include <string.h>

void hybrid_take(struct hybrid *hybrid, struct shape image, int blur, struct arena *arena)
{
    int longer = image.height > image.width ? image.height : image.width;

    hybrid->image = image;
    hybrid->blur = blur;
    hybrid->mask = arena_take(arena, TAG_SCRATCH,
                              (size_t)image.height * (size_t)image.width, sizeof(real));
    hybrid->line = arena_take(arena, TAG_SCRATCH, (size_t)longer, sizeof(real));
}

/* n values, `step` apart. */
static void blur_line(real *v, int n, int step, real *line)
{
    for (int i = 0; i < n; i++)
        line[i] = v[i * step];
    for (int i = 0; i < n; i++)
        v[i * step] =
            line[i] / 2 + (line[i > 0 ? i - 1 : 0] + line[i < n - 1 ? i + 1 : i]) / 4;
}

void hybrid_blur(real *mask, int height, int width, real *line)
{
    for (int i = 0; i < height; i++)
        blur_line(mask + i * width, width, 1, line);
    for (int j = 0; j < width; j++)
        blur_line(mask + j, height, width, line);
}

void hybrid_write(const struct hybrid *hybrid, real *out, const real *a, const real *b,
                  struct rng *rng)
{
    struct shape image = hybrid->image;
    int n = image.height * image.width;
    size_t pixel = (size_t)image.channels * sizeof *out;

    for (int i = 0; i < n; i++)
        hybrid->mask[i] = (real)(rng_u32(rng) >> 31);
    for (int pass = 0; pass < hybrid->blur; pass++)
        hybrid_blur(hybrid->mask, image.height, image.width, hybrid->line);
    for (int i = 0; i < n; i++) {
        const real *from = hybrid->mask[i] >= (real)0.5 ? a : b;

        memcpy(out + i * image.channels, from + i * image.channels, pixel);
    }
}
