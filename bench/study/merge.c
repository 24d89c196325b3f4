#include "bench/study/merge.h"

#include <stdlib.h>
#include <string.h>

#include "bench/plan/fingerprint.h"
#include "bench/study/open_folder.h"
#include "core/base/file.h"
#include "core/base/fnv.h"

enum status merge_open(struct merge *merge, struct error *err)
{
    *merge = (struct merge){.n = 0};
    return arena_open_required(&merge->arena, err);
}

void merge_close(struct merge *merge)
{
    buckets_close(&merge->by_fingerprint);
    buckets_close(&merge->by_row);
    free(merge->cell);
    free(merge->from);
    arena_close(&merge->arena);
}

/* ---------------------------------------------------------------- rows of the report */

/* Bytes of the cell's id up to the seed. */
static size_t row_length(const struct outcome *o)
{
    const char *slash = strrchr(o->id.cell, '/');

    return slash ? (size_t)(slash - o->id.cell) : 0;
}

static uint64_t row_hash(const struct outcome *o)
{
    return fnv_add(fnv_of_nothing, o->id.cell, row_length(o));
}

static bool same_row(const struct outcome *a, const struct outcome *b)
{
    size_t n = row_length(a);

    return row_length(b) == n && memcmp(a->id.cell, b->id.cell, n) == 0;
}

/* The cell that the row of this one began with; NULL = none yet. */
static int find_row(const struct merge *merge, const struct outcome *o)
{
    int i = buckets_first(&merge->by_row, row_hash(o));

    while (i >= 0 && !same_row(&merge->cell[i], o))
        i = buckets_next(&merge->by_row, i);
    return i;
}

/* ---------------------------------------------------------------- adding */

static enum status make_room(struct merge *merge, size_t more, struct error *err)
{
    size_t n = (size_t)merge->n + more;
    struct outcome *cell = realloc(merge->cell, (n + 1) * sizeof *cell);
    const char **from;

    if (cell)
        merge->cell = cell;
    from = cell ? realloc(merge->from, (n + 1) * sizeof *from) : NULL;
    if (!from)
        return error_no_memory(err);
    merge->from = from;
    buckets_close(&merge->by_fingerprint);
    buckets_close(&merge->by_row);
    if (buckets_open(&merge->by_fingerprint, n, err) != OK ||
        buckets_open(&merge->by_row, n, err) != OK)
        return err->status;
    for (int i = 0; i < merge->n; i++) {
        const struct outcome *o = &merge->cell[i];

        buckets_add(&merge->by_fingerprint, fingerprint_hash(o->id.fingerprint), i);
        if (find_row(merge, o) < 0)
            buckets_add(&merge->by_row, row_hash(o), i);
    }
    return OK;
}

static int find_fingerprint(const struct merge *merge, const char *fingerprint)
{
    int i = buckets_first(&merge->by_fingerprint, fingerprint_hash(fingerprint));

    while (i >= 0 && strcmp(merge->cell[i].id.fingerprint, fingerprint) != 0)
        i = buckets_next(&merge->by_fingerprint, i);
    return i;
}

static struct evaluation_list copy_list(const struct evaluation_list *list,
                                        struct arena *arena)
{
    struct evaluation_list copy = {
        arena_take(arena, TAG_STATE, (size_t)list->n, sizeof *list->data), list->n};

    if (copy.data)
        memcpy(copy.data, list->data, (size_t)list->n * sizeof *list->data);
    return copy;
}

/* The text in the arena, where the one added before has the same its own. */
static const char *copy_text(const char *text, const char *last, struct arena *arena)
{
    if (!text || (last && strcmp(last, text) == 0))
        return text ? last : NULL;
    return arena_text(arena, "%s", text);
}

/* last: the one added before, which may have the same settings; NULL = none was. */
static struct outcome copy_of(const struct outcome *o, const struct outcome *last,
                              struct arena *arena)
{
    struct outcome copy = *o;
    struct outcome_context *context = &copy.context, none = {0};
    const struct outcome_context *before = last ? &last->context : &none;

    copy.tests.eval = copy_list(&o->tests.eval, arena);
    copy.tests.probe = copy_list(&o->tests.probe, arena);
    copy.id.dataset = arena_text(arena, "%s", o->id.dataset);
    if (context->trace)
        context->trace = arena_text(arena, "%s", context->trace);
    context->settings = copy_text(context->settings, before->settings, arena);
    context->shown = (struct outcome_shown){
        copy_text(context->shown.stream, before->shown.stream, arena),
        copy_text(context->shown.learner, before->shown.learner, arena),
        copy_text(context->shown.strategy, before->shown.strategy, arena)};
    return copy;
}

static enum status add(struct merge *merge, const struct outcome *o, const char *from,
                       struct error *err)
{
    int i = find_fingerprint(merge, o->id.fingerprint), row = find_row(merge, o);
    const struct outcome *last = merge->n > 0 ? &merge->cell[merge->n - 1] : NULL;

    if (row >= 0 && strcmp(merge->cell[row].context.settings, o->context.settings) != 0)
        return error_set(err, ERR_RESULT,
                         "cell '%s' of %s and '%s' of %s differ in more than the "
                         "seed; give the learner an `id:` in one suite",
                         merge->cell[row].id.cell, merge->from[row], o->id.cell, from);
    if (i >= 0 && (merge->cell[i].ending == END_OK || o->ending != END_OK))
        return OK;
    if (i < 0) {
        i = merge->n++;
        buckets_add(&merge->by_fingerprint, fingerprint_hash(o->id.fingerprint), i);
        if (row < 0)
            buckets_add(&merge->by_row, row_hash(o), i);
    }
    merge->cell[i] = copy_of(o, last, &merge->arena);
    merge->from[i] = from;
    return arena_check(&merge->arena, err);
}

enum status merge_add(struct merge *merge, const struct study *study, struct error *err)
{
    const char *from = arena_text(&merge->arena, "%s", study->folder.path);
    size_t more = 0;

    for (int i = 0; i < study->plan.n; i++)
        more += study->there[i];
    if (make_room(merge, more, err) != OK)
        return err->status;
    for (int i = 0; i < study->plan.n && err->status == OK; i++)
        if (study->there[i])
            add(merge, &study->outcome[i], from, err);
    return err->status;
}

/* ---------------------------------------------------------------- folders of one suite */

static bool same_file(const char *a, const char *b)
{
    struct arena arena = {0};
    struct error err = {0};
    char *left, *right;
    bool same = arena_open_required(&arena, &err) == OK &&
                file_read(a, &arena, &left, NULL, &err) == OK &&
                file_read(b, &arena, &right, NULL, &err) == OK &&
                strcmp(left, right) == 0;

    arena_close(&arena);
    return same;
}

enum status merge_open_folder(struct study *study, const struct study *other,
                              const char *path, struct error *err)
{
    static const char suite[] = "suite.resolved.yaml";
    struct folder folder;
    char own[FOLDER_PATH], others[FOLDER_PATH];

    if (folder_name(&folder, path, err) != OK)
        return err->status;
    folder_path(&folder, suite, own);
    folder_path(&other->folder, suite, others);
    if (other->candidates.n > 0 || !same_file(own, others))
        return study_open_folder(study, path, err);
    *study = (struct study){.suite = other->suite,
                            .plan = other->plan,
                            .folder = folder,
                            .environment = other->environment};
    if (arena_open_required(&study->arena, err) != OK ||
        study_take_outcomes(study, err) != OK)
        return err->status;
    return study_read(study, NULL, err);
}
