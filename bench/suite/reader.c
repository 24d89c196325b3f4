#include "bench/suite/reader.h"

#include <ctype.h>
#include <string.h>

#include "bench/suite/options.h"
#include "core/base/suggest.h"

enum status reader_expect(struct reader *r, const struct node *node, enum node_kind kind)
{
    const char *name =
        node->key ? arena_text(r->arena, "'%s'", node->key->text) : "a suite file";

    if (node->kind != kind)
        return diagnostic_at(r->err, node->place, "%s must be %s, not %s", name,
                             node_kind_name(kind),
                             node_is_null(node) ? "empty" : node_kind_name(node->kind));
    if (kind != NODE_SCALAR && !node->child)
        return diagnostic_at(r->err, node->place, "%s is empty", name);
    return OK;
}

static bool is_kept(const struct suite *suite, const struct error *err)
{
    for (int i = 0; i < suite->n_earlier; i++)
        if (suite->earlier[i].line == err->line &&
            suite->earlier[i].column == err->column &&
            strcmp(suite->earlier[i].text, err->text) == 0)
            return true; /* an alias is read where it stands, too */
    return false;
}

bool reader_goes_on(struct reader *r)
{
    struct suite *suite = r->suite;

    if (r->err->status == OK)
        return true;
    if (r->err->status != ERR_SUITE || suite->n_earlier == ERRORS_MOST - 1)
        return false;
    if (!is_kept(suite, r->err))
        suite->earlier[suite->n_earlier++] = *r->err;
    *r->err = (struct error){0};
    return true;
}

enum status reader_text(struct reader *r, const struct node *node, const char *what,
                        const char **text)
{
    if (node->kind != NODE_SCALAR)
        return diagnostic_at(r->err, node->place, "%s must be a single value, not %s",
                             what, node_kind_name(node->kind));
    if (node_is_null(node))
        return diagnostic_at(r->err, node->place, "%s has no value", what);
    *text = node->text;
    return OK;
}

enum status reader_id(struct reader *r, const struct node *node, const char **id)
{
    const char *what = arena_text(r->arena, "'%s'", node->key->text);

    if (reader_text(r, node, what, id) != OK)
        return r->err->status;
    for (const char *c = *id; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._+-", *c))
            return diagnostic_at(
                r->err, node->place,
                "%s names a folder: letters, digits and . _ + - only, not '%s'", what,
                *id);
    if (!isalnum((unsigned char)**id))
        return diagnostic_at(r->err, node->place,
                             "%s must begin with a letter or a digit", what);
    if (strlen(*id) > LABEL_MOST)
        return diagnostic_at(r->err, node->place, "%s is longer than %d characters", what,
                             LABEL_MOST);
    return OK;
}

enum status reader_shown(struct reader *r, const struct node *node, const char **text)
{
    const char *what = arena_text(r->arena, "'%s'", node->key->text);

    if (reader_text(r, node, what, text) != OK)
        return r->err->status;
    for (const char *c = *text; *c; c++)
        if (iscntrl((unsigned char)*c))
            return diagnostic_at(r->err, node->place, "%s must be one line of text",
                                 what);
    if (strlen(*text) > SHOWN_MOST)
        return diagnostic_at(r->err, node->place, "%s is longer than %d bytes", what,
                             SHOWN_MOST);
    return OK;
}

enum status reader_unknown(struct reader *r, const struct node *node, const char *what,
                           const char *word, const char *const *words, size_t n)
{
    char hint[SUGGEST_TEXT];
    const char *list = "";

    for (size_t i = 0; i < n; i++)
        list = arena_text(r->arena, "%s%s%s", list, i ? ", " : "", words[i]);
    list =
        arena_text(r->arena, "; there %s %s", n == 1 ? "is" : "are", n ? list : "none");
    return diagnostic_at(r->err, node->place, "%s '%s'%s", what, word,
                         suggest_text(suggest(word, words, n), list, hint));
}

enum status reader_check_length(struct reader *r, const struct options *training)
{
    const struct option *steps = option_find(training, "steps");
    const struct option *epochs = option_find(training, "epochs");
    const struct option *length = steps ? steps : epochs;
    char range[256];

    if (steps && epochs)
        return diagnostic_at(
            r->err, epochs->place,
            "both 'steps' (line %d) and 'epochs' are given; leave one out",
            steps->place.line);
    for (int i = 0; length && i < length->n; i++)
        if (strcmp(length->value[i], "0") == 0) {
            param_range(length->row, range, sizeof range);
            return diagnostic_at(r->err, length->place, "'0' is not a value of '%s' (%s)",
                                 length->row->name, range);
        }
    return OK;
}
