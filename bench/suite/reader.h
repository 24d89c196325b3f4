/* What reading a suite file needs everywhere: single values, and the errors. Inside
 * bench/suite only. */
#ifndef BENCH_SUITE_READER_H
#define BENCH_SUITE_READER_H

#include "bench/suite/suite.h"
#include "bench/suite/yaml_tree.h"

struct reader {
    struct suite *suite;
    struct arena *arena;
    struct error *err;
};

/* Whether reading can go on with what comes next: there is no error, or one of the file,
 * which is kept (suite.h: `earlier`). */
bool reader_goes_on(struct reader *r);

/* ERR_SUITE unless the value is of that kind; a list or mapping must not be empty. */
enum status reader_expect(struct reader *r, const struct node *node, enum node_kind kind);

/* The text of a scalar, which must not be empty. `what` names it in errors: "'about'",
 * "an item of 'plots'". */
enum status reader_text(struct reader *r, const struct node *node, const char *what,
                        const char **text);

/* An id: letters, digits and . _ + -, at most LABEL_MOST of them, a letter or digit
 * first. */
enum status reader_id(struct reader *r, const struct node *node, const char **id);

/* What a report shows: any text of one line, of SHOWN_MOST bytes at most. */
enum status reader_shown(struct reader *r, const struct node *node, const char **text);

/* ERR_SUITE: "what 'word'; did you mean 'near'?", or the list of words when none is
 * near. */
enum status reader_unknown(struct reader *r, const struct node *node, const char *what,
                           const char *word, const char *const *words, size_t n);

/* ERR_SUITE where a section or entry gives both steps and epochs, or 0 of either. */
enum status reader_check_length(struct reader *r, const struct options *training);

#endif
