#include "noprop/head.h"

#include <string.h>

#include "core/nn/layers.h"
#include "core/nn/loss.h"

const char *const posterior_names[] = {"softmax", "radial", NULL};
const char *const decision_names[] = {"head", "nearest", NULL};

void head_open(struct head *head, const struct embedding *e, int n, struct arena *arena)
{
    int m = e->w.rows, d = e->w.cols;

    head->embedding = e;
    head->logit = mat_take(arena, TAG_SCRATCH, n, m);
    if (head->posterior == POSTERIOR_RADIAL) {
        head->mixed = mat_take(arena, TAG_SCRATCH, n, d);
        head->r = mat_take(arena, TAG_SCRATCH, n, m);
    }
}

size_t head_size(int d, int m)
{
    return (size_t)(d + 1) * (size_t)m;
}

static struct mat matrix(const struct head *head, real *w)
{
    return mat_of(w, head->embedding->w.cols, head->embedding->w.rows);
}

static void logits(const struct head *head, real *w, struct mat z, struct mat out)
{
    dense_forward(out, z, matrix(head, w), w + (size_t)z.cols * (size_t)out.cols);
}

static double gap(const struct head *head)
{
    return 1 / (head->sigma * head->sigma);
}

/* l_k = -||y~ - u_k||^2 / (2 sigma^2), y~ in mixed */
static void radial_logits(const struct head *head, struct mat mixed, struct mat out)
{
    embedding_nearest(head->embedding, mixed, out);
    for (int i = 0; i < out.rows; i++)
        for (int k = 0; k < out.cols; k++)
            mat_row(out, i)[k] *= (real)(gap(head) / 2);
}

/* From dl to dy~, which takes the place of y~, and to gw. The rows of dl add up to 0, so
 *   dy~ = sum_k dl_k u_k / sigma^2,   dW_k = sum_i dl_ik (y~_i - u_k) / sigma^2 */
static void radial_backward(const struct head *head, struct mat dl, struct mat mixed,
                            struct mat gw)
{
    const struct embedding *e = head->embedding;
    real by = (real)gap(head);

    for (int i = 0; gw.data && i < dl.rows; i++)
        for (int k = 0; k < dl.cols; k++)
            for (int j = 0; j < mixed.cols; j++)
                mat_row(gw, k)[j] +=
                    by * mat_row(dl, i)[k] * (mat_row(mixed, i)[j] - mat_row(e->w, k)[j]);
    for (int i = 0; i < dl.rows; i++)
        for (int k = 0; k < dl.cols; k++)
            mat_row(dl, i)[k] *= by;
    mat_mul(mixed, dl, e->w, false);
}

/* The loss, and its derivative by z A + b in `f`. */
static real radial_loss(const struct head *head, struct mat f, const struct batch *batch,
                        struct mat gw)
{
    struct mixture mix = {head->embedding, false};
    struct active_classes active = {batch, NULL};
    struct mat mixed = mat_rows(head->mixed, 0, f.rows), l = mat_rows(head->r, 0, f.rows);
    real loss;

    mixture_forward(&mix, f, mixed, active);
    radial_logits(head, mixed, l);
    loss = loss_cross_entropy(l, batch);
    radial_backward(head, l, mixed, gw);
    mixture_backward(&mix, f, mixed, l, gw, active);
    return loss;
}

real head_gradient(const struct head *head, real *w, struct mat z,
                   const struct batch *batch, real *g, struct mat gw, struct mat dz)
{
    struct mat f = mat_rows(head->logit, 0, z.rows);
    real loss;

    logits(head, w, z, f);
    loss = head->posterior == POSTERIOR_RADIAL ? radial_loss(head, f, batch, gw)
                                               : loss_cross_entropy(f, batch);
    dense_backward(matrix(head, g), g + (size_t)z.cols * (size_t)f.cols, z, f);
    if (dz.data)
        mat_mul_nt(dz, f, matrix(head, w), false);
    return loss;
}

void head_score(const struct head *head, real *w, struct mat z, struct classes competing,
                struct mat out)
{
    struct mixture mix = {head->embedding, false};

    if (head->decision == DECISION_NEAREST) {
        embedding_nearest(head->embedding, z, out);
        return;
    }
    logits(head, w, z, out);
    if (head->posterior == POSTERIOR_RADIAL) {
        struct mat mixed = mat_rows(head->mixed, 0, z.rows);

        mixture_forward(&mix, out, mixed, (struct active_classes){NULL, competing.on});
        radial_logits(head, mixed, out);
    }
}
