/* Variants: the entries of a list (streams, learners or strategies) with one value chosen
 * for every option, and the label under which each is shown.
 *
 * A label is the entry's id (or its plug's name), followed by what differs: in the order
 * of the tables, every option that
 *   - the entry gives several values, or
 *   - entries without an id share a name and differ in, unless it is at its default.
 * Options show as key and value (blocks10, lr0.001, per_class100). The value stands alone
 * where it is a word or text (adam, mlp-400-400), and for the first option of a plug's
 * table where the entry has no id of its own: noprop-dt-10, replay-500. Characters that
 * folder names should not have become '-'. Scenarios are not part of a label,
 * nor are options that are tuned. */
#ifndef BENCH_VARIANT_H
#define BENCH_VARIANT_H

#include "bench/choices.h"
#include "bench/settings.h"

struct variant {
    const struct entry *entry;
    const char *label;
    const void *options;       /* the plug's state struct with the options filled in */
    struct stream_setup setup; /* streams */
    const char **training;     /* one value for each of entry->training; NULL = tuned */
};

struct variants {
    struct variant *variant;
    int n;
};

enum status variants_make(struct variants *variants, const struct entry *entry, int n,
                          struct arena *arena, struct error *err);

/* Adds the options of an entry that are tuned. */
void variant_candidates(const struct entry *entry, struct choices *choices);

/* The variant's options with the values taken of the tuned ones. */
const void *variant_options(const struct variant *variant, const struct choices *tuned,
                            struct arena *arena, struct error *err);

/* "blocks10"; alone: "10" */
const char *variant_suffix(const struct param *row, const char *value, bool alone,
                           struct arena *arena);

#endif
