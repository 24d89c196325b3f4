#include "bench/study/open_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/study/tuning.h"
#include "core/base/file.h"
#include "results/data/record.h"

static enum status tune(struct study *study, struct error *err)
{
    struct study tuning;

    if (study->candidates.n == 0)
        return OK;
    if (tuning_open(&tuning, study, NULL, err) == OK)
        tuning_choose(study, &tuning, err);
    study->n_damaged += tuning.n_damaged;
    study_close(&tuning);
    return err->status;
}

enum status study_open_folder(struct study *study, const char *path, struct error *err)
{
    char suite[FOLDER_PATH];

    snprintf(suite, sizeof suite, "%s/suite.resolved.yaml", path);
    if (!file_exists(suite))
        return error_set(
            err, ERR_RESULT,
            "%s is not the result folder of a run: it has no "
            "suite.resolved.yaml (bench compare, and bench report of one folder, "
            "also take results.csv alone)",
            path);
    if (study_open(study, suite, NULL, err) != OK ||
        folder_name(&study->folder, path, err) != OK || tune(study, err) != OK)
        return err->status;
    return study_read(study, NULL, err);
}

static bool holds(const char *path, const char *name)
{
    char file[FOLDER_PATH];

    snprintf(file, sizeof file, "%s/%s", path, name);
    return file_exists(file);
}

bool study_is_table(const char *path)
{
    return !holds(path, "cells") && holds(path, "results.csv");
}

/* A study of nothing, with all that its report is told. */
static enum status open_nothing(struct study *study, struct error *err)
{
    const char *slash = strrchr(study->folder.path, '/');

    environment_read(&study->environment, "", "");
    if (arena_open_required(&study->arena, err) != OK)
        return err->status;
    study->suite.name = slash && slash[1] ? slash + 1 : study->folder.path;
    study->suite.about = "";
    study->suite.plots = PLOT_ALL;
    param_defaults(style_params, &study->suite.style);
    return OK;
}

enum status study_open_table(struct study *study, const char *path,
                             struct outcome **cells, int *n, struct error *err)
{
    char file[FOLDER_PATH];

    *study = (struct study){.folder.lock = -1};
    snprintf(file, sizeof file, "%s/suite.resolved.yaml", path);
    if (file_exists(file) && study_open(study, file, NULL, err) != OK)
        return err->status;
    if (folder_name(&study->folder, path, err) != OK ||
        (!study->suite.path && open_nothing(study, err) != OK))
        return err->status;
    snprintf(file, sizeof file, "%s/results.csv", path);
    return record_read(file, &study->arena, cells, n, err);
}

/* -1 where it cannot be read. */
static int count_rows(const char *path)
{
    struct error none = {0};
    FILE *in = file_open(path, &none);
    char *line = NULL;
    size_t size = 0;
    int n = -1; /* the heading */

    if (!in)
        return -1;
    while (getline(&line, &size, in) > 0)
        n++;
    free(line);
    fclose(in);
    return n;
}

void study_mend_tables(struct study *study)
{
    struct folder folder = study->folder;
    struct error why = {0};
    char path[FOLDER_PATH];
    int n = 0;

    for (int i = 0; i < study->plan.n; i++)
        n += study->there[i];
    folder_path(&folder, "results.csv", path);
    if (n == 0 || count_rows(path) == n)
        return;
    folder.is_shared = true;
    if (folder_lock(&folder, &why) == OK) {
        folder_claim_tables(&folder);
        if (study_read_others(study, &why) == OK)
            study_write_tables(study, &why);
    }
    folder_close(&folder);
}
