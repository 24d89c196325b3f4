/* Text of others (names, labels, reasons) written as text and nothing else, whatever it
 * holds: a quote, a tag, a command, a formula. One function for each format; csv_text
 * (csv.h) does it for CSV. A line end or another control character becomes a blank, on a
 * terminal a question mark: no format here has lines inside a text. */
#ifndef RESULTS_DATA_ESCAPE_H
#define RESULTS_DATA_ESCAPE_H

#include <stdio.h>

#include "core/base/arena.h"

/* Also inside a quoted attribute. */
void escape_html(const char *text, FILE *out);

/* Inside a line of GitHub's Markdown, also in a table. */
void escape_markdown(const char *text, FILE *out);

/* Needs no package but that for UTF-8. A minus before a digit and ± are set as signs. */
void escape_latex(const char *text, FILE *out);

/* Control characters could move the cursor, change the title or the keys. Tabs stay. */
void escape_terminal(const char *text, FILE *out);

/* A string of JSON, with its quotes. */
void escape_json(const char *text, FILE *out);

/* For an argument of a script, or, in double quotes, a word of its data. The quote
 * becomes an apostrophe, the backslash U+2216, which looks like it. gnuplot expands
 * nothing else in them: backquotes, macros and formats mean something in the text of a
 * script alone. */
const char *escape_gnuplot(const char *text, struct arena *arena);

#endif
