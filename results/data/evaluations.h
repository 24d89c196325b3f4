/* The lists of evaluations in a status.json. They are most of the file, and of the time that
 * it takes to read it. */
#ifndef RESULTS_DATA_EVALUATIONS_H
#define RESULTS_DATA_EVALUATIONS_H

#include <jansson.h>
#include <stdio.h>

#include "results/data/outcome.h"

/* Writes ` "key": [...]`, with a line for each evaluation, and `after`. */
void evaluations_write(const char *key, const struct evaluation_list *list,
                       const char *after, FILE *out);

/* A list from JSON (NULL: missing) of a cell whose tasks and visits are known.
 * ERR_DAMAGED: `path` and what is not valid. */
enum status evaluations_read(const json_t *json, const char *key,
                             const struct outcome *of, const char *path,
                             struct arena *arena, struct evaluation_list *list,
                             struct error *err);

/* Where the list of that key begins, as the last member of a text, with the comma before it;
 * NULL = it does not, or is not written as evaluations_write does. */
const char *evaluations_find(const char *text, size_t n, const char *key);

/* The list that was found there, n bytes to the end of the text: what evaluations_read makes of
 * it, in a tenth of the time. false = it is not as evaluations_write writes it, or not
 * valid. */
bool evaluations_scan(const char *at, size_t n, const struct outcome *of,
                      struct arena *arena, struct evaluation_list *list);

#endif
