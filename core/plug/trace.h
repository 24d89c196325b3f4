/* What a learner reports of its inference beyond scores: figures by name and index
 * ("chain" after step 3), summed over labelled rows. */
#ifndef CORE_PLUG_TRACE_H
#define CORE_PLUG_TRACE_H

#include "core/plug/learner.h"

enum { TRACE_POINTS = 1024, TRACE_BINS = 15 };

struct trace_point {
    const char *what; /* a string literal of the learner */
    int index;        /* a step, a block */
    double loss;      /* sum over the rows; NAN = it has none */
    int64_t hits, total;
    int64_t graded;         /* rows whose class probabilities were recorded */
    double gap[TRACE_BINS]; /* of these, by confidence: sum of hit (0, 1) - confidence */
};

struct trace {
    struct trace_point
        point[TRACE_POINTS]; /* in the order in which they were first noted */
    int n;
};

/* Adds the figures of some rows to those of that name and index: their loss, and how many
 * of them have the highest score (n x m) among what competes at their own label. Points
 * beyond TRACE_POINTS are dropped. */
void trace_note(struct trace *trace, const char *what, int index, double loss,
                struct mat score, const struct batch *batch);

/* Adds how well class probabilities (n x m) fit, to the point of that name and index: the
 * confidence of a row is the highest among what competes at its label. */
void trace_grade(struct trace *trace, const char *what, int index, struct mat p,
                 const struct batch *batch);

/* Expected calibration error (Guo et al. 2017, arXiv:1706.04599, eq. 3), in 15 bins of
 * equal width: sum_b n_b / n |accuracy_b - confidence_b|. NAN = nothing was graded. */
double trace_calibration_error(const struct trace_point *point);

#endif
