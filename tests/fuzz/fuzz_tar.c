/* The tar reader, over plain or compressed archives. */
#include <stdio.h>
#include <string.h>

#include "bench/fetch/untar.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct fuzz_file archive;
    static char unpacked[1 << 20];
    struct error err = {0};
    char digest[65];
    FILE *out;

    if (!archive.fd)
        fuzz_file_open(&archive, "a.tar.gz");
    fuzz_file_set(&archive, data, n);
    out = fmemopen(unpacked, sizeof unpacked, "w");
    FUZZ_EXPECT(out != NULL);
    if (untar(archive.path, "a", 1 << 24, out, digest, &err) != OK)
        FUZZ_EXPECT((err.status == ERR_DATA || err.status == ERR_IO) && *err.text);
    FUZZ_EXPECT(strlen(digest) == 64);
    fclose(out);
    return 0;
}
