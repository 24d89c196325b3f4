#include "results/data/escape.h"

#include <stdbool.h>
#include <string.h>

struct escape {
    char c;
    const char *text;
};

static bool is_control(char c)
{
    return (unsigned char)c < ' ' || c == 0x7f;
}

/* The table ends with a character of 0. */
static void put(char c, const struct escape *table, FILE *out)
{
    while (table->c && table->c != c)
        table++;
    if (table->c)
        fputs(table->text, out);
    else
        putc(is_control(c) ? ' ' : c, out);
}

void escape_html(const char *text, FILE *out)
{
    static const struct escape table[] = {{'&', "&amp;"},  {'<', "&lt;"},   {'>', "&gt;"},
                                          {'"', "&quot;"}, {'\'', "&#39;"}, {0}};

    for (; *text; text++)
        put(*text, table, out);
}

/* Links, images, mathematics and entities are Markdown too. */
void escape_markdown(const char *text, FILE *out)
{
    static const struct escape table[] = {{'|', "\\|"},  {'*', "\\*"},   {'_', "\\_"},
                                          {'`', "\\`"},  {'\\', "\\\\"}, {'[', "\\["},
                                          {']', "\\]"},  {'~', "\\~"},   {'$', "\\$"},
                                          {'<', "&lt;"}, {'&', "&amp;"}, {0}};

    for (; *text; text++)
        put(*text, table, out);
}

/* '[' and '*' mean something behind the \\ that ends a row. */
void escape_latex(const char *text, FILE *out)
{
    static const struct escape table[] = {
        {'_', "\\_"},
        {'%', "\\%"},
        {'&', "\\&"},
        {'#', "\\#"},
        {'$', "\\$"},
        {'{', "\\{"},
        {'}', "\\}"},
        {'[', "{[}"},
        {'*', "{*}"},
        {'~', "\\textasciitilde{}"},
        {'^', "\\textasciicircum{}"},
        {'\\', "\\textbackslash{}"},
        {'<', "\\textless{}"},
        {'>', "\\textgreater{}"},
        {'|', "\\textbar{}"},
        {'"', "\\char34{}"},
        {'`', "\\char96{}"},
        {0},
    };
    static const struct {
        const char *text, *latex;
    } sign[] = {{"±", "$\\pm$"}, {"†", "$^\\dagger$"}};

    if (text[0] == '-' && text[1] >= '0' && text[1] <= '9') {
        fputs("$-$", out); /* a minus, not a hyphen */
        text++;
    }
    while (*text) {
        size_t k = 0;

        while (k < 2 && strncmp(text, sign[k].text, strlen(sign[k].text)) != 0)
            k++;
        if (k < 2)
            fputs(sign[k].latex, out);
        else
            put(*text, table, out);
        text += k < 2 ? strlen(sign[k].text) : 1;
    }
}

/* The control characters U+0080 to U+009F have two bytes in UTF-8. */
static bool is_long_control(const char *text)
{
    return (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] >= 0x80 &&
           (unsigned char)text[1] < 0xa0;
}

void escape_terminal(const char *text, FILE *out)
{
    for (; *text; text++) {
        bool two = is_long_control(text);

        putc(two || (is_control(*text) && *text != '\t') ? '?' : *text, out);
        text += two;
    }
}

const char *escape_gnuplot(const char *text, struct arena *arena)
{
    static const char backslash[] = "∖"; /* U+2216 */
    size_t n = sizeof backslash - 1;
    char *copy = arena_take(arena, TAG_STATE, n * strlen(text) + 1, 1), *end = copy;

    for (; copy && *text; text++) {
        if (*text == '\\') {
            memcpy(end, backslash, n);
            end += n;
        } else {
            *end++ = is_control(*text) ? ' ' : *text == '"' ? '\'' : *text;
        }
    }
    return copy ? copy : "";
}

void escape_json(const char *text, FILE *out)
{
    putc('"', out);
    for (; *text; text++) {
        if ((unsigned char)*text < ' ')
            fprintf(out, "\\u%04x", (unsigned)*text);
        else
            fprintf(out, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    }
    putc('"', out);
}
