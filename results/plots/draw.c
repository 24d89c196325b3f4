#include "results/plots/draw.h"

#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "results/plots/gnuplot.h"
#include "results/plots/picture.h"

static const char *const formats[] = {"svg", "png", "pdf"}; /* enum picture_format */

enum { N_FORMAT = sizeof formats / sizeof formats[0] };

struct job { /* a picture being drawn */
    const struct drawing *drawing;
    const char *format;
    unsigned bit; /* enum picture_format */
    struct gnuplot gnuplot;
    struct file file;
};

/* A path that gnuplot takes as one: of names that begin with < or | it makes a pipe to a
 * shell, and ~, $ and - mean something else too. */
static const char *plain(const char *path, struct arena *arena)
{
    return path[0] == '/' ? path : arena_text(arena, "./%s", path);
}

/* gnuplot writes into the temporary file, which then takes the picture's name. */
static enum status start(struct job *job, const char *folder, bool *missing,
                         struct arena *arena, struct error *err)
{
    const struct drawing *drawing = job->drawing;
    const char *name = drawing->figure->name;
    const char *argument[7 + N_PLOT_ARGUMENT] = {
        "-d", "-c",
        plain(arena_text(arena, "%s/plots/%s.gp", folder, drawing->script), arena),
        plain(arena_text(arena, "%s/plots/%s.dat", folder, name), arena)};

    if (file_begin(&job->file, arena_text(arena, "%s/%s.%s", folder, name, job->format),
                   err) != OK)
        return err->status;
    argument[4] = plain(job->file.temporary, arena);
    argument[5] = job->format;
    memcpy(&argument[6], drawing->argument, sizeof drawing->argument);
    if (gnuplot_start(&job->gnuplot, argument, missing, err) != OK || *missing)
        file_abandon(&job->file);
    return err->status;
}

static enum status finish(struct job *job, struct error *err)
{
    if (gnuplot_finish(&job->gnuplot, err) == OK &&
        !picture_whole(job->file.temporary, job->format))
        error_set(err, ERR_IO, "the picture is incomplete (disk full?)");
    if (err->status != OK) {
        file_abandon(&job->file);
        return err->status;
    }
    return file_commit(&job->file, err);
}

/* What went wrong with a picture costs that picture; the first of it is told. */
static void note_failure(struct pictures *pictures, const struct job *job,
                         const struct error *why)
{
    if (pictures->n_failed++ == 0)
        error_set(&pictures->first, why->status, "cannot draw %s.%s: %s",
                  job->drawing->figure->name, job->format, why->text);
}

static void end(struct job *job, struct pictures *pictures)
{
    struct error why = {0};

    if (finish(job, &why) != OK)
        note_failure(pictures, job, &why);
    else
        job->drawing->figure->formats |= job->bit;
}

/* The oldest one is waited for before one more is begun: pictures take much the same
 * time. */
static void run(const struct drawing *drawing, int n, const char *folder, struct job *job,
                struct pictures *pictures, struct arena *arena)
{
    int begun = 0, ended = 0;

    for (int i = 0; i < N_FORMAT * n && !pictures->no_gnuplot; i++) {
        struct job *next = &job[begun % pictures->jobs];
        struct error why = {0};

        if (!(pictures->formats & 1u << i % N_FORMAT))
            continue;
        if (begun - ended == pictures->jobs)
            end(&job[ended++ % pictures->jobs], pictures);
        next->drawing = &drawing[i / N_FORMAT];
        next->format = formats[i % N_FORMAT];
        next->bit = 1u << i % N_FORMAT;
        if (start(next, folder, &pictures->no_gnuplot, arena, &why) != OK)
            note_failure(pictures, next, &why);
        else
            begun += !pictures->no_gnuplot;
    }
    while (ended < begun)
        end(&job[ended++ % pictures->jobs], pictures);
}

void draw_remove(const struct figure *figure, const char *folder, struct arena *arena)
{
    for (int i = 0; i < N_FORMAT; i++) {
        struct error unused = {0}; /* a picture too many costs nothing but doubt */

        if (!(figure->formats & 1u << i))
            file_remove(arena_text(arena, "%s/%s.%s", folder, figure->name, formats[i]),
                        &unused);
    }
}

static int cores(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

enum status draw_all(const struct drawing *drawing, int n, const char *folder,
                     struct pictures *pictures, struct arena *arena, struct error *err)
{
    struct job *job;

    if (pictures->jobs < 1)
        pictures->jobs = cores();
    job = calloc((size_t)pictures->jobs, sizeof *job);
    if (!job)
        return error_no_memory(err);
    pictures->formats = FORMAT_SVG | (pictures->formats ? pictures->formats : FORMAT_PNG);
    run(drawing, n, folder, job, pictures, arena);
    for (int i = 0; i < n; i++)
        draw_remove(drawing[i].figure, folder, arena);
    free(job);
    return arena_check(arena, err);
}
