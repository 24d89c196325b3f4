/* Numbers below the normal range cost up to a hundred times an ordinary operation. */
#ifndef CORE_BASE_DENORMALS_H
#define CORE_BASE_DENORMALS_H

/* From here on, in this thread, they count as 0 in arguments and results. */
void denormals_flush(void);

#endif
