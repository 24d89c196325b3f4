#include <stdio.h>
#include <string.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/commands/run_study.h"
#include "core/base/file.h"
#include "core/base/suggest.h"
#include "results/data/embedded.h"
#include "results/report/target.h"

enum { N_PROTOCOL_MAX = 64 };

struct verify_flags {
    const char *out, *jobs;
    bool wide;
    struct run_options options;
};

struct tally {
    int n, n_met;
    int n_published; /* of those met */
};

/* "narrow/vdv22-class.yaml" is called vdv22-class. */
static const char *name_of(const struct embedded *protocol, char name[64])
{
    const char *slash = strrchr(protocol->name, '/');

    snprintf(name, 64, "%s", slash ? slash + 1 : protocol->name);
    if (strrchr(name, '.'))
        *strrchr(name, '.') = '\0';
    return name;
}

/* Writes the suite beside its results, where a user can read and change it. */
static enum status write_suite(const struct embedded *protocol, const char *folder,
                               const char *path, struct error *err)
{
    struct file file;

    if (file_make_folder(folder, err) != OK || file_begin(&file, path, err) != OK)
        return err->status;
    fwrite(protocol->text, 1, protocol->size, file.out);
    return file_commit(&file, err);
}

static enum status compare_cells(struct study *study, struct arena *arena,
                                 struct tally *tally, struct error *err)
{
    int n;
    const struct outcome *cells = study_gather(study, &n);
    struct comparison *comparison;
    struct grouping grouping;
    struct table table;

    if (arena_check(arena, err) != OK ||
        group_cells(&grouping, cells, n, arena, err) != OK)
        return err->status;
    comparison =
        targets_compare(study->suite.target, study->suite.n_target, &grouping, &n, arena);
    if (arena_check(arena, err) != OK)
        return err->status;
    table = target_table(comparison, n, arena);
    if (arena_check(arena, err) != OK)
        return err->status;
    printf("\n%s\n", study->suite.about);
    table_terminal(&table, stdout);
    putchar('\n');
    tally->n += n;
    for (int i = 0; i < n; i++) {
        tally->n_met += comparison[i].inside;
        tally->n_published += comparison[i].inside && comparison[i].target->published;
    }
    return OK;
}

static enum status verify_protocol(const struct embedded *protocol,
                                   const struct verify_flags *flags, struct tally *tally,
                                   int *exit_status, struct error *err)
{
    const char *out = flags->out ? flags->out : "out/verify";
    char name[64], folder[FOLDER_PATH / 2], path[FOLDER_PATH];
    struct study study = {.folder.lock = -1};
    struct arena arena = {0};

    name_of(protocol, name);
    snprintf(folder, sizeof folder, "%s/%s", out, name);
    snprintf(path, sizeof path, "%s/%s.yaml", out, name);
    if (write_suite(protocol, out, path, err) == OK &&
        study_open(&study, path, NULL, err) == OK &&
        run_study(&study, folder, &flags->options, exit_status, err) == OK &&
        arena_open_required(&arena, err) == OK)
        compare_cells(&study, &arena, tally, err);
    arena_close(&arena);
    study_close(&study);
    return err->status;
}

/* The protocols named on the command line; if there are none, the narrow ones, or with
 * --wide all. */
static enum status choose(const struct verify_flags *flags, int argc, char **argv,
                          const struct embedded *chosen[N_PROTOCOL_MAX], int *n,
                          struct error *err)
{
    static char name[N_PROTOCOL_MAX][64];
    const char *words[N_PROTOCOL_MAX];
    char hint[SUGGEST_TEXT];
    int n_word = 0, n_asked = *n = 0;

    for (const struct embedded *p = embedded_protocols; p->name; p++, n_word++) {
        bool asked = argc == 0 && (flags->wide || strncmp(p->name, "narrow/", 7) == 0);

        words[n_word] = name_of(p, name[n_word]);
        for (int i = 0; i < argc; i++)
            asked = asked || strcmp(argv[i], words[n_word]) == 0;
        if (asked)
            chosen[(*n)++] = p;
    }
    for (int i = 0; i < argc; i++) {
        for (int k = 0; k < n_word; k++)
            n_asked += strcmp(argv[i], words[k]) == 0;
        if (n_asked > i)
            continue;
        return error_set(err, ERR_USAGE, "no protocol is called '%s'%s", argv[i],
                         suggest_text(suggest(argv[i], words, (size_t)n_word),
                                      "; see bench verify --help", hint));
    }
    return OK;
}

static enum status verify(int argc, char **argv, int *exit_status, struct error *err)
{
    struct verify_flags flags = {0};
    const struct flag table[] = {
        {.name = "out", .value = &flags.out},
        {.name = "data", .value = &flags.options.data},
        {.name = "jobs", .value = &flags.jobs},
        {.name = "wide", .on = &flags.wide},
        {.name = "quiet", .on = &flags.options.quiet},
        {.name = NULL},
    };
    const struct embedded *chosen[N_PROTOCOL_MAX];
    struct tally tally = {0};
    int n;

    if (flags_read(table, argc, argv, &argc, err) != OK ||
        choose(&flags, argc, argv, chosen, &n, err) != OK ||
        (flags.jobs && param_set(param_find(run_option_table, "--jobs"), &flags.options,
                                 flags.jobs, err) != OK))
        return err->status;
    for (int i = 0; i < n; i++)
        if (verify_protocol(chosen[i], &flags, &tally, exit_status, err) != OK)
            return err->status;
    printf("%d of %d reference numbers reproduced, %d of them published\n", tally.n_met,
           tally.n, tally.n_published);
    if (tally.n_met < tally.n)
        *exit_status = 1;
    return OK;
}

const struct command command_verify = {
    .name = "verify",
    .about = "run published protocols and compare the results with the published numbers",
    .usage =
        "usage: bench verify [NAME...] [--wide] [--out DIR] [--data DIR] [--jobs N] "
        "[--quiet]\n"
        "\n"
        "Runs the protocols of published papers and compares the results with the\n"
        "published numbers; a result that is better than published fails too. Numbers "
        "that\n"
        "a paper does not give are those of an independent program, as the source says.\n"
        "Needs mnist. A run that was interrupted goes on where it stopped.\n"
        "\n"
        "  NAME        only these: der-smnist, der-pmnist, vdv22-class, vdv22-joint, "
        "...\n"
        "  --wide      also the protocols that need many or long runs\n"
        "  --out DIR   for suites and results (default out/verify)\n"
        "  --data DIR  data directory, as in bench run\n"
        "  --jobs N    cells at a time\n"
        "\n"
        "A mean may differ by 3 published deviations times sqrt(1/n published + 1/n "
        "ours)\n"
        "+ 0.05 points, 0.3 points at least, or by the margin that the suite gives "
        "where\n"
        "no deviation is published.\n"
        "Exit status: 0 every number is reproduced; 1 some are not; 2 bad usage or "
        "data.\n",
    .run = verify,
};
