/* Which terms of NoProp's objectives reach the embeddings: the option `flow`; and those
 * of which classes. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "noprop/gamma.h"
#include "noprop/model.h"
#include "tests/support/tiny.h"

extern const struct learner learner_noprop_dt, learner_noprop_ct, learner_noprop_fm,
    learner_noprop_backprop, learner_noprop_adjoint;

enum { HEAD = TINY_CLASSES * (TINY_CLASSES + 1), TABLE = TINY_CLASSES * TINY_CLASSES };

/* The embeddings' part of a gradient: five classes in five dimensions, behind the head,
 * before what the variant adds. All weights are 0 but the last biases of the blocks,
 * which then answer the same whatever z is; and but those of the head unless it is blind.
 */
static void embedding_gradient(const struct learner *learner, const char *flow,
                               const char *eta, bool blind, double want[TABLE])
{
    bool ct = learner == &learner_noprop_ct;
    void *self = tiny_options(learner, "mlp-5");
    struct tiny tiny;
    struct vec w;
    size_t joint;
    real *g;

    tiny_set(learner, self, "embedding", "learned");
    tiny_set(learner, self, "dim", "5");
    tiny_set(learner, self, "flow", flow);
    tiny_set(learner, self, "eta", eta);
    tiny_set(learner, self, "weight", "snr");
    tiny_set(learner, self, "schedule", "yes");
    tiny_open(&tiny, learner, self, 1);
    w = learner->weights(tiny.self);
    joint = w.n - HEAD - TABLE - (ct ? GAMMA_WEIGHTS : 0);
    g = calloc(w.n, sizeof *g);
    memset(w.data, 0, joint * sizeof *w.data);
    for (size_t k = 0; k < TINY_CLASSES; k++)
        w.data[joint - TINY_CLASSES + k] = (real)0.3 * (real)k - (real)0.5;
    if (blind)
        memset(w.data + joint, 0, HEAD * sizeof *w.data);
    learner->grad(tiny.self, &tiny.batch, rng_seed(4), g);
    for (int j = 0; j < TABLE; j++)
        want[j] = (double)g[joint + HEAD + (size_t)j];
    free(g);
    tiny_close(&tiny);
}

/* `flow: head` is what eta = 0 leaves; the gradient of all terms is another. */
START_TEST(only_the_joint_terms_reach_the_embeddings)
{
    const struct learner *const learner[] = {&learner_noprop_dt, &learner_noprop_ct};
    double head[TABLE], without[TABLE], all[TABLE], far = 0;

    embedding_gradient(learner[_i], "head", "1", false, head);
    embedding_gradient(learner[_i], "all", "0", false, without);
    embedding_gradient(learner[_i], "all", "1", false, all);
    for (int j = 0; j < TABLE; j++) {
        ck_assert_double_eq_tol(head[j], without[j], 1e-6);
        far = fmax(far, fabs(all[j] - head[j]));
    }
    ck_assert_double_gt(far, 1e-2);
}
END_TEST

/* The field's loss does not know the head: what the head makes of it is the anchor's. */
START_TEST(only_the_anchor_reaches_the_embeddings)
{
    double head[TABLE], nothing[TABLE], all[TABLE], blind[TABLE], most = 0;

    embedding_gradient(&learner_noprop_fm, "head", "1", false, head);
    embedding_gradient(&learner_noprop_fm, "head", "1", true, nothing);
    embedding_gradient(&learner_noprop_fm, "all", "1", false, all);
    embedding_gradient(&learner_noprop_fm, "all", "1", true, blind);
    for (int j = 0; j < TABLE; j++) {
        ck_assert_double_eq_tol(head[j], all[j] - blind[j], 1e-5);
        ck_assert_double_eq(nothing[j], 0);
        most = fmax(most, fabs(head[j]));
    }
    ck_assert_double_gt(most, 1e-2);
}
END_TEST

/* Of a batch without the classes 3 and 4: a class that nobody has seen stays where it
 * began as long as it does not compete, and is moved by the others once it does. */
START_TEST(an_unseen_class_moves_where_it_competes)
{
    static const struct learner *const learner[] = {
        &learner_noprop_dt, &learner_noprop_ct, &learner_noprop_fm,
        &learner_noprop_backprop, &learner_noprop_adjoint};
    bool apart = _i % 2 == 0;
    void *self = tiny_options(learner[_i / 2], "mlp-5");
    const struct model *model = self; /* the first member of every variant */
    struct tiny tiny;
    real before[TABLE];

    tiny_set(learner[_i / 2], self, "embedding", "learned");
    tiny_set(learner[_i / 2], self, "dim", "5");
    tiny_set(learner[_i / 2], self, "weight_decay", "0");
    tiny_open(&tiny, learner[_i / 2], self, 1);
    if (apart)
        tiny_mask(&tiny);
    for (int i = 0; i < TINY_TRAIN; i++) {
        tiny.y[i] = i % 3;
        tiny.task[i] = 0;
    }
    memcpy(before, model->embedding.w.data, sizeof before);
    tiny_train(&tiny, 0, 5);
    for (int k = 0; k < TINY_CLASSES; k++)
        ck_assert_int_eq(
            memcmp(before + 5 * k, mat_row(model->embedding.w, k), 5 * sizeof(real)) != 0,
            !apart || k < 3);
    tiny_close(&tiny);
}
END_TEST

Suite *reach_suite(void)
{
    Suite *suite = suite_create("reach");
    TCase *tcase = tcase_create("reach");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, only_the_joint_terms_reach_the_embeddings, 0, 2);
    tcase_add_test(tcase, only_the_anchor_reaches_the_embeddings);
    tcase_add_loop_test(tcase, an_unseen_class_moves_where_it_competes, 0, 10);
    return suite;
}
