/* What the tasks of a run were made of, on record: cells/<cell>/stream.csv. A shuffled
 * order of classes can be read there and written into a suite as an explicit one. */
#ifndef BENCH_SYLLABUS_H
#define BENCH_SYLLABUS_H

#include "bench/course.h"

/* Writes task,classes,train,test,digest: the classes as the data set numbers them, in the
 * order of the task; how many images it trains on and is judged by; a hash of these rows
 * with their labels and of the first image as the task shows it. */
enum status syllabus_save(const struct course *course, const char *path,
                          struct error *err);

#endif
