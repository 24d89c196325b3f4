/* The probe: how well classes can be told apart by the last hidden features alone, by the
 * nearest of the class means (Mensink, Verbeek, Perronnin & Csurka 2013; Rebuffi et al.
 * 2017, iCaRL). What the accuracy loses and the probe keeps was forgotten by the head,
 * what both lose by the trunk.
 *
 * It is a diagnostic, not a method: after each task the means are computed anew over all
 * training images of all tasks met so far, which no learner in a stream may look at
 * again. It sees no test label, has random numbers of its own, and its memory is not the
 * learner's: it comes from the data arena. */
#ifndef BENCH_RUN_PROBE_H
#define BENCH_RUN_PROBE_H

#include "bench/run/run_state.h"

/* Takes its memory. Nothing happens where the suite asks for no probe, or the learner has
 * no features; run_probe does nothing either then. */
enum status run_open_probe(struct run *run, struct error *err);

/* Appends the tasks met so far to results.probed, for each of the cells that share the
 * training. */
enum status run_probe(struct run *run, int after_task, struct error *err);

#endif
