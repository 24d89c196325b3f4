/* Feedback alignment: errors travel back through fixed random matrices instead of the
 * transposed weights. Two learners, for MLPs and convolutional nets cut into modules, a
 * convolution or dense layer each with what follows it (core/nn/modules.h):
 *
 *   fa   module by module (Lillicrap, Cownden, Tweed & Akerman 2016, Nature
 *        Communications 7, 13276): the backward pass of back-propagation, in which a
 *        dense layer takes the error down by d B^T, a convolution by the transposed
 *        convolution with filters B; B is laid out as the weights
 *   dfa  from the output straight to every module (Nokland 2016, arXiv:1609.01596,
 *        eq. 7; convolutions: Launay, Poli, Boniface & Krzakala 2020, arXiv:2006.12878):
 *          d_s = e B_s,  B_s of classes x values that the module returns
 *        for a convolution the pooled map, flattened
 *
 * with e = softmax - onehot over what competes. Within a module d_s goes back as in
 * back-propagation, through pool, activation and norm to the gradient of the weights: for a
 * dense layer dW = h_{s-1}^T (d_s . act'). With B = W fa would be back-propagation, and so
 * would dfa in a linear net, with the product of the weights above. B ~ N(0, 1 / n) times
 * an option; n: the units that an error comes from, for a convolution those of a window.
 * `matrices`:
 *
 *   same   B never changes: each output has its row
 *   task   each task has its own, which come back where the task does; rows of other tasks
 *          that a strategy adds are trained with the matrices of the task at hand
 *   place  B never changes, and the outputs that compete for a row of the batch take its
 *          first rows, in their order: so the heads of all tasks share them
 *
 * (Folchini, Arora & Goldt 2025, TMLR, have one set for all tasks and one for each). */
#include <stddef.h>
#include <string.h>
#include <tgmath.h>

#include "baselines/rules/net_rule.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"

enum matrices { MATRICES_SAME, MATRICES_TASK, MATRICES_PLACE };

static const char *const matrices_names[] = {"same", "task", "place", NULL};

struct feedback_alignment {
    struct net_rule base;
    double feedback;
    int matrices;
    struct optim_options options;

    bool direct;    /* dfa */
    struct rng rng; /* of the matrices */
    real *g;
    struct mat back[NET_LAYERS + 1]; /* what brings the error to the output of module s */
    struct mat moved;                /* of `place`: the error to be brought */
    struct optim optim;
};

static const struct param params[] = {
    NET_RULE_PARAMS(struct feedback_alignment, base, "uniform-fan-in"),
    {"feedback", PARAM_NUMBER, offsetof(struct feedback_alignment, feedback), "1", 0, 1e6,
     NULL, "standard deviation of the feedback weights, times the root of their fan-in"},
    {"matrices", PARAM_CHOICE, offsetof(struct feedback_alignment, matrices), "same", 0,
     0, matrices_names,
     "feedback weights: of each output, of each task anew, or shared by the tasks' "
     "outputs",
     .added_later = true},
    OPTIM_PARAMS(struct feedback_alignment, options, "adam", "0.001", "0"),
    {0},
};

/* The layer whose weights, or whose feedback, bring the error to the output of module s. */
static const struct layer *layer_above(const struct feedback_alignment *fa, int s)
{
    const struct modules *modules = &fa->base.modules;

    return &modules->net.layer[modules->module[s + 1].weights];
}

static void take_feedback(struct feedback_alignment *fa, const struct learner_env *env)
{
    enum tag tag = fa->matrices == MATRICES_TASK ? TAG_STATE : TAG_FIXED;

    for (int s = 1; s < fa->base.modules.n; s++) {
        const struct layer *above = layer_above(fa, s);
        int width = shape_size(fa->base.modules.module[s].out);

        fa->back[s] = fa->direct ? mat_take(env->arena, tag, env->n_out, width)
                                 : mat_take(env->arena, tag, above->n_in, above->n_unit);
    }
}

/* Units that an error at one value of module s comes from. */
static int fan_in(const struct feedback_alignment *fa, int s)
{
    const struct layer *above = layer_above(fa, s);
    int window = above->kind == LAYER_CONV ? above->window.size : 1;

    return fa->direct ? fa->back[s].rows : window * window * above->n_unit;
}

/* By way of g: numbers are drawn in the order of the units that errors come from. */
static void draw_feedback(const struct feedback_alignment *fa, int task)
{
    for (int s = 1; s < fa->base.modules.n; s++) {
        struct mat b = fa->back[s];
        struct rng own = rng_at(fa->rng, (uint64_t)task * (NET_LAYERS + 1) + (uint64_t)s);
        real *drawn = fa->direct ? b.data : fa->g;

        rng_normal(&own, drawn, (size_t)b.rows * (size_t)b.cols,
                   (real)(fa->feedback / sqrt((double)fan_in(fa, s))));
        for (int i = 0; !fa->direct && i < b.rows; i++)
            for (int j = 0; j < b.cols; j++)
                mat_row(b, i)[j] = drawn[(size_t)j * (size_t)b.rows + (size_t)i];
    }
}

static enum status prepare(struct feedback_alignment *fa, const char *rule,
                           const struct learner_env *env, struct error *err)
{
    if (net_rule_plan(&fa->base, rule, CUT_BEFORE_WEIGHTS, env, err) != OK)
        return err->status;
    net_rule_take(&fa->base, env);
    fa->g = arena_take(env->arena, TAG_GRADIENT, fa->base.w.n, sizeof(real));
    take_feedback(fa, env);
    if (fa->matrices == MATRICES_PLACE)
        fa->moved = mat_take(env->arena, TAG_SCRATCH, env->n_train, env->n_out);
    optim_init(&fa->optim, &fa->options, fa->base.w, env->arena, env->hook);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    net_rule_draw(&fa->base, env->rng);
    fa->rng = rng_child(env->rng, "feedback");
    draw_feedback(fa, 0);
    return OK;
}

static enum status init_fa(void *self, const struct learner_env *env, struct error *err)
{
    return prepare(self, "fa", env, err);
}

static enum status init_dfa(void *self, const struct learner_env *env, struct error *err)
{
    struct feedback_alignment *fa = self;

    fa->direct = true;
    return prepare(fa, "dfa", env, err);
}

/* What is brought back in place of e: with `place` the errors of the outputs that compete,
 * in the order of these. */
static struct mat brought(const struct feedback_alignment *fa, const struct batch *batch,
                          struct mat e)
{
    struct mat moved = fa->moved;

    if (fa->matrices != MATRICES_PLACE)
        return e;
    moved.rows = e.rows;
    for (int i = 0; i < e.rows; i++) {
        const uint8_t *on = batch_competing(batch, i);
        real *row = mat_row(moved, i);
        int place = 0;

        memset(row, 0, (size_t)e.cols * sizeof *row);
        for (int k = 0; k < e.cols; k++)
            if (on[k])
                row[place++] = mat_row(e, i)[k];
    }
    return moved;
}

/* The error of module s, in the working memory. */
static struct mat direct_error(const struct feedback_alignment *fa, int s, struct mat top)
{
    struct mat d = mat_of(fa->base.work.delta[0], top.rows, fa->back[s].cols);

    mat_mul(d, top, fa->back[s], false);
    return d;
}

/* The gradient of all weights from e, the derivative of the logits, and `top`, which is
 * brought back from there. */
static void gradient(const struct feedback_alignment *fa, struct net_pass pass,
                     struct mat e, struct mat top)
{
    const struct modules *modules = &fa->base.modules;
    struct mat x = pass.x, d = e;

    for (int s = modules->n; s >= 1; s--) {
        bool down = s > 1 && !fa->direct, apart = d.data == e.data && top.data != e.data;
        struct mat back = down ? fa->back[s - 1] : (struct mat){0};
        struct module_error error = {d, module_block(modules, fa->g, s).data,
                                     down && !apart, back};

        pass.x = s > 1 ? module_output(modules, pass.work, s - 1, e.rows) : x;
        d = module_backward(modules, s, &pass, error);
        if (down && apart)
            d = module_backward(modules, s, &pass,
                                (struct module_error){top, NULL, true, back});
        if (s > 1 && fa->direct)
            d = direct_error(fa, s - 1, top);
    }
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct feedback_alignment *fa = self;
    const struct net_rule *base = &fa->base;
    struct net_pass pass = {base->w.data, &base->work, batch->x, rng};
    struct mat e = net_forward(&base->modules.net, &pass, base->state, NET_TRAIN);
    real loss = loss_cross_entropy(e, batch);

    gradient(fa, pass, e, brought(fa, batch, e));
    optim_step(&fa->optim, fa->g, batch->progress);
    return loss;
}

static void task_begin(void *self, const struct task_view *task, struct rng rng)
{
    const struct feedback_alignment *fa = self;

    (void)rng;
    if (fa->matrices == MATRICES_TASK)
        draw_feedback(fa, task->task);
}

static const char *needs_tasks(const void *self)
{
    const struct feedback_alignment *fa = self;

    return fa->matrices == MATRICES_TASK
               ? "its feedback weights change with the task; write matrices: same"
               : NULL;
}

/* Forward, weight gradients, and the feedback. */
static double flops(const void *self)
{
    const struct feedback_alignment *fa = self;
    const struct modules *modules = &fa->base.modules;
    double back = 0;

    for (int s = 1; s < modules->n; s++)
        back += fa->direct ? 2.0 * fa->back[s].rows * fa->back[s].cols
                           : module_flops(modules, s + 1);
    return 2 * net_flops_forward(&modules->net) + back;
}

const struct learner learner_fa = {
    .name = "fa",
    .about =
        "feedback alignment: errors travel back through fixed random weights; MLP or CNN",
    .source = "Lillicrap et al. 2016, Nature Communications 7, 13276",
    .params = params,
    .size = sizeof(struct feedback_alignment),
    .can = CAN_SOFT | CAN_HOOK,
    .init = init_fa,
    .train = train,
    .score = net_rule_score,
    .n_feature = net_rule_n_feature,
    .features = net_rule_features,
    .weights = net_rule_weights,
    .flops = flops,
    .score_flops = net_rule_score_flops,
    .task_begin = task_begin,
    .needs_tasks = needs_tasks,
};

const struct learner learner_dfa = {
    .name = "dfa",
    .about =
        "direct feedback alignment: the error goes straight to every layer; MLP or CNN",
    .source = "Nokland 2016, arXiv:1609.01596",
    .params = params,
    .size = sizeof(struct feedback_alignment),
    .can = CAN_SOFT | CAN_HOOK,
    .init = init_dfa,
    .train = train,
    .score = net_rule_score,
    .n_feature = net_rule_n_feature,
    .features = net_rule_features,
    .weights = net_rule_weights,
    .flops = flops,
    .score_flops = net_rule_score_flops,
    .task_begin = task_begin,
    .needs_tasks = needs_tasks,
};
