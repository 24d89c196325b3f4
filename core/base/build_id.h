/* The build id of the running program: a hash over its contents that the linker stores in
 * it. Programs that differ anywhere have different ids; building the same sources again,
 * or moving the program, gives the same one. */
#ifndef CORE_BASE_BUILD_ID_H
#define CORE_BASE_BUILD_ID_H

enum { BUILD_ID_MOST = 32 }; /* bytes; SHA-1 has 20 */

/* In hex digits; "" where the linker stored none. */
void build_id(char out[2 * BUILD_ID_MOST + 1]);

#endif
