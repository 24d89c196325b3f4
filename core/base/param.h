/* A setting as a row of a table: name, type, default, range and help in one place.
 *
 * The table of a plug (or of a section of a suite file) ends with a row whose name is
 * NULL. Each row says where in a struct its value lives, so one parser, one printer and
 * one help page serve every learner, stream, strategy and section. A nested mapping in a
 * suite file (`buffer: {per_class: 100}`) sets the row with the dotted name
 * ("buffer.per_class"). */
#ifndef CORE_BASE_PARAM_H
#define CORE_BASE_PARAM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/error.h"

enum param_type {
    PARAM_INT,    /* int */
    PARAM_NUMBER, /* double */
    PARAM_BOOL,   /* bool: yes/no, true/false */
    PARAM_CHOICE, /* int: position in `choices` */
    PARAM_TEXT,   /* char[PARAM_TEXT_MAX] */
    PARAM_BYTES,  /* size_t: "4 GiB", "500 MB" */
    PARAM_TIME,   /* double, seconds: "60 s", "30 min", "2 h" */
    PARAM_STEPS,  /* int: "50 steps" -> 50, "task" -> 0 */
};

enum { PARAM_TEXT_MAX = 512, PARAM_PRINT_MAX = PARAM_TEXT_MAX + 64 }; /* bytes */

struct param {
    const char *name;
    enum param_type type;
    size_t offset;              /* of the value in the struct */
    const char *default_text;   /* the default, as written in a suite file */
    double min, max;            /* inclusive; both 0 = any value. The default may lie
                                   outside, to mean that nothing is given */
    const char *const *choices; /* PARAM_CHOICE: NULL-ended */
    const char *help;           /* one line */
    bool added_later; /* added when results already existed: at its default it is left out
                   of fingerprints (bench/plan/fingerprint.h), so that theirs stay */
    const char *alias; /* another name that is read; NULL = none */
    const char
        *formerly; /* the name before: fingerprints keep it, suites that have it are
                             told the new one; NULL = none */
};

/* Whether the value is the default. */
bool param_is_default(const struct param *row, const void *from);

/* The row of that name, or alias. */
const struct param *param_find(const struct param *table, const char *name);

/* The nearest name in the table, or NULL. */
const char *param_suggest(const struct param *table, const char *name);

/* Fills the whole struct with the defaults. */
void param_defaults(const struct param *table, void *into);

/* Reads one value. The error's text names the row, what was wrong and what is allowed. */
enum status param_set(const struct param *row, void *into, const char *text,
                      struct error *err);

/* Writes one value as a suite file would have it; param_set reads it back to the same. */
void param_print(const struct param *row, const void *from, char *out, size_t n);

/* Writes what param_print makes of a text: 1e-3 becomes 0.001. Fails as param_set does.
 */
enum status param_canonical(const struct param *row, const char *text, char *out,
                            size_t n, struct error *err);

/* "int, 1 to 64", "one of sgd, adam": for help pages and errors. */
void param_range(const struct param *row, char *out, size_t n);

#endif
