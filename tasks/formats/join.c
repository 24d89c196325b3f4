#include "tasks/formats/join.h"

#include <stdio.h>
#include <string.h>

#include "tasks/formats/mapping.h"

enum { N_CLASS_MAX = 256 }; /* labels are bytes */

/* Of the largest image. */
static int side_of_all(const struct dataset *part, int n)
{
    int side = 0;

    for (int i = 0; i < n; i++) {
        side = part[i].shape.height > side ? part[i].shape.height : side;
        side = part[i].shape.width > side ? part[i].shape.width : side;
    }
    return side;
}

static enum status check_shapes(const struct dataset *part, int n, struct error *err)
{
    struct shape a = part[0].shape;

    for (int i = 1; i < n; i++) {
        struct shape b = part[i].shape;

        if (a.channels != b.channels)
            return error_set(err, ERR_DATA,
                             "%s has images of %d channel(s), %s of %d: they cannot be "
                             "joined",
                             part[0].name, a.channels, part[i].name, b.channels);
        if (a.height != b.height || a.width != b.width)
            return error_set(err, ERR_DATA,
                             "%s has images of %d x %d pixels, %s of %d x %d; bring them "
                             "to one size with a line such as pad: %d",
                             part[0].name, a.height, a.width, part[i].name, b.height,
                             b.width, side_of_all(part, n));
    }
    return OK;
}

static void append(const struct images *from, size_t image, int first_class,
                   uint8_t **pixel, uint8_t **label)
{
    memcpy(*pixel, from->pixel, (size_t)from->n * image);
    for (int i = 0; i < from->n; i++)
        (*label)[i] = (uint8_t)(from->label[i] + first_class);
    *pixel += (size_t)from->n * image;
    *label += from->n;
}

static void copy_parts(struct mapping *to, struct dataset *data,
                       const struct dataset *part, int n)
{
    size_t image = (size_t)shape_size(data->shape);

    for (int i = 0; i < n; i++) {
        append(&part[i].train, image, data->n_class, &to->train.pixel, &to->train.label);
        append(&part[i].test, image, data->n_class, &to->test.pixel, &to->test.label);
        data->part_classes[data->n_part++] = part[i].n_class;
        data->n_class += part[i].n_class;
    }
}

enum status dataset_join(struct dataset *data, const char *name,
                         const struct dataset *part, int n, struct error *err)
{
    int n_train = 0, n_test = 0, n_class = 0;
    struct mapping mapping;

    *data = (struct dataset){0};
    snprintf(data->name, sizeof data->name, "%s", name);
    for (int i = 0; i < n; i++) {
        n_train += part[i].train.n;
        n_test += part[i].test.n;
        n_class += part[i].n_class;
    }
    if (check_shapes(part, n, err) != OK)
        return err->status;
    if (n_class > N_CLASS_MAX)
        return error_set(err, ERR_DATA, "%s: %d classes, more than %d", name, n_class,
                         N_CLASS_MAX);
    if (mapping_open(&mapping, data, part[0].shape, n_train, n_test,
                     (struct dataset_form){0}, err) != OK)
        return err->status;
    copy_parts(&mapping, data, part, n);
    if (mapping_finish(&mapping, data, err) != OK)
        mapping_close(data);
    return err->status;
}
