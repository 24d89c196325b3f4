/* Gradients by central differences, every coordinate. */
#ifndef TESTS_SUPPORT_DIFFERENCE_H
#define TESTS_SUPPORT_DIFFERENCE_H

#include <stdbool.h>
#include <stddef.h>

/* f, evaluated where `at` stands. */
typedef double difference_f(void *context);

/* d[i] = df/dat[i] for n coordinates; `at` is as before afterwards. Returns false where
 * two step sizes disagree: a kink (of a ReLU, of a max) lies within the step, draw
 * another point. The gradient under test takes no part in that. */
bool difference(difference_f *f, void *context, double *at, size_t n, double *d);

#endif
