/* The noise schedule of NoProp in discrete time (Li, Teh & Pascanu 2025, section 2.2, eq.
 * 6-7, notation of the paper): time runs from noise to label, abar_0 near 0, abar_T
 * near 1.
 *
 * abar_t = f(1 - t/T) / f(0), f(u) = cos^2((u + 0.008) / 1.008 pi/2) (Nichol & Dhariwal
 * 2021, reversed), clipped to [clip, 1 - clip]. The paper says "cosine" and no more;
 * abar_0 > 0 and abar_T < 1 must hold for its weights to be finite. */
#ifndef NOPROP_SCHEDULE_H
#define NOPROP_SCHEDULE_H

#include "core/nn/mat.h"

struct schedule {
    int T;
    double *abar; /* T + 1 */
};

/* One denoising step, eq. 3: z_t = a uhat_t + b z_{t-1} + sqrt(c) eps. */
struct transition {
    double a, b, c;
};

void schedule_cosine(struct schedule *schedule, int T, double clip, struct arena *arena);

double schedule_snr(const struct schedule *schedule, int t); /* abar_t / (1 - abar_t) */

/* From a time with abar `before` to one with abar `now`, later. */
struct transition schedule_between(double before, double now);

/* z = a uhat + b z + eps */
void schedule_move(struct transition step, struct mat z, struct mat uhat, struct mat eps);

/* t = 1..T */
struct transition schedule_transition(const struct schedule *schedule, int t);

/* (T / 2) eta (SNR(t) - SNR(t-1)): the factor of block t's squared error in eq. 8, where
 * the expectation over t is a sum over the T blocks, each trained in every batch. */
double schedule_weight(const struct schedule *schedule, int t, double eta);

#endif
