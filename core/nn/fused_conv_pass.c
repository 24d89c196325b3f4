#include "core/nn/fused_conv_pass.h"

#include "core/base/threads.h"
#include "core/nn/fused_conv_patches.h"

static size_t in_lines(size_t n)
{
    return (n + KERNEL_PAD - 1) / KERNEL_PAD * KERNEL_PAD;
}

size_t pass_weights(const struct fused_conv *fused)
{
    const struct window *win = &fused->conv.window;

    return (size_t)(win->size * win->size * win->in.channels * win->out.channels);
}

static size_t part_sums(const struct fused_conv *fused)
{
    return fused_conv_patched(fused) ? fused_conv_patches_sums(fused)
                                     : pass_weights(fused);
}

/* Maps that go through together; by patches, they are needed for dx alone. */
static size_t maps_size(const struct fused_conv *fused)
{
    size_t maps =
        (size_t)conv_images(&fused->conv) * (size_t)shape_size(fused->pooling.map);
    size_t patches = fused_conv_patched(fused) ? fused_conv_patches_scratch(fused) : 0;

    return maps > patches ? maps : patches;
}

static struct fused_conv_parts parts_of(const struct fused_conv *fused, real *scratch,
                                        int workers)
{
    size_t channels = in_lines((size_t)fused->pooling.map.channels);
    size_t dw = in_lines(part_sums(fused)), at = FUSED_CONV_CHANNELS * channels;
    struct fused_conv_parts parts = {.channels = channels};

    parts.map = in_lines(maps_size(fused));
    parts.worker_size = parts.map + 2 * channels + in_lines(conv_scratch(&fused->conv));
    workers = workers < FUSED_CONV_PARTS ? workers
                                         : FUSED_CONV_PARTS; /* the rest has no part */
    parts.size =
        at + FUSED_CONV_PARTS * (dw + 2 * channels) + (size_t)workers * parts.worker_size;
    if (!scratch)
        return parts;
    for (int i = 0; i < FUSED_CONV_CHANNELS; i++)
        parts.channel[i] = scratch + (size_t)i * channels;
    for (int p = 0; p < FUSED_CONV_PARTS; p++, at += dw + 2 * channels) {
        parts.dw[p] = scratch + at;
        parts.sum[p][0] = parts.dw[p] + dw;
        parts.sum[p][1] = parts.sum[p][0] + channels;
    }
    parts.worker = scratch + at;
    return parts;
}

size_t fused_conv_scratch(const struct fused_conv *fused, int workers)
{
    return parts_of(fused, NULL, workers).size;
}

struct pass pass_of(const struct fused_conv *fused, const struct fused_conv_data *at)
{
    return (struct pass){
        .fused = fused, .data = at, .parts = parts_of(fused, at->scratch, at->workers)};
}

void pass_run(struct pass *pass, void (*work)(void *pass, int worker, int part))
{
    struct threads *pool = threads_own();

    threads_run(threads_count(pool) <= pass->data->workers ? pool : NULL,
                FUSED_CONV_PARTS, work, pass);
}

int pass_begin(const struct pass *pass, int part)
{
    return pass->data->n * part / FUSED_CONV_PARTS;
}

int pass_group(const struct pass *pass, int first, int end)
{
    int images = conv_images(&pass->fused->conv);

    return end - first < images ? end - first : images;
}

static real *memory_of(const struct pass *pass, int worker)
{
    return pass->parts.worker + (size_t)worker * pass->parts.worker_size;
}

struct mat pass_maps(const struct pass *pass, int worker, int n)
{
    return mat_of(memory_of(pass, worker), n, shape_size(pass->fused->pooling.map));
}

real *pass_one(const struct pass *pass, int worker, int sum)
{
    return memory_of(pass, worker) + pass->parts.map + (size_t)sum * pass->parts.channels;
}

real *pass_conv(const struct pass *pass, int worker)
{
    return pass_one(pass, worker, 2);
}

uint8_t *pass_argmax(const struct pass *pass, int i)
{
    int n = shape_size(pass->fused->pooling.out);

    return pass->data->argmax ? pass->data->argmax + (size_t)i * (size_t)n : NULL;
}

real *pass_winners(const struct pass *pass, int i)
{
    int n = shape_size(pass->fused->pooling.out);

    return pass->data->winners ? pass->data->winners + (size_t)i * (size_t)n : NULL;
}

struct mat pass_z(const struct pass *pass, int first, int n)
{
    int size = shape_size(pass->fused->pooling.map);
    real *z = pass->data->z;

    return mat_of(z ? z + (size_t)first * (size_t)size : NULL, n, size);
}

void pass_convolve(const struct pass *pass, int worker, struct mat z, int first)
{
    conv_forward(&pass->fused->conv, z, mat_rows(pass->data->x, first, z.rows),
                 pass->data->w, pass->data->b, pass_conv(pass, worker));
}
