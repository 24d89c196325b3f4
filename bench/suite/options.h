/* Options: members of a mapping, read by the rows of param tables. */
#ifndef BENCH_SUITE_OPTIONS_H
#define BENCH_SUITE_OPTIONS_H

#include "bench/suite/suite.h"

struct reader;
struct node;

enum lists {                   /* what a list of values means */
             LISTS_MULTIPLY,   /* every value is a cell */
             LISTS_JOIN_TEXTS, /* the same, but for a text row it is one value, joined
                                  with ", " */
             LISTS_REFUSED,
};

/* What can be said in one mapping: rows of up to three tables, the first that has a name
 * wins. */
struct scope {
    const char *what; /* "learner 'backprop'": for errors */
    const char *const
        *also; /* other keys of that mapping, for suggestions; NULL = none */
    struct {
        const struct param *table;
        enum lists lists;
        struct options *into;
    } section[3];
    int n_section;
    bool tunes; /* {tune: [...]} is understood */
};

/* Adds a section and makes room for one option of each row. */
void scope_add(struct scope *scope, const struct param *table, enum lists lists,
               struct options *into, struct arena *arena);

/* Reads one member, or all of a mapping. */
enum status scope_read_member(struct reader *r, const struct scope *scope,
                              const struct node *member);
enum status scope_read(struct reader *r, const struct scope *scope,
                       const struct node *mapping);

/* The option of that row, or NULL. */
const struct option *option_find(const struct options *options, const char *name);

/* The first value of the row, as written or else its default, canonical. */
const char *option_text(const struct options *options, const struct param *row,
                        struct arena *arena);

#endif
