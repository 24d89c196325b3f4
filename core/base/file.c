#include "core/base/file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/host.h"

static enum status refused(struct error *err, const char *what, const char *path)
{
    return error_set(err, ERR_IO, "cannot %s %s: %s", what, path, strerror(errno));
}

/* Of temporary files. Nobody else gives a file such a name: .tmp alone could be a user's. */
static const char ending[] = ".bench.tmp";

static struct file *writing;
static pid_t writer; /* a process begins with none of its parent's */

static void enlist(struct file *file)
{
    if (writer != getpid())
        writing = NULL;
    writer = getpid();
    file->next = writing;
    writing = file;
}

static void strike_off(const struct file *file)
{
    struct file **at = &writing;

    while (*at && *at != file)
        at = &(*at)->next;
    if (*at)
        *at = file->next;
}

enum status file_begin(struct file *file, const char *path, struct error *err)
{
    char host[HOST_NAME]; /* processes of two hosts may have the same number */

    file->out = NULL;
    if (strlen(path) >= sizeof file->path)
        return error_set(err, ERR_IO, "the path is too long: %s", path);
    strcpy(file->path, path);
    host_name(host);
    snprintf(file->temporary, sizeof file->temporary, "%s.%s.%ld%s", path, host,
             (long)getpid(), ending);
    file->out = fopen(file->temporary, "we");
    if (!file->out)
        return refused(err, "write", file->temporary);
    enlist(file);
    return OK;
}

/* NAME.HOST.PID.bench.tmp, as file_begin makes it. Our own number is that of an earlier
 * process too: in a container numbers come again. */
bool file_is_leftover(const char *name)
{
    size_t n = strlen(name), n_ending = strlen(ending);
    const char *end, *number;
    long pid;

    if (n < n_ending || strcmp(name + n - n_ending, ending) != 0)
        return false;
    end = number = name + n - n_ending;
    while (number > name && isdigit((unsigned char)number[-1]))
        number--;
    if (number == end || end - number > 9 || number - name < 2 || number[-1] != '.')
        return false;
    pid = strtol(number, NULL, 10);
    return pid == getpid() || (kill((pid_t)pid, 0) != 0 && errno == ESRCH);
}

void file_abandon(struct file *file)
{
    if (!file->out)
        return;
    strike_off(file);
    fclose(file->out);
    unlink(file->temporary);
    file->out = NULL;
}

void file_abandon_all(void)
{
    while (writing && writer == getpid())
        file_abandon(writing);
}

/* Some file systems refuse; the files are whole all the same. */
void file_sync_names(const char *path)
{
    char folder[sizeof((struct file *)0)->path];
    const char *slash = strrchr(path, '/');
    int fd;

    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1,
             slash ? path : ".");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

enum status file_put(struct file *file, struct error *err)
{
    bool good =
        fflush(file->out) == 0 && !ferror(file->out) && fsync(fileno(file->out)) == 0;

    if (!good) {
        refused(err, "write", file->path);
        file_abandon(file);
        return err->status;
    }
    strike_off(file);
    if (fclose(file->out) != 0 || rename(file->temporary, file->path) != 0) {
        refused(err, "write", file->path);
        unlink(file->temporary);
    }
    file->out = NULL;
    return err->status;
}

enum status file_commit(struct file *file, struct error *err)
{
    if (file_put(file, err) == OK)
        file_sync_names(file->path);
    return err->status;
}

enum status file_remove(const char *path, struct error *err)
{
    if (unlink(path) != 0 && errno != ENOENT)
        return refused(err, "remove", path);
    return OK;
}

enum status file_make_folder(const char *path, struct error *err)
{
    char part[1024];
    size_t n = strlen(path);
    struct stat info;

    if (n == 0 || n >= sizeof part)
        return error_set(err, ERR_IO, "not a usable path: '%s'", path);
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return refused(err, "make the folder", part);
    }
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return OK;
    errno = ENOTDIR;
    return refused(err, "make the folder", path);
}

/* How many of the n bytes could be read. */
static size_t read_whole(int in, char *text, size_t n)
{
    size_t got = 0;
    ssize_t more;

    while (got < n && (more = read(in, text + got, n - got)) != 0) {
        if (more > 0)
            got += (size_t)more;
        else if (errno != EINTR)
            break;
    }
    return got;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

/* O_NONBLOCK: to open a FIFO would wait for somebody who writes to it. A regular file has no
 * use for it. */
static int open_regular(const char *path, struct stat *info, struct error *err)
{
    int in = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (in < 0) {
        refused(err, "read", path);
    } else if (fstat(in, info) != 0 || !S_ISREG(info->st_mode)) {
        error_set(err, ERR_IO, "cannot read %s: not a regular file", path);
        close(in);
        in = -1;
    }
    return in;
}

FILE *file_open(const char *path, struct error *err)
{
    struct stat info;
    int in = open_regular(path, &info, err);
    FILE *file = in < 0 ? NULL : fdopen(in, "rb");

    if (in >= 0 && !file) {
        refused(err, "read", path);
        close(in);
    }
    return file;
}

enum status file_read(const char *path, struct arena *arena, char **text, size_t *n,
                      struct error *err)
{
    struct stat info;
    int in = open_regular(path, &info, err);
    size_t got;

    if (in < 0)
        return err->status;
    *text = arena_take(arena, TAG_FIXED, (size_t)info.st_size + 1, 1);
    got = *text ? read_whole(in, *text, (size_t)info.st_size) : 0;
    close(in);
    if (arena_check(arena, err) != OK)
        return err->status;
    if (got != (size_t)info.st_size)
        return refused(err, "read", path);
    if (n)
        *n = got;
    return OK;
}
