#include <stdio.h>

#include "bench/perf/perf.h"
#include "bench/study/queue.h"

/* "3 to 20 minutes" */
static void print_span(double least, double most, FILE *out)
{
    const char *unit = most < 120 ? "seconds" : most < 7200 ? "minutes" : "hours";
    double length = most < 120 ? 1 : most < 7200 ? 60 : 3600;

    fprintf(out, "%.1f to %.1f %s", least / length, most / length, unit);
}

static void print_work(double flops, int width, FILE *out)
{
    bool large = flops >= 1e12;

    fprintf(out, "%*.3f %s", width, flops * (large ? 1e-12 : 1e-9),
            large ? "TFLOP" : "GFLOP");
}

static void print_total(const struct queue *queue, double work, FILE *out)
{
    double peak = perf_peak();

    fprintf(out, "%d of ", queue->n_cell);
    plan_print_size(queue->plan, "", out);
    fputs(" to run, ", out);
    print_work(work, 0, out);
    fprintf(out,
            "; a core makes %.0f GFLOP/s, measured now, and a run a tenth of that (small "
            "batches) to three quarters: about ",
            peak * 1e-9);
    print_span(work / (0.75 * peak), work / (0.1 * peak), out);
    fprintf(out, " on one core\n");
}

void queue_print(const struct queue *queue, FILE *out)
{
    fprintf(out, "%-70s %-16s  %12s  %15s  %15s\n", "cell", "fingerprint", "parameters",
            "training", "scoring");
    for (int i = 0; i < queue->n; i++) {
        const struct job *job = &queue->job[i];

        fprintf(out, "%-70s %s  %12lld  ", job->cell->id, job->cell->fingerprint,
                (long long)job->need.parameters);
        print_work(job->need.work - job->need.scoring, 9, out);
        fputs("  ", out);
        print_work(job->need.scoring, 9, out);
        fputc('\n', out);
        for (const struct cell *c = job->cell->next_sharing; c; c = c->next_sharing)
            fprintf(out, "%-70s %s  trained as one with it\n", c->id, c->fingerprint);
    }
    print_total(queue, queue_work(queue), out);
}
