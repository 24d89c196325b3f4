#include "baselines/strategies/example_gradients.h"

enum status examples_take(struct example_gradients *examples,
                          const struct learner_handle *handle, int rows,
                          struct error *err)
{
    struct arena *arena = handle->arena;

    *examples = (struct example_gradients){.handle = handle, .rows = rows};
    examples->pixel = arena_take(arena, TAG_SCRATCH, (size_t)handle->n_in, 1);
    examples->x = mat_take(arena, TAG_SCRATCH, 1, handle->n_in);
    examples->score = mat_take(arena, TAG_SCRATCH, 1, handle->n_out);
    examples->g = arena_take(arena, TAG_SCRATCH, handle->w.n, sizeof(real));
    return arena_check(arena, err);
}

int examples_count(const struct example_gradients *examples, int images)
{
    return examples->rows && examples->rows < images ? examples->rows : images;
}

/* Selection sampling: Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S. */
void examples_visit(const struct example_gradients *examples,
                    const struct task_view *task, struct rng rng, example_visitor *visit,
                    void *context)
{
    struct rng draws = rng_child(rng, "rows");
    int wanted = examples_count(examples, task->n);

    for (int i = 0; i < task->n && wanted > 0; i++) {
        int32_t y, t = task->task;
        struct batch one;

        if ((int)rng_below(&draws, (uint32_t)(task->n - i)) >= wanted)
            continue;
        wanted--;
        task->read(task->from, i, examples->pixel, &y);
        handle_convert(examples->handle, examples->pixel, examples->x);
        one = (struct batch){.x = examples->x,
                             .y = &y,
                             .task = &t,
                             .competing = examples->handle->competing};
        visit(context, &one, rng_at(rng, (uint64_t)i));
    }
}
