#include "bench/fetch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "bench/download.h"
#include "bench/untar.h"
#include "core/file.h"
#include "core/sha256.h"

enum { PATH = 1024, PART = PATH + 8, URL = 2048 };

struct fetching {
    const struct fetch_set *set;
    const struct fetch_how *how;
    char folder[PATH / 2];
};

static void say(const struct fetching *f, const char *name, const char *what)
{
    if (f->how->out)
        fprintf(f->how->out, "%s/%s: %s\n", f->set->folder, name, what);
}

static void path_of(const struct fetching *f, const char *name, char path[PATH])
{
    snprintf(path, PATH, "%s/%s", f->folder, name);
}

/* False where it cannot be read. */
static bool digest_of(const char *path, char digest[65])
{
    FILE *in = fopen(path, "rbe");
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

static bool is_there(const struct fetching *f, const struct fetch_file *file)
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

/* What came of `name` is in `part`. */
static enum status get(const struct fetching *f, const char *name, char url[URL],
                       char part[PART], struct error *err)
{
    char path[PATH];

    path_of(f, name, path);
    snprintf(part, PART, "%s.part", path);
    snprintf(url, URL, "%s/%s", f->how->from ? f->how->from : f->set->from, name);
    return download(url, part, f->how->moves ? f->how->out : NULL, err);
}

/* A beginning that was there may have been of something else: then from the start. */
static enum status fetch_one(const struct fetching *f, const struct fetch_file *file,
                             struct error *err)
{
    char path[PATH], part[PART], url[URL], digest[65] = "";
    bool begun;

    path_of(f, file->name, path);
    do {
        snprintf(part, sizeof part, "%s.part", path);
        begun = access(part, F_OK) == 0;
        if (get(f, file->name, url, part, err) != OK)
            return err->status;
        if (digest_of(part, digest) && strcmp(digest, file->sha256) == 0) {
            if (rename(part, path) != 0)
                return error_set(err, ERR_IO, "cannot write %s: %s", path,
                                 strerror(errno));
            say(f, file->name, "fetched");
            return OK;
        }
        unlink(part);
    } while (begun);
    return another_file(url, digest, file, err);
}

static enum status unpack_one(const struct fetching *f, const char *archive,
                              const struct fetch_file *file, struct error *err)
{
    char path[PATH], digest[65];
    struct file out;

    path_of(f, file->name, path);
    if (file_begin(&out, path, err) != OK)
        return err->status;
    if (untar(archive, file->name, out.out, digest, err) == OK &&
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
        if (!is_there(f, file) && unpack_one(f, archive, file, err) != OK)
            return err->status;
    return OK;
}

/* The archive goes when its files are there, or when it is of no use. */
static enum status fetch_archive(const struct fetching *f, struct error *err)
{
    char path[PATH], part[PART], url[URL];
    bool begun;

    path_of(f, f->set->archive, path);
    do {
        snprintf(part, sizeof part, "%s.part", path);
        begun = access(part, F_OK) == 0;
        *err = (struct error){0};
        if (get(f, f->set->archive, url, part, err) != OK)
            return err->status;
        unpack(f, part, err);
        if (err->status == OK || err->status == ERR_DATA)
            unlink(part);
    } while (err->status == ERR_DATA && begun);
    return err->status;
}

enum status fetch_set(const struct fetch_set *set, const char *data,
                      const struct fetch_how *how, struct error *err)
{
    struct fetching f = {.set = set, .how = how};
    int missing = 0;

    snprintf(f.folder, sizeof f.folder, "%s/%s", data, set->folder);
    if (file_make_folder(f.folder, err) != OK)
        return err->status;
    for (const struct fetch_file *file = set->file; file->name; file++) {
        if (is_there(&f, file)) {
            say(&f, file->name, "is there");
            continue;
        }
        missing++;
        if (!set->archive && fetch_one(&f, file, err) != OK)
            return err->status;
    }
    return set->archive && missing ? fetch_archive(&f, err) : OK;
}
