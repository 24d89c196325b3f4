/* Images with a label written into their rows, for rules that learn which label belongs
 * to an image (Hinton 2022, section 3.3): behind the image, or over its first values. */
#ifndef BASELINES_RULES_LABELLED_H
#define BASELINES_RULES_LABELLED_H

#include "core/plug/learner.h"

struct labelled {
    struct mat input; /* rows x (image and label) */
    real *scale;      /* of each row's normalisation */
    uint8_t *on;      /* n_class */
    real strength;    /* value of a label */
    int n_image, n_class;
    int slot; /* where the label begins in a row */
};

/* Set n_image, n_class, slot and strength first. Takes memory for `rows` rows of n_in
 * values. */
void labelled_take(struct labelled *labelled, int rows, int n_in, struct arena *arena);

/* Writes an image into a row, with one label, or with a neutral one that is uniform over
 * the competing classes. */
void labelled_write(const struct labelled *labelled, int row, const real *image,
                    int label);
void labelled_write_neutral(const struct labelled *labelled, int row, const real *image,
                            const uint8_t *on);

/* The first n rows, divided by their root mean square. */
struct mat labelled_normalise(const struct labelled *labelled, int n);

/* Draws a wrong label among the competing classes other than y: with probability `hard`
 * from the softmax of the logits, else uniformly; -1 where there is none. The logits are
 * overwritten. */
int labelled_draw_wrong(const struct labelled *labelled, real *logit, const uint8_t *on,
                        int y, double hard, struct rng *rng);

#endif
