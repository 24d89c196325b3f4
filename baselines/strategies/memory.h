/* Stored examples: what replay, DER, A-GEM, GEM, iCaRL and GDumb keep.
 *
 * Images are kept as bytes, as the task shows them, in slots 0 .. stored-1. The
 * policy says which are kept:
 *
 *   boundary   a number of each class, drawn at random when its task ends (van de Ven,
 *              Tuytelaars & Tolias 2022)
 *   reservoir  each row offered so far with the same probability (Vitter 1985)
 *   ring       the latest of each key, equal shares (Lopez-Paz & Ranzato 2017)
 *   balanced   class-balancing reservoir (Chrysakis & Moens 2020, algorithm 1): a key
 *              that was never a largest one takes from a largest one; the others keep a
 *              reservoir each
 *   greedy     a key is filled to an equal share of the keys met so far, at the expense
 *              of a largest one (Prabhu, Torr & Dokania 2020, algorithm 1)
 *
 * The key is the class of the stream (where outputs are shared, task and output), or the
 * task. Room is taken for no more images than the stream can bring, so that what is
 * counted as buffer is what can be used; who stays is not changed by that. */
#ifndef BASELINES_STRATEGIES_MEMORY_H
#define BASELINES_STRATEGIES_MEMORY_H

#include "core/plug/strategy.h"

enum memory_policy {
    MEMORY_RESERVOIR,
    MEMORY_RING,
    MEMORY_BALANCED,
    MEMORY_GREEDY,
    MEMORY_BOUNDARY
};

extern const char *const memory_policies[]; /* the first three: those with an option */

struct memory_spec {
    enum memory_policy policy;
    int images; /* in all; of each class with boundary */
    bool by_task;
    int n_extra;    /* reals kept beside each image */
    bool each_once; /* filled when a task ends, with each image of it at most once; else
                        with rows as they are trained on, as often as that is (boundary:
                        always so) */
};

struct memory {
    struct memory_spec spec;
    int capacity; /* slots */
    int share;    /* ring: slots of each key */
    int n_key, n_pixel, n_out, n_task;
    bool shared;       /* outputs */
    uint8_t *pixel;    /* capacity x n_pixel */
    int32_t *y, *task; /* capacity */
    real *extra;       /* capacity x n_extra */
    int32_t *stored;   /* images held */
    int64_t *seen;     /* rows offered */
    int32_t *first;    /* boundary: n_task + 1 slots, of the first image of each task */
    int32_t *held;     /* n_key: images held of each */
    int64_t *offered;  /* n_key: rows offered of each */
    uint8_t *largest;  /* n_key: was a largest one before */
    int32_t *ring;     /* ring: capacity slots, key after key */
    int32_t *count, *slot; /* boundary: n_out, scratch */
    uint8_t *candidate;    /* boundary: n_pixel, scratch */
};

/* Takes the memory (TAG_BUFFER) from env->arena. ERR_USAGE where it can hold nothing. */
enum status memory_init(struct memory *memory, const struct memory_spec *spec,
                        const struct strategy_env *env, struct error *err);

/* Offers a row; the slot where it is kept, or -1. Not for boundary. */
int memory_offer(const struct memory *memory, const uint8_t *pixel, int32_t y,
                 int32_t task, struct rng *rng);

/* boundary: draws from a task that has ended. */
void memory_end_task(const struct memory *memory, const struct task_view *view,
                     struct rng rng);

/* Adds n rows, drawn with replacement from the slots first .. last-1, to the batch, with
 * weight 1; stores their slots where slot is not NULL. */
void memory_draw(const struct memory *memory, struct batch_builder *builder, int first,
                 int last, int n, int32_t *slot, struct rng *rng);

/* Adds the image of a slot to the batch. */
void memory_add(const struct memory *memory, struct batch_builder *builder, int slot);

/* What a row is kept by (above): 0 .. n_key-1. */
int memory_key(const struct memory *memory, int32_t y, int32_t task);

/* For estimates: how many images are held after that many rows were offered; how many of
 * the rows from-th to to-th a reservoir is expected to keep. */
double memory_count_stored(const struct memory *memory, double offered);
double memory_count_kept(const struct memory *memory, double from, double to);

/* Into a slot, whatever the policy says. */
void memory_put(const struct memory *memory, int slot, const uint8_t *pixel, int32_t y,
                int32_t task);

uint8_t *memory_image(const struct memory *memory, int slot);
real *memory_extra(const struct memory *memory, int slot);

/* A builder for n rows of stored images: scratch. */
void memory_take_builder(struct batch_builder *builder, int n,
                         const struct strategy_env *env);

/* Why GEM and A-GEM refuse a learner; by how many rows their gradients exceed a batch. */
extern const char memory_why_step[];
int memory_rows_beyond(int rows, int batch);

/* The learner's gradient on the rows of the builder, which are augmented first, as part
 * of the training step of the batch `now`; x (at least builder.n rows) and g are
 * overwritten. */
void memory_gradient(const struct learner_handle *handle, struct batch_builder builder,
                     struct mat x, const struct batch *now, struct rng rng, real *g);

#endif
