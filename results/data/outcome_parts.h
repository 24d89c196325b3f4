/* What writing (outcome.c) and reading (outcome_read.c) a status.json share. */
#ifndef RESULTS_DATA_OUTCOME_PARTS_H
#define RESULTS_DATA_OUTCOME_PARTS_H

#include "results/data/field.h"
#include "results/data/outcome.h"

enum { OUTCOME_FORMAT = 1 }; /* a file of another one is refused */

#define OUTCOME_FORMAT_LINE "{\n \"format\": %d,\n"

/* How the line begins that has the digest, before 16 hex digits. */
#define OUTCOME_DIGEST " \"digest\": \""

/* The members that every file has, in their order. */
extern const struct field outcome_fields[];

/* Of the whole text but the line with the digest. */
uint64_t outcome_digest(const char *text, size_t n, const char *line);

#endif
