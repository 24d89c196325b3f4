/* Pieces of a page that several files of it write. Texts are escaped, attributes are not:
 * they begin with a blank. */
#ifndef RESULTS_REPORT_HTML_H
#define RESULTS_REPORT_HTML_H

#include <stdio.h>

void html_element(FILE *out, const char *tag, const char *attribute, const char *text);

void html_note(FILE *out, const char *text);  /* a paragraph that stands out */
void html_small(FILE *out, const char *text); /* one that does not */

/* A text of several lines, as it stands. */
void html_lines(FILE *out, const char *attribute, const char *text);

/* A link to a file or an anchor; no escape of the address beyond that of HTML. */
void html_link(FILE *out, const char *address, const char *text);

#endif
