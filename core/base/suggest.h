/* "did you mean": the nearest word of a list, by edit distance, or the one that goes by
 * another name in other programs ("learning_rate": lr). */
#ifndef CORE_BASE_SUGGEST_H
#define CORE_BASE_SUGGEST_H

#include <stddef.h>

/* The nearest of n words, or NULL when none is near enough to be a typing error or
 * a habit. */
const char *suggest(const char *word, const char *const *words, size_t n);

enum { SUGGEST_TEXT = 256 };

/* The end of a message: "; did you mean 'near'?", written to out; where near is NULL,
 * `otherwise` in its place. */
const char *suggest_text(const char *near, const char *otherwise, char out[SUGGEST_TEXT]);

#endif
