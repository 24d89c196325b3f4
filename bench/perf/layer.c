/* Layers of the nets of docs/performance.md, each as a net of one layer, and convolutions
 * with the layers that are fused with them. */
#include <stdio.h>

#include "bench/perf/perf.h"
#include "core/nn/net.h"

enum { ROWS = 128 };

struct one_layer {
    struct net net;
    struct net_work work;
    struct mat x, dy;
    real *w, *g, *state;
    struct rng rng;
};

static void set_up(struct one_layer *layer, struct arena *arena)
{
    const struct net *net = &layer->net;
    int n_in = shape_size(net->in), n_out = shape_size(net->out);
    struct rng rng = rng_seed(1);

    net_take_work(net, &layer->work, ROWS, 0, true, 1, arena);
    layer->x = mat_take(arena, TAG_SCRATCH, ROWS, n_in);
    layer->dy = mat_take(arena, TAG_SCRATCH, ROWS, n_out);
    layer->w = arena_take(arena, TAG_WEIGHT, net->n_weight, sizeof(real));
    layer->g = arena_take(arena, TAG_GRADIENT, net->n_weight, sizeof(real));
    layer->state = arena_take(arena, TAG_STATE, net->n_state, sizeof(real));
    if (!layer->x.data || !layer->dy.data)
        return;
    rng_normal(&rng, layer->x.data, (size_t)ROWS * (size_t)n_in, 1);
    rng_normal(&rng, layer->dy.data, (size_t)ROWS * (size_t)n_out, 1);
    net_init_weights(net, layer->w, INIT_HE, rng);
    net_init_state(net, layer->state);
}

static struct net_pass pass_over(const struct one_layer *layer)
{
    return (struct net_pass){layer->w, &layer->work, layer->x, layer->rng};
}

static void forward(void *self)
{
    const struct one_layer *layer = self;
    struct net_pass pass = pass_over(layer);

    net_forward(&layer->net, &pass, layer->state, NET_TRAIN);
}

/* Few channels are an image, which wants no derivative. */
static bool wants_dx(const struct net *net)
{
    return net->layer[0].kind != LAYER_CONV || net->in.channels > 4;
}

/* The gradients of parameters and input, if it is wanted; dy is overwritten. */
static void backward(void *self)
{
    const struct one_layer *layer = self;
    struct net_pass pass = pass_over(layer);

    net_backward(&layer->net, &pass, layer->dy, layer->g, wants_dx(&layer->net));
}

static enum status open_layer(const struct perf_case *perf, struct perf_setup *setup,
                              struct error *err)
{
    struct one_layer *layer = arena_take(&setup->arena, TAG_FIXED, 1, sizeof *layer);
    double values;

    if (!layer || net_parse(&layer->net, perf->net, perf->shape, err) != OK)
        return arena_check(&setup->arena, err);
    set_up(layer, &setup->arena);
    if (arena_check(&setup->arena, err) != OK)
        return err->status;
    forward(layer); /* what a backward pass rests on */
    setup->self = layer;
    setup->flop = ROWS * (perf->run == forward
                              ? net_flops_forward(&layer->net)
                              : net_flops_backward(&layer->net, wants_dx(&layer->net)));
    values = (double)ROWS * (shape_size(layer->net.in) + shape_size(layer->net.out));
    setup->bytes = setup->flop > 0 ? 0 : values * sizeof(real);
    return OK;
}

static void add_layer(struct perf_list *list, const char *name, const char *net,
                      struct shape shape, bool back)
{
    struct perf_case *perf = &list->perf[list->n++];

    *perf = (struct perf_case){
        .open = open_layer, .run = back ? backward : forward, .net = net, .shape = shape};
    snprintf(perf->name, sizeof perf->name, "%s-%s", name, back ? "backward" : "forward");
}

void perf_add_layers(struct perf_list *list)
{
    static const struct {
        const char *name, *net;
        struct shape shape;
    } row[] = {
        {"layer/conv1", "conv 32 3", {32, 32, 3}},
        {"layer/conv2", "conv 64 3", {16, 16, 32}},
        {"layer/conv3", "conv 128 3", {8, 8, 64}},
        {"layer/stage", "conv 64 3, relu, pool 2", {16, 16, 32}},
        {"layer/stage-norm", "conv 64 3, batchnorm, relu, pool 2", {16, 16, 32}},
        {"layer/stage-norm-direct", "conv 32 3, batchnorm, relu, pool 2", {32, 32, 3}},
        {"layer/batchnorm", "batchnorm", {32, 32, 32}},
        {"layer/batchnorm-dense", "batchnorm", {1, 1, 256}},
        {"layer/relu", "relu", {32, 32, 32}},
        {"layer/relu-dense", "relu", {1, 1, 400}},
        {"layer/silu-dense", "silu", {1, 1, 400}},
        {"layer/tanh-dense", "tanh", {1, 1, 400}},
        {"layer/pool", "pool 2", {32, 32, 32}},
        {"layer/elu-dense", "elu", {1, 1, 400}},
        {"layer/dropout", "dropout 0.2", {16, 16, 32}},
        {"layer/layernorm", "layernorm", {1, 1, 400}},
        {"layer/rmsnorm", "rmsnorm", {1, 1, 400}},
        {"layer/mlp1", "dense 400", {1, 1, 784}},
        {"layer/mlp2", "dense 400", {1, 1, 400}},
        {"layer/fc", "dense 256", {1, 1, 2048}},
    };

    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        add_layer(list, row[i].name, row[i].net, row[i].shape, false);
        add_layer(list, row[i].name, row[i].net, row[i].shape, true);
    }
}
