#include "core/base/arena.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/base/memory.h"

/* Address space reserved where a suite sets no limit. */
static const size_t unlimited = (size_t)1 << 38, least = (size_t)1 << 26;

static size_t round_up(size_t n)
{
    return (n + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
}

static unsigned char *reserve(size_t bytes)
{
    void *base = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (base == MAP_FAILED)
        return NULL;
    madvise(base, bytes,
            MADV_HUGEPAGE); /* a step touches more pages than the TLB holds */
    return base;
}

enum status arena_open(struct arena *arena, size_t limit, struct error *err)
{
    *arena = (struct arena){.limit = round_up(limit ? limit : unlimited)};
    while (!(arena->base = reserve(arena->limit)) && !limit && arena->limit > least)
        arena->limit /= 2; /* the address space may be limited (ulimit -v) */
    if (!arena->base)
        return error_set(err, ERR_MEMORY, "cannot reserve %zu bytes of address space; %s",
                         arena->limit, limit ? "lower limits.memory" : "raise ulimit -v");
    return OK;
}

enum status arena_open_required(struct arena *arena, struct error *err)
{
    if (arena_open(arena, 0, err) == OK)
        arena->required = true;
    return err->status;
}

void arena_keep_from_children(const struct arena *arena)
{
    madvise(arena->base, arena->limit, MADV_DONTFORK);
}

void arena_close(struct arena *arena)
{
    if (arena->base)
        munmap(arena->base, arena->limit);
    free(arena->piece);
    *arena = (struct arena){0};
}

static struct arena_piece *next_piece(struct arena *arena)
{
    if (arena->n_piece == arena->n_piece_max) {
        size_t n = arena->n_piece_max ? 2 * arena->n_piece_max : 64;
        struct arena_piece *piece = realloc(arena->piece, n * sizeof *piece);

        if (!piece)
            return NULL;
        arena->piece = piece;
        arena->n_piece_max = n;
    }
    return &arena->piece[arena->n_piece];
}

/* NULL, unless the arena is required. */
static void *refuse(struct arena *arena, size_t bytes)
{
    struct error err = {0};

    arena->refused = bytes;
    if (arena->required) {
        arena_check(arena, &err);
        memory_exhausted(&err);
    }
    return NULL;
}

void *arena_take(struct arena *arena, enum tag tag, size_t n, size_t size)
{
    struct arena_piece *piece;
    size_t bytes;

    if (n == 0 || size == 0 || arena->refused)
        return NULL;
    bytes = n > arena->limit / size ? arena->limit + 1 : round_up(n * size);
    if (bytes > arena->limit - arena->now.total || !(piece = next_piece(arena)))
        return refuse(arena, bytes);
    *piece = (struct arena_piece){arena->now.total, bytes, tag};
    arena->n_piece++;
    arena->now.total += bytes;
    arena->now.part[tag] += bytes;
    if (arena->now.total > arena->peak.total)
        arena->peak = arena->now;
    return arena->base + piece->offset;
}

enum status arena_check(const struct arena *arena, struct error *err)
{
    if (!arena->refused)
        return OK;
    if (arena->required)
        return error_set(err, ERR_MEMORY,
                         "no memory left (%zu bytes in use, %zu more asked for)",
                         arena->now.total, arena->refused);
    return error_set(
        err, ERR_MEMORY,
        "needs more than the limit of %zu bytes (%zu in use, %zu more asked for)",
        arena->limit, arena->now.total, arena->refused);
}

size_t arena_mark(const struct arena *arena)
{
    return arena->n_piece;
}

void arena_release(struct arena *arena, size_t mark)
{
    assert(mark <= arena->n_piece);
    while (arena->n_piece > mark) {
        const struct arena_piece *piece = &arena->piece[--arena->n_piece];

        /* what is taken next must be zero again */
        memset(arena->base + piece->offset, 0, piece->bytes);
        arena->now.total -= piece->bytes;
        arena->now.part[piece->tag] -= piece->bytes;
    }
}

void arena_clear(struct arena *arena, enum tag tag)
{
    for (size_t i = 0; i < arena->n_piece; i++)
        if (arena->piece[i].tag == tag)
            memset(arena->base + arena->piece[i].offset, 0, arena->piece[i].bytes);
}

const char *tag_name(enum tag tag)
{
    static const char *const name[N_TAG] = {
        [TAG_WEIGHT] = "weight",       [TAG_GRADIENT] = "gradient",
        [TAG_OPTIMIZER] = "optimizer", [TAG_ACTIVATION] = "activation",
        [TAG_BUFFER] = "buffer",       [TAG_SCRATCH] = "scratch",
        [TAG_STATE] = "state",         [TAG_FIXED] = "fixed",
    };

    return name[tag];
}
