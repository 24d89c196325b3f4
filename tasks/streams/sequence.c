/* Sequence: each task is a data set, one after the other: dataset: "mnist +
 * fashion-mnist".
 *
 * Class c of a data set keeps its place within the task; in the domain scenario class c
 * of all data sets is one output. */
#include "core/base/arena.h"
#include "core/plug/stream.h"
#include "tasks/streams/subset.h"

enum { N_CLASS_MAX = 256 }; /* labels of a data set are bytes */

struct sequence {
    int n_task;
    struct range range[DATASET_PARTS];
    struct subset part[2][DATASET_PARTS]; /* by enum part */
};

static const struct param params[] = {{0}};

static enum status sequence_init(void *state, const struct stream_env *env,
                                 struct error *err)
{
    struct sequence *self = state;
    const struct dataset *data = env->data;
    int32_t number[N_CLASS_MAX];
    int first = 0;

    if (data->n_part < 2)
        return error_set(err, ERR_SUITE,
                         "sequence needs several data sets, such as dataset: "
                         "mnist + fashion-mnist, not %s alone",
                         data->name);
    for (int c = 0; c < data->n_class; c++)
        number[c] = c;
    self->n_task = data->n_part;
    for (int t = 0; t < self->n_task; t++) {
        self->range[t] = (struct range){first, data->part_classes[t]};
        first += data->part_classes[t];
        for (int p = PART_TRAIN; p <= PART_TEST; p++)
            self->part[p][t] = subset_of_classes(
                env->arena, subset_images(data, (enum part)p), number, self->range[t]);
    }
    return arena_check(env->arena, err);
}

static int sequence_n_task(const void *state)
{
    const struct sequence *self = state;

    return self->n_task;
}

static struct subset sequence_subset(const void *state, int task, enum part part)
{
    const struct sequence *self = state;

    return self->part[part][task];
}

static struct range sequence_classes(const void *state, int task)
{
    const struct sequence *self = state;

    return self->range[task];
}

const struct stream stream_sequence = {
    .name = "sequence",
    .about = "data sets, one after the other",
    .source = "Serra, Suris, Miron, Karatzoglou: Overcoming Catastrophic Forgetting with "
              "Hard Attention to the Task, ICML 2018, section 4",
    .params = params,
    .size = sizeof(struct sequence),
    .init = sequence_init,
    .n_task = sequence_n_task,
    .subset = sequence_subset,
    .classes = sequence_classes,
};
