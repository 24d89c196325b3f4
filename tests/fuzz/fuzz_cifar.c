/* CIFAR-100: train.bin and test.bin. The first two bytes of the input say how long
 * train.bin is; test.bin is the rest. */
#include <stdlib.h>
#include <string.h>

#include "tasks/formats/cifar.h"
#include "tests/fuzz/fuzz.h"

enum { N_CLASS = 100, IMAGE = CIFAR_SIDE * CIFAR_SIDE * CIFAR_CHANNELS };

static void read_part(const struct cifar *cifar, enum part part, struct error *err)
{
    size_t n = (size_t)cifar->n[part];
    uint8_t *pixel = malloc(n * IMAGE), *label = malloc(n);

    FUZZ_EXPECT(pixel && label);
    if (cifar_read(cifar, part, pixel, label, N_CLASS, err) == OK)
        for (size_t i = 0; i < n; i++)
            FUZZ_EXPECT(label[i] < N_CLASS);
    free(pixel);
    free(label);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct fuzz_file train, test;
    struct error err = {0};
    struct cifar cifar;
    size_t n_train;

    if (n < 2)
        return -1;
    if (!train.fd) {
        fuzz_file_open(&train, "train.bin");
        fuzz_file_open(&test, "test.bin");
    }
    n_train = (size_t)(data[0] << 8 | data[1]);
    n_train = n_train < n - 2 ? n_train : n - 2;
    fuzz_file_set(&train, data + 2, n_train);
    fuzz_file_set(&test, data + 2 + n_train, n - 2 - n_train);
    if (cifar_open(&cifar, CIFAR_100, fuzz_folder(), &err) == OK) {
        read_part(&cifar, PART_TRAIN, &err);
        if (err.status == OK)
            read_part(&cifar, PART_TEST, &err);
    }
    FUZZ_EXPECT(err.status == OK || (err.status == ERR_DATA && *err.text));
    return 0;
}
