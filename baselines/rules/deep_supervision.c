/* Back-propagation with deep supervision (Lee, Xie, Gallagher, Zhang & Tu 2015,
 * "Deeply-supervised nets", arXiv:1409.5185): every hidden layer has a linear head of its
 * own, and the losses of all heads are followed at once, through all layers.
 *
 *   loss = CE(h_H M_H + b) + weight sum_{s<H} CE(h_s M_s)
 *
 * It is the partner of rules with local losses. mono-forward has the same layers, heads and
 * losses, but no gradient crosses a layer; with `bias: no` there is no b, the initial
 * weights are the same bits, too, and with weight 1 the two differ in nothing else. With
 * `bias: yes` and `weight: 0` it is backprop, bit by bit.
 *
 * Lee et al. have squared hinge losses, and weights that fall during training. */
#include <stddef.h>
#include <string.h>

#include "baselines/rules/net_rule.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"

enum decision { DECISION_LAST, DECISION_SUM };

static const char *const decision_names[] = {"last", "sum", NULL};

struct deep_supervision {
    struct net_rule base; /* its net ends in h_H, or with a bias in h_H M_H + b */
    int decision;
    double weight;
    bool bias;
    struct optim_options options;

    int n_out, n_hidden; /* H */
    int n_head;          /* behind the net in the block of weights: H or H - 1 */
    struct mat head[NET_LAYERS + 1]; /* M_s, s = 1..n_head */
    struct mat e[NET_LAYERS + 1];    /* dloss/d(h_s M_s): n_train x n_out */
    struct mat top;                  /* without a bias: dloss/dh_H */
    real *g;
    struct optim optim;
};

static const struct param params[] = {
    NET_RULE_PARAMS(struct deep_supervision, base, "uniform-fan-in"),
    {"weight", PARAM_NUMBER, offsetof(struct deep_supervision, weight), "1", 0, 1e6, NULL,
     "of the loss of every hidden layer but the last, beside that of the output"},
    {"bias", PARAM_BOOL, offsetof(struct deep_supervision, bias), "no", 0, 0, NULL,
     "the output layer has one, and is drawn as that of backprop; else as "
     "mono-forward's"},
    {"decision", PARAM_CHOICE, offsetof(struct deep_supervision, decision), "last", 0, 0,
     decision_names, "the class from the output or from the sum of all heads"},
    OPTIM_PARAMS(struct deep_supervision, options, "adam", "0.001", "0"),
    {0},
};

static size_t head_size(const struct deep_supervision *ds, int s)
{
    return (size_t)shape_size(ds->base.modules.module[s].out) * (size_t)ds->n_out;
}

static enum status plan(struct deep_supervision *ds, const struct learner_env *env,
                        struct error *err)
{
    struct net_rule *base = &ds->base;

    ds->n_out = env->n_out;
    if (modules_parse(&base->modules, "deep-supervision", base->layers, env->image,
                      ds->bias ? env->n_out : 0, CUT_BEFORE_WEIGHTS, err) != OK)
        return err->status;
    ds->n_hidden = base->modules.n - ds->bias;
    ds->n_head = ds->n_hidden - ds->bias;
    base->w.n = base->modules.net.n_weight;
    for (int s = 1; s <= ds->n_head; s++)
        base->w.n += head_size(ds, s);
    return OK;
}

static void take_memory(struct deep_supervision *ds, const struct learner_env *env)
{
    struct net_rule *base = &ds->base;
    const struct net *net = &base->modules.net;
    struct arena *arena = env->arena;

    base->w.data = arena_take(arena, TAG_WEIGHT, base->w.n, sizeof(real));
    base->state = arena_take(arena, TAG_STATE, net->n_state, sizeof(real));
    ds->g = arena_take(arena, TAG_GRADIENT, base->w.n, sizeof(real));
    for (int s = 1; s <= ds->n_head; s++)
        ds->e[s] = mat_take(arena, TAG_SCRATCH, env->n_train, env->n_out);
    if (!ds->bias)
        ds->top = mat_take(arena, TAG_SCRATCH, env->n_train, shape_size(net->out));
    net_take_work(net, &base->work, env->n_train, env->n_score, false, env->n_thread,
                  arena);
}

static void draw(struct deep_supervision *ds, struct rng rng)
{
    const struct modules *modules = &ds->base.modules;
    enum init init = (enum init)ds->base.init;
    real *w = ds->base.w.data, *head = w + modules->net.n_weight;

    net_init_state(&modules->net, ds->base.state);
    if (ds->bias)
        net_init_weights(&modules->net, w, init, rng);
    else
        modules_init_weights(modules, w, init, rng);
    for (int s = 1; s <= ds->n_head; s++, head += head_size(ds, s - 1)) {
        ds->head[s] = mat_of(head, shape_size(modules->module[s].out), ds->n_out);
        init_layer(init, ds->head[s], NULL, rng_at(rng_child(rng, "heads"), (uint64_t)s));
    }
}

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct deep_supervision *ds = self;

    if (plan(ds, env, err) != OK)
        return err->status;
    take_memory(ds, env);
    optim_init(&ds->optim, &ds->options, ds->base.w, env->arena, env->hook);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    draw(ds, env->rng);
    return OK;
}

/* Of the loss of head s. */
static real weight_of(const struct deep_supervision *ds, int s)
{
    return s < ds->n_hidden ? (real)ds->weight : 1;
}

/* M_s in a block that is laid out as the weights. */
static struct mat head_of(const struct deep_supervision *ds, int s, real *block)
{
    struct mat m = ds->head[s];

    return mat_of(block + (m.data - ds->base.w.data), m.rows, m.cols);
}

/* The loss of head s, with its gradient; e becomes weight x its derivative. */
static real supervise(const struct deep_supervision *ds, const struct batch *batch, int s,
                      struct mat e, real *g)
{
    struct mat h = module_output(&ds->base.modules, &ds->base.work, s, e.rows);
    real weight = weight_of(ds, s), loss;

    mat_mul(e, h, ds->head[s], false);
    loss = weight * loss_cross_entropy(e, batch);
    for (size_t i = 0; i < (size_t)e.rows * (size_t)e.cols; i++)
        e.data[i] *= weight;
    mat_mul_tn(head_of(ds, s, g), h, e, false);
    return loss;
}

/* d: at what the net ends in. Every layer gets what comes from above and what its own
 * head says. */
static void backward(const struct deep_supervision *ds, struct net_pass pass,
                     struct mat d, real *g)
{
    const struct modules *modules = &ds->base.modules;
    struct mat x = pass.x;

    for (int s = modules->n; s >= 1; s--) {
        int below = s - 1;

        pass.x = below ? module_output(modules, pass.work, below, x.rows) : x;
        d = module_backward(
            modules, s, &pass,
            (struct module_error){d, module_block(modules, g, s).data, below > 0, {0}});
        if (below && below <= ds->n_head && ds->weight > 0)
            mat_mul_nt(d, mat_rows(ds->e[below], 0, x.rows), ds->head[below], true);
    }
}

/* state: the running statistics to move; NULL = none. */
static real gradient(const struct deep_supervision *ds, const struct batch *batch,
                     real *state, struct rng rng, real *g)
{
    const struct net_rule *base = &ds->base;
    struct net_pass pass = {base->w.data, &base->work, batch->x, rng};
    struct mat d = net_forward(&base->modules.net, &pass, state, NET_TRAIN);
    real loss = ds->bias ? loss_cross_entropy(d, batch) : 0;
    int n = d.rows;

    memset(g + base->modules.net.n_weight, 0,
           (base->w.n - base->modules.net.n_weight) * sizeof *g);
    for (int s = 1; s <= ds->n_head; s++)
        if (weight_of(ds, s) > 0)
            loss += supervise(ds, batch, s, mat_rows(ds->e[s], 0, n), g);
    if (!ds->bias) {
        d = mat_rows(ds->top, 0, n);
        mat_mul_nt(d, mat_rows(ds->e[ds->n_head], 0, n), ds->head[ds->n_head], false);
    }
    backward(ds, pass, d, g);
    return loss;
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    struct deep_supervision *ds = self;
    real loss = gradient(ds, batch, ds->base.state, rng, ds->g);

    optim_step(&ds->optim, ds->g, batch->progress);
    return loss;
}

static real grad(void *self, const struct batch *batch, struct rng rng, real *g)
{
    return gradient(self, batch, NULL, rng, g);
}

static bool batch_norms(const void *self)
{
    return ((const struct deep_supervision *)self)->base.modules.net.n_state > 0;
}

static int n_feature(const void *self)
{
    const struct deep_supervision *ds = self;

    return shape_size(ds->base.modules.module[ds->n_hidden].out);
}

static void features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    if (((const struct deep_supervision *)self)->bias)
        net_rule_features(self, x, rng, out);
    else
        net_rule_score(self, x, (struct classes){0}, rng, out);
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct deep_supervision *ds = self;
    const struct net_rule *base = &ds->base;
    int first = ds->decision == DECISION_SUM ? 1 : ds->n_hidden;

    if (ds->bias)
        net_rule_score(self, x, competing, rng, out);
    for (int s = 1; s <= ds->n_head && first <= ds->n_head; s++) {
        x = module_score(&base->modules, s, base->w.data, base->state, &base->work, x);
        if (s >= first)
            mat_mul(out, x, ds->head[s], ds->bias || s > first);
    }
}

static double flops(const void *self)
{
    const struct deep_supervision *ds = self;
    const struct net *net = &ds->base.modules.net;
    double flops = net_flops_forward(net) + net_flops_backward(net, false);

    for (int s = 1; s <= ds->n_head; s++)
        flops += weight_of(ds, s) > 0 ? 6.0 * (double)head_size(ds, s) : 0;
    return flops;
}

static double score_flops(const void *self)
{
    const struct deep_supervision *ds = self;
    bool sum = ds->decision == DECISION_SUM;
    double flops = net_rule_score_flops(self);

    for (int s = 1; s <= ds->n_head; s++) {
        flops += sum || s == ds->n_hidden ? 2.0 * (double)head_size(ds, s) : 0;
        flops += sum && ds->bias ? module_flops(&ds->base.modules, s) : 0;
    }
    return flops;
}

const struct learner learner_deep_supervision = {
    .name = "deep-supervision",
    .about = "back-propagation with a head and a loss on every hidden layer; MLP or CNN",
    .source = "Lee et al. 2015, arXiv:1409.5185",
    .params = params,
    .size = sizeof(struct deep_supervision),
    .can = CAN_HOOK,
    .init = init,
    .train = train,
    .score = score,
    .n_feature = n_feature,
    .features = features,
    .weights = net_rule_weights,
    .flops = flops,
    .score_flops = score_flops,
    .grad = grad,
    .batch_norms = batch_norms,
};
