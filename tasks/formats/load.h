/* Data sets by name (catalogue.h): decoded once, shared read-only. */
#ifndef TASKS_FORMATS_LOAD_H
#define TASKS_FORMATS_LOAD_H

#include "tasks/formats/catalogue.h"
#include "tasks/formats/mapping.h"

/* Decodes the data set into anonymous shared memory, so that a process forked later sees
 * the same pages. folder: as from data_folder. ERR_DATA names the file and what is wrong with it, or the
 * place looked in and the remedy. */
enum status dataset_load(struct dataset *data, const char *text, const char *folder,
                         struct dataset_form form, struct error *err);

/* A stand-in for a published data set: its shape and classes, with one black image of each
 * class in either part. ERR_DATA for a pad, or a combination of data sets, that is
 * impossible. */
enum status dataset_placeholder(struct dataset *data, const char *text,
                                struct dataset_form form, struct error *err);

void dataset_close(struct dataset *data);

#endif
