#include "results/plots/figure.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "results/data/embedded.h"
#include "results/data/escape.h"
#include "results/plots/gnuplot.h"
#include "results/plots/picture.h"
#include "results/plots/plot_data.h"
#include "results/plots/trend.h"

struct drawing {
    const struct plot_kind *kind;
    const char *folder;
    struct plot_data plot_data;
    struct figure *figure;
    bool *no_gnuplot;
};

static const char *script_of(const struct plot_kind *kind)
{
    return kind->script ? kind->script : kind->name;
}

static enum status save(const char *path, const void *text, size_t n, struct error *err)
{
    struct file file;

    if (file_begin(&file, path, err) != OK)
        return err->status;
    fwrite(text, 1, n, file.out);
    return file_commit(&file, err);
}

static enum status save_scripts(const char *folder, struct arena *arena,
                                struct error *err)
{
    if (file_make_folder(arena_text(arena, "%s/plots", folder), err) != OK)
        return err->status;
    for (const struct embedded *script = embedded_scripts; script->name; script++) {
        const char *path = arena_text(arena, "%s/plots/%s", folder, script->name);

        if (save(path, script->text, script->size, err) != OK)
            return err->status;
    }
    return OK;
}

/* ---------------------------------------------------------------- data */

/* The command that draws the figure, as a comment; each argument quoted for a shell. */
static void write_command(const struct drawing *drawing, FILE *out)
{
    fprintf(out, "# gnuplot -c %s.gp '%s.dat' OUT.svg svg", script_of(drawing->kind),
            drawing->figure->name);
    for (int i = 0; i < N_PLOT_ARGUMENT && drawing->plot_data.argument[i]; i++) {
        fputs(" '", out);
        for (const char *c = drawing->plot_data.argument[i]; *c; c++) {
            if (*c == '\'')
                fputs("'\\''", out);
            else
                fputc(*c, out);
        }
        fputc('\'', out);
    }
    fputc('\n', out);
}

static enum status save_data(const struct drawing *drawing, const char *text, size_t n,
                             struct error *err)
{
    struct file file;
    const char *path = arena_text(drawing->plot_data.arena, "%s/plots/%s.dat",
                                  drawing->folder, drawing->figure->name);

    if (file_begin(&file, path, err) != OK)
        return err->status;
    write_command(drawing, file.out);
    fwrite(text, 1, n, file.out);
    return file_commit(&file, err);
}

/* *empty is set where there is nothing to draw. */
static enum status plot_data(struct drawing *drawing, bool *empty, struct error *err)
{
    enum status status = OK;
    char *text = NULL;
    size_t n = 0;

    drawing->plot_data.data = open_memstream(&text, &n);
    if (!drawing->plot_data.data)
        return error_set(err, ERR_MEMORY, "no memory for the data of a plot");
    *empty = !drawing->kind->write(&drawing->plot_data);
    fclose(drawing->plot_data.data);
    if (!*empty)
        status = save_data(drawing, text, n, err);
    free(text);
    return status;
}

/* ---------------------------------------------------------------- pictures */

/* A path that gnuplot takes as one: of names that begin with < or | it makes a pipe to a
 * shell, and ~, $ and - mean something else too. */
static const char *plain(const char *path, struct arena *arena)
{
    return path[0] == '/' ? path : arena_text(arena, "./%s", path);
}

/* gnuplot writes into the temporary file, which then takes the picture's name. */
static enum status draw_as(const struct drawing *drawing, const char *format,
                           struct error *err)
{
    struct arena *arena = drawing->plot_data.arena;
    const char *name = drawing->figure->name, *folder = drawing->folder;
    const char *argument[7 + N_PLOT_ARGUMENT] = {
        "-d", "-c",
        plain(arena_text(arena, "%s/plots/%s.gp", folder, script_of(drawing->kind)),
              arena),
        plain(arena_text(arena, "%s/plots/%s.dat", folder, name), arena)};
    struct file file;

    if (file_begin(&file, arena_text(arena, "%s/%s.%s", folder, name, format), err) != OK)
        return err->status;
    argument[4] = plain(file.temporary, arena);
    argument[5] = format;
    memcpy(&argument[6], drawing->plot_data.argument, sizeof drawing->plot_data.argument);
    if (gnuplot_run(argument, drawing->no_gnuplot, err) != OK || *drawing->no_gnuplot) {
        file_abandon(&file);
        return err->status;
    }
    if (!picture_whole(file.temporary, format)) {
        file_abandon(&file);
        return error_set(err, ERR_IO,
                         "cannot write %s: the picture is incomplete (disk full?)",
                         file.path);
    }
    return file_commit(&file, err);
}

static enum status draw(struct drawing *drawing, bool *empty, struct error *err)
{
    if (plot_data(drawing, empty, err) != OK || *empty || *drawing->no_gnuplot)
        return err->status;
    if (draw_as(drawing, "svg", err) != OK || *drawing->no_gnuplot ||
        draw_as(drawing, "png", err) != OK)
        return err->status;
    drawing->figure->drawn = true;
    return OK;
}

/* "memory-by-blocks-digits.class", of letters, digits and . _ + - alone. */
static const char *name_of(const struct plot_kind *kind, const struct section *section,
                           const struct trend *trend, struct arena *arena)
{
    char *name = arena_text(arena, "%s%s%s%s%s", kind->name, trend ? "-" : "",
                            trend ? trend->name : "", section ? "-" : "",
                            section ? section->name : "");

    for (char *c = name; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._+-", *c))
            *c = '_';
    return name;
}

static const char *title_of(const struct plot_kind *kind, const struct section *section,
                            const struct trend *trend, struct arena *arena)
{
    const char *title = arena_text(arena, "%s%s%s%s%s", kind->title, trend ? " " : "",
                                   trend ? trend->name : "", section ? ": " : "",
                                   section ? section->name : "");

    return escape_gnuplot(title, arena);
}

/* What all figures of a report share. */
struct figure_set {
    struct figures *figures;
    const struct grouping *grouping;
    const struct section *whole; /* that a figure belongs to */
    const char *folder;
    unsigned plots;
    bool *no_gnuplot;
    struct arena *arena;
};

/* section: a whole one or a part, NULL in a plot over all of them; trend: NULL but
 * against an option. */
static enum status draw_kind(const struct figure_set *set, const struct plot_kind *kind,
                             const struct section *section, const struct trend *trend,
                             struct error *err)
{
    struct figure *figure = &set->figures->figure[set->figures->n];
    struct drawing drawing = {
        .kind = kind,
        .folder = set->folder,
        .plot_data = {.section = section,
                      .grouping = set->grouping,
                      .trend = trend,
                      .arena = set->arena,
                      .argument = {title_of(kind, section, trend, set->arena)}},
        .figure = figure,
        .no_gnuplot = set->no_gnuplot,
    };
    bool empty = true;

    *figure = (struct figure){set->whole, name_of(kind, section, trend, set->arena), NULL,
                              false};
    if (draw(&drawing, &empty, err) != OK)
        return err->status;
    figure->caption = drawing.plot_data.caption;
    set->figures->n += !empty;
    return OK;
}

/* All plots of that scope that were asked for. */
static enum status draw_scope(const struct figure_set *set, enum plot_scope scope,
                              const struct section *section, const struct trend *trend,
                              struct error *err)
{
    for (const struct plot_kind *kind = plot_kinds; kind->name; kind++)
        if (set->plots & (unsigned)kind->plot && kind->scope == scope &&
            draw_kind(set, kind, section, trend, err) != OK)
            break;
    return err->status;
}

static enum status draw_section(const struct figure_set *set,
                                const struct section *section, struct error *err)
{
    struct trend trend[TREND_MOST];
    int n = trends_of(section, trend, set->arena);

    draw_scope(set, PER_SECTION, section, NULL, err);
    for (int i = 0; i < n && err->status == OK; i++)
        draw_scope(set, PER_OPTION, section, &trend[i], err);
    return err->status;
}

/* No picture shows more groups than that legibly. */
enum { N_READABLE = 24 };

static bool is_new_strategy(const struct section *section, int i)
{
    for (int k = 0; k < i; k++)
        if (strcmp(section->group[k].first->id.strategy,
                   section->group[i].first->id.strategy) == 0)
            return false;
    return true;
}

/* How many pictures of each kind a section takes: one, or one for each strategy. */
static int parts_of(const struct section *section)
{
    int n = 0;

    for (int i = 0; i < section->n; i++)
        n += is_new_strategy(section, i);
    return section->n > N_READABLE ? n : 1;
}

static enum status draw_parts(const struct figure_set *set, const struct section *section,
                              struct error *err)
{
    if (parts_of(section) == 1)
        return draw_section(set, section, err);
    for (int i = 0; i < section->n; i++) {
        const char *strategy = section->group[i].first->id.strategy;
        struct section *part = arena_take(set->arena, TAG_STATE, 1, sizeof *part);

        if (!is_new_strategy(section, i))
            continue;
        if (!part || !section_of_strategy(part, section, strategy, set->arena))
            return arena_check(set->arena, err);
        if (draw_section(set, part, err) != OK)
            break;
    }
    return err->status;
}

enum status figures_draw(struct figures *figures, const struct grouping *grouping,
                         unsigned plots, const char *folder, bool *no_gnuplot,
                         struct arena *arena, struct error *err)
{
    struct figure_set set = {figures, grouping, NULL, folder, plots, no_gnuplot, arena};
    size_t n_kind = 0, n_part = 1;

    while (plot_kinds[n_kind].name)
        n_kind++;
    for (int s = 0; s < grouping->n; s++)
        n_part += (size_t)parts_of(&grouping->section[s]);
    *no_gnuplot = false;
    *figures = (struct figures){0};
    figures->figure = arena_take(arena, TAG_STATE, n_part * n_kind * TREND_MOST,
                                 sizeof *figures->figure);
    if (arena_check(arena, err) != OK || save_scripts(folder, arena, err) != OK)
        return err->status;
    for (int s = 0; s < grouping->n; s++) {
        set.whole = &grouping->section[s];
        if (draw_parts(&set, set.whole, err) != OK)
            return err->status;
    }
    set.whole = NULL;
    return draw_scope(&set, ACROSS_SECTIONS, NULL, NULL, err);
}
