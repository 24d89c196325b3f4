#include "results/plots/figure.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/file.h"
#include "results/data/embedded.h"
#include "results/data/escape.h"
#include "results/plots/draw.h"
#include "results/plots/plot_data.h"
#include "results/plots/trend.h"
#include "results/stats/parts.h"

enum {
    TREND_PART = 24, /* groups of a section whose options are looked at together */
    N_SPLIT = 8      /* different numbers of groups that pictures can have */
};

/* The parts of a section for pictures of so many groups. */
struct split {
    int most;
    bool panels;
    struct parts parts;
};

/* What all figures of a report share. */
struct figure_set {
    struct figures *figures;
    struct drawing *drawing; /* of each figure */
    const struct grouping *grouping;
    const struct section *whole; /* that a figure belongs to */
    const char *note;            /* what its caption begins with */
    const char *folder;
    unsigned plots;
    const struct style *style;
    struct split split[N_SPLIT]; /* of the section, those made so far */
    int n_split;
    struct arena *arena;
};

static enum status save(const char *path, const void *text, size_t n, struct error *err)
{
    struct file file;

    if (file_begin(&file, path, err) != OK)
        return err->status;
    fwrite(text, 1, n, file.out);
    return file_commit(&file, err);
}

static enum status save_choice(const struct style *style, const char *path,
                               struct error *err)
{
    struct file file;

    if (file_begin(&file, path, err) != OK)
        return err->status;
    style_write(style, file.out);
    return file_commit(&file, err);
}

static enum status save_scripts(const struct style *style, const char *folder,
                                struct arena *arena, struct error *err)
{
    if (file_make_folder(arena_text(arena, "%s/plots", folder), err) != OK)
        return err->status;
    for (const struct embedded *script = embedded_scripts; script->name; script++) {
        const char *path = arena_text(arena, "%s/plots/%s", folder, script->name);

        if (save(path, script->text, script->size, err) != OK)
            return err->status;
    }
    return save_choice(style, arena_text(arena, "%s/plots/choice.gp", folder), err);
}

/* ---------------------------------------------------------------- data */

/* The command that draws the figure, as a comment; each argument quoted for a shell. */
static void write_command(const struct drawing *drawing, FILE *out)
{
    fprintf(out, "# gnuplot -c %s.gp '%s.dat' OUT.svg svg", drawing->script,
            drawing->figure->name);
    for (int i = 0; i < N_PLOT_ARGUMENT && drawing->argument[i]; i++) {
        fputs(" '", out);
        for (const char *c = drawing->argument[i]; *c; c++) {
            if (*c == '\'')
                fputs("'\\''", out);
            else
                fputc(*c, out);
        }
        fputc('\'', out);
    }
    fputc('\n', out);
}

static enum status save_data(const struct figure_set *set, const struct drawing *drawing,
                             const char *text, size_t n, struct error *err)
{
    struct file file;
    const char *path =
        arena_text(set->arena, "%s/plots/%s.dat", set->folder, drawing->figure->name);

    if (file_begin(&file, path, err) != OK)
        return err->status;
    write_command(drawing, file.out);
    fwrite(text, 1, n, file.out);
    return file_commit(&file, err);
}

/* Takes the data of the plot and what its script is told; *empty is set where there is
 * nothing to draw. */
static enum status write_data(const struct figure_set *set, const struct plot_kind *kind,
                              struct plot_data *plot_data, struct drawing *drawing,
                              bool *empty, struct error *err)
{
    enum status status = OK;
    char *text = NULL;
    size_t n = 0;

    plot_data->data = open_memstream(&text, &n);
    if (!plot_data->data)
        return error_set(err, ERR_MEMORY, "no memory for the data of a plot");
    *empty = !kind->write(plot_data);
    fclose(plot_data->data);
    memcpy(drawing->argument, plot_data->argument, sizeof drawing->argument);
    if (plot_data->script)
        drawing->script = plot_data->script;
    if (!*empty)
        status = save_data(set, drawing, text, n, err);
    free(text);
    return status;
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
                                   section ? section->title : "");

    return escape_gnuplot(title, arena);
}

/* section: a whole one or a part, NULL in a plot over all of them; trend: NULL but
 * against an option. */
static enum status add_kind(const struct figure_set *set, const struct plot_kind *kind,
                            const struct section *section, const struct trend *trend,
                            struct error *err)
{
    struct figure *figure = &set->figures->figure[set->figures->n];
    struct drawing *drawing = &set->drawing[set->figures->n];
    struct plot_data plot_data = {
        .section = section,
        .grouping = set->grouping,
        .trend = trend,
        .style = set->style,
        .arena = set->arena,
        .argument = {title_of(kind, section, trend, set->arena)}};
    bool empty = true;

    *figure =
        (struct figure){set->whole, name_of(kind, section, trend, set->arena), NULL, 0};
    *drawing = (struct drawing){.figure = figure,
                                .script = kind->script ? kind->script : kind->name};
    if (write_data(set, kind, &plot_data, drawing, &empty, err) != OK)
        return err->status;
    if (empty) {
        draw_remove(figure, set->folder, set->arena);
        return OK;
    }
    figure->caption = arena_text(set->arena, "%s%s%s%s", set->note, plot_data.caption,
                                 plot_data_cut(&plot_data),
                                 section ? plot_data_missing(section, set->arena) : "");
    set->figures->n++;
    return OK;
}

/* All plots of that scope that were asked for. */
static enum status add_scope(const struct figure_set *set, enum plot_scope scope,
                             const struct section *section, const struct trend *trend,
                             struct error *err)
{
    for (const struct plot_kind *kind = plot_kinds; kind->name; kind++)
        if (set->plots & (unsigned)kind->plot && kind->scope == scope &&
            add_kind(set, kind, section, trend, err) != OK)
            break;
    return err->status;
}

/* ---------------------------------------------------------------- parts of a section */

/* Made once for all plots; NULL = no memory. */
static const struct parts *parts_for(struct figure_set *set, int most, bool panels)
{
    struct split *split = set->split;

    while (split < set->split + set->n_split &&
           (split->most != most || split->panels != panels))
        split++;
    if (split < set->split + set->n_split)
        return &split->parts;
    assert(set->n_split < N_SPLIT);
    split->most = most;
    split->panels = panels;
    if (!parts_of(&split->parts, set->whole, most, panels, set->arena))
        return NULL;
    set->n_split++;
    return &split->parts;
}

/* What a caption begins with, where the picture leaves groups out. */
static const char *note_of(const struct section *part, int whole, struct arena *arena)
{
    if (part->n == whole)
        return "";
    return arena_text(arena,
                      "Of %d learners with their strategies, the %d of the highest and "
                      "the %d of the lowest accuracy. ",
                      whole, part->n / 2, part->n / 2);
}

static enum status add_parts(struct figure_set *set, const struct plot_kind *kind,
                             struct error *err)
{
    const struct parts *parts = parts_for(set, kind->most, kind->scope == PER_PANELS);

    if (!parts)
        return arena_check(set->arena, err);
    for (int i = 0; i < parts->n && err->status == OK; i++) {
        set->note = note_of(parts->part[i], parts->whole[i], set->arena);
        add_kind(set, kind, parts->part[i], NULL, err);
    }
    set->note = "";
    return err->status;
}

/* Against options all groups count: a line has many of them. */
static enum status add_trends(struct figure_set *set, struct error *err)
{
    const struct parts *parts = parts_for(set, TREND_PART, false);

    for (int i = 0; parts && i < parts->n; i++) {
        bool cut = parts->part[i]->n < parts->whole[i];
        const struct section *section = cut ? set->whole : parts->part[i];
        struct trend trend[TREND_MOST];
        int n = trends_of(section, trend, set->arena);

        for (int k = 0; k < n && err->status == OK; k++)
            add_scope(set, PER_OPTION, section, &trend[k], err);
    }
    return err->status == OK ? arena_check(set->arena, err) : err->status;
}

/* Figures at most. */
static size_t count_figures(const struct grouping *grouping)
{
    size_t n = 1, n_section = (size_t)grouping->n;

    for (const struct plot_kind *kind = plot_kinds; kind->name; kind++)
        n += n_section * PARTS_MOST * (kind->scope == PER_OPTION ? TREND_MOST : 1);
    return n;
}

static enum status add_section(struct figure_set *set, const struct section *section,
                               struct error *err)
{
    set->whole = section;
    set->n_split = 0;
    for (const struct plot_kind *kind = plot_kinds; kind->name; kind++)
        if (set->plots & (unsigned)kind->plot &&
            (kind->scope == PER_SECTION || kind->scope == PER_PANELS) &&
            add_parts(set, kind, err) != OK)
            return err->status;
    return add_trends(set, err);
}

static enum status add_all(struct figure_set *set, struct error *err)
{
    for (int s = 0; s < set->grouping->n; s++)
        if (add_section(set, &set->grouping->section[s], err) != OK)
            return err->status;
    set->whole = NULL;
    return add_scope(set, ACROSS_SECTIONS, NULL, NULL, err);
}

enum status figures_draw(struct figures *figures, const struct grouping *grouping,
                         unsigned plots, const struct style *style, const char *folder,
                         struct pictures *pictures, struct arena *arena,
                         struct error *err)
{
    size_t most = count_figures(grouping);
    struct figure_set set = {.figures = figures,
                             .grouping = grouping,
                             .note = "",
                             .folder = folder,
                             .plots = plots,
                             .style = style,
                             .arena = arena};

    *pictures = (struct pictures){.jobs = pictures->jobs, .formats = pictures->formats};
    *figures = (struct figures){0};
    figures->figure = arena_take(arena, TAG_STATE, most, sizeof *figures->figure);
    set.drawing = arena_take(arena, TAG_SCRATCH, most, sizeof *set.drawing);
    if (arena_check(arena, err) != OK || save_scripts(style, folder, arena, err) != OK ||
        add_all(&set, err) != OK)
        return err->status;
    return draw_all(set.drawing, figures->n, folder, pictures, arena, err);
}
