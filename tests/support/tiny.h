/* Any learner of the registry, made small: a tiny net on images of 6 x 6, five classes in
 * two tasks. */
#ifndef TESTS_SUPPORT_TINY_H
#define TESTS_SUPPORT_TINY_H

#include "core/optim/optimizer.h"
#include "core/plug/learner.h"

enum {
    TINY_PIXELS = 36,
    TINY_CLASSES = 5,
    TINY_TRAIN = 12,
    TINY_SCORE = 20,
    TINY_NETS = 3
};

extern const char *const tiny_nets[TINY_NETS];

/* A learner with a tiny net. Every learner takes the first one; those that do not train
 * every kind of layer refuse others, with a message that begins with their name. */
struct tiny_case {
    const struct learner *learner;
    const char *net;
};

/* All pairs that go together, of a list of n learners; returns how many. */
int tiny_cases(const struct learner *const *learners, int n, struct tiny_case *cases);

struct tiny {
    struct arena arena;
    const struct learner *learner;
    void *self;
    struct batch batch; /* TINY_TRAIN rows, all classes compete, no weights */
    real x[TINY_SCORE * TINY_PIXELS];
    int32_t y[TINY_SCORE], task[TINY_SCORE];
    float weight[TINY_SCORE];
};

/* The options at their defaults, but small: the net given, and few blocks of few units.
 * To be freed. */
void *tiny_options(const struct learner *learner, const char *net);

/* Sets an option where the learner has it. */
void tiny_set(const struct learner *learner, void *self, const char *name,
              const char *value);

/* Takes self (of tiny_options); fails the test where init does.
 * The images of a class are its own pattern and noise. */
void tiny_open(struct tiny *tiny, const struct learner *learner, void *self,
               uint64_t seed);
void tiny_open_threads(struct tiny *tiny, const struct learner *learner, void *self,
                       uint64_t seed, int n, struct threads *threads);
/* With something in the learner's door. */
void tiny_open_door(struct tiny *tiny, const struct learner *learner, void *self,
                    uint64_t seed, const struct optim_hook *hook);
void tiny_close(struct tiny *tiny);

/* What tiny_open gives to init. */
struct learner_env tiny_env(struct arena *arena, uint64_t seed);

/* Every row competes within its own task (classes 0-2, 3-4) and has a weight of its own.
 */
void tiny_mask(struct tiny *tiny);

struct mat tiny_images(struct tiny *tiny, int n);
struct classes tiny_all(void);

/* Trains n batches from `step` on, the stream of each from its number; the last loss. */
real tiny_train(struct tiny *tiny, int step, int n);

#endif
