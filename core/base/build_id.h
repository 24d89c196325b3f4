/* The build id of the running program: the hash over its contents that the linker noted
 * in it. Two programs that differ anywhere have two; building the same thing again, or
 * moving it, gives the same. */
#ifndef CORE_BASE_BUILD_ID_H
#define CORE_BASE_BUILD_ID_H

enum { BUILD_ID_MOST = 32 }; /* bytes; SHA-1 has 20 */

/* In hex digits; "" where the linker noted none. */
void build_id(char out[2 * BUILD_ID_MOST + 1]);

#endif
