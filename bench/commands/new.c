#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/registry/registry.h"
#include "core/base/file.h"

/* What a plug is copied from: a file that works, whose names are exchanged. */
static const struct pattern {
    const char *kind, *folder, *from, *name, *list, *line;
    const char *rest; /* what is left to do */
} patterns[] = {
    {"learner", "baselines/rules", "nearest_mean", "nearest-mean",
     "bench/registry/learners.def", "LEARNER",
     "an entry in docs/rules.md; without `grad` a tests/gradients/gradient_%s.c"},
    {"strategy", "baselines/strategies", "freeze", "freeze",
     "bench/registry/strategies.def", "STRATEGY",
     "a row in docs/strategies.md; a case worked by hand in "
     "tests/baselines/strategies/check_%s.c"},
    {"stream", "tasks/streams", "permuted", "permuted", "tasks/streams/streams.def",
     "STREAM", "a row in docs/streams.md; tests/tasks/streams/check_%s.c"},
};

enum { N_PATTERN = sizeof patterns / sizeof *patterns, NAME_MOST = 40 };

struct names {
    const struct pattern *pattern;
    const char *name;           /* "my-rule", in suites */
    char symbol[NAME_MOST + 1]; /* "my_rule", in C */
};

/* ---------------------------------------------------------------- the names */

static bool is_taken(const struct names *names)
{
    const char *kind = names->pattern->kind, *name = names->name;

    if (strcmp(kind, "learner") == 0)
        return registry_learner(name) != NULL;
    if (strcmp(kind, "strategy") == 0)
        return registry_strategy(name) != NULL;
    return registry_stream(name) != NULL;
}

static enum status take_names(struct names *names, const char *kind, const char *name,
                              struct error *err)
{
    size_t n = strlen(name);

    for (size_t i = 0; i < N_PATTERN; i++)
        if (strcmp(patterns[i].kind, kind) == 0)
            names->pattern = &patterns[i];
    if (!names->pattern)
        return error_set(err, ERR_USAGE,
                         "bench new makes a learner, a strategy or a stream, not '%s'",
                         kind);
    if (n > NAME_MOST || !islower((unsigned char)name[0]) ||
        strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") != n || name[n - 1] == '-')
        return error_set(
            err, ERR_USAGE,
            "'%s' is no name for a %s: at most %d lower-case letters, digits and "
            "hyphens, a letter first",
            name, kind, NAME_MOST);
    names->name = name;
    for (size_t i = 0; i <= n; i++)
        names->symbol[i] = name[i] == '-' ? '_' : name[i];
    if (is_taken(names))
        return error_set(err, ERR_USAGE, "there is a %s '%s' already", kind, name);
    return OK;
}

/* ---------------------------------------------------------------- the files */

/* The text with its first `n` names exchanged wherever they stand. */
static void write_exchanged(const char *text, const char *const (*name)[2], int n,
                            FILE *out)
{
    while (*text) {
        int k = 0;

        while (k < n && strncmp(text, name[k][0], strlen(name[k][0])) != 0)
            k++;
        if (k < n)
            fputs(name[k][1], out);
        else
            putc(*text, out);
        text += k < n ? strlen(name[k][0]) : 1;
    }
}

static enum status write_plug(const struct names *names, const char *path,
                              struct arena *arena, struct error *err)
{
    const struct pattern *p = names->pattern;
    const char *const exchanged[][2] = {
        {arena_text(arena, "struct %s ", p->from),
         arena_text(arena, "struct %s ", names->symbol)},
        {arena_text(arena, "struct %s)", p->from),
         arena_text(arena, "struct %s)", names->symbol)},
        {arena_text(arena, "struct %s,", p->from),
         arena_text(arena, "struct %s,", names->symbol)},
        {arena_text(arena, "%s_%s ", p->kind, p->from),
         arena_text(arena, "%s_%s ", p->kind, names->symbol)},
        {arena_text(arena, ".name = \"%s\"", p->name),
         arena_text(arena, ".name = \"%s\"", names->name)},
    };
    const char *from = arena_text(arena, "%s/%s.c", p->folder, p->from);
    struct file file;
    char *text;
    size_t n;

    if (!file_exists(from) || !file_exists(p->list))
        return error_set(err, ERR_USAGE,
                         "there is no %s here: run bench new at the root of the source "
                         "tree",
                         from);
    if (file_exists(path))
        return error_set(err, ERR_USAGE, "%s is there already", path);
    if (file_read(from, arena, &text, &n, err) != OK ||
        file_begin(&file, path, err) != OK)
        return err->status;
    write_exchanged(text, exchanged, sizeof exchanged / sizeof *exchanged, file.out);
    return file_commit(&file, err);
}

static enum status add_line(const struct names *names, struct arena *arena,
                            struct error *err)
{
    const struct pattern *p = names->pattern;
    struct file file;
    char *text;
    size_t n;

    if (file_read(p->list, arena, &text, &n, err) != OK ||
        file_begin(&file, p->list, err) != OK)
        return err->status;
    fprintf(file.out, "%s%s(%s)\n", text, p->line, names->symbol);
    return file_commit(&file, err);
}

static enum status make(const struct names *names, struct error *err)
{
    const struct pattern *p = names->pattern;
    struct arena arena;
    const char *path;

    if (arena_open_required(&arena, err) != OK)
        return err->status;
    path = arena_text(&arena, "%s/%s.c", p->folder, names->symbol);
    if (write_plug(names, path, &arena, err) == OK &&
        add_line(names, &arena, err) == OK) {
        printf(
            "%s: the %s '%s', which does what '%s' does; change it\n%s: a line for it\n"
            "then: ./setup.sh build && build/bench list %s\nstill missing: ",
            path, p->kind, names->name, p->name, p->list, names->name);
        printf("%s\n", arena_text(&arena, p->rest, names->symbol));
    }
    arena_close(&arena);
    return err->status;
}

static enum status run(int argc, char **argv, int *exit_status, struct error *err)
{
    const struct flag table[] = {{.name = NULL}};
    struct names names = {.pattern = NULL};
    int n;

    if (flags_read(table, argc, argv, &n, err) != OK)
        return err->status;
    if (n != 2)
        return error_set(err, ERR_USAGE,
                         "bench new needs two words: learner, strategy or stream, and a "
                         "name; see bench new --help");
    if (take_names(&names, argv[0], argv[1], err) != OK)
        return err->status;
    return make(&names, err);
}

const struct command command_new = {
    .name = "new",
    .about = "write a working learner, strategy or stream to start from",
    .usage =
        "usage: bench new learner|strategy|stream NAME\n"
        "\n"
        "At the root of the source tree: writes one file that works, a copy of\n"
        "nearest-mean, freeze or permuted under the new name, adds its line to the\n"
        "list, and says what else is needed. Built as it stands it passes the tests\n"
        "of the registry.\n"
        "Exit status: 0 written; 2 the name is bad or taken, or no source tree is "
        "here.\n",
    .run = run,
};
