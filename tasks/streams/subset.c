#include "tasks/streams/subset.h"

const struct images *subset_images(const struct dataset *data, enum part part)
{
    return part == PART_TRAIN ? &data->train : &data->test;
}

static bool within(struct range range, int32_t number)
{
    return number >= range.first && number < range.first + range.n;
}

struct subset subset_of_classes(struct arena *arena, const struct images *images,
                                const int32_t *number, struct range range)
{
    int32_t *row, *label;
    int n = 0;

    for (int i = 0; i < images->n; i++)
        n += within(range, number[images->label[i]]);
    row = arena_take(arena, TAG_FIXED, (size_t)n, sizeof *row);
    label = arena_take(arena, TAG_FIXED, (size_t)n, sizeof *label);
    if (!row || !label)
        return (struct subset){0};
    for (int i = 0, k = 0; k < n; i++)
        if (within(range, number[images->label[i]])) {
            row[k] = i;
            label[k++] = number[images->label[i]];
        }
    return (struct subset){row, label, n};
}

static const int32_t *all_rows(struct arena *arena, int n)
{
    int32_t *row = arena_take(arena, TAG_FIXED, (size_t)n, sizeof *row);

    for (int i = 0; row && i < n; i++)
        row[i] = i;
    return row;
}

struct subset subset_of_all(struct arena *arena, const struct images *images, int first,
                            const struct subset *like)
{
    const int32_t *row = like ? like->row : all_rows(arena, images->n);
    int32_t *label = arena_take(arena, TAG_FIXED, (size_t)images->n, sizeof *label);

    if (!row || !label)
        return (struct subset){0};
    for (int i = 0; i < images->n; i++)
        label[i] = first + images->label[i];
    return (struct subset){row, label, images->n};
}

struct subset *subset_of_all_each(struct arena *arena, const struct dataset *data,
                                  enum part part, int n)
{
    const struct images *images = subset_images(data, part);
    struct subset *subset = arena_take(arena, TAG_FIXED, (size_t)n, sizeof *subset);

    for (int t = 0; subset && t < n; t++)
        subset[t] = subset_of_all(arena, images, t * data->n_class, t ? subset : NULL);
    return subset;
}
