/* Nearest class mean on the pixels: the mean image of each class is kept, and an image
 * belongs to the class whose mean is nearest. Nothing is shared between classes, so
 * nothing is forgotten: a lower bound for accuracy and no forgetting. */
#include <math.h>
#include <stddef.h>

#include "core/nn/distance.h"
#include "core/plug/learner.h"

struct nearest_mean {
    struct mat mean; /* n_out x n_in */
    real *count;     /* n_out: weight of the rows seen */
};

static enum status init(void *self, const struct learner_env *env, struct error *err)
{
    struct nearest_mean *nm = self;

    nm->mean = mat_take(env->arena, TAG_WEIGHT, env->n_out, shape_size(env->image));
    nm->count = arena_take(env->arena, TAG_STATE, (size_t)env->n_out, sizeof(real));
    return arena_check(env->arena, err);
}

/* mean += w / count (x - mean); the loss is the mean squared distance to the own mean. */
static real train(void *self, const struct batch *batch, struct rng rng)
{
    struct nearest_mean *nm = self;
    real loss = 0;

    for (int i = 0; i < batch->x.rows; i++) {
        const real *x = mat_rows(batch->x, i, 1).data;
        real *mean = mat_rows(nm->mean, batch->y[i], 1).data;
        real weight = batch->weight ? batch->weight[i] : 1;
        real rate = weight / (nm->count[batch->y[i]] += weight);

        if (weight == 0) /* weight / count may be 0 / 0 */
            continue;
        for (int j = 0; j < batch->x.cols; j++) {
            real from_mean = x[j] - mean[j];

            loss += weight * from_mean * from_mean / (real)batch->x.rows;
            mean[j] += rate * from_mean;
        }
    }
    return loss;
}

/* -||x - mean||^2; a class never seen is infinitely far. */
static void score(const void *self, struct mat x, struct classes competing,
                  struct rng rng, struct mat out)
{
    const struct nearest_mean *nm = self;

    for (int i = 0; i < x.rows; i++)
        for (int k = 0; k < competing.n; k++) {
            real distance = squared_distance(mat_row(x, i), mat_row(nm->mean, k), x.cols);

            mat_row(out, i)[k] = nm->count[k] > 0 ? -distance : -INFINITY;
        }
}

static struct vec weights(const void *self)
{
    const struct nearest_mean *nm = self;

    return (struct vec){nm->mean.data, (size_t)nm->mean.rows * (size_t)nm->mean.cols};
}

static double flops(const void *self)
{
    return 4.0 * ((const struct nearest_mean *)self)->mean.cols;
}

static double score_flops(const void *self)
{
    const struct nearest_mean *nm = self;

    return 3.0 * nm->mean.rows * nm->mean.cols;
}

const struct learner learner_nearest_mean = {
    .name = "nearest-mean",
    .about = "nearest class mean on the pixels: learns little, forgets nothing",
    .source = "nearest-centroid classifier",
    .size = sizeof(struct nearest_mean),
    .init = init,
    .train = train,
    .score = score,
    .weights = weights,
    .flops = flops,
    .score_flops = score_flops,
};
