/* Metrics as other suites compute them: the formulas are in results/data/definition.c. */
#include <math.h>

#include "results/data/metrics.h"

/* The highest accuracy on the task in the rows up to `last`, from before it was learnt on
 * where that was measured; NAN where a row since then is missing. */
static double best_of_rows(struct matrix R, int task, int last)
{
    double best = NAN;

    for (int row = 1; row <= last; row++) {
        double a = matrix_at(R, row, task);

        if (isnan(a) && row > task)
            return NAN;
        best = fmax(best, a);
    }
    return best;
}

/* Sum over all tasks but the last of the best in the rows up to `last` minus the end. */
static double lost(struct matrix R, int last)
{
    double sum = 0;

    for (int j = 0; j < R.n_task - 1; j++)
        sum += best_of_rows(R, j, last) - matrix_at(R, R.n_task, j);
    return sum;
}

static double transferred_back(struct matrix R, int row)
{
    double sum = 0;

    for (int j = 0; j < row - 1; j++)
        sum += matrix_at(R, row, j) - matrix_at(R, j + 1, j);
    return sum;
}

static double known_before(struct matrix R)
{
    double sum = 0;

    for (int j = 1; j < R.n_task; j++)
        sum += matrix_at(R, j, j);
    return sum;
}

static double known_at_first(struct matrix R)
{
    double sum = 0;

    for (int j = 1; j < R.n_task; j++)
        sum += matrix_at(R, 0, j);
    return sum;
}

static double accuracy_diaz(struct matrix R)
{
    double sum = 0;

    for (int row = 1; row <= R.n_task; row++)
        for (int j = 0; j < row; j++)
            sum += matrix_at(R, row, j);
    return 2 * sum / (R.n_task * (R.n_task + 1));
}

static double bwt_diaz(struct matrix R)
{
    double sum = 0;

    for (int row = 2; row <= R.n_task; row++)
        sum += transferred_back(R, row);
    return 2 * sum / (R.n_task * (R.n_task - 1));
}

double convention_value(enum metric metric, struct matrix R)
{
    int n = R.n_task;

    switch (metric) {
    case METRIC_ACCURACY_DIAZ:
        return accuracy_diaz(R);
    case METRIC_FORGETTING_AVALANCHE:
        return (0 - transferred_back(R, n)) / (n - 1);
    case METRIC_FORGETTING_FACIL:
        return lost(R, n - 1) / (n - 1);
    case METRIC_FORGETTING_MAMMOTH:
        return lost(R, n) / (n - 1);
    case METRIC_FORGETTING_RAPTORMAI:
        return lost(R, n) / n;
    case METRIC_BWT_GEM_CODE:
        return transferred_back(R, n) / n;
    case METRIC_BWT_DIAZ:
        return bwt_diaz(R);
    case METRIC_FWT_GEM_CODE:
        return (known_before(R) - known_at_first(R)) / n;
    case METRIC_FWT_CONTINUUM:
        return known_before(R) / (n - 1);
    default:
        return NAN;
    }
}
