#include "bench/commands/compare_correction.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>

void correction_apply(const struct pairs *rows, double *p)
{
    double *own = arena_take(rows->arena, TAG_STATE, (size_t)rows->n, sizeof *own);

    for (int m = 0; own && m < rows->n_metric; m++) {
        for (int i = 0; i < rows->n; i++)
            own[i] = rows->pair[i].metric == rows->metric[m] ? p[i] : NAN;
        holm(own, rows->n);
        for (int i = 0; i < rows->n; i++)
            if (!isnan(own[i]))
                p[i] = own[i];
    }
}

/* The least number of pairs with which the smallest of m p-values can reach the level. */
static int pairs_needed(int m, int sides)
{
    int n = 1;

    while (m * ldexp(sides, -n) > CORRECTION_LEVEL)
        n++;
    return n;
}

void correction_print_reach(const struct pairs *rows, int sides, const char *what)
{
    int least = INT_MAX, n_row = 0;

    for (int i = 0; i < rows->n; i++) {
        int n = rows->pair[i].paired.difference.n;

        if (n == 0) /* of a curve that misses the other side: no test */
            continue;
        least = n < least ? n : least;
        n_row += rows->pair[i].metric == rows->pair[0].metric;
    }
    if (n_row == 0 || least >= pairs_needed(n_row, sides))
        return;
    printf("with %d pairs no %s can be below %.4g: to reach %g takes at least %d seeds",
           least, what, ldexp(sides, -least), CORRECTION_LEVEL, pairs_needed(1, sides));
    if (n_row > 1)
        printf(",\nand %d for the first of %d rows after Holm",
               pairs_needed(n_row, sides), n_row);
    putchar('\n');
}
