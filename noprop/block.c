#include "noprop/block.h"

#include <stdio.h>

enum { TEXT_MAX = 1024 };

static enum status plan_part(struct block *block, enum block_part part,
                             const char *layers, struct shape in, struct error *err)
{
    if (net_parse(&block->part[part], layers, in, err) != OK)
        return err->status;
    block->weight[part] = block->n_weight;
    block->state[part] = block->n_state;
    block->n_weight += block->part[part].n_weight;
    block->n_state += block->part[part].n_state;
    return OK;
}

/* The trunk may be a preset: plan it, then add the layers that end the image branch. */
static enum status plan_image(struct block *block, const char *trunk, bool batchnorm,
                              struct shape image, struct error *err)
{
    char last[TEXT_MAX];

    snprintf(last, sizeof last, "dense %d, %s", block->width,
             batchnorm ? "batchnorm" : "relu");
    if (net_parse(&block->part[PART_IMAGE], trunk, image, err) != OK ||
        net_add(&block->part[PART_IMAGE], last, err) != OK)
        return err->status;
    block->n_weight = block->part[PART_IMAGE].n_weight;
    block->n_state = block->part[PART_IMAGE].n_state;
    return OK;
}

enum status block_plan(struct block *block, const char *trunk, int width, bool batchnorm,
                       struct shape image, int d, int m, struct error *err)
{
    const char *norm = batchnorm ? ", batchnorm" : "";
    char label[TEXT_MAX], skip[TEXT_MAX], fusion[TEXT_MAX];

    *block = (struct block){.width = width};
    snprintf(label, sizeof label, "dense %d%s, relu", width, norm);
    snprintf(skip, sizeof skip, "dense %d%s, relu, dense %d%s", width, norm, width, norm);
    snprintf(fusion, sizeof fusion, "dense %d%s, relu, dense %d%s, relu, dense %d", width,
             norm, width / 2, norm, m);
    if (plan_image(block, trunk, batchnorm, image, err) != OK ||
        plan_part(block, PART_LABEL, label, (struct shape){1, 1, d}, err) != OK ||
        plan_part(block, PART_SKIP, skip, (struct shape){1, 1, width}, err) != OK ||
        plan_part(block, PART_FUSION, fusion, (struct shape){1, 1, 2 * width}, err) != OK)
        return err->status;
    return OK;
}

/* The image and the label are given: nobody asks for their derivatives. */
static bool wants_dx(enum block_part part)
{
    return part == PART_SKIP || part == PART_FUSION;
}

void block_take_work(const struct block *block, struct block_work *work, int n_train,
                     int n_score, struct arena *arena)
{
    int most = n_train > n_score ? n_train : n_score;

    for (int i = 0; i < N_BLOCK_PART; i++)
        net_take_work(&block->part[i], &work->part[i], n_train, n_score,
                      wants_dx((enum block_part)i), arena);
    work->joined = mat_take(arena, TAG_ACTIVATION, most, 2 * block->width);
    work->dlabel = mat_take(arena, TAG_SCRATCH, n_train, block->width);
}

/* NULL in a block without batch norm. */
static real *part_state(const struct block *block, int part, real *state)
{
    return state ? state + block->state[part] : NULL;
}

void block_init(const struct block *block, real *w, real *state, enum init init,
                struct rng rng)
{
    for (int i = 0; i < N_BLOCK_PART; i++) {
        net_init_weights(&block->part[i], w + block->weight[i], init,
                         rng_at(rng, (uint64_t)i));
        net_init_state(&block->part[i], part_state(block, i, state));
    }
}

/* to += from */
static void add_rows(struct mat to, struct mat from)
{
    for (int i = 0; i < to.rows; i++)
        for (int j = 0; j < to.cols; j++)
            to.at[(size_t)i * (size_t)to.ld + (size_t)j] +=
                from.at[(size_t)i * (size_t)from.ld + (size_t)j];
}

/* How the parts are run: training passes store what their backward needs. */
struct run {
    const struct block *block;
    const real *w;
    real *state;
    const struct block_work *work;
    bool score;
    enum net_mode mode;
    struct rng rng;
};

static struct mat run_part(const struct run *run, enum block_part part, struct mat in)
{
    const struct net *net = &run->block->part[part];
    const real *w = run->w + run->block->weight[part];
    real *state = part_state(run->block, (int)part, run->state);

    if (run->score)
        return net_score(net, w, state, &run->work->part[part], in);
    return net_forward(net, w, state, &run->work->part[part], in, run->mode,
                       rng_at(run->rng, (uint64_t)part));
}

static struct mat run_block(const struct run *run, struct mat x, struct mat z)
{
    int width = run->block->width;
    struct mat joined = mat_rows(run->work->joined, 0, x.rows);
    struct mat e = mat_cols(joined, width, width), h;

    mat_copy(mat_cols(joined, 0, width), run_part(run, PART_IMAGE, x));
    h = run_part(run, PART_LABEL, z);
    mat_copy(e, h);
    add_rows(e, run_part(run, PART_SKIP, h));
    return run_part(run, PART_FUSION, joined);
}

struct mat block_forward(const struct block *block, const real *w, real *state,
                         const struct block_work *work, struct mat x, struct mat z,
                         enum net_mode mode, struct rng rng)
{
    struct run run = {block, w, state, work, .mode = mode, .rng = rng};

    return run_block(&run, x, z);
}

struct mat block_score(const struct block *block, const real *w, real *state,
                       const struct block_work *work, struct mat x, struct mat z)
{
    struct run run = {block, w, state, work, .score = true};

    return run_block(&run, x, z);
}

static struct mat part_backward(const struct block *block, enum block_part part,
                                const real *w, const struct block_work *work,
                                struct mat x, struct mat d, real *g, bool want_dx,
                                struct rng rng)
{
    return net_backward(&block->part[part], w + block->weight[part], &work->part[part], x,
                        d, g + block->weight[part], want_dx, rng_at(rng, (uint64_t)part));
}

void block_backward(const struct block *block, const real *w,
                    const struct block_work *work, struct mat x, struct mat z,
                    struct mat dlogit, real *g, struct rng rng)
{
    struct mat joined = mat_rows(work->joined, 0, x.rows);
    struct mat h = net_output(&block->part[PART_LABEL], &work->part[PART_LABEL], x.rows);
    struct mat d, dh = mat_rows(work->dlabel, 0, x.rows);

    d = part_backward(block, PART_FUSION, w, work, joined, dlogit, g, true, rng);
    part_backward(block, PART_IMAGE, w, work, x, mat_cols(d, 0, block->width), g, false,
                  rng);
    d = mat_cols(d, block->width, block->width);
    mat_copy(dh, d); /* e = h + skip(h): dh = de + dskip/dh de */
    add_rows(dh, part_backward(block, PART_SKIP, w, work, h, d, g, true, rng));
    part_backward(block, PART_LABEL, w, work, z, dh, g, false, rng);
}

double block_flops(const struct block *block)
{
    double flops = 0;

    for (int i = 0; i < N_BLOCK_PART; i++)
        flops += net_flops_forward(&block->part[i]) +
                 net_flops_backward(&block->part[i], wants_dx((enum block_part)i));
    return flops;
}
