/* A block as nets: the texts of its parts; and its cost. */
#include "noprop/block.h"

#include <stdio.h>

enum { TEXT_MAX = 1024 };

/* enum norm, after a layer */
static const char *const norm_layer[] = {"", ", batchnorm", ", layernorm"};

/* ---------------------------------------------------------------- plan */

static void place_part(struct block *block, enum block_part part)
{
    block->has[part] = true;
    block->weight[part] = block->n_weight;
    block->state[part] = block->n_state;
    block->n_weight += block->part[part].n_weight;
    block->n_state += block->part[part].n_state;
}

static enum status plan_part(struct block *block, enum block_part part,
                             const char *layers, int n_in, struct error *err)
{
    if (net_parse(&block->part[part], layers, (struct shape){1, 1, n_in}, err) != OK)
        return err->status;
    place_part(block, part);
    return OK;
}

/* The trunk may be a preset: plan it, then add the layers that end the image branch. */
static enum status plan_image(struct block *block, enum block_part part,
                              const struct block_spec *spec, struct error *err)
{
    struct net *net = &block->part[part];
    char last[TEXT_MAX];

    snprintf(last, sizeof last, "dense %d%s", spec->width,
             spec->form == BLOCK_CONTINUOUS || spec->norm == NORM_NONE
                 ? ", relu"
                 : norm_layer[spec->norm]);
    if (net_parse(net, spec->trunk, spec->image, err) != OK ||
        (spec->form != BLOCK_PEER && net_add(net, last, err) != OK))
        return err->status;
    if (shape_size(net->out) != spec->width)
        return error_set(
            err, ERR_USAGE,
            "the net ends in %d units, which `block: peer` takes as they are; "
            "write width: %d",
            shape_size(net->out), shape_size(net->out));
    place_part(block, part);
    return OK;
}

/* h = label(z), and what is added to it; or a second image branch. */
static enum status plan_label(struct block *block, const struct block_spec *spec,
                              const char *norm, struct error *err)
{
    char label[TEXT_MAX], skip[TEXT_MAX];
    int width = spec->width;

    if (spec->d == shape_size(spec->image))
        return plan_image(block, PART_LABEL, spec, err);
    snprintf(label, sizeof label, "dense %d%s, relu", width, norm);
    if (spec->form == BLOCK_PEER)
        snprintf(skip, sizeof skip, "dense %d%s", width, norm);
    else
        snprintf(skip, sizeof skip, "dense %d%s, relu, dense %d%s", width, norm, width,
                 norm);
    block->relu_sum = spec->form == BLOCK_PEER;
    if (plan_part(block, PART_LABEL, label, spec->d, err) != OK ||
        (spec->form != BLOCK_CONTINUOUS &&
         plan_part(block, PART_SKIP, skip, width, err) != OK))
        return err->status;
    return OK;
}

static enum status plan_fusion(struct block *block, const struct block_spec *spec,
                               const char *norm, struct error *err)
{
    char time[TEXT_MAX], join[TEXT_MAX], fusion[TEXT_MAX];
    int width = spec->width;

    snprintf(time, sizeof time, "dense %d, relu", width);
    snprintf(join, sizeof join, "dense %d", width);
    if (spec->form == BLOCK_PEER)
        snprintf(fusion, sizeof fusion, "relu, dense %d", spec->m);
    else /* norm begins with a comma */
        snprintf(fusion, sizeof fusion, "%s%srelu, dense %d%s, relu, dense %d",
                 *norm ? norm + 2 : "", *norm ? ", " : "", width / 2, norm, spec->m);
    if ((spec->form == BLOCK_CONTINUOUS &&
         plan_part(block, PART_TIME, time, BLOCK_TIME, err) != OK) ||
        plan_part(block, PART_JOIN, join, block->n_joined * width, err) != OK ||
        plan_part(block, PART_FUSION, fusion, width, err) != OK)
        return err->status;
    return OK;
}

enum status block_plan(struct block *block, const struct block_spec *spec,
                       struct error *err)
{
    const char *layer = norm_layer[spec->form == BLOCK_PEER       ? NORM_BATCH
                                   : spec->form == BLOCK_DISCRETE ? spec->norm
                                                                  : NORM_NONE];

    *block = (struct block){.width = spec->width,
                            .n_joined = spec->form == BLOCK_CONTINUOUS ? 3 : 2};
    /* no derivatives by the image and the time, which are given */
    block->wants_dx[PART_SKIP] = block->wants_dx[PART_JOIN] = true;
    block->wants_dx[PART_FUSION] = true;
    block->wants_dx[PART_LABEL] = spec->want_dz;
    if (plan_image(block, PART_IMAGE, spec, err) != OK ||
        plan_label(block, spec, layer, err) != OK ||
        plan_fusion(block, spec, layer, err) != OK)
        return err->status;
    return OK;
}

/* ---------------------------------------------------------------- cost */

static double forward_flops(const struct block *block, enum block_part part)
{
    return block->has[part] ? net_flops_forward(&block->part[part]) : 0;
}

double block_flops(const struct block *block)
{
    double flops = 0;

    for (int i = 0; i < N_BLOCK_PART; i++)
        if (block->has[i])
            flops += forward_flops(block, (enum block_part)i) +
                     net_flops_backward(&block->part[i], block->wants_dx[i]);
    return flops;
}

double block_flops_encode(const struct block *block)
{
    return forward_flops(block, PART_IMAGE) + 2.0 * block->width * block->width;
}

double block_flops_predict(const struct block *block)
{
    double flops = forward_flops(block, PART_LABEL) + forward_flops(block, PART_SKIP) +
                   forward_flops(block, PART_FUSION);

    return flops + 2.0 * block->width * block->width;
}
