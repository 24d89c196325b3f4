/* The oracle is dataset_load, which knows of no cache. */
#include "tasks/formats/kept.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <utime.h>

#include "tests/support/sample.h"

/* Just above KEPT_LEAST. */
enum { SIDE = 64, N_TRAIN = 200, N_TEST = 60, PIXELS = SIDE * SIDE };

static char folder[SAMPLE_FOLDER], cache[SAMPLE_PATH];

static void write_part(const char *part, int n, int grey)
{
    static uint8_t image_file[16 + N_TRAIN * PIXELS], label_file[8 + N_TRAIN];
    const uint8_t image_head[16] = {0, 0, 8, 3,    0, 0, 0, (uint8_t)n,
                                    0, 0, 0, SIDE, 0, 0, 0, SIDE};
    const uint8_t label_head[8] = {0, 0, 8, 1, 0, 0, 0, (uint8_t)n};
    char name[64];

    for (int i = 0; i < n * PIXELS; i++)
        image_file[16 + i] = (uint8_t)(grey + i + i / PIXELS);
    for (int i = 0; i < n; i++)
        label_file[8 + i] = (uint8_t)((i + grey) % 10);
    memcpy(image_file, image_head, sizeof image_head);
    memcpy(label_file, label_head, sizeof label_head);
    snprintf(name, sizeof name, "mnist/%s-images-idx3-ubyte", part);
    sample_write(folder, name, image_file, 16 + (size_t)(n * PIXELS));
    snprintf(name, sizeof name, "mnist/%s-labels-idx1-ubyte", part);
    sample_write(folder, name, label_file, 8 + (size_t)n);
}

static void set_up(void)
{
    sample_open(folder);
    sample_folder(folder, "mnist");
    write_part("train", N_TRAIN, 1);
    write_part("t10k", N_TEST, 2);
    snprintf(cache, sizeof cache, "%s/a/cache", folder);
    setenv("BENCH_CACHE", cache, 1);
}

static void tear_down(void)
{
    setenv("BENCH_CACHE", "none", 1);
    sample_close(folder);
}

/* How many files the cache has; the path of one of them. */
static int find_kept(char path[2 * SAMPLE_PATH])
{
    DIR *entries = opendir(cache);
    const struct dirent *entry;
    int n = 0;

    while (entries && (entry = readdir(entries)))
        if (entry->d_name[0] != '.' && ++n)
            snprintf(path, 2 * SAMPLE_PATH, "%s/%s", cache, entry->d_name);
    if (entries)
        closedir(entries);
    return n;
}

static ino_t inode_of(const char *path)
{
    struct stat info;

    ck_assert_int_eq(stat(path, &info), 0);
    return info.st_ino;
}

/* Of the file that is mapped there; 0 = the page is of no file. Two processes that map the
 * same one share its pages. */
static ino_t inode_mapped(const void *at)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    unsigned long long from, to, inode = 0, wanted = (unsigned long long)(uintptr_t)at;
    char line[2 * SAMPLE_PATH];
    bool anonymous, found = false;

    while (!found && fgets(line, sizeof line, maps))
        found = sscanf(line, "%llx-%llx %*s %*s %*s %llu", &from, &to, &inode) == 3 &&
                from <= wanted && wanted < to;
    ck_assert(found);
    anonymous = strstr(line, "/dev/zero") != NULL;
    fclose(maps);
    return anonymous ? 0 : (ino_t)inode;
}

static void assert_same_images(const struct images *a, const struct images *b, int size)
{
    ck_assert_int_eq(a->n, b->n);
    ck_assert_mem_eq(a->pixel, b->pixel, (size_t)a->n * (size_t)size);
    ck_assert_mem_eq(a->label, b->label, (size_t)a->n);
}

/* Loads it, and asserts that it is what dataset_load makes of the files. Returns the inode of
 * the file that it is mapped from. */
static ino_t load_as_decoded(const char *text, int pad)
{
    struct dataset data, decoded;
    struct error err = {0};
    ino_t inode;

    ck_assert_msg(
        kept_load(&data, text, folder, (struct dataset_form){.pad = pad}, &err) == OK,
        "%s", err.text);
    ck_assert_int_eq(
        dataset_load(&decoded, text, folder, (struct dataset_form){.pad = pad}, &err),
        OK);
    ck_assert_int_eq(shape_size(data.shape), shape_size(decoded.shape));
    ck_assert_str_eq(data.name, decoded.name);
    ck_assert_int_eq(data.n_class, decoded.n_class);
    ck_assert_int_eq(data.n_part, decoded.n_part);
    ck_assert_mem_eq(data.part_classes, decoded.part_classes, sizeof data.part_classes);
    ck_assert_mem_eq(data.mean, decoded.mean, sizeof data.mean);
    ck_assert_mem_eq(data.std, decoded.std, sizeof data.std);
    assert_same_images(&data.train, &decoded.train, shape_size(data.shape));
    assert_same_images(&data.test, &decoded.test, shape_size(data.shape));
    inode = inode_mapped(data.train.pixel);
    dataset_close(&data);
    dataset_close(&decoded);
    return inode;
}

START_TEST(made_once_and_mapped)
{
    char path[2 * SAMPLE_PATH];
    ino_t first = load_as_decoded("mnist", 0);

    ck_assert_int_eq(find_kept(path), 1);
    ck_assert_uint_eq(first, inode_of(path));
    ck_assert_uint_eq(load_as_decoded("mnist", 0), first);
}
END_TEST

START_TEST(each_reading_of_the_files_is_kept_apart)
{
    const char *several = "mnist + mnist";
    char path[2 * SAMPLE_PATH];
    ino_t plain = load_as_decoded("mnist", 0),
          padded = load_as_decoded("mnist", SIDE + 2),
          joined = load_as_decoded(several, 0);

    ck_assert_int_eq(find_kept(path), 3);
    ck_assert_uint_eq(load_as_decoded("mnist", 0), plain);
    ck_assert_uint_eq(load_as_decoded("mnist", SIDE + 2), padded);
    ck_assert_uint_eq(load_as_decoded(several, 0), joined);
}
END_TEST

/* A tick of the clock that times of files are taken from. */
static void pause_for_clock(void)
{
    usleep(20000);
}

static void set_time(const char *file)
{
    const struct utimbuf then = {1000000000, 1000000000};
    char path[2 * SAMPLE_PATH];

    snprintf(path, sizeof path, "%s/mnist/%s", folder, file);
    ck_assert_int_eq(utime(path, &then), 0);
}

static void write_training(int grey)
{
    write_part("train", N_TRAIN, grey);
    set_time("train-images-idx3-ubyte");
    set_time("train-labels-idx1-ubyte");
}

/* Other bytes, though neither size nor time of the file tell. */
START_TEST(other_files_are_read_anew)
{
    char path[2 * SAMPLE_PATH];

    write_training(1);
    load_as_decoded("mnist", 0);
    pause_for_clock();
    write_training(7);
    load_as_decoded("mnist", 0);
    ck_assert_int_eq(find_kept(path), 1);
}
END_TEST

static void change_byte(const char *path, long at, int whence)
{
    FILE *file = fopen(path, "r+b");
    int c;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, at, whence), 0);
    c = fgetc(file);
    ck_assert_int_eq(fseek(file, -1, SEEK_CUR), 0);
    fputc(c ^ 16, file);
    fclose(file);
}

static void damage(const char *path, int how)
{
    switch (how) {
    case 0:
        change_byte(path, 5000, SEEK_SET); /* a pixel */
        break;
    case 1:
        change_byte(path, -1, SEEK_END);
        break;
    case 2:
        change_byte(path, -200, SEEK_END); /* what it was made from */
        break;
    case 3:
        ck_assert_int_eq(truncate(path, 700000), 0);
        break;
    case 4:
        ck_assert_int_eq(truncate(path, 0), 0);
        break;
    case 5:
        ck_assert_int_eq(truncate(path, 3 << 20), 0); /* longer, with zeros */
        break;
    default: /* something else of that name */
        ck_assert_int_eq(unlink(path), 0);
        ck_assert_int_eq(symlink("/dev/zero", path), 0);
    }
}

START_TEST(damage_is_mended)
{
    char path[2 * SAMPLE_PATH];
    ino_t mended;

    load_as_decoded("mnist", 0);
    ck_assert_int_eq(find_kept(path), 1);
    damage(path, _i);
    mended = load_as_decoded("mnist", 0);
    ck_assert_int_eq(find_kept(path), 1);
    ck_assert_uint_eq(mended, inode_of(path));
    ck_assert_uint_eq(load_as_decoded("mnist", 0), mended);
}
END_TEST

/* The cache cannot be a folder, or is one that takes no files, or is not wanted. */
START_TEST(done_without)
{
    static const char *const places[] = {"/dev/null/cache", "/proc/self", "none"};
    char path[2 * SAMPLE_PATH];

    setenv("BENCH_CACHE", places[_i], 1);
    ck_assert_uint_eq(load_as_decoded("mnist", 0), 0);
    ck_assert_int_eq(find_kept(path), 0);
    ck_assert_int_ne(access("none", F_OK), 0);
}
END_TEST

/* Data that are not in the data directory are kept once, whatever that is. */
START_TEST(another_data_directory)
{
    static const char *const directories[] = {"/a", "/b"};
    char text[SAMPLE_PATH], path[2 * SAMPLE_PATH];
    struct error err = {0};
    struct dataset data;

    snprintf(text, sizeof text, "idx:%s/mnist", folder);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(
            kept_load(&data, text, directories[i], (struct dataset_form){.pad = 0}, &err),
            OK);
        dataset_close(&data);
    }
    ck_assert_int_eq(find_kept(path), 1);
}
END_TEST

START_TEST(small_data_are_not_kept)
{
    char path[2 * SAMPLE_PATH];

    write_part("train", 1, 3);
    ck_assert_uint_eq(load_as_decoded("mnist", 0), 0);
    ck_assert_int_eq(find_kept(path), 0);
}
END_TEST

/* The temporary file of a process that was killed. */
static void leave_leftover(void)
{
    char path[SAMPLE_PATH];
    pid_t gone = fork();

    if (gone == 0)
        _exit(0);
    waitpid(gone, NULL, 0);
    sample_folder(folder, "a");
    sample_folder(folder, "a/cache");
    snprintf(path, sizeof path, "a/cache/mnist.data.host.%ld.bench.tmp", (long)gone);
    sample_write(folder, path, (const uint8_t *)"x", 1);
}

/* Whoever comes first makes the file, and the others, which wait for the lock, have its
 * pages. */
START_TEST(several_processes_at_once)
{
    enum { PROCESSES = 4 };
    char path[2 * SAMPLE_PATH];
    int ends[2], lock;
    ino_t mapped;

    leave_leftover();
    ck_assert_int_eq(pipe(ends), 0);
    lock = open(cache, O_RDONLY);
    ck_assert_int_eq(flock(lock, LOCK_EX), 0);
    for (int i = 0; i < PROCESSES; i++)
        if (fork() == 0) {
            close(lock);
            mapped = load_as_decoded("mnist", 0);
            _exit(write(ends[1], &mapped, sizeof mapped) != sizeof mapped);
        }
    usleep(100000);
    close(lock);
    while (wait(NULL) > 0)
        ;
    ck_assert_int_eq(find_kept(path), 1);
    for (int i = 0; i < PROCESSES; i++) {
        ck_assert_int_eq(read(ends[0], &mapped, sizeof mapped), sizeof mapped);
        ck_assert_uint_eq(mapped, inode_of(path));
    }
    close(ends[0]);
    close(ends[1]);
}
END_TEST

START_TEST(where_it_is)
{
    char *home = strdup(getenv("HOME") ? getenv("HOME") : ""), path[SAMPLE_PATH];

    unsetenv("BENCH_CACHE");
    setenv("HOME", "/h", 1);
    kept_folder(path, sizeof path);
    ck_assert_str_eq(path, "/h/.cache/bench");
    setenv("XDG_CACHE_HOME", "/x", 1);
    kept_folder(path, sizeof path);
    ck_assert_str_eq(path, "/x/bench");
    setenv("BENCH_CACHE", "/b", 1);
    kept_folder(path, sizeof path);
    ck_assert_str_eq(path, "/b");
    setenv("BENCH_CACHE", "none", 1);
    kept_folder(path, sizeof path);
    ck_assert_str_eq(path, "");
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", home, 1);
    free(home);
}
END_TEST

Suite *kept_suite(void)
{
    Suite *suite = suite_create("kept");
    TCase *tcase = tcase_create("kept");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, made_once_and_mapped);
    tcase_add_test(tcase, each_reading_of_the_files_is_kept_apart);
    tcase_add_test(tcase, other_files_are_read_anew);
    tcase_add_loop_test(tcase, damage_is_mended, 0, 7);
    tcase_add_loop_test(tcase, done_without, 0, 3);
    tcase_add_test(tcase, another_data_directory);
    tcase_add_test(tcase, small_data_are_not_kept);
    tcase_add_test(tcase, several_processes_at_once);
    tcase_add_test(tcase, where_it_is);
    suite_add_tcase(suite, tcase);
    return suite;
}
