#include "noprop/ode.h"

#include <math.h>

#include "core/plug/trace.h"

void ode_take_work(struct ode_work *work, const struct learner_env *env, int d)
{
    struct arena *arena = env->arena;
    size_t n = (size_t)env->n_train;

    work->t = arena_take(arena, TAG_SCRATCH, n, sizeof(real));
    work->square = arena_take(arena, TAG_SCRATCH, n, sizeof(real));
    work->each = arena_take(arena, TAG_SCRATCH, n, sizeof(real));
    work->time = mat_take(arena, TAG_SCRATCH, env->n_train, BLOCK_TIME);
    work->eps = mat_take(arena, TAG_SCRATCH, env->n_train, d);
    work->dz = mat_take(arena, TAG_SCRATCH, env->n_train, d);
    work->before = mat_take(arena, TAG_SCRATCH,
                            env->n_train > env->n_score ? env->n_train : env->n_score, d);
}

void ode_features(real *out, double t, double scale)
{
    const int half = BLOCK_TIME / 2;

    for (int i = 0; i < half; i++) {
        double angle = scale * t * pow(10000, -(double)i / (half - 1));

        out[i] = (real)sin(angle);
        out[half + i] = (real)cos(angle);
    }
}

struct mat ode_times(const struct ode_work *work, const struct ode_options *options,
                     int n, struct rng rng)
{
    struct mat time = mat_rows(work->time, 0, n);

    for (int i = 0; i < n; i++) {
        double u = (double)rng_uniform(&rng);

        work->t[i] = (real)(options->stratified ? (i + u) / n : u);
        ode_features(mat_row(time, i), (double)work->t[i], options->time_scale);
    }
    return time;
}

void ode_predict(const struct ode_field *field, struct mat z, double t, struct mat u)
{
    const struct model *model = field->model;
    real features[BLOCK_TIME];
    struct mat p;

    ode_features(features, t, field->time_scale);
    p = block_predict(&model->block, model_block(model, 1).data, model_state(model, 1),
                      &model->work[0].block, z, features);
    mixture_forward(&model->mixture, p, u,
                    (struct active_classes){NULL, field->competing});
}

struct mat ode_start(const struct model *model, struct mat x, struct rng rng)
{
    const struct model_work *work = &model->work[0];
    struct mat z = mat_rows(work->z, 0, x.rows);
    struct rng start = rng_child(rng, "z_0");

    rng_normal(&start, z.data, (size_t)z.rows * (size_t)z.cols, 1);
    block_encode(&model->block, model_block(model, 1).data, model_state(model, 1),
                 &work->block, x);
    return z;
}

void ode_move(struct mat z, struct mat v, double h)
{
    for (int i = 0; i < z.rows; i++)
        for (int j = 0; j < z.cols; j++)
            mat_row(z, i)[j] += (real)h * mat_row(v, i)[j];
}

/* Heun: the mean of the slopes at both ends. */
void ode_step(const struct ode_step *step, struct mat z, double t, double h)
{
    step->slope(step->context, z, t, step->v);
    if (step->heun) {
        mat_copy(step->before, step->v);
        ode_move(z, step->v, h);
        step->slope(step->context, z, t + h, step->v);
        ode_move(z, step->before, -h / 2);
        h /= 2;
    }
    ode_move(z, step->v, h);
}

real ode_train(const void *self, ode_gradient *gradient, const struct batch *batch,
               struct rng rng)
{
    const struct model *model = self;
    real *g = model->work[0].g, loss;

    embedding_observe(&model->embedding, batch);
    loss = gradient(self, batch, NET_TRAIN, rng, g, model->joint_g);
    optim_step(&model->optim[0], g, batch->progress);
    optim_step(&model->joint_optim, model->joint_g, batch->progress);
    return loss;
}

void ode_score(const void *self, ode_integrate *integrate, int steps, struct mat x,
               struct classes competing, struct rng rng, struct mat out)
{
    const struct model *model = self;

    integrate(self, x, competing.on, steps, rng);
    head_score(&model->head, model_head(model), mat_rows(model->work[0].z, 0, x.rows),
               competing, out);
}

double ode_score_flops(const struct model *model, int predictions)
{
    double mixture = 2.0 * model->d * model->m; /* as many as the head */

    return block_flops_encode(&model->block) + mixture +
           predictions * (block_flops_predict(&model->block) + mixture);
}

double ode_flops(const void *self)
{
    const struct model *model = self;

    return block_flops(&model->block) + model_flops_update(model);
}

/* 1, 2, 5, 10, 20, 50, ... */
static int more_steps(int steps)
{
    int lead = steps;

    while (lead >= 10)
        lead /= 10;
    return lead == 2 ? steps / 2 * 5 : steps * 2;
}

void ode_trace(const void *self, ode_integrate *integrate, int most, bool headed,
               const struct batch *batch, struct rng rng, struct trace *trace)
{
    const struct model *model = self;
    struct mat z = mat_rows(model->work[0].z, 0, batch->x.rows);
    struct mat out = mat_rows(model->head.logit, 0, z.rows);
    struct head head = model->head;
    int steps = 1;

    head.decision = DECISION_HEAD;
    for (;;) {
        integrate(self, batch->x, batch->competing[0].on, steps, rng);
        if (headed) {
            head_score(&head, model_head(model), z, batch->competing[0], out);
            trace_note(trace, "head", steps, (double)NAN, out, batch);
        }
        embedding_nearest(&model->embedding, z, out);
        trace_note(trace, "nearest", steps, (double)NAN, out, batch);
        if (steps == most)
            return;
        steps = more_steps(steps) < most ? more_steps(steps) : most;
    }
}
