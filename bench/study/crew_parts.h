/* What the files of the crew share. */
#ifndef BENCH_STUDY_CREW_PARTS_H
#define BENCH_STUDY_CREW_PARTS_H

#include "bench/study/crew.h"

extern struct crew {
    int study;  /* that this rank is at, counted from 1 */
    bool *left; /* of the leader: by rank, whether it has left for good, or died */
} crew;

/* Seconds without a word, after which a hand has died. They speak every second. */
enum { CREW_SILENCE = 60 };

/* Fills in what every note has. */
void crew_identify(struct note *note);

/* A hand leaves; its error, if it has one, becomes the leader's. */
void crew_note_leaving(int rank, const struct note *note, struct error *err);

enum status crew_lead_begin(struct scheduler *s, struct error *err);
void crew_lead_end(struct scheduler *s);
enum status crew_hand_begin(struct scheduler *s, struct error *err);
void crew_hand_end(struct scheduler *s);

#endif
