/* Metrics as other suites compute them: the formulas are in results/data/metrics.def. */
#include <math.h>

#include "results/data/metric_value.h"

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

double metric_accuracy_diaz(const struct metric_input *in)
{
    int n = in->R.n_task;
    double sum = 0;

    for (int row = 1; row <= n; row++)
        for (int j = 0; j < row; j++)
            sum += matrix_at(in->R, row, j);
    return 2 * sum / (n * (n + 1));
}

double metric_forgetting_avalanche(const struct metric_input *in)
{
    return (0 - transferred_back(in->R, in->R.n_task)) / (in->R.n_task - 1);
}

double metric_forgetting_facil(const struct metric_input *in)
{
    return lost(in->R, in->R.n_task - 1) / (in->R.n_task - 1);
}

double metric_forgetting_mammoth(const struct metric_input *in)
{
    return lost(in->R, in->R.n_task) / (in->R.n_task - 1);
}

double metric_forgetting_raptormai(const struct metric_input *in)
{
    return lost(in->R, in->R.n_task) / in->R.n_task;
}

double metric_bwt_gem_code(const struct metric_input *in)
{
    return transferred_back(in->R, in->R.n_task) / in->R.n_task;
}

double metric_bwt_diaz(const struct metric_input *in)
{
    int n = in->R.n_task;
    double sum = 0;

    for (int row = 2; row <= n; row++)
        sum += transferred_back(in->R, row);
    return 2 * sum / (n * (n - 1));
}

double metric_fwt_gem_code(const struct metric_input *in)
{
    return (known_before(in->R) - known_at_first(in->R)) / in->R.n_task;
}

double metric_fwt_continuum(const struct metric_input *in)
{
    return known_before(in->R) / (in->R.n_task - 1);
}
