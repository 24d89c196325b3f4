/* Tables as comma-separated values: fields are quoted as in RFC 4180, lines end with LF;
 * lines that end with CRLF are read too. */
#ifndef RESULTS_DATA_CSV_H
#define RESULTS_DATA_CSV_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct csv {
    FILE *out;
    bool begun; /* a field of this row is written */
};

/* Each writes the next field of the row. */
void csv_text(struct csv *csv, const char *text); /* NULL = missing */
void csv_integer(struct csv *csv, int64_t value);
void csv_number(struct csv *csv,
                double value); /* shortest text that reads back to the same
                                  value; empty where it is not finite */
void csv_missing(struct csv *csv);
void csv_end(struct csv *csv); /* of the row */

/* Splits the row that *text begins with in place and moves *text behind it. Fills the
 * first `most` fields; how many the row has, 0 at the end of the text. */
int csv_split(char **text, char **field, int most);

#endif
