/* Configurations: the entries of a list (streams, learners or strategies) with one value
 * for every option, and the label under which each is shown.
 *
 * A label is the entry's id (or its plug's name), followed by what differs: in the order
 * of the tables, every option that
 *   - the entry gives several values, or
 *   - entries without an id share a name and differ in, unless it is at its default.
 * Options show as key and value (blocks10, lr0.001, per_class100). Only the value is
 * shown where it is a word or text (adam, mlp-400-400), and for the first option of a
 * plug's table where the entry has no id of its own: noprop-dt-10, replay-500. Characters
 * that do not belong in folder names become '-'. Scenarios and tuned options are not part
 * of a label. */
#ifndef BENCH_PLAN_CONFIG_H
#define BENCH_PLAN_CONFIG_H

#include "bench/plan/grid.h"
#include "bench/suite/settings.h"

struct config {
    const struct entry *entry;
    const char *label;
    const char *shown;         /* the entry's own label with what differs; NULL = none */
    const void *options;       /* the plug's state struct with the options filled in */
    struct stream_setup setup; /* streams */
    const char **training;     /* one value for each of entry->training; NULL = tuned */
};

struct configs {
    struct config *config;
    int n;
};

enum status configs_make(struct configs *configs, const struct entry *entry, int n,
                         struct arena *arena, struct error *err);

/* Adds the options of an entry that are tuned. */
void config_candidates(const struct entry *entry, struct grid *grid);

/* The options of the configuration with the current values of the tuned ones. */
const void *config_options(const struct config *config, const struct grid *tuned,
                           struct arena *arena, struct error *err);

/* "blocks10"; alone: "10" */
const char *config_suffix(const struct param *row, const char *value, bool alone,
                          struct arena *arena);

#endif
