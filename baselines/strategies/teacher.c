#include "baselines/strategies/teacher.h"

#include <string.h>

const char *const taught_outputs[] = {"past", "all", NULL};

enum status teacher_init(struct teacher *t, const struct strategy_env *env,
                         struct error *err)
{
    size_t n = (size_t)env->n_out;

    t->task_known = env->task_known;
    t->shared = env->n_out < env->n_class;
    t->taught = arena_take(env->arena, TAG_STATE, n, 1);
    t->past = arena_take(env->arena, TAG_STATE, n, 1);
    t->ended = arena_take(env->arena, TAG_STATE, 1, sizeof *t->ended);
    t->soft = arena_take(env->arena, TAG_SCRATCH, 1, sizeof *t->soft);
    t->group = arena_take(env->arena, TAG_SCRATCH, 1, sizeof *t->group);
    return arena_check(env->arena, err);
}

enum status teacher_attach(struct teacher *t, const struct learner_handle *handle,
                           struct error *err)
{
    struct arena *arena = handle->arena;
    size_t n = (size_t)handle->n_train;

    t->handle = handle;
    t->old = arena_take(arena, TAG_BUFFER, handle_model_bytes(handle), 1);
    t->distil = arena_take(arena, TAG_SCRATCH, n, sizeof *t->distil);
    t->soft->target = mat_take(arena, TAG_SCRATCH, handle->n_train, handle->n_out);
    t->soft->spare = arena_take(arena, TAG_SCRATCH, (size_t)handle->n_out, sizeof(real));
    return arena_check(arena, err);
}

static void set_terms(struct teacher *t, const struct batch *batch)
{
    struct soft *soft = t->soft;
    int times = t->shared ? *t->ended : 1;

    *t->group = t->outputs == TAUGHT_ALL ? batch->competing[batch->task[0]]
                                         : (struct classes){t->past, t->handle->n_out};
    soft->sigmoid = t->sigmoid ? t->group : NULL;
    soft->group = t->task_known ? batch->competing : t->group;
    soft->n_group = t->task_known ? *t->ended : 1;
    soft->temperature = (real)t->temperature;
    soft->distil = t->distil;
    for (int i = 0; i < batch->x.rows; i++)
        t->distil[i] = (float)(t->strength * times);
}

void teacher_teach(struct teacher *t, struct batch *batch, struct rng rng)
{
    int n = batch->x.rows;

    for (int i = 0; i < n; i++)
        t->taught[batch->y[i]] = 1;
    if (*t->ended == 0 && !t->sigmoid)
        return;
    if (*t->ended > 0) {
        handle_model_swap(t->handle, t->old);
        handle_score(t->handle, batch->x, batch->competing[batch->task[0]], rng,
                     mat_rows(t->soft->target, 0, n));
        handle_model_swap(t->handle, t->old);
    }
    set_terms(t, batch);
    batch->soft = t->soft;
}

void teacher_end_task(struct teacher *t)
{
    handle_model_copy(t->handle, t->old);
    memcpy(t->past, t->taught, (size_t)t->handle->n_out);
    ++*t->ended;
}
