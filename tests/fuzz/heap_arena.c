/* The arena with a block of the heap for each piece, so that the address sanitizer sees
 * where a piece ends. It stands in for core/base/arena.c in the targets that are built
 * with sanitizers. `base` is 0 and an offset is an address: base + offset is the piece,
 * as there. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"

enum { PIECES_MOST = 1 << 16 };

static void *address(const struct arena_piece *piece)
{
    return (void *)(uintptr_t)piece->offset;
}

enum status arena_open(struct arena *arena, size_t limit, struct error *err)
{
    *arena = (struct arena){.limit = limit ? limit : (size_t)1 << 30};
    arena->piece = calloc(PIECES_MOST, sizeof *arena->piece);
    return arena->piece ? OK : error_set(err, ERR_MEMORY, "no memory");
}

void arena_close(struct arena *arena)
{
    arena_release(arena, 0);
    free(arena->piece);
    *arena = (struct arena){0};
}

void *arena_take(struct arena *arena, enum tag tag, size_t n, size_t size)
{
    struct arena_piece *piece = &arena->piece[arena->n_piece];
    void *block;

    if (n == 0 || size == 0 || arena->refused)
        return NULL;
    if (arena->n_piece == PIECES_MOST || n > (arena->limit - arena->now.total) / size) {
        arena->refused = n > arena->limit / size ? arena->limit + 1 : n * size;
        return NULL;
    }
    block = calloc(n, size);
    if (!block)
        abort();
    *piece = (struct arena_piece){(size_t)(uintptr_t)block, n * size, tag};
    arena->n_piece++;
    arena->now.total += piece->bytes;
    arena->now.part[tag] += piece->bytes;
    return block;
}

enum status arena_check(const struct arena *arena, struct error *err)
{
    return arena->refused ? error_set(err, ERR_MEMORY, "over the limit") : OK;
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

        arena->now.total -= piece->bytes;
        arena->now.part[piece->tag] -= piece->bytes;
        free(address(piece));
    }
}

void arena_clear(struct arena *arena, enum tag tag)
{
    for (size_t i = 0; i < arena->n_piece; i++)
        if (arena->piece[i].tag == tag)
            memset(address(&arena->piece[i]), 0, arena->piece[i].bytes);
}

const char *tag_name(enum tag tag)
{
    return tag == TAG_WEIGHT ? "weight" : "other";
}
