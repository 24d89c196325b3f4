/* Whether a picture is whole. A full disk cuts it short, and gnuplot does not notice. */
#ifndef RESULTS_PLOTS_PICTURE_H
#define RESULTS_PLOTS_PICTURE_H

#include <stdbool.h>

/* format: "svg" or "png". Looks at the end of the file only; false where it cannot be
 * read. */
bool picture_whole(const char *path, const char *format);

#endif
