/* What only some machines have. A suite that needs it says so in X_suite(), and adds no
 * tests where it is absent: its program then ends with 77, which ctest shows as skipped.
 *
 *     if (!needs_program("mpirun"))
 *         return suite; // before the first tcase_create, which would be a leak
 */
#ifndef TESTS_SUPPORT_NEEDS_H
#define TESTS_SUPPORT_NEEDS_H

#include <stdbool.h>

enum { SKIPPED = 77 };

/* there; where it is false, prints "skipped: " and the reason, one line. */
bool needs(bool there, const char *reason);

/* Can the program be started by this name? */
bool needs_program(const char *name);

/* Was the test built with an address sanitizer? It multiplies time, and needs more address
 * space and stack. */
bool is_sanitized(void);

/* Was anything absent? */
bool needs_failed(void);

#endif
