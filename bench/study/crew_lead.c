/* The leader's side: answers, in the order in which they come, what hands ask and tell. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bench/study/crew_parts.h"
#include "bench/study/parcel.h"
#include "core/base/build_id.h"
#include "core/base/clock.h"
#include "core/base/ranks.h"

enum { OFTEN = 2 }; /* milliseconds until hands are listened to again */

/* Of the study that runs. */
static struct {
    bool *told; /* by rank: it knows that nothing more will come */
    struct sign {
        double at; /* when it last said something, on lead.clock */
        pid_t pid; /* of a rank on this host; 0 = on another one, or not known yet */
    } * sign;      /* by rank */
    double clock, looked; /* seconds that this process was awake; clock_seconds */
    char word[64];        /* in .lock, for who sees the folder */
} lead;

/* A word that no other run has written. */
static void write_word(const struct scheduler *s)
{
    struct timespec now;
    size_t n;

    clock_gettime(CLOCK_REALTIME, &now);
    snprintf(lead.word, sizeof lead.word, "%ld %lld.%09ld", (long)getpid(),
             (long long)now.tv_sec, now.tv_nsec);
    n = strlen(lead.word);
    if (s->apart || pwrite(s->study->folder.lock, lead.word, n, 0) != (ssize_t)n ||
        ftruncate(s->study->folder.lock, (off_t)n) != 0 ||
        fsync(s->study->folder.lock) != 0)
        lead.word[0] = '\0';
}

enum status crew_lead_begin(struct scheduler *s, struct error *err)
{
    s->pause = OFTEN * 1e-3;
    lead.told = calloc((size_t)ranks_count(), sizeof *lead.told);
    lead.sign = calloc((size_t)ranks_count(), sizeof *lead.sign);
    lead.clock = 0;
    lead.looked = clock_seconds();
    if (!lead.told || !lead.sign)
        return error_no_memory(err);
    write_word(s);
    return OK;
}

void crew_lead_end(struct scheduler *s)
{
    for (int i = s->n_own; i < s->n_worker; i++)
        free(s->worker[i].at.host);
    free(lead.told);
    free(lead.sign);
    lead.told = NULL;
    lead.sign = NULL;
}

/* ---------------------------------------------------------------- workers of hands */

/* The worker of a rank with that number; added when it is first heard of. NULL: no memory.
 */
static struct worker *find_worker(struct scheduler *s, int rank, const struct note *note)
{
    struct worker *more;

    for (int i = s->n_own; i < s->n_worker; i++)
        if (s->worker[i].at.rank == rank && s->worker[i].at.slot == note->slot)
            return &s->worker[i];
    more = realloc(s->worker, ((size_t)s->n_worker + 1) * sizeof *more);
    if (!more)
        return NULL;
    s->worker = more;
    more = &s->worker[s->n_worker++];
    *more = (struct worker){.at = {rank, note->slot, strdup(note->host), false}};
    return more;
}

static void set_idle(struct worker *worker)
{
    free(worker->page);
    worker->page = NULL;
}

static bool is_busy(const struct scheduler *s, int rank)
{
    for (int i = s->n_own; i < s->n_worker; i++)
        if (s->worker[i].page && (rank == 0 || s->worker[i].at.rank == rank))
            return true;
    return false;
}

/* ---------------------------------------------------------------- what is told */

static void take_parcel(struct scheduler *s, const struct worker *worker,
                        const struct note *note, size_t n, struct error *err)
{
    if (note->has_parcel)
        parcel_take(&s->study->folder, worker->job->cell, (const char *)(note + 1),
                    n - sizeof *note, err);
}

static void take_progress(struct worker *worker, const struct note *note)
{
    struct live_progress *live = &worker->page->live;

    live->step = note->step;
    live->n_step = note->n_step;
    live->first_step = note->first_step;
    live->samples = note->samples;
    live->task = note->task;
    live->n_task = note->n_task;
    live->accuracy = note->accuracy;
}

static void take_end(struct scheduler *s, struct worker *worker, const struct note *note,
                     size_t n)
{
    struct error why = note->error;

    set_idle(worker);
    take_parcel(s, worker, note, n, &why);
    scheduler_ended(s, worker, note->end, &why);
}

static void drop_trainings(struct scheduler *s, int rank)
{
    for (int i = s->n_own; i < s->n_worker; i++)
        if (s->worker[i].at.rank == rank && s->worker[i].page) {
            folder_release(&s->study->folder, s->worker[i].job->training);
            set_idle(&s->worker[i]);
        }
}

/* Its trainings go on from their checkpoints in the next run. */
static void take_leave(struct scheduler *s, int rank, const struct note *note)
{
    crew_note_leaving(rank, note, s->err);
    lead.told[rank] = true;
    drop_trainings(s, rank);
    if (note->error.status == ERR_INTERRUPTED && !s->stopping)
        scheduler_interrupt(s);
    scheduler_stop(s);
}

/* ---------------------------------------------------------------- the dead */

enum { SILENCE_HERE = 3 }; /* seconds until a rank of this host is looked for */

static void take_sign(int rank, const struct note *note)
{
    char host[HOST_NAME];

    host_name(host);
    lead.sign[rank].at = lead.clock;
    lead.sign[rank].pid = strcmp(host, note->host) == 0 ? note->pid : 0;
    if (crew.left[rank] && note->kind != NOTE_LEAVE) /* it was asleep */
        crew.left[rank] = lead.told[rank] = false;
}

static bool has_died(int rank)
{
    const struct sign *sign = &lead.sign[rank];
    double silence = lead.clock - sign->at;

    return silence > CREW_SILENCE || (silence > SILENCE_HERE && sign->pid > 0 &&
                                      kill(sign->pid, 0) != 0 && errno == ESRCH);
}

/* What it trained goes on elsewhere from its checkpoint. */
static void bury(struct scheduler *s, int rank)
{
    fprintf(stderr, "rank %d has died\n", rank);
    for (int i = s->n_own; i < s->n_worker; i++)
        if (s->worker[i].at.rank == rank && s->worker[i].page)
            scheduler_try_again(s, &s->worker[i], "the rank has died");
    drop_trainings(s, rank);
    crew.left[rank] = lead.told[rank] = true;
    ranks_give_up();
}

/* Where this process itself was stopped for a while, the others were perhaps as well: that
 * counts as a second. */
static void look_for_dead(struct scheduler *s)
{
    double now = clock_seconds(), since = now - lead.looked;

    if (since < 1)
        return;
    lead.clock += since < 2 ? since : 1;
    lead.looked = now;
    for (int r = 1; r < ranks_count(); r++)
        if (!lead.told[r] && !crew.left[r] && has_died(r))
            bury(s, r);
}

/* ---------------------------------------------------------------- answers */

static void describe_job(struct scheduler *s, const struct job *job, struct reply *reply)
{
    reply->kind = REPLY_JOB;
    for (const struct cell *c = job->cell; c; c = c->next_sharing)
        reply->cell[reply->n_cell++] = (int)(c - s->study->plan.cell);
    memcpy(reply->fingerprint, job->cell->fingerprint, sizeof reply->fingerprint);
}

/* Hands a training out, to be trained by `worker`. */
static void hand_out(struct scheduler *s, struct worker *worker, const struct job *job,
                     struct reply *reply)
{
    worker->page = calloc(1, sizeof *worker->page);
    for (const struct cell *c = job->cell; worker->page && c; c = c->next_sharing)
        folder_begin(&s->study->folder, c, s->err);
    if (!worker->page)
        error_no_memory(s->err);
    if (s->err->status != OK) {
        set_idle(worker);
        scheduler_stop(s);
        return;
    }
    worker->page->live.accuracy = -1;
    worker->cell = job->cell;
    worker->job = job;
    worker->work = job->need.work;
    worker->started = clock_seconds();
    describe_job(s, job, reply);
}

static void offer_job(struct scheduler *s, struct worker *worker, struct reply *reply)
{
    const struct job *job = s->stopping ? NULL : scheduler_next(s, worker->at.rank);

    if (job)
        hand_out(s, worker, job, reply);
    if (reply->kind == REPLY_JOB)
        return;
    /* while anything runs it may crash, and then has to be tried once more */
    if (s->stopping || (s->running == 0 && !is_busy(s, 0) && !scheduler_retries(s)))
        reply->kind = REPLY_FINISH;
    if (reply->kind == REPLY_FINISH && !is_busy(s, worker->at.rank))
        lead.told[worker->at.rank] = true;
}

/* The reply as bytes, with what the training had begun where the hand cannot see it. */
static void send_reply(struct scheduler *s, const struct worker *worker, int to,
                       struct reply *reply)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);

    memcpy(reply->word, lead.word, sizeof reply->word);
    reply->stop = s->stopping;
    reply->status = s->err->status;
    reply->study = crew.study;
    reply->has_parcel = reply->kind == REPLY_JOB && worker->at.is_apart;
    if (out) {
        fwrite(reply, sizeof *reply, 1, out);
        if (reply->has_parcel)
            parcel_put(&s->study->folder, worker->cell, PARCEL_BEGUN, out);
    }
    if (!out || fclose(out) != 0)
        error_no_memory(s->err);
    if (ranks_send(to, bytes ? bytes : (const char *)reply, bytes ? n : sizeof *reply))
        free(bytes);
}

static void check_build(struct scheduler *s, int rank, const struct note *note)
{
    char own[2 * BUILD_ID_MOST + 1];

    build_id(own);
    if (strcmp(own, note->build) == 0)
        return;
    error_set(s->err, ERR_RESULT,
              "rank %d on %s runs another build of the program: its results would not "
              "have the same bits",
              rank, note->host);
    scheduler_stop(s);
}

/* A hand that is at the next study already has to wait for it. */
static void answer(struct scheduler *s, int from, const struct note *note, size_t n)
{
    struct reply reply = {.kind = REPLY_NOTHING};
    struct worker *worker;

    if (note->kind == NOTE_LEAVE) {
        take_leave(s, from, note);
        return;
    }
    worker = note->study == crew.study ? find_worker(s, from, note) : NULL;
    if (worker) {
        check_build(s, from, note);
        worker->at.is_apart = note->is_apart;
        if (note->interrupted && s->asked <= 0)
            scheduler_interrupt(s);
        if (note->kind == NOTE_TELL && worker->page) {
            take_progress(worker, note);
            take_parcel(s, worker, note, n, s->err);
        }
        if (note->kind == NOTE_ENDED && worker->page)
            take_end(s, worker, note, n);
        if (note->kind != NOTE_TELL && note->has_looked)
            offer_job(s, worker, &reply);
    }
    send_reply(s, worker, from, &reply);
}

static bool tend(struct scheduler *s)
{
    int from;

    while (ranks_waiting(&from)) {
        size_t n;
        struct note *note = ranks_receive(from, &n);

        if (note && n >= sizeof *note) {
            take_sign(from, note);
            answer(s, from, note, n);
        }
        free(note);
    }
    look_for_dead(s);
    for (int r = 1; r < ranks_count(); r++)
        if (!lead.told[r] && !crew.left[r])
            return true;
    return false;
}

static const struct job *next(struct scheduler *s, const struct worker *worker)
{
    return scheduler_next(s, 0);
}

const struct supply crew_lead_supply = {next, scheduler_ended, tend};
