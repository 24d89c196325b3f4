#include <stdio.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/study/study.h"
#include "results/data/escape.h"

static enum status check_suite(const char *path, struct error *err)
{
    struct study study;

    if (study_open(&study, path, NULL, err) == OK &&
        suite_write_resolved(&study.suite, stdout) == OK) {
        escape_terminal(path, stderr);
        fputs(": ok, ", stderr);
        plan_print_size(&study.plan, "", stderr);
    }
    suite_print_earlier(&study.suite, stderr);
    if (err->status == OK && study.candidates.n > 0)
        fprintf(stderr, " and %d to tune them", study.candidates.n);
    if (err->status == OK)
        fputc('\n', stderr);
    study_close(&study);
    return err->status;
}

static enum status check(int argc, char **argv, int *exit_status, struct error *err)
{
    const struct flag table[] = {{.name = NULL}};
    int n;

    if (flags_read(table, argc, argv, &n, err) != OK)
        return err->status;
    if (n == 0)
        return error_set(err, ERR_USAGE,
                         "bench check needs a suite file; see bench check --help");
    for (int i = 0; i < n; i++)
        if (check_suite(argv[i], err) != OK)
            break;
    return err->status;
}

const struct command command_check = {
    .name = "check",
    .about = "read and validate suites, print them with every default filled in",
    .usage = "usage: bench check SUITE.yaml...\n"
             "\n"
             "Reads and validates suite files and prints them resolved: every setting,\n"
             "defaults filled in. Runs nothing and reads no data.\n"
             "Exit status: 0 the suites are good; 2 one is not.\n",
    .run = check,
};
