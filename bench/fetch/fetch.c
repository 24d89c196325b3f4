#include "bench/fetch/fetch.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench/fetch/download.h"
#include "bench/fetch/untar.h"
#include "core/base/file.h"
#include "core/base/sha256.h"

enum { PATH = 1024, NAME = 64, PART = PATH + 8, URL = 2048, SILENT = 60 };

static const long long most = 1LL << 30;

struct fetching {
    const struct fetch_set *set;
    const struct fetch_options *options;
    struct download_bounds bounds;
    const char *from; /* the URL that is asked */
    char folder[PATH - NAME];
};

/* A download on its way, locked from its first byte until it is renamed or removed: two
 * that append to one file would mix what they get. */
struct part {
    char path[PART], url[URL];
    FILE *file;
    bool begun; /* held something before */
};

static void say(const struct fetching *f, const char *name, const char *what)
{
    if (f->options->out)
        fprintf(f->options->out, "%s/%s: %s\n", f->set->folder, name, what);
}

static void path_of(const struct fetching *f, const char *name, char path[PATH])
{
    assert(strlen(name) < NAME);
    snprintf(path, PATH, "%s/%s", f->folder, name);
}

/* False where it cannot be read. */
static bool digest_of(const char *path, char digest[65])
{
    struct error none = {0};
    FILE *in = file_open(path, &none);
    struct sha256 sha;
    char block[1 << 14];
    size_t n;
    bool good;

    if (!in)
        return false;
    sha256_begin(&sha);
    while ((n = fread(block, 1, sizeof block, in)) > 0)
        sha256_add(&sha, block, n);
    sha256_end(&sha, digest);
    good = !ferror(in);
    fclose(in);
    return good;
}

static bool is_complete(const struct fetching *f, const struct fetch_file *file)
{
    char path[PATH], digest[65];

    path_of(f, file->name, path);
    return digest_of(path, digest) && strcmp(digest, file->sha256) == 0;
}

static enum status another_file(const char *what, const char *digest,
                                const struct fetch_file *file, struct error *err)
{
    return error_set(err, ERR_DATA,
                     "%s is damaged or another file: its SHA-256 is %.16s..., that of %s "
                     "%.16s...; nothing of it was kept",
                     what, digest, file->name, file->sha256);
}

/* The process that had the lock before may have renamed or removed the file that was
 * opened here. A file system without locks is used without them. */
static bool lock(const struct part *part)
{
    struct stat mine, named;

    if (flock(fileno(part->file), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        return false;
    return fstat(fileno(part->file), &mine) == 0 && stat(part->path, &named) == 0 &&
           mine.st_ino == named.st_ino && mine.st_dev == named.st_dev;
}

static enum status open_part(struct part *part, struct error *err)
{
    part->file = fopen(part->path, "abe");
    if (!part->file)
        return error_set(err, ERR_IO, "cannot write %s: %s", part->path, strerror(errno));
    if (!lock(part)) {
        fclose(part->file);
        return error_set(err, ERR_IO,
                         "another bench fetch is writing to %s; run this again when it "
                         "is done",
                         part->path);
    }
    part->begun = fseek(part->file, 0, SEEK_END) == 0 && ftell(part->file) > 0;
    return OK;
}

/* Downloads `name` into the part. The caller closes it, unless there was an error. */
static enum status get(const struct fetching *f, const char *name, struct part *part,
                       struct error *err)
{
    char path[PATH];

    path_of(f, name, path);
    snprintf(part->path, sizeof part->path, "%s.part", path);
    if (snprintf(part->url, sizeof part->url, "%s/%s", f->from, name) >= URL)
        return error_set(err, ERR_USAGE, "the URL is longer than %d bytes: %.60s...",
                         URL - 1, f->from);
    if (open_part(part, err) != OK)
        return err->status;
    if (download(part->url, part->file, part->path, &f->bounds,
                 f->options->shows_bar ? f->options->out : NULL, err) == OK)
        return OK;
    if (err->status == ERR_DATA)
        unlink(part->path);
    fclose(part->file);
    return err->status;
}

/* A part that was there may have been of another file; then it is downloaded again. */
static enum status fetch_one(const struct fetching *f, const struct fetch_file *file,
                             struct error *err)
{
    char path[PATH], digest[65] = "";
    struct part part;
    bool good;

    path_of(f, file->name, path);
    do {
        if (get(f, file->name, &part, err) != OK)
            return err->status;
        good = digest_of(part.path, digest) && strcmp(digest, file->sha256) == 0;
        if (good && rename(part.path, path) != 0)
            error_set(err, ERR_IO, "cannot write %s: %s", path, strerror(errno));
        else if (!good)
            unlink(part.path);
        fclose(part.file);
    } while (!good && part.begun);
    if (!good)
        return another_file(part.url, digest, file, err);
    if (err->status == OK)
        say(f, file->name, "fetched");
    return err->status;
}

static enum status unpack_one(const struct fetching *f, const char *archive,
                              const struct fetch_file *file, struct error *err)
{
    char path[PATH], digest[65];
    struct file out;

    path_of(f, file->name, path);
    if (file_begin(&out, path, err) != OK)
        return err->status;
    if (untar(archive, file->name, f->bounds.most, out.out, digest, err) == OK &&
        strcmp(digest, file->sha256) == 0) {
        say(f, file->name, "unpacked");
        return file_commit(&out, err);
    }
    file_abandon(&out);
    return err->status != OK ? err->status : another_file(file->name, digest, file, err);
}

static enum status unpack(const struct fetching *f, const char *archive,
                          struct error *err)
{
    for (const struct fetch_file *file = f->set->file; file->name; file++)
        if (!is_complete(f, file) && unpack_one(f, archive, file, err) != OK)
            return err->status;
    return OK;
}

/* The archive is removed when its files are there, or when it is damaged. */
static enum status fetch_archive(const struct fetching *f, struct error *err)
{
    struct part part;

    do {
        *err = (struct error){0};
        if (get(f, f->set->archive, &part, err) != OK)
            return err->status;
        unpack(f, part.path, err);
        if (err->status == OK || err->status == ERR_DATA)
            unlink(part.path);
        fclose(part.file);
    } while (err->status == ERR_DATA && part.begun);
    return err->status;
}

/* The file, or the archive where it is NULL, from the first server that has it. */
static enum status fetch_from_any(struct fetching *f, const struct fetch_file *file,
                                  struct error *err)
{
    const char *const given[] = {f->options->from, NULL};
    const char *const *from = f->options->from ? given : f->set->from;
    const char *const *end = from + (f->options->from ? 1 : FETCH_MIRRORS);

    for (; from < end && *from; from++) {
        if (err->status != OK)
            say(f, file ? file->name : f->set->archive, err->text);
        *err = (struct error){0};
        f->from = *from;
        if ((file ? fetch_one(f, file, err) : fetch_archive(f, err)) == OK)
            break;
    }
    return err->status;
}

enum status fetch_set(const struct fetch_set *set, const char *data,
                      const struct fetch_options *options, struct error *err)
{
    struct fetching f = {.set = set,
                         .options = options,
                         .bounds = {options->silent ? options->silent : SILENT,
                                    options->most ? options->most : most}};
    int missing = 0;

    if (snprintf(f.folder, sizeof f.folder, "%s/%s", data, set->folder) >= PATH - NAME)
        return error_set(err, ERR_USAGE,
                         "the path of the data directory is too long: %.60s...", data);
    if (file_make_folder(f.folder, err) != OK)
        return err->status;
    for (const struct fetch_file *file = set->file; file->name; file++) {
        if (is_complete(&f, file)) {
            say(&f, file->name, "is there");
            continue;
        }
        missing++;
        if (!set->archive && fetch_from_any(&f, file, err) != OK)
            return err->status;
    }
    return set->archive && missing ? fetch_from_any(&f, NULL, err) : OK;
}
