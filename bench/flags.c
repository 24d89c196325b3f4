#include "bench/flags.h"

#include <string.h>

#include "core/suggest.h"

static enum status unknown(const struct flag *table, const char *name, struct error *err)
{
    const char *names[32], *near;
    size_t n = 0;

    for (const struct flag *flag = table; flag->name; flag++)
        names[n++] = flag->name;
    near = suggest(name, names, n);
    return error_set(err, ERR_USAGE, "there is no flag --%s%s%s%s", name,
                     near ? "; did you mean --" : "", near ? near : "", near ? "?" : "");
}

static enum status store(const struct flag *flag, const char *value, struct error *err)
{
    if (!flag->many) {
        *flag->value = value;
        return OK;
    }
    if (*flag->many == FLAG_MANY)
        return error_set(err, ERR_USAGE, "--%s is given more than %d times", flag->name,
                         FLAG_MANY);
    flag->value[(*flag->many)++] = value;
    return OK;
}

/* One flag; *used is the number of arguments it took after its own. */
static enum status read_flag(const struct flag *table, const char *text, const char *next,
                             int *used, struct error *err)
{
    const char *equals = strchr(text, '=');
    size_t n = equals ? (size_t)(equals - text) : strlen(text);

    *used = 0;
    for (const struct flag *flag = table; flag->name; flag++) {
        if (strncmp(flag->name, text, n) != 0 || flag->name[n] != '\0')
            continue;
        if (flag->on && equals)
            return error_set(err, ERR_USAGE, "--%s takes no value", flag->name);
        if (flag->on) {
            *flag->on = true;
            return OK;
        }
        if (!equals && !next)
            return error_set(err, ERR_USAGE, "--%s needs a value", flag->name);
        *used = equals ? 0 : 1;
        return store(flag, equals ? equals + 1 : next, err);
    }
    return unknown(table, text, err);
}

enum status flags_read(const struct flag *table, int argc, char **argv, int *n,
                       struct error *err)
{
    int kept = 0, used;

    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            argv[kept++] = argv[i];
            continue;
        }
        if (read_flag(table, argv[i] + 2, i + 1 < argc ? argv[i + 1] : NULL, &used,
                      err) != OK)
            return err->status;
        i += used;
    }
    *n = kept;
    return OK;
}
