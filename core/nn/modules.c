#include "core/nn/modules.h"

#include <stdio.h>

#include "core/nn/net_memory.h"

static bool has_weights(const struct layer *layer)
{
    return layer->kind == LAYER_CONV || layer->kind == LAYER_DENSE;
}

/* The first layer from l on that is a convolution or dense; n_layer = none. */
static int next_weights(const struct net *net, int l)
{
    while (l < net->n_layer && !has_weights(&net->layer[l]))
        l++;
    return l;
}

static bool pools(const struct layer *layer)
{
    return layer->kind == LAYER_POOL || layer->kind == LAYER_DROPOUT;
}

/* Where the module ends whose weights are layer l. */
static int end_of(const struct net *net, int l, enum module_cut cut)
{
    int end = next_weights(net, l + 1);

    if (end == net->n_layer)
        return end;
    if (cut == CUT_AFTER_WEIGHTS)
        return l + 1;
    while (cut == CUT_BEFORE_POOLS && pools(&net->layer[end - 1]))
        end--;
    return end;
}

static void take_apart(struct modules *modules, enum module_cut cut)
{
    struct net *net = &modules->net;
    int first = 0;

    while (first < net->n_layer) {
        int weights = next_weights(net, first), end = end_of(net, weights, cut);

        modules->module[++modules->n] =
            (struct module){first, end, weights, net->layer[end - 1].out};
        net->layer[end - 1].cut = true;
        first = end;
    }
    net_plan(net);
}

enum status modules_parse(struct modules *modules, const char *rule, const char *text,
                          struct shape in, int n_out, enum module_cut cut,
                          struct error *err)
{
    struct net *net = &modules->net;
    char head[32];

    snprintf(head, sizeof head, "dense %d", n_out);
    modules->n = 0;
    if (net_parse(net, text, in, err) != OK || (n_out && net_add(net, head, err) != OK))
        return err->status;
    if (next_weights(net, 0) == net->n_layer)
        return error_set(
            err, ERR_USAGE,
            "%s: the net has nothing to train; add a layer 'conv' or 'dense'", rule);
    take_apart(modules, cut);
    return OK;
}

enum status modules_refuse(const struct modules *modules, enum layer_kind kind,
                           const char *why, struct error *err)
{
    for (int l = 0; l < modules->net.n_layer; l++)
        if (modules->net.layer[l].kind == kind)
            return error_set(err, ERR_USAGE, "%s (layer %d of the net)", why, l + 1);
    return OK;
}

void modules_alternate(struct modules *modules)
{
    modules->net.alternate = true;
    net_plan(&modules->net);
}

/* The first layer that is trained. */
static int lowest(const struct net *net, int l)
{
    while (!net->layer[l].n_unit)
        l++;
    return l;
}

/* Does the derivative move to another place on its way down to the first layer that is
 * trained? */
static bool moves(const struct net *net, const struct module *module)
{
    int l = lowest(net, module->first);

    for (bool below = false; l < module->end; l++, below = true)
        if (net->layer[l].span > 0 && below &&
            (has_weights(&net->layer[l]) || net->layer[l].kind == LAYER_POOL))
            return true;
    return false;
}

void modules_take_work(const struct modules *modules, struct net_work *train,
                       struct net_work *score, int n_train, int n_score, int workers,
                       struct arena *arena)
{
    const struct net *net = &modules->net;
    size_t values = (size_t)n_train * net->n_value, half = (size_t)n_score * net->widest;
    size_t wide = (size_t)n_train * net->widest;
    bool two = false;

    for (int s = 1; s <= modules->n; s++)
        two |= moves(net, &modules->module[s]);
    *train = (struct net_work){0};
    train->value = arena_take(arena, TAG_SCRATCH, values > 2 * half ? values : 2 * half,
                              sizeof(real));
    net_take_stored(net, train, n_train, arena);
    train->delta[0] = arena_take(arena, TAG_SCRATCH, wide, sizeof(real));
    train->delta[1] = arena_take(arena, TAG_SCRATCH, two ? wide : 0, sizeof(real));
    net_take_scratch(net, train, workers, arena);
    *score = *train;
    score->n_train = 0;
    score->n_score = n_score;
    score->delta[0] = train->value;
    score->delta[1] = train->value ? train->value + half : NULL;
}

void modules_init_weights(const struct modules *modules, real *w, enum init init,
                          struct rng rng)
{
    net_init_weights(&modules->net, w, init, rng);
    for (int s = 1; s <= modules->n; s++)
        init_layer(init, module_weight(modules, w, s), module_bias(modules, w, s),
                   rng_at(rng, (uint64_t)s));
}

static const struct layer *layer_of(const struct modules *modules, int s)
{
    return &modules->net.layer[modules->module[s].weights];
}

static size_t weight_at(const struct net *net, int l)
{
    return l < net->n_layer ? net->layer[l].weight : net->n_weight;
}

size_t module_size(const struct modules *modules, int s)
{
    const struct module *module = &modules->module[s];

    return weight_at(&modules->net, module->end) -
           weight_at(&modules->net, module->first);
}

struct vec module_block(const struct modules *modules, real *block, int s)
{
    return (struct vec){block + weight_at(&modules->net, modules->module[s].first),
                        module_size(modules, s)};
}

struct mat module_weight(const struct modules *modules, real *block, int s)
{
    return layer_weight(layer_of(modules, s), block);
}

real *module_bias(const struct modules *modules, real *block, int s)
{
    const struct layer *layer = layer_of(modules, s);

    return block + layer->weight + layer_matrix(layer);
}

struct mat module_output(const struct modules *modules, const struct net_work *work,
                         int s, int n)
{
    return net_value(&modules->net, work, modules->module[s].end - 1, n);
}

struct mat module_forward(const struct modules *modules, int s,
                          const struct net_pass *pass, real *state, enum net_mode mode)
{
    const struct module *module = &modules->module[s];
    struct net_run run = net_training_run(pass, mode == NET_TRAIN ? state : NULL);

    run.first = module->first;
    net_forward_layers(&modules->net, module->first, module->end, &run);
    return module_output(modules, pass->work, s, pass->x.rows);
}

struct mat module_score(const struct modules *modules, int s, const real *w, real *state,
                        const struct net_work *work, struct mat x)
{
    const struct module *module = &modules->module[s];
    struct net_run run = {
        .w = w, .x = x, .state = state, .work = work, .first = module->first};

    return net_score_layers(&modules->net, module->end, &run);
}

struct mat module_backward(const struct modules *modules, int s,
                           const struct net_pass *pass, struct module_error error)
{
    const struct module *module = &modules->module[s];
    struct net_run run = net_training_run(pass, NULL);
    int begin = error.want_dx ? module->first : lowest(&modules->net, module->first);

    run.first = module->first;
    run.back = error.back;
    return net_backward_layers(&modules->net, begin, module->end, &run, error.dy, error.g,
                               error.want_dx);
}

double module_flops(const struct modules *modules, int s)
{
    const struct layer *layer = layer_of(modules, s);

    return 2.0 * (double)layer_matrix(layer) * layer->out.height * layer->out.width;
}
