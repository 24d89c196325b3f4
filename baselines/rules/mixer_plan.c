/* The layers and blocks of a mixer: of an MLP, and LocalMixer. */
#include "baselines/rules/mixer.h"

#include <math.h>
#include <string.h>

enum { GROUPS = 16 }; /* most groups where the number is 0 */

static void start(struct mixer *mixer, struct shape image, int side, int n_group,
                  int n_class)
{
    *mixer = (struct mixer){.image = image,
                            .side = side,
                            .n_patch = side * side,
                            .n_group = n_group,
                            .n_class = n_class,
                            .norm = true};
}

static void add_block(struct mixer *mixer)
{
    mixer->block[mixer->n_block++] =
        (struct mixer_block){.first = mixer->n_layer, .weight = mixer->n_weight};
}

/* A layer at the end of the last block, normalised over whole rows, with ReLU. */
static struct mixer_layer *add_layer(struct mixer *mixer, enum mix mix, int n_in,
                                     int n_out)
{
    struct mixer_block *block = &mixer->block[mixer->n_block - 1];
    struct mixer_layer *layer = &mixer->layer[mixer->n_layer++];
    int P = mixer->n_patch, G = mix == MIX_GROUPS ? mixer->n_group : 1;

    *layer = (struct mixer_layer){.mix = mix,
                                  .n_in = n_in,
                                  .n_out = n_out,
                                  .before = n_in / G,
                                  .after = n_out / G,
                                  .activation = ACT_RELU,
                                  .weight = mixer->n_weight};
    layer->n_bias = (size_t)(mix == MIX_TOKENS ? P : n_out);
    layer->n_weight =
        layer->n_bias * (size_t)(mix == MIX_TOKENS ? P : n_in / G) + layer->n_bias;
    mixer->n_weight += layer->n_weight;
    block->n_layer++;
    block->n_out = n_out;
    if (block->n_layer > mixer->deepest)
        mixer->deepest = block->n_layer;
    if (n_in > mixer->widest)
        mixer->widest = n_in;
    if (n_out > mixer->widest)
        mixer->widest = n_out;
    return layer;
}

static size_t head_size(const struct mixer *mixer, int n_out)
{
    return (size_t)(n_out + 1) * (size_t)mixer->n_class;
}

static void add_head(struct mixer *mixer)
{
    struct mixer_block *block = &mixer->block[mixer->n_block - 1];

    block->head = mixer->n_weight;
    mixer->n_weight += head_size(mixer, block->n_out);
    block->n_weight = mixer->n_weight - block->weight;
}

static void add_classifier(struct mixer *mixer)
{
    mixer->classifier = mixer->n_weight;
    mixer->n_weight += head_size(mixer, mixer->block[mixer->n_block - 1].n_out);
}

static enum status groups_do_not_fit(const struct mixer *mixer, int n_out,
                                     struct error *err)
{
    return error_set(err, ERR_USAGE,
                     "lg-fg-a cannot cut a layer of %d into %d equal groups; write "
                     "another number of groups",
                     n_out, mixer->n_group);
}

static bool divides_all(int g, const struct mlp *mlp)
{
    for (int l = 1; l <= mlp->n_layer; l++)
        if (mlp->layer[l].n_out % g != 0)
            return false;
    return true;
}

enum status mixer_of_mlp(struct mixer *mixer, const struct mlp *mlp, struct shape image,
                         int n_group, bool norm, int n_class, struct error *err)
{
    start(mixer, image, 1, n_group, n_class);
    mixer->norm = norm;
    for (int g = GROUPS; g > 0 && mixer->n_group == 0; g--)
        mixer->n_group = divides_all(g, mlp) ? g : 0;
    for (int l = 1; l <= mlp->n_layer; l++) {
        const struct mlp_layer *from = &mlp->layer[l];
        struct mixer_layer *layer;

        if (from->n_out % mixer->n_group != 0)
            return groups_do_not_fit(mixer, from->n_out, err);
        add_block(mixer);
        layer = add_layer(mixer, MIX_CHANNELS, from->n_in, from->n_out);
        layer->activation = from->activation;
        layer->linear = from->linear;
        if (!norm)
            layer->before = layer->after = 0;
        add_head(mixer);
    }
    add_classifier(mixer);
    return OK;
}

enum status mixer_of_patches(struct mixer *mixer, struct shape image, int n_block,
                             int side, int n_channel, int n_group, int n_class,
                             struct error *err)
{
    start(mixer, image, side, n_group, n_class);
    for (int g = GROUPS; g > 0 && mixer->n_group == 0; g--)
        mixer->n_group = n_channel % g == 0 ? g : 0;
    if (image.height % side != 0 || image.width % side != 0)
        return error_set(err, ERR_USAGE,
                         "an image of %d x %d cannot be cut into %d x %d patches",
                         image.height, image.width, side, side);
    if (n_channel % mixer->n_group != 0)
        return groups_do_not_fit(mixer, n_channel, err);
    for (int b = 0; b < n_block; b++) {
        int n_in = b == 0 ? shape_size(image) / mixer->n_patch : n_channel;

        add_block(mixer);
        if (b > 0)
            add_layer(mixer, MIX_TOKENS, n_channel, n_channel);
        add_layer(mixer, MIX_CHANNELS, n_in, n_channel);
        add_layer(mixer, MIX_GROUPS, n_channel, n_channel)->residual = b > 0;
        add_head(mixer);
    }
    add_classifier(mixer);
    return OK;
}

static void draw(real *w, size_t n, int n_in, struct rng rng)
{
    rng_normal(&rng, w, n, (real)fmin(2 / sqrt((double)n_in), 0.1));
}

void mixer_init_weights(const struct mixer *mixer, real *w, struct rng rng)
{
    memset(w, 0, mixer->n_weight * sizeof *w);
    for (int l = 0; l < mixer->n_layer; l++) {
        const struct mixer_layer *layer = &mixer->layer[l];
        size_t n = layer->n_weight - layer->n_bias;

        draw(w + layer->weight, n, (int)(n / layer->n_bias), rng_at(rng, (uint64_t)l));
    }
}

void mixer_init_heads(const struct mixer *mixer, real *w, struct rng rng)
{
    for (int b = 0; b < mixer->n_block; b++) {
        const struct mixer_block *block = &mixer->block[b];

        draw(w + block->head, (size_t)block->n_out * (size_t)mixer->n_class, block->n_out,
             rng_at(rng, (uint64_t)b));
    }
}
