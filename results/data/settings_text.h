/* The settings of a cell as settings.txt has them: a line "key: value" for each. */
#ifndef RESULTS_DATA_SETTINGS_TEXT_H
#define RESULTS_DATA_SETTINGS_TEXT_H

#include <stdbool.h>

/* The line after this one; the end of the text after the last. */
const char *settings_next_line(const char *line);

/* Is the key of this line the n bytes at `key`? */
bool settings_has_key(const char *line, const char *key, int n);

/* Where the value of that key begins, which ends with its line; NULL: there is none. */
const char *settings_value(const char *settings, const char *key, int n);

#endif
