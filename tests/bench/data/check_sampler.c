/* Which rows the batches of an experience hold, and in what order (bench/data/sampler.h).
 * The pixel of an image is its number. */
#include "bench/data/sampler.h"

#include <check.h>
#include <math.h>
#include <string.h>

enum { TASKS = 3, MOST = 64, BATCH = 5 };

static const int size[TASKS] = {16, 9, 21};
static const int start[TASKS + 1] = {0, 16, 25, 46}; /* of the rows, counted through */

static struct arena arena;
static struct dataset data;
static struct scenario scenario;
static struct sampler sampler;

/* A batch, and its rows counted through the tasks. */
static uint8_t pixel[MOST];
static int32_t y[MOST], task[MOST];
static float weight[MOST];
static struct batch_builder builder = {pixel, y, task, weight, 0, MOST};

/* Row i of task t is image start[t] + i; its class is the task's number. */
static void setup(void)
{
    static const struct stream stream = {.name = "by hand"};
    static uint8_t number[MOST];
    static int32_t row[MOST], label[MOST];
    static struct subset train[TASKS];
    static struct range range[TASKS];
    static int32_t in_order[TASKS];
    struct error err = {0};

    for (int t = 0; t < TASKS; t++) {
        for (int i = start[t]; i < start[t + 1]; i++) {
            number[i] = (uint8_t)i;
            row[i] = i;
            label[i] = t;
        }
        train[t] = (struct subset){row + start[t], label + start[t], size[t]};
        range[t] = (struct range){t, 1};
        in_order[t] = t;
    }
    data = (struct dataset){.shape = {1, 1, 1}, .train = {number, NULL, start[TASKS]}};
    scenario = (struct scenario){.stream = &stream,
                                 .data = &data,
                                 .visits = {TASKS, in_order, in_order},
                                 .n_task = TASKS,
                                 .n_class = TASKS,
                                 .n_out = TASKS,
                                 .n_pixel = 1,
                                 .train = train,
                                 .range = range};
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
}

static void teardown(void)
{
    arena_close(&arena);
}

static void open_sampler(enum training_rows kind, int experience, int batch,
                         enum partial partial, uint64_t seed)
{
    struct training training = {.batch = batch, .last_partial_batch = (int)partial};
    struct error err = {0};

    ck_assert_int_eq(sampler_open(&sampler, &scenario, kind, experience, &training, seed,
                                  &arena, &err),
                     OK);
}

/* Batch b; every row is of the task that it says, with its label. */
static int read_batch(int64_t b)
{
    builder.n = 0;
    sampler_batch(&sampler, b, &builder);
    for (int i = 0; i < builder.n; i++) {
        int t = task[i];

        ck_assert(t >= 0 && t < TASKS && y[i] == t && weight[i] == 1);
        ck_assert(pixel[i] >= start[t] && pixel[i] < start[t + 1]);
    }
    return builder.n;
}

/* The rows of an epoch, in their order; how many. */
static int read_epoch(int64_t epoch, int *rows)
{
    int n = 0;

    for (int b = 0; b < sampler.per_epoch; b++) {
        int more = read_batch(epoch * sampler.per_epoch + b);

        ck_assert_int_le(n + more, MOST);
        for (int i = 0; i < more; i++)
            rows[n++] = pixel[i];
    }
    return n;
}

/* How often each of the rows from `first` on is among n of them; none is another. */
static void tally(const int *rows, int n, int first, int end, int *count)
{
    memset(count, 0, MOST * sizeof *count);
    for (int i = 0; i < n; i++) {
        ck_assert(rows[i] >= first && rows[i] < end);
        count[rows[i] - first]++;
    }
}

/* What each kind is fed: the tasks from one to another. */
static const struct {
    enum training_rows kind;
    int experience, first, end;
} table[] = {
    {TRAIN_ON_TASK, 0, 0, 1}, {TRAIN_ON_TASK, 2, 2, 3}, {TRAIN_ON_SEEN, 0, 0, 1},
    {TRAIN_ON_SEEN, 1, 0, 2}, {TRAIN_ON_ALL, 0, 0, 3},
};

START_TEST(an_epoch_has_every_row_once)
{
    int first = start[table[_i].first], end = start[table[_i].end];
    int rows[MOST], count[MOST];

    open_sampler(table[_i].kind, table[_i].experience, BATCH, PARTIAL_KEEP, 1);
    for (int epoch = 0; epoch < 20; epoch++) {
        ck_assert_int_eq(read_epoch(epoch, rows), end - first);
        tally(rows, end - first, first, end, count);
        for (int i = 0; i < end - first; i++)
            ck_assert_int_eq(count[i], 1);
    }
}
END_TEST

START_TEST(without_a_partial_batch_no_row_comes_twice)
{
    int first = start[table[_i].first], end = start[table[_i].end];
    int rows[MOST], count[MOST];

    open_sampler(table[_i].kind, table[_i].experience, BATCH, PARTIAL_DROP, 1);
    for (int epoch = 0; epoch < 20; epoch++) {
        int n = read_epoch(epoch, rows);

        ck_assert_int_eq(n, (end - first) / BATCH * BATCH);
        tally(rows, n, first, end, count);
        for (int i = 0; i < end - first; i++)
            ck_assert_int_le(count[i], 1);
    }
}
END_TEST

/* In each of `epochs` draws every row of n cells has one, all as likely: chi-square has
 * the mean n (n - 1) and a standard deviation of sqrt(2 n (n - 1)), or n sqrt(2) where
 * every column has one too. Five of these. */
static void is_uniform(int (*count)[MOST], int n, int epochs)
{
    double want = (double)epochs / n, sum = 0;

    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            sum += pow(count[i][j] - want, 2) / want;
    ck_assert_double_lt(sum, n * (n - 1) + 5 * n * sqrt(2));
}

/* 16 rows: where each of them stands, and which of them, or the end, comes next. */
START_TEST(every_order_is_as_likely)
{
    enum { N = 16, EPOCHS = 4800 };
    static int at[N][MOST], after[N][MOST];
    int rows[MOST];

    open_sampler(TRAIN_ON_TASK, 0, 4, PARTIAL_KEEP, 1);
    for (int epoch = 0; epoch < EPOCHS; epoch++) {
        ck_assert_int_eq(read_epoch(epoch, rows), N);
        for (int i = 0; i < N; i++) {
            at[rows[i]][i]++;
            /* itself stands for the end */
            after[rows[i]][i + 1 < N ? rows[i + 1] : rows[i]]++;
        }
    }
    is_uniform(at, N, EPOCHS);
    is_uniform(after, N, EPOCHS);
}
END_TEST

/* Where each of 21 rows stands in the first epoch, by seed. */
START_TEST(every_seed_has_an_order_of_its_own)
{
    enum { N = 21, SEEDS = N * 100 };
    static int at[N][MOST];
    size_t mark = arena_mark(&arena);
    int rows[MOST];

    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        open_sampler(TRAIN_ON_TASK, 2, BATCH, PARTIAL_KEEP, seed);
        ck_assert_int_eq(read_epoch(0, rows), N);
        for (int i = 0; i < N; i++)
            at[rows[i] - start[2]][i]++;
        arena_release(&arena, mark);
    }
    is_uniform(at, N, SEEDS);
}
END_TEST

/* A batch is decided by its number, whatever was asked before: a run may be continued. */
START_TEST(a_batch_is_the_same_whenever_it_is_asked_for)
{
    enum { BATCHES = 40 };
    uint8_t first[BATCHES][BATCH];

    open_sampler(TRAIN_ON_SEEN, 2, BATCH, PARTIAL_KEEP, 1);
    for (int b = 0; b < BATCHES; b++) {
        read_batch(b);
        memcpy(first[b], pixel, (size_t)builder.n);
    }
    open_sampler(TRAIN_ON_SEEN, 2, BATCH, PARTIAL_KEEP, 1);
    for (int b = BATCHES - 1; b >= 0; b--) {
        read_batch(b);
        ck_assert_mem_eq(first[b], pixel, (size_t)builder.n);
    }
}
END_TEST

/* Pooled, where tasks are known: ceil(6 / 3) rows of each task in every batch, each row
 * of a task once in each pass over it. Of 16, 9 and 21 rows, 8, 4 and 10 such shares. */
START_TEST(every_task_has_its_share)
{
    static const int share = 2;
    int count[TASKS][MOST] = {{0}};

    scenario.setup.scenario = SCENARIO_TASK;
    open_sampler(TRAIN_ON_ALL, 0, 6, PARTIAL_DROP, 1);
    for (int b = 0; b < 40; b++) { /* 5, 10 and 4 passes */
        ck_assert_int_eq(read_batch(b), TASKS * share);
        for (int i = 0; i < builder.n; i++) {
            ck_assert_int_eq(task[i], i / share);
            count[task[i]][pixel[i] - start[task[i]]]++;
        }
        for (int t = 0; t < TASKS; t++)
            for (int i = 0; i < size[t]; i++) /* no more often than passes were begun */
                ck_assert_int_le(count[t][i], b / (size[t] / share) + 1);
    }
    for (int i = 0; i < size[0]; i++)
        ck_assert_int_eq(count[0][i], 5);
}
END_TEST

/* Without boundaries the experiences cut one order: 46 rows are 10 batches of 5, of which
 * the experiences get 3, 3 and 4; without the last, which is partial, 9: 3 each. */
START_TEST(experiences_without_boundaries_cut_one_order)
{
    enum partial partial = _i ? PARTIAL_KEEP : PARTIAL_DROP;
    static const int batches[2][TASKS] = {{3, 3, 3}, {3, 3, 4}};
    int32_t order[MOST];
    int n = 0;

    for (int i = 0; i < start[TASKS]; i++)
        order[i] = (i * 7 + 3) % start[TASKS]; /* 7 and 46 have no divisor in common */
    scenario.order = order;
    for (int experience = 0; experience < TASKS; experience++) {
        open_sampler(TRAIN_ON_TASK, experience, BATCH, partial, 1);
        ck_assert_int_eq(sampler.per_epoch, batches[_i][experience]);
        for (int b = 0; b < sampler.per_epoch; b++) {
            read_batch(b);
            for (int i = 0; i < builder.n; i++)
                ck_assert_int_eq(pixel[i], order[n++]);
        }
    }
    ck_assert_int_eq(n, _i ? 46 : 45);
}
END_TEST

Suite *sampler_suite(void)
{
    Suite *suite = suite_create("sampler");
    TCase *tcase = tcase_create("feed");
    int n_kind = sizeof table / sizeof *table;

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, an_epoch_has_every_row_once, 0, n_kind);
    tcase_add_loop_test(tcase, without_a_partial_batch_no_row_comes_twice, 0, n_kind);
    tcase_add_test(tcase, every_order_is_as_likely);
    tcase_add_test(tcase, every_seed_has_an_order_of_its_own);
    tcase_add_test(tcase, a_batch_is_the_same_whenever_it_is_asked_for);
    tcase_add_test(tcase, every_task_has_its_share);
    tcase_add_loop_test(tcase, experiences_without_boundaries_cut_one_order, 0, 2);
    return suite;
}
