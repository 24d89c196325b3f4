#include "tests/support/hand.h"

#include <check.h>
#include <math.h>
#include <string.h>

struct model *hand_open(struct tiny *tiny, const struct learner *learner,
                        const char *const (*option)[2])
{
    void *self = tiny_options(learner, "mlp-5");
    struct model *model = self; /* the first member of every variant */
    size_t n;

    tiny_set(learner, self, "norm", "none");
    tiny_set(learner, self, "width", "24"); /* relu(z), relu(-z), a sine in half of it */
    for (; (*option)[0]; option++) {
        ck_assert_ptr_nonnull(param_find(learner->params, (*option)[0]));
        tiny_set(learner, self, (*option)[0], (*option)[1]);
    }
    tiny_open(tiny, learner, self, 1);
    n = model->trained ? model->joint + head_size(model->d, model->m) : model->extra;
    memset(model->w.data, 0, n * sizeof *model->w.data);
    return model;
}

static real *part(const struct model *model, int t, enum block_part which)
{
    return model_block(model, t).data + model->block.weight[which];
}

/* The weights of a block's last layer: width / 2 x m, then m. */
static real *last(const struct model *model, int t)
{
    struct vec w = model_block(model, t);

    return w.data + w.n - (size_t)((model->block.width / 2 + 1) * model->m);
}

void hand_constant(const struct model *model, int t, const double *bias)
{
    real *b = last(model, t) + model->block.width / 2 * model->m;

    for (int k = 0; k < model->m; k++)
        b[k] = (real)bias[k];
}

/* Unit i of a branch (0: image, 1: label, 2: time) is unit i of the last hidden layer. */
static void pass_on(const struct model *model, int t, int branch, int i)
{
    int width = model->block.width;

    part(model, t, PART_JOIN)[(branch * width + i) * width + i] = 1;
    part(model, t, PART_FUSION)[i * (width / 2) + i] = 1;
}

void hand_linear(const struct model *model, int t, double slope, int n,
                 const double *bias)
{
    real *label = part(model, t, PART_LABEL), *end = last(model, t);
    int m = model->m, width = model->block.width;

    ck_assert_int_gt(width, 4 * m);
    hand_constant(model, t, bias);
    for (int k = 0; k < n; k++) {
        label[k * width + k] = 1;
        label[k * width + m + k] = -1;
        pass_on(model, t, 1, k);
        pass_on(model, t, 1, m + k);
        end[k * m + k] = (real)slope;
        end[(m + k) * m + k] = -(real)slope;
    }
}

void hand_wave(const struct model *model, const double *height)
{
    int m = model->m;

    part(model, 1, PART_TIME)[2 * m] = 1; /* of the first feature, the sine */
    pass_on(model, 1, 2, 2 * m);
    for (int k = 0; k < m; k++)
        last(model, 1)[2 * m * m + k] = (real)height[k];
}

void hand_head(const struct model *model, double slope, int n)
{
    for (int k = 0; k < n; k++)
        model_head(model)[k * model->m + k] = (real)slope;
}

void hand_start(real *z, size_t n, struct rng rng)
{
    struct rng start = rng_child(rng, "z_0");

    rng_normal(&start, z, n, 1);
}

void hand_softmax(const double *logit, const uint8_t *on, double *p)
{
    double sum = 0;

    for (int k = 0; k < HAND_M; k++)
        sum += on[k] ? exp(logit[k]) : 0;
    for (int k = 0; k < HAND_M; k++)
        p[k] = on[k] ? exp(logit[k]) / sum : 0;
}

void draws_add(struct draws *draws, double x)
{
    draws->n++;
    draws->sum += x;
    draws->square += x * x;
}

void draws_agree(const struct draws *draws, double want)
{
    double n = draws->n, mean = draws->sum / n;
    double variance = fmax(draws->square / n - mean * mean, 0);

    ck_assert_double_eq_tol(mean, want, 6 * sqrt(variance / n) + 1e-5 * fabs(want));
}
