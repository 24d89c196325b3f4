#include "core/base/param.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/suggest.h"

struct unit {
    const char *name;
    double factor;
};

/* From the largest down: a value is printed in the first that divides it, or in the one
 * with factor 1. */
static const struct unit byte_units[] = {
    {"TiB", 0x1p40}, {"TB", 1e12},    {"GiB", 0x1p30}, {"GB", 1e9}, {"MiB", 0x1p20},
    {"MB", 1e6},     {"KiB", 0x1p10}, {"KB", 1e3},     {"B", 1},    {NULL, 0},
};
static const struct unit time_units[] = {
    {"h", 3600}, {"min", 60}, {"s", 1}, {"ms", 1e-3}, {NULL, 0},
};
static const struct unit step_units[] = {{"steps", 1}, {"step", 1}, {NULL, 0}};

static const char *const truths[] = {"yes", "true", "on", NULL};
static const char *const falsehoods[] = {"no", "false", "off", NULL};

const struct param *param_find(const struct param *table, const char *name)
{
    for (const struct param *row = table; row && row->name; row++)
        if (strcmp(row->name, name) == 0 || (row->alias && strcmp(row->alias, name) == 0))
            return row;
    return NULL;
}

const char *param_suggest(const struct param *table, const char *name)
{
    const char *nearest = NULL;

    for (const struct param *row = table; row && row->name; row++) {
        const char *pair[] = {nearest, row->name};

        nearest = nearest ? suggest(name, pair, 2) : suggest(name, &row->name, 1);
    }
    return nearest;
}

static int word_index(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (strcasecmp(words[i], word) == 0)
            return i;
    return -1;
}

/* A whole number or decimal number, nothing before or after it. */
static bool read_number(const char *text, double *value)
{
    char *end;

    errno = 0;
    *value = strtod(text, &end);
    return end != text && *end == '\0' && errno == 0 && isfinite(*value);
}

static bool read_with_unit(const char *text, const struct unit *units, double *value)
{
    char *end;

    errno = 0;
    *value = strtod(text, &end);
    if (end == text || errno != 0 || !isfinite(*value))
        return false;
    end += strspn(end, " ");
    for (const struct unit *u = units; u->name; u++) {
        if (strcmp(u->name, end) == 0) {
            *value *= u->factor;
            return true;
        }
    }
    return *value == 0 && *end == '\0'; /* 0 needs no unit */
}

static bool parse(const struct param *row, const char *text, double *value)
{
    switch (row->type) {
    case PARAM_INT:
        return read_number(text, value) && *value == floor(*value) &&
               fabs(*value) <= INT_MAX;
    case PARAM_NUMBER:
        return read_number(text, value);
    case PARAM_BOOL:
        *value = word_index(truths, text) >= 0;
        return *value != 0 || word_index(falsehoods, text) >= 0;
    case PARAM_CHOICE:
        *value = word_index(row->choices, text);
        return *value >= 0;
    case PARAM_BYTES:
        return read_with_unit(text, byte_units, value) && *value >= 0 && *value < 0x1p62;
    case PARAM_TIME:
        return read_with_unit(text, time_units, value) && *value >= 0;
    case PARAM_STEPS:
        *value = 0;
        return strcmp(text, "task") == 0 ||
               (read_with_unit(text, step_units, value) && *value >= 1 &&
                *value == floor(*value) && *value <= INT_MAX);
    case PARAM_TEXT:
        return strlen(text) < PARAM_TEXT_MAX;
    }
    return false;
}

static void store(const struct param *row, void *into, double value, const char *text)
{
    void *at = (char *)into + row->offset;

    switch (row->type) {
    case PARAM_INT:
    case PARAM_CHOICE:
    case PARAM_STEPS:
        *(int *)at = (int)value;
        break;
    case PARAM_NUMBER:
    case PARAM_TIME:
        *(double *)at = value;
        break;
    case PARAM_BOOL:
        *(bool *)at = value != 0;
        break;
    case PARAM_BYTES:
        *(size_t *)at = (size_t)value;
        break;
    case PARAM_TEXT:
        strcpy(at, text);
        break;
    }
}

enum status param_set(const struct param *row, void *into, const char *text,
                      struct error *err)
{
    bool bounded = row->min != 0 || row->max != 0;
    double value = 0;
    char range[256], hint[SUGGEST_TEXT];
    size_t n = 0;

    if (parse(row, text, &value) &&
        (!bounded || (value >= row->min && value <= row->max) ||
         strcmp(text, row->default_text) == 0)) {
        store(row, into, value, text);
        return OK;
    }
    param_range(row, range, sizeof range);
    while (row->type == PARAM_CHOICE && row->choices[n])
        n++;
    return error_set(err, ERR_USAGE, "'%s' is not a value of '%s' (%s)%s", text,
                     row->name, range,
                     suggest_text(suggest(text, row->choices, n), "", hint));
}

void param_defaults(const struct param *table, void *into)
{
    struct error err = {0};

    for (const struct param *row = table; row && row->name; row++) {
        enum status status = param_set(row, into, row->default_text, &err);

        assert(status == OK);
        (void)status;
    }
}

/* With the fewest digits that read back as the same number; 90, not 9e+01. */
static void print_number(double value, char *out, size_t n)
{
    if (value == floor(value) && fabs(value) < 1e15) {
        snprintf(out, n, "%.0f", value);
        return;
    }
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(out, n, "%.*g", digits, value);
        if (strtod(out, NULL) == value)
            return;
    }
}

static void print_with_unit(const struct unit *units, double value, char *out, size_t n)
{
    const struct unit *u = units;
    char number[32];

    while (u->factor > 1 && (value < u->factor || fmod(value, u->factor) != 0))
        u++;
    print_number(value / u->factor, number, sizeof number);
    snprintf(out, n, "%s %s", number, u->name);
}

void param_print(const struct param *row, const void *from, char *out, size_t n)
{
    const void *at = (const char *)from + row->offset;

    switch (row->type) {
    case PARAM_INT:
        snprintf(out, n, "%d", *(const int *)at);
        break;
    case PARAM_CHOICE:
        snprintf(out, n, "%s", row->choices[*(const int *)at]);
        break;
    case PARAM_STEPS:
        if (*(const int *)at == 0)
            snprintf(out, n, "task");
        else
            snprintf(out, n, "%d steps", *(const int *)at);
        break;
    case PARAM_NUMBER:
        print_number(*(const double *)at, out, n);
        break;
    case PARAM_TIME:
        print_with_unit(time_units, *(const double *)at, out, n);
        break;
    case PARAM_BOOL:
        snprintf(out, n, "%s", *(const bool *)at ? "yes" : "no");
        break;
    case PARAM_BYTES:
        print_with_unit(byte_units, (double)*(const size_t *)at, out, n);
        break;
    case PARAM_TEXT:
        snprintf(out, n, "%s", (const char *)at);
        break;
    }
}

enum status param_canonical(const struct param *row, const char *text, char *out,
                            size_t n, struct error *err)
{
    struct param alone = *row;
    union {
        int whole;
        double number;
        size_t bytes;
        bool truth;
        char text[PARAM_TEXT_MAX];
    } value;

    alone.offset = 0;
    if (param_set(&alone, &value, text, err) == OK)
        param_print(&alone, &value, out, n);
    return err->status;
}

bool param_is_default(const struct param *row, const void *from)
{
    char value[PARAM_PRINT_MAX], default_text[PARAM_PRINT_MAX];
    struct error err = {0};

    param_canonical(row, row->default_text, default_text, sizeof default_text, &err);
    assert(err.status == OK);
    param_print(row, from, value, sizeof value);
    return strcmp(value, default_text) == 0;
}

static void print_choices(const struct param *row, char *out, size_t n)
{
    size_t used = (size_t)snprintf(out, n, "one of");

    for (int i = 0; row->choices[i] && used < n; i++)
        used += (size_t)snprintf(out + used, n - used, "%s %s", i ? "," : "",
                                 row->choices[i]);
}

void param_range(const struct param *row, char *out, size_t n)
{
    static const char *const type[] = {
        [PARAM_INT] = "whole number",
        [PARAM_NUMBER] = "number",
        [PARAM_BOOL] = "yes or no",
        [PARAM_TEXT] = "text",
        [PARAM_BYTES] = "bytes with a unit, such as 500 MB or 4 GiB",
        [PARAM_TIME] = "time with a unit, such as 60 s, 30 min or 2 h",
        [PARAM_STEPS] = "'task', or steps such as 50 steps",
    };
    char low[32], high[32];

    if (row->type == PARAM_CHOICE) {
        print_choices(row, out, n);
        return;
    }
    if (row->min == 0 && row->max == 0) {
        snprintf(out, n, "%s", type[row->type]);
        return;
    }
    print_number(row->min, low, sizeof low);
    print_number(row->max, high, sizeof high);
    snprintf(out, n, "%s from %s to %s", type[row->type], low, high);
}
