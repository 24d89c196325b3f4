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
        return json_integer(*(const int64_t *)at);
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

static bool read_int(const json_t *json, int *value, double max)
{
    json_int_t number = json_integer_value(json);

    if (!json_is_integer(json) || number < 0 || number > (max > 0 ? (int)max : INT_MAX))
        return false;
    *value = (int)number;
    return true;
}

static bool read_number(const json_t *json, double *value, double max)
{
    *value = json_is_null(json) ? NAN : json_number_value(json);
    return json_is_null(json) ||
           (json_is_number(json) && *value >= 0 && (max <= 0 || *value <= max));
}

static bool read_hash(const json_t *json, uint64_t *value)
{
    const char *text = json_string_value(json);

    if (!text || strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return false;
    *value = strtoull(text, NULL, 16);
    return true;
}

static bool read_choice(const json_t *json, int *value, const char *const *choices)
{
    const char *text = json_string_value(json);

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
        return read_int(json, at, field->max);
    case KIND_COUNT:
        *(int64_t *)at = json_integer_value(json);
        return json_is_integer(json) && json_integer_value(json) >= 0;
    case KIND_BYTES:
        *(size_t *)at = (size_t)json_integer_value(json);
        return json_is_integer(json) && json_integer_value(json) >= 0;
    case KIND_BOOL:
        *(bool *)at = json_is_true(json);
        return json_is_boolean(json);
    case KIND_NUMBER:
        return read_number(json, at, field->max);
    case KIND_HASH:
        return read_hash(json, at);
    case KIND_CHOICE:
        return read_choice(json, at, field->choices);
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
