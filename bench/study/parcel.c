#include "bench/study/parcel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"

static const char *const names[] = {"checkpoint", "trace.csv",  "log.txt",
                                    "loss.csv",   "stream.csv", "status.json"};

enum { LOG = 2, NAMES = sizeof names / sizeof *names };

static int count_of(enum parcel_of what)
{
    return what == PARCEL_BEGUN ? LOG : NAMES;
}

struct file_entry {
    int32_t name, there;
    uint64_t n; /* bytes, which follow */
};

static void put_file(const char *path, int name, FILE *out)
{
    struct file_entry entry = {.name = name};
    struct arena arena = {0};
    struct error ignored = {0};
    char *text;
    size_t n = 0;

    if (arena_open(&arena, 0, &ignored) == OK &&
        file_read(path, &arena, &text, &n, &ignored) == OK)
        entry.there = 1;
    entry.n = n;
    fwrite(&entry, sizeof entry, 1, out);
    if (entry.there)
        fwrite(text, 1, n, out);
    arena_close(&arena);
}

void parcel_put(const struct folder *folder, const struct cell *first,
                enum parcel_of what, FILE *out)
{
    char path[FOLDER_PATH];

    for (const struct cell *c = first; c; c = c->next_sharing)
        for (int i = 0; i < count_of(what); i++) {
            folder_cell_path(folder, c, names[i], path);
            put_file(path, i, out);
        }
}

static enum status append(const char *path, const char *text, size_t n, struct error *err)
{
    FILE *out = fopen(path, "ae");
    bool good = out && fwrite(text, 1, n, out) == n;

    if (out)
        good = fclose(out) == 0 && good;
    if (!good)
        return error_set(err, ERR_IO, "cannot write %s: %s", path, strerror(errno));
    return OK;
}

static enum status replace(const char *path, const char *text, size_t n,
                           struct error *err)
{
    struct file file;

    if (file_begin(&file, path, err) != OK)
        return err->status;
    fwrite(text, 1, n, file.out);
    return file_put(&file, err);
}

static enum status take_file(const char *path, const struct file_entry *entry,
                             const char *text, struct error *err)
{
    if (entry->name == LOG)
        return entry->there ? append(path, text, entry->n, err) : OK;
    if (!entry->there)
        return file_remove(path, err);
    return replace(path, text, entry->n, err);
}

enum status parcel_take(const struct folder *folder, const struct cell *first,
                        const char *from, size_t n, struct error *err)
{
    const struct cell *cell = first;
    int last = -1;

    while (n > 0) {
        struct file_entry entry;
        char path[FOLDER_PATH];

        if (n < sizeof entry)
            return error_set(err, ERR_IO, "a message between ranks is damaged");
        memcpy(&entry, from, sizeof entry);
        from += sizeof entry;
        n -= sizeof entry;
        if (entry.name <= last) /* the next cell's first */
            cell = cell->next_sharing;
        last = entry.name;
        if (!cell || last < 0 || last >= NAMES || entry.n > n)
            return error_set(err, ERR_IO, "a message between ranks is damaged");
        folder_cell_path(folder, cell, names[last], path);
        if (take_file(path, &entry, from, err) != OK)
            return err->status;
        from += entry.n;
        n -= entry.n;
    }
    return OK;
}

void parcel_remove(const struct folder *folder, const struct cell *first)
{
    char path[FOLDER_PATH];

    for (const struct cell *c = first; c; c = c->next_sharing)
        for (int i = 0; i < NAMES; i++) {
            folder_cell_path(folder, c, names[i], path);
            unlink(path);
        }
}
