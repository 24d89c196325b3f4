#include "core/base/suggest.h"

#include <ctype.h>
#include <stdbool.h>
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

/* Words that other programs (PyTorch, Avalanche, Mammoth, PyCIL, FACIL) and papers have for
 * the same thing. A hint is given where one of the words here may stand. */
static const struct {
    const char *word, *here[3];
} habits[] = {
    /* training */
    {"batch_size", {"batch"}},
    {"train_mb_size", {"batch"}},
    {"minibatch_size", {"batch"}},
    {"n_epochs", {"epochs"}},
    {"num_epochs", {"epochs"}},
    {"train_epochs", {"epochs"}},
    {"iterations", {"steps"}},
    {"iters", {"steps"}},
    {"learning_rate", {"lr"}},
    {"scheduler", {"rate"}},
    {"lr_scheduler", {"rate"}},
    {"schedule", {"rate"}},
    {"optim", {"optimizer"}},
    {"wd", {"weight_decay"}},
    {"model", {"net"}},
    {"network", {"net"}},
    {"backbone", {"net"}},
    {"architecture", {"net"}},
    {"layers", {"net"}},
    {"hidden", {"net"}},
    /* streams */
    {"n_tasks", {"tasks"}},
    {"num_tasks", {"tasks"}},
    {"n_experiences", {"tasks"}},
    {"setting", {"scenario"}},
    {"incremental", {"scenario"}},
    {"data", {"dataset", "streams"}},
    {"benchmark", {"stream", "streams"}},
    {"cil", {"class", "scenario"}},
    {"til", {"task", "scenario"}},
    {"dil", {"domain", "scenario"}},
    {"class-incremental", {"class"}},
    {"task-incremental", {"task"}},
    {"domain-incremental", {"domain"}},
    {"class-il", {"class"}},
    {"task-il", {"task"}},
    {"domain-il", {"domain"}},
    /* suites */
    {"seed", {"seeds"}},
    {"n_seeds", {"seeds"}},
    {"name", {"suite", "id"}},
    {"methods", {"strategies", "learners"}},
    {"models", {"learners"}},
    {"algorithms", {"learners"}},
    /* learners */
    {"bp", {"backprop"}},
    {"ff", {"forward-forward"}},
    {"noprop", {"noprop-dt"}},
    {"pc", {"predictive-coding"}},
    {"pcn", {"predictive-coding"}},
    {"ncm", {"nearest-mean"}},
    {"feedback-alignment", {"fa"}},
    {"direct-feedback-alignment", {"dfa"}},
    {"target-propagation", {"dtp"}},
    {"forward-gradient", {"fg-w"}},
    /* strategies */
    {"er", {"replay"}},
    {"experience-replay", {"replay"}},
    {"rehearsal", {"replay"}},
    {"naive", {"none"}},
    {"finetune", {"none"}},
    {"finetuning", {"none"}},
    {"fine-tuning", {"none"}},
    {"baseline", {"none"}},
    {"multitask", {"joint"}},
    {"offline", {"joint"}},
    {"agem", {"a-gem"}},
    {"derpp", {"der++"}},
    {"online-ewc", {"ewc"}},
    {"synaptic-intelligence", {"si"}},
    {"mem_size", {"buffer"}},
    {"memory", {"buffer"}},
    {"memory_size", {"buffer"}},
    {"buffer_size", {"buffer"}},
    {"lambda", {"strength"}},
    {"ewc_lambda", {"strength"}},
    {"si_lambda", {"strength"}},
    {"si_c", {"strength"}},
    {"importance", {"strength"}},
    {"alpha", {"strength"}},
    {"gamma", {"decay"}},
};

enum { N_HABIT = sizeof habits / sizeof *habits, MEANINGS = 3 };

/* "Fine_tuning" and "fine-tuning" are one word. */
static bool same_word(const char *a, const char *b)
{
    for (; *a && *b; a++, b++)
        if (tolower((unsigned char)(*a == '_' ? '-' : *a)) !=
            tolower((unsigned char)(*b == '_' ? '-' : *b)))
            return false;
    return *a == *b;
}

static const char *among(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; word && i < n; i++)
        if (strcmp(words[i], word) == 0)
            return words[i];
    return NULL;
}

static const char *by_habit(const char *word, const char *const *words, size_t n)
{
    for (size_t h = 0; h < N_HABIT; h++) {
        const char *found = NULL;

        for (int k = 0; k < MEANINGS && !found && same_word(word, habits[h].word); k++)
            found = among(habits[h].here[k], words, n);
        if (found)
            return found;
    }
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
