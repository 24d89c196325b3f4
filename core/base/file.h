/* Files that exist whole or not at all: written under a temporary name beside the
 * target, flushed to the disk, then renamed over it. */
#ifndef CORE_BASE_FILE_H
#define CORE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/base/arena.h"

struct file {
    FILE *out; /* write here */
    char path[1024], temporary[1136];
    struct file *next; /* of those that this process is writing */
};

enum status file_begin(struct file *file, const char *path, struct error *err);

/* Keeps the file; on any failure (also of earlier writes: a full disk) removes it
 * instead. */
enum status file_commit(struct file *file, struct error *err);

/* The same, but leaves it to file_sync_names, or to the file_commit of another file of the
 * folder, to flush the file's name: of a power failure before, an older file or none is
 * left. */
enum status file_put(struct file *file, struct error *err);

/* Flushes the names of the files beside this one. */
void file_sync_names(const char *path);

void file_abandon(struct file *file);

/* Before the process ends in the midst of things: every file that it is writing. */
void file_abandon_all(void);

/* Whether a file of that name (without its folder) is the temporary one of a process that
 * is gone: it was killed, and nobody will rename the file. */
bool file_is_leftover(const char *name);

/* A file that does not exist counts as removed. */
enum status file_remove(const char *path, struct error *err);

/* mkdir -p */
enum status file_make_folder(const char *path, struct error *err);

/* False: there is no such name. What may not be looked at is there: reading it says why it
 * cannot be read. */
bool file_exists(const char *path);

/* Opens a regular file for reading. NULL and ERR_IO: it is not there, cannot be read, or is
 * something else: a folder, a device, a FIFO, which would be waited for. */
FILE *file_open(const char *path, struct error *err);

/* The whole file, NUL-ended, taken from the arena; *n (may be NULL) is its length. */
enum status file_read(const char *path, struct arena *arena, char **text, size_t *n,
                      struct error *err);

#endif
