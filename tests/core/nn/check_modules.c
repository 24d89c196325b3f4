/* Run one after the other, modules are the net: forward, backward and in scoring, to the
 * bit. */
#include "core/nn/modules.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/reference.h"

enum { ROWS = 5, PIXELS = 128 };

static const struct shape image = {8, 8, 2};

/* Every kind of layer; in the last one a module begins with layers without weights. */
static const char *const nets[] = {
    "dense 7, relu, dense 4, tanh",
    "conv 3 3, relu, pool 2, dropout 0.3, conv 4 3 valid, silu, dense 6, layernorm",
    "pool 2, conv 5 3, batchnorm, relu, dropout 0.2, conv 4 2 valid, pool 3, rmsnorm",
    "batchnorm, conv 3 3, tanh, pool 2, conv 2 3, elu, pool 2, dropout 0.5",
};

enum { NETS = sizeof nets / sizeof *nets, CUTS = CUT_AFTER_WEIGHTS + 1, N_OUT = 3 };

struct fixture {
    struct arena arena;
    struct modules modules;
    struct net_work work;
    struct net_pass pass;
    real *w, *g, *state;
    enum module_cut cut;
};

static void open_fixture(struct fixture *f, const char *text, enum module_cut cut)
{
    struct error err = {0};
    const struct net *net = &f->modules.net;
    real *x;

    *f = (struct fixture){.cut = cut};
    ck_assert_int_eq(arena_open(&f->arena, 0, &err), OK);
    ck_assert_int_eq(modules_parse(&f->modules, "rule", text, image, N_OUT, cut, &err),
                     OK);
    x = arena_take(&f->arena, TAG_SCRATCH, ROWS * PIXELS, sizeof *x);
    f->w = arena_take(&f->arena, TAG_WEIGHT, net->n_weight, sizeof *x);
    f->g = arena_take(&f->arena, TAG_GRADIENT, net->n_weight, sizeof *x);
    f->state = arena_take(&f->arena, TAG_STATE, net->n_state + 1, sizeof *x);
    net_take_work(net, &f->work, ROWS, ROWS, true, 1, &f->arena);
    reference_draw(x, ROWS * PIXELS, 1, 1);
    reference_draw(f->w, net->n_weight, 0.5, 2);
    net_init_state(net, f->state);
    f->pass = (struct net_pass){f->w, &f->work, mat_of(x, ROWS, PIXELS), rng_seed(3)};
}

static real *copied(struct mat m)
{
    size_t n = (size_t)m.rows * (size_t)m.cols;
    real *copy = malloc(n * sizeof *copy);

    memcpy(copy, m.data, n * sizeof *copy);
    return copy;
}

static struct mat modules_up(struct fixture *f)
{
    struct net_pass pass = f->pass;

    for (int s = 1; s <= f->modules.n; s++)
        pass.x = module_forward(&f->modules, s, &pass, f->state, NET_TRAIN);
    return pass.x;
}

/* d, the derivative of the output, becomes that of the input. */
static struct mat modules_down(struct fixture *f, struct mat d)
{
    for (int s = f->modules.n; s >= 1; s--) {
        struct net_pass pass = f->pass;
        struct module_error error = {d, module_block(&f->modules, f->g, s).data, true,
                                     .back = {0}};

        real *x;

        if (s > 1)
            pass.x = module_output(&f->modules, &f->work, s - 1, ROWS);
        x = copied(pass.x);
        d = module_backward(&f->modules, s, &pass, error);
        if (CUT_BEFORE_WEIGHTS == f->cut) /* what it reads stays */
            ck_assert_mem_eq(x, pass.x.data,
                             (size_t)ROWS * (size_t)pass.x.cols * sizeof *x);
        free(x);
    }
    return d;
}

START_TEST(modules_in_turn_are_the_net)
{
    struct fixture whole, apart;
    struct mat y, dx;
    real *want;

    open_fixture(&whole, nets[_i % NETS], (enum module_cut)(_i / NETS));
    open_fixture(&apart, nets[_i % NETS], (enum module_cut)(_i / NETS));
    for (size_t i = 0; i < apart.modules.net.n_weight; i++)
        apart.g[i] = NAN;
    y = net_forward(&whole.modules.net, &whole.pass, whole.state, NET_TRAIN);
    want = copied(y);
    dx = modules_up(&apart);
    ck_assert_mem_eq(want, dx.data, ROWS * N_OUT * sizeof *want);
    y = net_backward(&whole.modules.net, &whole.pass, y, whole.g, true);
    dx = modules_down(&apart, dx);
    ck_assert_mem_eq(y.data, dx.data, ROWS * PIXELS * sizeof *want);
    ck_assert_mem_eq(whole.g, apart.g, whole.modules.net.n_weight * sizeof *want);
    ck_assert_mem_eq(whole.state, apart.state, whole.modules.net.n_state * sizeof *want);
    free(want);
    arena_close(&whole.arena);
    arena_close(&apart.arena);
}
END_TEST

START_TEST(so_are_they_in_scoring)
{
    struct fixture f;
    struct mat x;
    real *want;

    open_fixture(&f, nets[_i % NETS], (enum module_cut)(_i / NETS));
    x = f.pass.x;
    want = copied(net_score(&f.modules.net, f.w, f.state, &f.work, x));
    for (int s = 1; s <= f.modules.n; s++)
        x = module_score(&f.modules, s, f.w, f.state, &f.work, x);
    ck_assert_mem_eq(want, x.data, ROWS * N_OUT * sizeof *want);
    free(want);
    arena_close(&f.arena);
}
END_TEST

/* A module at a time, its gradient straight after its forward pass: the same bits as where
 * all values are kept, in less memory unless layers at the start of a module then need a
 * place of their own. */
START_TEST(two_modules_may_share_the_memory_of_all)
{
    struct fixture all, two;
    size_t kept;

    open_fixture(&all, nets[_i % NETS], (enum module_cut)(_i / NETS));
    open_fixture(&two, nets[_i % NETS], (enum module_cut)(_i / NETS));
    kept = two.modules.net.n_value;
    modules_alternate(&two.modules);
    if (_i / NETS == CUT_BEFORE_WEIGHTS)
        ck_assert_uint_lt(two.modules.net.n_value, kept);
    net_take_work(&two.modules.net, &two.work, ROWS, ROWS, true, 1, &two.arena);
    for (int s = 1; s <= all.modules.n; s++)
        for (int k = 0; k < 2; k++) {
            struct fixture *f = k ? &two : &all;
            struct mat h = module_forward(&f->modules, s, &f->pass, NULL, NET_MEASURE);
            struct mat d = mat_of(f->work.delta[0], h.rows, h.cols);
            struct module_error error = {d, module_block(&f->modules, f->g, s).data,
                                         false, .back = {0}};

            reference_draw(d.data, (size_t)d.rows * (size_t)d.cols, 1, 4);
            module_backward(&f->modules, s, &f->pass, error);
            f->pass.x = h;
        }
    ck_assert_mem_eq(all.g, two.g, all.modules.net.n_weight * sizeof *all.g);
    arena_close(&all.arena);
    arena_close(&two.arena);
}
END_TEST

/* Where a net is cut: the layers that a module ends before. */
START_TEST(cuts_are_where_they_are_said_to_be)
{
    static const int end[CUTS][3] = {{4, 7, 8}, {2, 7, 8}, {1, 5, 8}};
    const char *text = "conv 3 3, relu, pool 2, dropout 0.2, dense 4, tanh, layernorm";
    struct modules modules;
    struct error err = {0};

    ck_assert_int_eq(
        modules_parse(&modules, "rule", text, image, N_OUT, (enum module_cut)_i, &err),
        OK);
    ck_assert_int_eq(modules.n, 3);
    for (int s = 1; s <= 3; s++)
        ck_assert_int_eq(modules.module[s].end, end[_i][s - 1]);
}
END_TEST

START_TEST(a_net_without_weights_is_refused)
{
    struct modules modules;
    struct error err = {0};

    ck_assert_int_eq(modules_parse(&modules, "rule", "relu, pool 2", image, 0,
                                   CUT_BEFORE_WEIGHTS, &err),
                     ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "rule: the net has nothing to train"));
}
END_TEST

Suite *modules_suite(void)
{
    Suite *suite = suite_create("modules");
    TCase *tcase = tcase_create("modules");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, modules_in_turn_are_the_net, 0, NETS * CUTS);
    tcase_add_loop_test(tcase, so_are_they_in_scoring, 0, NETS * CUTS);
    tcase_add_loop_test(tcase, two_modules_may_share_the_memory_of_all, 0, NETS * CUTS);
    tcase_add_loop_test(tcase, cuts_are_where_they_are_said_to_be, 0, CUTS);
    tcase_add_test(tcase, a_net_without_weights_is_refused);
    return suite;
}
