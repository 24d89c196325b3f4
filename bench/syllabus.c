#include "bench/syllabus.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/file.h"
#include "core/fnv.h"
#include "results/csv.h"

enum { CLASSES_TEXT = 2048 };

static uint64_t hash_subset(uint64_t hash, const struct subset *subset)
{
    size_t bytes = (size_t)subset->n * sizeof(int32_t);

    return fnv_add(fnv_add(hash, subset->row, bytes), subset->label, bytes);
}

static uint64_t digest(const struct course *course, int task, uint8_t *pixel)
{
    uint64_t hash = fnv_of_nothing;
    int32_t y;

    hash = hash_subset(hash, &course->train[task]);
    hash = hash_subset(hash, &course->test[task]);
    course_read(course, task, PART_TRAIN, 0, pixel, &y);
    return fnv_add(hash, pixel, (size_t)course->n_pixel);
}

/* The class of the data set that is class k of the stream: its images tell; -1 where it
 * has none. */
static int original(const struct course *course, int task, int k)
{
    struct subset all = course->stream->subset(course->self, task, PART_TRAIN);

    for (int i = 0; i < all.n; i++)
        if (all.label[i] == k)
            return course->data->train.label[all.row[i]];
    return -1;
}

/* "3 1" */
static void print_classes(const struct course *course, int task, char *out)
{
    struct range range = course->range[task];
    size_t used = 0;

    *out = '\0';
    for (int k = range.first; k < range.first + range.n && used < CLASSES_TEXT - 8; k++) {
        int class = original(course, task, k);

        if (class >= 0)
            used += (size_t)snprintf(out + used, CLASSES_TEXT - used, "%s%d",
                                     used ? " " : "", class);
    }
}

enum status syllabus_save(const struct course *course, const char *path,
                          struct error *err)
{
    uint8_t *pixel = malloc((size_t)course->n_pixel);
    char classes[CLASSES_TEXT], hash[17];
    struct file file;
    struct csv csv;

    if (!pixel)
        return error_set(err, ERR_MEMORY, "the machine has no memory left");
    if (file_begin(&file, path, err) == OK) {
        csv = (struct csv){.out = file.out};
        fputs("task,classes,train,test,digest\n", file.out);
        for (int t = 0; t < course->n_task; t++) {
            print_classes(course, t, classes);
            snprintf(hash, sizeof hash, "%016" PRIx64, digest(course, t, pixel));
            csv_integer(&csv, t + 1);
            csv_text(&csv, classes);
            csv_integer(&csv, course->train[t].n);
            csv_integer(&csv, course->test[t].n);
            csv_text(&csv, hash);
            csv_end(&csv);
        }
        file_commit(&file, err);
    }
    free(pixel);
    return err->status;
}
