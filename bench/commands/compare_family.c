/* bench compare --pairs FILE. */
#include <string.h>

#include "bench/commands/compare_pairs.h"
#include "core/base/file.h"
#include "core/base/suggest.h"

enum { N_WORD = 3 };

struct line {
    const char *path;
    int number;
};

static enum status no_stream(const struct grouping *grouping, const struct line *line,
                             const char *name, struct arena *arena, struct error *err)
{
    const char **words = arena_take(arena, TAG_STATE, (size_t)grouping->n, sizeof *words);
    char hint[SUGGEST_TEXT];

    if (!words)
        return arena_check(arena, err);
    for (int s = 0; s < grouping->n; s++)
        words[s] = grouping->section[s].name;
    return error_at(err, ERR_RESULT, line->path, line->number, 0,
                    "the results hold no stream '%s'%s", name,
                    suggest_text(suggest(name, words, (size_t)grouping->n), "", hint));
}

static enum status add_line(struct pairs *pairs, const struct grouping *grouping,
                            const struct line *line, char *const word[N_WORD],
                            struct error *err)
{
    const struct section *section = NULL;
    struct error why = {0};
    int before = pairs->n;

    for (int s = 0; s < grouping->n; s++)
        if (strcmp(grouping->section[s].name, word[0]) == 0)
            section = &grouping->section[s];
    if (!section)
        return no_stream(grouping, line, word[0], pairs->arena, err);
    if (pairs_of_section(pairs, section, word[1], word[2], &why) != OK)
        return error_at(err, why.status, line->path, line->number, 0, "%s", why.text);
    if (pairs->n > before)
        return OK;
    for (int i = 1; i < N_WORD; i++)
        if (pairs_missing(grouping, word[i], pairs->arena, &why) != OK)
            return error_at(err, why.status, line->path, line->number, 0, "%s", why.text);
    return error_at(err, ERR_RESULT, line->path, line->number, 0,
                    "%s holds no two finished cells of equal seeds under the names "
                    "'%s' and '%s'",
                    word[0], word[1], word[2]);
}

/* The words of a line, without its comment; how many there are. */
static int split_words(char *text, char *word[N_WORD])
{
    int n = 0;
    char *next;

    text[strcspn(text, "#")] = '\0';
    for (char *w = strtok_r(text, " \t\r", &next); w; w = strtok_r(NULL, " \t\r", &next))
        if (n++ < N_WORD)
            word[n - 1] = w;
    return n;
}

enum status pairs_from_file(struct pairs *pairs, const struct grouping *grouping,
                            const char *path, struct error *err)
{
    struct line line = {.path = path};
    char *text, *next;

    pairs->n = 0;
    if (file_read(path, pairs->arena, &text, NULL, err) != OK)
        return err->status;
    for (; text; text = next) {
        char *word[N_WORD];
        int n;

        line.number++;
        next = strchr(text, '\n');
        if (next)
            *next++ = '\0';
        n = split_words(text, word);
        if (n != 0 && n != N_WORD)
            return error_at(err, ERR_USAGE, path, line.number, 0,
                            "a pair is a line of three words: STREAM A B");
        if (n == N_WORD && add_line(pairs, grouping, &line, word, err) != OK)
            return err->status;
    }
    return OK;
}
