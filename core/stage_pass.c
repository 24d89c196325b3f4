#include "core/stage_pass.h"

#include "core/threads.h"

static size_t in_lines(size_t n)
{
    return (n + KERNEL_PAD - 1) / KERNEL_PAD * KERNEL_PAD;
}

size_t pass_weights(const struct stage *stage)
{
    const struct window *win = &stage->conv.window;

    return (size_t)(win->size * win->size * win->in.channels * win->out.channels);
}

static struct stage_parts parts_of(const struct stage *stage, real *scratch, int workers)
{
    size_t channels = in_lines((size_t)stage->pooling.map.channels);
    size_t dw = in_lines(pass_weights(stage)), at = STAGE_CHANNELS * channels;
    struct stage_parts parts = {.channels = channels};

    parts.map = in_lines((size_t)conv_images(&stage->conv) *
                         (size_t)shape_size(stage->pooling.map));
    parts.worker_size = parts.map + 2 * channels + in_lines(conv_scratch(&stage->conv));
    workers = workers < STAGE_PARTS ? workers : STAGE_PARTS; /* the rest has no part */
    parts.size =
        at + STAGE_PARTS * (dw + 2 * channels) + (size_t)workers * parts.worker_size;
    if (!scratch)
        return parts;
    for (int i = 0; i < STAGE_CHANNELS; i++)
        parts.channel[i] = scratch + (size_t)i * channels;
    for (int p = 0; p < STAGE_PARTS; p++, at += dw + 2 * channels) {
        parts.dw[p] = scratch + at;
        parts.sum[p][0] = parts.dw[p] + dw;
        parts.sum[p][1] = parts.sum[p][0] + channels;
    }
    parts.worker = scratch + at;
    return parts;
}

size_t stage_scratch(const struct stage *stage, int workers)
{
    return parts_of(stage, NULL, workers).size;
}

struct pass pass_of(const struct stage *stage, const struct stage_data *at)
{
    return (struct pass){
        .stage = stage, .at = at, .parts = parts_of(stage, at->scratch, at->workers)};
}

void pass_run(struct pass *pass, void (*work)(void *pass, int worker, int part))
{
    struct threads *pool = threads_own();

    threads_run(threads_count(pool) <= pass->at->workers ? pool : NULL, STAGE_PARTS, work,
                pass);
}

int pass_begin(const struct pass *pass, int part)
{
    return pass->at->n * part / STAGE_PARTS;
}

int pass_group(const struct pass *pass, int first, int end)
{
    int images = conv_images(&pass->stage->conv);

    return end - first < images ? end - first : images;
}

static real *memory_of(const struct pass *pass, int worker)
{
    return pass->parts.worker + (size_t)worker * pass->parts.worker_size;
}

struct mat pass_maps(const struct pass *pass, int worker, int n)
{
    return mat_of(memory_of(pass, worker), n, shape_size(pass->stage->pooling.map));
}

real *pass_one(const struct pass *pass, int worker, int sum)
{
    return memory_of(pass, worker) + pass->parts.map + (size_t)sum * pass->parts.channels;
}

real *pass_conv(const struct pass *pass, int worker)
{
    return pass_one(pass, worker, 2);
}

uint8_t *pass_mark(const struct pass *pass, int i)
{
    int n = shape_size(pass->stage->pooling.out);

    return pass->at->mark ? pass->at->mark + (size_t)i * (size_t)n : NULL;
}

real *pass_won(const struct pass *pass, int i)
{
    int n = shape_size(pass->stage->pooling.out);

    return pass->at->won ? pass->at->won + (size_t)i * (size_t)n : NULL;
}

struct mat pass_z(const struct pass *pass, int first, int n)
{
    int size = shape_size(pass->stage->pooling.map);
    real *z = pass->at->z;

    return mat_of(z ? z + (size_t)first * (size_t)size : NULL, n, size);
}

void pass_convolve(const struct pass *pass, int worker, struct mat z, int first)
{
    conv_forward(&pass->stage->conv, z, mat_rows(pass->at->x, first, z.rows), pass->at->w,
                 pass->at->b, pass_conv(pass, worker));
}
