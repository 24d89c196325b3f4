/* Inside the suite reader: what its rooms share. suite.c reads the file and its plain
 * keys, option.c anything that a param table describes, suite_entry.c the entries of
 * streams, learners and strategies, suite_seeds.c seeds and tuning, suite_report.c that
 * section.
 */
#ifndef BENCH_SUITE_READER_H
#define BENCH_SUITE_READER_H

#include "bench/suite/options.h"
#include "bench/suite/suite.h"
#include "bench/suite/yaml_tree.h"

struct reader {
    struct suite *suite;
    struct arena *arena;
    struct error *err;
};

/* ERR_SUITE unless the value of a key is of that kind; a list or mapping must not be
 * empty. */
enum status reader_expect(struct reader *r, const struct node *node, enum node_kind kind);

/* A text that is there. `what` names it in errors: "'about'", "an item of 'plots'". */
enum status reader_text(struct reader *r, const struct node *node, const char *what,
                        const char **text);

/* An id: letters, digits and . _ + -, at most LABEL_MOST of them, a letter or digit
 * first. */
enum status reader_id(struct reader *r, const struct node *node, const char **id);

/* "what 'word'; did you mean 'near'?", or what there is when nothing is near. */
enum status reader_unknown(struct reader *r, const struct node *node, const char *what,
                           const char *word, const char *const *words, size_t n);

/* Training of one level: steps or epochs, not both, and not 0 of them. */
enum status reader_check_length(struct reader *r, const struct options *training);

enum status reader_streams(struct reader *r, const struct node *node);
enum status reader_learners(struct reader *r, const struct node *node);
enum status reader_strategies(struct reader *r, const struct node *node);
enum status reader_seeds(struct reader *r, const struct node *node);
enum status reader_tuning(struct reader *r, const struct node *node);
enum status reader_report(struct reader *r, const struct node *node);

extern const struct param target_params[]; /* over struct target: its plain fields */

/* strategies: [none], the default. */
enum status reader_no_strategy(struct reader *r);

/* Edits the tree as --set asks. */
enum status reader_override(struct reader *r, struct node *root,
                            const struct override *set);

#endif
