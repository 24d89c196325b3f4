/* Fetching against files of this machine and a server that the test starts: no network.
 */
#include "bench/fetch/fetch.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bench/fetch/untar.h"
#include "core/base/sha256.h"
#include "tests/support/sample.h"

/* Published digests of "abc" and of the two-block message of FIPS 180-4. */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define TWO "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"

static const char two_text[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

static char folder[SAMPLE_FOLDER], from[SAMPLE_PATH];
static struct error err;

static const struct fetch_set plain = {
    "toy", "toy", {"nowhere"}, NULL, {{"abc.gz", ABC}, {"two.gz", TWO}}};
static const struct fetch_set packed = {
    "toy", "toy", {"nowhere"}, "toy.tar.gz", {{"abc.gz", ABC}, {"two.gz", TWO}}};

static void write_text(const char *name, const char *text)
{
    sample_write(folder, name, (const uint8_t *)text, strlen(text));
}

static void open_folder(void)
{
    err = (struct error){0};
    sample_open(folder);
    sample_folder(folder, "site");
    sample_folder(folder, "toy");
    write_text("site/abc.gz", "abc");
    write_text("site/two.gz", two_text);
    snprintf(from, sizeof from, "file://%s/site", folder);
}

static void close_folder(void)
{
    sample_close(folder);
}

/* The text of a file, "" where there is none. */
static const char *content(const char *name)
{
    static char text[1024];
    char path[2 * SAMPLE_PATH];
    FILE *in;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    in = fopen(path, "rb");
    text[in ? fread(text, 1, sizeof text - 1, in) : 0] = '\0';
    if (in)
        fclose(in);
    return text;
}

static bool exists(const char *name)
{
    char path[2 * SAMPLE_PATH];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static void in_folder(const char *command)
{
    char text[2 * SAMPLE_PATH];

    snprintf(text, sizeof text, "cd %s && %s", folder, command);
    ck_assert_int_eq(system(text), 0);
}

static enum status fetch(const struct fetch_set *set)
{
    struct fetch_options options = {.from = from};

    err = (struct error){0};
    return fetch_set(set, folder, &options, &err);
}

static void assert_all_there(const struct fetch_set *set)
{
    ck_assert_msg(fetch(set) == OK, "%s", err.text);
    ck_assert_str_eq(content("toy/abc.gz"), "abc");
    ck_assert_str_eq(content("toy/two.gz"), two_text);
    ck_assert(!exists("toy/abc.gz.part") && !exists("toy/toy.tar.gz.part"));
}

/* ---------------------------------------------------------------- digests */

START_TEST(digests_of_the_standard)
{
    struct sha256 sha;
    char digest[65];

    sha256_begin(&sha);
    sha256_end(&sha, digest);
    ck_assert_str_eq(digest,
                     "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852"
                     "b855");
    sha256_begin(&sha);
    sha256_add(&sha, "ab", 2);
    sha256_add(&sha, "c", 1);
    sha256_end(&sha, digest);
    ck_assert_str_eq(digest, ABC);
    sha256_begin(&sha);
    sha256_add(&sha, two_text, strlen(two_text));
    sha256_end(&sha, digest);
    ck_assert_str_eq(digest, TWO);
    sha256_begin(&sha);
    for (int i = 0; i < 1000000; i++)
        sha256_add(&sha, "a", 1);
    sha256_end(&sha, digest);
    ck_assert_str_eq(digest,
                     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc711"
                     "2cd0");
}
END_TEST

/* ---------------------------------------------------------------- single files */

START_TEST(what_is_there_is_not_fetched_again)
{
    assert_all_there(&plain);
    in_folder("rm site/*");
    assert_all_there(&plain);
    write_text("toy/two.gz", "damaged");
    ck_assert_int_eq(fetch(&plain), ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "site/two.gz"));
    ck_assert_str_eq(content("toy/abc.gz"), "abc");
}
END_TEST

/* The site's first two bytes have changed: only a download that goes on can be right. */
START_TEST(a_broken_download_goes_on)
{
    write_text("site/abc.gz", "XXc");
    write_text("toy/abc.gz.part", "ab");
    assert_all_there(&plain);
}
END_TEST

START_TEST(a_beginning_of_something_else_is_thrown_away)
{
    write_text("toy/abc.gz.part", "XX");
    assert_all_there(&plain);
    in_folder("rm toy/*");
    write_text("toy/abc.gz.part", "longer than all of it");
    assert_all_there(&plain);
    in_folder("rm toy/*");
    write_text("toy/abc.gz.part", "abc"); /* nothing is missing but the name */
    assert_all_there(&plain);
}
END_TEST

START_TEST(another_file_is_refused)
{
    write_text("site/abc.gz", "abd");
    ck_assert_int_eq(fetch(&plain), ERR_DATA);
    ck_assert_ptr_nonnull(strstr(err.text, "site/abc.gz is damaged or another file"));
    ck_assert(!exists("toy/abc.gz") && !exists("toy/abc.gz.part"));
}
END_TEST

START_TEST(a_place_that_cannot_be_written)
{
    in_folder("rm -r toy && touch toy");
    ck_assert_int_eq(fetch(&plain), ERR_IO);
    ck_assert_ptr_nonnull(strstr(err.text, "toy"));
}
END_TEST

/* Somebody else has the .part and lets go of it. */
START_TEST(two_do_not_fetch_one_file)
{
    char path[2 * SAMPLE_PATH];
    int other;

    snprintf(path, sizeof path, "%s/toy/%s.part", folder, _i ? "toy.tar.gz" : "abc.gz");
    other = open(path, O_RDWR | O_CREAT, 0666);
    ck_assert_int_eq(write(other, "a", 1), 1);
    ck_assert_int_eq(flock(other, LOCK_EX), 0);
    in_folder("tar -cz -C site abc.gz two.gz -f site/toy.tar.gz");
    ck_assert_int_eq(fetch(_i ? &packed : &plain), ERR_IO);
    ck_assert_msg(strstr(err.text, "another bench fetch") != NULL, "%s", err.text);
    ck_assert(!exists("toy/abc.gz"));
    ck_assert_str_eq(content(_i ? "toy/toy.tar.gz.part" : "toy/abc.gz.part"), "a");
    close(other);
    assert_all_there(_i ? &packed : &plain);
}
END_TEST

/* Nothing is made under a path or asked of a URL that was cut. */
START_TEST(paths_are_not_cut)
{
    char data[2 * SAMPLE_PATH + 1000], url[3000];
    struct fetch_options options = {.from = from};
    size_t n = (size_t)snprintf(data, sizeof data, "%s/", folder);

    for (size_t i = 0; i < 960; i++)
        data[n + i] = i % 100 == 99 ? '/' : 'd';
    data[n + 960] = '\0';
    ck_assert_int_eq(fetch_set(&plain, data, &options, &err), ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "data directory is too long"));
    data[n + 1] = '\0';
    ck_assert(!exists("d"));
    memset(url, 'u', sizeof url - 1);
    url[sizeof url - 1] = '\0';
    options.from = url;
    err = (struct error){0};
    ck_assert_int_eq(fetch_set(&plain, folder, &options, &err), ERR_USAGE);
    ck_assert_ptr_nonnull(strstr(err.text, "URL is longer than 2047"));
}
END_TEST

/* 600 bytes, where once 512 were room for, are a data directory as any other. */
START_TEST(a_deep_data_directory)
{
    char data[2 * SAMPLE_PATH + 600];
    struct fetch_options options = {.from = from};
    size_t n = (size_t)snprintf(data, sizeof data, "%s/", folder);

    for (size_t i = 0; i < 600; i++)
        data[n + i] = i % 100 == 99 ? '/' : 'd';
    data[n + 600] = '\0';
    ck_assert_msg(fetch_set(&plain, data, &options, &err) == OK, "%s", err.text);
    strcat(data, "/toy/abc.gz");
    ck_assert_int_eq(access(data, F_OK), 0);
}
END_TEST

/* ---------------------------------------------------------------- an archive */

/* GNU tar is the oracle. */
START_TEST(an_archive_is_unpacked)
{
    in_folder("mkdir pack && cp site/*.gz pack && echo more > pack/readme && "
              "tar -c --format=ustar pack | gzip > site/toy.tar.gz && rm site/abc.gz");
    assert_all_there(&packed);
    in_folder("rm site/*");
    assert_all_there(&packed);
}
END_TEST

START_TEST(a_bad_archive_is_refused)
{
    static const struct {
        const char *make, *words;
    } row[] = {
        {"tar -c --format=ustar -C site abc.gz | gzip > site/toy.tar.gz",
         "has no file two.gz"},
        {"echo abd > site/abc.gz && tar -cz -C site abc.gz two.gz -f site/toy.tar.gz",
         "abc.gz is damaged or another file"},
        {"tar -c -C site abc.gz two.gz | head -c 700 | gzip > site/toy.tar.gz",
         "damaged or ends early"},
        {"head -c 2000 /dev/zero | tr '\\0' x > site/toy.tar.gz",
         "damaged or ends early"},
    };

    in_folder(row[_i].make);
    ck_assert_int_eq(fetch(&packed), ERR_DATA);
    ck_assert_msg(strstr(err.text, row[_i].words) != NULL, "%s", err.text);
    ck_assert(!exists("toy/two.gz") && !exists("toy/toy.tar.gz.part"));
}
END_TEST

enum { BLOCK = 512, SIZE_AT = 124, SUM_AT = 148 };

/* An archive of two.gz alone, with this text as the size of the file, and the sum over
 * the header made right. */
static void write_archive(const char *size)
{
    uint8_t block[3 * BLOCK] = "two.gz";
    char sum_text[8];
    int sum = 0;

    memcpy(block + SIZE_AT, size, strlen(size));
    memset(block + SUM_AT, ' ', 8);
    block[156] = '0'; /* a regular file */
    for (int i = 0; i < BLOCK; i++)
        sum += block[i];
    snprintf(sum_text, sizeof sum_text, "%06o", sum);
    memcpy(block + SUM_AT, sum_text, sizeof sum_text);
    memcpy(block + BLOCK, two_text, strlen(two_text));
    sample_write(folder, "site/archive", block, sizeof block);
}

static const struct {
    const char *size;
    bool good;
} sizes[] = {
    {"00000000070 ", true},
    {"         70 ", true},
    {"70", true},
    {"-0000000070", false},
    {"+0000000070", false},
    {"           ", false},
    {"", false},
    {"00000000079", false},
    {"0x000000038", false},
    {"\x80\0\0\0", false},
    {"777777777777", false},
    {"\xff\xff\xff\xff\xff\xff\xff", false},
};

START_TEST(a_size_is_a_number)
{
    char path[2 * SAMPLE_PATH], digest[65], text[128] = "";
    FILE *out = fmemopen(text, sizeof text, "w");

    write_archive(sizes[_i].size);
    snprintf(path, sizeof path, "%s/site/archive", folder);
    ck_assert_int_eq(untar(path, "two.gz", 1 << 16, out, digest, &err),
                     sizes[_i].good ? OK : ERR_DATA);
    fclose(out);
    if (sizes[_i].good)
        ck_assert_str_eq(digest, TWO);
    else
        ck_assert(strstr(err.text, "damaged or ends early") ||
                  strstr(err.text, "unpacks to more than"));
}
END_TEST

/* A few kilobytes that would be gigabytes, in a file that is wanted or before it. */
START_TEST(an_archive_unpacks_to_a_bound)
{
    struct fetch_options options = {.from = from, .most = 100000};

    in_folder(_i ? "head -c 200000 /dev/zero > site/big" : "mv site/abc.gz site/big");
    if (!_i)
        in_folder("head -c 200000 /dev/zero > site/abc.gz");
    in_folder("tar -cz --format=ustar -C site big abc.gz two.gz -f site/toy.tar.gz");
    ck_assert_int_eq(fetch_set(&packed, folder, &options, &err), ERR_DATA);
    ck_assert_msg(strstr(err.text, "unpacks to more than 100000 bytes") != NULL, "%s",
                  err.text);
    ck_assert(!exists("toy/abc.gz") && !exists("toy/toy.tar.gz.part"));
}
END_TEST

/* ---------------------------------------------------------------- a server */

/* Answers one request for "abc", from where it asks for if that is understood. */
static void answer(int client, bool ranges)
{
    char request[4096] = "", reply[512];
    size_t n = 0;
    const char *range;
    int first = 0;

    while (!strstr(request, "\r\n\r\n") && n < sizeof request - 1) {
        ssize_t got = read(client, request + n, sizeof request - 1 - n);

        if (got <= 0)
            return;
        n += (size_t)got;
    }
    range = strstr(request, "Range: bytes=");
    if (range && ranges)
        first = atoi(range + strlen("Range: bytes="));
    if (first >= 3)
        strcpy(reply, "HTTP/1.1 416 Range Not Satisfiable\r\nContent-Length: 0\r\n\r\n");
    else if (first > 0)
        snprintf(reply, sizeof reply,
                 "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes %d-2/3\r\n"
                 "Content-Length: %d\r\nConnection: close\r\n\r\n%s",
                 first, 3 - first, &"XXc"[first]);
    else
        snprintf(reply, sizeof reply,
                 "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc");
    n = strlen(reply);
    ck_assert_int_eq(write(client, reply, n), (ssize_t)n);
}

/* A process of its own on a port that is free. */
static pid_t serve(bool ranges)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int server = socket(AF_INET, SOCK_STREAM, 0);
    pid_t pid;

    ck_assert_int_eq(bind(server, (struct sockaddr *)&at, n), 0);
    ck_assert_int_eq(listen(server, 8), 0);
    ck_assert_int_eq(getsockname(server, (struct sockaddr *)&at, &n), 0);
    snprintf(from, sizeof from, "http://127.0.0.1:%d", ntohs(at.sin_port));
    pid = fork();
    for (int client; pid == 0 && (client = accept(server, NULL, NULL)) >= 0;) {
        answer(client, ranges);
        close(client);
    }
    close(server);
    return pid;
}

START_TEST(a_server_sends_the_rest_or_all)
{
    static const struct fetch_set set = {
        "toy", "toy", {"nowhere"}, NULL, {{"abc.gz", ABC}}};
    static const char *const begun[] = {"", "ab", "abcd"};
    pid_t pid = serve(_i % 2);

    unsetenv("http_proxy");
    for (int i = 0; i < 3; i++) {
        in_folder("rm -f toy/*");
        if (*begun[i])
            write_text("toy/abc.gz.part", begun[i]);
        ck_assert_msg(fetch(&set) == OK, "%s", err.text);
        ck_assert_str_eq(content("toy/abc.gz"), "abc");
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(every_data_set_has_files_and_digests)
{
    for (const struct fetch_set *set = fetch_sets; set->name; set++) {
        ck_assert(set->folder && strncmp(set->from[0], "http", 4) == 0);
        ck_assert_ptr_nonnull(set->file[0].name);
        for (const struct fetch_file *file = set->file; file->name; file++)
            ck_assert_uint_eq(strspn(file->sha256, "0123456789abcdef"), 64);
    }
}
END_TEST

Suite *fetch_suite(void)
{
    Suite *tests = suite_create("fetch");
    TCase *tcase = tcase_create("fetch");

    tcase_add_checked_fixture(tcase, open_folder, close_folder);
    tcase_add_test(tcase, digests_of_the_standard);
    tcase_add_test(tcase, what_is_there_is_not_fetched_again);
    tcase_add_test(tcase, a_broken_download_goes_on);
    tcase_add_test(tcase, a_beginning_of_something_else_is_thrown_away);
    tcase_add_test(tcase, another_file_is_refused);
    tcase_add_test(tcase, a_place_that_cannot_be_written);
    tcase_add_loop_test(tcase, two_do_not_fetch_one_file, 0, 2);
    tcase_add_test(tcase, paths_are_not_cut);
    tcase_add_test(tcase, a_deep_data_directory);
    tcase_add_test(tcase, an_archive_is_unpacked);
    tcase_add_loop_test(tcase, a_bad_archive_is_refused, 0, 4);
    tcase_add_loop_test(tcase, a_size_is_a_number, 0, sizeof sizes / sizeof *sizes);
    tcase_add_loop_test(tcase, an_archive_unpacks_to_a_bound, 0, 2);
    tcase_add_loop_test(tcase, a_server_sends_the_rest_or_all, 0, 2);
    tcase_add_test(tcase, every_data_set_has_files_and_digests);
    suite_add_tcase(tests, tcase);
    return tests;
}
