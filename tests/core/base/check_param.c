#include "core/base/param.h"

#include <check.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/nn/rng.h"

struct settings {
    int tasks, choice, every;
    double lr, wait;
    bool noise;
    char net[PARAM_TEXT_MAX];
    size_t memory;
};

static const char *const rules[] = {"sgd", "adam", "adamw", NULL};

static const struct param table[] = {
    {"tasks", PARAM_INT, offsetof(struct settings, tasks), "5", 1, 64, NULL, "how many"},
    {"lr", PARAM_NUMBER, offsetof(struct settings, lr), "0.001", 0, 10, NULL, "rate"},
    {"noise", PARAM_BOOL, offsetof(struct settings, noise), "yes", 0, 0, NULL, "noise"},
    {"optimizer", PARAM_CHOICE, offsetof(struct settings, choice), "adam", 0, 0, rules,
     "rule"},
    {"net", PARAM_TEXT, offsetof(struct settings, net), "mlp-400-400", 0, 0, NULL, "net"},
    {"memory", PARAM_BYTES, offsetof(struct settings, memory), "4 GiB", 0, 0, NULL,
     "limit"},
    {"time", PARAM_TIME, offsetof(struct settings, wait), "30 min", 0, 0, NULL, "limit"},
    {"every", PARAM_STEPS, offsetof(struct settings, every), "task", 0, 0, NULL, "when"},
    {0},
};

enum { ROWS = sizeof table / sizeof *table - 1 };

static struct settings settings;

static const struct param *row(const char *name)
{
    return param_find(table, name);
}

static enum status set(const char *name, const char *text, struct error *err)
{
    *err = (struct error){0};
    return param_set(row(name), &settings, text, err);
}

static void accepts(const char *name, const char *text)
{
    struct error err;

    ck_assert_msg(set(name, text, &err) == OK, "%s: %s", name, err.text);
}

/* Refused with a text that names the row, the value and what is allowed, and nothing set.
 */
static void refuses(const char *name, const char *text)
{
    struct settings before = settings;
    struct error err;
    char range[256];

    ck_assert_msg(set(name, text, &err) == ERR_USAGE, "%s took '%s'", name, text);
    param_range(row(name), range, sizeof range);
    ck_assert_ptr_nonnull(strstr(err.text, name));
    ck_assert_ptr_nonnull(strstr(err.text, range));
    ck_assert_ptr_null(strchr(err.text, '\n'));
    ck_assert_mem_eq(&before, &settings, sizeof settings);
}

START_TEST(defaults_fill_the_struct)
{
    param_defaults(table, &settings);
    ck_assert_int_eq(settings.tasks, 5);
    ck_assert_double_eq(settings.lr, 0.001);
    ck_assert(settings.noise);
    ck_assert_int_eq(settings.choice, 1);
    ck_assert_str_eq(settings.net, "mlp-400-400");
    ck_assert_uint_eq(settings.memory, (size_t)4 << 30);
    ck_assert_double_eq(settings.wait, 1800);
    ck_assert_int_eq(settings.every, 0);
    param_defaults(NULL, &settings); /* a plug without options */
}
END_TEST

START_TEST(whole_numbers)
{
    accepts("tasks", "1");
    accepts("tasks", "64");
    ck_assert_int_eq(settings.tasks, 64);
    refuses("tasks", "0");
    refuses("tasks", "65");
    refuses("tasks", "2.5");
    refuses("tasks", "five");
    refuses("tasks", "");
    refuses("tasks", "5 ");
    refuses("tasks", "5 tasks");
    refuses("tasks", "99999999999999999999");
    refuses("tasks", "-3");
}
END_TEST

START_TEST(numbers)
{
    accepts("lr", "0");
    accepts("lr", "1e-3");
    ck_assert_double_eq(settings.lr, 1e-3);
    accepts("lr", "10");
    refuses("lr", "10.0001");
    refuses("lr", "-1e-9");
    refuses("lr", "nan");
    refuses("lr", "inf");
    refuses("lr", "1e999");
    refuses("lr", "0.1x");
    refuses("lr", "");
}
END_TEST

START_TEST(yes_and_no)
{
    static const char *const yes[] = {"yes", "true", "on", "Yes", "TRUE"};
    static const char *const no[] = {"no", "false", "off", "No", "FALSE"};

    for (int i = 0; i < 5; i++) {
        accepts("noise", no[i]);
        ck_assert(!settings.noise);
        accepts("noise", yes[i]);
        ck_assert(settings.noise);
    }
    refuses("noise", "1");
    refuses("noise", "");
    refuses("noise", "maybe");
}
END_TEST

START_TEST(choices)
{
    struct error err;

    accepts("optimizer", "adamw");
    ck_assert_int_eq(settings.choice, 2);
    accepts("optimizer", "sgd");
    ck_assert_int_eq(settings.choice, 0);
    refuses("optimizer", "");
    refuses("optimizer", "rmsprop");
    set("optimizer", "rmsprop", &err);
    ck_assert_str_eq(err.text,
                     "'rmsprop' is not a value of 'optimizer' (one of sgd, adam, adamw)");
    set("optimizer", "adma", &err);
    ck_assert_str_eq(err.text, "'adma' is not a value of 'optimizer' (one of sgd, adam, "
                               "adamw); did you mean 'adam'?");
}
END_TEST

START_TEST(texts)
{
    char fits[PARAM_TEXT_MAX], vast[PARAM_TEXT_MAX + 1];

    memset(fits, 'x', sizeof fits);
    fits[sizeof fits - 1] = '\0';
    memset(vast, 'x', sizeof vast);
    vast[sizeof vast - 1] = '\0';
    accepts("net", fits);
    ck_assert_str_eq(settings.net, fits);
    accepts("net", "");
    refuses("net", vast);
}
END_TEST

START_TEST(bytes)
{
    static const struct {
        const char *text;
        size_t value;
    } good[] = {
        {"0", 0},
        {"1 B", 1},
        {"500 MB", 500000000},
        {"64KiB", 65536},
        {"1.5 KiB", 1536},
        {"4 GiB", 4294967296},
        {"2 TB", 2000000000000},
        {"1 TiB", 1099511627776},
        {"3 KB", 3000},
        {"7 MiB", 7340032},
        {"1 GB", 1000000000},
    };

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        accepts("memory", good[i].text);
        ck_assert_uint_eq(settings.memory, good[i].value);
    }
    refuses("memory", "4");
    refuses("memory", "4 gib");
    refuses("memory", "-1 B");
    refuses("memory", "GiB");
    refuses("memory", "4 GiB or so");
    refuses("memory", "1e18 TiB");
    refuses("memory", "1e308 TiB");
    refuses("memory", "4 s");
}
END_TEST

START_TEST(times)
{
    static const struct {
        const char *text;
        double value;
    } good[] = {{"0", 0},      {"60 s", 60},   {"30 min", 1800},
                {"2 h", 7200}, {"1.5h", 5400}, {"250 ms", 0.25}};

    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        accepts("time", good[i].text);
        ck_assert_double_eq(settings.wait, good[i].value);
    }
    refuses("time", "60");
    refuses("time", "-1 s");
    refuses("time", "1 day");
    refuses("time", "nan s");
}
END_TEST

START_TEST(steps)
{
    accepts("every", "50 steps");
    ck_assert_int_eq(settings.every, 50);
    accepts("every", "1 step");
    ck_assert_int_eq(settings.every, 1);
    accepts("every", "task");
    ck_assert_int_eq(settings.every, 0);
    refuses("every", "50");
    refuses("every", "2.5 steps");
    refuses("every", "0 steps");
    refuses("every", "tasks");
    refuses("every", "1e10 steps");
}
END_TEST

static void prints(const char *name, const char *text, const char *expected)
{
    char out[PARAM_TEXT_MAX];

    accepts(name, text);
    param_print(row(name), &settings, out, sizeof out);
    ck_assert_str_eq(out, expected);
}

START_TEST(values_are_printed_as_a_suite_would_have_them)
{
    prints("tasks", "7", "7");
    prints("lr", "0.001", "0.001");
    prints("lr", "1e-05", "1e-05");
    prints("lr", "0.3333333333333333", "0.3333333333333333");
    prints("noise", "off", "no");
    prints("noise", "TRUE", "yes");
    prints("optimizer", "AdamW", "adamw");
    prints("memory", "4 GiB", "4 GiB");
    prints("memory", "4 GB", "4 GB");
    prints("memory", "1000 KB", "1 MB");
    prints("memory", "1.5 GiB", "1536 MiB");
    prints("memory", "1 TB", "1 TB");
    prints("memory", "123456789 B", "123456789 B");
    prints("memory", "0", "0 B");
    prints("time", "90 min", "90 min");
    prints("time", "120 min", "2 h");
    prints("time", "90 s", "90 s");
    prints("time", "90.5 s", "90.5 s");
    prints("time", "300 ms", "0.3 s");
    prints("time", "0", "0 s");
    prints("every", "1 step", "1 steps");
    prints("every", "task", "task");
    prints("net", "conv 8 3, relu", "conv 8 3, relu");
}
END_TEST

/* Prints the row's value and reads it back: the same bytes. */
static void survives(const struct param *row)
{
    struct settings back = settings;
    char out[PARAM_TEXT_MAX];
    struct error err = {0};

    param_print(row, &settings, out, sizeof out);
    memset((char *)&back + row->offset, 0x55, 1);
    ck_assert_msg(param_set(row, &back, out, &err) == OK, "%s", err.text);
    ck_assert_msg(memcmp(&back, &settings, sizeof back) == 0, "%s: %s", row->name, out);
}

START_TEST(what_is_printed_reads_back_to_the_same_bits)
{
    struct rng rng = rng_seed(1);

    param_defaults(table, &settings);
    for (int i = 0; i < 3000; i++) {
        double size = pow(2, 40 * (double)rng_uniform(&rng) - 20);

        settings.tasks = 1 + (int)rng_below(&rng, 64);
        settings.lr = fmin(size, 10) * ((double)rng_u32(&rng) / 4294967296.0);
        settings.noise = rng_below(&rng, 2);
        settings.choice = (int)rng_below(&rng, 3);
        settings.memory = (size_t)rng_u32(&rng) << rng_below(&rng, 20);
        settings.wait = size * (1 + rng_below(&rng, 1000));
        if (rng_below(&rng, 2))
            settings.wait = floor(settings.wait);
        settings.every = 1 + (int)rng_below(&rng, INT_MAX);
        for (int r = 0; r < ROWS; r++)
            survives(&table[r]);
    }
}
END_TEST

START_TEST(ranges_for_people)
{
    static const struct {
        const char *name, *range;
    } want[] = {
        {"tasks", "whole number from 1 to 64"},
        {"lr", "number from 0 to 10"},
        {"noise", "yes or no"},
        {"optimizer", "one of sgd, adam, adamw"},
        {"net", "text"},
        {"memory", "bytes with a unit, such as 500 MB or 4 GiB"},
        {"time", "time with a unit, such as 60 s, 30 min or 2 h"},
        {"every", "'task', or steps such as 50 steps"},
    };

    for (int i = 0; i < ROWS; i++) {
        char range[256], tiny[8];

        param_range(row(want[i].name), range, sizeof range);
        ck_assert_str_eq(range, want[i].range);
        param_range(row(want[i].name), tiny, sizeof tiny);
        ck_assert_int_eq(strncmp(tiny, range, sizeof tiny - 1), 0);
    }
}
END_TEST

START_TEST(finding_and_suggesting)
{
    ck_assert_ptr_eq(param_find(table, "lr"), &table[1]);
    ck_assert_ptr_null(param_find(table, "LR"));
    ck_assert_ptr_null(param_find(table, "rate"));
    ck_assert_ptr_null(param_find(NULL, "lr"));
    ck_assert_str_eq(param_suggest(table, "optimiser"), "optimizer");
    ck_assert_str_eq(param_suggest(table, "task"), "tasks");
    ck_assert_str_eq(param_suggest(table, "memroy"), "memory");
    ck_assert_ptr_null(param_suggest(table, "weight_decay"));
    ck_assert_ptr_null(param_suggest(NULL, "lr"));
}
END_TEST

Suite *param_suite(void)
{
    Suite *suite = suite_create("param");
    TCase *tcase = tcase_create("param");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, defaults_fill_the_struct);
    tcase_add_test(tcase, whole_numbers);
    tcase_add_test(tcase, numbers);
    tcase_add_test(tcase, yes_and_no);
    tcase_add_test(tcase, choices);
    tcase_add_test(tcase, texts);
    tcase_add_test(tcase, bytes);
    tcase_add_test(tcase, times);
    tcase_add_test(tcase, steps);
    tcase_add_test(tcase, values_are_printed_as_a_suite_would_have_them);
    tcase_add_test(tcase, what_is_printed_reads_back_to_the_same_bits);
    tcase_add_test(tcase, ranges_for_people);
    tcase_add_test(tcase, finding_and_suggesting);
    return suite;
}
