/* The report: tables and plots from finished cells, without training anything.
 *
 * Writes into a folder: index.html (self-contained), summary.csv and, where asked for,
 * summary.json, table.md, table.tex,
 * published.md (ours beside published numbers, with the cost; where there are targets),
 * the plots as *.svg, *.png and *.pdf (`pictures.formats`), and plots/ with the gnuplot
 * scripts and data that they are drawn from. Without gnuplot everything but the pictures
 * is written; a picture that gnuplot fails at costs that picture alone. `pictures` tells
 * of both. The tables (not the page, nor published.md) depend on nothing that varies from
 * run to run. */
#ifndef RESULTS_REPORT_REPORT_H
#define RESULTS_REPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "core/base/param.h"
#include "results/data/environment.h"
#include "results/data/metrics.h"
#include "results/plots/plot.h"
#include "results/plots/style.h"

struct target { /* a reference number; an empty field matches everything */
    char stream[64], scenario[16], learner[64], strategy[64];
    enum metric metric;
    double value, std; /* std 0 = unknown */
    int n;             /* seeds of the published figure; 0 = unknown */
    double
        margin; /* difference allowed, where no spread is published; 0 = see target.h */
    char source[PARAM_TEXT_MAX];
    bool published; /* else it is of an independent program */
};

struct report {
    char title[64], about[256];
    unsigned plots;     /* of enum plot */
    bool json;          /* summary.json too */
    struct style style; /* all zero = the defaults */
    const char *sort;   /* key of results/stats/order.h; NULL = the order of the suite */
    const struct target *target;
    int n_target;
    struct environment environment;
    const char *settings;    /* the resolved suite; NULL = not shown */
    const char *const *note; /* shown at the top, e.g. cells left out */
    int n_note;
    struct pictures
        pictures; /* `jobs` and `formats` are read, the rest set by report_write */
};

enum status report_write(struct report *report, const struct outcome *cells, int n,
                         const char *folder, struct error *err);

/* The table for the terminal: one line per stream, learner and strategy, mean and std
 * over seeds; `sort` as in struct report. */
void report_print(const struct outcome *cells, int n, const char *sort, FILE *out);

/* Accuracy over the tasks learnt so far in one line for each stream, learner and strategy;
 * nothing where there is one task. */
void report_print_curves(const struct outcome *cells, int n, const char *sort, FILE *out);

/* A line for each cell that did not end ok: "CELL: diverged, the loss was not ...". */
void report_print_failures(const struct outcome *cells, int n, FILE *out);

#endif
