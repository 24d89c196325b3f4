#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/plug/strategy.h"

extern const struct strategy strategy_replay;

enum { PIXELS = 8, TASKS = 4, PER_TASK = 2, CLASSES = TASKS * PER_TASK };

struct probe {
    struct arena arena;
    void *self;
    struct batch_builder builder;
    int batch;
};

/* Row i of a task: the class alternates; the pixels say which row of which task it is. */
struct rows {
    int task, n_class;
};

static void write_pixels(uint8_t *pixel, int task, int row)
{
    for (int j = 0; j < PIXELS; j++)
        pixel[j] = (uint8_t)(j == 0 ? task : j == 1 ? row : 31 * task + 7 * row + j);
}

static void read_row(const void *from, int i, uint8_t *pixel, int32_t *y)
{
    const struct rows *rows = from;

    if (pixel)
        write_pixels(pixel, rows->task, i);
    *y = rows->task * PER_TASK + i % rows->n_class;
}

static void open_with(struct probe *p, const char *name, const char *value, int batch,
                      bool task_known)
{
    struct error err = {0};
    struct strategy_env env = {
        .arena = &p->arena,
        .n_task = TASKS,
        .n_class = CLASSES,
        .n_out = CLASSES,
        .n_pixel = PIXELS,
        .batch = batch,
        .task_known = task_known,
    };
    size_t n;

    p->batch = batch;
    p->self = calloc(1, strategy_replay.size);
    param_defaults(strategy_replay.params, p->self);
    ck_assert_int_eq(
        param_set(param_find(strategy_replay.params, name), p->self, value, &err), OK);
    ck_assert_int_eq(arena_open(&p->arena, 0, &err), OK);
    ck_assert_int_eq(strategy_replay.init(p->self, &env, &err), OK);
    p->builder.n_max = batch + strategy_replay.extra_rows(p->self);
    n = (size_t)p->builder.n_max;
    p->builder.pixel = malloc(n * PIXELS);
    p->builder.y = malloc(n * sizeof *p->builder.y);
    p->builder.task = malloc(n * sizeof *p->builder.task);
    p->builder.weight = malloc(n * sizeof *p->builder.weight);
}

static void close_probe(struct probe *p)
{
    free(p->self);
    free(p->builder.pixel);
    free(p->builder.y);
    free(p->builder.task);
    free(p->builder.weight);
    arena_close(&p->arena);
}

/* A batch of n new rows of the task, from row `first` on, and what replay adds. */
static const struct batch_builder *mix(struct probe *p, int task, int first, int n,
                                       uint64_t seed)
{
    p->builder.n = n;
    for (int i = 0; i < n; i++) {
        write_pixels(p->builder.pixel + i * PIXELS, task, first + i);
        p->builder.y[i] = task * PER_TASK + (first + i) % PER_TASK;
        p->builder.task[i] = task;
        p->builder.weight[i] = 1;
    }
    strategy_replay.mix(p->self, &p->builder, task, rng_seed(seed));
    ck_assert_int_le(p->builder.n, p->builder.n_max);
    return &p->builder;
}

static void end_task(struct probe *p, int task, int n, uint64_t seed)
{
    const struct rows rows = {task, PER_TASK};
    const struct task_view view = {task, n, &rows, read_row};

    strategy_replay.task_end(p->self, &view, rng_seed(seed));
}

/* A replayed row is one of those that were offered, byte by byte, with its own label. */
static void is_intact(const struct batch_builder *d, int i)
{
    uint8_t want[PIXELS];
    const uint8_t *pixel = d->pixel + i * PIXELS;

    write_pixels(want, pixel[0], pixel[1]);
    ck_assert_mem_eq(pixel, want, PIXELS);
    ck_assert_int_eq(d->task[i], pixel[0]);
    ck_assert_int_eq(d->y[i], pixel[0] * PER_TASK + pixel[1] % PER_TASK);
}

/* Which rows of a task are stored, told from a large batch of draws. */
static void find_stored(const struct batch_builder *d, int n_new, int task, bool *stored,
                        int n)
{
    memset(stored, 0, (size_t)n * sizeof *stored);
    for (int i = n_new; i < d->n; i++) {
        is_intact(d, i);
        if (d->task[i] == task)
            stored[d->pixel[i * PIXELS + 1]] = true;
    }
}

static double chi_square(const int *count, int n, double expected)
{
    double sum = 0;

    for (int i = 0; i < n; i++)
        sum += pow(count[i] - expected, 2) / expected;
    return sum;
}

/* chi-square with n - 1 degrees lies above n - 1 + 5 sqrt(2 (n - 1)) less often than
 * 1e-4. */
static double too_far(int n)
{
    return n - 1 + 5 * sqrt(2.0 * (n - 1));
}

START_TEST(so_many_of_each_class_are_kept)
{
    struct probe p;
    const struct batch_builder *d;
    bool stored[40];
    int count[PER_TASK] = {0};

    open_with(&p, "buffer.per_class", "3", 400, false);
    end_task(&p, 0, 40, 1);
    d = mix(&p, 1, 0, 400, 2);
    ck_assert_int_eq(d->n, 800);
    find_stored(d, 400, 0, stored, 40);
    for (int i = 0; i < 40; i++)
        count[i % PER_TASK] += stored[i];
    ck_assert_int_eq(count[0], 3);
    ck_assert_int_eq(count[1], 3);
    close_probe(&p);
}
END_TEST

START_TEST(a_small_class_is_kept_whole)
{
    struct probe p;
    bool stored[5];

    open_with(&p, "buffer.per_class", "100", 400, false);
    end_task(&p, 0, 5, 1);
    find_stored(mix(&p, 1, 0, 400, 2), 400, 0, stored, 5);
    for (int i = 0; i < 5; i++)
        ck_assert(stored[i]);
    close_probe(&p);
}
END_TEST

START_TEST(every_row_of_a_class_is_as_likely_to_be_kept)
{
    enum { N = 16, RUNS = 1000 };
    int count[N] = {0};
    bool stored[N];

    for (uint64_t seed = 0; seed < RUNS; seed++) {
        struct probe p;

        open_with(&p, "buffer.per_class", "2", 100, false);
        end_task(&p, 0, N, seed);
        find_stored(mix(&p, 1, 0, 100, seed), 100, 0, stored, N);
        for (int i = 0; i < N; i++)
            count[i] += stored[i];
        close_probe(&p);
    }
    ck_assert_double_lt(chi_square(count, N, RUNS * 4.0 / N), too_far(N));
}
END_TEST

START_TEST(all_that_is_kept_is_replayed_as_often)
{
    int count[3 * PER_TASK * 2] = {0}, n = 0, of[TASKS][40] = {{0}};
    struct probe p;

    open_with(&p, "buffer.per_class", "2", 6000, false);
    for (int task = 0; task < 3; task++)
        end_task(&p, task, 40, 1 + (uint64_t)task);
    mix(&p, 3, 0, 6000, 9);
    ck_assert_int_eq(p.builder.n, 12000);
    for (int i = 6000; i < 12000; i++) {
        is_intact(&p.builder, i);
        of[p.builder.task[i]][p.builder.pixel[i * PIXELS + 1]]++;
    }
    for (int i = 0; i < TASKS * 40; i++)
        if (of[i / 40][i % 40]) {
            ck_assert_int_lt(n, 12);
            count[n++] = of[i / 40][i % 40];
        }
    ck_assert_int_eq(n, 12);
    ck_assert_double_lt(chi_square(count, 12, 500), too_far(12));
    close_probe(&p);
}
END_TEST

static double loss_of(int row)
{
    return 1 + row * row % 17;
}

/* The batch mean of weight x loss is 1/k mean(new) + (1 - 1/k) mean(old). */
static void is_weighted(const struct batch_builder *d, int n_new, int k)
{
    double got = 0, fresh = 0, old = 0;

    for (int i = 0; i < d->n; i++) {
        got += (double)d->weight[i] * loss_of(i) / d->n;
        fresh += i < n_new ? loss_of(i) / n_new : 0;
        old += i < n_new ? 0 : loss_of(i) / (d->n - n_new);
    }
    ck_assert_double_eq_tol(got, fresh / k + (1 - 1.0 / k) * old, 1e-5);
}

START_TEST(the_past_weighs_as_much_as_its_tasks)
{
    bool task_known = _i;
    struct probe p;

    open_with(&p, "buffer.per_class", "5", 30, task_known);
    ck_assert_int_eq(mix(&p, 0, 0, 30, 1)->n, 30); /* nothing to replay yet */
    for (int i = 0; i < 30; i++)
        ck_assert(p.builder.weight[i] == 1);
    for (int task = 1; task < TASKS; task++) {
        end_task(&p, task - 1, 40, (uint64_t)task);
        for (int n = 30; n > 0; n -= 29) { /* also a batch cut short */
            mix(&p, task, 0, n, 7);
            is_weighted(&p.builder, n, task + 1);
        }
    }
    close_probe(&p);
}
END_TEST

/* 10 new rows in task 4 of 4: ceil(10 / 3) = 4 rows of each past task. */
START_TEST(known_tasks_get_equal_shares)
{
    int count[TASKS] = {0};
    struct probe p;

    open_with(&p, "buffer.per_class", "5", 10, true);
    for (int task = 0; task < 3; task++)
        end_task(&p, task, 40 - 10 * task, 1);
    mix(&p, 3, 0, 10, 2);
    ck_assert_int_eq(p.builder.n, 10 + 12);
    for (int i = 10; i < p.builder.n; i++) {
        is_intact(&p.builder, i);
        count[p.builder.task[i]]++;
    }
    for (int task = 0; task < 3; task++)
        ck_assert_int_eq(count[task], 4);
    close_probe(&p);
}
END_TEST

/* Reservoir sampling: 5 of 20 rows offered in batches of 4. */
START_TEST(every_row_offered_is_as_likely_in_the_reservoir)
{
    enum { N = 20, RUNS = 1000 };
    int count[N] = {0};
    bool stored[N];

    for (uint64_t seed = 0; seed < RUNS; seed++) {
        struct probe p;
        int kept = 0;

        open_with(&p, "buffer", "5", 80, false);
        for (int first = 0; first < N; first += 4)
            mix(&p, 0, first, 4, 100 * seed + (uint64_t)first);
        end_task(&p, 0, N, seed); /* boundaries mean nothing to it */
        find_stored(mix(&p, 1, 0, 80, seed), 80, 0, stored, N);
        for (int i = 0; i < N; i++) {
            count[i] += stored[i];
            kept += stored[i];
        }
        ck_assert_int_eq(kept, 5);
        close_probe(&p);
    }
    ck_assert_double_lt(chi_square(count, N, RUNS * 5.0 / N), too_far(N));
}
END_TEST

START_TEST(a_reservoir_replays_as_many_rows_as_are_new)
{
    struct probe p;

    open_with(&p, "buffer", "50", 10, _i);
    ck_assert_int_eq(mix(&p, 0, 0, 10, 1)->n, 10); /* it is filled after the draw */
    for (int step = 1; step < 20; step++) {
        ck_assert_int_eq(mix(&p, step / 5, 10 * step, 10, 1 + (uint64_t)step)->n, 20);
        for (int i = 0; i < 20; i++)
            ck_assert(p.builder.weight[i] == 1);
        for (int i = 10; i < 20; i++) {
            is_intact(&p.builder, i);
            ck_assert_int_lt(p.builder.pixel[i * PIXELS + 1], 10 * step);
        }
    }
    close_probe(&p);
}
END_TEST

static size_t rounded(size_t bytes)
{
    return (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
}

/* Per slot: the pixels, a label and a task of 4 bytes each. */
START_TEST(the_buffer_is_counted_to_the_byte)
{
    struct probe p;

    open_with(&p, "buffer.per_class", "7", 10, false); /* of 8 classes */
    ck_assert_uint_eq(p.arena.now.part[TAG_BUFFER],
                      rounded(7 * 8 * PIXELS) + 2 * rounded(7 * 8 * 4));
    close_probe(&p);
    open_with(&p, "buffer", "13", 10, false);
    ck_assert_uint_eq(p.arena.now.part[TAG_BUFFER],
                      rounded(13 * PIXELS) + 2 * rounded(13 * 4));
    close_probe(&p);
}
END_TEST

/* As for learners: no memory later, nothing that changes outside the arena, and a copy of
 * what changes inside it resumes to the same bits. */
START_TEST(a_checkpoint_resumes_it)
{
    const char *name = _i ? "buffer" : "buffer.per_class";
    struct probe a, b;
    char *before = malloc(strategy_replay.size);
    size_t peak;

    open_with(&a, name, "6", 20, false);
    open_with(&b, name, "6", 20, false);
    memcpy(before, a.self, strategy_replay.size);
    peak = a.arena.peak.total;
    mix(&a, 0, 0, 20, 1);
    end_task(&a, 0, 40, 2);
    mix(&a, 1, 0, 20, 3);
    for (size_t i = 0; i < a.arena.n_piece; i++) {
        const struct arena_piece *piece = &a.arena.piece[i];

        if (piece->tag != TAG_SCRATCH && piece->tag != TAG_FIXED)
            memcpy(b.arena.base + piece->offset, a.arena.base + piece->offset,
                   piece->bytes);
    }
    end_task(&a, 1, 40, 4);
    end_task(&b, 1, 40, 4);
    mix(&a, 2, 0, 20, 5);
    mix(&b, 2, 0, 20, 5);
    ck_assert_int_eq(a.builder.n, 40);
    ck_assert_int_eq(b.builder.n, 40);
    ck_assert_mem_eq(a.builder.pixel, b.builder.pixel, 40 * PIXELS);
    ck_assert_mem_eq(a.builder.y, b.builder.y, 40 * sizeof *a.builder.y);
    ck_assert_mem_eq(before, a.self, strategy_replay.size);
    ck_assert_uint_eq(peak, a.arena.peak.total);
    free(before);
    close_probe(&a);
    close_probe(&b);
}
END_TEST

START_TEST(a_buffer_of_nothing_is_refused)
{
    struct arena arena;
    struct error err = {0};
    struct strategy_env env = {&arena, TASKS, CLASSES, CLASSES, PIXELS, 10, false};
    void *self = calloc(1, strategy_replay.size);

    param_defaults(strategy_replay.params, self);
    param_set(param_find(strategy_replay.params, "buffer.per_class"), self, "0", &err);
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    ck_assert_int_eq(strategy_replay.init(self, &env, &err), ERR_USAGE);
    arena_close(&arena);
    free(self);
}
END_TEST

START_TEST(a_buffer_that_does_not_fit_is_an_error)
{
    struct arena arena;
    struct error err = {0};
    struct strategy_env env = {&arena, TASKS, CLASSES, CLASSES, PIXELS, 10, false};
    void *self = calloc(1, strategy_replay.size);

    param_defaults(strategy_replay.params, self);
    ck_assert_int_eq(arena_open(&arena, 1024, &err), OK);
    ck_assert_int_eq(strategy_replay.init(self, &env, &err), ERR_MEMORY);
    arena_close(&arena);
    free(self);
}
END_TEST

Suite *replay_suite(void)
{
    Suite *suite = suite_create("replay");
    TCase *tcase = tcase_create("replay");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, so_many_of_each_class_are_kept);
    tcase_add_test(tcase, a_small_class_is_kept_whole);
    tcase_add_test(tcase, every_row_of_a_class_is_as_likely_to_be_kept);
    tcase_add_test(tcase, all_that_is_kept_is_replayed_as_often);
    tcase_add_loop_test(tcase, the_past_weighs_as_much_as_its_tasks, 0, 2);
    tcase_add_test(tcase, known_tasks_get_equal_shares);
    tcase_add_test(tcase, every_row_offered_is_as_likely_in_the_reservoir);
    tcase_add_loop_test(tcase, a_reservoir_replays_as_many_rows_as_are_new, 0, 2);
    tcase_add_test(tcase, the_buffer_is_counted_to_the_byte);
    tcase_add_loop_test(tcase, a_checkpoint_resumes_it, 0, 2);
    tcase_add_test(tcase, a_buffer_of_nothing_is_refused);
    tcase_add_test(tcase, a_buffer_that_does_not_fit_is_an_error);
    return suite;
}
