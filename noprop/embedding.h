/* Class embeddings u_y, the rows of W (m classes x d), and when they are set (Li, Teh
 * & Pascanu 2025, section 2.2.1).
 *
 *   one-hot    the identity; fixed from the start, for all classes of the stream
 *   learned    orthonormal rows where m <= d, otherwise (or by choice) normal ones of
 *              expected length 1; there from the start, for all classes
 *   prototype  the image of smallest median distance to the others of its class, pixels
 *              in 0..1, d = size of the image; of a class of more than `sample` images
 *              that many are compared, drawn at random. It is set from the images of
 *              the first task with the class. Until then the class takes no part in any
 *              mixture, nor in the search for the nearest. Without tasks the first
 *              image of a class that is trained on is its prototype, with its pixels
 *              normalised as they are. */
#ifndef NOPROP_EMBEDDING_H
#define NOPROP_EMBEDDING_H

#include "core/plug/learner.h"

enum embedding_kind { EMBEDDING_ONE_HOT, EMBEDDING_LEARNED, EMBEDDING_PROTOTYPE };
enum embedding_init { EMBEDDING_ORTHOGONAL, EMBEDDING_RANDOM };

extern const char *const embedding_names[], *const embedding_init_names[];

struct embedding {
    enum embedding_kind kind;
    struct mat w;   /* m x d; the caller of embedding_open sets where it lies */
    uint8_t *known; /* m; NULL = all are */
    int sample;     /* prototypes: images of a class that are compared at most */
    struct mat images, product; /* sample x d, rows x sample: scratch */
    real *square, *distance;    /* sample */
};

/* d of that kind; `dim` is that of learned ones. */
int embedding_dim(enum embedding_kind kind, int dim, int m, struct shape image);

/* Takes what prototypes need; the caller sets w. */
void embedding_open(struct embedding *e, enum embedding_kind kind, int sample, int m,
                    int d, struct arena *arena);
void embedding_start(const struct embedding *e, enum embedding_init init, struct rng rng);

/* Prototypes of the new classes of this task. */
void embedding_begin_task(const struct embedding *e, const struct task_view *task,
                          struct rng rng);

/* Prototypes of the classes in the batch that have none. */
void embedding_observe(const struct embedding *e, const struct batch *batch);

static inline bool embedding_known(const struct embedding *e, int k)
{
    return !e->known || e->known[k];
}

/* -|| z_i - u_k ||^2 for every class; -inf for one not yet known. */
void embedding_nearest(const struct embedding *e, struct mat z, struct mat out);

#endif
