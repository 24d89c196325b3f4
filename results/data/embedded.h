/* Files that travel inside the program, as embed.cmake has put them there. */
#ifndef RESULTS_DATA_EMBEDDED_H
#define RESULTS_DATA_EMBEDDED_H

#include <stddef.h>

struct embedded {
    const char *name; /* "accuracy.gp", "narrow/vdv22-class.yaml"; NULL after the last */
    const unsigned char *text;
    size_t size;
};

extern const struct embedded embedded_scripts[];   /* gnuplot scripts of this folder */
extern const struct embedded embedded_protocols[]; /* suites of bench verify */
extern const struct embedded embedded_page[];      /* style and script of a report */

/* "git describe" of the sources when the program was built; "unknown" outside git. */
extern const char embedded_commit[];

#endif
