/* What a file is that is no data set: told from its first bytes, so that an error can say
 * more than a number that is not the expected one. */
#ifndef TASKS_FORMATS_FOREIGN_H
#define TASKS_FORMATS_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

enum { FOREIGN_BYTES = 4 }; /* that are looked at */

/* "text, a page of a web server perhaps", "a zip archive; unpack it", ...; NULL = nothing
 * that is known, or fewer than FOREIGN_BYTES. */
const char *foreign_content(const uint8_t *start, size_t n);

#endif
