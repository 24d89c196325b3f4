/* The gnuplot scripts of this folder, as embed.cmake has put them into the program. */
#ifndef RESULTS_EMBEDDED_H
#define RESULTS_EMBEDDED_H

#include <stddef.h>

struct embedded {
    const char *name; /* "accuracy.gp"; NULL after the last */
    const unsigned char *text;
    size_t size;
};

extern const struct embedded embedded_scripts[];

/* "git describe" of the sources when the program was built; "unknown" outside git. */
extern const char embedded_commit[];

#endif
