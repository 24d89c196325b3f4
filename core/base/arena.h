/* Arena: all memory of one lifetime, taken in order and released at once.
 *
 * Every piece is tagged. The tags give the parts of the peak memory that is reported, and
 * say what a checkpoint holds: every piece that is not scratch, activation or fixed, in
 * order. A piece counts with its size rounded up to ARENA_ALIGN bytes; nothing else is
 * counted, so the figures are the same on every machine of one ABI.
 *
 * When the limit is reached arena_take returns NULL from then on; take all you need, then
 * ask arena_check once. An arena reserves address space only: pages that are never
 * touched cost nothing. */
#ifndef CORE_BASE_ARENA_H
#define CORE_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/error.h"

enum { ARENA_ALIGN = 64 }; /* bytes: a cache line, and the widest vector register */

enum tag {
    TAG_WEIGHT,     /* trained parameters */
    TAG_GRADIENT,   /* gradients of parameters */
    TAG_OPTIMIZER,  /* moments and step counts; cleared where a suite says reset */
    TAG_ACTIVATION, /* what a backward pass needs of the forward pass */
    TAG_BUFFER,     /* stored examples, old networks, importance vectors */
    TAG_SCRATCH,    /* of no use after the call */
    TAG_STATE,      /* everything else that changes: running statistics, counters */
    TAG_FIXED, /* settings and tables that never change after init; counted as state */
    N_TAG
};

struct arena_piece {
    size_t offset, bytes; /* bytes is a multiple of ARENA_ALIGN */
    enum tag tag;
};

struct arena_use {
    size_t total;       /* bytes */
    size_t part[N_TAG]; /* bytes by tag; they add up to total */
};

struct arena {
    unsigned char *base;
    size_t limit;               /* bytes */
    struct arena_use now, peak; /* peak: the parts at the moment of the highest total */
    struct arena_piece *piece;  /* the pieces in use, in order; not counted */
    size_t n_piece, n_piece_max;
    size_t refused; /* bytes of the request that went over the limit; 0 = none did */
    bool required;  /* never returns NULL, where the program says what to do instead */
};

/* limit in bytes; 0 = 256 GiB, in effect no limit. */
enum status arena_open(struct arena *arena, size_t limit, struct error *err);
void arena_close(struct arena *arena);

/* An arena without a limit for what the program cannot go on without: settings, texts,
 * tables. Where the machine has no memory for it, the process ends as it has said it would
 * (core/base/memory.h); one that has said nothing gets NULL. */
enum status arena_open_required(struct arena *arena, struct error *err);

/* Processes that are forked from here on do not have the arena, and so cost no copy of its
 * page tables. They must not touch it, nor close it. */
void arena_keep_from_children(const struct arena *arena);

/* n elements of the given size, zeroed; NULL once the limit is reached (or n x size is
 * 0). */
void *arena_take(struct arena *arena, enum tag tag, size_t n, size_t size);

/* ERR_MEMORY if any request so far was refused. */
enum status arena_check(const struct arena *arena, struct error *err);

/* Gives back everything that was taken after the mark. */
size_t arena_mark(const struct arena *arena);
void arena_release(struct arena *arena, size_t mark);

/* Zeroes every piece of one tag. */
void arena_clear(struct arena *arena, enum tag tag);

char *arena_text(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

const char *tag_name(enum tag tag); /* "weight", "gradient", ... */

#endif
