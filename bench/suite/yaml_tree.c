#include "bench/suite/yaml_tree.h"

#include <string.h>
#include <yaml.h>

enum {
    SIZE_MOST = 256 * 1024, /* bytes of one file */
    NODE_MOST = 20000,      /* after aliases became copies: they can multiply */
    DEPTH_MOST = 32,        /* also ends an alias that stands inside its own anchor */
};

struct builder {
    yaml_document_t *document;
    const char *file;
    struct arena *arena;
    struct error *err;
    int n; /* nodes so far */
};

static struct place place_of(const struct builder *b, yaml_mark_t mark)
{
    return (struct place){b->file, (int)mark.line + 1, (int)mark.column + 1};
}

/* ---------------------------------------------------------------- what libyaml says */

/* %d: the line where the unfinished item began. */
static const struct {
    const char *problem, *readable;
} readable_table[] = {
    {"mapping values are not allowed in this context",
     "a ':' that no key can have here; check the indentation, or quote a text that holds "
     "': '"},
    {"did not find expected key",
     "no key can begin here; check indentation, quotes and brackets since line %d"},
    {"did not find expected '-' indicator",
     "expected '- ' for the next item of the list of line %d; check the indentation"},
    {"could not find expected ':'", "the key of line %d has no ': ' behind it"},
    {"did not find expected ',' or ']'",
     "the list that opens in line %d lacks a ',' or ']'"},
    {"did not find expected ',' or '}'",
     "the mapping that opens in line %d lacks a ',' or '}'"},
    {"found unexpected end of stream", "the quoted text of line %d is not closed"},
    {"found unexpected document indicator", "the quoted text of line %d is not closed"},
    {"found character that cannot start any token",
     "no value can begin with this character (tabs cannot indent); quote it"},
    {"found undefined alias", "no anchor before this alias has its name"},
    {"found duplicate anchor", "this anchor's name was used before"},
    {"control characters are not allowed", "a control character"},
};

static const char *readable(const char *problem)
{
    for (size_t i = 0; i < sizeof readable_table / sizeof readable_table[0]; i++)
        if (strcmp(readable_table[i].problem, problem) == 0)
            return readable_table[i].readable;
    return NULL;
}

/* "... %d ..." -> "... 12 ..." */
static const char *with_line(const char *text, int line, struct arena *arena)
{
    const char *hole = strstr(text, "%d");

    return hole ? arena_text(arena, "%.*s%d%s", (int)(hole - text), text, line, hole + 2)
                : text;
}

/* The reader knows an offset in bytes only. */
static struct place place_of_offset(const char *file, const char *text, size_t offset)
{
    struct place at = {file, 1, 1};

    for (size_t i = 0; i < offset; i++) {
        if (text[i] == '\n') {
            at.line++;
            at.column = 1;
        } else if (((unsigned char)text[i] & 0xc0) != 0x80) {
            at.column++;
        }
    }
    return at;
}

static enum status parser_error(const struct builder *b, const yaml_parser_t *parser,
                                const char *text, size_t n)
{
    const char *problem = parser->problem;
    const char *better = problem ? readable(problem) : NULL;
    size_t line = parser->context ? parser->context_mark.line : parser->problem_mark.line;
    size_t offset = parser->problem_offset < n ? parser->problem_offset : n;

    if (!problem) /* whatever its error says: there was no memory */
        return error_no_memory(b->err);
    if (parser->error == YAML_READER_ERROR)
        return diagnostic_at(b->err, place_of_offset(b->file, text, offset),
                             better ? "%s" : "not UTF-8 (%s); save the file as UTF-8",
                             better ? better : problem);
    if (better)
        problem = with_line(better, (int)line + 1, b->arena);
    return diagnostic_at(b->err, place_of(b, parser->problem_mark), "not valid YAML: %s",
                         problem);
}

/* ---------------------------------------------------------------- the tree */

static enum status too_deep(const struct builder *b, struct place at)
{
    return diagnostic_at(b->err, at, "nested more than %d deep", DEPTH_MOST);
}

/* Characters that could not be written back, or would break a line of a result file. */
static bool has_control(const char *text)
{
    static const char *const separator[] = {"\xe2\x80\xa8", "\xe2\x80\xa9",
                                            "\xef\xbb\xbf"};

    for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
        bool c0 = *c < ' ' && *c != '\n' && *c != '\t';
        bool c1 = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0;

        if (c0 || c1 || *c == 0x7f)
            return true;
    }
    return strstr(text, separator[0]) || strstr(text, separator[1]) ||
           strstr(text, separator[2]);
}

static enum status check(const struct builder *b, const yaml_node_t *from,
                         struct place at, int depth)
{
    static const char *const usual[] = {
        [YAML_SCALAR_NODE] = YAML_STR_TAG,
        [YAML_SEQUENCE_NODE] = YAML_SEQ_TAG,
        [YAML_MAPPING_NODE] = YAML_MAP_TAG,
    };

    if (depth > DEPTH_MOST)
        return too_deep(b, at);
    if (b->n > NODE_MOST)
        return diagnostic_at(b->err, at, "more than %d values in one file", NODE_MOST);
    if (strcmp((const char *)from->tag, usual[from->type]) != 0)
        return diagnostic_at(b->err, at, "tags (%s) mean nothing here; leave it out",
                             (const char *)from->tag);
    if (from->type == YAML_SCALAR_NODE &&
        (strlen((const char *)from->data.scalar.value) != from->data.scalar.length ||
         has_control((const char *)from->data.scalar.value)))
        return diagnostic_at(b->err, at, "a control character in a text");
    return OK;
}

static struct node *build(struct builder *b, int index, int depth);

static void build_scalar(struct builder *b, const yaml_node_t *from, struct node *node)
{
    node->text = arena_text(b->arena, "%s", (const char *)from->data.scalar.value);
    node->plain = from->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static void build_sequence(struct builder *b, const yaml_node_t *from, struct node *node,
                           int depth)
{
    struct node **end = &node->child;
    const yaml_node_item_t *item = from->data.sequence.items.start;

    for (; item < from->data.sequence.items.top && b->err->status == OK; item++) {
        *end = build(b, *item, depth + 1);
        if (*end)
            end = &(*end)->next;
    }
}

static enum status check_key(const struct builder *b, const struct node *mapping,
                             const struct node *key)
{
    const struct node *first;

    if (key->kind != NODE_SCALAR)
        return diagnostic_at(b->err, key->place, "a key must be a word, not %s",
                             node_kind_name(key->kind));
    if (strcmp(key->text, "<<") == 0)
        return diagnostic_at(b->err, key->place,
                             "merge keys (<<) mean nothing here; write the keys out");
    first = node_get(mapping, key->text);
    if (first)
        return diagnostic_at(b->err, key->place,
                             "key '%s' appears twice; first in line %d", key->text,
                             first->key->place.line);
    return OK;
}

static void build_mapping(struct builder *b, const yaml_node_t *from, struct node *node,
                          int depth)
{
    struct node **end = &node->child;
    const yaml_node_pair_t *pair = from->data.mapping.pairs.start;

    for (; pair < from->data.mapping.pairs.top; pair++) {
        struct node *key = build(b, pair->key, depth + 1), *value;

        if (!key || check_key(b, node, key) != OK)
            return;
        value = build(b, pair->value, depth + 1);
        if (!value)
            return;
        value->key = key;
        *end = value;
        end = &value->next;
    }
}

/* NULL where the error is set. */
static struct node *build(struct builder *b, int index, int depth)
{
    const yaml_node_t *from = yaml_document_get_node(b->document, index);
    struct place at = place_of(b, from->start_mark);
    struct node *node;

    b->n++;
    if (check(b, from, at, depth) != OK)
        return NULL;
    node = arena_take(b->arena, TAG_FIXED, 1, sizeof *node);
    node->place = at;
    if (from->type == YAML_SCALAR_NODE) {
        node->kind = NODE_SCALAR;
        build_scalar(b, from, node);
    } else if (from->type == YAML_SEQUENCE_NODE) {
        node->kind = NODE_SEQUENCE;
        build_sequence(b, from, node, depth);
    } else {
        node->kind = NODE_MAPPING;
        build_mapping(b, from, node, depth);
    }
    return b->err->status == OK ? node : NULL;
}

/* ---------------------------------------------------------------- a whole text */

static bool open_parser(const struct builder *b, yaml_parser_t *parser, const char *text,
                        size_t n)
{
    if (!yaml_parser_initialize(parser)) {
        error_no_memory(b->err);
        return false;
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(parser, (const unsigned char *)text, n);
    return true;
}

/* libyaml's time grows with the square of the depth, so this first pass stops at the
 * limit. Syntax errors are left to the second pass. */
static enum status check_depth(const struct builder *b, const char *text, size_t n)
{
    yaml_parser_t parser;
    yaml_event_t event;
    int depth = 0;
    bool more = true;

    if (!open_parser(b, &parser, text, n))
        return b->err->status;
    while (more && yaml_parser_parse(&parser, &event)) {
        depth += event.type == YAML_SEQUENCE_START_EVENT ||
                 event.type == YAML_MAPPING_START_EVENT;
        depth -=
            event.type == YAML_SEQUENCE_END_EVENT || event.type == YAML_MAPPING_END_EVENT;
        if (depth > DEPTH_MOST)
            too_deep(b, place_of(b, event.start_mark));
        more = depth <= DEPTH_MOST && event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return b->err->status;
}

static enum status build_first(struct builder *b, struct node **root)
{
    if (!yaml_document_get_root_node(b->document))
        return diagnostic_at(b->err, (struct place){b->file, 0, 0}, "the file is empty");
    *root = build(b, 1, 0);
    return b->err->status;
}

static enum status refuse_second(const struct builder *b)
{
    const yaml_node_t *root = yaml_document_get_root_node(b->document);

    if (!root)
        return OK;
    return diagnostic_at(b->err, place_of(b, root->start_mark),
                         "a second document begins; a file holds one");
}

enum status node_parse(struct node **root, const char *text, size_t n, const char *file,
                       struct arena *arena, struct error *err)
{
    yaml_document_t document;
    struct builder b = {&document, file, arena, err, 0};
    yaml_parser_t parser;

    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) { /* a byte order mark */
        text += 3;
        n -= 3;
    }
    if (n > SIZE_MOST)
        return diagnostic_at(err, (struct place){file, 0, 0}, "larger than %d KiB",
                             SIZE_MOST / 1024);
    if (check_depth(&b, text, n) != OK)
        return err->status;
    if (!open_parser(&b, &parser, text, n))
        return err->status;
    for (int i = 0; i < 2 && err->status == OK; i++) {
        if (!yaml_parser_load(&parser, &document)) {
            parser_error(&b, &parser, text, n);
            break;
        }
        if (i == 0)
            build_first(&b, root);
        else
            refuse_second(&b);
        yaml_document_delete(&document);
    }
    yaml_parser_delete(&parser);
    return err->status;
}

/* ---------------------------------------------------------------- questions */

struct node *node_get(const struct node *mapping, const char *key)
{
    for (struct node *child = mapping->child; child; child = child->next)
        if (child->key && strcmp(child->key->text, key) == 0)
            return child;
    return NULL;
}

int node_count(const struct node *parent)
{
    int n = 0;

    for (const struct node *child = parent->child; child; child = child->next)
        n++;
    return n;
}

bool node_is_null(const struct node *node)
{
    return node->kind == NODE_SCALAR && node->plain &&
           (node->text[0] == '\0' || strcmp(node->text, "~") == 0 ||
            strcmp(node->text, "null") == 0);
}

const char *node_kind_name(enum node_kind kind)
{
    static const char *const name[] = {
        [NODE_SCALAR] = "a single value",
        [NODE_SEQUENCE] = "a list",
        [NODE_MAPPING] = "a mapping",
    };

    return name[kind];
}
