#include "bench/plan/fingerprint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fnv.h"

enum { SEEDS_MOST = 96 }; /* bytes of the lines that name the seeds */

uint64_t fingerprint_hash(const char *text)
{
    return fnv_text(fnv_of_nothing, text);
}

static void print_seeds(const struct cell *cell, char out[SEEDS_MOST])
{
    snprintf(out, SEEDS_MOST, "seed.stream: %" PRIu64 "\nseed.learner: %" PRIu64 "\n",
             cell->stream_seed, cell->learner_seed);
}

void fingerprint_make(struct cell *cell)
{
    char seeds[SEEDS_MOST];

    print_seeds(cell, seeds);
    snprintf(cell->fingerprint, sizeof cell->fingerprint, "%016" PRIx64,
             fnv_text(fingerprint_hash(cell->settings), seeds));
}

const char *fingerprint_settings(const struct cell *cell, struct arena *arena)
{
    char seeds[SEEDS_MOST];

    print_seeds(cell, seeds);
    return arena_text(arena, "%s%s", cell->settings, seeds);
}

uint64_t fingerprint_training(const struct cell *cell)
{
    static const char left_out[] = "\nstream.outputs.test: ";
    const char *line = strstr(cell->settings, left_out);
    const char *rest = line + strcspn(line + 1, "\n") + 1;
    uint64_t before =
        fnv_add(fnv_of_nothing, cell->settings, (size_t)(line - cell->settings));
    char seeds[SEEDS_MOST];

    print_seeds(cell, seeds);
    return fnv_text(fnv_text(before, rest), seeds);
}

uint64_t fingerprint_part(const struct cell *cell, enum fingerprint_of part)
{
    const char *settings = cell->settings;
    const char *learner = strstr(settings, "\nlearner: ");
    const char *strategy = strstr(learner, "\nstrategy: ");
    const char *training = strstr(strategy, "\ntraining.");
    uint64_t stream = fnv_add(fnv_of_nothing, settings, (size_t)(learner - settings));

    if (part == FINGERPRINT_STRATEGY)
        return fnv_add(stream, strategy, (size_t)(training - strategy));
    return fnv_text(fnv_add(stream, learner, (size_t)(strategy - learner)), training);
}

void fingerprint_sharing(const struct cell *cell, char out[17])
{
    uint64_t hash = fnv_of_nothing;

    memcpy(out, cell->fingerprint, sizeof cell->fingerprint);
    if (!cell->next_sharing)
        return;
    for (; cell; cell = cell->next_sharing)
        hash = fnv_add(hash, cell->fingerprint, strlen(cell->fingerprint));
    snprintf(out, sizeof cell->fingerprint, "%016" PRIx64, hash);
}

void fingerprint_print_settings(const struct cell *cell, FILE *out)
{
    char seeds[SEEDS_MOST];

    print_seeds(cell, seeds);
    fprintf(out, "%s%s", cell->settings, seeds);
}

static void print_rows(FILE *out, const char *section, const struct param *table,
                       const void *from)
{
    char value[PARAM_PRINT_MAX];

    for (const struct param *row = table; row && row->name; row++) {
        if (row->added_later && param_is_default(row, from))
            continue;
        param_print(row, from, value, sizeof value);
        fprintf(out, "%s.%s: %s\n", section, row->formerly ? row->formerly : row->name,
                value);
    }
}

static void print_settings(const struct cell *cell, FILE *out)
{
    fprintf(out, "format: %d\n", FINGERPRINT_FORMAT);
    fprintf(out, "stream: %s\n", cell->stream->name);
    print_rows(out, "stream", stream_setup_table, &cell->setup);
    print_rows(out, "stream", cell->stream->params, cell->stream_options);
    fprintf(out, "learner: %s\n", cell->learner->name);
    print_rows(out, "learner", cell->learner->params, cell->learner_options);
    fprintf(out, "strategy: %s\n", cell->strategy->name);
    print_rows(out, "strategy", cell->strategy->params, cell->strategy_options);
    print_rows(out, "training", training_table, &cell->training);
    print_rows(out, "evaluation", evaluating_table, &cell->evaluating);
    if (cell->tuned[0])
        fputs("tuned: yes\n", out);
}

enum status fingerprint_settings_make(struct cell *cell, struct arena *arena,
                                      struct error *err)
{
    char *text = NULL;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    bool good = out != NULL;

    if (out) {
        print_settings(cell, out);
        good = !ferror(out);
        good = fclose(out) == 0 && good;
    }
    if (good)
        cell->settings = arena_text(arena, "%s", text);
    free(text);
    if (!good)
        return error_set(err, ERR_MEMORY, "cannot write settings: %s", strerror(errno));
    return arena_check(arena, err);
}
