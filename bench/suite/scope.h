/* Reads the members of a mapping whose keys are rows of param tables. */
#ifndef BENCH_SUITE_SCOPE_H
#define BENCH_SUITE_SCOPE_H

#include "bench/suite/reader.h"

/* What a list of values means. */
enum lists {
    LISTS_MULTIPLY,   /* a grid: every value makes cells of its own */
    LISTS_JOIN_TEXTS, /* the same, but for a text row one value, joined with ", " */
    LISTS_REFUSED,
};

/* The keys that one mapping may have: the rows of up to three tables. Where two tables
 * have a row of the same name, the first one wins. */
struct scope {
    const char *what;        /* "learner 'backprop'": for errors */
    const char *const *also; /* other keys, for suggestions; NULL = none */
    struct {
        const struct param *table;
        enum lists lists;
        struct options *into;
    } section[3];
    int n_section;
    bool tunes; /* {tune: [...]} is allowed */
};

/* Adds a table, and makes room for one option of each row. */
void scope_add(struct scope *scope, const struct param *table, enum lists lists,
               struct options *into, struct arena *arena);

/* Reads one member, or all of a mapping. */
enum status scope_read_member(struct reader *r, const struct scope *scope,
                              const struct node *member);
enum status scope_read(struct reader *r, const struct scope *scope,
                       const struct node *mapping);

#endif
