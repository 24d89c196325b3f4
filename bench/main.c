/* The program: finds the command, runs it, prints its error. */
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/commands/commands.h"
#include "bench/commands/man.h"
#include "bench/registry/registry.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/ranks.h"
#include "core/base/suggest.h"

#ifndef BENCH_VERSION
#define BENCH_VERSION "unknown"
#endif

enum { EXIT_BAD = 2, EXIT_SIGINT = 130 };

static void print_help(void)
{
    printf("bench: a continual-learning benchmark suite for learning without "
           "back-propagation\n\nusage: bench COMMAND [arguments]\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        printf("  %-10s %s\n", command_table[i]->name, command_table[i]->about);
    printf("\nbench COMMAND --help explains a command. Start with\n"
           "  bench run bench/suites/quick.yaml\n");
}

static void print_version(void)
{
    const char *mpi = ranks_library();

    printf("bench %s\n%s\n", BENCH_VERSION, mpi ? mpi : "no MPI");
}

static const struct command *find(const char *name, struct error *err)
{
    const char *names[COMMANDS];
    char hint[SUGGEST_TEXT];

    for (size_t i = 0; i < COMMANDS; i++) {
        names[i] = command_table[i]->name;
        if (strcmp(name, names[i]) == 0)
            return command_table[i];
    }
    error_set(err, ERR_USAGE, "there is no command '%s'%s", name,
              suggest_text(suggest(name, names, COMMANDS), "; see bench --help", hint));
    return NULL;
}

/* One command, or all where none is named. */
static void explain(const char *name, struct error *err)
{
    const struct command *command = name ? find(name, err) : NULL;

    if (!name)
        print_help();
    else if (command)
        fputs(command->usage, stdout);
}

static int asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return 1;
    return 0;
}

/* Runs the command; 0 or the exit status of one that did its work but found something. */
static int run_command(int argc, char **argv, struct error *err)
{
    const struct command *command = find(argv[0], err);
    int exit_status = 0;

    if (!command || registry_check(err) != OK)
        return 0;
    if (asks_for_help(argc - 1, argv + 1))
        fputs(command->usage, stdout);
    else
        command->run(argc - 1, argv + 1, &exit_status, err);
    return exit_status;
}

/* Puts right what the process may have inherited: the next file that is opened would get
 * the number of a closed standard descriptor, and with SIGCHLD ignored the exit status of
 * our workers would be lost. A reader of our output that goes away, or a limit on the
 * size of files, must be an error and not kill the program. */
static void reset_inherited(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR) < 0)
            _exit(EXIT_BAD);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

/* The lock of a result folder and its workers' processes go with this one. */
static void end_without_memory(const struct error *err)
{
    file_abandon_all();
    fflush(stdout);
    diagnostic_print(err, stderr);
    fflush(stderr);
    _exit(EXIT_BAD);
}

int main(int argc, char **argv)
{
    struct error err = {0};
    int exit_status = 0;

    reset_inherited();
    memory_when_exhausted(end_without_memory);
    json_set_alloc_funcs(memory_required, free);
    if (argc > 1 && strcmp(argv[1], "--version") == 0)
        print_version();
    else if (argc > 1 && strcmp(argv[1], "--man") == 0) /* for the build */
        man_print(command_table, COMMANDS, BENCH_VERSION, stdout);
    else if (argc < 2 || strcmp(argv[1], "help") == 0 || asks_for_help(1, argv + 1))
        explain(argc > 2 ? argv[2] : NULL, &err);
    else
        exit_status = run_command(argc - 1, argv + 1, &err);
    if (err.status == OK && (fflush(stdout) != 0 || ferror(stdout)))
        error_set(&err, ERR_IO, "cannot write the output");
    if (err.status == OK)
        return exit_status;
    diagnostic_print(&err, stderr);
    return err.status == ERR_INTERRUPTED ? EXIT_SIGINT : EXIT_BAD;
}
