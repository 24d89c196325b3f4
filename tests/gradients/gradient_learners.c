/* Every learner that has a gradient, held against central differences of its own loss in
 * every coordinate: with masks per row, row weights and unequal classes. */
#include "tests/gradients/learner_gradient.h"

#define LEARNER(name) extern const struct learner learner_##name;
#include "bench/registry/learners.def"
#undef LEARNER

static const struct learner *const learners[] = {
#define LEARNER(name) &learner_##name,
#include "bench/registry/learners.def"
#undef LEARNER
};

enum { LEARNERS = sizeof learners / sizeof *learners };

static struct tiny_case cases[LEARNERS * TINY_NETS];

START_TEST(every_coordinate)
{
    const struct learner *learner = cases[_i].learner;
    void *self = tiny_options(learner, cases[_i].net);
    struct tiny tiny;

    tiny_set(learner, self, "width", "4"); /* larger ones take long, and show no more */
    tiny_set(learner, self, "blocks", "2");
    tiny_set(learner, self, "steps", "3");
    tiny_open(&tiny, learner, self, 1);
    tiny_mask(&tiny);
    if (learner->grad)
        learner_gradient_agrees(&tiny);
    tiny_close(&tiny);
}
END_TEST

Suite *learners_suite(void)
{
    Suite *suite = suite_create("learners");
    TCase *tcase = tcase_create("learners");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, every_coordinate, 0,
                        tiny_cases(learners, LEARNERS, cases));
    return suite;
}
