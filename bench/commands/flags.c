#include "bench/commands/flags.h"

#include <stdio.h>
#include <string.h>

#include "core/base/suggest.h"

/* text: with its dashes. */
static enum status unknown(const struct flag *table, const char *text, struct error *err)
{
    const char *names[32], *near;
    char dashed[64], hint[SUGGEST_TEXT];
    size_t n = 0;

    for (const struct flag *flag = table; flag->name; flag++)
        names[n++] = flag->name;
    near = suggest(text + strspn(text, "-"), names, n);
    snprintf(dashed, sizeof dashed, "--%s", near ? near : "");
    return error_set(err, ERR_USAGE, "there is no flag '%s'%s", text,
                     suggest_text(near ? dashed : NULL, "", hint));
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
    const char *name = text + strlen("--"), *equals = strchr(text, '=');
    size_t n;

    *used = 0;
    if (strncmp(text, "--", 2) != 0)
        return unknown(table, text, err);
    if (equals == name)
        return error_set(err, ERR_USAGE, "there is no flag without a name: %s", text);
    n = equals ? (size_t)(equals - name) : strlen(name);
    for (const struct flag *flag = table; flag->name; flag++) {
        if (strncmp(flag->name, name, n) != 0 || flag->name[n] != '\0')
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

/* A dash alone is a name. */
static bool is_flag(const char *text)
{
    return text[0] == '-' && text[1] != '\0';
}

static struct flag_names *asked;

void flags_ask(struct flag_names *names)
{
    asked = names;
}

static enum status tell(const struct flag *table, struct error *err)
{
    const int most = sizeof asked->flag / sizeof *asked->flag;

    asked->n = 0;
    for (const struct flag *flag = table; flag->name && asked->n < most; flag++) {
        asked->flag[asked->n].name = flag->name;
        asked->flag[asked->n++].is_switch = flag->on != NULL;
    }
    return error_set(err, ERR_USAGE, "asked for its flags");
}

enum status flags_read(const struct flag *table, int argc, char **argv, int *n,
                       struct error *err)
{
    bool ended = false;
    int kept = 0, used;

    if (asked)
        return tell(table, err);
    for (int i = 0; i < argc; i++) {
        if (ended || !is_flag(argv[i])) {
            argv[kept++] = argv[i];
        } else if (strcmp(argv[i], "--") == 0) {
            ended = true;
        } else {
            if (read_flag(table, argv[i], i + 1 < argc ? argv[i + 1] : NULL, &used,
                          err) != OK)
                return err->status;
            i += used;
        }
    }
    *n = kept;
    return OK;
}
