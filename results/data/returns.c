/* Metrics of tasks that return. */
#include <math.h>

#include "results/data/metric_value.h"

/* The row after the visit that trained the same task before visit i; 0 = i is the first. */
static int row_before(struct matrix R, int i)
{
    return matrix_newest_row(R, outcome_trained(R.of, i), i - 1);
}

typedef double of_return(const struct metric_input *in, int visit, int before);

static double mean_over_returns(const struct metric_input *in, of_return *value)
{
    double sum = 0;
    int n = 0;

    for (int i = 1; i <= in->R.n_row; i++) {
        int before = row_before(in->R, i);

        if (before == 0)
            continue;
        sum += value(in, i, before);
        n++;
    }
    return sum / n;
}

static double lost_until(const struct metric_input *in, int visit, int before)
{
    int task = outcome_trained(in->outcome, visit);

    return matrix_at(in->R, before, task) - matrix_at(in->R, visit - 1, task);
}

double metric_return_forgetting(const struct metric_input *in)
{
    return mean_over_returns(in, lost_until);
}

/* Steps of the visit until the task is known as well as in row `before`, by all steps of
 * the visit. The row before the visit is step 0. */
static double share_until(const struct metric_input *in, int visit, int before)
{
    const struct evaluation_list *list = &in->outcome->tests.eval;
    int task = outcome_trained(in->outcome, visit);
    double known = matrix_at(in->R, before, task), begin = NAN, end = NAN, reached = NAN;

    for (int k = 0; k < list->n;) {
        const struct evaluation *e = &list->data[k];
        bool row = e->end && e->after_task == visit;

        if (e->task != task || (e->after_task != visit - 1 && !row) ||
            (isnan(begin) && !e->end)) {
            k++;
            continue;
        }
        end = (double)e->step;
        begin = isnan(begin) ? end : begin;
        if (evaluations_accuracy(list, &k) >= known && isnan(reached))
            reached = end;
    }
    return isnan(reached) ? 1 : (reached - begin) / (end - begin);
}

double metric_relearning(const struct metric_input *in)
{
    return mean_over_returns(in, share_until);
}
