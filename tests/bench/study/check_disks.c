/* Disks without room, and those that cannot be written to: small file systems of their
 * own, which need root or a kernel that lets users make name spaces. */
#include "tests/support/needs.h"
#include "tests/support/small.h"

static const char *const sizes[] = {"4k", "24k", "48k"};

START_TEST(a_full_disk_is_an_error_and_room_mends_it)
{
    static const char script[] =
        "mkdir small && unshare -m sh -c '"
        "mount -t tmpfs -o size=%s none small || exit 77; "
        "$0 run suite.yaml --out small/out --no-report >printed 2>&1; echo $? >status; "
        "find small -name \"*.tmp\" >left; mount -o remount,size=50m small || exit 77; "
        "$0 run suite.yaml --out small/out --no-report >/dev/null; echo $? >later; "
        "mkdir out && cp small/out/*.csv out' $bench";
    char *left;

    run_whole();
    ck_assert_int_eq(shell(script, sizes[_i]), 0);
    ck_assert(holds("status", "2"));
    ck_assert(holds("printed", "No space left on device"));
    ck_assert(holds("printed", " small/out"));
    left = content("left");
    ck_assert_str_eq(left, "");
    ck_assert(holds("later", "0"));
    assert_same_tables("out");
    free(left);
}
END_TEST

START_TEST(a_read_only_folder_can_still_be_read)
{
    static const char script[] =
        "mkdir small && unshare -m sh -c '"
        "mount -t tmpfs none small && cp -r whole small/out && "
        "mount -o remount,ro small || exit 77; "
        "$0 run suite.yaml --out small/out >printed 2>&1; echo $? >run; "
        "$0 run suite.yaml --out small/new >printed2 2>&1; echo $? >>run; "
        "$0 report small/out >printed3 2>&1; echo $? >>run; "
        "$0 report small/out --out report >/dev/null 2>&1; echo $? >>run; "
        "$0 compare small/out none replay >/dev/null 2>&1; echo $? >>run' $bench";
    char *statuses;

    run_whole();
    ck_assert_int_eq(shell(script, NULL), 0);
    statuses = content("run");
    ck_assert_str_eq(statuses, "2\n2\n2\n0\n0\n");
    ck_assert(holds("printed", "cannot write to the result folder small/out: Read-only"));
    ck_assert(holds("printed2", "cannot make the folder small/new: Read-only"));
    ck_assert(holds("printed3", "small/out/report"));
    free(statuses);
}
END_TEST

Suite *disks_suite(void)
{
    Suite *suite = suite_create("disks");
    TCase *tests = tcase_create("disks");

    suite_add_tcase(suite, tests);
    if (!needs(system("unshare -m true 2>/dev/null") == 0, "no mounts of its own here"))
        return suite;
    tcase_set_timeout(tests, 300);
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_loop_test(tests, a_full_disk_is_an_error_and_room_mends_it, 0,
                        (int)(sizeof sizes / sizeof *sizes));
    tcase_add_test(tests, a_read_only_folder_can_still_be_read);
    return suite;
}
