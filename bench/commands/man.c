#include "bench/commands/man.h"

#include <stdbool.h>

/* Text as it stands: no character of it is a request, or prints as another one. */
static void print_text(const char *text, FILE *out)
{
    bool line_begins = true;

    for (; *text; text++) {
        if (line_begins && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        line_begins = *text == '\n';
        switch (*text) {
        case '\\':
            fputs("\\e", out);
            break;
        case '-':
            fputs("\\-", out);
            break;
        case '\'':
            fputs("\\(aq", out);
            break;
        case '`':
            fputs("\\(ga", out);
            break;
        case '^':
            fputs("\\(ha", out);
            break;
        case '~':
            fputs("\\(ti", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

static void print_command(const struct command *command, FILE *out)
{
    fprintf(out, ".SS bench %s\n", command->name);
    print_text(command->about, out);
    fputs(".\n.PP\n.nf\n", out);
    print_text(command->usage, out);
    fputs(".fi\n", out);
}

static const char head[] = ".SH NAME\n"
                           "bench \\- continual\\-learning benchmark suite for learning "
                           "without back\\-propagation\n"
                           ".SH SYNOPSIS\n"
                           ".B bench\n"
                           ".I COMMAND\n"
                           "[arguments]\n"
                           ".br\n"
                           ".B bench\n"
                           ".I COMMAND\n"
                           ".B \\-\\-help\n"
                           ".br\n"
                           ".B bench \\-\\-version\n"
                           ".SH DESCRIPTION\n"
                           "Trains learners on streams of tasks, as a suite file says, "
                           "and reports accuracy,\n"
                           "forgetting, time and memory.\n"
                           ".SH COMMANDS\n";

static const char tail[] = ".SH ENVIRONMENT\n"
                           ".TP\n"
                           ".B BENCH_DATA\n"
                           "The data directory where \\-\\-data is not given.\n"
                           ".TP\n"
                           ".B XDG_DATA_HOME\n"
                           "Its folder bench is the data directory where BENCH_DATA is "
                           "not set either.\n"
                           ".TP\n"
                           ".B BENCH_CACHE\n"
                           "Where decoded data sets are kept between runs; none keeps "
                           "nothing. It may be\n"
                           "deleted at any time.\n"
                           ".TP\n"
                           ".B XDG_CACHE_HOME\n"
                           "Its folder bench is that place where BENCH_CACHE is not set, "
                           "else ~/.cache/bench.\n"
                           ".SH EXIT STATUS\n"
                           "0 on success, 1 where a command did its work and found "
                           "something wrong, 2 for bad\n"
                           "usage, suites or data, 130 when interrupted.\n";

void man_print(const struct command *const *command, size_t n, const char *version,
               FILE *out)
{
    fprintf(out, ".TH BENCH 1 \"\" \"bench %s\" \"User Commands\"\n", version);
    fputs(head, out);
    for (size_t i = 0; i < n; i++)
        print_command(command[i], out);
    fputs(tail, out);
}
