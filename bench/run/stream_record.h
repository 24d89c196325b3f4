/* What the tasks of a run were made of, on record: cells/<cell>/stream.csv. A shuffled
 * order of classes can be read there and written into a suite as an explicit one. */
#ifndef BENCH_RUN_STREAM_RECORD_H
#define BENCH_RUN_STREAM_RECORD_H

#include "bench/data/scenario.h"

/* Writes task,classes,train,test,digest: the classes as the data set numbers them, in the
 * order of the task; how many images it trains on and is judged by; a hash of these rows
 * with their labels and of the first image as the task shows it. */
enum status stream_record_save(const struct scenario *scenario, const char *path,
                               struct error *err);

#endif
