/* Which groups of cells are compared: pairs by name, a family of pairs from a file, or
 * the groups of the same name in two result folders. B may be a curve of learners
 * (compare_curve.h), read at the learning accuracy of A. */
#ifndef BENCH_COMMANDS_COMPARE_PAIRS_H
#define BENCH_COMMANDS_COMPARE_PAIRS_H

#include "bench/commands/compare_curve.h"
#include "results/stats/groups.h"
#include "results/stats/paired.h"

struct pair { /* of one metric, over the seeds that both groups have */
    const struct section *section;
    const struct group *a, *b;
    const char *name_a, *name_b;
    const struct curve *curve; /* whose group b is; else NULL */
    enum metric metric;
    struct paired paired;
    double p_equivalent; /* within the margin; NAN = none is asked for */
    double
        bound[2]; /* of a curve: the mean of a less the larger and less the smaller of its
                        two neighbours, between which the curve is read; NAN = none */
};

struct pairs {
    const enum metric *metric; /* n_metric: each is compared for each pair of groups */
    int n_metric;
    double margin; /* of equivalence, in the metrics' unit (0.05: 5 points); 0 = none */
    struct arena *arena;
    struct pair *pair; /* space for all; NULL = they are only counted */
    int n; /* those without a common seed are left out, but for curves that miss A */
};

/* Pairs each name with each later one, in all sections. A name is a learner, a strategy,
 * or learner/strategy, also written as reports do, "learner + strategy"; or a curve.
 * ERR_USAGE for a curve before another name, ERR_RESULT for one that cannot be made. */
enum status pairs_by_name(struct pairs *pairs, const struct grouping *grouping,
                          char **name, int n_name, struct error *err);

/* Adds the groups of a section called a, each paired with b; errors as above. */
enum status pairs_of_section(struct pairs *pairs, const struct section *section,
                             const char *a, const char *b, struct error *err);

/* ERR_RESULT for a name that no group has: the text lists those that there are. */
enum status pairs_missing(const struct grouping *grouping, const char *name,
                          struct arena *arena, struct error *err);

/* Pairs the groups of grouping[0] with those of the same name in grouping[1]; path: the
 * two folders. ERR_RESULT where the cells of a seed were not trained on the same stream:
 * the text names the keys that differ. */
enum status pairs_of_folders(struct pairs *pairs, const struct grouping grouping[2],
                             const char *const path[2], struct error *err);

/* A line of the file is one pair, `STREAM A B`; what follows a # is a comment. A line
 * without finished cells is an error, because a family is corrected as a whole. */
enum status pairs_from_file(struct pairs *pairs, const struct grouping *grouping,
                            const char *path, struct error *err);

#endif
