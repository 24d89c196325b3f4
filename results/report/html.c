#include "results/report/html.h"

#include "results/data/escape.h"

void html_element(FILE *out, const char *tag, const char *attribute, const char *text)
{
    fprintf(out, "<%s%s>", tag, attribute);
    escape_html(text, out);
    fprintf(out, "</%s>\n", tag);
}

/* The escape makes a blank of the end of a line. */
void html_lines(FILE *out, const char *attribute, const char *text)
{
    fprintf(out, "<pre%s>", attribute);
    for (; *text; text++) {
        const char one[] = {*text, '\0'};

        if (*text == '\n')
            fputc('\n', out);
        else
            escape_html(one, out);
    }
    fputs("</pre>\n", out);
}

void html_note(FILE *out, const char *text)
{
    html_element(out, "p", " class=\"note\"", text);
}

void html_small(FILE *out, const char *text)
{
    html_element(out, "p", " class=\"small\"", text);
}

void html_link(FILE *out, const char *address, const char *text)
{
    fputs("<a href=\"", out);
    escape_html(address, out);
    fputs("\">", out);
    escape_html(text, out);
    fputs("</a>", out);
}
