/* The fingerprint of a cell: a hash of every setting that determines its result. Cells
 * with the same fingerprint are the same experiment, whatever they are called.
 *
 * Results outlive versions of the program. An option that is added later is marked
 * `added_later` in its table (core/base/param.h) and must do nothing at its default; it
 * is written only where it has another value, so that a cell keeps the fingerprint it had
 * before the option existed. */
#ifndef BENCH_PLAN_FINGERPRINT_H
#define BENCH_PLAN_FINGERPRINT_H

#include <stdio.h>

#include "bench/plan/cell.h"

/* Changes when the same settings come to mean another experiment. */
enum { FINGERPRINT_FORMAT = 1 };

/* Fills cell->settings ("format: 1\nstream: split\nstream.tasks: 5\n...") from the rest
 * of the cell. Limits, ids and labels are not part of it. */
enum status fingerprint_settings_make(struct cell *cell, struct arena *arena,
                                      struct error *err);

/* Fills cell->fingerprint from its settings and seeds. */
void fingerprint_make(struct cell *cell);

/* The whole text that the fingerprint is of, that of settings.txt: cell->settings and the
 * seeds. From the arena, which must have no limit. */
const char *fingerprint_settings(const struct cell *cell, struct arena *arena);
void fingerprint_print_settings(const struct cell *cell, FILE *out);

/* Hash of a part of the settings: of the stream with the learner and how it is trained
 * and evaluated, or of the stream with the strategy. Seeds are left out. */
enum fingerprint_of { FINGERPRINT_LEARNER, FINGERPRINT_STRATEGY };
uint64_t fingerprint_part(const struct cell *cell, enum fingerprint_of part);

/* Hash of the settings that determine how a cell is trained: all but outputs.test. */
uint64_t fingerprint_training(const struct cell *cell);

/* Of the cells that are trained as one: what a checkpoint of them is known by. The
 * cell's own where it shares its training with none. */
void fingerprint_sharing(const struct cell *cell, char out[17]);

/* FNV-1a, 64 bits (Fowler, Noll, Vo). */
uint64_t fingerprint_hash(const char *text);

#endif
