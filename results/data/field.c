#include "results/data/field.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static json_t *text_to_json(const char *text, size_t size)
{
    json_t *json = json_string(text);
    char *clean;

    if (json)
        return json;
    clean = malloc(size);
    if (!clean)
        return json_null();
    for (size_t i = 0; i < size; i++)
        clean[i] = (unsigned char)text[i] < 0x80 ? text[i] : '?';
    json = json_string(clean);
    free(clean);
    return json;
}

static json_t *string_to_json(const char *text)
{
    return text_to_json(text ? text : "", text ? strlen(text) + 1 : 1);
}

static json_t *hash_to_json(uint64_t hash)
{
    char text[17];

    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return json_string(text);
}

static json_t *to_json(const struct field *field, const void *at)
{
    switch (field->kind) {
    case KIND_TEXT:
        return text_to_json(at, field->size);
    case KIND_STRING:
        return string_to_json(*(const char *const *)at);
    case KIND_INT:
        return json_integer(*(const int *)at);
    case KIND_COUNT:
        return *(const int64_t *)at ? json_integer(*(const int64_t *)at) : json_null();
    case KIND_BYTES:
        return json_integer((json_int_t)(*(const size_t *)at));
    case KIND_BOOL:
        return json_boolean(*(const bool *)at);
    case KIND_NUMBER:
        return isfinite(*(const double *)at) ? json_real(*(const double *)at)
                                             : json_null();
    case KIND_HASH:
        return hash_to_json(*(const uint64_t *)at);
    case KIND_CHOICE:
        return json_string(field->choices[*(const int *)at]);
    }
    return NULL;
}

void fields_write(const struct field *table, const void *from, bool last, FILE *out)
{
    for (const struct field *field = table; field->key; field++) {
        json_t *value = to_json(field, (const char *)from + field->offset);

        fprintf(out, " \"%s\": ", field->key);
        json_dumpf(value, out, JSON_ENCODE_ANY | JSON_REAL_PRECISION(17));
        fprintf(out, last && !field[1].key ? "\n" : ",\n");
        json_decref(value);
    }
}

static bool read_text(const json_t *json, char *text, size_t size)
{
    if (!json_is_string(json) || json_string_length(json) >= size)
        return false;
    memcpy(text, json_string_value(json), json_string_length(json) + 1);
    return true;
}

static bool read_string(const json_t *json, const char **text, double max)
{
    *text = json_string_value(json);
    return *text && (double)json_string_length(json) <= max;
}

static bool set_int(int64_t number, int *value, double max)
{
    if (number < 0 || number > (max > 0 ? (int)max : INT_MAX))
        return false;
    *value = (int)number;
    return true;
}

static bool number_fits(double value, double max)
{
    return isnan(value) || (value >= 0 && (max <= 0 || value <= max));
}

static bool read_number(const json_t *json, double *value, double max)
{
    *value = json_is_null(json) ? NAN : json_number_value(json);
    return json_is_null(json) || (json_is_number(json) && number_fits(*value, max));
}

static bool set_hash(const char *text, uint64_t *value)
{
    if (!text || strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return false;
    *value = strtoull(text, NULL, 16);
    return true;
}

static bool set_choice(const char *text, int *value, const char *const *choices)
{
    for (int i = 0; text && choices[i]; i++) {
        if (strcmp(text, choices[i]) == 0) {
            *value = i;
            return true;
        }
    }
    return false;
}

static bool from_json(const struct field *field, const json_t *json, void *at)
{
    switch (field->kind) {
    case KIND_TEXT:
        return read_text(json, at, field->size);
    case KIND_STRING:
        return read_string(json, at, field->max);
    case KIND_INT:
        return json_is_integer(json) && set_int(json_integer_value(json), at, field->max);
    case KIND_COUNT:
        *(int64_t *)at = json_integer_value(json);
        return json_is_null(json) ||
               (json_is_integer(json) && json_integer_value(json) >= 0);
    case KIND_BYTES:
        *(size_t *)at = (size_t)json_integer_value(json);
        return json_is_integer(json) && json_integer_value(json) >= 0;
    case KIND_BOOL:
        *(bool *)at = json_is_true(json);
        return json_is_boolean(json);
    case KIND_NUMBER:
        return read_number(json, at, field->max);
    case KIND_HASH:
        return set_hash(json_string_value(json), at);
    case KIND_CHOICE:
        return set_choice(json_string_value(json), at, field->choices);
    }
    return false;
}

const struct field *fields_read(const struct field *table, const json_t *root, void *into)
{
    for (const struct field *field = table; field->key; field++) {
        const json_t *json = json_object_get(root, field->key);

        if (!json && field->added_later)
            continue;
        if (!json || !from_json(field, json, (char *)into + field->offset))
            return field;
    }
    return NULL;
}

/* ---------------------------------------------------------------- without JSON */

struct value { /* a part of a line; a comma follows */
    const char *at;
    size_t n;
};

static bool is_word(struct value value, const char *word)
{
    return value.n == strlen(word) && memcmp(value.at, word, value.n) == 0;
}

/* Texts with escapes or other than ASCII are left to JSON. */
static bool scan_text(struct value value, char *text, size_t size)
{
    if (value.n < 2 || value.n - 2 >= size || value.at[0] != '"' ||
        value.at[value.n - 1] != '"')
        return false;
    for (size_t i = 1; i < value.n - 1; i++) {
        unsigned char c = (unsigned char)value.at[i];

        if (c < ' ' || c > '~' || c == '"' || c == '\\')
            return false;
        text[i - 1] = (char)c;
    }
    text[value.n - 2] = '\0';
    return true;
}

static bool scan_string(struct value value, double max, struct arena *arena,
                        const char **text)
{
    char *copy = arena_take(arena, TAG_FIXED, value.n, 1);

    *text = copy;
    return copy && (double)value.n - 2 <= max && scan_text(value, copy, value.n);
}

static bool scan_integer(struct value value, int64_t *number)
{
    *number = 0;
    if (value.n == 0 || value.n > 18 || (value.n > 1 && value.at[0] == '0'))
        return false;
    for (size_t i = 0; i < value.n; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return false;
        *number = 10 * *number + (value.at[i] - '0');
    }
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* "null", or digits, a point and digits, and an exponent perhaps, as jansson writes it. */
static bool scan_number(struct value value, double max, double *number)
{
    size_t whole = 0;
    char *end;

    *number = NAN;
    if (is_word(value, "null"))
        return true;
    while (whole < value.n && is_digit(value.at[whole]))
        whole++;
    if (whole == 0 || (whole > 1 && value.at[0] == '0') || whole + 2 > value.n ||
        value.at[whole] != '.' || !is_digit(value.at[whole + 1]))
        return false;
    *number = strtod(value.at, &end);
    return end == value.at + value.n && isfinite(*number) && number_fits(*number, max);
}

static bool scan_value(const struct field *field, struct value value, struct arena *arena,
                       void *at)
{
    char word[64];
    int64_t count;

    switch (field->kind) {
    case KIND_TEXT:
        return scan_text(value, at, field->size);
    case KIND_STRING:
        return scan_string(value, field->max, arena, at);
    case KIND_INT:
        return scan_integer(value, &count) && set_int(count, at, field->max);
    case KIND_COUNT:
        return scan_integer(value, at);
    case KIND_BYTES:
        *(size_t *)at = scan_integer(value, &count) ? (size_t)count : SIZE_MAX;
        return *(size_t *)at != SIZE_MAX;
    case KIND_BOOL:
        *(bool *)at = is_word(value, "true");
        return *(bool *)at || is_word(value, "false");
    case KIND_NUMBER:
        return scan_number(value, field->max, at);
    case KIND_HASH:
        return scan_text(value, word, sizeof word) && set_hash(word, at);
    case KIND_CHOICE:
        return scan_text(value, word, sizeof word) &&
               set_choice(word, at, field->choices);
    }
    return false;
}

/* What stands behind ` "key": ` in a line; without `at`, another key does. */
static struct value value_of(const char *line, const char *end, const char *key)
{
    size_t n = strlen(key), before = n + 5;
    struct value value = {line + before, (size_t)(end - line) - before};

    if ((size_t)(end - line) < before || memcmp(line, " \"", 2) != 0 ||
        memcmp(line + 2, key, n) != 0 || memcmp(line + 2 + n, "\": ", 3) != 0)
        value.at = NULL;
    return value;
}

const char *fields_scan(const struct field *table, const char *at, const char *end,
                        struct arena *arena, void *into)
{
    for (const struct field *field = table; field->key; field++) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        struct value value;

        if (!next || next == at || next[-1] != ',')
            return NULL;
        value = value_of(at, next - 1, field->key);
        if (!value.at || !scan_value(field, value, arena, (char *)into + field->offset))
            return NULL;
        at = next + 1;
    }
    return at;
}
