/* What the files of a run share: bench/run/run.c (the loop), bench/run/run_open.c (the start),
 * bench/run/evaluate.c (the evaluations), bench/run/probe.c (the probe),
 * bench/run/checkpoint.c. Nobody else includes this. */
#ifndef BENCH_RUN_RUN_PARTS_H
#define BENCH_RUN_RUN_PARTS_H

#include "bench/run/run.h"

static inline bool run_is_joint(const struct run *run)
{
    return run->cell->strategy->train_on == TRAIN_ON_ALL;
}

/* Feed and timetable of the stage that run->at stands in; from the data arena. */
enum status run_open_experience(struct run *run, struct error *err);

/* Makes the learner anew, with initial weights drawn from rng. */
void run_renew(struct run *run, struct rng rng);

/* Shows the learner the beginning of every task from `first` to that of the stage. */
void run_begin_tasks(struct run *run, int first);

/* Tests the tasks met so far (or all) with every draw and notes the hits. */
enum status run_evaluate(struct run *run, int after_task, bool end, struct error *err);

/* The probe of the suite's choice: room for it, from the data arena, and its evaluations
 * of the tasks met so far. Nothing happens where there is none. */
enum status run_open_probe(struct run *run, struct error *err);
enum status run_probe(struct run *run, int after_task, struct error *err);

/* Makes room for one more element of a list that holds n: false = no memory. */
bool run_grow(void **list, int n, size_t size);

#endif
