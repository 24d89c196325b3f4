#include "core/base/file.h"

#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/sample.h"

static char folder[SAMPLE_FOLDER], path[SAMPLE_PATH];

static void set_up(void)
{
    sample_open(folder);
    snprintf(path, sizeof path, "%s/results.csv", folder);
}

static void tear_down(void)
{
    sample_close(folder);
}

static int entries(void)
{
    DIR *dir = opendir(folder);
    int n = -2; /* . and .. */

    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

static void holds(const char *expected)
{
    struct error err = {0};
    struct arena arena;
    char *text;
    size_t n;

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    ck_assert_int_eq(file_read(path, &arena, &text, &n, &err), OK);
    ck_assert_str_eq(text, expected);
    ck_assert_uint_eq(n, strlen(expected));
    arena_close(&arena);
}

static void write_file(const char *text)
{
    struct error err = {0};
    struct file file;

    ck_assert_int_eq(file_begin(&file, path, &err), OK);
    fputs(text, file.out);
    ck_assert_int_eq(file_commit(&file, &err), OK);
}

START_TEST(a_committed_file_is_there_and_nothing_else)
{
    write_file("a,b\r\n1,2\r\n");
    holds("a,b\r\n1,2\r\n");
    ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(the_old_file_stands_until_the_new_one_is_whole)
{
    struct error err = {0};
    struct file file;

    write_file("old");
    ck_assert_int_eq(file_begin(&file, path, &err), OK);
    fputs("new", file.out);
    fflush(file.out);
    holds("old");
    ck_assert_int_eq(file_commit(&file, &err), OK);
    holds("new");
    ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(an_abandoned_file_leaves_nothing)
{
    struct error err = {0};
    struct file file;

    ck_assert_int_eq(file_begin(&file, path, &err), OK);
    fputs("half", file.out);
    file_abandon(&file);
    file_abandon(&file); /* a second time is harmless */
    ck_assert_int_eq(entries(), 0);
}
END_TEST

/* The disk is full: here, no file may grow beyond 1000 bytes. */
static void write_beyond(size_t n)
{
    struct error err = {0};
    struct rlimit before, limit;
    enum status status;
    struct file file;

    write_file("old");
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = (struct rlimit){1000, before.rlim_max};
    ck_assert_int_eq(file_begin(&file, path, &err), OK);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (size_t i = 0; i < n; i++)
        fputc('x', file.out);
    status = file_commit(&file, &err);
    setrlimit(RLIMIT_FSIZE, &before);
    ck_assert_int_eq(status, ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, path));
    ck_assert_ptr_nonnull(strstr(err.text, "File too large"));
    ck_assert_int_eq(entries(), 1);
    holds("old");
}

START_TEST(a_full_disk_is_seen_at_the_last_flush)
{
    write_beyond(1001);
}
END_TEST

START_TEST(a_full_disk_is_seen_although_it_was_met_earlier)
{
    write_beyond(1 << 20);
}
END_TEST

/* Of two files that are being written, and one that is done. */
START_TEST(all_files_are_abandoned_at_once)
{
    struct error err = {0};
    struct file done, one, two;
    char other[SAMPLE_PATH + 8];

    snprintf(other, sizeof other, "%s-two", path);
    ck_assert_int_eq(file_begin(&one, path, &err), OK);
    ck_assert_int_eq(file_begin(&done, path, &err), OK);
    ck_assert_int_eq(file_begin(&two, other, &err), OK);
    fputs("whole", done.out);
    ck_assert_int_eq(file_commit(&done, &err), OK);
    file_abandon_all();
    ck_assert_ptr_null(two.out);
    ck_assert_int_ne(access(two.temporary, F_OK), 0);
    ck_assert_int_ne(access(one.temporary, F_OK), 0);
    holds("whole");
    file_abandon_all();
}
END_TEST

START_TEST(a_folder_in_the_way)
{
    struct error err = {0};
    struct file file;
    char inside[SAMPLE_PATH + 8];

    ck_assert_int_eq(mkdir(path, 0777), 0);
    snprintf(inside, sizeof inside, "%s/x", path);
    ck_assert_int_eq(mkdir(inside, 0777), 0);
    ck_assert_int_eq(file_begin(&file, path, &err), OK);
    ck_assert_int_eq(file_commit(&file, &err), ERR_IO);
    ck_assert_int_eq(entries(), 1);
}
END_TEST

START_TEST(a_folder_that_is_not_there)
{
    struct error err = {0};
    struct file file;

    snprintf(path, sizeof path, "%s/none/results.csv", folder);
    ck_assert_int_eq(file_begin(&file, path, &err), ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "No such file"));
    file_abandon(&file);
}
END_TEST

START_TEST(a_path_that_is_too_long)
{
    static char vast[5000];
    struct error err = {0};
    struct file file;

    memset(vast, 'x', sizeof vast - 1);
    ck_assert_int_eq(file_begin(&file, vast, &err), ERR_IO);
    file_abandon(&file);
    err = (struct error){0};
    ck_assert_int_eq(file_make_folder(vast, &err), ERR_IO);
}
END_TEST

START_TEST(folders_are_made_with_those_above)
{
    static const char *const tail[] = {"/a/b/c", "/a/b/c", "/a/b/c/", "/d//e", ""};
    struct error err = {0};
    struct stat info;

    for (int i = 0; i < 5; i++) {
        snprintf(path, sizeof path, "%s%s", folder, tail[i]);
        ck_assert_int_eq(file_make_folder(path, &err), OK);
        ck_assert_int_eq(stat(path, &info), 0);
        ck_assert(S_ISDIR(info.st_mode));
    }
}
END_TEST

START_TEST(a_file_in_the_way_of_a_folder)
{
    struct error err = {0};
    char below[SAMPLE_PATH + 8];

    write_file("");
    ck_assert_int_eq(file_make_folder(path, &err), ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "Not a directory"));
    err = (struct error){0};
    snprintf(below, sizeof below, "%s/a/b", path);
    ck_assert_int_eq(file_make_folder(below, &err), ERR_IO);
    err = (struct error){0};
    ck_assert_int_eq(file_make_folder("", &err), ERR_IO);
}
END_TEST

START_TEST(what_cannot_be_read)
{
    struct error err = {0};
    struct arena arena;
    char *text;

    ck_assert_int_eq(arena_open(&arena, 64, &err), OK);
    ck_assert_int_eq(file_read(path, &arena, &text, NULL, &err), ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, path));
    err = (struct error){0};
    ck_assert_int_eq(file_read(folder, &arena, &text, NULL, &err), ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "not a regular file"));
    ck_assert_int_eq(mkfifo(path, 0666), 0); /* nobody writes to it: do not wait */
    err = (struct error){0};
    ck_assert_int_eq(file_read(path, &arena, &text, NULL, &err), ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "not a regular file"));
    unlink(path);
    err = (struct error){0};
    write_file("sixty-four characters, so that the byte at the end does not fit.");
    ck_assert_int_eq(file_read(path, &arena, &text, NULL, &err), ERR_MEMORY);
    arena_close(&arena);
}
END_TEST

/* A link to itself cannot be looked at by anybody, root included. */
START_TEST(what_cannot_be_looked_at_is_there)
{
    struct error err = {0};

    ck_assert(!file_exists(path));
    ck_assert_int_eq(symlink(path, path), 0);
    ck_assert(file_exists(path));
    ck_assert_ptr_null(file_open(path, &err));
    ck_assert_int_eq(err.status, ERR_IO);
    unlink(path);
    write_file("text");
    ck_assert(file_exists(path));
}
END_TEST

START_TEST(an_empty_file_is_an_empty_text)
{
    write_file("");
    holds("");
}
END_TEST

Suite *file_suite(void)
{
    Suite *suite = suite_create("file");
    TCase *tcase = tcase_create("file");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_committed_file_is_there_and_nothing_else);
    tcase_add_test(tcase, the_old_file_stands_until_the_new_one_is_whole);
    tcase_add_test(tcase, an_abandoned_file_leaves_nothing);
    tcase_add_test(tcase, all_files_are_abandoned_at_once);
    tcase_add_test(tcase, a_folder_in_the_way);
    tcase_add_test(tcase, a_folder_that_is_not_there);
    tcase_add_test(tcase, a_path_that_is_too_long);
    tcase_add_test(tcase, folders_are_made_with_those_above);
    tcase_add_test(tcase, a_file_in_the_way_of_a_folder);
    tcase_add_test(tcase, what_cannot_be_read);
    tcase_add_test(tcase, what_cannot_be_looked_at_is_there);
    tcase_add_test(tcase, an_empty_file_is_an_empty_text);
    tcase_add_test(tcase, a_full_disk_is_seen_at_the_last_flush);
    tcase_add_test(tcase, a_full_disk_is_seen_although_it_was_met_earlier);
    return suite;
}
