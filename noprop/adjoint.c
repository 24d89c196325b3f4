/* The paper's continuous baseline: a neural ODE over the block of NoProp-CT and -FM,
 * trained by the adjoint sensitivity method (Li, Teh & Pascanu 2025, arXiv:2503.24322v2,
 * section 4.1; Chen et al. 2018, arXiv:1806.07366).
 *
 *   dz/dt = v(z, x, t),  z(0) ~ N(0, I),  v = logits W as in flow matching
 *
 * in `steps` equal steps of Euler's method, for training and for inference; the loss is
 * the cross-entropy of the head on z(1). The adjoint a = dL/dz runs back,
 *
 *   a_k = a_{k+1} + h (dv/dz)^T a_{k+1},   dL/dtheta += h (dv/dtheta)^T a_{k+1},
 *
 * at the z_k of the forward pass, so that one block's activations are kept whatever
 * `steps` is. reverse says where the z_k come from:
 *
 *   stored      they are kept, n x d numbers a step: the exact gradient of the steps
 *   integrated  z is integrated back as well, z_k = z_{k+1} - h v(z_{k+1}, t_{k+1}):
 *               nothing is kept, and the gradient is right up to the length of a step
 *
 * The image branch is run in every step: it is part of the block that is trained. */
#include <stddef.h>
#include <string.h>

#include "noprop/ode.h"

enum { STORED, INTEGRATED };

static const char *const reverse_names[] = {"stored", "integrated", NULL};

struct adjoint {
    struct model model; /* first: model_weights, model_task_begin */

    struct model_options options;
    int steps, reverse;
    double time_scale;

    struct mat *z;   /* steps + 1, or 2: n_train x d each */
    struct mat a;    /* n_train x d */
    struct mat time; /* n_train x BLOCK_TIME */
    real *g;         /* of the block: of one step, then their sum in work[0].g */
};

static const struct param params[] = {
    {"steps", PARAM_INT, offsetof(struct adjoint, steps), "20", 1, 100000, NULL,
     "of Euler's method, in training and at inference (the paper: 1000)"},
    {"reverse", PARAM_CHOICE, offsetof(struct adjoint, reverse), "stored", 0, 0,
     reverse_names, "z of the backward pass: stored, or integrated back"},
    {"time_scale", PARAM_NUMBER, offsetof(struct adjoint, time_scale), "1", 1e-3, 1e6,
     NULL, "of the features of the time"},
    MODEL_PARAMS(struct adjoint, options, "head", "adamw"),
    {0},
};

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct adjoint *net = self;
    struct arena *arena = env->arena;
    size_t n_z = net->reverse == INTEGRATED ? 2 : (size_t)net->steps + 1;
    struct model_spec spec = {
        .form = BLOCK_CONTINUOUS, .n_block = 1, .n_work = 1, .want_dz = true};

    if (model_open(&net->model, &net->options, &spec, env, err) != OK)
        return err->status;
    net->model.mixture.weighted = true;
    net->z = arena_take(arena, TAG_FIXED, n_z, sizeof *net->z);
    for (size_t k = 0; net->z && k < n_z; k++)
        net->z[k] = mat_take(arena, TAG_ACTIVATION, env->n_train, net->model.d);
    net->a = mat_take(arena, TAG_SCRATCH, env->n_train, net->model.d);
    net->time = mat_take(arena, TAG_SCRATCH, env->n_train, BLOCK_TIME);
    net->g = arena_take(arena, TAG_GRADIENT, net->model.block.n_weight, sizeof(real));
    return arena_check(arena, err);
}

/* One batch, forward and back. The field is the same at all times: dropout leaves out the
 * same units in every step, forward and back. */
struct pass {
    const struct adjoint *net;
    const struct batch *batch;
    enum net_mode mode;
    struct rng rng;
};

/* Where z_k is kept. */
static struct mat place(const struct pass *pass, int k)
{
    const struct adjoint *net = pass->net;

    return mat_rows(net->z[net->reverse == INTEGRATED ? k % 2 : k], 0,
                    pass->batch->x.rows);
}

static struct block_input input(const struct pass *pass, struct mat z, double t)
{
    struct mat time = mat_rows(pass->net->time, 0, z.rows);

    ode_features(mat_row(time, 0), t, pass->net->time_scale);
    for (int i = 1; i < z.rows; i++)
        memcpy(mat_row(time, i), mat_row(time, 0), BLOCK_TIME * sizeof(real));
    return (struct block_input){pass->batch->x, z, time};
}

/* v at z; l: its weights of the embeddings, which lie in the work of the block. */
static struct mat field(const struct pass *pass, struct block_input in,
                        enum net_mode mode, struct mat *l)
{
    const struct model *model = &pass->net->model;
    const struct model_work *work = &model->work[0];
    struct mat v = mat_rows(work->u, 0, in.z.rows);

    *l = block_forward(&model->block, model_block(model, 1).data, model_state(model, 1),
                       &work->block, in, mode, rng_child(pass->rng, "layers"));
    mixture_forward(&model->mixture, *l, v, (struct active_classes){pass->batch, NULL});
    return v;
}

/* z_{k+1}, from z_k; or z_k, from z_{k+1}, with h < 0 and t at its end. */
static void step(const struct pass *pass, int from, int to, double t, double h)
{
    struct mat l;

    mat_copy(place(pass, to), place(pass, from));
    ode_move(place(pass, to),
             field(pass, input(pass, place(pass, from), t), pass->mode, &l), h);
}

/* From a_{k+1} to a_k, in place. g is overwritten, gw (may be empty) added to. */
static void step_back(const struct pass *pass, int k, struct mat a, real *g,
                      struct mat gw)
{
    const struct model *model = &pass->net->model;
    const struct model_work *work = &model->work[0];
    double h = 1.0 / pass->net->steps;
    struct block_input in = input(pass, place(pass, k), k * h);
    struct mat l, v = field(pass, in, NET_MEASURE, &l);

    memset(v.data, 0, (size_t)v.rows * (size_t)v.cols * sizeof *v.data);
    ode_move(v, a, h); /* the derivative of v */
    mixture_backward(&model->mixture, l, v, mat_rows(work->r, 0, v.rows), gw,
                     (struct active_classes){pass->batch, NULL});
    ode_move(a,
             block_backward(&model->block, model_block(model, 1).data, &work->block, in,
                            l, g, rng_child(pass->rng, "layers")),
             1);
}

static real gradient(const void *self, const struct batch *batch, enum net_mode mode,
                     struct rng rng, real *g, real *joint_g)
{
    const struct adjoint *net = self;
    const struct model *model = &net->model;
    const struct pass pass = {net, batch, mode, rng};
    size_t n = model->block.n_weight;
    int steps = net->steps;
    struct mat a = mat_rows(net->a, 0, batch->x.rows);
    struct mat gw = model_gw(model, joint_g), z = place(&pass, 0);
    struct rng start = rng_child(rng, "z_0");
    real loss;

    memset(joint_g, 0, (model->w.n - model->joint) * sizeof *joint_g);
    memset(g, 0, n * sizeof *g);
    rng_normal(&start, z.data, (size_t)z.rows * (size_t)z.cols, 1);
    for (int k = 0; k < steps; k++)
        step(&pass, k, k + 1, (double)k / steps, 1.0 / steps);
    loss = head_gradient(&model->head, model_head(model), place(&pass, steps), batch,
                         joint_g, gw, a);
    for (int k = steps - 1; k >= 0; k--) {
        if (net->reverse == INTEGRATED)
            step(&pass, k + 1, k, (k + 1.0) / steps, -1.0 / steps);
        step_back(&pass, k, a, net->g, gw);
        for (size_t i = 0; i < n; i++)
            g[i] += net->g[i];
    }
    return loss;
}

static real grad(void *self, const struct batch *batch, struct rng rng, real *g)
{
    const struct adjoint *net = self;

    return gradient(net, batch, NET_MEASURE, rng, g, g + net->model.joint);
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    return ode_train(self, gradient, batch, rng);
}

/* ---------------------------------------------------------------- inference */

static void integrate(const void *self, struct mat x, const uint8_t *competing, int steps,
                      struct rng rng)
{
    const struct adjoint *net = self;
    const struct model *model = &net->model;
    struct ode_field at = {model, net->time_scale, competing};
    struct mat z = ode_start(model, x, rng), v = mat_rows(model->work[0].u, 0, x.rows);

    for (int k = 0; k < steps; k++) {
        ode_predict(&at, z, (double)k / steps, v);
        ode_move(z, v, 1.0 / steps);
    }
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct adjoint *net = self;

    ode_score(self, integrate, net->steps, x, competing, rng, out);
}

static void trace(const void *self, const struct batch *batch, struct rng rng,
                  struct trace *notes)
{
    const struct adjoint *net = self;

    ode_trace(self, integrate, net->steps, true, batch, rng, notes);
}

/* A step forward, the same again for its activations, and back; integrated: once more. */
static double flops(const void *self)
{
    const struct adjoint *net = self;
    const struct block *block = &net->model.block;
    double forward = block_flops_encode(block) + block_flops_predict(block);

    return net->steps * (block_flops(block) + (net->reverse ? 2 : 1) * forward +
                         model_flops_update(&net->model));
}

static double score_flops(const void *self)
{
    const struct adjoint *net = self;

    return ode_score_flops(&net->model, net->steps);
}

const struct learner learner_noprop_adjoint = {
    .name = "noprop-adjoint",
    .about =
        "a neural ODE over the block of NoProp by the adjoint method, for comparison",
    .source = "Li, Teh & Pascanu 2025, arXiv:2503.24322v2; Chen et al. 2018",
    .params = params,
    .size = sizeof(struct adjoint),
    .can = CAN_HOOK,
    .init = init,
    .train = train,
    .score = score,
    .weights = model_weights,
    .n_feature = model_n_feature,
    .features = model_features,
    .flops = flops,
    .score_flops = score_flops,
    .grad = grad,
    .blocks_in_memory = model_blocks_in_memory,
    .batch_norms = model_batch_norms,
    .task_begin = model_task_begin,
    .needs_tasks = model_needs_tasks,
    .trace = trace,
};
