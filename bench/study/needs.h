/* What a training needs, work and memory, by trying each setting once: a run is opened and
 * closed again. That checks every option against the data before anything is trained. */
#ifndef BENCH_STUDY_NEEDS_H
#define BENCH_STUDY_NEEDS_H

#include "bench/run/run_state.h"
#include "bench/study/warnings.h"
#include "core/base/buckets.h"

struct need {
    double work;        /* FLOPs of the training and of all that is scored, */
    double scoring;     /* of it: what is scored, */
    double evaluation;  /* and of that the tests of one cell (bench/run/work.h) */
    int64_t parameters; /* of the learner */
    double bytes; /* of a process, estimated; the data set is shared and not counted */
};

/* The stream of the cells that are tried now. Those of one stream and seed follow each
 * other, whatever the learner and strategy: it is opened once for all of them. */
struct open_stream {
    struct arena arena; /* of the scenario */
    struct scenario scenario;
    const struct cell *cell; /* that it was opened for; NULL = none is open */
};

struct needs {
    struct warnings *warnings; /* of what is tried */
    struct open_stream open;
    struct tried *tried; /* the settings that were tried */
    struct buckets by_settings;
    int n_tried;
};

/* For so many cells. */
enum status needs_open(struct needs *needs, size_t n, struct error *err);
void needs_close(struct needs *needs); /* due in any case */

/* The needs of a cell; the work is 0 where it has no room in its limit of memory. Other
 * errors are those of scenario_open and run_open. */
enum status needs_find(struct needs *needs, const struct cell *cell,
                       const struct dataset *data, struct need *need, struct error *err);

#endif
