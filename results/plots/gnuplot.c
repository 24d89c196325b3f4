#include "results/plots/gnuplot.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_ARGUMENT_MAX = 15 };

extern char **environ;

/* What the child wrote, as one line. */
static void read_messages(FILE *messages, char *text, size_t size)
{
    size_t n;

    rewind(messages);
    n = fread(text, 1, size - 1, messages);
    while (n > 0 && strchr(" \r\n", text[n - 1]))
        n--;
    text[n] = '\0';
    for (char *c = text; *c; c++)
        if (strchr("\r\n\t", *c))
            *c = ' ';
}

/* 0, or the errno of what failed; ENOENT = there is no gnuplot. */
static int spawn(const char *const *argument, int messages, pid_t *child)
{
    posix_spawn_file_actions_t actions;
    char *argv[N_ARGUMENT_MAX + 2];
    char name[] = "gnuplot";
    int n = 0, failed;

    argv[n++] = name;
    for (; *argument; argument++) {
        assert(n <= N_ARGUMENT_MAX);
        memcpy(&argv[n++], argument, sizeof *argument); /* spawn takes no const */
    }
    argv[n] = NULL;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, messages, STDERR_FILENO);
    failed = posix_spawnp(child, name, &actions, NULL, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    return failed;
}

enum status gnuplot_start(struct gnuplot *gnuplot, const char *const *argument,
                          bool *missing, struct error *err)
{
    int failed;

    gnuplot->messages = tmpfile();
    if (!gnuplot->messages)
        return error_set(err, ERR_IO, "cannot make a temporary file: %s",
                         strerror(errno));
    failed = spawn(argument, fileno(gnuplot->messages), &gnuplot->pid);
    *missing = failed == ENOENT;
    if (failed)
        fclose(gnuplot->messages);
    if (failed && !*missing)
        return error_set(err, ERR_IO, "cannot run gnuplot: %s", strerror(failed));
    return OK;
}

static enum status wait_for(const struct gnuplot *gnuplot, struct error *err)
{
    char text[512];
    int status;

    while (waitpid(gnuplot->pid, &status, 0) < 0)
        if (errno != EINTR)
            return error_set(err, ERR_IO, "lost gnuplot: %s", strerror(errno));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return OK;
    if (WIFSIGNALED(status))
        return error_set(err, ERR_IO, "gnuplot was killed by signal %d (%s)",
                         WTERMSIG(status), strsignal(WTERMSIG(status)));
    read_messages(gnuplot->messages, text, sizeof text);
    return error_set(err, ERR_IO, "gnuplot failed with status %d: %s",
                     WEXITSTATUS(status), text);
}

enum status gnuplot_finish(struct gnuplot *gnuplot, struct error *err)
{
    wait_for(gnuplot, err);
    fclose(gnuplot->messages);
    return err->status;
}
