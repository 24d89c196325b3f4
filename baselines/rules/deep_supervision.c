/* Back-propagation with deep supervision (Lee, Xie, Gallagher, Zhang & Tu 2015,
 * "Deeply-supervised nets", arXiv:1409.5185): every hidden layer has a linear head of its
 * own, and the losses of all heads are followed at once, through all layers.
 *
 *   loss = CE(h_H M_H + b) + weight sum_{s<H} CE(h_s M_s)
 *
 * where of a convolution's map M_s reads means over windows (baselines/rules/local_head.h).
 * It is the partner of rules with local losses. mono-forward has the same layers, heads and
 * losses, but no gradient crosses a layer; with `bias: no` there is no b, the initial
 * weights are the same bits, too, and with weight 1 the two differ in nothing else. With
 * `bias: yes` and `weight: 0` it is backprop, bit by bit.
 *
 * Lee et al. have squared hinge losses, and weights that fall during training. */
#include <stddef.h>
#include <string.h>

#include "baselines/rules/local_head.h"
#include "baselines/rules/net_rule.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"

enum decision { DECISION_LAST, DECISION_SUM };

static const char *const decision_names[] = {"last", "sum", NULL};

struct deep_supervision {
    struct net_rule base; /* its net ends in h_H, or with a bias in h_H M_H + b */
    int decision, head_inputs;
    double weight;
    bool bias;
    struct optim_options options;

    int n_hidden;                 /* H */
    int n_head;                   /* H; with a bias H - 1 */
    struct local_head *head;      /* s = 1..n_head */
    real *block[NET_LAYERS + 1];  /* M_s, in the weights behind the net */
    struct mat d[NET_LAYERS + 1]; /* of the loss of head s by h_s */
    struct local_head_work heads;
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
    {"head_inputs", PARAM_INT, offsetof(struct deep_supervision, head_inputs), "4096", 1,
     1000000, NULL, "a convolution's map is averaged until its head has no more inputs"},
    OPTIM_PARAMS(struct deep_supervision, options, "adam", "0.001", "0"),
    {0},
};

static enum status plan(struct deep_supervision *ds, const struct learner_env *env,
                        struct error *err)
{
    struct net_rule *base = &ds->base;
    struct modules *modules = &base->modules;

    if (modules_parse(modules, "deep-supervision", base->layers, env->image,
                      ds->bias ? env->n_out : 0, CUT_BEFORE_POOLS, err) != OK)
        return err->status;
    ds->n_hidden = modules->n - ds->bias;
    ds->n_head = ds->n_hidden - ds->bias;
    ds->head =
        arena_take(env->arena, TAG_FIXED, (size_t)modules->n + 1, sizeof *ds->head);
    base->w.n = modules->net.n_weight;
    for (int s = 1; ds->head && s <= ds->n_head; s++) {
        ds->head[s] =
            local_head_of(modules->module[s].out, ds->head_inputs, env->n_out, false);
        base->w.n += local_head_size(&ds->head[s]);
    }
    return arena_check(env->arena, err);
}

static void take_memory(struct deep_supervision *ds, const struct learner_env *env)
{
    struct net_rule *base = &ds->base;
    const struct net *net = &base->modules.net;
    struct arena *arena = env->arena;

    base->w.data = arena_take(arena, TAG_WEIGHT, base->w.n, sizeof(real));
    base->state = arena_take(arena, TAG_STATE, net->n_state, sizeof(real));
    ds->g = arena_take(arena, TAG_GRADIENT, base->w.n, sizeof(real));
    net_take_work(net, &base->work, env->n_train, env->n_score, false, env->n_thread,
                  arena);
    for (int s = 1; s <= ds->n_head; s++)
        ds->d[s] = mat_take(arena, TAG_SCRATCH, env->n_train,
                            shape_size(ds->base.modules.module[s].out));
    if (ds->n_head > 0)
        local_head_take(&ds->heads, ds->head + 1, ds->n_head, env->n_train, env->n_score,
                        arena);
}

static void draw(struct deep_supervision *ds, struct rng rng)
{
    const struct modules *modules = &ds->base.modules;
    enum init init = (enum init)ds->base.init;
    struct rng heads = rng_child(rng, "heads");
    real *w = ds->base.w.data, *at = w + modules->net.n_weight;

    net_init_state(&modules->net, ds->base.state);
    if (ds->bias)
        net_init_weights(&modules->net, w, init, rng);
    else
        modules_init_weights(modules, w, init, rng);
    for (int s = 1; s <= ds->n_head; s++) {
        ds->block[s] = at;
        at += local_head_size(&ds->head[s]);
        init_layer(init, local_head_projection(&ds->head[s], ds->block[s]), NULL,
                   rng_at(heads, (uint64_t)s));
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

static void scale(real *x, size_t n, real by)
{
    for (size_t i = 0; by != 1 && i < n; i++)
        x[i] *= by;
}

/* The loss of head s, which reads h, with its weight; and its gradients: of M_s into g, by
 * h into d. */
static real supervise(const struct deep_supervision *ds, const struct batch *batch, int s,
                      struct mat h, struct mat d, real *g)
{
    real weight = weight_of(ds, s), *own = g + (ds->block[s] - ds->base.w.data);
    real loss =
        local_head_predict(&ds->head[s], &ds->heads, batch, h, ds->block[s], d, own);

    scale(d.data, (size_t)d.rows * (size_t)d.cols, weight);
    scale(own, local_head_size(&ds->head[s]), weight);
    return weight * loss;
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
            for (size_t i = 0; i < (size_t)d.rows * (size_t)d.cols; i++)
                d.data[i] += ds->d[below].data[i];
    }
}

/* Runs the net and asks each head on the way, as a dropout may overwrite what it reads.
 * Returns the sum of the losses; *top: the derivative at what the net ends in. */
static real forward(const struct deep_supervision *ds, const struct batch *batch,
                    struct net_pass pass, real *state, real *g, struct mat *top)
{
    const struct modules *modules = &ds->base.modules;
    int n = batch->x.rows;
    real loss = 0;

    for (int s = 1; s <= modules->n; s++) {
        pass.x = module_forward(modules, s, &pass, state, NET_TRAIN);
        if (s <= ds->n_head && weight_of(ds, s) > 0)
            loss += supervise(ds, batch, s, pass.x, mat_rows(ds->d[s], 0, n), g);
    }
    *top = ds->bias ? pass.x : mat_rows(ds->d[ds->n_head], 0, n);
    return ds->bias ? loss + loss_cross_entropy(*top, batch) : loss;
}

/* state: the running statistics to move; NULL = none. */
static real gradient(const struct deep_supervision *ds, const struct batch *batch,
                     real *state, struct rng rng, real *g)
{
    const struct net_rule *base = &ds->base;
    size_t n_net = base->modules.net.n_weight;
    struct net_pass pass = {base->w.data, &base->work, batch->x, rng};
    struct mat top;
    real loss;

    memset(g + n_net, 0, (base->w.n - n_net) * sizeof *g);
    loss = forward(ds, batch, pass, state, g, &top);
    backward(ds, pass, top, g);
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

/* What the output layer reads. */
static int n_feature(const void *self)
{
    const struct deep_supervision *ds = self;

    return ds->bias ? net_rule_n_feature(self) : shape_size(ds->head[ds->n_head].pooled);
}

static void features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct deep_supervision *ds = self;
    const struct net_rule *base = &ds->base;

    if (ds->bias) {
        net_rule_features(self, x, rng, out);
        return;
    }
    x = net_score(&base->modules.net, base->w.data, base->state, &base->work, x);
    mat_copy(out, local_head_pool(&ds->head[ds->n_head], &ds->heads, x));
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
            mat_mul(out, local_head_pool(&ds->head[s], &ds->heads, x),
                    local_head_projection(&ds->head[s], ds->block[s]),
                    ds->bias || s > first);
    }
}

static double flops(const void *self)
{
    const struct deep_supervision *ds = self;
    const struct net *net = &ds->base.modules.net;
    double flops = net_flops_forward(net) + net_flops_backward(net, false);

    for (int s = 1; s <= ds->n_head; s++)
        flops += weight_of(ds, s) > 0 ? 3 * local_head_predict_flops(&ds->head[s]) : 0;
    return flops;
}

static double score_flops(const void *self)
{
    const struct deep_supervision *ds = self;
    bool sum = ds->decision == DECISION_SUM;
    double flops = net_rule_score_flops(self);

    for (int s = 1; s <= ds->n_head; s++) {
        flops += sum || s == ds->n_hidden ? local_head_predict_flops(&ds->head[s]) : 0;
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
