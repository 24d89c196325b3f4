/* Digits drawn from strokes: a data set that needs no files.
 *
 * Each image is one of several ways of writing its digit, slanted, turned, stretched and
 * moved at random, bent by a smooth random field, drawn with a pen of random width, and
 * overlaid with noise. It is a function of its number alone: the same on every machine,
 * in any order. */
#ifndef TASKS_FORMATS_SYNTHETIC_H
#define TASKS_FORMATS_SYNTHETIC_H

#include <stdint.h>

enum {
    SYNTHETIC_SIDE = 28,
    SYNTHETIC_CLASSES = 10,
    SYNTHETIC_TRAIN = 60000, /* images 0 to 59999 */
    SYNTHETIC_TEST = 10000   /* the ones that follow */
};

/* Images first ... first + n - 1. pixel: n x 28 x 28, ink is bright; label: n. Every ten
 * images from a multiple of ten show each digit once. */
void synthetic_read(int first, int n, uint8_t *pixel, uint8_t *label);

#endif
