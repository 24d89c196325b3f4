/* The program as a user runs it: in a folder of its own, with a data set of its own. */
#ifndef TESTS_SUPPORT_PROGRAM_H
#define TESTS_SUPPORT_PROGRAM_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/sample.h"

enum { SIDE = 8, CLASSES = 4, TRAIN = 400, TEST = 80 };

static char folder[SAMPLE_FOLDER];

/* An image is dark but for a bright row that tells its class, with some noise. */
static inline void write_idx(const char *images, const char *labels, int n)
{
    size_t bytes = (size_t)n * SIDE * SIDE;
    uint8_t *image = calloc(1, 16 + bytes), *label = calloc(1, 8 + (size_t)n);
    uint32_t noise = 12345;

    memcpy(image, "\0\0\x08\x03\0\0\0\0\0\0\0\x08\0\0\0\x08", 16);
    memcpy(label, "\0\0\x08\x01\0\0\0\0", 8);
    image[6] = label[6] = (uint8_t)(n >> 8);
    image[7] = label[7] = (uint8_t)n;
    for (int i = 0; i < n; i++) {
        label[8 + i] = (uint8_t)(i % CLASSES);
        for (int p = 0; p < SIDE * SIDE; p++) {
            noise = noise * 1664525 + 1013904223;
            image[16 + i * SIDE * SIDE + p] =
                (uint8_t)((noise >> 24) / 2 + (p / SIDE / 2 == i % CLASSES ? 100 : 0));
        }
    }
    sample_write(folder, images, image, 16 + bytes);
    sample_write(folder, labels, label, 8 + (size_t)n);
    free(image);
    free(label);
}

static inline void write_text(const char *name, const char *text)
{
    sample_write(folder, name, (const uint8_t *)text, strlen(text));
}

static inline void set_up(void)
{
    sample_open(folder);
    sample_folder(folder, "data");
    write_idx("data/train-images-idx3-ubyte", "data/train-labels-idx1-ubyte", TRAIN);
    write_idx("data/t10k-images-idx3-ubyte", "data/t10k-labels-idx1-ubyte", TEST);
}

static inline void tear_down(void)
{
    sample_close(folder);
}

/* Starts a line of the shell in the test's folder. */
static inline pid_t start_shell(const char *line)
{
    char command[4096];
    pid_t pid;

    snprintf(command, sizeof command, "cd %s && %s", folder, line);
    pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* Starts `bench ARGUMENTS` in the test's folder; what it prints goes to the file
 * "printed". */
static inline pid_t start(const char *arguments)
{
    const char *program = getenv("BENCH_PROGRAM");
    char line[2048];

    ck_assert_msg(program != NULL, "BENCH_PROGRAM is not set");
    snprintf(line, sizeof line, "exec %s %s >printed 2>&1 </dev/null", program,
             arguments);
    return start_shell(line);
}

static inline int finish(pid_t pid)
{
    int status;

    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static inline int bench(const char *arguments)
{
    return finish(start(arguments));
}

/* The whole text of a file of the test's folder, "" if there is none. */
static inline char *content(const char *name)
{
    char path[SAMPLE_PATH], *text = NULL;
    size_t size = 0;
    FILE *in;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    in = fopen(path, "r");
    if (!in || getdelim(&text, &size, '\0', in) < 0) {
        free(text);
        text = calloc(1, 1);
    }
    if (in)
        fclose(in);
    return text;
}

static inline bool there_is(const char *name)
{
    char path[SAMPLE_PATH];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

/* Whether a file, of any length, has these words in one of its lines. */
static inline bool holds(const char *name, const char *words)
{
    char path[SAMPLE_PATH], *line = NULL;
    bool found = false;
    size_t size = 0;
    FILE *in;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    in = fopen(path, "r");
    ck_assert_msg(in != NULL, "there is no %s", name);
    while (!found && getline(&line, &size, in) > 0)
        found = strstr(line, words) != NULL;
    free(line);
    fclose(in);
    return found;
}

static inline void assert_same(const char *a, const char *b)
{
    char *left = content(a), *right = content(b);
    size_t line = 0, at = 0; /* where the line begins in which they differ */

    ck_assert_int_gt((int)strlen(left), 100);
    for (; left[at] && left[at] == right[at]; at++)
        line = left[at] == '\n' ? at + 1 : line;
    ck_assert_msg(left[at] == right[at], "%s and %s differ:\n%.300s\n%.300s", a, b,
                  left + line, right + line);
    free(left);
    free(right);
}

/* One line on the terminal, exit status 2, and the words that must be in it. */
static inline void assert_refused(const char *arguments, const char *words)
{
    int status = bench(arguments);
    char *printed = content("printed");

    ck_assert_msg(status == 2, "bench %s: status %d: %s", arguments, status, printed);
    ck_assert_msg(strstr(printed, words) != NULL, "bench %s: '%s' not in: %s", arguments,
                  words, printed);
    free(printed);
}

static inline void pause_ms(int ms)
{
    struct timespec t = {ms / 1000, ms % 1000 * 1000000L};

    nanosleep(&t, NULL);
}

#endif
