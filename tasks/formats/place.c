#include "tasks/formats/place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLACE_PATH = 1024 };

/* The folder of "idx:DIR" or "cifar:DIR"; NULL for other names. */
static const char *own_folder(const char *name)
{
    static const char *const prefixes[] = {"idx:", "cifar:"};

    for (int i = 0; i < 2; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return name + strlen(prefixes[i]);
    return NULL;
}

/* The absolute path of a DIR; *elsewhere is set where it is not `beside`. */
static char *absolute(const char *dir, const char *beside, bool *elsewhere)
{
    char path[PLACE_PATH], *found = NULL;
    int n = snprintf(path, sizeof path, "%s/%s", beside, dir);

    if (*dir != '/' && n < (int)sizeof path)
        found = realpath(path, NULL);
    if (found)
        return found;
    found = realpath(dir, NULL);
    *elsewhere |= found && *dir != '/';
    return found;
}

static enum status no_folder(const char *name, const char *dir, const char *beside,
                             struct error *err)
{
    char *suite = realpath(beside, NULL), *here = realpath(".", NULL);

    if (*dir == '/')
        error_set(err, ERR_DATA, "%s: there is no folder %s", name, dir);
    else
        error_set(err, ERR_DATA,
                  "%s: there is no folder %s/%s, beside the suite file, and none in the "
                  "working directory %s",
                  name, suite ? suite : beside, dir, here ? here : ".");
    free(suite);
    free(here);
    return err->status;
}

enum status dataset_place(const char *text, const char *beside, char out[DATASET_PLACED],
                          bool *elsewhere, struct error *err)
{
    char name[DATASET_NAME];
    size_t n = 0;

    *elsewhere = false;
    out[0] = '\0';
    while (dataset_next(&text, name)) {
        const char *dir = own_folder(name);
        char *path = dir ? absolute(dir, beside, elsewhere) : NULL;

        if (dir && !path)
            return no_folder(name, dir, beside, err);
        if (n < DATASET_PLACED)
            n += (size_t)snprintf(out + n, DATASET_PLACED - n, "%s%.*s%s", n ? " + " : "",
                                  dir ? (int)(dir - name) : DATASET_NAME, name,
                                  dir ? path : "");
        free(path);
    }
    return n < DATASET_PLACED ? OK
                              : error_set(err, ERR_DATA,
                                          "the paths of %.60s... are too "
                                          "long",
                                          name);
}
