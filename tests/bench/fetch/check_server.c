/* Fetching from a server on this machine that behaves in every way in which one can
 * misbehave; the first folder of the URL says how. Nothing leaves the loopback. */
#include <check.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "bench/fetch/fetch.h"
#include "tests/support/sample.h"

/* Published digest of "abc" (FIPS 180-4). */
#define ABC "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

enum { MOST = 4096, URL = 128 };

static char folder[SAMPLE_FOLDER], site[URL]; /* http://127.0.0.1:PORT */
static int port;
static pid_t server;
static struct error err;

/* ---------------------------------------------------------------- the server */

static void send_text(int client, const char *text)
{
    size_t n = strlen(text);

    while (n > 0) {
        ssize_t sent = send(client, text, n, MSG_NOSIGNAL);

        if (sent <= 0)
            _exit(0);
        text += sent;
        n -= (size_t)sent;
    }
}

/* A reply of that status, with more header lines, and a body. */
static void reply(int client, const char *status, const char *header, const char *body)
{
    char text[1024];

    snprintf(text, sizeof text, "HTTP/1.1 %s\r\nConnection: close\r\n%s\r\n%s", status,
             header, body);
    send_text(client, text);
}

static void redirect(int client, const char *to)
{
    char header[512];

    snprintf(header, sizeof header, "Location: %s\r\nContent-Length: 0\r\n", to);
    reply(client, "302 Found", header, "");
}

static _Noreturn void forever(int client, const char *text)
{
    for (;;)
        send_text(client, text);
}

/* Sends two of three bytes; the rest only to who asks for it. */
static void send_half(int client, const char *request)
{
    if (strstr(request, "Range: bytes=2-"))
        reply(client, "206 Partial Content",
              "Content-Range: bytes 2-2/3\r\nContent-Length: 1\r\n", "c");
    else
        reply(client, "200 OK", "Content-Length: 3\r\n", "ab");
}

static void answer(int client, const char *way, const char *request)
{
    char to[512];

    if (strcmp(way, "good") == 0)
        reply(client, "200 OK", "Content-Length: 3\r\n", "abc");
    else if (strcmp(way, "silent") == 0)
        pause();
    else if (strcmp(way, "stalls") == 0)
        reply(client, "200 OK", "Content-Length: 3\r\n", "a"), pause();
    else if (strcmp(way, "cuts") == 0)
        reply(client, "200 OK", "Content-Length: 3\r\n", "ab");
    else if (strcmp(way, "half") == 0)
        send_half(client, request);
    else if (strcmp(way, "corrupts") == 0)
        reply(client, "200 OK", "Content-Length: 3\r\n", "abd");
    else if (strcmp(way, "portal") == 0)
        reply(client, "200 OK", "Content-Type: text/html\r\n", "<html>log in</html>");
    else if (strcmp(way, "too-long") == 0)
        reply(client, "200 OK", "Content-Length: 10\r\n", "abc");
    else if (strcmp(way, "too-short") == 0)
        reply(client, "200 OK", "Content-Length: 2\r\n", "abc");
    else if (strcmp(way, "huge") == 0)
        reply(client, "200 OK", "Content-Length: 1000000000000000\r\n", "abc");
    else if (strcmp(way, "endless") == 0)
        reply(client, "200 OK", "", "abc"), forever(client, "0123456789abcdef");
    else if (strcmp(way, "headers") == 0)
        send_text(client, "HTTP/1.1 200 OK\r\n"), forever(client, "X-Header: value\r\n");
    else if (strcmp(way, "junk") == 0)
        send_text(client, "\x01\x02 no HTTP\r\n\r\n");
    else if (strcmp(way, "other-range") == 0)
        reply(client, "206 Partial Content",
              "Content-Range: bytes 0-2/3\r\nContent-Length: 3\r\n", "abc");
    else if (strcmp(way, "refuses") == 0)
        reply(client, "403 Forbidden", "Content-Length: 0\r\n", "");
    else if (strcmp(way, "loop") == 0)
        redirect(client, "/loop/abc.gz");
    else if (strcmp(way, "to-file") == 0)
        snprintf(to, sizeof to, "file://%s/abc.gz", folder), redirect(client, to);
    else if (strcmp(way, "to-host") == 0)
        snprintf(to, sizeof to, "http://localhost:%d/good/abc.gz", port),
            redirect(client, to);
    else
        reply(client, "404 Not Found", "Content-Length: 0\r\n", "");
}

static _Noreturn void serve_one(int client)
{
    char request[4096] = "", way[32] = "";
    size_t n = 0;

    while (!strstr(request, "\r\n\r\n") && n < sizeof request - 1) {
        ssize_t got = read(client, request + n, sizeof request - 1 - n);

        if (got <= 0)
            _exit(0);
        n += (size_t)got;
    }
    sscanf(request, "GET /%31[^/]", way);
    answer(client, way, request);
    shutdown(client, SHUT_WR);
    while (read(client, request, sizeof request) > 0)
        ;
    _exit(0);
}

/* A group of its own, so that those that stall end with it. */
static void start_server(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof at;
    int socket_of = socket(AF_INET, SOCK_STREAM, 0);

    ck_assert_int_eq(bind(socket_of, (struct sockaddr *)&at, n), 0);
    ck_assert_int_eq(listen(socket_of, 8), 0);
    ck_assert_int_eq(getsockname(socket_of, (struct sockaddr *)&at, &n), 0);
    port = ntohs(at.sin_port);
    snprintf(site, sizeof site, "http://127.0.0.1:%d", port);
    server = fork();
    if (server == 0) {
        setpgid(0, 0);
        signal(SIGCHLD, SIG_IGN);
        for (int client; (client = accept(socket_of, NULL, NULL)) >= 0; close(client))
            if (fork() == 0)
                serve_one(client);
        _exit(0);
    }
    setpgid(server, server);
    close(socket_of);
}

static void set_up(void)
{
    static const char *const proxy[] = {"http_proxy", "all_proxy", "ALL_PROXY"};

    for (size_t i = 0; i < sizeof proxy / sizeof *proxy; i++)
        unsetenv(proxy[i]);
    err = (struct error){0};
    sample_open(folder);
    sample_folder(folder, "toy");
    sample_write(folder, "abc.gz", (const uint8_t *)"abc", 3);
    start_server();
}

static void tear_down(void)
{
    kill(-server, SIGKILL);
    waitpid(server, NULL, 0);
    sample_close(folder);
}

/* ---------------------------------------------------------------- the client */

static const char *content(const char *name)
{
    static char text[2 * MOST];
    char path[2 * SAMPLE_PATH];
    FILE *in;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    in = fopen(path, "rb");
    if (!in)
        return NULL;
    text[fread(text, 1, sizeof text - 1, in)] = '\0';
    fclose(in);
    return text;
}

/* From the servers that behave in these ways, in turn; "" = one that is not there. */
static enum status fetch(const char *first, const char *second, const char *third)
{
    const char *const way[] = {first, second, third};
    char url[FETCH_MIRRORS][URL + 32];
    struct fetch_options options = {.silent = 1, .most = MOST};
    struct fetch_set set = {"toy", "toy", {NULL}, NULL, {{"abc.gz", ABC}}};

    for (int i = 0; i < FETCH_MIRRORS && way[i]; i++) {
        snprintf(url[i], sizeof url[i], "%s/%s", *way[i] ? site : "http://127.0.0.1:1",
                 way[i]);
        set.from[i] = url[i];
    }
    err = (struct error){0};
    return fetch_set(&set, folder, &options, &err);
}

/* What is kept of a part is what was sent, so that it can go on. */
static const struct {
    const char *way;
    enum status status;
    const char *words, *part; /* NULL: nothing is left */
} row[] = {
    {"", ERR_IO, "onnect", ""},
    {"silent", ERR_IO, "too slow", ""},
    {"stalls", ERR_IO, "too slow", "a"},
    {"cuts", ERR_IO, "bytes remaining", "ab"},
    {"corrupts", ERR_DATA, "is damaged or another file", NULL},
    {"portal", ERR_DATA, "is damaged or another file", NULL},
    {"too-long", ERR_IO, "bytes remaining", "abc"},
    {"too-short", ERR_DATA, "is damaged or another file", NULL},
    {"huge", ERR_DATA, "is longer than 4096 bytes", NULL},
    {"endless", ERR_DATA, "is longer than 4096 bytes", NULL},
    {"headers", ERR_IO, "header", ""},
    {"junk", ERR_IO, "HTTP/0.9", ""},
    {"refuses", ERR_IO, "403", ""},
    {"missing", ERR_IO, "404", ""},
    {"loop", ERR_IO, "redirects", ""},
    {"to-file", ERR_IO, "rotocol", ""},
};

START_TEST(a_bad_server)
{
    const char *part;

    ck_assert_msg(fetch(row[_i].way, NULL, NULL) == row[_i].status, "%s: %d: %s",
                  row[_i].way, err.status, err.text);
    ck_assert_msg(strstr(err.text, row[_i].words) != NULL, "%s: %s", row[_i].way,
                  err.text);
    ck_assert_ptr_null(content("toy/abc.gz"));
    part = content("toy/abc.gz.part");
    ck_assert_msg(row[_i].part ? part && strcmp(part, row[_i].part) == 0 : !part,
                  "%s: the part is '%s'", row[_i].way, part);
    /* and a good one puts it right */
    ck_assert_msg(fetch("good", NULL, NULL) == OK, "%s: then %s", row[_i].way, err.text);
    ck_assert_str_eq(content("toy/abc.gz"), "abc");
    ck_assert_ptr_null(content("toy/abc.gz.part"));
}
END_TEST

START_TEST(the_next_server_is_asked)
{
    ck_assert_msg(fetch(row[_i].way, "good", NULL) == OK, "%s", err.text);
    ck_assert_str_eq(content("toy/abc.gz"), "abc");
    ck_assert_ptr_null(content("toy/abc.gz.part"));
}
END_TEST

START_TEST(the_third_server_is_asked_and_no_fourth)
{
    ck_assert_msg(fetch("corrupts", "", "good") == OK, "%s", err.text);
    ck_assert_str_eq(content("toy/abc.gz"), "abc");
    ck_assert_int_eq(
        remove(strcat(strcpy((char[SAMPLE_PATH]){0}, folder), "/toy/abc.gz")), 0);
    ck_assert_int_eq(fetch("refuses", "cuts", "corrupts"), ERR_DATA);
    ck_assert_ptr_null(content("toy/abc.gz"));
}
END_TEST

START_TEST(a_half_goes_on)
{
    ck_assert_int_eq(fetch("half", NULL, NULL), ERR_IO);
    ck_assert_str_eq(content("toy/abc.gz.part"), "ab");
    ck_assert_msg(fetch("half", NULL, NULL) == OK, "%s", err.text);
    ck_assert_str_eq(content("toy/abc.gz"), "abc");
}
END_TEST

/* Another part than was asked for is not added to what is there. */
START_TEST(another_range)
{
    sample_write(folder, "toy/abc.gz.part", (const uint8_t *)"ab", 2);
    fetch("other-range", "good", NULL);
    ck_assert_msg(err.status == OK, "%s", err.text);
    ck_assert_str_eq(content("toy/abc.gz"), "abc");
}
END_TEST

/* The digest says whether it is the file, not who sent it. */
START_TEST(a_redirection_to_another_host)
{
    ck_assert_msg(fetch("to-host", NULL, NULL) == OK, "%s", err.text);
    ck_assert_str_eq(content("toy/abc.gz"), "abc");
}
END_TEST

Suite *server_suite(void)
{
    Suite *tests = suite_create("server");
    TCase *tcase = tcase_create("server");
    int rows = sizeof row / sizeof *row;

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_bad_server, 0, rows);
    tcase_add_loop_test(tcase, the_next_server_is_asked, 0, rows);
    tcase_add_test(tcase, the_third_server_is_asked_and_no_fourth);
    tcase_add_test(tcase, a_half_goes_on);
    tcase_add_test(tcase, another_range);
    tcase_add_test(tcase, a_redirection_to_another_host);
    suite_add_tcase(tests, tcase);
    return tests;
}
