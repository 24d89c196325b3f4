#include "results/data/outcome.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/file.h"
#include "tests/support/make_outcome.h"

static struct arena arena;
static char folder[64], path[128];

static void open_folder(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 1 << 24, &err), OK);
    strcpy(folder, "/tmp/check_outcome.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/status.json", folder);
}

static void close_folder(void)
{
    arena_close(&arena);
    unlink(path);
    rmdir(folder);
}

static struct outcome sample(void)
{
    const double R[] = {.1, .1, .9, .2, .7, .95};

    return make_outcome(R, 2, 1000, &arena);
}

static void write_text(const char *text, size_t n)
{
    FILE *out = fopen(path, "w");

    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(text, 1, n, out), n);
    ck_assert_int_eq(fclose(out), 0);
}

START_TEST(saving_and_loading_keeps_every_bit)
{
    struct evaluation probe[] = {{100, 1, true, 0, 0, 3, 4}, {200, 2, true, 1, 0, 4, 5}};
    struct outcome o = sample(), back;
    struct error err = {0};

    o.tests.probe.data = probe;
    o.tests.probe.n = 2;
    o.tests.chance = 0.1; /* not a binary fraction */
    o.timing.train_seconds = 1.0 / 3;
    o.cost.train_flops = NAN;
    o.weights_hash = 0xfedcba9876543210u; /* more bits than a JSON number keeps */
    o.ending = END_DIVERGED;
    strcpy(o.reason, "task 2, step 150: \"loss\" is \\ not finite \xe2\x88\x9e");
    ck_assert_int_eq(outcome_save(&o, path, &err), OK);
    ck_assert_msg(outcome_load(&back, path, &arena, &err) == OK, "%s", err.text);
    ck_assert_int_eq(back.tests.probe.n, o.tests.probe.n);
    for (int i = 0; i < o.tests.probe.n; i++) { /* not the padding, which is anything */
        ck_assert_int_eq(back.tests.probe.data[i].after_task, probe[i].after_task);
        ck_assert_int_eq(back.tests.probe.data[i].step, probe[i].step);
        ck_assert_int_eq(back.tests.probe.data[i].task, probe[i].task);
        ck_assert_int_eq(back.tests.probe.data[i].hits, probe[i].hits);
        ck_assert_int_eq(back.tests.probe.data[i].total, probe[i].total);
    }
    ck_assert_int_eq(back.tests.eval.n, o.tests.eval.n);
    for (int i = 0; i < o.tests.eval.n; i++)
        ck_assert_mem_eq(&back.tests.eval.data[i], &o.tests.eval.data[i],
                         sizeof o.tests.eval.data[i]);
    ck_assert_str_eq(back.id.cell, o.id.cell);
    ck_assert_str_eq(back.reason, o.reason);
    ck_assert_str_eq(back.origin.blas_core, o.origin.blas_core);
    ck_assert_int_eq(back.ending, o.ending);
    ck_assert(back.tests.future && !back.tests.pooled && !back.tests.dense);
    ck_assert_double_eq(back.tests.chance, o.tests.chance);
    ck_assert_double_eq(back.timing.train_seconds, o.timing.train_seconds);
    ck_assert(isnan(back.cost.train_flops));
    ck_assert(back.weights_hash == o.weights_hash);
    ck_assert_mem_eq(&back.cost.peak, &o.cost.peak, sizeof o.cost.peak);
    ck_assert_int_eq(back.timing.peak_rss, o.timing.peak_rss);
}
END_TEST

/* What the tables leave empty. */
START_TEST(what_is_not_known_is_null)
{
    struct outcome o = sample(), back;
    struct error err = {0};
    char *text;
    size_t n;

    o.cost.parameters = o.timing.peak_rss = 0;
    o.cost.train_flops = NAN;
    ck_assert_int_eq(outcome_save(&o, path, &err), OK);
    ck_assert_int_eq(file_read(path, &arena, &text, &n, &err), OK);
    ck_assert(strstr(text, "\"parameters\": null,") &&
              strstr(text, "\"train_flops\": null,") &&
              strstr(text, "\"peak_rss_bytes\": null,"));
    ck_assert_int_eq(outcome_load(&back, path, &arena, &err), OK);
    ck_assert(back.cost.parameters == 0 && back.timing.peak_rss == 0);
}
END_TEST

/* Task 1 comes again after 2; row 3 is there for it. */
START_TEST(visits_are_kept)
{
    int32_t task[] = {0, 1, 0};
    struct outcome o = sample(), back;
    struct error err = {0};

    o.tests.visits = (struct visit_list){task, 3};
    o.tests.eval.data[o.tests.eval.n - 1].after_task = 3;
    ck_assert_int_eq(outcome_save(&o, path, &err), OK);
    ck_assert_msg(outcome_load(&back, path, &arena, &err) == OK, "%s", err.text);
    ck_assert_int_eq(outcome_rows(&back), 3);
    ck_assert_mem_eq(back.tests.visits.task, task, sizeof task);
    for (int row = 1; row <= 3; row++) {
        ck_assert_int_eq(outcome_trained(&back, row), task[row - 1]);
        ck_assert_int_eq(outcome_met(&back, row), row > 1 ? 2 : 1);
    }
    task[1] = 2; /* before task 2 has come */
    ck_assert_int_eq(outcome_save(&o, path, &err), OK);
    ck_assert_int_eq(outcome_load(&back, path, &arena, &err), ERR_DAMAGED);
    ck_assert_ptr_nonnull(strstr(err.text, "'visits' is not a list of the tasks"));
}
END_TEST

START_TEST(saving_twice_gives_the_same_bytes)
{
    struct evaluation probe[] = {{100, 1, 1, 0, 0, 3, 4}};
    struct outcome o = sample(), back;
    struct error err = {0};
    char *first, *second;

    if (_i)
        o.tests.probe = (struct evaluation_list){probe, 1};
    ck_assert_int_eq(outcome_save(&o, path, &err), OK);
    ck_assert_int_eq(file_read(path, &arena, &first, NULL, &err), OK);
    ck_assert_int_eq(outcome_load(&back, path, &arena, &err), OK);
    ck_assert_int_eq(outcome_save(&back, path, &err), OK);
    ck_assert_int_eq(file_read(path, &arena, &second, NULL, &err), OK);
    ck_assert_str_eq(first, second);
}
END_TEST

START_TEST(text_that_is_no_utf8_is_still_saved)
{
    struct outcome o = sample(), back;
    struct error err = {0};

    strcpy(o.reason, "cut in the middle: \xe2\x88");
    ck_assert_int_eq(outcome_save(&o, path, &err), OK);
    ck_assert_int_eq(outcome_load(&back, path, &arena, &err), OK);
    ck_assert_str_eq(back.reason, "cut in the middle: ?\?");
}
END_TEST

/* The file with one bit changed: damaged, or as the sample is. */
static void assert_found(const char *text, size_t n, size_t i)
{
    struct outcome o = sample(), back;
    struct error err = {0};
    size_t mark = arena_mark(&arena);
    char *before, *after;

    write_text(text, n);
    if (outcome_load(&back, path, &arena, &err) != OK) {
        ck_assert_msg(err.status == ERR_DAMAGED, "byte %zu: %s", i, err.text);
    } else {
        ck_assert_int_eq(outcome_save(&back, path, &err), OK);
        ck_assert_int_eq(file_read(path, &arena, &after, NULL, &err), OK);
        ck_assert_int_eq(outcome_save(&o, path, &err), OK);
        ck_assert_int_eq(file_read(path, &arena, &before, NULL, &err), OK);
        ck_assert_msg(strcmp(before, after) == 0, "byte %zu changes what is read", i);
    }
    arena_release(&arena, mark);
}

/* Every prefix of a good file is refused. So is the file with a bit of any byte
 * changed, unless it says the same all the same: saved again, it has the bytes of before.
 */
START_TEST(damaged_bytes_are_found)
{
    struct outcome o = sample(), back;
    struct error err = {0};
    char *text;
    size_t n;

    ck_assert_int_eq(outcome_save(&o, path, &err), OK);
    ck_assert_int_eq(file_read(path, &arena, &text, &n, &err), OK);
    for (size_t i = 0; i + 2 < n; i += 3) {
        err = (struct error){0};
        write_text(text, i);
        ck_assert_int_eq(outcome_load(&back, path, &arena, &err), ERR_DAMAGED);
        ck_assert_ptr_nonnull(strstr(err.text, path));
    }
    for (size_t i = 0; i < n; i++) {
        text[i] ^= (char)(1 << i % 8);
        assert_found(text, n, i);
        text[i] ^= (char)(1 << i % 8);
    }
}
END_TEST

static const struct {
    const char *key, *value; /* NULL = the key is removed */
    const char *complaint;
} damage[] = {
    {"format", "2", "format 2"},
    {"format", "\"1\"", "format"},
    {"cell", "7", "'cell'"},
    {"cell", "\"\"", "'cell'"},
    {"fingerprint", "\"0123\"", "'fingerprint'"},
    {"fingerprint", "\"0123456789abcdeg\"", "'fingerprint'"},
    {"scenario", "\"a scenario with a long name\"", "'scenario'"},
    {"status", "\"fine\"", "'status'"},
    {"tasks", "0", "'tasks'"},
    {"tasks", "-1", "'tasks'"},
    {"tasks", "1000000000", "'tasks'"},
    {"tasks", "1.5", "'tasks'"},
    {"tasks", "1", "evaluation"},
    {"pooled", "1", "'pooled'"},
    {"chance", "1.5", "'chance'"},
    {"threads", "99999999999", "'threads'"},
    {"parameters", "-5", "'parameters'"},
    {"weights_hash", "\"xyz\"", "'weights_hash'"},
    {"peak_bytes", "1", "'peak_bytes'"},
    {"train_seconds", "\"long\"", "'train_seconds'"},
    {"host", NULL, "'host'"},
    {"evaluations", "{}", "'evaluations'"},
    {"evaluations", "[[1, 100, 1, 0, 0, 1]]", "evaluation 1"},
    {"evaluations", "[[1, 100, 1, 2, 0, 1, 2]]", "evaluation 1"},
    {"evaluations", "[[1, 100, 1, 0, 0, 3, 2]]", "evaluation 1"},
    {"evaluations", "[[1, 100, 1, 0, 0, \"1\", 2]]", "evaluation 1"},
    {"evaluations", "[[1, 100, 2, 0, 0, 1, 2]]", "evaluation 1"},
    {"evaluations", "[[1, 100, 1, 0, 0, 1, 2], [1, 99, 1, 0, 0, 1, 2]]", "evaluation 2"},
};

START_TEST(what_is_wrong_is_named)
{
    struct outcome o = sample(), back;
    struct error err = {0};
    json_t *root;

    ck_assert_int_eq(outcome_save(&o, path, &err), OK);
    root = json_load_file(path, 0, NULL);
    ck_assert_ptr_nonnull(root);
    ck_assert_int_eq(json_object_del(root, "digest"), 0);
    if (damage[_i].value)
        json_object_set_new(root, damage[_i].key,
                            json_loads(damage[_i].value, JSON_DECODE_ANY, NULL));
    else
        json_object_del(root, damage[_i].key);
    ck_assert_int_eq(json_dump_file(root, path, 0), 0);
    json_decref(root);
    ck_assert_int_eq(outcome_load(&back, path, &arena, &err),
                     strcmp(damage[_i].complaint, "format 2") == 0 ? ERR_RESULT
                                                                   : ERR_DAMAGED);
    ck_assert_msg(strstr(err.text, path) && strstr(err.text, damage[_i].complaint),
                  "%s = %s: %s", damage[_i].key, damage[_i].value, err.text);
}
END_TEST

/* Lists in the layout of outcome_save. */
static const char *const lists[] = {
    "\n  [1, 100, 1, 0, 0, 1]",
    "\n  [1, 100, 1, 0, 0, 1, 2, 3]",
    "\n  [1, 100, 1, 2, 0, 1, 2]",
    "\n  [1, 100, 1, 0, 0, 3, 2]",
    "\n  [1, 100, 1, 0, 0, 01, 2]",
    "\n  [1, 100, 1, 0, 0, , 2]",
    "\n  [1, 100, 1, 0, 0, -1, 2]",
    "\n  [1, 100, 1, 0, 0, 1, 99999999999]",
    "\n  [1, 99999999999999999999, 1, 0, 0, 1, 2]",
    "\n  [1, 100, 1, 0, 0, 1, 2],\n  [1, 99, 1, 0, 0, 1, 2]",
    "\n  [1, 100, 1, 0, 0, 1, 2]\n  [1, 100, 1, 1, 0, 1, 2]",
    "\n  [1, 100, 1, 0, 0, 1, 2];\n  [1, 100, 1, 1, 0, 1, 2]",
    "\n  [1, 100, 1, 0, 0, 1, 2],",
    "\n  [1, 100, 1, 0, 0, 1, 2}",
    "\n ],\n \"evaluations\": [",
    "\n ],\n \"probe\": [\n  [1, 2]",
};

/* The text up to the list, without the digest. To be freed. */
static char *text_before_evaluations(void)
{
    struct error err = {0};
    char *text, *digest, *list;
    size_t n;

    ck_assert_int_eq(file_read(path, &arena, &text, &n, &err), OK);
    digest = strstr(text, " \"digest\"");
    memmove(digest, strchr(digest, '\n') + 1, strlen(strchr(digest, '\n')));
    list = strstr(text, "\"evaluations\": [");
    list[strlen("\"evaluations\": [")] = '\0';
    return strdup(text);
}

START_TEST(a_list_that_is_wrong_is_refused)
{
    struct outcome o = sample(), back;
    struct error err = {0};
    char text[4096], *before;

    ck_assert_int_eq(outcome_save(&o, path, &err), OK);
    before = text_before_evaluations();
    snprintf(text, sizeof text, "%s%s\n ]\n}\n", before, lists[_i]);
    write_text(text, strlen(text));
    ck_assert_int_eq(outcome_load(&back, path, &arena, &err), ERR_DAMAGED);
    free(before);
}
END_TEST

START_TEST(a_second_list_is_refused)
{
    struct outcome o = sample(), back;
    struct error err = {0};
    char text[4096], *before;

    ck_assert_int_eq(outcome_save(&o, path, &err), OK);
    before = text_before_evaluations();
    snprintf(text, sizeof text,
             "{\"evaluations\":[],%s\n  [1, 100, 1, 0, 0, 1, 2]\n ]\n}\n", before + 1);
    write_text(text, strlen(text));
    ck_assert_int_eq(outcome_load(&back, path, &arena, &err), ERR_DAMAGED);
    free(before);
}
END_TEST

/* Writes the file as outcome_save would, without a digest, and with another value. */
static void write_with(const char *key, const char *value)
{
    struct outcome o = sample();
    struct error err = {0};
    char *text, *line, *end, start[64], *changed;
    size_t n;

    ck_assert_int_eq(outcome_save(&o, path, &err), OK);
    ck_assert_int_eq(file_read(path, &arena, &text, NULL, &err), OK);
    line = strstr(text, " \"digest\"");
    memmove(line, strchr(line, '\n') + 1, strlen(strchr(line, '\n')));
    snprintf(start, sizeof start, "\n \"%s\": ", key);
    line = strstr(text, start);
    ck_assert_ptr_nonnull(line);
    line += strlen(start);
    end = strstr(line, ",\n");
    n = (size_t)asprintf(&changed, "%.*s%s%s", (int)(line - text), text, value, end);
    write_text(changed, n);
    free(changed);
}

static const struct {
    const char *key, *value;
} lines[] = {
    {"cell", "7"},
    {"cell", "\"a"},
    {"cell", "a\""},
    {"cell", "\"a\\\""},
    {"cell", "\"a\tb\""},
    {"cell", "\"\xff\""},
    {"cell", "\"a\"b\""},
    {"dataset", "\""},
    {"fingerprint", "\"0123456789abcdef0\""},
    {"status", "\"fine\""},
    {"status", "ok"},
    {"tasks", ""},
    {"tasks", "02"},
    {"tasks", "+2"},
    {"tasks", "-2"},
    {"tasks", "2x"},
    {"tasks", "5000"},
    {"tasks", "99999999999999999999"},
    {"parameters", "1.0"},
    {"peak_bytes", "0"},
    {"pooled", "True"},
    {"pooled", "0"},
    {"chance", "1.5"},
    {"chance", "-0.5"},
    {"train_seconds", "nan"},
    {"train_seconds", "1."},
    {"train_seconds", "1.e5"},
    {"train_seconds", ".5"},
    {"train_seconds", "01.5"},
    {"train_seconds", "1.5.5"},
    {"train_seconds", "1.5e"},
    {"train_seconds", "0x1.8p1"},
    {"train_seconds", "1.5e999"},
    {"weights_hash", "\"0123456789ABCDEF\""},
    {"compiler", "\"\",\n \"more\": \"\",\n \"host\": \"\""},
    {"together", "1"},
    {"together", "-2"},
};

START_TEST(a_line_that_is_wrong_is_refused)
{
    struct outcome back;
    struct error err = {0};

    write_with(lines[_i].key, lines[_i].value);
    ck_assert_msg(outcome_load(&back, path, &arena, &err) == ERR_DAMAGED, "%s: %s",
                  lines[_i].key, lines[_i].value);
}
END_TEST

/* As an editor may leave it: with the same meaning, but not as outcome_save writes it. */
START_TEST(another_spelling_reads_the_same)
{
    struct outcome back;
    struct error err = {0};

    write_with("train_seconds", "5");
    ck_assert_msg(outcome_load(&back, path, &arena, &err) == OK, "%s", err.text);
    ck_assert_double_eq(back.timing.train_seconds, 5);
    write_with("train_seconds", "2.5E1");
    ck_assert_msg(outcome_load(&back, path, &arena, &err) == OK, "%s", err.text);
    ck_assert_double_eq(back.timing.train_seconds, 25);
    write_with("host", "\"\\u0041\\n\"");
    ck_assert_msg(outcome_load(&back, path, &arena, &err) == OK, "%s", err.text);
    ck_assert_str_eq(back.origin.host, "A\n");
    write_with("together", "3");
    ck_assert_msg(outcome_load(&back, path, &arena, &err) == OK, "%s", err.text);
    ck_assert_int_eq(back.timing.together, 3);
}
END_TEST

START_TEST(another_layout_reads_the_same)
{
    struct outcome o = sample(), back;
    struct error err = {0};
    char *before, *after;
    json_t *root;

    ck_assert_int_eq(outcome_save(&o, path, &err), OK);
    ck_assert_int_eq(file_read(path, &arena, &before, NULL, &err), OK);
    root = json_load_file(path, 0, NULL);
    ck_assert_int_eq(json_object_del(root, "digest"), 0);
    ck_assert_int_eq(json_dump_file(root, path, _i ? JSON_INDENT(2) : JSON_SORT_KEYS), 0);
    json_decref(root);
    ck_assert_msg(outcome_load(&back, path, &arena, &err) == OK, "%s", err.text);
    ck_assert_int_eq(outcome_save(&back, path, &err), OK);
    ck_assert_int_eq(file_read(path, &arena, &after, NULL, &err), OK);
    ck_assert_str_eq(after, before);
}
END_TEST

START_TEST(a_file_that_is_not_there)
{
    struct outcome back;
    struct error err = {0};

    ck_assert_int_eq(outcome_load(&back, path, &arena, &err), ERR_IO);
}
END_TEST

Suite *outcome_suite(void)
{
    Suite *suite = suite_create("outcome");
    TCase *tests = tcase_create("outcome");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, open_folder, close_folder);
    tcase_add_test(tests, saving_and_loading_keeps_every_bit);
    tcase_add_test(tests, what_is_not_known_is_null);
    tcase_add_test(tests, visits_are_kept);
    tcase_add_loop_test(tests, saving_twice_gives_the_same_bytes, 0, 2);
    tcase_add_test(tests, text_that_is_no_utf8_is_still_saved);
    tcase_add_test(tests, damaged_bytes_are_found);
    tcase_add_loop_test(tests, what_is_wrong_is_named, 0,
                        (int)(sizeof damage / sizeof damage[0]));
    tcase_add_loop_test(tests, a_list_that_is_wrong_is_refused, 0,
                        sizeof lists / sizeof *lists);
    tcase_add_test(tests, a_second_list_is_refused);
    tcase_add_loop_test(tests, a_line_that_is_wrong_is_refused, 0,
                        sizeof lines / sizeof *lines);
    tcase_add_test(tests, another_spelling_reads_the_same);
    tcase_add_loop_test(tests, another_layout_reads_the_same, 0, 2);
    tcase_add_test(tests, a_file_that_is_not_there);
    suite_add_tcase(suite, tests);
    return suite;
}
