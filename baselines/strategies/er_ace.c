/* Experience replay with an asymmetric cross-entropy (Caccia, Aljundi, Asadi, Tuytelaars,
 * Pineau & Belilovsky 2022, "New insights on reducing abrupt representation change in
 * online continual learning", arXiv:2104.05025, ER-ACE).
 *
 *   L_ce(replayed rows; C_old and C_curr) + L_ce(new rows; C_curr)
 *
 * C_curr are the classes in the batch of new rows, C_old those of the batches before: a
 * class competes for a new row only if it has an image among the new rows. So new classes
 * do not push the scores of old ones down; that old and new ones are told apart is
 * learned from replayed rows alone. Replayed rows are drawn from a reservoir, with
 * replacement, as many as are new; each of the two losses is a mean.
 *
 * This is the paper's text. In the authors' program (pclucas14/AML, methods/er_ace.py)
 * outputs above the largest class met so far compete for new rows too. */
#include <stddef.h>
#include <string.h>

#include "baselines/strategies/memory.h"

enum kind { NEW_ROW, REPLAYED_ROW, KINDS };

struct er_ace {
    int size; /* option */

    struct memory memory;
    int batch;
    struct classes *competing; /* by kind */
    uint8_t *now, *met;        /* n_out: classes among the new rows; of all rows so far */
    int32_t *kind;             /* of each row of the batch */
};

static const struct param params[] = {
    {"buffer", PARAM_INT, offsetof(struct er_ace, size), "200", 0, 1e8, NULL,
     "images in all, a reservoir of all rows so far"},
    {0},
};

static enum status init(void *self, const struct strategy_env *env, struct error *err)
{
    struct er_ace *ace = self;
    struct memory_spec spec = {.policy = MEMORY_RESERVOIR, .images = ace->size};
    struct arena *arena = env->arena;
    size_t n_out = (size_t)env->n_out, n_row = 2 * (size_t)env->batch;

    ace->batch = env->batch;
    ace->now = arena_take(arena, TAG_SCRATCH, n_out, 1);
    ace->met = arena_take(arena, TAG_STATE, n_out, 1);
    ace->kind = arena_take(arena, TAG_SCRATCH, n_row, sizeof *ace->kind);
    ace->competing = arena_take(arena, TAG_FIXED, KINDS, sizeof *ace->competing);
    if (arena_check(arena, err) != OK)
        return err->status;
    ace->competing[NEW_ROW] = (struct classes){ace->now, env->n_out};
    ace->competing[REPLAYED_ROW] = (struct classes){ace->met, env->n_out};
    return memory_init(&ace->memory, &spec, env, err);
}

static int extra_rows(const void *self)
{
    const struct er_ace *ace = self;

    return ace->batch;
}

static void note_classes(const struct er_ace *ace, const int32_t *y, int n)
{
    memset(ace->now, 0, (size_t)ace->memory.n_out);
    for (int i = 0; i < n; i++)
        ace->now[y[i]] = ace->met[y[i]] = 1;
}

/* The batch mean of weight x loss becomes mean(new) + mean(replayed). */
static void mix(void *self, struct batch_builder *builder, int task, struct rng rng)
{
    const struct er_ace *ace = self;
    const struct memory *m = &ace->memory;
    int n = builder->n, n_old;

    note_classes(ace, builder->y, n);
    memory_draw(m, builder, 0, *m->stored, n, NULL, &rng);
    n_old = builder->n - n;
    for (int i = 0; i < builder->n; i++) {
        ace->kind[i] = i < n ? NEW_ROW : REPLAYED_ROW;
        builder->weight[i] = (float)builder->n / (float)(i < n ? n : n_old);
    }
    for (int i = 0; i < n; i++)
        memory_offer(m, builder->pixel + (size_t)i * (size_t)m->n_pixel, builder->y[i],
                     builder->task[i], &rng);
}

/* What competes for a row is told by its kind in place of its task. */
static void teach(void *self, struct batch *batch, struct rng rng)
{
    const struct er_ace *ace = self;

    batch->task = ace->kind;
    batch->competing = ace->competing;
}

static void count(const void *self, struct strategy_rows *rows)
{
    rows->trained += rows->drawn;
}

static const char *unfit(struct competition competition)
{
    if (competition.shared)
        return "all tasks have the same classes, so that no new class can push down an "
               "old one; take `replay` with buffer: N";
    return competition.own_in_training
               ? "classes of other tasks do not compete in training as it is; take "
                 "`replay` with buffer: N"
               : NULL;
}

static const char *needs_tasks(const void *self, bool shared)
{
    return NULL;
}

const struct strategy strategy_er_ace = {
    .name = "er-ace",
    .about = "replay; new images are told apart from each other alone, not from old ones",
    .source = "Caccia et al. 2022, arXiv:2104.05025",
    .params = params,
    .size = sizeof(struct er_ace),
    .train_on = TRAIN_ON_TASK,
    .init = init,
    .extra_rows = extra_rows,
    .mix = mix,
    .teach = teach,
    .count = count,
    .unfit = unfit,
    .needs_tasks = needs_tasks,
};
