/* A pair of IDX files, plain or compressed. The first two bytes of the input say how long
 * the images' file is; the labels' file is the rest. */
#include <stdlib.h>
#include <string.h>

#include "tasks/formats/idx.h"
#include "tests/fuzz/fuzz.h"

enum { N_CLASS = 10 };

static void read_pair(struct idx *idx, struct error *err)
{
    size_t n = (size_t)idx->n;
    uint8_t *pixel = malloc(n * (size_t)shape_size(idx->shape)), *label = malloc(n);

    FUZZ_EXPECT(pixel && label); /* not more than the files can hold */
    if (idx_read(idx, pixel, label, N_CLASS, err) == OK)
        for (size_t i = 0; i < n; i++)
            FUZZ_EXPECT(label[i] < N_CLASS);
    free(pixel);
    free(label);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct fuzz_file image, label;
    struct error err = {0};
    struct idx idx;
    size_t n_image;

    if (n < 2)
        return -1;
    if (!image.fd) {
        fuzz_file_open(&image, "train-images-idx3-ubyte");
        fuzz_file_open(&label, "train-labels-idx1-ubyte");
    }
    n_image = (size_t)(data[0] << 8 | data[1]);
    n_image = n_image < n - 2 ? n_image : n - 2;
    fuzz_file_set(&image, data + 2, n_image);
    fuzz_file_set(&label, data + 2 + n_image, n - 2 - n_image);
    if (idx_open(&idx, fuzz_folder(), PART_TRAIN, &err) == OK)
        read_pair(&idx, &err);
    FUZZ_EXPECT(err.status == OK || (err.status == ERR_DATA && *err.text));
    idx_close(&idx);
    return 0;
}
