#include "core/base/error.h"

#include <stdarg.h>
#include <stdio.h>

/* What a file or a path brings into a text must not break its line, nor tell a terminal
 * what to do. */
static void keep_one_line(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            *text = '?';
}

static enum status fill(struct error *err, enum status status, const char *file, int line,
                        int column, const char *format, va_list args)
{
    if (err->status != OK)
        return err->status;
    err->status = status;
    snprintf(err->file, sizeof err->file, "%s", file);
    err->line = line;
    err->column = column;
    vsnprintf(err->text, sizeof err->text, format, args);
    keep_one_line(err->text);
    return status;
}

enum status error_set(struct error *err, enum status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    status = fill(err, status, "", 0, 0, format, args);
    va_end(args);
    return status;
}

enum status error_at(struct error *err, enum status status, const char *file, int line,
                     int column, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    status = fill(err, status, file, line, column, format, args);
    va_end(args);
    return status;
}

enum status error_no_memory(struct error *err)
{
    return error_set(err, ERR_MEMORY, "the machine has no memory left");
}
