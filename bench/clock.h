#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

double clock_seconds(void); /* since some moment in the past; never goes back */

#endif
