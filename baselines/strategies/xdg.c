/* Context-dependent gating (Masse, Grant & Freedman 2018, PNAS 115, arXiv:1802.01569): in
 * each task a share of the units of every dense hidden layer is switched off, drawn at
 * random and fixed, so that tasks share few units.
 *
 *   h_l becomes h_l . g_l^task,   g_l,i = 0 for floor(share x n_l) units i, else 1
 *
 * A unit that tells nothing is one whose rows of the weights above are 0: they are set so
 * for the forward and backward pass, and restored before the step, in which they have no
 * gradient. Only momentum moves them.
 *
 * In the program of van de Ven, Tuytelaars & Tolias 2022 a switched-off unit still passes
 * its bias on. */
#include <stddef.h>
#include <string.h>

#include "baselines/strategies/told.h"

struct xdg {
    double share; /* option */

    int n_task, n_unit; /* units of all gated layers */
    const struct learner_handle *handle;
    uint8_t *off; /* n_task x n_unit: 1 = switched off */
    int32_t *is_drawn;
    int32_t *order; /* n_unit: scratch of the draw */
    real *kept;     /* of the rows that are 0 for now */
    real *g;
};

static const struct param params[] = {
    {"gated", PARAM_NUMBER, offsetof(struct xdg, share), "0.8", 0, 0.999, NULL,
     "share of the units of every hidden layer that is switched off in a task"},
    {0},
};

static enum status init(void *self, const struct strategy_env *env, struct error *err)
{
    struct xdg *xdg = self;

    xdg->n_task = env->n_task;
    return OK;
}

/* Goes over the matrices that read gated layers; *first: the number of the first unit of
 * that layer. */
static bool next(const struct xdg *xdg, int k, struct readout *readout, int *first)
{
    struct readout below = k > 0 ? *readout : (struct readout){0};

    if (!handle_reads(xdg->handle, k, readout))
        return false;
    if (k == 0)
        *first = 0;
    else if (below.layer != readout->layer)
        *first += below.w.rows;
    return true;
}

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    struct xdg *xdg = self;
    struct arena *arena = handle->arena;
    struct readout readout;
    size_t n_kept = 0, n_gate;
    int first;

    xdg->handle = handle;
    for (int k = 0; next(xdg, k, &readout, &first); k++) {
        xdg->n_unit = first + readout.w.rows;
        n_kept += (size_t)readout.w.rows * (size_t)readout.w.cols;
    }
    if (xdg->n_unit == 0)
        return error_set(err, ERR_SUITE,
                         "strategy 'xdg' switches off units of dense hidden layers, and "
                         "this net has none; take a net such as mlp-400-400");
    n_gate = (size_t)xdg->n_task * (size_t)xdg->n_unit;
    xdg->off = arena_take(arena, TAG_STATE, n_gate, 1);
    xdg->is_drawn = arena_take(arena, TAG_STATE, 1, sizeof *xdg->is_drawn);
    xdg->order = arena_take(arena, TAG_SCRATCH, (size_t)xdg->n_unit, sizeof *xdg->order);
    xdg->kept = arena_take(arena, TAG_SCRATCH, n_kept, sizeof *xdg->kept);
    xdg->g = arena_take(arena, TAG_SCRATCH, handle->w.n, sizeof *xdg->g);
    return arena_check(arena, err);
}

static uint8_t *gates(const struct xdg *xdg, int task)
{
    return xdg->off + (size_t)task * (size_t)xdg->n_unit;
}

static void draw(const struct xdg *xdg, uint8_t *off, int n, struct rng rng)
{
    int n_off = (int)(xdg->share * n);

    for (int i = 0; i < n; i++)
        xdg->order[i] = i;
    rng_shuffle(&rng, xdg->order, n);
    for (int i = 0; i < n_off; i++)
        off[xdg->order[i]] = 1;
}

/* Of all tasks, so that one can be tested before it is met. */
static void task_begin(void *self, const struct task_view *task, struct rng rng)
{
    const struct xdg *xdg = self;
    struct readout readout;
    int first, drawn = -1;

    for (int k = 0; !*xdg->is_drawn && next(xdg, k, &readout, &first); k++) {
        for (int t = 0; drawn != first && t < xdg->n_task; t++)
            draw(xdg, gates(xdg, t) + first, readout.w.rows,
                 rng_at(rng_at(rng, (uint64_t)t), (uint64_t)first));
        drawn = first;
    }
    *xdg->is_drawn = 1;
}

enum change { SWITCH_OFF, RESTORE, CLEAR_GRADIENT };

/* Does it to the rows of all units that are off in the task. */
static void change_rows(const struct xdg *xdg, int task, enum change change)
{
    const uint8_t *off = gates(xdg, task);
    real *kept = xdg->kept;
    struct readout readout;
    int first;

    for (int k = 0; next(xdg, k, &readout, &first); k++)
        for (int i = 0; i < readout.w.rows; i++) {
            real *row = mat_row(readout.w, i);
            size_t bytes = (size_t)readout.w.cols * sizeof *row;

            if (!off[first + i])
                continue;
            if (change == CLEAR_GRADIENT)
                memset(xdg->g + (row - xdg->handle->w.data), 0, bytes);
            if (change == RESTORE)
                memcpy(row, kept, bytes);
            if (change == SWITCH_OFF) {
                memcpy(kept, row, bytes);
                memset(row, 0, bytes);
            }
            kept += readout.w.cols;
        }
}

static real train(void *self, const struct batch *batch, struct rng rng)
{
    const struct xdg *xdg = self;
    int task = batch->progress.task;
    real loss;

    change_rows(xdg, task, SWITCH_OFF);
    loss = handle_grad(xdg->handle, batch, rng, xdg->g);
    change_rows(xdg, task, RESTORE);
    change_rows(xdg, task, CLEAR_GRADIENT);
    handle_step(xdg->handle, xdg->g, batch->progress);
    return loss;
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct xdg *xdg = self;
    int task = handle_task_of(xdg->handle, competing, xdg->n_task);

    change_rows(xdg, task, SWITCH_OFF);
    handle_score(xdg->handle, x, competing, rng, out);
    change_rows(xdg, task, RESTORE);
}

const struct strategy strategy_xdg = {
    .name = "xdg",
    .about = "context-dependent gating: other units are switched off in each task",
    .source = "Masse, Grant & Freedman 2018, arXiv:1802.01569",
    .params = params,
    .size = sizeof(struct xdg),
    .train_on = TRAIN_ON_TASK,
    .needs = CAN_GATE,
    .why =
        "it switches off units of the hidden layers for a step along the gradient; take "
        "`backprop`, or `separate` in place of the strategy",
    .init = init,
    .attach = attach,
    .train = train,
    .prepare = told_prepare,
    .score = score,
    .task_begin = task_begin,
    .returns = true,
    .unfit = told_unfit,
};
