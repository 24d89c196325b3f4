#include "core/base/suggest.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LONGEST = 63 };

static size_t min3(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;

    return ab < c ? ab : c;
}

/* Levenshtein distance; letter case costs nothing. */
static size_t distance(const char *a, const char *b)
{
    size_t n = strlen(b), row[LONGEST + 1];

    if (strlen(a) > LONGEST || n > LONGEST)
        return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t above = row[j];
            int same = strncasecmp(&a[i - 1], &b[j - 1], 1) == 0;

            row[j] = min3(above + 1, row[j - 1] + 1, diagonal + !same);
            diagonal = above;
        }
    }
    return row[n];
}

/* Words that other programs have for the same thing (PyTorch, Avalanche, Mammoth). */
static const struct {
    const char *word, *here;
} habits[] = {
    {"batch_size", "batch"},
    {"train_mb_size", "batch"},
    {"minibatch_size", "batch"},
    {"n_epochs", "epochs"},
    {"train_epochs", "epochs"},
    {"learning_rate", "lr"},
    {"n_tasks", "tasks"},
    {"n_experiences", "tasks"},
    {"mem_size", "buffer"},
    {"buffer_size", "buffer"},
    {"class-incremental", "class"},
    {"task-incremental", "task"},
    {"domain-incremental", "domain"},
    {"class-il", "class"},
    {"task-il", "task"},
    {"domain-il", "domain"},
};

static const char *by_habit(const char *word, const char *const *words, size_t n)
{
    for (size_t h = 0; h < sizeof habits / sizeof *habits; h++)
        for (size_t i = 0; i < n && strcasecmp(word, habits[h].word) == 0; i++)
            if (strcmp(words[i], habits[h].here) == 0)
                return words[i];
    return NULL;
}

const char *suggest(const char *word, const char *const *words, size_t n)
{
    size_t best = strlen(word) / 3 + 2; /* a third of the letters may be wrong */
    const char *nearest = by_habit(word, words, n);

    if (nearest)
        return nearest;
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(word, words[i]);

        if (d < best) {
            best = d;
            nearest = words[i];
        }
    }
    return nearest;
}

const char *suggest_text(const char *near, const char *otherwise, char out[SUGGEST_TEXT])
{
    if (!near)
        return otherwise;
    snprintf(out, SUGGEST_TEXT, "; did you mean '%s'?", near);
    return out;
}
