#include "bench/fetch/untar.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "core/base/sha256.h"

enum { BLOCK = 512, NAME = 100, SIZE_AT = 124, SUM_AT = 148, KIND_AT = 156 };

/* Octal digits, spaces before them, and a space or NUL behind; -1 where it is anything
 * else. */
static long long octal(const uint8_t *field, int n)
{
    long long value = 0;
    int i = 0, digits;

    while (i < n && field[i] == ' ')
        i++;
    for (digits = 0; i < n && field[i] >= '0' && field[i] <= '7'; i++, digits++)
        value = 8 * value + (field[i] - '0');
    return digits > 0 && (i == n || field[i] == ' ' || field[i] == '\0') ? value : -1;
}

/* Whether the sum of all bytes is right, with its own field taken as spaces. */
static bool is_header(const uint8_t *block)
{
    long long sum = 8 * ' ';

    for (int i = 0; i < BLOCK; i++)
        sum += i < SUM_AT || i >= SUM_AT + 8 ? block[i] : 0;
    return sum == octal(block + SUM_AT, 8);
}

static bool is_member(const uint8_t *block, const char *member)
{
    char name[NAME + 1] = "";
    const char *slash;

    memcpy(name, block, NAME);
    slash = strrchr(name, '/');
    return (block[KIND_AT] == '0' || block[KIND_AT] == '\0') &&
           strcmp(slash ? slash + 1 : name, member) == 0;
}

static enum status damaged(const char *archive, struct error *err)
{
    return error_set(err, ERR_DATA, "%s is damaged or ends early", archive);
}

/* Reads the n bytes of a file and its padding; to out, and into the digest, unless NULL.
 */
static enum status pass_file(gzFile in, const char *archive, long long n, FILE *out,
                             struct sha256 *sha, struct error *err)
{
    uint8_t block[BLOCK];

    for (; n > 0; n -= BLOCK) {
        size_t take = n < BLOCK ? (size_t)n : BLOCK;

        if (gzread(in, block, BLOCK) != BLOCK)
            return damaged(archive, err);
        if (!out)
            continue;
        sha256_add(sha, block, take);
        if (fwrite(block, 1, take, out) != take)
            return error_set(err, ERR_IO, "cannot write: %s", strerror(errno));
    }
    return OK;
}

static enum status find_member(gzFile in, const char *archive, const char *member,
                               FILE *out, struct sha256 *sha, struct error *err)
{
    static const uint8_t zeros[BLOCK];
    uint8_t block[BLOCK];
    bool found = false;
    long long n;

    while (!found) {
        if (gzread(in, block, BLOCK) != BLOCK)
            return damaged(archive, err);
        if (memcmp(block, zeros, BLOCK) == 0)
            return error_set(err, ERR_DATA, "%s has no file %s", archive, member);
        n = octal(block + SIZE_AT, 12);
        if (!is_header(block) || n < 0)
            return damaged(archive, err);
        found = is_member(block, member);
        if (pass_file(in, archive, n, found ? out : NULL, sha, err) != OK)
            return err->status;
    }
    return OK;
}

enum status untar(const char *archive, const char *member, FILE *out, char digest[65],
                  struct error *err)
{
    gzFile in = gzopen(archive, "rbe");
    struct sha256 sha;

    if (!in)
        return error_set(err, ERR_IO, "cannot read %s: %s", archive, strerror(errno));
    sha256_begin(&sha);
    find_member(in, archive, member, out, &sha, err);
    sha256_end(&sha, digest);
    gzclose(in);
    return err->status;
}
