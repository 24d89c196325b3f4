/* A hand's side: asks for trainings, tells how they go, returns what they leave. */
#include <fcntl.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/study/crew_parts.h"
#include "bench/study/parcel.h"
#include "core/base/clock.h"
#include "core/base/ranks.h"

/* Seconds. After an answer that there is nothing now, it asks again later and later. */
enum { TELL_EVERY = 1 };
static const double ask_first = 0.002, ask_most = 0.05;

struct slot {
    struct job job;
    bool is_ready;        /* the job has not begun */
    struct timespec sent; /* the checkpoint that was sent last */
};

/* Of the study that runs. */
static struct {
    struct slot *slot;
    bool finished;             /* nothing more will come */
    bool has_looked, is_apart; /* whether it has looked for the folder; not seen it */
    struct folder folder;      /* in place of the study's */
    double next_ask, ask_wait; /* clock_seconds, seconds */
    double next_tell;
} hand;

enum status crew_hand_begin(struct scheduler *s, struct error *err)
{
    hand.slot = calloc((size_t)s->n_own, sizeof *hand.slot);
    hand.finished = hand.has_looked = hand.is_apart = false;
    hand.next_ask = hand.next_tell = 0;
    hand.ask_wait = ask_first;
    if (!hand.slot)
        return error_no_memory(err);
    return OK;
}

static void remove_tree(char *path)
{
    char *roots[] = {path, NULL};
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_NOSTAT, NULL);
    FTSENT *at;

    while (walk && (at = fts_read(walk)))
        if (at->fts_info != FTS_D)
            remove(at->fts_accpath);
    if (walk)
        fts_close(walk);
}

void crew_hand_end(struct scheduler *s)
{
    if (hand.is_apart)
        remove_tree(hand.folder.path);
    free(hand.slot);
    hand.slot = NULL;
}

/* ---------------------------------------------------------------- the folder */

static bool sees(const struct folder *folder, const char *word)
{
    char path[FOLDER_PATH], text[sizeof((struct reply *)0)->word] = "";
    FILE *in;
    bool same;

    folder_path(folder, ".lock", path);
    in = *word ? fopen(path, "re") : NULL;
    same = in && fgets(text, sizeof text, in) && strcmp(text, word) == 0;
    if (in)
        fclose(in);
    return same;
}

static enum status look_for_folder(struct scheduler *s, const struct reply *reply,
                                   struct error *err)
{
    const char *temporary = getenv("TMPDIR");

    if (!temporary || !*temporary)
        temporary = "/tmp";
    hand.has_looked = true;
    if (sees(&s->study->folder, reply->word))
        return OK;
    hand.is_apart = true;
    hand.folder.lock = -1;
    snprintf(hand.folder.path, sizeof hand.folder.path, "%s/bench-XXXXXX", temporary);
    if (!mkdtemp(hand.folder.path))
        return error_set(err, ERR_IO, "cannot make a temporary folder in %s", temporary);
    s->settings.folder = &hand.folder;
    return OK;
}

/* ---------------------------------------------------------------- a job */

static enum status find_cells(const struct scheduler *s, const struct reply *reply,
                              struct cell **first, struct error *err)
{
    struct plan *plan = &s->study->plan;
    struct cell *last = NULL;

    for (int i = 0; i < reply->n_cell; i++) {
        struct cell *cell = reply->cell[i] < plan->n ? &plan->cell[reply->cell[i]] : NULL;

        if (!cell || (i == 0 && strcmp(cell->fingerprint, reply->fingerprint) != 0))
            return error_set(err, ERR_SUITE,
                             "the suite file, or what it names, differs from that of "
                             "rank 0");
        cell->next_sharing = NULL;
        if (last)
            last->next_sharing = cell;
        else
            *first = cell;
        last = cell;
    }
    return OK;
}

static enum status take_job(struct scheduler *s, struct slot *slot,
                            const struct reply *reply, size_t n, struct error *err)
{
    struct job *job = &slot->job;

    *job = (struct job){.cell = NULL};
    if (find_cells(s, reply, &job->cell, err) != OK ||
        dataset_cache_get(s->cache, &job->cell->setup, &job->data, err) != OK)
        return err->status;
    for (const struct cell *c = job->cell; hand.is_apart && c; c = c->next_sharing)
        if (folder_begin(&hand.folder, c, err) != OK)
            return err->status;
    if (reply->has_parcel &&
        parcel_take(s->settings.folder, job->cell, (const char *)(reply + 1),
                    n - sizeof *reply, err) != OK)
        return err->status;
    slot->is_ready = true;
    slot->sent = (struct timespec){0};
    return OK;
}

/* ---------------------------------------------------------------- messages */

static void take_reply(struct scheduler *s, struct slot *slot, const struct reply *reply,
                       size_t n)
{
    if (reply->status != OK)
        error_set(s->err, ERR_INTERRUPTED, "rank 0 has stopped");
    if (reply->stop && !s->stopping)
        scheduler_stop(s);
    if (reply->kind == REPLY_FINISH)
        hand.finished = true;
    if (s->err->status == OK && reply->study == crew.study && !hand.has_looked)
        look_for_folder(s, reply, s->err);
    if (s->err->status == OK && reply->kind == REPLY_JOB)
        take_job(s, slot, reply, n, s->err);
    if (s->err->status != OK)
        scheduler_stop(s);
}

static void set_next_ask(bool got_job)
{
    hand.ask_wait = got_job ? ask_first : 2 * hand.ask_wait;
    if (hand.ask_wait > ask_most)
        hand.ask_wait = ask_most;
    hand.next_ask = clock_seconds() + hand.ask_wait;
}

/* Sends a note, with files of the training where the leader cannot see them, and takes the
 * answer. */
static void exchange(struct scheduler *s, struct note *note, const struct cell *first,
                     enum parcel_of what)
{
    char *bytes = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&bytes, &n);
    struct reply *reply;

    crew_identify(note);
    note->interrupted = s->asked > 0;
    note->has_looked = hand.has_looked;
    note->is_apart = hand.is_apart;
    note->has_parcel = first && hand.is_apart;
    if (out) {
        fwrite(note, sizeof *note, 1, out);
        if (note->has_parcel)
            parcel_put(s->settings.folder, first, what, out);
    }
    if (!out || fclose(out) != 0) {
        error_no_memory(s->err);
        scheduler_stop(s);
        return;
    }
    ranks_send(0, bytes, n);
    free(bytes);
    reply = ranks_receive(0, &n);
    if (reply && n >= sizeof *reply)
        take_reply(s, &hand.slot[note->slot], reply, n);
    if (note->kind != NOTE_TELL)
        set_next_ask(hand.slot[note->slot].is_ready);
    free(reply);
}

/* Whether the training has another checkpoint than the one that was sent. */
static bool has_new_checkpoint(const struct scheduler *s, const struct worker *worker,
                               struct slot *slot)
{
    char path[FOLDER_PATH];
    struct stat info;

    folder_cell_path(s->settings.folder, worker->cell, "checkpoint", path);
    if (!hand.is_apart || stat(path, &info) != 0 ||
        (info.st_mtim.tv_sec == slot->sent.tv_sec &&
         info.st_mtim.tv_nsec == slot->sent.tv_nsec))
        return false;
    slot->sent = info.st_mtim;
    return true;
}

static void tell(struct scheduler *s, int i)
{
    const struct worker *worker = &s->worker[i];
    const struct live_progress *live = &worker->page->live;
    struct note note = {.kind = NOTE_TELL,
                        .slot = i,
                        .step = live->step,
                        .n_step = live->n_step,
                        .first_step = live->first_step,
                        .samples = live->samples,
                        .task = live->task,
                        .n_task = live->n_task,
                        .accuracy = live->accuracy};
    bool saved = has_new_checkpoint(s, worker, &hand.slot[i]);

    exchange(s, &note, saved ? worker->cell : NULL, PARCEL_BEGUN);
}

static bool tend(struct scheduler *s)
{
    double now = clock_seconds();

    if (now >= hand.next_tell) {
        hand.next_tell = now + TELL_EVERY;
        for (int i = 0; i < s->n_own; i++)
            if (s->worker[i].pid)
                tell(s, i);
    }
    return !hand.finished && s->err->status == OK;
}

static const struct job *next(struct scheduler *s, const struct worker *worker)
{
    int i = (int)(worker - s->worker);
    struct slot *slot = &hand.slot[i];
    struct note note = {.kind = NOTE_ASK, .slot = i};

    s->pause = 0.2;
    if (!slot->is_ready && !hand.finished && clock_seconds() >= hand.next_ask)
        exchange(s, &note, NULL, PARCEL_BEGUN);
    if (!slot->is_ready && !hand.finished)
        s->pause = hand.ask_wait;
    if (!slot->is_ready || s->stopping)
        return NULL;
    slot->is_ready = false;
    return &slot->job;
}

/* The answer may bring the next training. */
static void ended(struct scheduler *s, struct worker *worker, enum worker_end end,
                  struct error *err)
{
    struct note note = {
        .kind = NOTE_ENDED, .slot = (int)(worker - s->worker), .end = end, .error = *err};

    exchange(s, &note, worker->cell, PARCEL_ENDED);
    if (hand.is_apart)
        parcel_remove(&hand.folder, worker->cell);
}

const struct supply crew_hand_supply = {next, ended, tend};
