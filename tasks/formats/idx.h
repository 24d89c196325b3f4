/* IDX: the file format of MNIST, its siblings and users' own data.
 *
 * A folder holds four files, plain or gzip: train-images-idx3-ubyte,
 * train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte; the
 * spelling train-images.idx3-ubyte is read too. Each is a magic number (2051 = images of
 * bytes, 2049 = labels of bytes) and the sizes, as big-endian 32-bit words, then the
 * bytes.
 *
 * A struct idx is an open pair, images and their labels. Open it to learn the sizes,
 * bring memory, read, close. */
#ifndef TASKS_FORMATS_IDX_H
#define TASKS_FORMATS_IDX_H

#include <zlib.h>

#include "core/base/dataset.h"
#include "core/base/error.h"
#include "core/plug/stream.h"

enum { IDX_PATH = 1024 };

struct idx_file {
    gzFile stream; /* NULL = closed */
    char path[IDX_PATH];
    size_t at,
        bytes; /* bytes read so far, and in the whole file as its header promises */
};

struct idx {
    struct idx_file image, label;
    struct shape shape; /* channels = 1 */
    int n;              /* images, at least 1 */
};

/* The first of the four files that is not there, NULL = none is missing. */
const char *idx_missing(const char *folder);

/* ERR_DATA unless both headers are sound and agree. Close it in any case. */
enum status idx_open(struct idx *idx, const char *folder, enum part part,
                     struct error *err);

/* pixel: n x height x width, label: n, each below n_class. ERR_DATA unless the files hold
 * exactly that. */
enum status idx_read(struct idx *idx, uint8_t *pixel, uint8_t *label, int n_class,
                     struct error *err);
void idx_close(struct idx *idx);

#endif
