#include "core/base/build_id.h"

#include <link.h>
#include <stdio.h>
#include <string.h>

static size_t aligned(size_t n)
{
    return (n + 3) / 4 * 4;
}

/* The notes of one segment: each is a header, a name and a content, aligned to words. */
static void read_notes(const unsigned char *at, size_t n, char *out)
{
    ElfW(Nhdr) note;

    for (size_t length; n >= sizeof note; at += length, n -= length) {
        const unsigned char *content;

        memcpy(&note, at, sizeof note);
        content = at + sizeof note + aligned(note.n_namesz);
        length = sizeof note + aligned(note.n_namesz) + aligned(note.n_descsz);
        if (length > n)
            return;
        if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != sizeof "GNU" ||
            memcmp(at + sizeof note, "GNU", sizeof "GNU") != 0)
            continue;
        for (size_t i = 0; i < note.n_descsz && i < BUILD_ID_MOST; i++)
            snprintf(out + 2 * i, 3, "%02x", content[i]);
    }
}

/* The first object is the program itself: the search ends with it. */
static int read_program(struct dl_phdr_info *info, size_t size, void *out)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

        if (segment->p_type == PT_NOTE)
            read_notes((const unsigned char *)(info->dlpi_addr + segment->p_vaddr),
                       segment->p_memsz, out);
    }
    return 1;
}

void build_id(char out[2 * BUILD_ID_MOST + 1])
{
    out[0] = '\0';
    dl_iterate_phdr(read_program, out);
}
