/* A stream under test: its state, the arena that it takes memory from, its options. */
#ifndef TESTS_SUPPORT_STREAM_FIXTURE_H
#define TESTS_SUPPORT_STREAM_FIXTURE_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/plug/stream.h"

static struct arena arena;
static void *state;

/* The stream with the defaults of its options; call stream_init after setting others. */
static inline void stream_open(const struct stream *stream)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    state = calloc(1, stream->size);
    ck_assert_ptr_nonnull(state);
    if (stream->params)
        param_defaults(stream->params, state);
}

static inline void stream_close(void)
{
    arena_close(&arena);
    free(state);
}

static inline void stream_set(const struct stream *stream, const char *name,
                              const char *value)
{
    struct error err = {0};

    ck_assert_int_eq(param_set(param_find(stream->params, name), state, value, &err), OK);
}

static inline enum status stream_init(const struct stream *stream,
                                      const struct dataset *data, uint64_t seed,
                                      struct error *err)
{
    struct stream_env env = {.arena = &arena, .data = data, .rng = rng_seed(seed)};

    return stream->init(state, &env, err);
}

/* The rows of a part of a task, and their labels. */
static inline void stream_expect_rows(const struct stream *stream, int task,
                                      enum part part, int n, const int32_t *row,
                                      const int32_t *label)
{
    struct subset subset = stream->subset(state, task, part);

    ck_assert_int_eq(subset.n, n);
    ck_assert_mem_eq(subset.row, row, (size_t)n * sizeof *row);
    ck_assert_mem_eq(subset.label, label, (size_t)n * sizeof *label);
}

#endif
