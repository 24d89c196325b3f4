/* summary.csv and summary.json. */
#include <math.h>

#include "results/data/csv.h"
#include "results/data/escape.h"
#include "results/report/summary.h"

/* ---------------------------------------------------------------- summary.csv */

static void csv_statistics(struct csv *csv, const struct group *group, const char *figure,
                           const struct statistics *s)
{
    csv_text(csv, group->first->id.stream);
    csv_text(csv, group->first->id.dataset);
    csv_text(csv, group->first->id.scenario);
    csv_text(csv, group->first->id.learner);
    csv_text(csv, group->first->id.strategy);
    csv_integer(csv, group->n_cell);
    csv_text(csv, figure);
    csv_integer(csv, s->n);
    csv_number(csv, s->mean);
    csv_number(csv, s->std);
    csv_number(csv, s->error);
    csv_number(csv, s->mean - s->margin);
    csv_number(csv, s->mean + s->margin);
    csv_text(csv, group->label);
    csv_end(csv);
}

void summary_csv(const struct grouping *grouping, FILE *out)
{
    struct csv csv = {.out = out};

    fputs(
        "stream,dataset,scenario,learner,strategy,cells,figure,n,mean,std,standard_error,"
        "low_95,high_95,label\n",
        out);
    for (int s = 0; s < grouping->n; s++) {
        for (int i = 0; i < grouping->section[s].n; i++) {
            const struct group *group = &grouping->section[s].group[i];

            for (int k = 0; k < N_METRIC; k++)
                csv_statistics(&csv, group, metric_table[k].name, &group->mean[k]);
            csv_statistics(&csv, group, "peak_bytes", &group->peak);
        }
    }
}

/* ---------------------------------------------------------------- summary.json */

static void json_text(FILE *out, const char *key, const char *text)
{
    fprintf(out, "\"%s\": ", key);
    escape_json(text, out);
    fputs(", ", out);
}

static void json_number(FILE *out, const char *key, double value)
{
    if (isfinite(value))
        fprintf(out, ", \"%s\": %.17g", key, value);
    else
        fprintf(out, ", \"%s\": null", key);
}

static void json_statistics(FILE *out, const struct group *group, const char *figure,
                            const struct statistics *s, bool first)
{
    const struct outcome_id *id = &group->first->id;

    fputs(first ? "  {" : ",\n  {", out);
    json_text(out, "stream", id->stream);
    json_text(out, "dataset", id->dataset);
    json_text(out, "scenario", id->scenario);
    json_text(out, "learner", id->learner);
    json_text(out, "strategy", id->strategy);
    json_text(out, "label", group->label);
    json_text(out, "figure", figure);
    fprintf(out, "\"cells\": %d, \"n\": %d", group->n_cell, s->n);
    json_number(out, "mean", s->mean);
    json_number(out, "std", s->std);
    json_number(out, "standard_error", s->error);
    json_number(out, "low_95", s->mean - s->margin);
    json_number(out, "high_95", s->mean + s->margin);
    putc('}', out);
}

void summary_json(const struct grouping *grouping, FILE *out)
{
    bool first = true;

    fputs("[\n", out);
    for (int s = 0; s < grouping->n; s++) {
        for (int i = 0; i < grouping->section[s].n; i++) {
            const struct group *group = &grouping->section[s].group[i];

            for (int k = 0; k < N_METRIC; k++, first = false)
                json_statistics(out, group, metric_table[k].name, &group->mean[k], first);
            json_statistics(out, group, "peak_bytes", &group->peak, false);
        }
    }
    fputs("\n]\n", out);
}
