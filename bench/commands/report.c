#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/commands/commands.h"
#include "bench/commands/flags.h"
#include "bench/commands/run_study.h"
#include "bench/study/merge.h"
#include "bench/study/open_folder.h"
#include "results/data/record.h"
#include "results/report/report.h"
#include "results/stats/order.h"

enum { FORMAT_JSON = 1 << 8 }; /* beside those of enum picture_format */

struct request {
    const char *out, *title, *format, *plots, *sort; /* as given; NULL = not */
    const char *style[N_STYLE];                      /* of style_params, in their order */
    struct globs only;
    struct pictures pictures;
};

/* Adds the outcomes of the other folders, one folder at a time. */
static enum status merge_folders(struct merge *merge, struct study *first, int n,
                                 char **path, struct error *err)
{
    if (merge_add(merge, first, err) != OK)
        return err->status;
    for (int i = 1; i < n && err->status == OK; i++) {
        struct study other = {.folder.lock = -1};

        if (merge_open_folder(&other, first, path[i], err) == OK)
            merge_add(merge, &other, err);
        first->n_damaged += other.n_damaged;
        study_close(&other);
    }
    return err->status;
}

static enum status write_report(struct study *study, const struct outcome *cells, int n,
                                const struct request *request, int *exit_status,
                                struct error *err)
{
    struct pictures pictures = request->pictures;

    if (study_read_environment(study, err) != OK)
        return err->status;
    if (n == 0)
        return error_set(err, ERR_RESULT, "%s holds no finished cell",
                         study->folder.path);
    report_print(cells, n, study->sort, stdout);
    report_print_failures(cells, n, stderr);
    report_print_curves(cells, n, study->sort, stdout);
    if (study_report(study, cells, n, request->out, &pictures, err) == OK)
        printf("report: %s/index.html\n", request->out);
    if (tell_missing_pictures(&pictures, study->folder.path))
        *exit_status = 1;
    return err->status;
}

/* A list of words with commas: the bits of each; a word that is not in the table is
 * refused. */
static enum status read_set(const char *text, const char *flag,
                            const struct plot_name *table, unsigned *set,
                            struct error *err)
{
    *set = 0;
    for (size_t n; *text; text += n + (text[n] == ',')) {
        const struct plot_name *row = table;

        n = strcspn(text, ",");
        while (row->name && (strlen(row->name) != n || strncmp(row->name, text, n) != 0))
            row++;
        if (!row->name)
            return error_set(err, ERR_USAGE,
                             "%s does not know '%.*s'; see bench report "
                             "--help",
                             flag, (int)n, text);
        *set |= row->plots;
    }
    return OK;
}

/* All are set before any is checked: pdf_width depends on pdf_font. */
static enum status read_style(const struct request *request, struct style *style,
                              struct error *err)
{
    for (int i = 0; i < N_STYLE && err->status == OK; i++)
        if (request->style[i])
            param_set(&style_params[i], style, request->style[i], err);
    for (int i = 0; i < N_STYLE && err->status == OK; i++)
        if (request->style[i])
            style_check(style, &style_params[i], err);
    return err->status;
}

static enum status read_choices(struct request *request, struct study *study,
                                struct error *err)
{
    static const struct plot_name formats[] = {{"svg", FORMAT_SVG, ""},
                                               {"png", FORMAT_PNG, ""},
                                               {"pdf", FORMAT_PDF, ""},
                                               {"json", FORMAT_JSON, ""},
                                               {NULL, 0, NULL}};

    study->title = request->title;
    study->sort = request->sort;
    if (request->sort && order_check(request->sort, err) != OK)
        return err->status;
    if (request->format && read_set(request->format, "--format", formats,
                                    &request->pictures.formats, err) != OK)
        return err->status;
    study->json = request->pictures.formats & FORMAT_JSON;
    request->pictures.formats &= ~(unsigned)FORMAT_JSON;
    if (request->plots &&
        read_set(request->plots, "--plots", plot_names, &study->suite.plots, err) != OK)
        return err->status;
    return read_style(request, &study->suite.style, err);
}

static enum status write_chosen(struct study *study, const struct outcome *cells, int n,
                                struct request *request, int *exit_status,
                                struct error *err)
{
    if (read_choices(request, study, err) == OK)
        write_report(study, cells, n, request, exit_status, err);
    return err->status;
}

/* Those that --only names. */
static enum status write_some(struct study *study, const struct outcome *cells, int n,
                              struct request *request, int *exit_status,
                              struct error *err)
{
    struct outcome *some;
    int n_some = 0;

    if (request->only.n == 0) /* a copy of 10^5 outcomes is 140 MB */
        return write_chosen(study, cells, n, request, exit_status, err);
    some = calloc((size_t)n + 1, sizeof *some);
    if (!some)
        return error_no_memory(err);
    for (int i = 0; i < n; i++)
        if (globs_match(&request->only, cells[i].id.cell))
            some[n_some++] = cells[i];
    if (n_some == 0 && n > 0)
        error_set(err, ERR_USAGE, "--only matches no finished cell");
    else
        write_chosen(study, some, n_some, request, exit_status, err);
    free(some);
    return err->status;
}

static enum status report_table(struct study *study, const char *path,
                                struct request *request, int *exit_status,
                                struct error *err)
{
    struct outcome *cells;
    int n;

    if (study_open_table(study, path, &cells, &n, err) != OK)
        return err->status;
    return write_some(study, cells, n, request, exit_status, err);
}

/* The cells of one folder are the study's own. */
static enum status report_folders(struct study *study, int n, char **path,
                                  struct request *request, int *exit_status,
                                  struct error *err)
{
    struct merge merge = {.n = 0};
    const struct outcome *cells;
    int n_cell;

    if (n == 1 && study_is_table(path[0]))
        return report_table(study, path[0], request, exit_status, err);
    if (study_open_folder(study, path[0], err) != OK)
        return err->status;
    study_mend_tables(study);
    if (n == 1) {
        cells = study_gather(study, &n_cell);
        return write_some(study, cells, n_cell, request, exit_status, err);
    }
    if (merge_open(&merge, err) == OK && merge_folders(&merge, study, n, path, err) == OK)
        write_some(study, merge.cell, merge.n, request, exit_status, err);
    if (err->status == OK)
        record_write(merge.cell, merge.n, request->out, err);
    merge_close(&merge);
    return err->status;
}

static enum status read_jobs(const char *text, int *jobs, struct error *err)
{
    struct run_options options = {.jobs = 0};

    if (text)
        param_set(param_find(run_option_table, "--jobs"), &options, text, err);
    *jobs = options.jobs;
    return err->status;
}

static enum status report(int argc, char **argv, int *exit_status, struct error *err)
{
    struct request request = {.out = NULL};
    const char *jobs = NULL, *only[FLAG_MANY];
    const struct flag table[] = {{.name = "out", .value = &request.out},
                                 {.name = "jobs", .value = &jobs},
                                 {.name = "title", .value = &request.title},
                                 {.name = "format", .value = &request.format},
                                 {.name = "plots", .value = &request.plots},
                                 {.name = "sort", .value = &request.sort},
                                 {.name = "width", .value = &request.style[0]},
                                 {.name = "font", .value = &request.style[1]},
                                 {.name = "palette", .value = &request.style[2]},
                                 {.name = "reference", .value = &request.style[3]},
                                 {.name = "columns", .value = &request.style[4]},
                                 {.name = "pdf-width", .value = &request.style[5]},
                                 {.name = "pdf-font", .value = &request.style[6]},
                                 {.name = "only", .value = only, .many = &request.only.n},
                                 {.name = NULL}};
    char folder[FOLDER_PATH];
    struct study study = {.folder.lock = -1};
    int n;

    if (flags_read(table, argc, argv, &n, err) != OK)
        return err->status;
    if (n == 0)
        return error_set(err, ERR_USAGE,
                         "bench report needs a result folder; see bench report --help");
    request.only.glob = only;
    snprintf(folder, sizeof folder, "%s/report", argv[0]);
    if (!request.out)
        request.out = folder;
    if (read_jobs(jobs, &request.pictures.jobs, err) == OK)
        report_folders(&study, n, argv, &request, exit_status, err);
    if (study.n_damaged > 0)
        *exit_status = 1;
    study_close(&study);
    return err->status;
}

const struct command command_report = {
    .name = "report",
    .about = "(re)write tables and plots from result folders, without training",
    .usage =
        "usage: bench report DIR... [--out DIR] [--only GLOB] [--title TEXT] [--sort "
        "KEY]\n"
        "                    [--plots LIST] [--format LIST] [--width N] [--font NAME]\n"
        "                    [--palette NAME] [--reference LIST] [--columns LIST]\n"
        "                    [--pdf-width CM] [--pdf-font POINTS] [--jobs N]\n"
        "\n"
        "Writes the report of one or several result folders, merged by fingerprint, "
        "into\n"
        "the first one's report/ (or --out). Trains nothing. Of several folders the "
        "merged\n"
        "results.csv, accuracy.csv and timing.csv are written there too. Where two "
        "folders\n"
        "hold the same experiment, the one that ended ok is taken; different "
        "experiments\n"
        "under the same name are refused. Of a single folder results.csv alone will do.\n"
        "\n"
        "--only GLOB takes the cells alone whose id matches, and may be repeated.\n"
        "--sort KEY: the rows of tables and figures, the best first, by learner, "
        "strategy,\n"
        "peak_bytes, train_seconds, train_flops or a metric of 'bench explain'.\n"
        "--plots takes these of 'bench list plots' in place of the suite's.\n"
        "--format is a list of svg, png, pdf (default: png; SVG is always drawn) and "
        "json,\n"
        "which writes summary.json.\n"
        "--columns: a list of metrics, peak_bytes, train_seconds: those of the tables.\n"
        "--pdf-width, --pdf-font: centimetres of a PDF, points of its texts (default: "
        "9).\n"
        "--width: pixels of an SVG (default: 800); --palette: okabe-ito, tol-bright, "
        "grey,\n"
        "or seven colours '#0072B2,...'; --reference: globs of the learners that are "
        "the\n"
        "curve of the plot 'plane'. All in place of the suite's.\n"
        "--jobs is how many pictures are drawn at a time (default: as many as there are\n"
        "cores).\n"
        "Exit status: 0 written; 1 written, but gnuplot failed at a picture, or files "
        "are\n"
        "damaged, which stderr names, and their cells are left out; 2 a folder holds no\n"
        "results, or contradicts another one.\n",
    .run = report,
};
