/* Runs gnuplot, without a shell. */
#ifndef RESULTS_PLOTS_GNUPLOT_H
#define RESULTS_PLOTS_GNUPLOT_H

#include <stdbool.h>

#include "core/base/error.h"

/* argument: what follows "gnuplot", NULL-ended. Where gnuplot is not installed, *missing
 * is set and the call is OK. ERR_IO with the messages of gnuplot, or the signal that
 * killed it. */
enum status gnuplot_run(const char *const *argument, bool *missing, struct error *err);

#endif
