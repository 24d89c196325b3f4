/* Checkpoints. The input changes a good one: its first two bytes say how many bytes are
 * cut off (or added, from 0x8000 on), then follow a place (two bytes) and the byte to put
 * there, as often as there are. The checksum is made right again where the first byte is
 * even, as no search would find it. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bench/plan/plan.h"
#include "bench/run/checkpoint.h"
#include "bench/run/run_open.h"
#include "results/data/environment.h"
#include "tests/fuzz/fuzz.h"

enum { SIDE = 2, N = 4, ROOM = 1 << 17 };

static const char text[] = "suite: f\n"
                           "streams: [{stream: split, dataset: {idx: f}, tasks: 2}]\n"
                           "learners: [nearest-mean]\n"
                           "training: {batch: 1, steps: 2}\n";
static uint8_t image[N * SIDE * SIDE];
static const uint8_t label[N] = {0, 1, 2, 3};
static const struct dataset data = {.name = "f",
                                    .shape = {SIDE, SIDE, 1},
                                    .n_class = N,
                                    .train = {image, label, N},
                                    .test = {image, label, N}};
static struct run run;
static uint8_t good[ROOM];
static size_t n_good;

/* The same at each call, and faster than to read /proc/cpuinfo. */
void environment_read(struct environment *env, const char *blas, const char *blas_core)
{
    memset(env, 0, sizeof *env);
}

static void open_run(void)
{
    static struct arena arena;
    static struct suite suite;
    static struct plan plan;
    struct error err = {0};
    static struct fuzz_file file;
    FILE *in;

    FUZZ_EXPECT(arena_open(&arena, 0, &err) == OK);
    FUZZ_EXPECT(suite_parse(&suite, text, strlen(text), "f", NULL, &arena, &err) == OK &&
                plan_make(&plan, &suite, NULL, &arena, &err) == OK &&
                run_open(&run, &plan.cell[0], &data, &err) == OK);
    fuzz_file_open(&file, "checkpoint");
    FUZZ_EXPECT(checkpoint_save(&run, file.path, &err) == OK);
    in = fopen(file.path, "rb");
    n_good = in ? fread(good, 1, ROOM, in) : 0;
    FUZZ_EXPECT(n_good > 0 && n_good < ROOM);
    fclose(in);
}

static size_t word(const uint8_t *bytes)
{
    return (size_t)bytes[0] << 8 | bytes[1];
}

/* How long the changed checkpoint is. */
static size_t change(const uint8_t *bytes, size_t n, uint8_t *file)
{
    size_t shift = word(bytes) & 0x7fff, n_file;
    uLong sum;

    memcpy(file, good, n_good);
    n_file = bytes[0] & 0x80 ? n_good + shift : n_good - shift % n_good;
    if (n_file > n_good)
        memset(file + n_good, 0, n_file - n_good);
    for (size_t i = 2; i + 2 < n; i += 3)
        if (word(bytes + i) < n_file)
            file[word(bytes + i)] = bytes[i + 2];
    if (bytes[0] % 2 == 0 && n_file >= sizeof sum) {
        sum = crc32_z(0, file, n_file - sizeof sum);
        memcpy(file + n_file - sizeof sum, &sum, sizeof sum);
    }
    return n_file;
}

static void forget(void)
{
    for (int k = 0; k < SHARING_MOST; k++) {
        free(run.results.eval[k]);
        free(run.results.probed[k]);
    }
    free(run.results.loss);
    memset(&run.results, 0, sizeof run.results);
    memset(&run.position, 0, sizeof run.position);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static uint8_t file[2 * ROOM];
    struct error err = {0};
    FILE *in;

    if (n < 2)
        return -1;
    if (!n_good)
        open_run();
    in = fmemopen(file, change(bytes, n, file), "rb");
    FUZZ_EXPECT(in && checkpoint_read(&run, in, &err) == OK);
    fclose(in);
    FUZZ_EXPECT(run.position.experience >= 0 && run.position.experience <= 2);
    FUZZ_EXPECT(run.position.step >= 0 && run.position.step <= 4);
    forget();
    return 0;
}
