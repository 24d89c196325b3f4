/* Feedback alignment: errors travel back through fixed random matrices instead of the
 * transposed weights. Two learners:
 *
 *   fa   layer by layer (Lillicrap, Cownden, Tweed & Akerman 2016, Nature
 *        Communications 7, 13276):
 *          d_l = (d_{l+1} B_{l+1}) . act'(z_l),  B_{l+1} of n_{l+1} x n_l for W_{l+1}^T
 *   dfa  from the output straight to every layer (Nokland 2016, arXiv:1609.01596,
 *        eq. 7):
 *          d_l = (e B_l) . act'(z_l),  B_l of classes x n_l
 *
 * with e = d_L = softmax - onehot over what competes; the updates are those of
 * back-propagation, dW_l = h_{l-1}^T d_l. With B = W^T both would be back-propagation
 * (dfa: in a linear net, with the product of the weights above). B ~ N(0, 1 / rows of B)
 * times an option. `matrices`:
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

#include "baselines/rules/feedback.h"
#include "baselines/rules/mlp_rule.h"
#include "core/nn/loss.h"
#include "core/optim/optimizer.h"

enum matrices { MATRICES_SAME, MATRICES_TASK, MATRICES_PLACE };

static const char *const matrices_names[] = {"same", "task", "place", NULL};

struct feedback_alignment {
    struct mlp_rule base;
    double feedback;
    int matrices;
    struct optim_options options;

    bool direct;    /* dfa */
    struct rng rng; /* of the matrices */
    real *g;
    struct mat back[NET_LAYERS + 1]; /* what brings the error to layer l */
    struct mat moved;                /* of `place`: the error to be brought */
    struct optim optim;
    struct mlp_values values;
};

static const struct param params[] = {
    MLP_RULE_PARAMS(struct feedback_alignment, base, "uniform-fan-in"),
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

static void take_feedback(struct feedback_alignment *fa, struct arena *arena)
{
    const struct mlp *mlp = &fa->base.mlp;
    enum tag tag = fa->matrices == MATRICES_TASK ? TAG_STATE : TAG_FIXED;

    for (int l = 1; l < mlp->n_layer; l++) {
        int from = fa->direct ? mlp->n_layer : l + 1;

        fa->back[l] = mat_take(arena, tag, mlp->layer[from].n_out, mlp->layer[l].n_out);
    }
}

static void draw_feedback(const struct feedback_alignment *fa, int task)
{
    for (int l = 1; l < fa->base.mlp.n_layer; l++) {
        struct mat b = fa->back[l];
        struct rng own = rng_at(fa->rng, (uint64_t)task * (NET_LAYERS + 1) + (uint64_t)l);

        rng_normal(&own, b.data, (size_t)b.rows * (size_t)b.cols,
                   (real)(fa->feedback / sqrt((double)b.rows)));
    }
}

static enum status prepare(struct feedback_alignment *fa, const char *rule,
                           const struct learner_env *env, struct error *err)
{
    if (mlp_rule_plan(&fa->base, rule, env, err) != OK)
        return err->status;
    mlp_rule_take(&fa->base, 0, env);
    fa->g = arena_take(env->arena, TAG_GRADIENT, fa->base.w.n, sizeof(real));
    take_feedback(fa, env->arena);
    if (fa->matrices == MATRICES_PLACE)
        fa->moved = mat_take(env->arena, TAG_SCRATCH, env->n_train, env->n_out);
    fa->values = mlp_take_values(&fa->base.mlp, env->n_train, env->arena);
    optim_init(&fa->optim, &fa->options, fa->base.w, env->arena, env->hook);
    if (arena_check(env->arena, err) != OK)
        return err->status;
    mlp_rule_draw(&fa->base, env->rng);
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

/* The errors of the outputs that compete, in the order of these; empty unless `place`. */
static struct mat move_errors(const struct feedback_alignment *fa,
                              const struct batch *batch, struct mat e)
{
    struct mat moved = fa->moved;

    if (fa->matrices != MATRICES_PLACE)
        return moved;
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

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct feedback_alignment *fa = self;
    struct feedback feedback = {fa->back, fa->direct, {0}};
    struct mat e = mlp_forward(&fa->base.mlp, fa->base.w.data, &fa->values, batch->x);
    real loss = loss_cross_entropy(e, batch);

    feedback.error = move_errors(fa, batch, e);
    feedback_gradient(&fa->base.mlp, feedback, &fa->values, &fa->base.pair, batch->x, e,
                      fa->g);
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
    double back = 0;

    for (int l = 1; l < fa->base.mlp.n_layer; l++)
        back += 2.0 * fa->back[l].rows * fa->back[l].cols;
    return 2 * mlp_flops(&fa->base.mlp) + back;
}

const struct learner learner_fa = {
    .name = "fa",
    .about = "feedback alignment: errors travel back through fixed random weights",
    .source = "Lillicrap et al. 2016, Nature Communications 7, 13276",
    .params = params,
    .size = sizeof(struct feedback_alignment),
    .can = CAN_SOFT | CAN_HOOK,
    .init = init_fa,
    .train = train,
    .score = mlp_rule_score,
    .n_feature = mlp_rule_n_feature,
    .features = mlp_rule_features,
    .weights = mlp_rule_weights,
    .flops = flops,
    .score_flops = mlp_rule_score_flops,
    .task_begin = task_begin,
    .needs_tasks = needs_tasks,
};

const struct learner learner_dfa = {
    .name = "dfa",
    .about = "direct feedback alignment: the output error goes straight to every layer",
    .source = "Nokland 2016, arXiv:1609.01596",
    .params = params,
    .size = sizeof(struct feedback_alignment),
    .can = CAN_SOFT | CAN_HOOK,
    .init = init_dfa,
    .train = train,
    .score = mlp_rule_score,
    .n_feature = mlp_rule_n_feature,
    .features = mlp_rule_features,
    .weights = mlp_rule_weights,
    .flops = flops,
    .score_flops = mlp_rule_score_flops,
    .task_begin = task_begin,
    .needs_tasks = needs_tasks,
};
