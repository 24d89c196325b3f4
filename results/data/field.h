/* Members of a struct as members of a JSON object: one table serves saving and loading.
 */
#ifndef RESULTS_DATA_FIELD_H
#define RESULTS_DATA_FIELD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/base/arena.h"

enum kind {
    KIND_TEXT,   /* char[size] */
    KIND_STRING, /* const char *, of at most `max` bytes; what is read stays the JSON's */
    KIND_INT,    /* int, not negative */
    KIND_COUNT,  /* int64_t, not negative; 0 says that it is not known, and is null */
    KIND_BYTES,  /* size_t */
    KIND_BOOL,   /* bool */
    KIND_NUMBER, /* double, not negative; one that is not finite is null */
    KIND_HASH,   /* uint64_t as 16 hex digits: JSON numbers would lose bits */
    KIND_CHOICE, /* an enum as the name in `choices` */
};

struct field {
    const char *key; /* NULL ends the table */
    enum kind kind;
    size_t offset, size;
    double max;                 /* of an int or number; 0 = any value */
    const char *const *choices; /* by value, NULL-ended */
    bool added_later;           /* older files lack it: the member stays as it is */
};

/* A row of the table; a maximum, choices or `added_later` may follow as `.max =`, ... */
#define FIELD(key_, kind_, type, member)                                                 \
    .key = key_, .kind = kind_, .offset = offsetof(type, member),                        \
    .size = sizeof(((type *)0)->member)

/* Writes the lines ` "key": value` with a comma after each but, where `last`, the last.
 * Bytes of a text that are not UTF-8 become '?'. */
void fields_write(const struct field *table, const void *from, bool last, FILE *out);

/* The same members from the lines that fields_write writes, without JSON, in a tenth of the
 * time; strings are taken from the arena. Returns where the next line begins. NULL = a line is
 * not as it would be written, or has no fit value, which fields_read can name. The lines end in
 * a newline before `end`. */
const char *fields_scan(const struct field *table, const char *at, const char *end,
                        struct arena *arena, void *into);

/* Reads every member; the first that is missing (and not `added_later`) or has no fit
 * value is returned, else NULL. */
const struct field *fields_read(const struct field *table, const json_t *root,
                                void *into);

#endif
