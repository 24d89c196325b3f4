#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Many times faster than with what is good for a program that runs once. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "quarantine_size_mb=4:thread_local_quarantine_size_kb=256:"
           "malloc_context_size=4";
}

/* BENCH_FUZZ_SECONDS takes the place of the -max_total_time that ctest gives. */
int LLVMFuzzerInitialize(int *n, char ***argument)
{
    static char text[64];
    const char *seconds = getenv("BENCH_FUZZ_SECONDS");

    snprintf(text, sizeof text, "-max_total_time=%s", seconds ? seconds : "");
    for (int i = 1; seconds && i < *n; i++)
        if (strncmp((*argument)[i], text, strlen("-max_total_time=")) == 0)
            (*argument)[i] = text;
    return 0;
}

static struct arena arena;

struct arena *fuzz_arena(void)
{
    struct error err = {0};

    if (!arena.limit)
        FUZZ_EXPECT(arena_open(&arena, 1 << 30, &err) == OK);
    arena_release(&arena, 0);
    arena.refused = 0;
    return &arena;
}

char *fuzz_text(const uint8_t *data, size_t n)
{
    char *text = malloc(n + 1);

    FUZZ_EXPECT(text != NULL);
    if (n > 0)
        memcpy(text, data, n);
    text[n] = '\0';
    return text;
}

/* ---------------------------------------------------------------- files */

enum { FILES_MOST = 8 };

static char folder[64];
static char *path[FILES_MOST];
static int n_path;

static void remove_all(void)
{
    for (int i = 0; i < n_path; i++)
        unlink(path[i]);
    rmdir(folder);
}

const char *fuzz_folder(void)
{
    if (*folder)
        return folder;
    strcpy(folder, "/dev/shm/fuzz-XXXXXX");
    if (!mkdtemp(folder)) {
        strcpy(folder, "/tmp/fuzz-XXXXXX");
        FUZZ_EXPECT(mkdtemp(folder) != NULL);
    }
    atexit(remove_all);
    return folder;
}

void fuzz_file_open(struct fuzz_file *file, const char *name)
{
    snprintf(file->path, sizeof file->path, "%s/%s", fuzz_folder(), name);
    file->fd = open(file->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    FUZZ_EXPECT(file->fd >= 0 && n_path < FILES_MOST);
    path[n_path++] = file->path;
}

void fuzz_file_set(const struct fuzz_file *file, const uint8_t *data, size_t n)
{
    FUZZ_EXPECT(pwrite(file->fd, data, n, 0) == (ssize_t)n);
    FUZZ_EXPECT(ftruncate(file->fd, (off_t)n) == 0);
}

void fuzz_expect(int holds, const char *promise, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, promise);
    abort();
}
