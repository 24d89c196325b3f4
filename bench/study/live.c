#include "bench/study/live.h"

#include <errno.h>
#include <glob.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"

enum { FIRST = 1, EVERY = 4 }; /* seconds */

static void own_path(const struct folder *folder, char path[FOLDER_PATH])
{
    char host[HOST_NAME], name[128];

    host_name(host);
    snprintf(name, sizeof name, "running/%s.%ld", host, (long)getpid());
    folder_path(folder, name, path);
}

/* ---------------------------------------------------------------- writing */

static void write_cell(const struct worker *worker, const char *host, FILE *out)
{
    const struct live_progress *live = &worker->page->live;

    fprintf(out, "%lld %lld %d %d %g %.0f %.0f %s %s\n", (long long)live->step,
            (long long)live->n_step, live->task + 1, live->n_task,
            live->accuracy < 0 ? (double)NAN : live->accuracy / 1e4,
            clock_seconds() - worker->started, progress_cell_left(worker),
            worker->at.host ? worker->at.host : host, worker->cell->id);
}

static bool is_due(struct progress_view *view)
{
    double now = clock_seconds();

    if (now - view->start < FIRST || (view->told > 0 && now - view->told < EVERY))
        return false;
    view->told = now;
    return true;
}

static enum status begin(const struct folder *folder, struct file *file,
                         struct error *err)
{
    char path[FOLDER_PATH], parent[FOLDER_PATH];

    own_path(folder, path);
    folder_path(folder, "running", parent);
    if (file_make_folder(parent, err) != OK)
        return err->status;
    return file_begin(file, path, err);
}

void live_write(const struct folder *folder, struct progress_view *view,
                const struct worker *worker, int n_worker)
{
    struct error ignored = {0};
    struct file file;
    char host[HOST_NAME];

    if (!is_due(view) || begin(folder, &file, &ignored) != OK)
        return;
    host_name(host);
    fprintf(file.out, "%s %ld %d %.0f\n", host, (long)getpid(),
            view->n_cell - view->n_done, progress_left(view, worker, n_worker));
    for (int i = 0; i < n_worker; i++)
        if (worker_is_busy(&worker[i]))
            write_cell(&worker[i], host, file.out);
    file_put(&file, &ignored);
}

void live_end(const struct folder *folder, const struct progress_view *view)
{
    char path[FOLDER_PATH];

    if (view->told == 0)
        return;
    own_path(folder, path);
    unlink(path);
    folder_path(folder, "running", path);
    rmdir(path); /* others may have files there */
}

/* ---------------------------------------------------------------- reading */

static bool read_cell(const char *line, struct live_cell *cell)
{
    long long step, n_step;

    if (sscanf(line, "%lld %lld %d %d %lf %lf %lf %64s %255s", &step, &n_step,
               &cell->task, &cell->n_task, &cell->accuracy, &cell->seconds, &cell->left,
               cell->host, cell->cell) != 9)
        return false;
    cell->step = step;
    cell->n_step = n_step;
    return true;
}

static bool has_gone(const struct live_run *run)
{
    char host[HOST_NAME];

    host_name(host);
    return strcmp(host, run->host) == 0 && kill((pid_t)run->pid, 0) != 0 &&
           errno == ESRCH;
}

/* A file is written whole: what does not fit the form is another's. */
static bool read_run(const char *path, struct arena *arena, struct live_run *run)
{
    struct error none = {0};
    FILE *in = file_open(path, &none);
    struct stat info;
    char line[1024];
    bool good = in && fstat(fileno(in), &info) == 0 && fgets(line, sizeof line, in) &&
                sscanf(line, "%64s %ld %d %lf", run->host, &run->pid, &run->n_left,
                       &run->left) == 4;
    int lines = 0;

    if (good) {
        run->age = difftime(time(NULL), info.st_mtime);
        run->is_gone = has_gone(run);
        while (fgets(line, sizeof line, in))
            lines++;
        rewind(in);
        run->cell = arena_take(arena, TAG_STATE, (size_t)lines + 1, sizeof *run->cell);
        good = run->cell && fgets(line, sizeof line, in);
        while (good && run->n < lines && fgets(line, sizeof line, in))
            run->n += read_cell(line, &run->cell[run->n]);
    }
    if (in)
        fclose(in);
    return good;
}

enum status live_read(const struct folder *folder, struct arena *arena,
                      struct live_run **runs, int *n, struct error *err)
{
    char pattern[FOLDER_PATH];
    glob_t found;

    *n = 0;
    folder_path(folder, "running/*", pattern);
    if (glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
        return OK;
    *runs = arena_take(arena, TAG_STATE, found.gl_pathc, sizeof **runs);
    for (size_t i = 0; *runs && i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        size_t length = strlen(path);

        (*runs)[*n] = (struct live_run){.n = 0};
        if (strcmp(path + length - strlen(".tmp"), ".tmp") != 0 &&
            read_run(path, arena, &(*runs)[*n]))
            ++*n;
    }
    globfree(&found);
    return arena_check(arena, err);
}
