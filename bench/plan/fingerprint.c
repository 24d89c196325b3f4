#include "bench/plan/fingerprint.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/fnv.h"

uint64_t fingerprint_hash(const char *text)
{
    return fnv_add(fnv_of_nothing, text, strlen(text));
}

uint64_t fingerprint_training(const struct cell *cell)
{
    static const char left_out[] = "\nstream.outputs.test: ";
    const char *line = strstr(cell->settings, left_out);
    const char *rest = line + strcspn(line + 1, "\n") + 1;

    return fnv_add(
        fnv_add(fnv_of_nothing, cell->settings, (size_t)(line - cell->settings)), rest,
        strlen(rest));
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

static void print_rows(FILE *out, const char *section, const struct param *table,
                       const void *from)
{
    char value[PARAM_PRINT_MAX];

    for (const struct param *row = table; row && row->name; row++) {
        if (row->added_later && param_is_default(row, from))
            continue;
        param_print(row, from, value, sizeof value);
        fprintf(out, "%s.%s: %s\n", section, row->name, value);
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
    fprintf(out, "seed.stream: %" PRIu64 "\n", cell->stream_seed);
    fprintf(out, "seed.learner: %" PRIu64 "\n", cell->learner_seed);
}

enum status fingerprint_make(struct cell *cell, struct arena *arena, struct error *err)
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
    if (good) {
        cell->settings = arena_text(arena, "%s", text);
        snprintf(cell->fingerprint, sizeof cell->fingerprint, "%016" PRIx64,
                 fingerprint_hash(text));
    }
    free(text);
    return good
               ? OK
               : error_set(err, ERR_MEMORY, "cannot write settings: %s", strerror(errno));
}
