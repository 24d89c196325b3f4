/* Nearest mean of exemplars after iCaRL (Rebuffi, Kolesnikov, Sperl & Lampert 2017,
 * arXiv:1611.07725): exemplars chosen by herding are trained on again with each new task,
 * and an image is given the class whose exemplars' mean feature is nearest
 * (baselines/strategies/exemplars.h).
 *
 * It works with any learner that has features, trained by a loss of its own. For learners
 * with logits there is `loss: sigmoid` too, a sigmoid for each class with the old model's
 * as the targets of the old classes, and the distillation of LwF beside their own
 * (baselines/strategies/teacher.h). The published loss (eq. 1) is that with temperature
 * 1; the default is the program of van de Ven, Tuytelaars & Tolias 2022, which divides
 * the old model's logits by 2, and not the new one's.
 *
 * Where no class that competes has exemplars yet, within the first task, the learner
 * itself decides. */
#include <math.h>
#include <stddef.h>

#include "baselines/strategies/exemplars.h"
#include "baselines/strategies/teacher.h"

struct icarl {
    struct exemplars exemplars;
    struct teacher teacher;
    int rows, loss; /* enum icarl_loss */
    int batch;
    int32_t *task_rows; /* images of the task in training */
};

enum icarl_loss { LOSS_OWN, LOSS_SIGMOID };

static const char *const losses[] = {"own", "sigmoid", NULL};

static const struct param params[] = {
    {"buffer", PARAM_INT, offsetof(struct icarl, exemplars.total), "0", 0, 1e8, NULL,
     "exemplars in all, equal shares of the classes so far; 0 = per class"},
    {"buffer.per_class", PARAM_INT, offsetof(struct icarl, exemplars.per_class), "100", 0,
     1e6, NULL, "exemplars of each class; unused with buffer: N"},
    {"exemplars", PARAM_CHOICE, offsetof(struct icarl, exemplars.choice), "herding", 0, 0,
     exemplar_choices, "of each class: by herding, as published, or drawn at random",
     .added_later = true},
    {"rows", PARAM_INT, offsetof(struct icarl, rows), "0", 0, 65536, NULL,
     "exemplars drawn for each batch; 0 = in proportion, as if exemplars and new images "
     "were one set"},
    {"loss", PARAM_CHOICE, offsetof(struct icarl, loss), "own", 0, 0, losses,
     "the learner's, or a sigmoid for each class: Rebuffi et al.'s eq. 1 with "
     "temperature 1, van de Ven et al.'s program with 2"},
    {"distil", PARAM_NUMBER, offsetof(struct icarl, teacher.strength), "0", 0, 1e6, NULL,
     "weight of the old model's outputs trained before, beside loss: own"},
    {"temperature", PARAM_NUMBER, offsetof(struct icarl, teacher.temperature), "2", 1e-3,
     1e3, NULL, "T, of the old model's logits"},
    {0},
};

/* Is the old model kept? */
static bool taught(const struct icarl *icarl)
{
    return icarl->teacher.strength > 0 || icarl->loss == LOSS_SIGMOID;
}

static enum status init(void *self, const struct strategy_env *env, struct error *err)
{
    struct icarl *icarl = self;

    icarl->batch = env->batch;
    icarl->task_rows = arena_take(env->arena, TAG_STATE, 1, sizeof *icarl->task_rows);
    icarl->teacher.sigmoid = icarl->loss == LOSS_SIGMOID;
    if (icarl->teacher.sigmoid && icarl->teacher.strength > 0)
        return error_set(err, ERR_USAGE,
                         "loss: sigmoid has the old model's targets already; leave "
                         "distil out, or take loss: own");
    if (icarl->teacher.sigmoid && env->n_out < env->n_class)
        return error_set(err, ERR_USAGE,
                         "loss: sigmoid: where tasks share their outputs the old model "
                         "would replace the labels; take loss: own");
    if (taught(icarl) && teacher_init(&icarl->teacher, env, err) != OK)
        return err->status;
    return exemplars_init(&icarl->exemplars, env, err);
}

static int extra_rows(const void *self)
{
    const struct icarl *icarl = self;

    return icarl->rows ? icarl->rows : icarl->batch;
}

static enum status attach(void *self, const struct learner_handle *handle,
                          struct error *err)
{
    struct icarl *icarl = self;

    if (taught(icarl) && !(learner_can(handle->plug) & CAN_SOFT))
        return error_set(err, ERR_USAGE,
                         "icarl: the old model's logits are distilled, and '%s' does not "
                         "train on any; leave loss and distil out",
                         handle->plug->name);
    if (taught(icarl) && teacher_attach(&icarl->teacher, handle, err) != OK)
        return err->status;
    return exemplars_attach(&icarl->exemplars, handle, err);
}

static void task_begin(void *self, const struct task_view *task, struct rng rng)
{
    *((struct icarl *)self)->task_rows = task->n;
}

/* stored / task_rows exemplars for each new row, on average. */
static int rows_of(const struct icarl *icarl, int n, struct rng *rng)
{
    int64_t wanted = (int64_t)n * *icarl->exemplars.memory.stored;
    int rows = (int)(wanted / *icarl->task_rows);
    int rest = (int)(wanted % *icarl->task_rows);

    if (icarl->rows)
        return icarl->rows;
    rows += (int)rng_below(rng, (uint32_t)*icarl->task_rows) < rest;
    return rows < icarl->batch ? rows : icarl->batch;
}

static void mix(void *self, struct batch_builder *builder, int task, struct rng rng)
{
    struct icarl *icarl = self;
    const struct memory *m = &icarl->exemplars.memory;

    memory_draw(m, builder, 0, *m->stored, rows_of(icarl, builder->n, &rng), NULL, &rng);
}

static void teach(void *self, struct batch *batch, struct rng rng)
{
    struct icarl *icarl = self;

    if (taught(icarl))
        teacher_teach(&icarl->teacher, batch, rng);
}

static void prepare(void *self, struct rng rng)
{
    exemplars_refresh(&((struct icarl *)self)->exemplars, rng);
}

static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct icarl *icarl = self;

    if (exemplars_can_score(&icarl->exemplars, competing))
        exemplars_score(&icarl->exemplars, x, rng, out);
    else
        handle_score(icarl->exemplars.handle, x, competing, rng, out);
}

static void task_end(void *self, const struct task_view *task, struct rng rng)
{
    struct icarl *icarl = self;

    if (taught(icarl))
        teacher_end_task(&icarl->teacher);
    exemplars_choose(&icarl->exemplars, task, rng);
}

/* Images are decided on by their features; those of the exemplars are needed before every
 * evaluation, and herding needs those of the task. */
static void count(const void *self, struct strategy_rows *rows)
{
    const struct icarl *icarl = self;
    const struct exemplars *e = &icarl->exemplars;
    double before = exemplars_count(e, rows->task, rows->images);
    double share = before / rows->images;
    double each =
        icarl->rows ? icarl->rows * (before > 0) : icarl->batch * fmin(share, 1);

    rows->featured += rows->scored;
    rows->scored = 0;
    rows->trained += rows->batches * each;
    if (taught(icarl) && rows->task > 0)
        rows->scored += rows->trained;
    rows->featured += (rows->evaluations - 1) * before +
                      exemplars_count(e, rows->task + 1, rows->images);
    if (e->choice == EXEMPLARS_HERDING)
        rows->featured += rows->images;
}

const struct strategy strategy_icarl = {
    .name = "icarl",
    .about = "nearest mean of exemplars, chosen by herding and replayed",
    .source = "Rebuffi et al. 2017, arXiv:1611.07725",
    .params = params,
    .size = sizeof(struct icarl),
    .train_on = TRAIN_ON_TASK,
    .needs = CAN_FEATURES,
    .why = "it decides by the nearest mean of hidden features, and this learner has "
           "none; take `replay`",
    .init = init,
    .extra_rows = extra_rows,
    .attach = attach,
    .mix = mix,
    .teach = teach,
    .prepare = prepare,
    .score = score,
    .count = count,
    .task_begin = task_begin,
    .task_end = task_end,
};
