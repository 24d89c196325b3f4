#include "bench/fetch/untar.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "core/base/sha256.h"

enum { BLOCK = 512, NAME = 100, SIZE_AT = 124, SUM_AT = 148, KIND_AT = 156 };

struct source {
    gzFile in;
    const char *archive;
    long long most, left; /* bytes that it may unpack to, in all and still */
};

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

static enum status damaged(const struct source *source, struct error *err)
{
    return error_set(err, ERR_DATA, "%s is damaged or ends early", source->archive);
}

static enum status too_much(const struct source *source, struct error *err)
{
    return error_set(err, ERR_DATA, "%s unpacks to more than %lld bytes", source->archive,
                     source->most);
}

static enum status read_block(struct source *source, uint8_t *block, struct error *err)
{
    if (source->left < BLOCK)
        return too_much(source, err);
    source->left -= BLOCK;
    return gzread(source->in, block, BLOCK) == BLOCK ? OK : damaged(source, err);
}

/* Reads the n bytes of a file and its padding; to out, and into the digest, unless NULL.
 */
static enum status pass_file(struct source *source, long long n, FILE *out,
                             struct sha256 *sha, struct error *err)
{
    uint8_t block[BLOCK];

    if (n > source->left) /* what is too much is not read first */
        return too_much(source, err);
    for (; n > 0; n -= BLOCK) {
        size_t take = n < BLOCK ? (size_t)n : BLOCK;

        if (read_block(source, block, err) != OK)
            return err->status;
        if (!out)
            continue;
        sha256_add(sha, block, take);
        if (fwrite(block, 1, take, out) != take)
            return error_set(err, ERR_IO, "cannot write: %s", strerror(errno));
    }
    return OK;
}

static enum status find_member(struct source *source, const char *member, FILE *out,
                               struct sha256 *sha, struct error *err)
{
    static const uint8_t zeros[BLOCK];
    uint8_t block[BLOCK];
    bool found = false;

    while (!found) {
        long long n;

        if (read_block(source, block, err) != OK)
            return err->status;
        if (memcmp(block, zeros, BLOCK) == 0)
            return error_set(err, ERR_DATA, "%s has no file %s", source->archive, member);
        n = octal(block + SIZE_AT, 12);
        if (!is_header(block) || n < 0)
            return damaged(source, err);
        found = is_member(block, member);
        if (pass_file(source, n, found ? out : NULL, sha, err) != OK)
            return err->status;
    }
    return OK;
}

enum status untar(const char *archive, const char *member, long long most, FILE *out,
                  char digest[65], struct error *err)
{
    struct source source = {gzopen(archive, "rbe"), archive, most, most};
    struct sha256 sha;

    if (!source.in)
        return error_set(err, ERR_IO, "cannot read %s: %s", archive, strerror(errno));
    sha256_begin(&sha);
    find_member(&source, member, out, &sha, err);
    sha256_end(&sha, digest);
    gzclose(source.in);
    return err->status;
}
