/* Which layers of a net run together, and where their outputs lie. */
#include "core/nn/net.h"

/* Is layer l of that kind, and may it run together with the one before it? */
static bool follows(const struct net *net, int l, enum layer_kind kind)
{
    return l < net->n_layer && net->layer[l].kind == kind && !net->layer[l - 1].cut;
}

/* The convolution at l with the layers after it that it can be fused with. */
static int plan_fused_conv(const struct net *net, int l, struct fused_conv *fused)
{
    const struct layer *layer = &net->layer[l];
    int end = l + 1;

    *fused = (struct fused_conv){.conv = conv_plan(&layer->window, net->kernels)};
    fused->pooling = (struct pooling){.map = layer->out, .out = layer->out, .size = 1};
    if (follows(net, end, LAYER_BATCHNORM)) {
        fused->norm = true;
        end++;
    }
    if (follows(net, end, LAYER_ACTIVATION) && net->layer[end].activation == ACT_RELU) {
        fused->pooling.relu = true;
        end++;
    }
    if (follows(net, end, LAYER_POOL) && net->layer[end].window.size <= POOLING_SIZE) {
        fused->pooling.out = net->layer[end].out;
        fused->pooling.size = net->layer[end].window.size;
        end++;
    }
    return end - l;
}

/* Layers whose backward pass needs their own output, and not their input. */
static bool needs_output(const struct layer *layer)
{
    return (layer->kind == LAYER_ACTIVATION && layer->activation != ACT_SILU) ||
           layer->kind == LAYER_LAYERNORM || layer->kind == LAYER_RMSNORM;
}

/* May the layer write over the output of the one before it? Dropout may do so even where
 * a ReLU still needs it: the sign survives, or the derivative is zero. */
static bool can_overwrite(const struct layer *layer, const struct layer *before)
{
    bool wants = needs_output(layer) || layer->kind == LAYER_DROPOUT;
    bool sign_only = before->kind == LAYER_ACTIVATION && before->activation == ACT_RELU;

    return wants && (!before->kept || (layer->kind == LAYER_DROPOUT && sign_only));
}

/* A layer that runs alone; before: the one whose output it reads, or NULL. */
static void place_layer(struct net *net, struct layer *layer, const struct layer *before)
{
    size_t n = (size_t)shape_size(layer->out);

    layer->in_place = before && can_overwrite(layer, before);
    layer->kept = needs_output(layer) || (layer->in_place && before->kept);
    layer->argmax = net->n_argmax;
    layer->value = layer->in_place ? before->value : net->n_value;
    net->n_value += layer->in_place ? 0 : n;
    if (layer->kind == LAYER_BATCHNORM) {
        layer->scale = net->n_scale;
        net->n_scale += (size_t)layer->n_unit;
        layer->xhat = before && !before->kept ? before->value : net->n_value;
        net->n_value += layer->xhat == net->n_value ? n : 0;
    }
    if (layer->kind == LAYER_LAYERNORM || layer->kind == LAYER_RMSNORM)
        layer->scale = net->n_scale_row++;
    if (layer->kind == LAYER_POOL)
        net->n_argmax += n;
}

/* The backward pass of a fused convolution needs no output, not even its own. */
static void place_fused_conv(struct net *net, struct layer *head)
{
    struct layer *last = head + head->span - 1;
    const struct fused_conv *fused = &head->fused;
    size_t n = (size_t)shape_size(last->out);

    head->value = last->value = net->n_value;
    head->kept = last->kept = false;
    net->n_value += n;
    head->argmax = net->n_argmax;
    net->n_argmax += fused_conv_keeps_argmax(fused) ? n : 0;
    head->xhat = net->n_value;
    net->n_value += fused_conv_keeps_maps(fused) ? (size_t)shape_size(head->out) : 0;
    head->winners = net->n_value;
    net->n_value += fused_conv_keeps_winners(fused) ? n : 0;
    if (fused->norm) {
        head->scale = net->n_scale;
        net->n_scale += 2 * (size_t)head->out.channels + fused_conv_moments(fused);
    }
}

static void widen(struct net *net, struct shape shape)
{
    size_t n = (size_t)shape_size(shape);

    if (n > net->widest)
        net->widest = n;
}

/* Lays out the layers from l to the end of their segment, the values from net->n_value
 * on; returns the layer after it. */
static int place_segment(struct net *net, int l)
{
    bool first = true, done = false;

    while (l < net->n_layer && !done) {
        struct layer *layer = &net->layer[l];

        if (layer->kind == LAYER_CONV)
            place_fused_conv(net, layer);
        else
            place_layer(net, layer, first ? NULL : layer - 1);
        if (l)
            widen(net, layer->in);
        l += layer->span;
        widen(net, net->layer[l - 1].out);
        done = net->layer[l - 1].checkpoint || (net->alternate && net->layer[l - 1].cut);
        first = false;
    }
    return l;
}

/* Which layers run together. */
static void plan_fused_convs(struct net *net)
{
    for (int l = 0, span; l < net->n_layer; l += span) {
        struct layer *layer = &net->layer[l];

        span = layer->kind == LAYER_CONV ? plan_fused_conv(net, l, &layer->fused) : 1;
        layer->span = span;
        for (int i = 1; i < span; i++)
            layer[i].span = 0;
    }
}

/* The output of a segment, and what was written in its place before, move to `to`, which
 * no other segment overwrites. */
static void keep_output(struct net *net, int first, int end, size_t to)
{
    size_t from = net->layer[end - 1].value;

    for (int l = first; l < end; l++)
        if (net->layer[l].value == from)
            net->layer[l].value = to;
}

/* Segments share the same memory; their outputs lie behind it. */
static void place_all(struct net *net)
{
    size_t most = 0, argmaxes = 0, kept = 0;

    net->n_scale = net->n_scale_row = net->widest = 0;
    for (int l = 0; l < net->n_layer;) {
        net->n_value = net->n_argmax = 0;
        l = place_segment(net, l);
        most = net->n_value > most ? net->n_value : most;
        argmaxes = net->n_argmax > argmaxes ? net->n_argmax : argmaxes;
    }
    for (int first = 0, l = 0; l < net->n_layer; l++)
        if (net->layer[l].checkpoint) {
            keep_output(net, first, l + 1, most + kept);
            kept += (size_t)shape_size(net->layer[l].out);
            first = l + 1;
        }
    net->n_value = most + kept;
    net->n_argmax = argmaxes;
}

/* Odd modules share one memory, even ones that behind it, whose place is known in the
 * second round. */
static void place_alternating(struct net *net)
{
    size_t most[2] = {0}, argmaxes = 0;

    for (int round = 0; round < 2; round++) {
        net->n_scale = net->n_scale_row = net->widest = 0;
        for (int l = 0, half = 0; l < net->n_layer; half = 1 - half) {
            size_t begin = half ? most[0] : 0;

            net->n_value = begin;
            net->n_argmax = 0;
            l = place_segment(net, l);
            if (net->n_value - begin > most[half])
                most[half] = net->n_value - begin;
            argmaxes = net->n_argmax > argmaxes ? net->n_argmax : argmaxes;
        }
    }
    net->n_value = most[0] + most[1];
    net->n_argmax = argmaxes;
}

/* A checkpoint after every layer, or fused convolution, at which the values exceed the
 * next share. */
static void set_checkpoints(struct net *net)
{
    size_t total = net->n_value, before = 0;
    int done = 1;

    for (int l = 0; l < net->n_layer && done < net->segments; l += net->layer[l].span) {
        struct layer *last = &net->layer[l + net->layer[l].span - 1];
        size_t n = (size_t)shape_size(last->out);

        before = last->value + n > before ? last->value + n : before;
        if (before * (size_t)net->segments < total * (size_t)done ||
            last == &net->layer[net->n_layer - 1])
            continue;
        last->checkpoint = true;
        while (before * (size_t)net->segments >= total * (size_t)done)
            done++;
    }
}

void net_plan(struct net *net)
{
    for (int l = 0; l < net->n_layer; l++)
        net->layer[l].checkpoint = false;
    plan_fused_convs(net);
    (net->alternate ? place_alternating : place_all)(net);
    if (net->segments > 1) {
        set_checkpoints(net);
        place_all(net);
    }
}

void net_recompute(struct net *net, int segments)
{
    net->segments = segments;
    net_plan(net);
}
