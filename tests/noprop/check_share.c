/* The blocks of NoProp-DT in several processes: what the shares train, put together, is what
 * one process trains. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/plug/learner.h"
#include "tests/support/tiny.h"

extern const struct learner learner_noprop_dt;

enum { SHARES = 3, STEPS = 6 };

struct options {
    const char *norm, *embedding, *flow, *order;
};

static const struct options cases[] = {
    {"batch", "one-hot", "all", "batch"},
    {"none", "learned", "head", "batch"},
    {"batch", "learned", "none", "epoch"},
};

enum { CASES = sizeof cases / sizeof *cases };

static const struct learner *const plug = &learner_noprop_dt;

static void *make_options(const struct options *options)
{
    void *self = tiny_options(plug, "mlp-5");

    tiny_set(plug, self, "norm", options->norm);
    tiny_set(plug, self, "embedding", options->embedding);
    tiny_set(plug, self, "flow", options->flow);
    tiny_set(plug, self, "order", options->order);
    return self;
}

/* A learner that trains share k of n, on the images of another. */
static void open_share(struct tiny *tiny, const struct tiny *images,
                       const struct options *options, int k, int n)
{
    struct learner_env env = tiny_env(&tiny->arena, 1);
    struct error err = {0};

    tiny->learner = plug;
    tiny->self = make_options(options);
    tiny->batch = images->batch;
    env.share = (struct share){k, n};
    ck_assert_int_eq(arena_open(&tiny->arena, 0, &err), OK);
    ck_assert_msg(plug->init(tiny->self, &env, &err) == OK, "%s", err.text);
}

/* Share k of `from`, to where `to` has it: what a message carries. */
static void carry(struct tiny *to, const struct tiny *from, int k, int n)
{
    struct vec source[SHARE_PIECES], target[SHARE_PIECES];
    int m = plug->pieces(from->self, (struct share){k, n}, source);

    ck_assert_int_eq(plug->pieces(to->self, (struct share){k, n}, target), m);
    for (int i = 0; i < m; i++) {
        ck_assert_uint_gt(source[i].n, 0);
        ck_assert_uint_eq(source[i].n, target[i].n);
        memcpy(target[i].data, source[i].data, source[i].n * sizeof *source[i].data);
    }
}

static void assert_same_learner(struct tiny *a, struct tiny *b)
{
    struct vec u = plug->weights(a->self), v = plug->weights(b->self);
    real left[TINY_SCORE * TINY_CLASSES], right[TINY_SCORE * TINY_CLASSES];

    ck_assert_mem_eq(u.data, v.data, u.n * sizeof *u.data);
    plug->score(a->self, tiny_images(a, TINY_SCORE), tiny_all(), rng_seed(3),
                mat_of(left, TINY_SCORE, TINY_CLASSES));
    plug->score(b->self, tiny_images(a, TINY_SCORE), tiny_all(), rng_seed(3),
                mat_of(right, TINY_SCORE, TINY_CLASSES));
    ck_assert_mem_eq(left, right, sizeof left);
}

/* Twice in a row: what rank 0 received must not change what it trains then. */
START_TEST(shares_put_together_are_the_whole)
{
    struct tiny whole, part[SHARES];

    tiny_open(&whole, plug, make_options(&cases[_i]), 1);
    for (int n = 2; n <= SHARES; n++) {
        tiny_close(&whole);
        tiny_open(&whole, plug, make_options(&cases[_i]), 1);
        for (int k = 0; k < n; k++)
            open_share(&part[k], &whole, &cases[_i], k, n);
        for (int half = 0; half < 2; half++) {
            tiny_train(&whole, half * STEPS, STEPS);
            for (int k = 0; k < n; k++)
                tiny_train(&part[k], half * STEPS, STEPS);
            for (int k = 1; k < n; k++)
                carry(&part[0], &part[k], k, n);
            assert_same_learner(&whole, &part[0]);
        }
        for (int k = 0; k < n; k++)
            tiny_close(&part[k]);
    }
    tiny_close(&whole);
}
END_TEST

/* Or nothing would be gained. */
START_TEST(a_share_leaves_the_others_alone)
{
    struct tiny before, after;
    struct vec old[SHARE_PIECES], new[SHARE_PIECES];

    tiny_open(&before, plug, make_options(&cases[0]), 1);
    open_share(&after, &before, &cases[0], 0, 2);
    tiny_train(&after, 0, STEPS);
    for (int k = 0; k < 2; k++) {
        int n = plug->pieces(before.self, (struct share){k, 2}, old);

        plug->pieces(after.self, (struct share){k, 2}, new);
        for (int i = 0; i < n; i++)
            ck_assert_int_eq(
                memcmp(old[i].data, new[i].data, old[i].n * sizeof *old[i].data) == 0,
                k == 1);
    }
    tiny_close(&before);
    tiny_close(&after);
}
END_TEST

static void assert_refused(const struct options *options, int n, const char *words)
{
    struct error err = {0};
    struct arena arena;
    struct learner_env env = tiny_env(&arena, 1);
    void *self = make_options(options);

    env.share = (struct share){0, n};
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    ck_assert_int_eq(plug->init(self, &env, &err), ERR_USAGE);
    ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
    arena_close(&arena);
    free(self);
}

START_TEST(what_cannot_be_trained_apart_is_refused)
{
    assert_refused(&(struct options){"batch", "learned", "all", "batch"}, 2,
                   "every block trains the embeddings");
    assert_refused(&cases[0], 4, "3 blocks cannot be trained in 4 processes");
}
END_TEST

Suite *share_suite(void)
{
    Suite *suite = suite_create("share");
    TCase *tcase = tcase_create("share");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, shares_put_together_are_the_whole, 0, CASES);
    tcase_add_test(tcase, a_share_leaves_the_others_alone);
    tcase_add_test(tcase, what_cannot_be_trained_apart_is_refused);
    return suite;
}
