#include "core/plug/trace.h"

#include <math.h>
#include <string.h>

#include "core/nn/loss.h"

static struct trace_point *find(struct trace *trace, const char *what, int index)
{
    for (int i = 0; i < trace->n; i++)
        if (trace->point[i].index == index && strcmp(trace->point[i].what, what) == 0)
            return &trace->point[i];
    if (trace->n == TRACE_POINTS)
        return NULL;
    trace->point[trace->n] = (struct trace_point){.what = what, .index = index};
    return &trace->point[trace->n++];
}

static bool hit(const real *score, const uint8_t *on, int n, int y)
{
    for (int k = 0; k < n; k++)
        if (on[k] && (score[k] > score[y] || (score[k] == score[y] && k < y)))
            return false;
    return true;
}

void trace_note(struct trace *trace, const char *what, int index, double loss,
                struct mat score, const struct batch *batch)
{
    struct trace_point *point = find(trace, what, index);

    if (!point)
        return;
    point->loss += loss;
    point->total += score.rows;
    for (int i = 0; i < score.rows; i++)
        point->hits +=
            hit(mat_row(score, i), batch_competing(batch, i), score.cols, batch->y[i]);
}

static double confidence(const real *p, const uint8_t *on, int n)
{
    double most = 0;

    for (int k = 0; k < n; k++)
        if (on[k] && (double)p[k] > most)
            most = (double)p[k];
    return most;
}

/* Bin b holds (b / 15, (b + 1) / 15]. */
static int bin_of(double confidence)
{
    int b = (int)ceil(confidence * TRACE_BINS) - 1;

    return b < 0 ? 0 : b < TRACE_BINS ? b : TRACE_BINS - 1;
}

void trace_grade(struct trace *trace, const char *what, int index, struct mat p,
                 const struct batch *batch)
{
    struct trace_point *point = find(trace, what, index);

    if (!point)
        return;
    point->graded += p.rows;
    for (int i = 0; i < p.rows; i++) {
        const uint8_t *on = batch_competing(batch, i);
        double sure = confidence(mat_row(p, i), on, p.cols);

        point->gap[bin_of(sure)] += hit(mat_row(p, i), on, p.cols, batch->y[i]) - sure;
    }
}

double trace_calibration_error(const struct trace_point *point)
{
    double sum = 0;

    for (int b = 0; b < TRACE_BINS; b++)
        sum += fabs(point->gap[b]);
    return point->graded ? sum / (double)point->graded : (double)NAN;
}
