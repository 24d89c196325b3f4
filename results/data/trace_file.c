#include "results/data/trace_file.h"

#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "results/data/csv.h"

const struct trace_file_row *trace_file_find(const struct trace_file *traced,
                                             const char *what, int at)
{
    for (int i = 0; i < traced->n; i++)
        if (traced->row[i].at == at && strcmp(traced->row[i].what, what) == 0)
            return &traced->row[i];
    return NULL;
}

static bool read_number(const char *text, double *value)
{
    char *end;

    *value = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*value);
}

/* A whole number from 0 to `most`. */
static bool read_whole(const char *text, double most, double *value)
{
    return read_number(text, value) && *value >= 0 && *value <= most &&
           *value == floor(*value);
}

/* The columns; older files end with the total, and some with the calibration error, which
 * is not a sum over rows and is not read. */
enum { TASK, WHAT, AT, LOSS, HITS, TOTAL, N_NEEDED, STEP = 7, N_FIELD };

/* A missing loss is an empty field. */
static bool read_row(char *const *field, int n, struct trace_file_row *row)
{
    double task, at, step = 0;

    if (n < N_NEEDED || strlen(field[WHAT]) >= sizeof row->what ||
        !read_whole(field[TASK], INT_MAX, &task) ||
        !read_whole(field[AT], INT_MAX, &at) ||
        !read_whole(field[HITS], 0x1p53, &row->hits) ||
        !read_whole(field[TOTAL], 0x1p53, &row->total) ||
        (n > STEP && !read_whole(field[STEP], 0x1p53, &step)))
        return false;
    strcpy(row->what, field[WHAT]);
    row->at = (int)at;
    row->step = (long long)step;
    row->loss = NAN;
    if (*field[LOSS] && !read_number(field[LOSS], &row->loss))
        return false;
    row->loss *= row->total; /* the file has the mean */
    return true;
}

static void add_row(struct trace_file *traced, const struct trace_file_row *row)
{
    if (traced->n > 0 && traced->row[0].step != row->step)
        traced->n = 0; /* a later evaluation */
    for (int i = 0; i < traced->n; i++) {
        struct trace_file_row *sum = &traced->row[i];

        if (sum->at != row->at || strcmp(sum->what, row->what) != 0)
            continue;
        sum->loss += row->loss;
        sum->hits += row->hits;
        sum->total += row->total;
        return;
    }
    traced->row[traced->n++] = *row;
}

static size_t count_lines(const char *text)
{
    size_t n = 1;

    for (; *text; text++)
        n += *text == '\n' || *text == '\r';
    return n;
}

enum status trace_file_parse(struct trace_file *traced, char *text, size_t n,
                             const char *path, struct arena *arena, struct error *err)
{
    char *field[N_FIELD];
    int number = 1, n_field;

    *traced = (struct trace_file){0};
    if (strlen(text) != n)
        return error_set(err, ERR_RESULT, "%s is damaged: it holds a byte 0", path);
    traced->row = arena_take(arena, TAG_STATE, count_lines(text), sizeof *traced->row);
    if (arena_check(arena, err) != OK)
        return err->status;
    csv_split(&text, field, N_FIELD); /* the heading */
    while ((n_field = csv_split(&text, field, N_FIELD)) > 0) {
        struct trace_file_row row = {.at = 0};

        number++;
        if (!read_row(field, n_field, &row))
            return error_set(err, ERR_RESULT, "%s:%d: this is not a line of a trace",
                             path, number);
        add_row(traced, &row);
    }
    return OK;
}

enum status trace_file_load(struct trace_file *traced, const char *path,
                            struct arena *arena, struct error *err)
{
    size_t n;
    char *text;

    *traced = (struct trace_file){0};
    if (file_read(path, arena, &text, &n, err) != OK)
        return err->status;
    return trace_file_parse(traced, text, n, path, arena, err);
}
