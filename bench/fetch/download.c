#include "bench/fetch/download.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"

enum { BAR = 30, CONNECT_SECONDS = 30, REDIRECTS = 5 };

struct transfer {
    CURL *curl;
    FILE *file, *bar;
    const char *name; /* for the bar */
    curl_off_t held;  /* bytes that the file had before */
    const struct download_bounds *bounds;
    double drawn; /* seconds */
    char why[CURL_ERROR_SIZE];
};

static void draw(struct transfer *t, curl_off_t total, curl_off_t now)
{
    double all = (double)(t->held + total), here = (double)(t->held + now);
    int marks = all > 0 ? (int)(here / all * BAR) : 0;

    if (total == 0 || (now < total && clock_seconds() - t->drawn < 0.1))
        return;
    t->drawn = clock_seconds();
    fprintf(t->bar, "\r%s [", t->name);
    for (int i = 0; i < BAR; i++)
        fputc(i < marks ? '#' : '.', t->bar);
    fprintf(t->bar, "] %.1f of %.1f MB", here * 1e-6, all * 1e-6);
    fflush(t->bar);
}

/* Not 0 ends the transfer. */
static int progress(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total,
                    curl_off_t up)
{
    struct transfer *t = context;
    curl_off_t room = t->bounds->most - t->held;

    if (t->bar)
        draw(t, total, now);
    return total > room || now > room;
}

static void prepare(struct transfer *t, const char *url)
{
    curl_easy_setopt(t->curl, CURLOPT_URL, url);
    curl_easy_setopt(t->curl, CURLOPT_PROTOCOLS_STR, "https,http,file");
    curl_easy_setopt(t->curl, CURLOPT_REDIR_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(t->curl, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(t->curl, CURLOPT_MAXREDIRS, (long)REDIRECTS);
    curl_easy_setopt(t->curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(t->curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(t->curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(t->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(t->curl, CURLOPT_LOW_SPEED_TIME, (long)t->bounds->silent);
    curl_easy_setopt(t->curl, CURLOPT_ERRORBUFFER, t->why);
    curl_easy_setopt(t->curl, CURLOPT_WRITEDATA, t->file);
    curl_easy_setopt(t->curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(t->curl, CURLOPT_XFERINFOFUNCTION, progress);
    curl_easy_setopt(t->curl, CURLOPT_XFERINFODATA, t);
}

static CURLcode get(struct transfer *t)
{
    CURLcode code;

    t->why[0] = '\0';
    curl_easy_setopt(t->curl, CURLOPT_RESUME_FROM_LARGE, t->held);
    code = curl_easy_perform(t->curl);
    if (t->bar && t->drawn > 0)
        fputc('\n', t->bar);
    t->drawn = 0;
    return code;
}

/* The server cannot send the rest alone, or there is no rest. */
static bool no_rest(struct transfer *t, CURLcode code)
{
    long answer = 0;

    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &answer);
    return code == CURLE_RANGE_ERROR || code == CURLE_BAD_DOWNLOAD_RESUME ||
           (code == CURLE_HTTP_RETURNED_ERROR && answer == 416);
}

static CURLcode get_all(struct transfer *t)
{
    CURLcode code = get(t);

    if (t->held == 0 || !no_rest(t, code))
        return code;
    if (ftruncate(fileno(t->file), 0) != 0)
        return CURLE_WRITE_ERROR;
    t->held = 0;
    return get(t);
}

static enum status transfer(struct transfer *t, const char *url, const char *path,
                            struct error *err)
{
    CURLcode code;

    t->held = fseek(t->file, 0, SEEK_END) == 0 ? (curl_off_t)ftell(t->file) : 0;
    prepare(t, url);
    code = get_all(t);
    if (fflush(t->file) != 0 || fsync(fileno(t->file)) != 0)
        return error_set(err, ERR_IO, "cannot write %s: %s", path, strerror(errno));
    if (code == CURLE_OK)
        return OK;
    if (code == CURLE_ABORTED_BY_CALLBACK)
        return error_set(err, ERR_DATA,
                         "%s is longer than %lld bytes, so it is another file", url,
                         t->bounds->most);
    return error_set(err, ERR_IO, "cannot get %s: %s", url,
                     t->why[0] ? t->why : curl_easy_strerror(code));
}

enum status download(const char *url, FILE *file, const char *path,
                     const struct download_bounds *bounds, FILE *bar, struct error *err)
{
    const char *slash = strrchr(url, '/');
    struct transfer t = {
        .file = file, .bar = bar, .name = slash ? slash + 1 : url, .bounds = bounds};

    t.curl = curl_easy_init();
    if (!t.curl)
        return error_set(err, ERR_MEMORY, "libcurl does not start");
    transfer(&t, url, path, err);
    curl_easy_cleanup(t.curl);
    return err->status;
}
