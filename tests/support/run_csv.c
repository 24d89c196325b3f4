#include "tests/support/run_csv.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char root[TEXT];
static struct run_csv *run;

/* ---------------------------------------------------------------- reading */

static char line[16 * TEXT], head[16 * TEXT];

/* Of the line last read, by the name of its column. */
static const char *field(const char *name)
{
    static char text[TEXT];
    const char *title = head, *value = line;
    size_t n = strlen(name);

    while (strncmp(title, name, n) != 0 || !strchr(",\n", title[n])) {
        title = strchr(title, ',');
        value = strchr(value, ',');
        ck_assert_msg(title && value, "no column %s in %s", name, head);
        title++, value++;
    }
    snprintf(text, sizeof text, "%.*s", (int)strcspn(value, ",\n"), value);
    return text;
}

static double number(const char *name)
{
    const char *text = field(name);

    return *text ? strtod(text, NULL) : NAN;
}

static FILE *table(const char *name, const char *folder)
{
    char path[4 * TEXT];
    FILE *in;

    snprintf(path, sizeof path, "%s/%s%s", root, folder, name);
    in = fopen(path, "r");
    if (in)
        ck_assert_ptr_nonnull(fgets(head, sizeof head, in));
    return in;
}

static bool next(FILE *in)
{
    return fgets(line, sizeof line, in) != NULL;
}

static struct cell *find(const char *id)
{
    for (int i = 0; i < run->n_cell; i++)
        if (strcmp(run->cell[i].id, id) == 0)
            return &run->cell[i];
    ck_abort_msg("no cell %s", id);
}

static void read_results(void)
{
    static const char *const part[PARTS] = {
        "weight_bytes", "gradient_bytes", "optimizer_bytes", "activation_bytes",
        "buffer_bytes", "scratch_bytes",  "state_bytes"};
    FILE *in = table("results.csv", "");

    for (run->n_cell = 0; next(in); run->n_cell++) {
        struct cell *c = &run->cell[run->n_cell];

        ck_assert_int_lt(run->n_cell + 1, (int)(sizeof run->cell / sizeof *run->cell));
        ck_assert_str_eq(field("status"), "ok");
        strcpy(c->id, field("cell"));
        strcpy(c->learner, field("learner"));
        strcpy(c->strategy, field("strategy"));
        strcpy(c->section, field("cell"));
        c->section[strcspn(c->section, "/")] = '\0';
        c->tasks = (int)number("tasks");
        c->peak = number("peak_bytes");
        c->flops = number("train_flops");
        for (int p = 0; p < PARTS; p++)
            c->part[p] = number(part[p]);
    }
    fclose(in);
}

static void read_timing(void)
{
    FILE *in = table("timing.csv", "");

    while (next(in)) {
        struct cell *c = find(field("cell"));

        c->seconds = number("train_seconds");
        c->images = c->seconds * number("samples_per_second");
    }
    fclose(in);
}

static void read_accuracy(void)
{
    FILE *in = table("accuracy.csv", "");

    for (run->n_tested = 0; next(in); run->n_tested++) {
        ck_assert_int_lt(run->n_tested + 1,
                         (int)(sizeof run->tested / sizeof *run->tested));
        run->tested[run->n_tested] = (struct tested){
            find(field("cell")),  (int)number("after_task"), (int)number("task"),
            (long)number("step"), number("end") > 0,         number("hits"),
            number("total")};
    }
    fclose(in);
}

static void read_traces(void)
{
    run->n_traced = 0;
    for (int i = 0; i < run->n_cell; i++) {
        char folder[2 * TEXT];
        FILE *in;

        snprintf(folder, sizeof folder, "cells/%.*s/", TEXT, run->cell[i].id);
        in = table("trace.csv", folder);
        for (; in && next(in); run->n_traced++) {
            ck_assert_int_lt(run->n_traced + 1,
                             (int)(sizeof run->traced / sizeof *run->traced));
            run->traced[run->n_traced] = (struct traced){
                &run->cell[i],  "", (int)number("at"), number("loss"), number("hits"),
                number("total")};
            strcpy(run->traced[run->n_traced].what, field("what"));
        }
        if (in)
            fclose(in);
    }
}

void run_csv_read(struct run_csv *into, const char *folder)
{
    run = into;
    snprintf(root, sizeof root, "%s", folder);
    read_results();
    read_timing();
    read_accuracy();
    read_traces();
}
