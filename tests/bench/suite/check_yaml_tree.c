#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "bench/suite/yaml_tree.h"

static struct arena arena;
static struct error err;

static void open_arena(void)
{
    err = (struct error){0};
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
}

static void close_arena(void)
{
    arena_close(&arena);
}

static struct node *parse(const char *text)
{
    struct node *root = NULL;

    ck_assert_msg(node_parse(&root, text, strlen(text), "f", &arena, &err) == OK, "%s",
                  err.text);
    return root;
}

static void assert_at(const struct node *node, int line, int column)
{
    ck_assert_str_eq(node->place.file, "f");
    ck_assert_int_eq(node->place.line, line);
    ck_assert_int_eq(node->place.column, column);
}

START_TEST(everything_knows_its_place)
{
    const struct node *root = parse("a: 1\n"
                                    "list:\n"
                                    "  - x\n"
                                    "  - {k: 'v', z: \"\"}\n");
    const struct node *list = node_get(root, "list"), *inner;

    ck_assert_int_eq(root->kind, NODE_MAPPING);
    ck_assert_int_eq(node_count(root), 2);
    assert_at(node_get(root, "a"), 1, 4);
    assert_at(list->key, 2, 1);
    assert_at(list, 3, 3);
    ck_assert_int_eq(list->kind, NODE_SEQUENCE);
    ck_assert_int_eq(node_count(list), 2);
    assert_at(list->child, 3, 5);
    inner = list->child->next;
    assert_at(inner, 4, 5);
    ck_assert_ptr_null(inner->key);
    assert_at(node_get(inner, "k")->key, 4, 6);
    assert_at(node_get(inner, "k"), 4, 9);
    ck_assert_str_eq(node_get(inner, "k")->text, "v");
    ck_assert_ptr_null(inner->next);
    ck_assert_ptr_null(node_get(root, "b"));
}
END_TEST

START_TEST(columns_count_characters)
{
    /* a letter of two bytes and a sign of four */
    assert_at(
        node_get(parse("{\xc3\xa9\xf0\x9f\x98\x80: x}"), "\xc3\xa9\xf0\x9f\x98\x80"), 1,
        6);
}
END_TEST

START_TEST(quotes_make_a_text_of_nothing)
{
    const struct node *root =
        parse("a:\nb: ~\nc: null\nd: ''\ne: 'null'\nf: nil\ng: []\n");

    ck_assert(node_is_null(node_get(root, "a")));
    ck_assert(node_is_null(node_get(root, "b")));
    ck_assert(node_is_null(node_get(root, "c")));
    ck_assert(!node_is_null(node_get(root, "d")));
    ck_assert(!node_is_null(node_get(root, "e")));
    ck_assert(!node_is_null(node_get(root, "f")));
    ck_assert(!node_is_null(node_get(root, "g")));
}
END_TEST

START_TEST(an_alias_is_a_copy)
{
    struct node *root = parse("a: &x [1, 2]\nb: *x\n");
    struct node *a = node_get(root, "a"), *b = node_get(root, "b");

    ck_assert_int_eq(node_count(b), 2);
    ck_assert_str_eq(b->child->next->text, "2");
    ck_assert_ptr_ne(a, b);
    a->child->next = NULL;
    ck_assert_int_eq(node_count(b), 2);
}
END_TEST

START_TEST(line_ends_and_byte_order_marks_are_all_the_same)
{
    const struct node *root = parse("\xef\xbb\xbf"
                                    "a: 1\r\nb: 2\r\n");

    ck_assert_str_eq(node_get(root, "a")->text, "1");
    assert_at(node_get(root, "b"), 2, 4);
}
END_TEST

/* The wording of each is held by tests/suites/bad; here it is the place. */
static const struct {
    const char *text;
    int line, column;
} broken[] = {
    {"", 0, 0},
    {"# nothing\n", 0, 0},
    {"a: b: c\n", 1, 5},
    {"a: 1\na: 2\n", 2, 1},
    {"a: {b: 1, c: 2, b: 3}\n", 1, 17},
    {"a: 1\n---\nb: 2\n", 3, 1},
    {"a: caf\xe9 au lait\n", 1, 8},
    {"\xc3\xa9: 1\nb: \x01\n", 2, 4},
    {"a: \"\\x07\"\n", 1, 4},
    {"a: \"\\u2028\"\n", 1, 4},
    {"a: \"\\u0085\"\n", 1, 4},
    {"a: *b\n", 1, 4},
    {"a: !!int 5\n", 1, 4},
    {"? {a: 1}\n: 2\n", 1, 3},
    {"a: &b {c: 1}\nd: {<<: *b}\n", 2, 5},
    {"a: @b\n", 1, 4},
    {"- 1\nb: 2\n", 2, 1},
};

START_TEST(what_is_broken_is_shown_where_it_is)
{
    struct node *root;
    const char *text = broken[_i].text;

    ck_assert_int_eq(node_parse(&root, text, strlen(text), "f", &arena, &err), ERR_SUITE);
    ck_assert_str_eq(err.file, "f");
    ck_assert_msg(err.line == broken[_i].line && err.column == broken[_i].column,
                  "%d:%d instead of %d:%d for %s (%s)", err.line, err.column,
                  broken[_i].line, broken[_i].column, text, err.text);
    ck_assert_ptr_null(strchr(err.text, '\n'));
    ck_assert_int_ne(err.text[0], '\0');
}
END_TEST

START_TEST(hostile_texts_end_soon)
{
    enum { N = 200000 };
    char *text = malloc(N);
    struct node *root;

    memset(text, '[', N);
    ck_assert_int_eq(node_parse(&root, text, N, "f", &arena, &err), ERR_SUITE);
    ck_assert_ptr_nonnull(strstr(err.text, "deep"));
    err = (struct error){0};
    memset(text, 'x', N);
    text[0] = '\0';
    ck_assert_int_eq(node_parse(&root, text, N, "f", &arena, &err), ERR_SUITE);
    err = (struct error){0};
    ck_assert_int_eq(node_parse(&root, text, 1 << 20, "f", &arena, &err), ERR_SUITE);
    ck_assert_ptr_nonnull(strstr(err.text, "larger"));
    free(text);
}
END_TEST

Suite *yaml_tree_suite(void)
{
    Suite *suite = suite_create("yaml_tree");
    TCase *tests = tcase_create("node");
    int n = sizeof broken / sizeof broken[0];

    tcase_add_checked_fixture(tests, open_arena, close_arena);
    tcase_add_test(tests, everything_knows_its_place);
    tcase_add_test(tests, columns_count_characters);
    tcase_add_test(tests, quotes_make_a_text_of_nothing);
    tcase_add_test(tests, an_alias_is_a_copy);
    tcase_add_test(tests, line_ends_and_byte_order_marks_are_all_the_same);
    tcase_add_loop_test(tests, what_is_broken_is_shown_where_it_is, 0, n);
    tcase_add_test(tests, hostile_texts_end_soon);
    suite_add_tcase(suite, tests);
    return suite;
}
