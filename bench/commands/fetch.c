#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/fetch/fetch.h"
#include "core/base/suggest.h"
#include "tasks/formats/catalogue.h"

enum { N_SET_MAX = 16, FOLDER = 1024 };

struct fetch_flags {
    const char *data, *from;
    bool quiet;
};

static enum status unknown(const char *name, struct error *err)
{
    const char *words[N_SET_MAX];
    char hint[SUGGEST_TEXT];
    size_t n = 0;

    for (; n < N_SET_MAX && fetch_sets[n].name; n++)
        words[n] = fetch_sets[n].name;
    if (strcmp(name, "synthetic-digits") == 0)
        return error_set(err, ERR_USAGE,
                         "'synthetic-digits' needs no files: the program draws them");
    return error_set(
        err, ERR_USAGE, "no data set '%s' can be fetched%s", name,
        suggest_text(suggest(name, words, n),
                     "; there are mnist, fashion-mnist, cifar10 and cifar100", hint));
}

/* cifar100-coarse is made of the files of cifar100. */
static const struct fetch_set *find(const char *name, struct error *err)
{
    const char *wanted = strcmp(name, "cifar100-coarse") == 0 ? "cifar100" : name;

    for (const struct fetch_set *set = fetch_sets; set->name; set++)
        if (strcmp(set->name, wanted) == 0)
            return set;
    unknown(name, err);
    return NULL;
}

static enum status fetch(int argc, char **argv, int *exit_status, struct error *err)
{
    struct fetch_flags flags = {0};
    const struct flag table[] = {
        {.name = "data", .value = &flags.data},
        {.name = "from", .value = &flags.from},
        {.name = "quiet", .on = &flags.quiet},
        {.name = NULL},
    };
    const struct fetch_set *set[N_SET_MAX];
    struct fetch_options options;
    char data[FOLDER];
    int n;

    if (flags_read(table, argc, argv, &n, err) != OK)
        return err->status;
    if (n == 0 || n > N_SET_MAX)
        return error_set(err, ERR_USAGE,
                         "bench fetch needs the name of a data set; see bench fetch "
                         "--help");
    for (int i = 0; i < n; i++)
        if (!(set[i] = find(argv[i], err)))
            return err->status;
    options = (struct fetch_options){.from = flags.from,
                                     .out = flags.quiet ? NULL : stdout,
                                     .shows_bar = !flags.quiet && isatty(STDOUT_FILENO)};
    data_folder(flags.data, data, sizeof data);
    if (!*data)
        return error_set(err, ERR_USAGE,
                         "there is no data directory; name one with "
                         "--data or BENCH_DATA");
    for (int i = 0; i < n; i++)
        if (fetch_set(set[i], data, &options, err) != OK)
            break;
    return err->status;
}

const struct command command_fetch = {
    .name = "fetch",
    .about = "download published data sets into the data directory",
    .usage =
        "usage: bench fetch DATASET... [--data DIR] [--from URL] [--quiet]\n"
        "\n"
        "Downloads mnist, fashion-mnist, cifar10 or cifar100 and checks the digest of\n"
        "every file. Files that are there are kept; an interrupted download is "
        "resumed.\n"
        "\n"
        "  --data DIR  data directory (default $BENCH_DATA, else $XDG_DATA_HOME/bench,\n"
        "              else ~/.local/share/bench)\n"
        "  --from URL  the folder of another server, or file:///DIR, that has the same\n"
        "              files\n"
        "  --quiet     errors only\n"
        "\n"
        "Exit status: 0 the data sets are there; 2 bad usage, no connection, or files\n"
        "that are not the published ones.\n",
    .run = fetch,
};
