/* Every variant of NoProp, with every kind of embedding and head: blocks, head,
 * embeddings and schedule in every coordinate against central differences, the noise held
 * fixed; with masks per row and row weights. */
#include "tests/gradients/learner_gradient.h"

extern const struct learner learner_noprop_dt, learner_noprop_ct, learner_noprop_fm,
    learner_noprop_backprop, learner_noprop_ensemble, learner_noprop_adjoint,
    learner_diffusion_blocks;

enum { OPTIONS = 5 };

static const struct {
    const struct learner *learner;
    const char *option[OPTIONS][2];
} cases[] = {
    {&learner_noprop_dt, {{"embedding", "learned"}, {"dim", "7"}}},
    {&learner_noprop_dt, {{"embedding", "learned"}, {"dim", "3"}, {"weight", "uniform"}}},
    {&learner_noprop_dt,
     {{"embedding", "learned"}, {"posterior", "radial"}, {"sigma", "0.8"}}},
    {&learner_noprop_dt, {{"posterior", "radial"}, {"eta", "0.01"}}},
    {&learner_noprop_dt, {{"embedding", "prototype"}, {"weight", "uniform"}}},
    {&learner_noprop_dt, {{"embedding", "learned"}, {"flow", "none"}, {"norm", "none"}}},
    {&learner_noprop_dt, {{"eta", "0"}, {"embedding", "learned"}}},
    {&learner_noprop_dt,
     {{"blocks", "1"}, {"embedding", "learned"}, {"weight", "uniform"}}},
    {&learner_noprop_dt,
     {{"block", "peer"}, {"net", "dense 4, tanh"}, {"embedding", "learned"}}},
    {&learner_noprop_ct, {{"gamma", "2"}}},
    {&learner_noprop_ct, {{"gamma", "2"}, {"embedding", "learned"}, {"flow", "none"}}},
    {&learner_noprop_ct, {{"weight", "uniform"}, {"embedding", "learned"}, {"dim", "3"}}},
    {&learner_noprop_ct, {{"eta", "0"}, {"embedding", "learned"}, {"time_scale", "100"}}},
    {&learner_noprop_ct, {{"gamma", "2"}, {"embedding", "learned"}, {"dim", "7"}}},
    {&learner_noprop_ct,
     {{"gamma", "1"}, {"embedding", "learned"}, {"posterior", "radial"}}},
    {&learner_noprop_ct, {{"weight", "uniform"}, {"embedding", "prototype"}}},
    {&learner_noprop_ct, {{"schedule", "no"}, {"stratified", "yes"}, {"eta", "0.1"}}},
    {&learner_noprop_fm, {{"noise_sigma", "0.1"}}},
    {&learner_noprop_fm, {{"decision", "head"}}},
    {&learner_noprop_fm, {{"embedding", "learned"}, {"dim", "7"}}},
    {&learner_noprop_fm,
     {{"embedding", "learned"}, {"posterior", "radial"}, {"dim", "3"}}},
    {&learner_noprop_fm, {{"embedding", "prototype"}, {"stratified", "yes"}}},
    {&learner_noprop_fm,
     {{"embedding", "learned"}, {"noise_sigma", "0.2"}, {"dim", "7"}}},
    {&learner_noprop_fm, {{"embedding", "learned"}, {"flow", "none"}}},
    {&learner_noprop_backprop, {{"embedding", "learned"}, {"dim", "7"}}},
    {&learner_noprop_backprop, {{"embedding", "learned"}, {"flow", "head"}}},
    {&learner_noprop_backprop,
     {{"posterior", "radial"}, {"norm", "none"}, {"blocks", "1"}}},
    {&learner_noprop_backprop, {{"embedding", "prototype"}}},
    {&learner_noprop_backprop,
     {{"embedding", "learned"}, {"recompute", "yes"}, {"dim", "3"}}},
    {&learner_noprop_adjoint, {{"embedding", "learned"}, {"dim", "7"}}},
    {&learner_noprop_adjoint, {{"embedding", "prototype"}, {"steps", "2"}}},
    {&learner_noprop_adjoint, {{"posterior", "radial"}, {"steps", "1"}}},
    {&learner_noprop_ensemble, {{"embedding", "learned"}, {"norm", "none"}}},
    {&learner_diffusion_blocks, {{"overlap", "0.5"}, {"sigma_min", "0.1"}}},
    {&learner_diffusion_blocks, {{"embedding", "learned"}, {"sigma_max", "3"}}},
    {&learner_diffusion_blocks, {{"embedding", "prototype"}, {"sigma_min", "0.5"}}},
};

enum { CASES = sizeof cases / sizeof *cases };

static void open_case(struct tiny *tiny, int i)
{
    const struct learner *learner = cases[i].learner;
    void *self = tiny_options(learner, "dense 5, tanh");

    tiny_set(learner, self, "blocks", "2");
    tiny_set(learner, self, "width", "4");
    tiny_set(learner, self, "steps", "4");
    tiny_set(learner, self, "schedule", "yes");
    tiny_set(learner, self, "stratified", "no");
    if (learner == &learner_noprop_ct)
        tiny_set(learner, self, "weight", "snr");
    for (int k = 0; k < OPTIONS && cases[i].option[k][0]; k++) {
        ck_assert_ptr_nonnull(param_find(learner->params, cases[i].option[k][0]));
        tiny_set(learner, self, cases[i].option[k][0], cases[i].option[k][1]);
    }
    tiny_open(tiny, learner, self, 1);
    tiny_train(tiny, 0, 1); /* prototypes are found */
    tiny_mask(tiny);
}

START_TEST(every_coordinate)
{
    struct tiny tiny;

    open_case(&tiny, _i);
    learner_gradient_agrees(&tiny);
    tiny_close(&tiny);
}
END_TEST

Suite *noprop_suite(void)
{
    Suite *suite = suite_create("noprop");
    TCase *tcase = tcase_create("variants");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, every_coordinate, 0, CASES);
    return suite;
}
