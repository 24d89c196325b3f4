/* A suite file, read and checked: what to run, before it is unfolded into cells.
 *
 * An error in a file is reported with its line, its column and the remedy, before
 * anything runs. A value can be:
 *
 *     lr: 0.01                          one value
 *     lr: {grid: [0.01, 0.1]}           several: each makes a cell
 *     scenario: [class, task]           the same
 *     lr: {tune: [0.01, 0.1]}           several: the best one is chosen
 * (bench/study/tuning.h); for options of learners and strategies net: [conv 32 3, relu,
 * pool 2]    one value: a list for a text option of a plug is joined to "conv 32 3, relu,
 * pool 2" buffer: {per_class: 100}          the option buffer.per_class, which can also
 * be written with its dot dataset: {idx: DIR}               the data set idx:DIR */
#ifndef BENCH_SUITE_SUITE_H
#define BENCH_SUITE_SUITE_H

#include <stdint.h>
#include <stdio.h>

#include "bench/suite/diagnostics.h"
#include "core/base/arena.h"
#include "core/plug/learner.h"
#include "core/plug/strategy.h"
#include "core/plug/stream.h"
#include "results/plots/style.h"

enum { ERRORS_MOST = 20 }; /* of a file, that are told at once */
enum { LABEL_MOST = 63 };  /* characters of an id, and of a suite's name */
enum { SHOWN_MOST = 127 }; /* bytes of a `title:` */

/* One option as written: its row, and one value or (in a grid or a list) several. */
struct option {
    const struct param *row;
    const char **value; /* n different texts, as param_print writes them */
    int n;
    bool tuned; /* {tune: [...]}: candidates, of which one is chosen */
    struct place place;
};

struct options {
    struct option *option; /* each row at most once, in the order of the file */
    int n;
};

/* An entry of `streams`, `learners` or `strategies`. */
struct entry {
    const char *id;    /* given with `id:`, else the plug's name */
    bool named;        /* an id was given */
    const char *shown; /* given with `title:`: its name in a report; NULL = the id */
    const void
        *plug; /* a struct stream, learner or strategy; the next three are its own */
    const char *name;
    const struct param *params;
    size_t size;
    struct options own;      /* rows of params */
    struct options setup;    /* streams: rows of stream_setup_table */
    struct options training; /* streams and learners: rows of training_table */
    struct place place;
};

struct seed {
    uint64_t stream, learner;
};

struct suite {
    const char *path, *name, *about; /* about: "" = not given */
    struct seed *seed;
    int n_seed;
    struct options training, evaluating, limits, tuning;
    struct seed *tuning_seed;
    int n_tuning_seed;
    double checkpoint; /* seconds between checkpoints */
    int incompatible;  /* enum incompatible: pairs of learner and strategy */
    struct entry *stream, *learner, *strategy;
    int n_stream, n_learner, n_strategy;
    unsigned plots;     /* enum plot of results/report/report.h */
    struct style style; /* of the same header, as all below */
    struct target *target;
    struct place *target_place;
    int n_target;
    struct error earlier[ERRORS_MOST - 1]; /* in the file, before the one of suite_load */
    int n_earlier;
};

struct override { /* --set PATH=VALUE */
    const char *path, *value;
};

struct override_list {
    const struct override *set;
    int n;
};

/* Reads and checks a suite file, changed by the overrides (NULL = none). Everything the
 * suite points at is taken from the arena, which must have no limit.
 *
 * Reading goes on after an error: the last one is returned, those before it are in
 * suite->earlier.
 *
 * An override changes the file before it is interpreted. Its path is SECTION.KEY or
 * streams.ID.KEY, learners.ID.KEY, strategies.ID.KEY, where ID is an entry's id or plug
 * name; its value is written as in a suite file, lists and grids included. An error that
 * it causes names the flag. */
enum status suite_load(struct suite *suite, const char *path,
                       const struct override_list *overrides, struct arena *arena,
                       struct error *err);

/* Prints them, as diagnostic_print does. */
void suite_print_earlier(const struct suite *suite, FILE *out);

/* The same from n bytes of text; `path` is what errors are shown with. */
enum status suite_parse(struct suite *suite, const char *text, size_t n, const char *path,
                        const struct override_list *overrides, struct arena *arena,
                        struct error *err);

/* Whether any option is to be tuned. */
bool suite_tunes(const struct suite *suite);

/* Writes the suite with every default filled in. The result is a suite file that
 * unfolds into the same cells with the same fingerprints. ERR_IO if writing fails. */
enum status suite_write_resolved(const struct suite *suite, FILE *out);

#endif
