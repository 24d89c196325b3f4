#include "results/data/record.h"

#include <check.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/base/file.h"
#include "results/data/csv.h"
#include "results/data/metrics.h"
#include "tests/support/make_outcome.h"

static struct arena arena;
static char folder[64];

static void open_folder(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 1 << 24, &err), OK);
    strcpy(folder, "/tmp/check_record.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void close_folder(void)
{
    const char *const name[] = {"results.csv", "accuracy.csv", "probe.csv", "timing.csv"};
    char path[128];

    arena_close(&arena);
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, name[i]);
        unlink(path);
    }
    ck_assert_int_eq(rmdir(folder), 0); /* nothing else was left there */
}

static char *written(const char *name)
{
    struct error err = {0};
    char path[128], *text = NULL;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_int_eq(file_read(path, &arena, &text, NULL, &err), OK);
    return text;
}

START_TEST(the_tables_by_hand)
{
    const double R[] = {NAN, NAN, .5, NAN, .25, .75};
    struct evaluation probe[] = {{100, 1, true, 0, 0, 3, 4}, {200, 2, true, 1, 0, 4, 5}};
    struct outcome cell[2] = {make_outcome(R, 2, 4, &arena)};
    struct error err = {0};

    cell[0].tests.probe.data = probe;
    cell[0].tests.probe.n = 2;
    cell[0].tests.future = false;
    cell[1] = (struct outcome){.id.fingerprint = "fedcba9876543210",
                               .id.stream = "split-digits",
                               .id.scenario = "domain",
                               .id.learner = "a,b",
                               .ending = END_CRASHED,
                               .reason = "signal 11, \"segmentation fault\"",
                               .cost.train_flops = NAN,
                               .timing.train_seconds = NAN,
                               .timing.eval_seconds = NAN,
                               .timing.cpu_seconds = NAN};
    strcpy(cell[1].id.cell, "c2");
    ck_assert_int_eq(record_write(cell, 2, folder, &err), OK);
    ck_assert_str_eq(
        written("results.csv"),
        "cell,fingerprint,stream,dataset,scenario,learner,strategy,seed,status,reason,"
        "tasks,"
        "accuracy,accuracy_sample,incremental_accuracy,forgetting,bwt,fwt,learning_"
        "accuracy,"
        "min_accuracy,wc_accuracy,peak_bytes,weight_bytes,gradient_bytes,optimizer_bytes,"
        "activation_bytes,buffer_bytes,scratch_bytes,state_bytes,threads,parameters,"
        "train_flops,weights_hash,blocks_in_memory\n"
        "split-digits.domain/backprop/none/seed-1,0123456789abcdef,split-digits,digits,"
        "domain,backprop,none,1,ok,,2,0.5,0.5,0.5,0.25,-0.25,,0.625,,,"
        "6400,1280,640,1280,640,640,640,1280,1,1000,1000000000,00ff00ff00ff00ff,3\n"
        "c2,fedcba9876543210,split-digits,,domain,\"a,b\",,,crashed,"
        "\"signal 11, \"\"segmentation fault\"\"\",,,,,,,,,,,,,,,,,,,,,,,\n");
    ck_assert_str_eq(written("accuracy.csv"),
                     "cell,seed,after_task,step,end,task,draw,hits,total\n"
                     "split-digits.domain/backprop/none/seed-1,1,1,100,1,1,0,2,4\n"
                     "split-digits.domain/backprop/none/seed-1,1,2,200,1,1,0,1,4\n"
                     "split-digits.domain/backprop/none/seed-1,1,2,200,1,2,0,3,4\n");
    ck_assert_str_eq(written("probe.csv"),
                     "cell,seed,after_task,step,task,hits,total\n"
                     "split-digits.domain/backprop/none/seed-1,1,1,100,1,3,4\n"
                     "split-digits.domain/backprop/none/seed-1,1,2,200,2,4,5\n");
    ck_assert_str_eq(written("timing.csv"),
                     "cell,train_seconds,eval_seconds,samples_per_second,peak_rss_bytes,"
                     "cpu_seconds,together,started,host\n"
                     "split-digits.domain/backprop/none/seed-1,2,0.5,500,1048576,2.25,2,"
                     "2026-01-02T03:04:05Z,host\n"
                     "c2,,,,,,,,\n");
}
END_TEST

START_TEST(what_varies_is_kept_out_of_the_other_tables)
{
    const double R[] = {.1, .1, .5, .2, .25, .75};
    struct outcome cell = make_outcome(R, 2, 4, &arena);
    struct error err = {0};
    char *results, *accuracy;

    ck_assert_int_eq(record_write(&cell, 1, folder, &err), OK);
    results = written("results.csv");
    accuracy = written("accuracy.csv");
    cell.timing.train_seconds = cell.timing.eval_seconds = cell.timing.cpu_seconds = 77;
    cell.timing.peak_rss = 78;
    strcpy(cell.origin.host, "elsewhere");
    strcpy(cell.timing.started, "never");
    strcpy(cell.origin.isa, "other");
    ck_assert_int_eq(record_write(&cell, 1, folder, &err), OK);
    ck_assert_str_eq(results, written("results.csv"));
    ck_assert_str_eq(accuracy, written("accuracy.csv"));
}
END_TEST

START_TEST(numbers_are_short_and_exact)
{
    const double value[] = {
        0.1,         1.0 / 3, -0.225, 1e-300,
        123456789.0, 0.9784,  0,      0.1 + 0.2}; /* not 0.3: it needs all 17 digits */
    char text[256] = "", *at = text;
    struct csv csv = {.out = fmemopen(text, sizeof text, "w")};

    for (int i = 0; i < 8; i++)
        csv_number(&csv, value[i]);
    fclose(csv.out);
    ck_assert_str_eq(text, "0.1,0.3333333333333333,-0.225,1e-300,123456789,0.9784,0,"
                           "0.30000000000000004");
    for (int i = 0; i < 8; i++, at++)
        ck_assert_double_eq(strtod(at, &at), value[i]);
}
END_TEST

/* The rows of RFC 4180, section 2. */
START_TEST(fields_as_the_standard_has_them)
{
    char text[] = "aaa,bbb,ccc\r\nzzz,,\n\"aaa\",\"b \r\nbb\",\"c,c\"\r\n"
                  "\"aaa\",\"b\"\"bb\",\"\"\nlast,";
    const char *const wanted[][3] = {{"aaa", "bbb", "ccc"},
                                     {"zzz", "", ""},
                                     {"aaa", "b \r\nbb", "c,c"},
                                     {"aaa", "b\"bb", ""}};
    char *rest = text, *field[3];

    for (int row = 0; row < 4; row++) {
        ck_assert_int_eq(csv_split(&rest, field, 3), 3);
        for (int i = 0; i < 3; i++)
            ck_assert_str_eq(field[i], wanted[row][i]);
    }
    ck_assert_int_eq(csv_split(&rest, field, 1), 2); /* more than there is room for */
    ck_assert_str_eq(field[0], "last");
    ck_assert_int_eq(csv_split(&rest, field, 3), 0);
}
END_TEST

static struct outcome *read_back(const char *text, enum status wanted, int *n)
{
    struct error err = {0};
    struct outcome *cells = NULL;
    char path[128];
    FILE *out;

    snprintf(path, sizeof path, "%s/results.csv", folder);
    if (text) {
        out = fopen(path, "w");
        ck_assert_ptr_nonnull(out);
        fputs(text, out);
        fclose(out);
    }
    ck_assert_msg(record_read(path, &arena, &cells, n, &err) == wanted, "%s", err.text);
    return cells;
}

START_TEST(results_are_read_back)
{
    const double R[] = {NAN, NAN, .5, NAN, .25, .75};
    struct outcome cell[2] = {make_outcome(R, 2, 4, &arena),
                              make_outcome(R, 2, 4, &arena)},
                   *back;
    struct error err = {0};
    int n;

    cell[0].tests.future = false;
    cell[1].ending = END_DIVERGED;
    strcpy(cell[1].id.learner, "a,b");
    strcpy(cell[1].reason, "\"loss\"");
    ck_assert_int_eq(record_write(cell, 2, folder, &err), OK);
    back = read_back(NULL, OK, &n);
    ck_assert_int_eq(n, 2);
    ck_assert_str_eq(back[0].id.cell, cell[0].id.cell);
    ck_assert_str_eq(back[1].id.learner, "a,b");
    ck_assert_str_eq(back[1].reason, "\"loss\"");
    ck_assert_int_eq(back[1].ending, END_DIVERGED);
    ck_assert_int_eq(back[0].tests.n_task, 2);
    ck_assert_double_eq(back[0].context.stored->value[METRIC_FORGETTING], .25);
    ck_assert_double_eq(back[0].context.stored->value[METRIC_LEARNING_ACCURACY], .625);
    ck_assert_double_nan(back[0].context.stored->value[METRIC_FWT]);
    ck_assert_ptr_nonnull(back[0].context.stored->reason[METRIC_FWT]);
}
END_TEST

/* A table from before a metric existed has no such column. */
START_TEST(an_older_table_lacks_a_metric)
{
    const double R[] = {NAN, NAN, .5, NAN, .25, .75};
    struct outcome cell = make_outcome(R, 2, 4, &arena), *back;
    struct error err = {0};
    char *text, *column;
    int n;

    ck_assert_int_eq(record_write(&cell, 1, folder, &err), OK);
    text = written("results.csv");
    column = strstr(text, ",forgetting,");
    ck_assert_ptr_nonnull(column);
    column[1] = 'F';
    back = read_back(text, OK, &n);
    ck_assert_double_nan(back->context.stored->value[METRIC_FORGETTING]);
    ck_assert_str_eq(back->context.stored->reason[METRIC_FORGETTING],
                     "not in results.csv");
    ck_assert_double_eq(back->context.stored->value[METRIC_LEARNING_ACCURACY], .625);
}
END_TEST

START_TEST(a_table_that_is_damaged)
{
    char *whole, *field;
    struct outcome cell = make_outcome((const double[]){NAN, .5}, 1, 4, &arena);
    struct error err = {0};
    int n;

    ck_assert_int_eq(record_write(&cell, 1, folder, &err), OK);
    whole = written("results.csv");
    field = strstr(whole, ",ok,");
    ck_assert_ptr_nonnull(field);
    field[1] = 'O';
    read_back(whole, ERR_RESULT, &n);
    field[1] = 'o';
    read_back(whole, OK, &n);
    field[strlen(",ok,,")] = '0'; /* tasks */
    read_back(whole, ERR_RESULT, &n);
    field[4] = '\0';
    read_back(whole, ERR_RESULT, &n);
    read_back("", OK, &n);
    ck_assert_int_eq(n, 0);
}
END_TEST

static char *replace_all(const char *text, const char *from, const char *to)
{
    char *out = arena_take(&arena, TAG_STATE, 2 * strlen(text) + 1, 1), *end = out;
    size_t n = strlen(from);

    while (*text) {
        if (strncmp(text, from, n) == 0) {
            end = stpcpy(end, to);
            text += n;
        } else {
            *end++ = *text++;
        }
    }
    return out;
}

/* Rows end at a CR too: there is room for each of them. */
START_TEST(rows_that_end_with_a_cr)
{
    const double R[] = {NAN, .5};
    struct outcome cell[3] = {make_outcome(R, 1, 4, &arena),
                              make_outcome(R, 1, 4, &arena),
                              make_outcome(R, 1, 4, &arena)};
    struct outcome *back;
    struct error err = {0};
    size_t before;
    int n;

    ck_assert_int_eq(record_write(cell, 3, folder, &err), OK);
    before = arena.n_piece;
    back = read_back(replace_all(written("results.csv"), "\n", "\r"), OK, &n);
    ck_assert_int_eq(n, 3);
    ck_assert_str_eq(back[2].id.cell, cell[2].id.cell);
    for (size_t i = before; i < arena.n_piece; i++) /* the piece that holds them */
        if (arena.base + arena.piece[i].offset == (unsigned char *)back)
            ck_assert_uint_ge(arena.piece[i].bytes, 3 * sizeof *back);
}
END_TEST

START_TEST(a_number_of_tasks_that_none_can_have)
{
    struct outcome cell = make_outcome((const double[]){NAN, .75}, 1, 4, &arena);
    struct error err = {0};
    char *whole;
    int n;

    ck_assert_int_eq(record_write(&cell, 1, folder, &err), OK);
    whole = replace_all(written("results.csv"), ",ok,,1,", ",diverged,,1,");
    read_back(whole, OK, &n);
    read_back(replace_all(whole, ",diverged,,1,", ",diverged,,,"), OK, &n);
    read_back(replace_all(whole, ",diverged,,1,", ",diverged,,7e79,"), ERR_RESULT, &n);
    read_back(replace_all(whole, ",diverged,,1,", ",diverged,,-1,"), ERR_RESULT, &n);
}
END_TEST

/* 0.75 as a spreadsheet with decimal commas writes it back. */
START_TEST(a_share_above_1_is_refused)
{
    struct outcome cell = make_outcome((const double[]){NAN, .75}, 1, 4, &arena);
    struct error err = {0};
    char *whole;
    int n;

    ck_assert_int_eq(record_write(&cell, 1, folder, &err), OK);
    whole = written("results.csv");
    ck_assert_ptr_nonnull(strstr(whole, ",0.75,"));
    read_back(replace_all(whole, ",0.75,", ",75,"), ERR_RESULT, &n);
    read_back(replace_all(whole, ",0.75,", ",-1.5,"), ERR_RESULT, &n);
    read_back(replace_all(whole, ",0.75,", ",1,"), OK, &n);
}
END_TEST

START_TEST(a_byte_0_is_damage)
{
    char text[] = "cell\0,status\n";
    struct error err = {0};
    struct outcome *cells;
    int n;

    ck_assert_int_eq(
        record_parse(text, sizeof text - 1, "results.csv", &arena, &cells, &n, &err),
        ERR_RESULT);
    ck_assert_str_eq(err.text, "results.csv is damaged: it holds a byte 0");
}
END_TEST

START_TEST(a_folder_that_is_not_there)
{
    struct error err = {0};

    ck_assert_int_eq(record_write(NULL, 0, "/nonexistent/folder", &err), ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "/nonexistent/folder"));
}
END_TEST

Suite *record_suite(void)
{
    Suite *suite = suite_create("record");
    TCase *tests = tcase_create("record");

    tcase_add_checked_fixture(tests, open_folder, close_folder);
    tcase_add_test(tests, the_tables_by_hand);
    tcase_add_test(tests, what_varies_is_kept_out_of_the_other_tables);
    tcase_add_test(tests, numbers_are_short_and_exact);
    tcase_add_test(tests, fields_as_the_standard_has_them);
    tcase_add_test(tests, results_are_read_back);
    tcase_add_test(tests, an_older_table_lacks_a_metric);
    tcase_add_test(tests, a_table_that_is_damaged);
    tcase_add_test(tests, rows_that_end_with_a_cr);
    tcase_add_test(tests, a_number_of_tasks_that_none_can_have);
    tcase_add_test(tests, a_share_above_1_is_refused);
    tcase_add_test(tests, a_byte_0_is_damage);
    tcase_add_test(tests, a_folder_that_is_not_there);
    suite_add_tcase(suite, tests);
    return suite;
}
