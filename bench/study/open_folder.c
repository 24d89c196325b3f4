#include "bench/study/open_folder.h"

#include <stdio.h>
#include <unistd.h>

#include "bench/study/tuning.h"

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
    if (access(suite, F_OK) != 0)
        return error_set(err, ERR_RESULT,
                         "%s is not the result folder of a run: it has no "
                         "suite.resolved.yaml (bench compare also takes a folder with "
                         "results.csv alone)",
                         path);
    if (study_open(study, suite, NULL, err) != OK ||
        folder_name(&study->folder, path, err) != OK || tune(study, err) != OK)
        return err->status;
    return study_read(study, NULL, err);
}
