/* Decoded data sets, kept between runs: files in a cache directory that processes map. To
 * decode MNIST takes longer than a small cell, and so does drawing digits. All processes of a
 * host that use a data set, ranks, shards and other runs, share the pages of its file.
 *
 * A file NAME-HASH.data holds the pixels and labels as they are in memory, then what it was
 * made from (names, sizes and times of the data set's files) and a checksum of all of it. A
 * file that is damaged, or made from other files, is made anew; one that cannot be written is
 * done without. It gets its name when it is whole and is never changed afterwards, so
 * that it may be deleted at any time. Data sets below KEPT_LEAST bytes are not kept. */
#ifndef TASKS_FORMATS_KEPT_H
#define TASKS_FORMATS_KEPT_H

#include "tasks/formats/load.h"

enum { KEPT_LEAST = 1 << 20 };

/* The cache directory: $BENCH_CACHE, else $XDG_CACHE_HOME/bench, else $HOME/.cache/bench;
 * "" where none of them is set, or BENCH_CACHE is "none": nothing is kept. */
void kept_folder(char *out, size_t n);

/* As dataset_load, from the file that is kept, where there is one; else it is made. */
enum status kept_load(struct dataset *data, const char *text, const char *folder,
                      struct dataset_form form, struct error *err);

#endif
