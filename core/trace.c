#include "core/trace.h"

#include <string.h>

#include "core/loss.h"

static struct trace_point *find(struct trace *trace, const char *what, int at)
{
    for (int i = 0; i < trace->n; i++)
        if (trace->point[i].at == at && strcmp(trace->point[i].what, what) == 0)
            return &trace->point[i];
    if (trace->n == TRACE_POINTS)
        return NULL;
    trace->point[trace->n] = (struct trace_point){.what = what, .at = at};
    return &trace->point[trace->n++];
}

static bool hit(const real *score, const uint8_t *on, int n, int y)
{
    for (int k = 0; k < n; k++)
        if (on[k] && (score[k] > score[y] || (score[k] == score[y] && k < y)))
            return false;
    return true;
}

void trace_note(struct trace *trace, const char *what, int at, double loss,
                struct mat score, const struct batch *batch)
{
    struct trace_point *point = find(trace, what, at);

    if (!point)
        return;
    point->loss += loss;
    point->total += score.rows;
    for (int i = 0; i < score.rows; i++)
        point->hits +=
            hit(mat_row(score, i), batch_competing(batch, i), score.cols, batch->y[i]);
}
