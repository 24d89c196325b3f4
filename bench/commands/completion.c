/* Completion for shells, written from the tables that the program itself reads. */
#include <stdio.h>
#include <string.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/registry/registry.h"
#include "results/data/cost.h"
#include "results/data/metrics.h"
#include "results/plots/plot.h"
#include "tasks/formats/catalogue.h"

/* Prints words, one after the other, each with a space behind it. */
typedef void print_words(FILE *out);

static void print_commands(FILE *out)
{
    for (int i = 0; i < COMMANDS; i++)
        fprintf(out, "%s ", command_table[i]->name);
    fputs("help ", out);
}

static void print_datasets(FILE *out)
{
    for (const struct dataset_info *d = dataset_table; d->name; d++)
        if (!strchr(d->name, ':')) /* the user's own */
            fprintf(out, "%s ", d->name);
}

#define PRINT_NAMES(table)                                                               \
    for (size_t i = 0; table[i]; i++)                                                    \
    fprintf(out, "%s ", table[i]->name)

static void print_names(FILE *out)
{
    fputs("learners strategies streams datasets nets metrics plots settings ", out);
    PRINT_NAMES(registry_learners);
    PRINT_NAMES(registry_strategies);
    PRINT_NAMES(registry_streams);
    print_datasets(out);
}

static void print_published(FILE *out)
{
    char folder[1024];

    for (const struct dataset_info *d = dataset_table; d->name; d++)
        if (!strchr(d->name, ':') && dataset_folder(d->name, "", folder, sizeof folder))
            fprintf(out, "%s ", d->name);
}

static void print_metrics(FILE *out)
{
    for (int i = 0; i < N_METRIC; i++)
        fprintf(out, "%s ", metric_table[i].name);
    for (const struct metric_info *cost = cost_table; cost->name; cost++)
        fprintf(out, "%s ", cost->name);
}

static void print_kinds(FILE *out)
{
    fputs("learner strategy stream ", out);
}

static void print_shells(FILE *out)
{
    fputs("bash zsh ", out);
}

/* What a command takes beside files. */
static const struct {
    const char *command;
    print_words *print;
} words[] = {{"help", print_commands},   {"list", print_names},
             {"explain", print_metrics}, {"fetch", print_published},
             {"new", print_kinds},       {"completion", print_shells}};

static void print_sort_keys(FILE *out)
{
    fputs("learner strategy ", out);
    print_metrics(out);
}

static void print_plots(FILE *out)
{
    for (size_t i = 0; plot_names[i].name; i++)
        fprintf(out, "%s ", plot_names[i].name);
}

static void print_formats(FILE *out)
{
    fputs("svg png pdf json ", out);
}

static void print_palettes(FILE *out)
{
    fputs("okabe-ito tol-bright grey ", out);
}

/* What a flag takes, of a list the first; of the other flags a shell offers files. */
static const struct {
    const char *flag;
    print_words *print;
} values[] = {{"metric", print_metrics},  {"sort", print_sort_keys},
              {"columns", print_metrics}, {"plots", print_plots},
              {"format", print_formats},  {"palette", print_palettes}};

static print_words *words_of(const char *command)
{
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i].command, command) == 0)
            return words[i].print;
    return NULL;
}

static struct flag_names flags_of(const struct command *command)
{
    struct flag_names names = {.n = 0};
    struct error ignored = {0};
    int exit_status;

    flags_ask(&names);
    command->run(0, NULL, &exit_status, &ignored);
    flags_ask(NULL);
    return names;
}

/* "run) offered=''; switches='--dry-run '; values='--out ';;" */
static void print_case(const char *name, const struct flag_names *flags, FILE *out)
{
    print_words *print = words_of(name);

    fprintf(out, "    %s) offered='", name);
    if (print)
        print(out);
    fputs("' switches='--help ", out);
    for (int i = 0; i < flags->n; i++)
        if (flags->flag[i].is_switch)
            fprintf(out, "--%s ", flags->flag[i].name);
    fputs("' values='", out);
    for (int i = 0; i < flags->n; i++)
        if (!flags->flag[i].is_switch)
            fprintf(out, "--%s ", flags->flag[i].name);
    fputs("' ;;\n", out);
}

static void print_cases(FILE *out)
{
    const struct flag_names none = {.n = 0};

    fputs("    local offered='' switches='' values=''\n    case $command in\n", out);
    fputs("    '') offered='", out);
    print_commands(out);
    fputs("' switches='--help --version' ;;\n", out);
    for (int i = 0; i < COMMANDS; i++) {
        struct flag_names flags = flags_of(command_table[i]);

        print_case(command_table[i]->name, &flags, out);
    }
    print_case("help", &none, out);
    fputs("    esac\n", out);
}

/* "--metric) offered='accuracy ...' ;;": after such a flag nothing else is offered. */
static void print_values(FILE *out)
{
    fputs("    local value=yes\n    case $before in\n", out);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        fprintf(out, "    --%s) offered='", values[i].flag);
        values[i].print(out);
        fputs("' ;;\n", out);
    }
    fputs("    *) value='' ;;\n    esac\n", out);
}

/* Where nothing fits, and for the value of most flags, bash offers files. */
static void print_bash(FILE *out)
{
    fputs(
        "# bash completion for bench, written by `bench completion bash`\n"
        "_bench() {\n"
        "    local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
        "    local command=''\n"
        "    (( COMP_CWORD > 1 )) && command=${COMP_WORDS[1]}\n",
        out);
    print_cases(out);
    print_values(out);
    fputs("    COMPREPLY=()\n"
          "    [[ -z $value && \" $values\" == *\" $before \"* ]] && return\n"
          "    [[ -z $value && $current == -* ]] && offered=\"$switches $values\"\n"
          "    COMPREPLY=($(compgen -W \"$offered\" -- \"$current\"))\n"
          "}\n"
          "complete -o bashdefault -o default -F _bench bench\n",
          out);
}

static void print_zsh(FILE *out)
{
    fputs("#compdef bench\n"
          "# zsh completion for bench, written by `bench completion zsh`\n"
          "_bench() {\n"
          "    local command='' before=${words[CURRENT-1]}\n"
          "    (( CURRENT > 2 )) && command=${words[2]}\n",
          out);
    print_cases(out);
    print_values(out);
    fputs("    if [[ -z $value && \" $values\" == *\" $before \"* ]]; then\n"
          "        _files\n"
          "        return\n"
          "    fi\n"
          "    [[ -z $value && ${words[CURRENT]} == -* ]] && offered=\"$switches "
          "$values\"\n"
          "    compadd -- ${=offered} || _files\n"
          "}\n"
          "if [[ ${funcstack[1]} == _bench ]]; then # loaded from a folder of $fpath\n"
          "    _bench \"$@\"\n"
          "else\n"
          "    compdef _bench bench\n"
          "fi\n",
          out);
}

#define SHELL(name)                                                                      \
    {                                                                                    \
#name, print_##name                                                              \
    }

static const struct {
    const char *name;
    void (*print)(FILE *out);
} shells[] = {SHELL(bash), SHELL(zsh)};

static enum status run(int argc, char **argv, int *exit_status, struct error *err)
{
    const struct flag table[] = {{.name = NULL}};
    int n;

    if (flags_read(table, argc, argv, &n, err) != OK)
        return err->status;
    for (size_t i = 0; n == 1 && i < sizeof shells / sizeof *shells; i++)
        if (strcmp(argv[0], shells[i].name) == 0) {
            shells[i].print(stdout);
            return OK;
        }
    return error_set(err, ERR_USAGE, "usage: bench completion bash|zsh");
}

const struct command command_completion = {
    .name = "completion",
    .about = "what makes bash or zsh complete commands, flags and names",
    .usage = "usage: bench completion bash|zsh\n"
             "\n"
             "Prints a script for the shell. `cmake --install` puts both below its "
             "prefix, where\n"
             "shells look for them if it is /usr or /usr/local; otherwise:\n"
             "\n"
             "  bash: eval \"$(bench completion bash)\" in ~/.bashrc\n"
             "  zsh:  eval \"$(bench completion zsh)\" in ~/.zshrc, after compinit; or\n"
             "        bench completion zsh > DIR/_bench, with DIR in $fpath\n",
    .run = run,
};
