#include "results/plots/figure.h"

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

/* No picture shows more groups than that legibly, nor a section in more parts. */
enum { N_READABLE = 24, PARTS_MOST = 8 };

/* What all figures of a report share. */
struct figure_set {
    struct figures *figures;
    struct drawing *drawing; /* of each figure */
    const struct grouping *grouping;
    const struct section *whole; /* that a figure belongs to */
    const char *note;            /* what its caption begins with */
    const char *folder;
    unsigned plots;
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
        .arena = set->arena,
        .argument = {title_of(kind, section, trend, set->arena)}};
    bool empty = true;

    *figure =
        (struct figure){set->whole, name_of(kind, section, trend, set->arena), NULL, 0};
    *drawing = (struct drawing){.figure = figure,
                                .script = kind->script ? kind->script : kind->name};
    if (write_data(set, kind, &plot_data, drawing, &empty, err) != OK || empty)
        return err->status;
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

/* Against options all groups count: a line has many of them. */
static enum status add_trends(const struct figure_set *set, const struct section *section,
                              struct error *err)
{
    struct trend trend[TREND_MOST];
    int n = trends_of(section, trend, set->arena);

    for (int i = 0; i < n && err->status == OK; i++)
        add_scope(set, PER_OPTION, section, &trend[i], err);
    return err->status;
}

static enum status add_section(const struct figure_set *set,
                               const struct section *section, struct error *err)
{
    struct figure_set few = *set;
    struct section *part = arena_take(set->arena, TAG_STATE, 1, sizeof *part);

    if (section->n <= N_READABLE) {
        add_scope(set, PER_SECTION, section, NULL, err);
        return err->status == OK ? add_trends(set, section, err) : err->status;
    }
    if (!part || !part_of_extremes(part, section, N_READABLE / 2, set->arena))
        return arena_check(set->arena, err);
    few.note =
        arena_text(set->arena,
                   "Of %d learners with their strategies, the %d of the highest and "
                   "the %d of the lowest accuracy. ",
                   section->n, N_READABLE / 2, N_READABLE / 2);
    add_scope(&few, PER_SECTION, part, NULL, err);
    return err->status == OK ? add_trends(set, section, err) : err->status;
}

/* How many sets of pictures a section takes: one, or one for each strategy. */
static int parts_of(const struct section *section, const char ***strategy,
                    struct arena *arena)
{
    int n = 0;

    *strategy = part_strategies(section, &n, arena);
    return section->n > N_READABLE && n <= PARTS_MOST ? n : 1;
}

static enum status add_parts(const struct figure_set *set, const struct section *section,
                             struct error *err)
{
    const char **strategy;
    int n = parts_of(section, &strategy, set->arena);

    if (n == 1 || !strategy)
        return add_section(set, section, err);
    for (int i = 0; i < n && err->status == OK; i++) {
        struct section *part = arena_take(set->arena, TAG_STATE, 1, sizeof *part);

        if (!part || !part_of_strategy(part, section, strategy[i], set->arena))
            return arena_check(set->arena, err);
        add_section(set, part, err);
    }
    return err->status;
}

/* Figures at most. */
static size_t count_figures(const struct grouping *grouping, struct arena *arena)
{
    size_t n_kind = 0, n_part = 1;
    const char **strategy;

    while (plot_kinds[n_kind].name)
        n_kind++;
    for (int s = 0; s < grouping->n; s++)
        n_part += (size_t)parts_of(&grouping->section[s], &strategy, arena);
    return n_part * n_kind * TREND_MOST;
}

static enum status add_all(struct figure_set *set, struct error *err)
{
    for (int s = 0; s < set->grouping->n; s++) {
        set->whole = &set->grouping->section[s];
        if (add_parts(set, set->whole, err) != OK)
            return err->status;
    }
    set->whole = NULL;
    return add_scope(set, ACROSS_SECTIONS, NULL, NULL, err);
}

enum status figures_draw(struct figures *figures, const struct grouping *grouping,
                         unsigned plots, const char *folder, struct pictures *pictures,
                         struct arena *arena, struct error *err)
{
    size_t most = count_figures(grouping, arena);
    struct figure_set set = {.figures = figures,
                             .grouping = grouping,
                             .note = "",
                             .folder = folder,
                             .plots = plots,
                             .arena = arena};

    *pictures = (struct pictures){.jobs = pictures->jobs, .formats = pictures->formats};
    *figures = (struct figures){0};
    figures->figure = arena_take(arena, TAG_STATE, most, sizeof *figures->figure);
    set.drawing = arena_take(arena, TAG_SCRATCH, most, sizeof *set.drawing);
    if (arena_check(arena, err) != OK || save_scripts(folder, arena, err) != OK ||
        add_all(&set, err) != OK)
        return err->status;
    return draw_all(set.drawing, figures->n, folder, pictures, arena, err);
}
