#include "bench/suite/diagnostics.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include "results/data/escape.h"

enum { LINE_MAX_SHOWN = 400 }; /* bytes; a longer line is not shown */

enum status diagnostic_at(struct error *err, struct place at, const char *format, ...)
{
    char text[sizeof err->text];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return error_at(err, ERR_SUITE, at.file, at.line, at.column, "%s", text);
}

/* The given line without its end; false where there is none or it is too long to show. */
static bool read_line(const char *path, int line, char *text)
{
    FILE *in = fopen(path, "re");
    bool found = false;

    if (!in)
        return false;
    while (line > 0 && fgets(text, LINE_MAX_SHOWN, in)) {
        bool whole = strchr(text, '\n') || feof(in);

        found = line == 1 && whole;
        line -= whole || line == 1;
    }
    fclose(in);
    text[strcspn(text, "\r\n")] = '\0';
    return found;
}

static bool starts_character(unsigned char c)
{
    return (c & 0xc0) != 0x80; /* UTF-8: the other bytes of a character are 10xxxxxx */
}

/* The line, and below it a caret in the right column whatever the width of a tab. */
static void print_excerpt(const char *text, int column, FILE *out)
{
    int at = 0;

    fputs("    ", out);
    escape_terminal(text, out);
    fputs("\n    ", out);
    for (const char *c = text; *c; c++) {
        at += starts_character((unsigned char)*c);
        if (at >= column)
            break;
        if (starts_character((unsigned char)*c))
            fputc(*c == '\t' ? '\t' : ' ', out);
    }
    fputs("^\n", out);
}

void diagnostic_print(const struct error *err, FILE *out)
{
    char text[LINE_MAX_SHOWN];

    escape_terminal(err->file[0] ? err->file : "bench", out);
    if (err->line > 0)
        fprintf(out, ":%d", err->line);
    if (err->line > 0 && err->column > 0)
        fprintf(out, ":%d", err->column);
    fputs(": ", out);
    escape_terminal(err->text, out);
    putc('\n', out);
    if (err->column > 0 && read_line(err->file, err->line, text))
        print_excerpt(text, err->column, out);
}
