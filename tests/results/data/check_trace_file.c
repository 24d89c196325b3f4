#include "results/data/trace_file.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena arena;

static void open_arena(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 1 << 20, &err), OK);
}

static void close_arena(void)
{
    arena_close(&arena);
}

static enum status load(const char *text, struct trace_file *traced, struct error *err)
{
    char path[] = "/tmp/check_trace_file.XXXXXX";
    int fd = mkstemp(path);
    enum status status;

    ck_assert_int_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
    status = trace_file_load(traced, path, &arena, err);
    unlink(path);
    return status;
}

START_TEST(tasks_are_added_up)
{
    struct trace_file traced;
    struct error err = {0};
    const struct trace_file_row *row;

    ck_assert_int_eq(load("task,what,at,loss,hits,total,calibration,step\n"
                          "1,chain,3,0.5,2,4,0.1,100\n"
                          "1,head,3,,3,4,,100\n"
                          "2,chain,3,0.25,5,6,,100\n",
                          &traced, &err),
                     OK);
    ck_assert_int_eq(traced.n, 2);
    row = trace_file_find(&traced, "chain", 3);
    ck_assert_double_eq(row->loss, 0.5 * 4 + 0.25 * 6);
    ck_assert_double_eq(row->hits, 7);
    ck_assert_double_eq(row->total, 10);
    ck_assert(isnan(trace_file_find(&traced, "head", 3)->loss));
    ck_assert_ptr_null(trace_file_find(&traced, "chain", 2));
}
END_TEST

START_TEST(the_last_evaluation_counts)
{
    struct trace_file traced;
    struct error err = {0};

    ck_assert_int_eq(load("task,what,at,loss,hits,total,calibration,step\n"
                          "1,chain,1,0.5,2,4,0.1,100\n"
                          "1,head,1,,3,4,,100\n"
                          "1,chain,1,0.25,3,4,,200\n",
                          &traced, &err),
                     OK);
    ck_assert_int_eq(traced.n, 1);
    ck_assert_double_eq(traced.row[0].hits, 3);
    ck_assert_int_eq((int)traced.row[0].step, 200);
}
END_TEST

START_TEST(files_without_a_step_are_read)
{
    struct trace_file traced;
    struct error err = {0};

    ck_assert_int_eq(load("task,what,at,loss,hits,total\n1,chain,1,0.5,2,4\n"
                          "2,chain,1,0.5,1,4\n",
                          &traced, &err),
                     OK);
    ck_assert_int_eq(load("task,what,at,loss,hits,total,calibration\n"
                          "1,chain,1,0.5,2,4,0.25\n2,chain,1,0.5,1,4,\n",
                          &traced, &err),
                     OK);
    ck_assert_int_eq(traced.n, 1);
    ck_assert_double_eq(traced.row[0].hits, 3);
    ck_assert_int_eq(load("task,what,at,loss,hits,total\nnonsense\n", &traced, &err),
                     ERR_RESULT);
    ck_assert_ptr_nonnull(strstr(err.text, ":2: this is not a line of a trace"));
}
END_TEST

static const struct {
    const char *row;
    int line; /* that the error names */
} damages[] = {
    {"1,chain,1,\n7,2,4\n", 2}, /* the loss is not that of the next line */
    {"1,chain,1,0.5\n", 2},
    {"1,chain,1,0.5x,2,4\n", 2},
    {"1,chain,1,0.5,2\n,4\n", 2},
    {"1,chain,1,nan,2,4\n", 2},
    {"1,chain,1,0.5,-2,4\n", 2},
    {"1,chain,1,0.5,2,1e999\n", 2},
    {"1,chain,99999999999,0.5,2,4\n", 2},
    {"1,chain,1.5,0.5,2,4\n", 2},
    {"1,chain,1,0.5,2,4\n1,a name of more than thirty characters,1,0.5,2,4\n", 3},
    {"1,chain,1,0.5,2,4,,-1\n", 2},
};

START_TEST(what_is_no_row_is_refused)
{
    char text[256], words[64];
    struct trace_file traced;
    struct error err = {0};

    snprintf(text, sizeof text, "task,what,at,loss,hits,total,calibration,step\n%s",
             damages[_i].row);
    snprintf(words, sizeof words, ":%d: this is not a line of a trace", damages[_i].line);
    ck_assert_int_eq(load(text, &traced, &err), ERR_RESULT);
    ck_assert_msg(strstr(err.text, words) != NULL, "%s", err.text);
}
END_TEST

START_TEST(a_byte_0_is_damage)
{
    char text[] = "task,what\0";
    struct trace_file traced;
    struct error err = {0};

    ck_assert_int_eq(
        trace_file_parse(&traced, text, sizeof text - 1, "trace.csv", &arena, &err),
        ERR_RESULT);
    ck_assert_str_eq(err.text, "trace.csv is damaged: it holds a byte 0");
}
END_TEST

Suite *trace_file_suite(void)
{
    Suite *suite = suite_create("trace_file");
    TCase *tcase = tcase_create("trace_file");

    tcase_add_checked_fixture(tcase, open_arena, close_arena);
    tcase_add_test(tcase, tasks_are_added_up);
    tcase_add_test(tcase, the_last_evaluation_counts);
    tcase_add_test(tcase, files_without_a_step_are_read);
    tcase_add_loop_test(tcase, what_is_no_row_is_refused, 0,
                        sizeof damages / sizeof *damages);
    tcase_add_test(tcase, a_byte_0_is_damage);
    suite_add_tcase(suite, tcase);
    return suite;
}
