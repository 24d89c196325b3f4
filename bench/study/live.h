/* What a run that goes on says to those outside: DIR/running/HOST.PID, a line for the run
 * and one for each cell that is trained, written anew every few seconds and removed when the
 * run ends. Nothing reads it but `bench status`: a file that is lost costs nothing. */
#ifndef BENCH_STUDY_LIVE_H
#define BENCH_STUDY_LIVE_H

#include "bench/study/progress.h"
#include "core/base/host.h"

enum { LIVE_STALE = 60 }; /* seconds after which a run is no longer heard of */

struct live_cell {
    char cell[256], host[HOST_NAME];
    int64_t step, n_step;
    int task, n_task;     /* task from 1 */
    double accuracy;      /* share, of the latest evaluation; NAN = none yet */
    double seconds, left; /* that it runs; estimated to its end, NAN = unknown */
};

struct live_run {
    char host[HOST_NAME];
    long pid;
    double age;   /* seconds since it was last heard of */
    bool is_gone; /* it is of this host, and its process is not there */
    int n_left;   /* cells that it has still to finish, the running ones included */
    double left;  /* seconds, estimated; NAN = unknown */
    struct live_cell *cell; /* n, from the arena */
    int n;
};

/* Writes the file, unless it is too soon. Errors are left alone: no result depends on it. */
void live_write(const struct folder *folder, struct progress_view *view,
                const struct worker *worker, int n_worker);

/* Removes what live_write wrote. */
void live_end(const struct folder *folder, const struct progress_view *view);

/* The runs of a folder, from the arena; *n of them. ERR_MEMORY. */
enum status live_read(const struct folder *folder, struct arena *arena,
                      struct live_run **runs, int *n, struct error *err);

#endif
