/* The batch schedule of an experience against the order written out loop in loop. */
#include <check.h>

#include "bench/data/batch_schedule.h"

enum { PER_EPOCH = 3, EPOCHS = 4 };

/* Pre-training: three more passes before the first epoch, one more in the third. */
static int some_passes(const void *self, int epoch)
{
    const int *first = self;

    return epoch == 0 ? *first : 1 + (epoch == 2);
}

static const struct learner with = {.passes = some_passes}, without = {0};
static const int first = 4;

static struct batch_schedule table_of(int epochs, const struct learner *plug)
{
    return (struct batch_schedule){PER_EPOCH, epochs, plug, &first};
}

static void assert_stands(const struct batch_schedule *table, int64_t i, int epoch,
                          int pass, int b)
{
    struct progress at = {.task = 7, .step = 11};

    ck_assert_int_eq(batch_schedule_find(table, i, &at), epoch * PER_EPOCH + b);
    ck_assert_int_eq(at.epoch, epoch);
    ck_assert_int_eq(at.pass, pass);
    ck_assert_int_eq(at.task, 7);
    ck_assert_int_eq(at.step, 11);
}

START_TEST(each_pass_feeds_the_batches_of_its_epoch)
{
    struct batch_schedule table = table_of(EPOCHS, &with);
    int64_t i = 0;

    for (int epoch = 0; epoch < EPOCHS; epoch++)
        for (int pass = 0; pass < some_passes(&first, epoch); pass++)
            for (int b = 0; b < PER_EPOCH; b++)
                assert_stands(&table, i++, epoch, pass, b);
    ck_assert_int_eq(i, PER_EPOCH * (4 + 1 + 2 + 1));
    ck_assert_int_eq(batch_schedule_batches(&table), i);
}
END_TEST

START_TEST(a_learner_that_does_not_ask_gets_one_pass)
{
    struct batch_schedule table = table_of(EPOCHS, &without);

    ck_assert_int_eq(batch_schedule_batches(&table), PER_EPOCH * EPOCHS);
    for (int i = 0; i < PER_EPOCH * EPOCHS; i++)
        assert_stands(&table, i, i / PER_EPOCH, 0, i % PER_EPOCH);
}
END_TEST

START_TEST(steps_are_one_epoch)
{
    struct batch_schedule table = table_of(1, &with);

    ck_assert_int_eq(batch_schedule_batches(&table), PER_EPOCH * 4);
    assert_stands(&table, PER_EPOCH * 4 - 1, 0, 3, PER_EPOCH - 1);
}
END_TEST

Suite *batch_schedule_suite(void)
{
    Suite *suite = suite_create("batch_schedule");
    TCase *tcase = tcase_create("batch_schedule");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, each_pass_feeds_the_batches_of_its_epoch);
    tcase_add_test(tcase, a_learner_that_does_not_ask_gets_one_pass);
    tcase_add_test(tcase, steps_are_one_epoch);
    return suite;
}
