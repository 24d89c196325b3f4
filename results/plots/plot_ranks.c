#include <math.h>
#include <string.h>

#include "results/plots/plot.h"
#include "results/plots/plot_data.h"
#include "results/stats/ranks.h"

enum { N_RANKED = 48 }; /* rows of the picture */

/* Learners that every stream has, by accuracy. */
struct ranking {
    const struct group **group; /* k: as the first stream has them */
    double *score, *rank;       /* k x n; k */
    int k, n;
};

static double accuracy_of(const struct section *section, const char *name)
{
    for (int i = 0; i < section->n; i++)
        if (strcmp(section->group[i].name, name) == 0 &&
            !section->group[i].first->tests.pooled)
            return section->group[i].mean[METRIC_ACCURACY].mean;
    return NAN;
}

/* False where a stream does not have the group. */
static bool fill_scores(const struct grouping *grouping, const char *name, double *score)
{
    for (int s = 0; s < grouping->n; s++) {
        score[s] = accuracy_of(&grouping->section[s], name);
        if (isnan(score[s]))
            return false;
    }
    return true;
}

static bool rank_groups(struct ranking *ranking, const struct grouping *grouping,
                        struct arena *arena)
{
    const struct section *first = grouping->section;
    size_t n_group = grouping->n > 1 ? (size_t)first->n : 0;

    *ranking = (struct ranking){.n = grouping->n};
    if (n_group == 0)
        return false;
    ranking->group = arena_take(arena, TAG_STATE, n_group, sizeof *ranking->group);
    ranking->rank = arena_take(arena, TAG_STATE, n_group, sizeof *ranking->rank);
    ranking->score = arena_take(arena, TAG_STATE, n_group * (size_t)ranking->n,
                                sizeof *ranking->score);
    if (!ranking->group || !ranking->rank || !ranking->score)
        return false;
    for (int i = 0; i < first->n; i++)
        if (fill_scores(grouping, first->group[i].name,
                        ranking->score + ranking->k * ranking->n))
            ranking->group[ranking->k++] = &first->group[i];
    ranks_average(ranking->score, ranking->k, ranking->n, ranking->rank);
    return ranking->k > 1;
}

/* From the best on; equal ranks in the order of the groups. How many are written: no more
 * than can be read. */
static int write_rows(struct plot_data *plot_data, const struct ranking *ranking,
                      double half)
{
    int most = ranking->k < N_RANKED ? ranking->k : N_RANKED;
    double last = 0;

    for (int left = most; left > 0;) {
        double next = INFINITY;

        for (int i = 0; i < ranking->k; i++)
            if (ranking->rank[i] > last && ranking->rank[i] < next)
                next = ranking->rank[i];
        for (int i = 0; i < ranking->k && left > 0; i++) {
            if (ranking->rank[i] < next || ranking->rank[i] > next)
                continue;
            plot_data_name(plot_data, ranking->group[i]->label);
            fprintf(plot_data->data, " %.9g %.9g %.9g %d\n", next, next - half,
                    next + half, ranking->group[i]->hue);
            left--;
        }
        last = next;
    }
    return most;
}

bool plot_ranks(struct plot_data *plot_data)
{
    struct ranking ranking;
    double difference, square;
    int n_row;

    if (!rank_groups(&ranking, plot_data->grouping, plot_data->arena))
        return false;
    difference = ranks_critical_difference(ranking.k, ranking.n);
    square = ranks_friedman(ranking.rank, ranking.k, ranking.n);
    n_row = write_rows(plot_data, &ranking, difference / 2);
    plot_data->argument[1] = plot_data_count(plot_data, n_row);
    plot_data->argument[2] = plot_data_count(plot_data, ranking.k);
    plot_data->caption = arena_text(
        plot_data->arena,
        "%sAverage rank by accuracy over %d streams (1 = best), joint training left "
        "out. Bars "
        "are half the critical difference of %.2f to either side (Nemenyi, 5 %%; Demsar "
        "2006): learners whose bars do not touch differ.%s Friedman: chi-square %.2f, p "
        "= "
        "%.4f.%s",
        n_row < ranking.k
            ? arena_text(plot_data->arena, "The best %d of %d. ", n_row, ranking.k)
            : "",
        ranking.n, difference,
        difference > ranking.k - 1 ? " It is wider than all ranks, so none here differ; "
                                     "arrows: a bar goes on beyond the edge."
                                   : "",
        square, chi_square_beyond(square, ranking.k - 1),
        ranking.n < RANKS_STREAMS_FEW
            ? " Fewer than 5 streams hardly tell anything; scenarios of one data set are "
              "not independent."
            : " Scenarios of one data set are not independent.");
    return true;
}
