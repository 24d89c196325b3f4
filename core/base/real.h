/* The number type of every tensor.
 *
 * The product computes in float. The tests compile the same sources a second time with
 * CORE_DOUBLE, so that a gradient can be held against a central difference to many
 * digits. Use <tgmath.h> for exp, log, tanh and so on: it picks the function of the
 * argument's type. */
#ifndef CORE_BASE_REAL_H
#define CORE_BASE_REAL_H

#ifdef CORE_DOUBLE
typedef double real;
#else
typedef float real;
#endif

#endif
