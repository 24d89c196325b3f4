#include "bench/run/checkpoint.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bench/plan/fingerprint.h"
#include "bench/run/run_open.h"
#include "core/base/build_id.h"
#include "core/base/file.h"
#include "core/nn/blas.h"
#include "results/data/environment.h"

static const char magic[8] = "benchcp5";

struct header {
    char magic[8];
    char fingerprint[24];
    char program[256];       /* its build and its kernels: others give other bits */
    uint64_t n_piece, bytes; /* of the run arena when saved */
    struct position at;
    struct arena_use peak;
};

/* No holes: each struct is as large as its members. */
_Static_assert(sizeof(struct position) == 4 * sizeof(int32_t) + 2 * sizeof(int64_t) +
                                              7 * sizeof(double) + sizeof(struct rng) +
                                              SHARING_MOST * sizeof(struct tested),
               "struct position");
_Static_assert(sizeof(struct tested) == 2 * sizeof(int32_t) + sizeof(double),
               "struct tested");
_Static_assert(sizeof(struct evaluation) == sizeof(int64_t) + 6 * sizeof(int32_t),
               "struct evaluation");
_Static_assert(sizeof(struct loss_point) == 2 * sizeof(int64_t) + sizeof(double),
               "struct loss_point");

/* Reads or writes with a running checksum. */
struct summed_file {
    FILE *file;
    uLong sum;
    bool good;
};

/* An empty list changes no sum; crc32 would take its NULL for a new start. */
static void put(struct summed_file *io, const void *from, size_t n)
{
    if (n == 0)
        return;
    io->good = io->good && fwrite(from, 1, n, io->file) == n;
    io->sum = crc32_z(io->sum, from, n);
}

static void get(struct summed_file *io, void *into, size_t n)
{
    io->good = io->good && fread(into, 1, n, io->file) == n;
    if (io->good)
        io->sum = crc32_z(io->sum, into, n);
}

static bool is_saved(enum tag tag)
{
    return tag != TAG_SCRATCH && tag != TAG_ACTIVATION && tag != TAG_FIXED;
}

/* Of which cell and program it is; the rest 0. */
static struct header header_for(const struct cell *cell)
{
    char id[2 * BUILD_ID_MOST + 1];
    struct environment env;
    struct header header;

    memset(&header, 0, sizeof header);
    memcpy(header.magic, magic, sizeof magic);
    fingerprint_sharing(cell, header.fingerprint);
    environment_read(&env, blas_version(), blas_core());
    build_id(id);
    snprintf(header.program, sizeof header.program, "%s %.40s %.60s %.30s %.15s", id,
             env.commit, env.compiler, env.blas_core, env.isa);
    return header;
}

static bool same_program(const struct header *a, const struct header *b)
{
    return memcmp(a->magic, b->magic, sizeof a->magic) == 0 &&
           memcmp(a->program, b->program, sizeof a->program) == 0;
}

static bool same_owner(const struct header *a, const struct header *b)
{
    return same_program(a, b) &&
           memcmp(a->fingerprint, b->fingerprint, sizeof a->fingerprint) == 0;
}

static struct header header_of(const struct run *run)
{
    struct header header = header_for(run->cell);

    header.n_piece = run->memory.n_piece;
    header.bytes = run->memory.now.total;
    header.at = run->position;
    header.peak = run->memory.peak;
    return header;
}

enum status checkpoint_save(const struct run *run, const char *path, struct error *err)
{
    struct header header = header_of(run);
    struct summed_file io = {.good = true};
    struct file file;

    if (file_begin(&file, path, err) != OK)
        return err->status;
    io.file = file.out;
    put(&io, &header, sizeof header);
    for (int k = 0; k < SHARING_MOST; k++) {
        const struct tested *tested = &run->position.tested[k];

        put(&io, run->results.eval[k],
            (size_t)tested->n_eval * sizeof **run->results.eval);
        put(&io, run->results.probed[k],
            (size_t)tested->n_probed * sizeof **run->results.probed);
    }
    put(&io, run->results.loss, (size_t)run->position.n_loss * sizeof *run->results.loss);
    for (size_t i = 0; i < run->memory.n_piece; i++) {
        const struct arena_piece *piece = &run->memory.piece[i];

        if (is_saved(piece->tag))
            put(&io, run->memory.base + piece->offset, piece->bytes);
    }
    put(&io, &(uLong){io.sum}, sizeof(uLong));
    return file_commit(&file, err);
}

static size_t lists_bytes(const struct position *at)
{
    const struct run_results *results = NULL;
    size_t n = (size_t)at->n_loss * sizeof *results->loss;

    for (int k = 0; k < SHARING_MOST; k++)
        n += (size_t)at->tested[k].n_eval * sizeof **results->eval +
             (size_t)at->tested[k].n_probed * sizeof **results->probed;
    return n;
}

static size_t pieces_bytes(const struct arena *memory)
{
    size_t n = 0;

    for (size_t i = 0; i < memory->n_piece; i++)
        n += is_saved(memory->piece[i].tag) ? memory->piece[i].bytes : 0;
    return n;
}

/* Whether a run can stand there, and n bytes are what its file has behind the header. */
static bool fits(const struct run *run, const struct position *at, size_t n)
{
    for (int k = 0; k < SHARING_MOST; k++)
        if (at->tested[k].n_eval < 0 || at->tested[k].n_probed < 0)
            return false;
    return at->renewed >= 0 && at->renewed <= 1 && at->n_loss >= 0 &&
           at->n_loss_sum >= 0 && at->batch >= 0 && at->experience >= 0 &&
           at->experience <= run->batches.n_experience && at->step >= 0 &&
           at->step <= run->batches.n_step &&
           n == lists_bytes(at) + pieces_bytes(&run->memory) + sizeof(uLong);
}

/* Whether the rest of the file, *n bytes, ends in the checksum of all that is before. */
static bool sum_fits(struct summed_file *io, size_t *n)
{
    char block[4096];
    size_t read, held = 0;
    uLong sum = 0;

    *n = 0;
    while ((read = fread(block + held, 1, sizeof block - held, io->file)) > 0) {
        *n += read;
        read += held;
        held =
            read < sizeof sum ? read : sizeof sum; /* the last bytes are the checksum */
        io->sum = crc32_z(io->sum, (const Bytef *)block, read - held);
        memmove(block, block + read - held, held);
    }
    if (held != sizeof sum)
        return false;
    memcpy(&sum, block, sizeof sum);
    return sum == io->sum;
}

/* Checks everything before anything is changed: a first reading over the whole file.
 * NULL, or what is wrong with it. */
static const char *find_fault(FILE *file, const struct run *run, struct header *header)
{
    struct summed_file io = {file, 0, true};
    struct header now = header_of(run);
    size_t n;

    get(&io, header, sizeof *header);
    if (!io.good)
        return "damaged";
    if (!same_program(header, &now))
        return "of another program";
    if (!same_owner(header, &now))
        return "of other settings";
    if (header->n_piece != now.n_piece || header->bytes != now.bytes ||
        !sum_fits(&io, &n) || !fits(run, &header->at, n))
        return "damaged";
    return NULL;
}

static void *read_list(struct summed_file *io, int n, size_t size)
{
    size_t room = 64;
    void *list;

    while (room < (size_t)n)
        room *= 2; /* as the lists of a run grow */
    list = malloc(room * size);
    if (list)
        get(io, list, (size_t)n * size);
    return list;
}

static enum status restore(struct run *run, FILE *file, const struct header *header,
                           struct error *err)
{
    struct summed_file io = {file, 0, true};
    bool room = true;

    if (header->at.renewed) /* what is fixed was drawn anew as well */
        run_renew(run, header->at.renewal);
    run->position = header->at;
    run->memory.peak = header->peak;
    for (int k = 0; k < SHARING_MOST; k++) {
        const struct tested *tested = &run->position.tested[k];

        run->results.eval[k] = read_list(&io, tested->n_eval, sizeof **run->results.eval);
        run->results.probed[k] =
            read_list(&io, tested->n_probed, sizeof **run->results.probed);
        room = room && run->results.eval[k] && run->results.probed[k];
    }
    run->results.loss = read_list(&io, header->at.n_loss, sizeof *run->results.loss);
    for (size_t i = 0; i < run->memory.n_piece; i++) {
        const struct arena_piece *piece = &run->memory.piece[i];

        if (is_saved(piece->tag))
            get(&io, run->memory.base + piece->offset, piece->bytes);
    }
    if (!room || !run->results.loss || !io.good)
        return error_set(err, ERR_IO, "the checkpoint could not be read back");
    return OK;
}

enum status checkpoint_read(struct run *run, FILE *file, struct error *err)
{
    struct header header;
    const char *fault = find_fault(file, run, &header);

    if (fault) {
        printf("the checkpoint is %s; the cell starts over\n", fault);
        return OK;
    }
    if (fseek(file, sizeof header, SEEK_SET) != 0)
        return error_set(err, ERR_IO, "the checkpoint could not be read back");
    return restore(run, file, &header, err);
}

enum status checkpoint_load(struct run *run, const char *path, struct error *err)
{
    struct error none = {0};
    FILE *file = file_open(path, &none);
    enum status status;

    if (!file)
        return OK;
    status = checkpoint_read(run, file, err);
    fclose(file);
    return status;
}

bool checkpoint_found(const struct cell *cell, const char *path)
{
    struct error none = {0};
    FILE *file = file_open(path, &none);
    struct header header, wanted;
    bool found = false;

    if (!file) /* of most cells there is none: nothing else is read for them */
        return false;
    wanted = header_for(cell);
    found = fread(&header, sizeof header, 1, file) == 1 && same_owner(&header, &wanted);
    fclose(file);
    return found;
}
