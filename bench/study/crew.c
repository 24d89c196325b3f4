#include "bench/study/crew.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/study/crew_parts.h"
#include "core/base/build_id.h"
#include "core/base/clock.h"
#include "core/base/host.h"
#include "core/base/ranks.h"

struct crew crew;

enum status crew_open(struct error *err)
{
    ranks_open();
    ranks_outlive();
    if (crew_is_hand() && !freopen("/dev/null", "w", stdout))
        fclose(stdout);
    crew.left = calloc((size_t)ranks_count(), sizeof *crew.left);
    if (!crew.left)
        return error_no_memory(err);
    return OK;
}

bool crew_is_hand(void)
{
    return ranks_own() > 0;
}

void crew_identify(struct note *note)
{
    host_name(note->host);
    build_id(note->build);
    note->pid = getpid();
    note->study = crew.study;
}

/* Messages to all at a point that all come to, one after the other: they are few. */
void crew_share(void *data, size_t n)
{
    size_t got;
    void *from;

    if (crew_is_hand()) {
        from = ranks_receive(0, &got);
        if (from && got == n)
            memcpy(data, from, n);
        free(from);
        return;
    }
    for (int r = 1; r < ranks_count(); r++)
        if (!crew.left[r])
            ranks_send(r, data, n);
}

/* ---------------------------------------------------------------- the end */

static void leave(struct error *err)
{
    struct note note = {.kind = NOTE_LEAVE, .error = *err};
    size_t n;

    crew_identify(&note);
    ranks_send(0, &note, sizeof note);
    free(ranks_receive(0, &n)); /* with that all have left */
    *err = (struct error){0};
}

void crew_note_leaving(int rank, const struct note *note, struct error *err)
{
    crew.left[rank] = true;
    if (note->error.status != OK && note->error.status != ERR_INTERRUPTED)
        error_set(err, note->error.status, "rank %d on %s: %s", rank, note->host,
                  note->error.text);
}

static int count_present(void)
{
    int n = 0;

    for (int r = 1; r < ranks_count(); r++)
        n += !crew.left[r];
    return n;
}

/* Those that are present have died. */
static void give_up(void)
{
    for (int r = 1; r < ranks_count(); r++)
        crew.left[r] = true;
    ranks_give_up();
}

/* Whoever still asks hears that there is nothing more. */
static void dismiss_all(struct error *err)
{
    struct reply finish = {.kind = REPLY_FINISH, .stop = true, .status = ERR_INTERRUPTED};
    double heard = clock_seconds();

    while (crew.left && count_present() > 0) {
        struct note *note;
        size_t n;
        int from;

        if (!ranks_waiting(&from)) {
            usleep(1000);
            if (clock_seconds() - heard > CREW_SILENCE)
                give_up();
            continue;
        }
        heard = clock_seconds();
        note = ranks_receive(from, &n);
        if (!note || note->kind == NOTE_LEAVE)
            crew_note_leaving(from, note ? note : &(struct note){0}, err);
        else
            ranks_send(from, &finish, sizeof finish);
        free(note);
    }
    for (int r = 1; r < ranks_count(); r++)
        ranks_send(r, &finish, sizeof finish);
}

void crew_close(struct error *err)
{
    if (ranks_count() > 1 && crew_is_hand())
        leave(err);
    else if (ranks_count() > 1)
        dismiss_all(err);
    free(crew.left);
    crew.left = NULL;
    ranks_close();
}

enum status crew_begin(struct scheduler *s, struct error *err)
{
    crew.study++;
    if (ranks_count() == 1)
        return OK;
    return crew_is_hand() ? crew_hand_begin(s, err) : crew_lead_begin(s, err);
}

void crew_end(struct scheduler *s)
{
    if (ranks_count() > 1 && crew_is_hand())
        crew_hand_end(s);
    else if (ranks_count() > 1)
        crew_lead_end(s);
}
