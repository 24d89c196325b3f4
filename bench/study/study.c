#include "bench/study/study.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/nn/blas.h"
#include "results/data/record.h"
#include "results/report/report.h"

enum { TABLES_EVERY = 5 }; /* seconds, at least */

enum status study_open(struct study *study, const char *path,
                       const struct override_list *overrides, struct error *err)
{
    *study = (struct study){.folder.lock = -1};
    environment_read(&study->environment, blas_version(), blas_core());
    if (arena_open_required(&study->arena, err) != OK ||
        suite_load(&study->suite, path, overrides, &study->arena, err) != OK ||
        plan_make(&study->plan, &study->suite, NULL, &study->arena, err) != OK ||
        plan_make_tuning(&study->candidates, &study->suite, &study->arena, err) != OK)
        return err->status;
    return study_take_outcomes(study, err);
}

enum status study_take_outcomes(struct study *study, struct error *err)
{
    size_t n = (size_t)study->plan.n;

    if (arena_open_required(&study->results, err) != OK)
        return err->status;
    arena_keep_from_children(&study->results);
    study->outcome = arena_take(&study->results, TAG_STATE, n, sizeof *study->outcome);
    study->there = arena_take(&study->results, TAG_STATE, n, sizeof *study->there);
    return arena_check(&study->results, err);
}

void study_close(struct study *study)
{
    folder_close(&study->folder);
    arena_close(&study->results);
    arena_close(&study->arena);
}

bool study_match(const struct study *study, const struct cell *cell,
                 const struct globs *globs)
{
    const struct plan *plan = study->main ? &study->main->plan : NULL;
    int first;

    if (!plan || !globs)
        return plan_match(cell, globs);
    first = plan_find_product(plan, cell->product);
    for (int i = first; i < plan->n && plan->cell[i].product == cell->product; i++)
        if (plan_match(&plan->cell[i], globs))
            return true;
    return false;
}

const struct outcome *study_read_cell(struct study *study, const struct cell *cell,
                                      struct error *err)
{
    size_t i = (size_t)(cell - study->plan.cell);
    struct outcome *outcome = &study->outcome[i];

    folder_outcome(&study->folder, cell, &study->results, outcome, &study->there[i], err);
    if (err->status == OK && study->there[i])
        return outcome;
    study->there[i] = false;
    if (err->status == OK && outcome->id.cell[0] && study->n_other++ == 0)
        study->other = cell;
    if (outcome->id.cell[0]) /* memory that is never touched costs nothing */
        *outcome = (struct outcome){0};
    return NULL;
}

/* One file costs what it held and no more. Anything else than its damage is an error. */
static enum status leave_out(struct study *study, const struct error *why,
                             const char *consequence, struct error *err)
{
    if (why->status != ERR_DAMAGED && why->status != ERR_IO) {
        *err = *why;
        return err->status;
    }
    study->n_damaged++;
    fprintf(stderr, "warning: %s; %s\n", why->text, consequence);
    return OK;
}

/* In one line: a suite that was changed may have thousands of them. */
static void tell_others(struct study *study)
{
    char path[FOLDER_PATH];

    if (study->n_other == 0)
        return;
    folder_cell_path(&study->folder, study->other, "status.json", path);
    fprintf(stderr,
            "warning: %s is of other settings (%d in all); its cell counts as not run\n",
            path, study->n_other);
    study->n_damaged += study->n_other;
}

enum status study_read(struct study *study, const struct globs *forget, struct error *err)
{
    study->n_other = 0;
    for (int i = 0; i < study->plan.n && err->status == OK; i++) {
        const struct cell *cell = &study->plan.cell[i];
        struct error why = {0};

        if (forget && study_match(study, cell, forget))
            continue;
        if (!study_read_cell(study, cell, &why) && why.status != OK)
            leave_out(study, &why, "its cell counts as not run", err);
    }
    tell_others(study);
    return err->status;
}

enum status study_read_others(struct study *study, struct error *err)
{
    for (int i = 0; i < study->plan.n && err->status == OK; i++)
        if (!study->there[i] || !folder_final(&study->outcome[i]))
            study_read_cell(study, &study->plan.cell[i], err);
    return err->status;
}

bool study_is_mine(const struct study *study, int i)
{
    return !study->is_mine || study->is_mine[i];
}

enum status study_read_environment(struct study *study, struct error *err)
{
    char path[FOLDER_PATH];
    struct error why = {0};

    folder_path(&study->folder, "environment.json", path);
    study->environment_lost = !file_exists(path);
    if (study->environment_lost ||
        environment_load(&study->environment, path, &why) == OK)
        return OK;
    study->environment_lost = true;
    return leave_out(study, &why, "the report goes on without it", err);
}

const struct outcome *study_gather(struct study *study, int *n)
{
    *n = 0;
    for (int i = 0; i < study->plan.n; i++)
        if (study->there[i] && (*n)++ < i)
            study->outcome[*n - 1] = study->outcome[i];
    for (int i = 0; i < study->plan.n; i++)
        study->there[i] = i < *n;
    return study->outcome;
}

enum status study_write_tables(struct study *study, struct error *err)
{
    double begun = clock_seconds();

    record_write(study->outcome, study->plan.n, study->folder.path, err);
    study->written = clock_seconds();
    study->writing = study->written - begun;
    return err->status;
}

enum status study_refresh_tables(struct study *study, struct error *err)
{
    double pause = 20 * study->writing;

    if (pause < TABLES_EVERY)
        pause = TABLES_EVERY;
    if (clock_seconds() - study->written < pause)
        return OK;
    return study_write_tables(study, err);
}

enum status study_write_setup(const struct study *study, bool runs, struct error *err)
{
    char path[FOLDER_PATH];
    struct file file;

    folder_path(&study->folder, "suite.resolved.yaml", path);
    if (file_begin(&file, path, err) != OK)
        return err->status;
    if (suite_write_resolved(&study->suite, file.out) != OK) {
        file_abandon(&file);
        return error_set(err, ERR_IO, "cannot write %s", path);
    }
    if (file_commit(&file, err) != OK || !runs)
        return err->status;
    folder_path(&study->folder, "environment.json", path);
    return environment_save(&study->environment, path, err);
}

static bool same_program(const struct outcome *a, const struct outcome *b)
{
    return strcmp(a->origin.commit, b->origin.commit) == 0 &&
           strcmp(a->origin.compiler, b->origin.compiler) == 0;
}

/* How many cells the program made that made cell i, which is the first of them; 0 where
 * it is not. */
static int made_with(const struct outcome *cell, int n, int i)
{
    int made = 0;

    for (int k = 0; k < n; k++) {
        if (same_program(&cell[k], &cell[i])) {
            if (k < i)
                return 0;
            made++;
        }
    }
    return made;
}

/* "abc1234 (GNU 12.2.0) 12, unknown 3": the programs that made the cells, with how many
 * each; NULL where there is one. */
static const char *programs(const struct outcome *cell, int n, struct arena *arena)
{
    const char *text = "", *comma = "";
    int n_program = 0;

    for (int i = 0; i < n; i++) {
        int made = made_with(cell, n, i);

        if (made == 0)
            continue;
        text = cell[i].origin.commit[0]
                   ? arena_text(arena, "%s%s%s (%s) %d", text, comma,
                                cell[i].origin.commit, cell[i].origin.compiler, made)
                   : arena_text(arena, "%s%sunknown %d", text, comma, made);
        comma = ", ";
        n_program++;
    }
    return n_program > 1 ? text : NULL;
}

enum { NOTES_MOST = 5 };

/* What a reader of the report has to know of its cells; how many notes that are. */
static int take_notes(struct study *study, const struct outcome *cells, int n,
                      const char *note[NOTES_MOST])
{
    struct arena *arena = &study->arena;
    const char *mixed = programs(cells, n, arena);
    char first[256];
    int unplanned = folder_unplanned(&study->folder, &study->plan, first, sizeof first);
    int n_note = 0;

    if (study->tuned)
        note[n_note++] = study->tuned;
    if (unplanned > 0)
        note[n_note++] = arena_text(
            arena,
            "%d cell(s) in the folder are not in the suite as it is now and were left "
            "out: %s%s",
            unplanned, first, unplanned > 1 ? ", ..." : "");
    if (study->environment_lost)
        note[n_note++] =
            "The folder has no environment.json that can be read: the environment shown "
            "is that of the program that wrote this page, not of the one that made the "
            "results.";
    if (study->n_damaged > 0)
        note[n_note++] = arena_text(
            arena,
            "%d file(s) of the folder are damaged, or of other settings, and were left "
            "out, with what they held; bench run makes them anew.",
            study->n_damaged);
    if (mixed)
        note[n_note++] = arena_text(
            arena,
            "The cells were not made by one program; commit and compiler, with the "
            "number of cells: %s. The environment shown is that of the last run.",
            mixed);
    return n_note;
}

/* To be freed; NULL where there is no memory for it. */
static char *resolved_text(const struct suite *suite)
{
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);

    if (!out)
        return NULL;
    suite_write_resolved(suite, out);
    fclose(out);
    return text;
}

enum status study_report(struct study *study, const struct outcome *cells, int n,
                         const char *folder, struct pictures *pictures, struct error *err)
{
    struct report report = {.plots = study->suite.plots,
                            .style = study->suite.style,
                            .json = study->json,
                            .sort = study->sort,
                            .target = study->suite.target,
                            .n_target = study->suite.n_target,
                            .environment = study->environment,
                            .pictures = *pictures};
    const char *notes[NOTES_MOST];
    char *settings = study->suite.path ? resolved_text(&study->suite) : NULL;

    if (study->suite.path && !settings)
        return error_set(err, ERR_MEMORY, "no memory left for the resolved suite");
    snprintf(report.title, sizeof report.title, "%s",
             study->title ? study->title : study->suite.name);
    snprintf(report.about, sizeof report.about, "%s", study->suite.about);
    report.n_note = take_notes(study, cells, n, notes);
    report.note = notes;
    report.settings = settings;
    report_write(&report, cells, n, folder, err);
    free(settings);
    *pictures = report.pictures;
    return err->status;
}
