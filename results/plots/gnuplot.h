/* Runs gnuplot, without a shell. */
#ifndef RESULTS_PLOTS_GNUPLOT_H
#define RESULTS_PLOTS_GNUPLOT_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

#include "core/base/error.h"

struct gnuplot { /* a process that runs */
    pid_t pid;
    FILE *messages;
};

/* argument: what follows "gnuplot", NULL-ended. Where gnuplot is not installed, *missing
 * is set and the call is OK; nothing runs then, nor after an error. */
enum status gnuplot_start(struct gnuplot *gnuplot, const char *const *argument,
                          bool *missing, struct error *err);

/* Waits for its end. ERR_IO with the messages of gnuplot, or the signal that killed it. */
enum status gnuplot_finish(struct gnuplot *gnuplot, struct error *err);

#endif
