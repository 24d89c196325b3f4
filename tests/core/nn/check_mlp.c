#include "core/nn/mlp.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/reference.h"

static const struct shape image = {2, 3, 2}; /* 12 values */

/* The same weights in the same order as core/net, hence the same numbers. */
START_TEST(a_trunk_is_the_net_of_its_text)
{
    enum { N = 5 };
    static const char text[] = "dense 7, relu, dense 4, tanh, dense 3, dense 6, elu";
    struct error err = {0};
    struct arena arena;
    struct mlp mlp;
    struct net net;
    struct mlp_values values;
    struct mlp_pair pair;
    struct mat got[2];
    real *w, x[N * 12];
    double *wide_w, *wide_x, *want;

    ck_assert_int_eq(mlp_parse(&mlp, "rule", text, image, &err), OK);
    mlp_add(&mlp, 5);
    ck_assert_int_eq(net_parse(&net, text, image, &err), OK);
    ck_assert_int_eq(net_add(&net, "dense 5", &err), OK);
    ck_assert_uint_eq(mlp.n_weight, net.n_weight);
    ck_assert_int_eq(mlp.n_layer, 5);
    ck_assert_int_eq(mlp.widest, 7);
    ck_assert_uint_eq(mlp.n_value, 7 + 4 + 3 + 6 + 5);
    ck_assert_double_eq(mlp_flops(&mlp), net_flops_forward(&net));
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    w = arena_take(&arena, TAG_WEIGHT, mlp.n_weight, sizeof *w);
    values = mlp_take_values(&mlp, N, &arena);
    pair = mlp_take_pair(&mlp, N, &arena);
    reference_draw(w, mlp.n_weight, 0.5, 1);
    reference_draw(x, N * 12, 1, 2);
    wide_w = reference_widen(w, mlp.n_weight);
    wide_x = reference_widen(x, N * 12);
    want = reference_net(&net, wide_w, NULL, wide_x, N);
    got[0] = mlp_forward(&mlp, w, &values, mat_of(x, N, 12));
    got[1] = mlp_score(&mlp, w, &pair, mat_of(x, N, 12));
    for (int i = 0; i < 2; i++) {
        ck_assert(got[i].rows == N && got[i].cols == 5);
        ck_assert_double_lt(reference_error(got[i].data, want, N * 5), 1e-4);
    }
    free(wide_w);
    free(wide_x);
    free(want);
    arena_close(&arena);
}
END_TEST

START_TEST(other_nets_are_refused)
{
    static const char *const text[] = {
        "conv 2 1, relu, dense 3",  "relu, dense 3",
        "dense 3, relu, tanh",      "dense 3, silu",
        "dense 3, batchnorm, relu", "dense 3, dropout 0.5"};
    struct error err = {0};
    struct mlp mlp;

    ck_assert_int_eq(mlp_parse(&mlp, "my-rule", text[_i], image, &err), ERR_USAGE);
    ck_assert_ptr_nonnull(
        strstr(err.text, "my-rule trains multi-layer perceptrons only"));
}
END_TEST

Suite *mlp_suite(void)
{
    Suite *suite = suite_create("mlp");
    TCase *tcase = tcase_create("trunk");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, a_trunk_is_the_net_of_its_text);
    tcase_add_loop_test(tcase, other_nets_are_refused, 0, 6);
    return suite;
}
