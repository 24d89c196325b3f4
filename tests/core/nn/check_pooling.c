/* What follows a convolution (core/kernels/pooling.c), by every instruction set that this
 * processor has, against plain loops. The loop index is the case. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/kernels/kernels.h"
#include "tests/support/reference.h"

static const struct {
    struct shape map;
    int size;
    bool relu, norm;
} row[] = {
    {{6, 6, 32}, 2, true, true}, {{7, 5, 40}, 2, true, false},
    {{8, 4, 3}, 2, false, true}, {{9, 10, 17}, 3, false, false},
    {{5, 4, 16}, 1, true, true}, {{16, 17, 1}, 16, false, false},
    {{8, 8, 33}, 4, true, true}, {{4, 6, 8}, 2, false, false},
};

enum { CASES = sizeof row / sizeof *row, MOST = 17 * 16 * 40, CHANNELS = 40 };

static struct pooling p;
static real z[MOST], y[MOST], winners[MOST], dy[MOST], dz[MOST];
static real gain[CHANNELS], shift[CHANNELS], rest[CHANNELS], sum[CHANNELS],
    product[CHANNELS];
static uint8_t argmax[MOST];

static void open_case(int i)
{
    struct shape map = row[i].map;

    p = (struct pooling){.map = map, .size = row[i].size, .relu = row[i].relu};
    p.out = (struct shape){map.height / p.size, map.width / p.size, map.channels};
    reference_draw(z, MOST, 1, 1);
    reference_draw(dy, MOST, 1, 2);
    reference_draw(gain, CHANNELS, 1, 3); /* of both signs */
    reference_draw(shift, CHANNELS, 1, 4);
    reference_draw(rest, CHANNELS, 1, 5);
    for (size_t j = 0; j < MOST; j += 7)
        z[j] = z[j / 2]; /* equal values */
    memset(sum, 0, sizeof sum);
}

/* Pixel k of the window of output i. */
static size_t pixel(int i, int k)
{
    int c = i % p.map.channels, out = i / p.map.channels;
    int at_y = out / p.out.width * p.size + k / p.size;
    int at_x = out % p.out.width * p.size + k % p.size;

    return (size_t)((at_y * p.map.width + at_x) * p.map.channels + c);
}

static double value(bool norm, size_t at)
{
    size_t c = at % (size_t)p.map.channels;

    return norm ? (double)gain[c] * (double)z[at] + (double)shift[c] : (double)z[at];
}

/* Rounding may make another of two near equal values the winner. */
static void check_output(int i, bool norm)
{
    double best = -INFINITY, got;

    for (int k = 0; k < p.size * p.size; k++)
        best = fmax(best, value(norm, pixel(i, k)));
    ck_assert(argmax[i] == ARGMAX_NONE ? p.relu && best < 1e-6
                                       : argmax[i] < p.size * p.size);
    ck_assert_double_eq_tol((double)y[i], p.relu ? fmax(best, 0) : best, 1e-6);
    if (argmax[i] == ARGMAX_NONE)
        return;
    got = value(norm, pixel(i, argmax[i]));
    ck_assert_double_eq_tol(got, best, 1e-6);
    ck_assert(winners[i] == z[pixel(i, argmax[i])]);
    for (int k = 0; k < argmax[i]; k++) /* the first of equals */
        ck_assert(z[pixel(i, k)] != winners[i]);
}

START_TEST(the_largest_wins)
{
    bool norm = row[_i].norm;

    open_case(_i);
    for (int s = 0; s < N_ISA; s++) {
        const struct kernels *set = kernels_of((enum isa)s);

        if (!set)
            continue;
        set->pool(&p, y, argmax, winners, z, norm ? gain : NULL, norm ? shift : NULL);
        for (int i = 0; i < shape_size(p.out); i++)
            check_output(i, norm);
        memset(winners, 0, sizeof winners);
        set->pool(&p, winners, NULL, NULL, z, norm ? gain : NULL, norm ? shift : NULL);
        ck_assert_mem_eq(winners, y, (size_t)shape_size(p.out) * sizeof *y);
    }
}
END_TEST

START_TEST(winners_are_followed)
{
    open_case(_i);
    for (int i = 0; i < shape_size(p.out); i++)
        argmax[i] = (uint8_t)(i * 7 % (p.size * p.size));
    for (int s = 0; s < N_ISA; s++) {
        const struct kernels *set = kernels_of((enum isa)s);

        if (!set)
            continue;
        set->pool_follow(&p, y, argmax, z);
        for (int i = 0; i < shape_size(p.out); i++)
            ck_assert(y[i] == z[pixel(i, argmax[i])]);
    }
}
END_TEST

/* dz of one pixel: dy where it won. */
static void check_gradients(const double *d, bool norm, const real *from)
{
    for (int j = 0; j < shape_size(p.map); j++) {
        int c = j % p.map.channels;
        double want = norm ? (double)gain[c] * d[j] + (double)shift[c] * (double)from[j] +
                                 (double)rest[c]
                           : d[j];

        ck_assert_double_eq_tol((double)dz[j], want, 2e-6);
    }
}

START_TEST(derivatives_go_to_the_winners)
{
    static double d[MOST], sums[CHANNELS];
    bool norm = row[_i].norm;

    open_case(_i);
    memset(d, 0, sizeof d);
    memset(sums, 0, sizeof sums);
    for (int i = 0; i < shape_size(p.out); i++) {
        int k = i * 7 % (p.size * p.size + p.relu);

        argmax[i] = k == p.size * p.size ? ARGMAX_NONE : (uint8_t)k;
        if (argmax[i] != ARGMAX_NONE || !p.relu) {
            d[pixel(i, k)] = (double)dy[i];
            sums[i % p.map.channels] += (double)dy[i];
        }
    }
    for (int s = 0; s < N_ISA; s++) {
        const struct kernels *set = kernels_of((enum isa)s);

        if (!set)
            continue;
        memset(sum, 0, sizeof sum);
        memcpy(dz, z, sizeof dz); /* written over where it is read */
        set->unpool(&p, dz, dy, argmax, norm ? dz : NULL, norm ? gain : NULL,
                    norm ? shift : NULL, norm ? rest : NULL, p.relu ? sum : NULL);
        check_gradients(d, norm, z);
        for (int c = 0; c < p.map.channels && p.relu; c++)
            ck_assert_double_eq_tol((double)sum[c], sums[c], 1e-5);
    }
}
END_TEST

/* Of three channels the first has 0 as its largest, the second less, the third 2 in its
 * third pixel: at 0 a relu has the slope 0. */
START_TEST(a_relu_is_dead_at_0)
{
    static const struct pooling window = {
        .map = {2, 2, 3}, .out = {1, 1, 3}, .size = 2, .relu = true};
    static const real map[12] = {-1, -1, 1, 0, -2, 0, -3, -1, 2, 0, -4, -1};
    static const real want[3] = {0, 0, 2};

    for (int s = 0; s < N_ISA; s++) {
        const struct kernels *set = kernels_of((enum isa)s);
        real best[3];
        uint8_t at[3];

        if (!set)
            continue;
        set->pool(&window, best, at, NULL, map, NULL, NULL);
        ck_assert_mem_eq(best, want, sizeof best);
        ck_assert(at[0] == ARGMAX_NONE && at[1] == ARGMAX_NONE && at[2] == 2);
    }
}
END_TEST

START_TEST(sums_are_over_what_is_alive)
{
    double want[CHANNELS][2] = {{0}};

    open_case(_i);
    for (int i = 0; i < shape_size(p.out); i++) {
        int c = i % p.map.channels;

        argmax[i] = i % 3 ? (uint8_t)(i % 2) : ARGMAX_NONE;
        want[c][0] += i % 3 ? (double)dy[i] : 0;
        want[c][1] += i % 3 ? (double)dy[i] * ((double)z[i] - (double)shift[c]) : 0;
    }
    for (int s = 0; s < N_ISA; s++) {
        const struct kernels *set = kernels_of((enum isa)s);

        if (!set)
            continue;
        set->pool_sums(&p.out, sum, product, dy, argmax, z, shift);
        for (int c = 0; c < p.map.channels; c++) {
            ck_assert_double_eq_tol((double)sum[c], want[c][0], 1e-5);
            ck_assert_double_eq_tol((double)product[c], want[c][1], 3e-5);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pooling");
    TCase *tcase = tcase_create("pooling");
    SRunner *runner = srunner_create(suite);
    int failed;

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, the_largest_wins, 0, CASES);
    tcase_add_loop_test(tcase, winners_are_followed, 0, CASES);
    tcase_add_loop_test(tcase, derivatives_go_to_the_winners, 0, CASES);
    tcase_add_test(tcase, a_relu_is_dead_at_0);
    tcase_add_loop_test(tcase, sums_are_over_what_is_alive, 0, CASES);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
