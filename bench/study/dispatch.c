/* Which training begins next, and what becomes of one that ended: of a run on this machine,
 * and of the leader of several ranks. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/study/scheduler_parts.h"
#include "core/base/ranks.h"

/* Takes a training that nobody else has, and that nobody has finished meanwhile. */
static bool claim(struct scheduler *s, const struct job *job)
{
    const struct folder *folder = &s->study->folder;
    bool finished = true;

    if (!folder->is_shared)
        return true;
    if (!folder_claim(folder, job->training)) {
        s->n_elsewhere++;
        return false;
    }
    for (const struct cell *c = job->cell; c && finished; c = c->next_sharing) {
        const struct outcome *outcome = study_read_cell(s->study, c, s->err);

        finished = outcome && folder_final(outcome);
    }
    if (finished)
        folder_release(folder, job->training);
    return !finished && s->err->status == OK;
}

const struct job *scheduler_next(struct scheduler *s, int rank)
{
    const struct job *job;

    for (int i = 0; i < s->n_retry; i++)
        if (!s->retry[i].handed && s->retry[i].not_on != rank) {
            s->retry[i].handed = true;
            return s->retry[i].job;
        }
    while ((job = queue_next(s->queue)))
        if (claim(s, job))
            return job;
    return NULL;
}

bool scheduler_retries(const struct scheduler *s)
{
    for (int i = 0; i < s->n_retry; i++)
        if (!s->retry[i].handed)
            return true;
    return false;
}

bool scheduler_try_again(struct scheduler *s, const struct worker *worker,
                         const char *reason)
{
    struct retry *more;

    if (ranks_count() == 1 || s->stopping)
        return false;
    for (int i = 0; i < s->n_retry; i++)
        if (s->retry[i].job == worker->job)
            return false;
    more = realloc(s->retry, ((size_t)s->n_retry + 1) * sizeof *more);
    if (!more)
        return false;
    s->retry = more;
    s->retry[s->n_retry++] = (struct retry){worker->job, worker->at.rank, false};
    if (s->view.out)
        fprintf(stderr, "%s: crashed on rank %d: %s; it is tried once more on another\n",
                worker->cell->id, worker->at.rank, reason);
    return true;
}

/* Takes the outcomes of a training that ended into the study. */
static enum status take_outcomes(struct scheduler *s, const struct worker *worker,
                                 struct error *err)
{
    double work = worker->work;

    for (const struct cell *cell = worker->cell; cell; cell = cell->next_sharing) {
        const struct outcome *outcome = study_read_cell(s->study, cell, err);

        if (!outcome || (outcome->ending == END_CRASHED &&
                         scheduler_try_again(s, worker, outcome->reason)))
            return err->status;
        progress_ended(&s->view, outcome, work);
        work = 0;
    }
    return s->study->folder.is_shared ? OK : study_refresh_tables(s->study, err);
}

void scheduler_ended(struct scheduler *s, struct worker *worker, enum worker_end end,
                     struct error *err)
{
    if (end == WORKER_FINISHED)
        take_outcomes(s, worker, err);
    folder_release(&s->study->folder, worker->job->training);
    if (err->status != OK) {
        error_set(s->err, err->status, "%s", err->text);
        scheduler_stop(s);
    }
}
