#include "bench/variant.h"

#include <ctype.h>
#include <string.h>

#include "bench/option.h"

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

const char *variant_suffix(const struct param *row, const char *value, bool alone,
                           struct arena *arena)
{
    const char *text = folder_text(value, arena);
    const char *dot = strrchr(row->name, '.');
    const char *key = dot ? dot + 1 : row->name;

    if (alone || row->type == PARAM_TEXT || row->type == PARAM_CHOICE)
        return text;
    return arena_text(arena, row->type == PARAM_BOOL ? "%s-%s" : "%s%s", key, text);
}

/* The value of an entry that has one, "" where it has several or leaves it to the suite.
 */
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
                            const struct choices *choices, struct arena *arena)
{
    const char *label = entry->id;

    for (int i = 0; i < choices->n; i++) {
        const struct option *option = choices->option[i];
        const struct param *row = option->row;
        bool alone = !entry->named && row == entry->params;

        if (strcmp(row->name, "scenario") == 0)
            continue;
        if (option->n > 1 ||
            (differs(entry, all, n, row, arena) && !at_default(option, arena)))
            label = arena_text(arena, "%s-%s", label,
                               variant_suffix(row, choices->value[i], alone, arena));
    }
    return label;
}

/* ---------------------------------------------------------------- options */

static void add_row(struct choices *choices, const struct options *options,
                    const struct param *row, bool tuned)
{
    const struct option *option = option_find(options, row->name);

    if (option && option->tuned == tuned)
        choices_add(choices, options, row);
}

static void add_table(struct choices *choices, const struct param *table,
                      const struct options *options, const char *but, bool tuned)
{
    for (const struct param *row = table; row && row->name; row++)
        if (strcmp(row->name, but) != 0)
            add_row(choices, options, row, tuned);
}

/* In the order of the tables, not of the file, and the scenario innermost: a suite and
 * its resolved form unfold into the same order. */
static void add_all(struct choices *choices, const struct entry *entry)
{
    add_table(choices, entry->params, &entry->own, "", false);
    add_table(choices, training_table, &entry->training, "", false);
    add_table(choices, stream_setup_table, &entry->setup, "scenario", false);
    choices_add(choices, &entry->setup, param_find(stream_setup_table, "scenario"));
}

void variant_candidates(const struct entry *entry, struct choices *choices)
{
    add_table(choices, entry->params, &entry->own, "", true);
    add_table(choices, training_table, &entry->training, "", true);
}

const void *variant_options(const struct variant *variant, const struct choices *tuned,
                            struct arena *arena, struct error *err)
{
    const struct entry *entry = variant->entry;
    void *options = NULL;

    for (int i = 0; i < entry->own.n; i++) {
        const struct option *option = &entry->own.option[i];

        if (!option->tuned)
            continue;
        if (!options) {
            options = arena_take(arena, TAG_FIXED, 1, entry->size);
            memcpy(options, variant->options, entry->size);
        }
        param_set(option->row, options, choices_value(tuned, option), err);
    }
    return options ? options : variant->options;
}

static bool is_of(const struct option *option, const struct options *options)
{
    return option >= options->option && option < options->option + options->n;
}

static void fill(struct variant *variant, const struct choices *choices,
                 struct arena *arena, struct error *err)
{
    const struct entry *entry = variant->entry;
    void *options = arena_take(arena, TAG_FIXED, 1, entry->size);

    param_defaults(entry->params, options);
    param_defaults(stream_setup_table, &variant->setup);
    variant->options = options;
    variant->training = arena_take(arena, TAG_FIXED, (size_t)entry->training.n,
                                   sizeof *variant->training);
    for (int i = 0; i < choices->n; i++) {
        const struct option *option = choices->option[i];
        const char *value = choices->value[i];

        if (is_of(option, &entry->own))
            param_set(option->row, options, value, err);
        else if (is_of(option, &entry->setup))
            param_set(option->row, &variant->setup, value, err);
        else
            variant->training[option - entry->training.option] = value;
    }
}

static enum status add_variants(struct variants *variants, const struct entry *entry,
                                const struct entry *all, int n, struct arena *arena,
                                struct error *err)
{
    struct choices choices = {.n = 0};
    struct error local = {0};
    int count;

    add_all(&choices, entry);
    count = choices_count(&choices);
    for (int k = 0; k < count && err->status == OK; k++) {
        struct variant *variant = &variants->variant[variants->n++];

        choices_take(&choices, k);
        variant->entry = entry;
        variant->label = label_of(entry, all, n, &choices, arena);
        fill(variant, &choices, arena, err);
        if (stream_setup_check(&variant->setup, &local) != OK)
            return complain_at(err, entry->at, "%s", local.text);
        if (strlen(variant->label) > LABEL_MOST)
            complain_at(
                err, entry->at,
                "the label '%s' would be longer than %d characters; write an entry "
                "with an id for each",
                variant->label, LABEL_MOST);
    }
    return err->status;
}

enum status variants_make(struct variants *variants, const struct entry *entry, int n,
                          struct arena *arena, struct error *err)
{
    int64_t count = 0;

    for (int i = 0; i < n; i++) {
        struct choices choices = {.n = 0};

        add_all(&choices, &entry[i]);
        count += choices_count(&choices);
        if (count > COMBINATIONS_MOST)
            return complain_at(err, entry[i].at, "unfolds into more than %d variants",
                               COMBINATIONS_MOST);
    }
    variants->n = 0;
    variants->variant =
        arena_take(arena, TAG_FIXED, (size_t)count, sizeof *variants->variant);
    for (int i = 0; i < n; i++)
        if (add_variants(variants, &entry[i], entry, n, arena, err) != OK)
            break;
    return err->status;
}
