#include "results/plots/picture.h"

#include <stdio.h>
#include <string.h>

enum { N_TAIL = 64 };

/* An empty chunk of type IEND, with its checksum. */
static const char png_end[] = "\0\0\0\0IEND\xae\x42\x60\x82";
static const char svg_end[] = "</svg>", pdf_end[] = "%%EOF";

/* The last bytes of the file, N_TAIL at most. */
static size_t read_tail(const char *path, char *tail)
{
    FILE *in = fopen(path, "rbe");
    size_t n = 0;

    if (!in)
        return 0;
    if (fseek(in, -N_TAIL, SEEK_END) != 0) /* it is shorter than that */
        rewind(in);
    n = fread(tail, 1, N_TAIL, in);
    fclose(in);
    return n;
}

static bool ends_in(const char *text, size_t n, const char *end, size_t n_end)
{
    return n >= n_end && memcmp(text + n - n_end, end, n_end) == 0;
}

bool picture_whole(const char *path, const char *format)
{
    char tail[N_TAIL];
    size_t n = read_tail(path, tail);

    if (strcmp(format, "png") == 0)
        return ends_in(tail, n, png_end, sizeof png_end - 1);
    while (n > 0 && strchr(" \r\n", tail[n - 1]))
        n--;
    return strcmp(format, "pdf") == 0 ? ends_in(tail, n, pdf_end, sizeof pdf_end - 1)
                                      : ends_in(tail, n, svg_end, sizeof svg_end - 1);
}
