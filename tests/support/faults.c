/* Linked into a variant of the program, bench_faults, with --wrap for what is wrapped
 * here: of all allocations of the program's own, of jansson's, and of the static libraries
 * that tests/CMakeLists.txt links, in all its processes, the one with number
 * BENCH_FAULT_AT fails; with BENCH_FAULT_ON set, so does every later one. How many there
 * were is written to the file BENCH_FAULT_COUNT.
 *
 * Allocations inside other libraries are not counted, nor is the memory of OpenBLAS. */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/base/arena.h"

static atomic_long *count; /* shared with the workers */
static long at;
static bool on;
static pid_t first;

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t n);
char *__real_strdup(const char *text);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__real_open_memstream(char **text, size_t *n);
FILE *__real_tmpfile(void);
DIR *__real_opendir(const char *path);
void *__real_mmap(void *where, size_t n, int protection, int flags, int fd, off_t offset);
void *__real_arena_take(struct arena *arena, enum tag tag, size_t n, size_t size);

static bool fails(void)
{
    long n = count ? atomic_fetch_add(count, 1) + 1 : 0;
    bool now = at > 0 && (on ? n >= at : n == at);

    if (now)
        errno = ENOMEM;
    return now;
}

void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t n)
{
    return fails() ? NULL : __real_realloc(old, n);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
    return fails() ? NULL : __real_fopen(path, mode);
}

FILE *__wrap_open_memstream(char **text, size_t *n)
{
    return fails() ? NULL : __real_open_memstream(text, n);
}

FILE *__wrap_tmpfile(void)
{
    return fails() ? NULL : __real_tmpfile();
}

DIR *__wrap_opendir(const char *path)
{
    return fails() ? NULL : __real_opendir(path);
}

/* Arenas and what is shared between processes; OpenBLAS takes neither. */
void *__wrap_mmap(void *where, size_t n, int protection, int flags, int fd, off_t offset)
{
    if ((flags & (MAP_SHARED | MAP_NORESERVE)) && fails())
        return MAP_FAILED;
    return __real_mmap(where, n, protection, flags, fd, offset);
}

/* The arena has no room for it. */
void *__wrap_arena_take(struct arena *arena, enum tag tag, size_t n, size_t size)
{
    size_t limit = arena->limit;
    void *piece;

    if (n > 0 && size > 0 && fails())
        arena->limit = arena->now.total;
    piece = __real_arena_take(arena, tag, n, size);
    arena->limit = limit;
    return piece;
}

static void write_count(void)
{
    const char *path = getenv("BENCH_FAULT_COUNT");
    FILE *out = path && getpid() == first ? __real_fopen(path, "we") : NULL;

    if (!out)
        return;
    fprintf(out, "%ld\n", atomic_load(count));
    fclose(out);
}

__attribute__((constructor)) static void begin(void)
{
    const char *number = getenv("BENCH_FAULT_AT");

    count = __real_mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    at = number ? atol(number) : 0;
    on = getenv("BENCH_FAULT_ON") != NULL;
    first = getpid();
    json_set_alloc_funcs(__wrap_malloc, free); /* unless the program sets others */
    atexit(write_count);
}
