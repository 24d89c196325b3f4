#include "results/data/csv.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void separate(struct csv *csv)
{
    if (csv->begun)
        putc(',', csv->out);
    csv->begun = true;
}

void csv_text(struct csv *csv, const char *text)
{
    separate(csv);
    if (!text)
        return;
    if (!strpbrk(text, ",\"\r\n")) {
        fputs(text, csv->out);
        return;
    }
    putc('"', csv->out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', csv->out);
        putc(*text, csv->out);
    }
    putc('"', csv->out);
}

void csv_integer(struct csv *csv, int64_t value)
{
    separate(csv);
    fprintf(csv->out, "%" PRId64, value);
}

void csv_number(struct csv *csv, double value)
{
    char text[32];

    separate(csv);
    if (!isfinite(value))
        return;
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fputs(text, csv->out);
}

void csv_missing(struct csv *csv)
{
    separate(csv);
}

void csv_end(struct csv *csv)
{
    putc('\n', csv->out);
    csv->begun = false;
}

/* The field that the text begins with, without its quotes; *end is the character that
 * ended it. */
static char *split_field(char **text, char *end)
{
    char *from = *text, *field = from, *to = from;
    bool quoted = *from == '"';

    from += quoted;
    for (; *from && (quoted || !strchr(",\r\n", *from)); from++) {
        if (quoted && *from == '"' && *++from != '"')
            quoted = false;
        if (!quoted && strchr(",\r\n", *from)) /* the end of the text too */
            break;
        *to++ = *from;
    }
    from += from[0] == '\r' && from[1] == '\n';
    *end = *from;
    *text = from + (*from != '\0');
    *to = '\0';
    return field;
}

int csv_split(char **text, char **field, int most)
{
    char end = '\0';
    int n = 0;

    if (**text == '\0')
        return 0;
    do {
        char *next = split_field(text, &end);

        if (n < most)
            field[n] = next;
        n++;
    } while (end == ',');
    return n;
}
