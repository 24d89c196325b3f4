#include "bench/data/doubts.h"

#include <string.h>

#include "tasks/formats/catalogue.h"

enum { CLASSES = 256, SHOWN = 8 }; /* labels of a data set are bytes */

/* "class 3", "classes 3, 7", and how many; NULL = none is marked. */
static const char *name_marked(const uint8_t *marked, int *n_marked, struct arena *arena)
{
    const char *list = NULL;
    int n = 0;

    for (int c = 0; c < CLASSES; c++)
        if (marked[c] && n++ < SHOWN)
            list =
                list ? arena_text(arena, "%s, %d", list, c) : arena_text(arena, "%d", c);
    *n_marked = n;
    if (!list)
        return NULL;
    return arena_text(arena, "class%s %s%s", n > 1 ? "es" : "", list,
                      n > SHOWN ? ", ..." : "");
}

static void unmark(uint8_t *marked, const struct images *images)
{
    for (int i = 0; i < images->n; i++)
        marked[images->label[i]] = 0;
}

static const char *empty_classes(const struct dataset *data, struct arena *arena)
{
    uint8_t marked[CLASSES] = {0};
    const char *name;
    int n;

    memset(marked, 1, (size_t)data->n_class);
    unmark(marked, &data->train);
    unmark(marked, &data->test);
    name = name_marked(marked, &n, arena);
    if (!name)
        return NULL;
    return arena_text(arena,
                      "%s has no image of %s, whose output competes all the same; do its "
                      "labels begin at 1?",
                      data->name, name);
}

static bool is_trained(const struct scenario *s, int32_t output)
{
    for (int t = 0; t < s->n_task; t++)
        if (s->images[(size_t)t * (size_t)s->n_out + (size_t)output] > 0)
            return true;
    return false;
}

static const char *untrained_classes(const struct scenario *s, struct arena *arena)
{
    uint8_t marked[CLASSES] = {0};
    const char *name;
    int n;

    for (int t = 0; t < s->n_task; t++) {
        int32_t last = -1; /* rows of a class often follow each other */
        bool trained = true;

        for (int i = 0; i < s->test[t].n; i++) {
            int32_t output = scenario_output(s, t, s->test[t].label[i]);

            if (output != last)
                trained = is_trained(s, output);
            last = output;
            if (!trained)
                marked[s->test_images->label[s->test[t].row[i]]] = 1;
        }
    }
    name = name_marked(marked, &n, arena);
    if (!name)
        return NULL;
    return arena_text(arena,
                      "%s of %s %s tested, but no task trains on an image of %s: every "
                      "answer to %s is wrong",
                      name, s->data->name, n > 1 ? "are" : "is", n > 1 ? "them" : "it",
                      n > 1 ? "them" : "it");
}

/* The first name that stands twice in "mnist + mnist", in `twice`. */
static bool find_twice(const char *text, char twice[DATASET_NAME])
{
    char other[DATASET_NAME];

    while (dataset_next(&text, twice))
        for (const char *rest = text; dataset_next(&rest, other);)
            if (strcmp(twice, other) == 0)
                return true;
    return false;
}

static const char *joined_with_itself(const struct scenario *s, struct arena *arena)
{
    char name[DATASET_NAME];

    if (!stream_setup_competing(&s->setup) || !find_twice(s->setup.dataset, name))
        return NULL;
    return arena_text(arena,
                      "%s is joined with itself: the same images have two labels, of "
                      "which one is counted as wrong where the outputs of all tasks "
                      "compete",
                      name);
}

int doubts_of(const struct scenario *scenario, const char *list[DOUBTS_MOST],
              struct arena *arena)
{
    const char *found[DOUBTS_MOST] = {empty_classes(scenario->data, arena),
                                      untrained_classes(scenario, arena),
                                      joined_with_itself(scenario, arena)};
    int n = 0;

    for (int i = 0; i < DOUBTS_MOST; i++)
        if (found[i])
            list[n++] = found[i];
    return n;
}
