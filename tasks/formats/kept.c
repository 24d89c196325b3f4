#include "tasks/formats/kept.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "core/base/file.h"
#include "core/base/fnv.h"
#include "tasks/formats/mapping.h"

/* To be counted up where the same files are decoded to other bytes, or synthetic-digits to
 * other digits (tests/tasks/formats/check_synthetic.c knows them). */
static const char kept_version[16] = "bench data 1\n";

struct trailer { /* of a file; before it, the pages of the data set */
    char version[sizeof kept_version];
    uint64_t source;     /* describe */
    struct dataset data; /* without its pages */
    uint32_t crc;        /* of all that is before it */
};

enum { KEPT_PATH = 1024 };

struct keeping { /* of one data set */
    const char *text, *folder;
    struct dataset_form form;
    uint64_t source;
    char cache[KEPT_PATH / 2], path[KEPT_PATH];
};

void kept_folder(char *out, size_t n)
{
    const char *given = getenv("BENCH_CACHE");
    const char *xdg = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");

    *out = '\0';
    if (given && *given && strcmp(given, "none") != 0)
        snprintf(out, n, "%s", given);
    else if (given && *given)
        return;
    else if (xdg && *xdg)
        snprintf(out, n, "%s/bench", xdg);
    else if (home && *home)
        snprintf(out, n, "%s/.cache/bench", home);
}

/* ---------------------------------------------------------------- what it is made from */

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Names, sizes and times of the files in a folder. */
static uint64_t describe_folder(uint64_t hash, const char *folder)
{
    struct dirent **entry;
    int n = scandir(folder, &entry, is_visible, alphasort);

    for (int i = 0; i < n; i++) {
        char path[KEPT_PATH + sizeof entry[i]->d_name];
        struct stat info;

        snprintf(path, sizeof path, "%s/%s", folder, entry[i]->d_name);
        hash = fnv_text(hash, entry[i]->d_name);
        if (stat(path, &info) == 0 && S_ISREG(info.st_mode)) {
            hash = fnv_add(hash, &info.st_ino, sizeof info.st_ino);
            hash = fnv_add(hash, &info.st_size, sizeof info.st_size);
            hash = fnv_add(hash, &info.st_mtim, sizeof info.st_mtim);
            hash = fnv_add(hash, &info.st_ctim, sizeof info.st_ctim);
        }
        free(entry[i]);
    }
    if (n >= 0)
        free(entry);
    return hash;
}

static uint64_t hash_form(uint64_t hash, struct dataset_form form)
{
    hash = fnv_add(hash, &form.pad, sizeof form.pad);
    return form.transpose ? fnv_text(hash, "transposed") : hash;
}

/* Two descriptions are equal where the same would be decoded from the same files. */
static uint64_t describe(const struct keeping *k)
{
    uint64_t hash = hash_form(fnv_of_nothing, k->form);
    char name[DATASET_NAME], path[KEPT_PATH];
    const char *rest = k->text;

    while (dataset_next(&rest, name)) {
        hash = fnv_text(hash, name);
        if (dataset_folder(name, k->folder, path, sizeof path))
            hash = describe_folder(hash, path);
    }
    return hash;
}

/* Of the folders that it is read from; generated images have none. */
static uint64_t hash_places(uint64_t hash, const struct keeping *k)
{
    char name[DATASET_NAME], path[KEPT_PATH], *resolved;
    const char *rest = k->text;

    while (dataset_next(&rest, name))
        if (dataset_folder(name, k->folder, path, sizeof path)) {
            resolved = realpath(path, NULL);
            hash = fnv_text(hash, resolved ? resolved : path);
            free(resolved);
        }
    return hash;
}

/* CACHE/mnist-0123456789abcdef.data, for a data set from one place. */
static void name_file(struct keeping *k)
{
    char name[32];
    uint64_t hash = hash_places(hash_form(fnv_of_nothing, k->form), k);

    hash = fnv_text(hash, k->text);
    snprintf(name, sizeof name, "%s", k->text);
    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c))
            *c = '-';
    snprintf(k->path, sizeof k->path, "%s/%s-%016llx.data", k->cache, name,
             (unsigned long long)hash);
}

/* ---------------------------------------------------------------- the file */

static uint32_t checksum(const struct dataset *data, const struct trailer *trailer)
{
    uLong crc = crc32_z(0, mapping_base(data), mapping_bytes(data));

    return (uint32_t)crc32_z(crc, (const void *)trailer, offsetof(struct trailer, crc));
}

/* Whether the file can hold what its end says. */
static bool is_plausible(const struct trailer *trailer, uint64_t source, off_t bytes)
{
    const struct dataset *data = &trailer->data;
    const struct shape s = data->shape;
    const int most = 1 << 13;

    return memcmp(trailer->version, kept_version, sizeof kept_version) == 0 &&
           trailer->source == source && s.height > 0 && s.width > 0 && s.channels > 0 &&
           s.height <= most && s.width <= most && s.channels <= 3 && data->train.n > 0 &&
           data->test.n > 0 && mapping_bytes(data) + sizeof *trailer == (size_t)bytes;
}

static bool attach(struct dataset *data, const struct trailer *trailer, int file)
{
    *data = trailer->data;
    if (!mapping_attach(data, file))
        return false;
    if (checksum(data, trailer) == trailer->crc)
        return true;
    mapping_close(data);
    return false;
}

static bool find(const struct keeping *k, struct dataset *data)
{
    int file = open(k->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct trailer trailer;
    struct stat info;
    bool found = file >= 0 && fstat(file, &info) == 0 && S_ISREG(info.st_mode) &&
                 pread(file, &trailer, sizeof trailer,
                       info.st_size - (off_t)sizeof trailer) == sizeof trailer &&
                 is_plausible(&trailer, k->source, info.st_size) &&
                 attach(data, &trailer, file);

    if (file >= 0)
        close(file);
    return found;
}

static bool write_file(const struct keeping *k, const struct dataset *data)
{
    struct trailer trailer;
    struct error ignored = {0};
    struct file file;

    memset(&trailer, 0, sizeof trailer);
    memcpy(trailer.version, kept_version, sizeof kept_version);
    trailer.source = k->source;
    trailer.data = *data;
    trailer.data.train.pixel = trailer.data.train.label = NULL;
    trailer.data.test.pixel = trailer.data.test.label = NULL;
    trailer.crc = checksum(data, &trailer);
    if (file_begin(&file, k->path, &ignored) != OK)
        return false;
    fwrite(mapping_base(data), 1, mapping_bytes(data), file.out);
    fwrite(&trailer, sizeof trailer, 1, file.out);
    return file_commit(&file, &ignored) == OK;
}

/* ---------------------------------------------------------------- one at a time */

/* What killed processes left; nobody else writes here now. */
static void remove_leftovers(const char *folder)
{
    DIR *entries = opendir(folder);
    const struct dirent *entry;

    while (entries && (entry = readdir(entries)))
        if (file_is_leftover(entry->d_name))
            unlinkat(dirfd(entries), entry->d_name, 0);
    if (entries)
        closedir(entries);
}

/* Waits, half a minute at most, for a process that decodes. -1 = go on without: no lock on
 * this file system, or its owner hangs; at worst two decode the same. */
static int lock(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    for (int i = 0; fd >= 0 && i < 600; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return fd;
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Decodes the data set and keeps it. What is mapped in the end is the file, as by others. */
static enum status load_and_keep(const struct keeping *k, struct dataset *data,
                                 struct error *err)
{
    struct dataset kept;

    if (dataset_load(data, k->text, k->folder, k->form, err) != OK)
        return err->status;
    if (mapping_bytes(data) < KEPT_LEAST || describe(k) != k->source)
        return OK;
    remove_leftovers(k->cache);
    if (!write_file(k, data) || !find(k, &kept))
        return OK;
    dataset_close(data);
    *data = kept;
    return OK;
}

enum status kept_load(struct dataset *data, const char *text, const char *folder,
                      struct dataset_form form, struct error *err)
{
    struct keeping k = {.text = text, .folder = folder, .form = form};
    struct error ignored = {0};
    int locked;

    kept_folder(k.cache, sizeof k.cache);
    if (!k.cache[0])
        return dataset_load(data, text, folder, form, err);
    name_file(&k);
    k.source = describe(&k);
    if (find(&k, data))
        return OK;
    if (file_make_folder(k.cache, &ignored) != OK)
        return dataset_load(data, text, folder, form, err);
    locked = lock(k.cache);
    if (!find(&k, data)) /* another process may have made it meanwhile */
        load_and_keep(&k, data, err);
    if (locked >= 0)
        close(locked);
    return err->status;
}
