#include "core/base/arena.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/memory.h"

static struct arena opened(size_t limit)
{
    struct arena arena;
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, limit, &err), OK);
    return arena;
}

START_TEST(a_piece_counts_with_its_size_rounded_up_to_64)
{
    struct arena arena = opened(0);

    ck_assert_uint_eq(arena.now.total, 0);
    arena_take(&arena, TAG_WEIGHT, 1, 1);  /* 64 */
    arena_take(&arena, TAG_WEIGHT, 16, 4); /* 64 */
    arena_take(&arena, TAG_STATE, 13, 5);  /* 65 -> 128 */
    ck_assert_uint_eq(arena.now.total, 256);
    ck_assert_uint_eq(arena.now.part[TAG_WEIGHT], 128);
    ck_assert_uint_eq(arena.now.part[TAG_STATE], 128);
    ck_assert_uint_eq(arena.n_piece, 3);
    ck_assert_uint_eq(arena.piece[2].offset, 128);
    ck_assert_uint_eq(arena.piece[2].bytes, 128);
    ck_assert_int_eq(arena.piece[2].tag, TAG_STATE);
    arena_close(&arena);
}
END_TEST

START_TEST(pieces_are_aligned_zero_and_apart)
{
    struct arena arena = opened(0);
    unsigned char *last = NULL;

    for (size_t n = 1; n < 300; n++) {
        unsigned char *piece = arena_take(&arena, TAG_SCRATCH, n, 1);

        ck_assert_uint_eq((uintptr_t)piece % ARENA_ALIGN, 0);
        ck_assert(!last || piece >= last);
        for (size_t i = 0; i < n; i++)
            ck_assert_uint_eq(piece[i], 0);
        memset(piece, 255, n);
        last = piece + n;
    }
    arena_close(&arena);
}
END_TEST

START_TEST(nothing_is_no_piece)
{
    struct arena arena = opened(0);
    struct error err = {0};

    ck_assert_ptr_null(arena_take(&arena, TAG_WEIGHT, 0, 8));
    ck_assert_ptr_null(arena_take(&arena, TAG_WEIGHT, 8, 0));
    ck_assert_uint_eq(arena.n_piece, 0);
    ck_assert_int_eq(arena_check(&arena, &err), OK);
    arena_close(&arena);
}
END_TEST

/* weight 640; + scratch 1280 = 1920, the peak; scratch back; + state 640 = 1280. */
START_TEST(the_peak_has_the_parts_of_its_moment)
{
    struct arena arena = opened(0);
    size_t mark, sum = 0;

    arena_take(&arena, TAG_WEIGHT, 640, 1);
    mark = arena_mark(&arena);
    arena_take(&arena, TAG_SCRATCH, 1280, 1);
    arena_release(&arena, mark);
    arena_take(&arena, TAG_STATE, 640, 1);
    ck_assert_uint_eq(arena.now.total, 1280);
    ck_assert_uint_eq(arena.now.part[TAG_SCRATCH], 0);
    ck_assert_uint_eq(arena.peak.total, 1920);
    ck_assert_uint_eq(arena.peak.part[TAG_WEIGHT], 640);
    ck_assert_uint_eq(arena.peak.part[TAG_SCRATCH], 1280);
    ck_assert_uint_eq(arena.peak.part[TAG_STATE], 0);
    arena_take(&arena, TAG_BUFFER, 704, 1); /* 1984: a new peak */
    for (int tag = 0; tag < N_TAG; tag++)
        sum += arena.peak.part[tag];
    ck_assert_uint_eq(arena.peak.total, 1984);
    ck_assert_uint_eq(sum, 1984);
    ck_assert_uint_eq(arena.peak.part[TAG_STATE], 640);
    arena_close(&arena);
}
END_TEST

START_TEST(what_was_released_is_zero_when_taken_anew)
{
    struct arena arena = opened(0);
    size_t mark = arena_mark(&arena);
    unsigned char *first = arena_take(&arena, TAG_SCRATCH, 128, 1), *again;

    memset(first, 7, 128);
    arena_release(&arena, mark);
    ck_assert_uint_eq(arena.now.total, 0);
    again = arena_take(&arena, TAG_WEIGHT, 1000, 1);
    ck_assert_ptr_eq(again, first);
    for (int i = 0; i < 1000; i++)
        ck_assert_uint_eq(again[i], 0);
    arena_close(&arena);
}
END_TEST

START_TEST(the_limit_holds_to_the_byte_and_refusal_stays)
{
    struct arena arena = opened(256);
    struct error err = {0};

    ck_assert_ptr_nonnull(arena_take(&arena, TAG_WEIGHT, 3, 64));
    ck_assert_ptr_nonnull(arena_take(&arena, TAG_WEIGHT, 1, 64)); /* full */
    ck_assert_int_eq(arena_check(&arena, &err), OK);
    ck_assert_ptr_null(arena_take(&arena, TAG_BUFFER, 1, 1));
    arena_release(&arena, 0);
    ck_assert_ptr_null(arena_take(&arena, TAG_BUFFER, 1, 1));
    ck_assert_uint_eq(arena.peak.total, 256);
    ck_assert_int_eq(arena_check(&arena, &err), ERR_MEMORY);
    ck_assert_int_eq(err.status, ERR_MEMORY);
    ck_assert_ptr_nonnull(strstr(err.text, "256 bytes"));
    arena_close(&arena);
}
END_TEST

START_TEST(a_size_that_overflows_is_refused)
{
    static const size_t huge[][2] = {{SIZE_MAX, 1},         {SIZE_MAX, SIZE_MAX},
                                     {SIZE_MAX / 2 + 1, 2}, {(size_t)1 << 61, 8},
                                     {SIZE_MAX / 8 + 2, 8}, {SIZE_MAX - 10, 1}};
    struct arena arena = opened(1 << 20);
    struct error err = {0};

    ck_assert_ptr_nonnull(arena_take(&arena, TAG_STATE, 64, 1));
    ck_assert_ptr_null(arena_take(&arena, TAG_WEIGHT, huge[_i][0], huge[_i][1]));
    ck_assert_int_eq(arena_check(&arena, &err), ERR_MEMORY);
    ck_assert_uint_eq(arena.now.total, 64);
    arena_close(&arena);
}
END_TEST

START_TEST(address_space_that_is_not_there)
{
    struct arena arena;
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, (size_t)1 << 60, &err), ERR_MEMORY);
    arena_close(&arena);
}
END_TEST

static struct error ended; /* that the process would have ended with */

static void end(const struct error *err)
{
    ended = *err;
}

/* Of a limited arena it is an error like others. */
START_TEST(a_required_arena_ends_the_process)
{
    struct error err = {0};
    struct arena arena;

    ended = (struct error){0};
    memory_when_exhausted(end);
    ck_assert_int_eq(arena_open(&arena, 64, &err), OK);
    ck_assert_ptr_null(arena_take(&arena, TAG_STATE, 65, 1));
    ck_assert_int_eq(ended.status, OK);
    arena_close(&arena);
    ck_assert_int_eq(arena_open_required(&arena, &err), OK);
    ck_assert_ptr_nonnull(arena_take(&arena, TAG_STATE, 65, 1));
    ck_assert_ptr_null(arena_take(&arena, TAG_STATE, SIZE_MAX, 1));
    ck_assert_int_eq(ended.status, ERR_MEMORY);
    ck_assert_ptr_nonnull(strstr(ended.text, "no memory left (128 bytes in use"));
    memory_when_exhausted(NULL);
    arena_close(&arena);
}
END_TEST

START_TEST(clearing_a_tag_leaves_the_others)
{
    struct arena arena = opened(0);
    unsigned char *moment = arena_take(&arena, TAG_OPTIMIZER, 70, 1);
    unsigned char *weight = arena_take(&arena, TAG_WEIGHT, 64, 1);
    unsigned char *step = arena_take(&arena, TAG_OPTIMIZER, 8, 1);

    moment[69] = weight[0] = weight[63] = step[0] = 9;
    arena_clear(&arena, TAG_OPTIMIZER);
    ck_assert_uint_eq(moment[69], 0);
    ck_assert_uint_eq(step[0], 0);
    ck_assert_uint_eq(weight[0], 9);
    ck_assert_uint_eq(weight[63], 9);
    ck_assert_uint_eq(arena.now.total, 256);
    arena_close(&arena);
}
END_TEST

START_TEST(text_is_kept_whole)
{
    struct arena arena = opened(128);

    ck_assert_str_eq(arena_text(&arena, "%s-%d", "seed", 12), "seed-12");
    ck_assert_uint_eq(arena.now.part[TAG_FIXED], 64);
    ck_assert_ptr_null(arena_text(&arena, "%200s", "too long"));
    arena_close(&arena);
}
END_TEST

START_TEST(many_pieces)
{
    struct arena arena = opened(0);

    for (uint32_t i = 0; i < 1000; i++)
        *(uint32_t *)arena_take(&arena, TAG_STATE, 1, 4) = i;
    ck_assert_uint_eq(arena.n_piece, 1000);
    ck_assert_uint_eq(arena.now.total, 64000);
    for (uint32_t i = 0; i < 1000; i++)
        ck_assert_uint_eq(arena.base[arena.piece[i].offset], i & 255);
    arena_close(&arena);
}
END_TEST

START_TEST(every_tag_has_a_name_of_its_own)
{
    for (int a = 0; a < N_TAG; a++)
        for (int b = 0; b < a; b++)
            ck_assert_str_ne(tag_name((enum tag)a), tag_name((enum tag)b));
    ck_assert_str_eq(tag_name(TAG_OPTIMIZER), "optimizer");
}
END_TEST

Suite *arena_suite(void)
{
    Suite *suite = suite_create("arena");
    TCase *tcase = tcase_create("arena");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_piece_counts_with_its_size_rounded_up_to_64);
    tcase_add_test(tcase, pieces_are_aligned_zero_and_apart);
    tcase_add_test(tcase, nothing_is_no_piece);
    tcase_add_test(tcase, the_peak_has_the_parts_of_its_moment);
    tcase_add_test(tcase, what_was_released_is_zero_when_taken_anew);
    tcase_add_test(tcase, the_limit_holds_to_the_byte_and_refusal_stays);
    tcase_add_loop_test(tcase, a_size_that_overflows_is_refused, 0, 6);
    tcase_add_test(tcase, address_space_that_is_not_there);
    tcase_add_test(tcase, a_required_arena_ends_the_process);
    tcase_add_test(tcase, clearing_a_tag_leaves_the_others);
    tcase_add_test(tcase, text_is_kept_whole);
    tcase_add_test(tcase, many_pieces);
    tcase_add_test(tcase, every_tag_has_a_name_of_its_own);
    return suite;
}
