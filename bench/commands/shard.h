/* --shard K/N, or --shard slurm in a task of a job array. */
#ifndef BENCH_COMMANDS_SHARD_H
#define BENCH_COMMANDS_SHARD_H

#include "bench/study/study.h"

/* "2/4"; or "slurm": by SLURM_ARRAY_TASK_ID, _MIN, _STEP and _COUNT, whatever the array's
 * first number and step are. ERR_USAGE for anything else, and for an array whose numbers
 * have gaps. */
enum status shard_read(const char *text, struct shard *shard, struct error *err);

#endif
