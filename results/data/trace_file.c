#include "results/data/trace_file.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"

const struct trace_file_row *trace_file_find(const struct trace_file *traced,
                                             const char *what, int at)
{
    for (int i = 0; i < traced->n; i++)
        if (traced->row[i].at == at && strcmp(traced->row[i].what, what) == 0)
            return &traced->row[i];
    return NULL;
}

/* "task,what,at,loss,hits,total,calibration,step"; a missing loss is an empty field. The
 * calibration error is not a sum over rows and is not read. */
static bool read_row(const char *line, struct trace_file_row *row)
{
    int task, used = 0;
    char *end;

    if (sscanf(line, "%d,%31[^,\n],%d,%n", &task, row->what, &row->at, &used) != 3 ||
        used == 0)
        return false;
    line += used;
    row->loss = strtod(line, &end);
    if (end == line)
        row->loss = NAN;
    used = 0;
    if (sscanf(end, ",%lf,%lf%n", &row->hits, &row->total, &used) != 2)
        return false;
    end += used;
    if (*end == ',')
        end += 1 + strcspn(end + 1, ",\n");
    row->step = *end == ',' ? strtoll(end + 1, NULL, 10) : 0;
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
        n += *text == '\n';
    return n;
}

enum status trace_file_load(struct trace_file *traced, const char *path,
                            struct arena *arena, struct error *err)
{
    char *text, *line;
    int number = 1;

    *traced = (struct trace_file){0};
    if (file_read(path, arena, &text, NULL, err) != OK)
        return err->status;
    traced->row = arena_take(arena, TAG_STATE, count_lines(text), sizeof *traced->row);
    if (arena_check(arena, err) != OK)
        return err->status;
    for (line = strchr(text, '\n'); line && line[1]; line = strchr(line + 1, '\n')) {
        struct trace_file_row row = {.at = 0};

        number++;
        if (!read_row(line + 1, &row))
            return error_set(err, ERR_RESULT, "%s:%d: this is not a line of a trace",
                             path, number);
        add_row(traced, &row);
    }
    return OK;
}
