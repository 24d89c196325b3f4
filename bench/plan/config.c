#include "bench/plan/config.h"

#include <ctype.h>
#include <string.h>

#include "bench/suite/options.h"

/* ---------------------------------------------------------------- labels */

/* "conv 32 3, relu" -> "conv-32-3-relu" */
static const char *folder_text(const char *value, struct arena *arena)
{
    char *out = arena_text(arena, "%s", value), *end = out;

    for (const char *c = value; *c; c++) {
        bool good = isalnum((unsigned char)*c) || strchr("._+", *c);

        if (good || (end > out && end[-1] != '-'))
            *end++ = good ? *c : '-';
    }
    if (end > out && end[-1] == '-')
        end--;
    *end = '\0';
    return out;
}

const char *config_suffix(const struct param *row, const char *value, bool alone,
                          struct arena *arena)
{
    const char *text = folder_text(value, arena);
    const char *dot = strrchr(row->name, '.');
    const char *key = dot ? dot + 1 : row->name;

    if (alone || row->type == PARAM_TEXT || row->type == PARAM_CHOICE)
        return text;
    return arena_text(arena, row->type == PARAM_BOOL ? "%s-%s" : "%s%s", key, text);
}

/* The one value that an entry has for a row; "" if it has several or leaves it to the
 * suite. */
static const char *value_in(const struct entry *entry, const struct param *row,
                            struct arena *arena)
{
    const struct options *all[] = {&entry->own, &entry->setup, &entry->training};

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        const struct option *option = option_find(all[i], row->name);

        if (option)
            return option->n == 1 && !option->tuned ? option->value[0] : "";
    }
    if (param_find(training_table, row->name) == row)
        return "";
    return option_text(&entry->own, row, arena);
}

/* Whether an entry of the same name has another value there. */
static bool differs(const struct entry *entry, const struct entry *all, int n,
                    const struct param *row, struct arena *arena)
{
    const char *value = value_in(entry, row, arena);

    for (int i = 0; i < n; i++)
        if (strcmp(all[i].id, entry->id) == 0 &&
            strcmp(value_in(&all[i], row, arena), value) != 0)
            return true;
    return false;
}

static bool at_default(const struct option *option, struct arena *arena)
{
    static const struct options nothing;

    return param_find(training_table, option->row->name) != option->row &&
           strcmp(option->value[0], option_text(&nothing, option->row, arena)) == 0;
}

static const char *label_of(const struct entry *entry, const struct entry *all, int n,
                            const struct grid *grid, struct arena *arena)
{
    const char *label = entry->id;

    for (int i = 0; i < grid->n; i++) {
        const struct option *option = grid->option[i];
        const struct param *row = option->row;
        bool alone = !entry->named && row == entry->params;

        if (strcmp(row->name, "scenario") == 0)
            continue;
        if (option->n > 1 ||
            (differs(entry, all, n, row, arena) && !at_default(option, arena)))
            label = arena_text(arena, "%s-%s", label,
                               config_suffix(row, grid->value[i], alone, arena));
    }
    return label;
}

/* What a report shows: the entry's own label and, of several values, that of each. NULL =
 * it has none. */
static const char *shown_as(const struct entry *entry, const struct grid *grid,
                            struct arena *arena)
{
    struct entry named = *entry;

    if (!entry->shown)
        return NULL;
    named.id = entry->shown;
    named.named = true;
    return label_of(&named, &named, 1, grid, arena);
}

/* ---------------------------------------------------------------- options */

static void add_row(struct grid *grid, const struct options *options,
                    const struct param *row, bool tuned)
{
    const struct option *option = option_find(options, row->name);

    if (option && option->tuned == tuned)
        grid_add(grid, options, row);
}

static void add_table(struct grid *grid, const struct param *table,
                      const struct options *options, const char *but, bool tuned)
{
    for (const struct param *row = table; row && row->name; row++)
        if (strcmp(row->name, but) != 0)
            add_row(grid, options, row, tuned);
}

/* In the order of the tables, not of the file, and the scenario innermost: a suite and
 * its resolved form unfold into the same order. */
static void add_all(struct grid *grid, const struct entry *entry)
{
    add_table(grid, entry->params, &entry->own, "", false);
    add_table(grid, training_table, &entry->training, "", false);
    add_table(grid, stream_setup_table, &entry->setup, "scenario", false);
    grid_add(grid, &entry->setup, param_find(stream_setup_table, "scenario"));
}

void config_candidates(const struct entry *entry, struct grid *grid)
{
    add_table(grid, entry->params, &entry->own, "", true);
    add_table(grid, training_table, &entry->training, "", true);
}

const void *config_options(const struct config *config, const struct grid *tuned,
                           struct arena *arena, struct error *err)
{
    const struct entry *entry = config->entry;
    void *options = NULL;

    for (int i = 0; i < entry->own.n; i++) {
        const struct option *option = &entry->own.option[i];

        if (!option->tuned)
            continue;
        if (!options) {
            options = arena_take(arena, TAG_FIXED, 1, entry->size);
            memcpy(options, config->options, entry->size);
        }
        param_set(option->row, options, grid_value(tuned, option), err);
    }
    return options ? options : config->options;
}

static bool is_of(const struct option *option, const struct options *options)
{
    return option >= options->option && option < options->option + options->n;
}

static void fill(struct config *config, const struct grid *grid, struct arena *arena,
                 struct error *err)
{
    const struct entry *entry = config->entry;
    void *options = arena_take(arena, TAG_FIXED, 1, entry->size);

    param_defaults(entry->params, options);
    param_defaults(stream_setup_table, &config->setup);
    config->options = options;
    config->training =
        arena_take(arena, TAG_FIXED, (size_t)entry->training.n, sizeof *config->training);
    for (int i = 0; i < grid->n; i++) {
        const struct option *option = grid->option[i];
        const char *value = grid->value[i];

        if (is_of(option, &entry->own))
            param_set(option->row, options, value, err);
        else if (is_of(option, &entry->setup))
            param_set(option->row, &config->setup, value, err);
        else
            config->training[option - entry->training.option] = value;
    }
}

static enum status add_configs(struct configs *configs, const struct entry *entry,
                               const struct entry *all, int n, struct arena *arena,
                               struct error *err)
{
    struct grid grid = {.n = 0};
    struct error local = {0};
    int count;

    add_all(&grid, entry);
    count = grid_count(&grid);
    for (int k = 0; k < count && err->status == OK; k++) {
        struct config *config = &configs->config[configs->n++];

        grid_take(&grid, k);
        config->entry = entry;
        config->label = label_of(entry, all, n, &grid, arena);
        config->shown = shown_as(entry, &grid, arena);
        fill(config, &grid, arena, err);
        if (stream_setup_check(&config->setup, &local) != OK)
            return diagnostic_at(err, entry->place, "%s", local.text);
        if (strlen(config->label) > LABEL_MOST)
            diagnostic_at(
                err, entry->place,
                "the label '%s' would be longer than %d characters; write an entry "
                "with an id for each",
                config->label, LABEL_MOST);
    }
    return err->status;
}

enum status configs_make(struct configs *configs, const struct entry *entry, int n,
                         struct arena *arena, struct error *err)
{
    int64_t count = 0;

    for (int i = 0; i < n; i++) {
        struct grid grid = {.n = 0};

        add_all(&grid, &entry[i]);
        count += grid_count(&grid);
        if (count > COMBINATIONS_MOST)
            return diagnostic_at(err, entry[i].place,
                                 "unfolds into more than %d combinations",
                                 COMBINATIONS_MOST);
    }
    configs->n = 0;
    configs->config =
        arena_take(arena, TAG_FIXED, (size_t)count, sizeof *configs->config);
    for (int i = 0; i < n; i++)
        if (add_configs(configs, &entry[i], entry, n, arena, err) != OK)
            break;
    return err->status;
}
