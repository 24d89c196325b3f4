#include "bench/run/stream_record.h"

#include <inttypes.h>
#include <stdlib.h>

#include "core/base/file.h"
#include "core/base/fnv.h"
#include "results/data/csv.h"

enum { CLASSES_TEXT = 2048 };

static uint64_t hash_subset(uint64_t hash, const struct subset *subset)
{
    size_t bytes = (size_t)subset->n * sizeof(int32_t);

    return fnv_add(fnv_add(hash, subset->row, bytes), subset->label, bytes);
}

static uint64_t digest(const struct scenario *scenario, int task, uint8_t *pixel)
{
    uint64_t hash = fnv_of_nothing;
    int32_t y;

    hash = hash_subset(hash, &scenario->train[task]);
    hash = hash_subset(hash, &scenario->test[task]);
    scenario_read(scenario, task, PART_TRAIN, 0, pixel, &y);
    return fnv_add(hash, pixel, (size_t)scenario->n_pixel);
}

/* The class of the data set that is class k of the stream: its images tell; -1 where it
 * has none. */
static int original(const struct scenario *scenario, int task, int k)
{
    struct subset all = scenario->stream->subset(scenario->self, task, PART_TRAIN);

    for (int i = 0; i < all.n; i++)
        if (all.label[i] == k)
            return scenario->data->train.label[all.row[i]];
    return -1;
}

/* "3 1" */
static void print_classes(const struct scenario *scenario, int task, char *out)
{
    struct range range = scenario->range[task];
    size_t used = 0;

    *out = '\0';
    for (int k = range.first; k < range.first + range.n && used < CLASSES_TEXT - 8; k++) {
        int class = original(scenario, task, k);

        if (class >= 0)
            used += (size_t)snprintf(out + used, CLASSES_TEXT - used, "%s%d",
                                     used ? " " : "", class);
    }
}

enum status stream_record_save(const struct scenario *scenario, const char *path,
                               struct error *err)
{
    uint8_t *pixel = malloc((size_t)scenario->n_pixel);
    char classes[CLASSES_TEXT], hash[17];
    struct file file;
    struct csv csv;

    if (!pixel)
        return error_no_memory(err);
    if (file_begin(&file, path, err) == OK) {
        csv = (struct csv){.out = file.out};
        fputs("task,classes,train,test,digest\n", file.out);
        for (int t = 0; t < scenario->n_task; t++) {
            print_classes(scenario, t, classes);
            snprintf(hash, sizeof hash, "%016" PRIx64, digest(scenario, t, pixel));
            csv_integer(&csv, t + 1);
            csv_text(&csv, classes);
            csv_integer(&csv, scenario->train[t].n);
            csv_integer(&csv, scenario->test[t].n);
            csv_text(&csv, hash);
            csv_end(&csv);
        }
        file_put(&file, err);
    }
    free(pixel);
    return err->status;
}
