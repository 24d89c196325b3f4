#include "bench/commands/shard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS_MOST = 1000000 };

/* The number that a variable has; `otherwise` where it is not set. */
static long variable(const char *name, long otherwise)
{
    const char *text = getenv(name);

    return text && *text ? strtol(text, NULL, 10) : otherwise;
}

static enum status read_slurm(struct shard *shard, struct error *err)
{
    long task = variable("SLURM_ARRAY_TASK_ID", -1);
    long n = variable("SLURM_ARRAY_TASK_COUNT", -1);
    long first = variable("SLURM_ARRAY_TASK_MIN", 0);
    long step = variable("SLURM_ARRAY_TASK_STEP", 1), k;

    if (task < 0 || n < 1)
        return error_set(
            err, ERR_USAGE,
            "--shard slurm is for a task of a job array (sbatch --array=1-4): "
            "SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT are not set");
    k = (task - first) / (step > 0 ? step : 1) + 1;
    if (task < first || k > n || n > SHARDS_MOST)
        return error_set(err, ERR_USAGE,
                         "--shard slurm: the numbers of the job array have gaps; submit "
                         "--array=1-%ld, or give each task its --shard K/N",
                         n);
    *shard = (struct shard){(int)k, (int)n};
    return OK;
}

enum status shard_read(const char *text, struct shard *shard, struct error *err)
{
    char *end;
    long k = strtol(text, &end, 10), n = *end == '/' ? strtol(end + 1, &end, 10) : 0;

    if (strcmp(text, "slurm") == 0)
        return read_slurm(shard, err);
    if (strspn(text, "0123456789/") != strlen(text) || *end || k < 1 || k > n ||
        n > SHARDS_MOST)
        return error_set(err, ERR_USAGE,
                         "--shard takes K/N, for example 2/4 for the second of four, or "
                         "slurm; not '%s'",
                         text);
    *shard = (struct shard){(int)k, (int)n};
    return OK;
}
