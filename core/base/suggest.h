/* "did you mean": the nearest word of a list, by edit distance, or the one that other
 * programs call so ("learning_rate": lr). */
#ifndef CORE_BASE_SUGGEST_H
#define CORE_BASE_SUGGEST_H

#include <stddef.h>

/* The nearest of n words, or NULL when none is near enough to be a slip of the finger or
 * of habit. */
const char *suggest(const char *word, const char *const *words, size_t n);

#endif
