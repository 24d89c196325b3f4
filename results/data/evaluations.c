#include "results/data/evaluations.h"

#include <inttypes.h>
#include <string.h>

enum { NUMBERS = 7 }; /* of an evaluation */

void evaluations_write(const char *key, const struct evaluation_list *list,
                       const char *after, FILE *out)
{
    fprintf(out, " \"%s\": [", key);
    for (int i = 0; i < list->n; i++) {
        const struct evaluation *e = &list->data[i];

        fprintf(out, "%s\n  [%d, %" PRId64 ", %d, %d, %d, %d, %d]", i > 0 ? "," : "",
                e->after_task, e->step, e->end, e->task, e->draw, e->hits, e->total);
    }
    fprintf(out, "\n ]%s\n", after);
}

/* Evaluation i of a list, in the order of time. */
static bool take(const int64_t v[NUMBERS], const struct outcome *of,
                 struct evaluation *list, size_t i)
{
    const int64_t max[NUMBERS] = {
        outcome_rows(of), INT64_MAX, 1,        of->tests.n_task - 1,
        INT32_MAX,        INT32_MAX, INT32_MAX};

    for (int k = 0; k < NUMBERS; k++)
        if (v[k] < 0 || v[k] > max[k])
            return false;
    list[i] = (struct evaluation){
        .after_task = (int32_t)v[0],
        .step = v[1],
        .end = (int32_t)v[2],
        .task = (int32_t)v[3],
        .draw = (int32_t)v[4],
        .hits = (int32_t)v[5],
        .total = (int32_t)v[6],
    };
    return list[i].hits <= list[i].total && (i == 0 || list[i].step >= list[i - 1].step);
}

/* ---------------------------------------------------------------- JSON */

static bool from_json(const json_t *json, int64_t v[NUMBERS])
{
    bool good = json_array_size(json) == NUMBERS;

    for (size_t k = 0; k < NUMBERS && good; k++) {
        const json_t *number = json_array_get(json, k);

        v[k] = json_integer_value(number);
        good = json_is_integer(number);
    }
    return good;
}

enum status evaluations_read(const json_t *json, const char *key,
                             const struct outcome *of, const char *path,
                             struct arena *arena, struct evaluation_list *list,
                             struct error *err)
{
    size_t n = json_array_size(json);
    int64_t v[NUMBERS];

    if (!json_is_array(json) || n > INT32_MAX)
        return error_set(err, ERR_DAMAGED,
                         "%s is damaged: '%s' is not a list of evaluations", path, key);
    list->data = arena_take(arena, TAG_FIXED, n, sizeof *list->data);
    if (arena_check(arena, err) != OK)
        return err->status;
    for (size_t i = 0; i < n; i++)
        if (!from_json(json_array_get(json, i), v) || !take(v, of, list->data, i))
            return error_set(err, ERR_DAMAGED,
                             "%s is damaged: evaluation %zu is not valid", path, i + 1);
    list->n = (int)n;
    return OK;
}

/* ---------------------------------------------------------------- text */

static const char list_end[] = "\n ]\n}\n";
enum { LIST_END = sizeof list_end - 1 };

const char *evaluations_find(const char *text, size_t n, const char *key)
{
    char start[64];
    int length = snprintf(start, sizeof start, ",\n \"%s\": [", key);

    return n > LIST_END && memcmp(text + n - LIST_END, list_end, LIST_END) == 0
               ? memmem(text, n, start, (size_t)length)
               : NULL;
}

/* "\n  [1, 2, 3, 4, 5, 6, 7]"; NULL = it is something else. list_end follows somewhere, in
 * which nothing fits: no byte behind it is looked at. */
static const char *scan(const char *at, int64_t v[NUMBERS])
{
    const char *before = "\n  [";

    for (int k = 0; k < NUMBERS; k++, before = ", ") {
        const char *begun;

        if (strncmp(at, before, strlen(before)) != 0)
            return NULL;
        begun = at += strlen(before);
        for (v[k] = 0; *at >= '0' && *at <= '9' && at - begun < 18; at++)
            v[k] = 10 * v[k] + (*at - '0');
        if (at == begun || (*begun == '0' && at - begun > 1)) /* no JSON */
            return NULL;
    }
    return *at == ']' ? at + 1 : NULL;
}

static size_t count_lines(const char *at, const char *end)
{
    size_t n = 0;

    while ((at = memchr(at, '\n', (size_t)(end - at)))) {
        at++;
        n++;
    }
    return n;
}

bool evaluations_scan(const char *at, size_t n, const struct outcome *of,
                      struct arena *arena, struct evaluation_list *list)
{
    const char *end = at + n - LIST_END;
    size_t mark = arena_mark(arena), n_line, i;
    int64_t v[NUMBERS];

    at = (const char *)memchr(at, '[', n) + 1;
    n_line = count_lines(at, end);
    list->data = arena_take(arena, TAG_FIXED, n_line, sizeof *list->data);
    for (i = 0; list->data && i < n_line; i++) {
        at = scan(i > 0 ? at + 1 : at, v);
        if (!at || *at != (at == end ? '\n' : ',') || !take(v, of, list->data, i))
            break;
    }
    list->n = (int)n_line;
    if (i == n_line && at == end)
        return true;
    arena_release(arena, mark);
    *list = (struct evaluation_list){0};
    return false;
}
