#include "baselines/strategies/survey.h"

enum status survey_take(struct survey *survey, const struct pupil *pupil, int rows,
                        struct error *err)
{
    struct arena *arena = pupil->arena;

    *survey = (struct survey){.pupil = pupil, .rows = rows};
    survey->pixel = arena_take(arena, TAG_SCRATCH, (size_t)pupil->n_in, 1);
    survey->x = mat_take(arena, TAG_SCRATCH, 1, pupil->n_in);
    survey->score = mat_take(arena, TAG_SCRATCH, 1, pupil->n_out);
    survey->g = arena_take(arena, TAG_SCRATCH, pupil->w.n, sizeof(real));
    return arena_check(arena, err);
}

int survey_count(const struct survey *survey, const struct task_view *task)
{
    return survey->rows && survey->rows < task->n ? survey->rows : task->n;
}

/* Selection sampling: Knuth, The Art of Computer Programming 2, algorithm 3.4.2 S. */
void survey_go(const struct survey *survey, const struct task_view *task, struct rng rng,
               survey_look *look, void *context)
{
    struct rng draws = rng_child(rng, "rows");
    int wanted = survey_count(survey, task);

    for (int i = 0; i < task->n && wanted > 0; i++) {
        int32_t y, t = task->task;
        struct batch one;

        if ((int)rng_below(&draws, (uint32_t)(task->n - i)) >= wanted)
            continue;
        wanted--;
        task->read(task->from, i, survey->pixel, &y);
        pupil_convert(survey->pupil, survey->pixel, survey->x);
        one = (struct batch){
            .x = survey->x, .y = &y, .task = &t, .among = survey->pupil->among};
        look(context, &one, rng_at(rng, (uint64_t)i));
    }
}
