/* Forward-Forward without training: the head, the goodness of every label, features. */
#include "baselines/rules/forward_forward.h"

#include <math.h>
#include <string.h>

struct mat ff_head(const struct forward_forward *ff, real *block, int l)
{
    const struct mlp_layer *layer = &ff->mlp.layer[l];
    size_t before = layer->value - ff->mlp.layer[ff->first].value;

    return mat_of(block + before * (size_t)ff->n_out, layer->n_out, ff->n_out);
}

const uint8_t *ff_labels(const struct forward_forward *ff, const uint8_t *competing)
{
    int n = 0;

    for (int k = 0; k < ff->n_out; k++)
        n += ff->allowed[k] = (!competing || competing[k]) && (ff->unseen || ff->met[k]);
    for (int k = 0; k < ff->n_out && n == 0; k++)
        ff->allowed[k] = !competing || competing[k];
    return ff->allowed;
}

struct mat ff_head_forward(const struct forward_forward *ff, struct mat x,
                           const struct mlp_values *values, struct mat logit)
{
    real *head = ff->w.data + ff->mlp.n_weight;

    for (int l = 1; l <= ff->mlp.n_layer; l++) {
        struct mat h = values ? mlp_value(&ff->mlp, values, l, x.rows)
                              : mlp_pair_value(&ff->mlp, &ff->pair, l, x.rows);

        mlp_layer_forward(&ff->mlp, ff->w.data, l, h, x);
        rmsnorm_forward(h, ff->scale);
        if (l >= ff->first && logit.data)
            mat_mul(logit, h, ff_head(ff, head, l), l > ff->first);
        x = h;
    }
    return x;
}

real ff_goodness(const real *h, int n)
{
    real sum = 0;

    for (int j = 0; j < n; j++)
        sum += h[j] * h[j];
    return sum;
}

static void score_softmax(const struct forward_forward *ff, struct mat x,
                          struct classes competing, struct mat out)
{
    for (int i = 0; i < x.rows; i++)
        labelled_write_neutral(&ff->labelled, i, mat_row(x, i),
                               ff_labels(ff, competing.on));
    ff_head_forward(ff, labelled_normalise(&ff->labelled, x.rows), NULL, out);
}

/* shared = xhat W_1 + b_1 without the label's share of the product; scale[i]: the value
 * of a label in row i after normalisation, times `strength`. */
static struct mat score_shared(const struct forward_forward *ff, struct mat x)
{
    struct mat shared = mat_rows(ff->shared, 0, x.rows), input;
    struct dense first = mlp_dense(&ff->mlp, ff->w.data, 1);

    for (int i = 0; i < x.rows; i++)
        labelled_write(&ff->labelled, i, mat_row(x, i), 0);
    input = labelled_normalise(&ff->labelled, x.rows);
    for (int i = 0; i < x.rows; i++)
        mat_row(input, i)[ff->labelled.slot] = 0;
    dense_forward(shared, input, first.w, first.b);
    return shared;
}

/* out[k] = goodness with label k of the layers that decide. */
static void score_label(const struct forward_forward *ff, struct mat shared, int k,
                        struct mat out)
{
    const struct mlp *mlp = &ff->mlp;
    const real *label = mat_row(mlp_dense(mlp, ff->w.data, 1).w, ff->labelled.slot + k);
    struct mat h = mlp_pair_value(mlp, &ff->pair, 1, shared.rows);

    for (int i = 0; i < h.rows; i++) {
        real size = ff->labelled.strength * ff->labelled.scale[i];

        for (int j = 0; j < h.cols; j++)
            mat_row(h, i)[j] = mat_row(shared, i)[j] + size * label[j];
        mat_row(out, i)[k] = 0;
    }
    act_forward(ACT_RELU, h, h);
    for (int l = 1;; l++) {
        struct mat next;

        for (int i = 0; i < h.rows && l >= ff->first; i++)
            mat_row(out, i)[k] += ff_goodness(mat_row(h, i), h.cols);
        if (l == mlp->n_layer)
            return;
        rmsnorm_forward(h, ff->scale);
        next = mlp_pair_value(mlp, &ff->pair, l + 1, h.rows);
        mlp_layer_forward(mlp, ff->w.data, l + 1, next, h);
        h = next;
    }
}

/* Does the head decide? */
static bool by_head(const struct forward_forward *ff)
{
    return ff->decision == DECISION_SOFTMAX || ff->negatives == NEGATIVES_HYBRIDS;
}

void ff_score(const void *self, struct mat x, struct classes competing, struct rng rng,
              struct mat out)
{
    const struct forward_forward *ff = self;
    const uint8_t *labels = ff_labels(ff, competing.on);
    struct mat shared;

    if (by_head(ff)) {
        score_softmax(ff, x, competing, out);
        return;
    }
    shared = score_shared(ff, x);
    for (int k = 0; k < competing.n; k++)
        if (labels[k])
            score_label(ff, shared, k, out);
        else if (competing.on[k])
            for (int i = 0; i < x.rows; i++)
                mat_row(out, i)[k] = -INFINITY;
}

/* With every label. */
double ff_score_flops(const void *self)
{
    const struct forward_forward *ff = self;
    double all = mlp_flops(&ff->mlp), first = mlp_layer_flops(&ff->mlp, 1);

    if (by_head(ff))
        return all + 2.0 * (double)(ff->w.n - ff->mlp.n_weight);
    return first + ff->n_out * (all - first);
}

/* Features: the normalised activity of the last layer, the label neutral over all classes
 * seen. */
int ff_n_feature(const void *self)
{
    const struct forward_forward *ff = self;

    return ff->mlp.layer[ff->mlp.n_layer].n_out;
}

void ff_features(const void *self, struct mat x, struct rng rng, struct mat out)
{
    const struct forward_forward *ff = self;

    for (int i = 0; i < x.rows; i++)
        labelled_write_neutral(&ff->labelled, i, mat_row(x, i), ff_labels(ff, NULL));
    x = labelled_normalise(&ff->labelled, x.rows);
    mat_copy(out, ff_head_forward(ff, x, NULL, (struct mat){0}));
}
