#include "results/stats/paired.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/base/memory.h"

/* ---------------------------------------------------------------- the exact test */

/* The 2^n sums over all signs. */
static void all_sums(const double *difference, int n, double *sum)
{
    sum[0] = 0;
    for (int i = 0; i < n; i++)
        for (int64_t k = ((int64_t)1 << i) - 1; k >= 0; k--) {
            sum[2 * k + 1] = sum[k] - difference[i];
            sum[2 * k] = sum[k] + difference[i];
        }
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* How many of the n sorted numbers are below the limit. */
static int64_t below(const double *sorted, int64_t n, double limit)
{
    int64_t low = 0;

    while (n > 0) {
        int64_t half = n / 2;

        if (sorted[low + half] < limit) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

/* The signs of both halves are tried apart; of their sums x + y those count that are at
 * least reach. */
static double share_beyond(const double *difference, int n, double reach)
{
    int n_first = n / 2, n_second = n - n_first;
    int64_t n_x = (int64_t)1 << n_first, n_y = (int64_t)1 << n_second;
    double *x = memory_required((size_t)(n_x + n_y) * sizeof *x), *y = x ? x + n_x : NULL;
    double count = 0;

    if (!x)
        return NAN;
    all_sums(difference, n_first, x);
    all_sums(difference + n_first, n_second, y);
    qsort(y, (size_t)n_y, sizeof *y, ascending);
    for (int64_t i = 0; i < n_x; i++)
        count += (double)(n_y - below(y, n_y, reach - x[i]));
    free(x);
    return count / ldexp(1, n);
}

/* P(T > t); where there is no spread, of n equal differences, that of their signs. */
static double student_above(double mean, const struct statistics *s)
{
    double t = mean / s->error;

    if (s->error == 0)
        return mean > 0 ? ldexp(1, -s->n) : 1;
    return t > 0 ? student_beyond(t, s->n - 1) / 2 : 1 - student_beyond(-t, s->n - 1) / 2;
}

/* Of sums of n differences that are at least as far up as this one. */
static double above(const double *difference, int n, double sum)
{
    struct statistics s = statistics_of(difference, n);
    double size = 0;

    assert(n >= 1);
    if (n > PAIRED_EXACT_MAX)
        return student_above(sum / n, &s);
    for (int i = 0; i < n; i++)
        size += fabs(difference[i]);
    /* sums that differ by rounding alone are equal */
    return size > 0 ? share_beyond(difference, n, sum - 1e-12 * size) : 1;
}

static double sum_of(const double *difference, int n)
{
    double sum = 0;

    for (int i = 0; i < n; i++)
        sum += difference[i];
    return sum;
}

double sign_flip(const double *difference, int n)
{
    /* the sums of all signs lie as often below as above 0 */
    return fmin(1, 2 * above(difference, n, fabs(sum_of(difference, n))));
}

double sign_flip_above(const double *difference, int n)
{
    return above(difference, n, sum_of(difference, n));
}

/* ---------------------------------------------------------------- pairs */

struct paired paired_compare(const double *a, const double *b, int n)
{
    struct paired result = {.effect = NAN, .p = NAN, .p_least = NAN};
    double *difference = memory_required(((size_t)n + 1) * sizeof *difference);
    int n_whole = 0;

    for (int i = 0; difference && i < n; i++)
        if (!isnan(a[i] - b[i]))
            difference[n_whole++] = a[i] - b[i];
    result.difference = statistics_of(difference, n_whole);
    if (n_whole > 0) {
        result.p = sign_flip(difference, n_whole);
        result.p_least = ldexp(2, -n_whole);
    }
    if (result.difference.std > 0 && n_whole > 2) /* J(n - 1), Hedges 1981, eq. 6e */
        result.effect = (1 - 3 / (4.0 * (n_whole - 1) - 1)) * result.difference.mean /
                        result.difference.std;
    free(difference);
    return result;
}

double paired_equivalence(const double *a, const double *b, int n, double margin)
{
    double *up = memory_required((2 * (size_t)n + 1) * sizeof *up),
           *down = up ? up + n : NULL;
    double p = NAN;
    int n_whole = 0;

    for (int i = 0; up && i < n; i++)
        if (!isnan(a[i] - b[i])) {
            up[n_whole] = margin + (a[i] - b[i]);
            down[n_whole++] = margin - (a[i] - b[i]);
        }
    if (n_whole > 0)
        p = fmax(sign_flip_above(up, n_whole), sign_flip_above(down, n_whole));
    free(up);
    return p;
}

/* ---------------------------------------------------------------- many tests */

/* The next larger one that is not yet corrected; n = none. */
static int smallest(const double *p, const double *corrected, int n)
{
    int least = n;

    for (int i = 0; i < n; i++)
        if (isnan(corrected[i]) && !isnan(p[i]) && (least == n || p[i] < p[least]))
            least = i;
    return least;
}

void holm(double *p, int n)
{
    double *corrected = memory_required(((size_t)n + 1) * sizeof *corrected), last = 0;
    int left = 0;

    if (!corrected)
        return;
    for (int i = 0; i < n; i++) {
        corrected[i] = NAN;
        left += !isnan(p[i]);
    }
    for (int i; (i = smallest(p, corrected, n)) < n; left--)
        corrected[i] = last = fmin(1, fmax(last, left * p[i]));
    for (int i = 0; i < n; i++)
        p[i] = corrected[i];
    free(corrected);
}
