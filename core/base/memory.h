/* What the program does where the machine has no memory for what it cannot go on without:
 * settings, texts, tables, result files. Each process of the program says it once; a
 * library's caller, such as a test, need not. What a cell trains with is another matter:
 * there it is an error like others (arena_open), and the cell's outcome. */
#ifndef CORE_BASE_MEMORY_H
#define CORE_BASE_MEMORY_H

#include <stddef.h>

#include "core/base/error.h"

/* end must not return; NULL, as it is at first, leaves it to whoever asked for memory. */
void memory_when_exhausted(void (*end)(const struct error *err));
void memory_exhausted(const struct error *err);

/* malloc, or the end of the process. For libraries that let their caller choose; they
 * take a want of memory for damaged data, or write less. */
void *memory_required(size_t n);

#endif
