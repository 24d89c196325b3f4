/* Random features are a net whose trunk is its initial one: with those weights below its
 * head, back-propagation's net gives the same scores. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/tiny.h"

extern const struct learner learner_backprop, learner_random_features;

START_TEST(scores_are_those_of_the_whole_net)
{
    const struct learner *rf = &learner_random_features;
    struct tiny tiny, whole;
    struct vec head, w;
    real out[2][TINY_SCORE * TINY_CLASSES];

    tiny_open(&tiny, rf, tiny_options(rf, tiny_nets[_i]), 1);
    tiny_open(&whole, &learner_backprop, tiny_options(&learner_backprop, tiny_nets[_i]),
              1);
    tiny_train(&tiny, 0, 20);
    head = rf->weights(tiny.self);
    w = learner_backprop.weights(whole.self);
    for (size_t i = 0; i < tiny.arena.n_piece; i++)
        if (tiny.arena.piece[i].tag ==
            TAG_FIXED) { /* the first one: the trunk's weights */
            memcpy(w.data, tiny.arena.base + tiny.arena.piece[i].offset,
                   (w.n - head.n) * sizeof(real));
            break;
        }
    memcpy(w.data + w.n - head.n, head.data, head.n * sizeof(real));
    for (int i = 0; i < 2; i++) {
        struct tiny *t = i ? &whole : &tiny;

        t->learner->score(t->self, tiny_images(t, TINY_SCORE), tiny_all(), rng_seed(1),
                          mat_of(out[i], TINY_SCORE, TINY_CLASSES));
    }
    ck_assert_mem_eq(out[0], out[1], sizeof out[0]);
    tiny_close(&tiny);
    tiny_close(&whole);
}
END_TEST

Suite *random_features_suite(void)
{
    Suite *suite = suite_create("random_features");
    TCase *tcase = tcase_create("random features");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, scores_are_those_of_the_whole_net, 0, TINY_NETS);
    return suite;
}
