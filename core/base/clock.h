#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

double clock_seconds(void); /* since some moment in the past; never goes back */

double clock_cpu_seconds(void); /* that this process has used, with all its threads */

#endif
