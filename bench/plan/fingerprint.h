/* The fingerprint of a cell: a hash of every setting that determines its result. Cells
 * with the same fingerprint are the same experiment, whatever they are called.
 *
 * Results outlive versions of the program. An option that is added later is marked
 * `added_later` in its table (core/base/param.h) and must do nothing at its default; it
 * is written only where it has another value, so that a cell keeps the fingerprint it had
 * before the option existed. */
#ifndef BENCH_PLAN_FINGERPRINT_H
#define BENCH_PLAN_FINGERPRINT_H

#include "bench/plan/cell.h"

/* Changes when the same settings come to mean another experiment. */
enum { FINGERPRINT_FORMAT = 1 };

/* Fills cell->settings ("format: 1\nstream: split\nstream.tasks: 5\n...") and
 * cell->fingerprint from the rest of the cell. Limits, ids and labels are not part of it.
 */
enum status fingerprint_make(struct cell *cell, struct arena *arena, struct error *err);

/* Hash of the settings that determine how a cell is trained: all but outputs.test. */
uint64_t fingerprint_training(const struct cell *cell);

/* Of the cells that are trained as one: what a checkpoint of them is known by. The
 * cell's own where it shares its training with none. */
void fingerprint_sharing(const struct cell *cell, char out[17]);

/* FNV-1a, 64 bits (Fowler, Noll, Vo). */
uint64_t fingerprint_hash(const char *text);

#endif
