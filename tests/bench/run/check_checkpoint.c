/* Checkpoints whose checksum is right, and which say what no run can be: the run stays at
 * its start. What a good one restores, tests/bench/registry/check_strategies.c shows. */
#include "bench/run/checkpoint.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bench/plan/plan.h"
#include "bench/run/run_open.h"
#include "tests/support/suite_files.h"

enum { SIDE = 2, N = 4, ROOM = 1 << 17 };
enum { MARK = 0x1234567 }; /* in the file, it shows where the position is */

static const uint8_t image[N * SIDE * SIDE], label[N] = {0, 1, 2, 3};
static const struct dataset data = {.name = "toy",
                                    .shape = {SIDE, SIDE, 1},
                                    .n_class = N,
                                    .train = {image, label, N},
                                    .test = {image, label, N}};
static struct arena arena;
static struct suite suite;
static struct plan plan;
static struct run run;
static struct error err;
static char path[64];
static unsigned char file[ROOM];
static size_t n_file;

static void open_run(void)
{
    err = (struct error){0};
    strcpy(path, "/tmp/check_checkpoint.XXXXXX");
    close(mkstemp(path));
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    ck_assert_msg(
        suite_files_load("suite: s\n"
                         "streams: [{stream: split, dataset: {idx: toy}, tasks: 2}]\n"
                         "learners: [nearest-mean]\n"
                         "training: {batch: 1, steps: 2}\n",
                         NULL, &suite, &arena, &err) == OK &&
            plan_make(&plan, &suite, NULL, &arena, &err) == OK &&
            run_open(&run, &plan.cell[0], &data, &err) == OK,
        "%s", err.text);
}

static void close_run(void)
{
    run_close(&run);
    arena_close(&arena);
    unlink(path);
}

static void read_file(void)
{
    FILE *in = fopen(path, "rb");

    ck_assert_ptr_nonnull(in);
    n_file = fread(file, 1, ROOM, in);
    fclose(in);
    ck_assert_uint_gt(n_file, 0);
    ck_assert_uint_lt(n_file, ROOM);
}

/* With the right checksum. */
static void write_file(void)
{
    uLong sum = crc32_z(0, file, n_file - sizeof sum);
    FILE *out = fopen(path, "wb");

    memcpy(file + n_file - sizeof sum, &sum, sizeof sum);
    ck_assert_ptr_nonnull(out);
    ck_assert_uint_eq(fwrite(file, 1, n_file, out), n_file);
    fclose(out);
}

/* Where the position begins in the file. */
static size_t find_position(void)
{
    const int32_t mark = MARK;
    const unsigned char *at = memmem(file, n_file, &mark, sizeof mark);

    ck_assert_ptr_nonnull(at);
    return (size_t)(at - file) - offsetof(struct position, n_loss_sum);
}

static void save_with_mark(void)
{
    run.position.step = 1;
    run.position.batch = 1;
    run.position.n_loss_sum = MARK;
    ck_assert_int_eq(checkpoint_save(&run, path, &err), OK);
    memset(&run.position, 0, sizeof run.position);
    read_file();
}

static void expect_step(int64_t step)
{
    ck_assert_msg(checkpoint_load(&run, path, &err) == OK, "%s", err.text);
    ck_assert_int_eq(run.position.step, step);
}

START_TEST(what_is_right_is_taken)
{
    save_with_mark();
    write_file();
    expect_step(1);
}
END_TEST

#define AT(member) offsetof(struct position, member)

static const struct {
    size_t at;
    int32_t value; /* its first four bytes */
} lies[] = {
    {AT(experience), -1},
    {AT(experience), 3},
    {AT(step) + 4, -1}, /* the upper half of it */
    {AT(step), 5},
    {AT(batch) + 4, -1},
    {AT(n_loss_sum), -1},
    {AT(n_loss), -1},
    {AT(n_loss), 1},
    {AT(n_loss), INT32_MAX},
    {AT(tested[0].n_eval), -1},
    {AT(tested[0].n_eval), INT32_MAX},
    {AT(tested[SHARING_MOST - 1].n_probed), INT32_MIN},
    {AT(tested[SHARING_MOST - 1].n_probed), 1},
    {AT(renewed), 7},
};

START_TEST(what_no_run_can_be_is_not)
{
    save_with_mark();
    memcpy(file + find_position() + lies[_i].at, &lies[_i].value, sizeof lies[_i].value);
    write_file();
    expect_step(0);
}
END_TEST

/* Cut or longer by any number of bytes. */
START_TEST(another_length_is_not_taken)
{
    static const int change[] = {-1, 1, -8, 8, -64, 64, -512};

    for (size_t i = 0; i < sizeof change / sizeof change[0]; i++) {
        save_with_mark();
        n_file = (size_t)((int)n_file + change[i]);
        write_file();
        expect_step(0);
    }
}
END_TEST

START_TEST(every_byte_counts)
{
    save_with_mark();
    for (size_t i = 0; i < n_file; i += 7) {
        FILE *out = fopen(path, "wb");

        file[i] ^= 1;
        ck_assert_uint_eq(fwrite(file, 1, n_file, out), n_file);
        fclose(out);
        file[i] ^= 1;
        expect_step(0);
    }
}
END_TEST

Suite *checkpoint_suite(void)
{
    Suite *all = suite_create("checkpoint");
    TCase *tests = tcase_create("checkpoint");

    tcase_add_checked_fixture(tests, open_run, close_run);
    tcase_add_test(tests, what_is_right_is_taken);
    tcase_add_loop_test(tests, what_no_run_can_be_is_not, 0, sizeof lies / sizeof *lies);
    tcase_add_test(tests, another_length_is_not_taken);
    tcase_add_test(tests, every_byte_counts);
    suite_add_tcase(all, tests);
    return all;
}
