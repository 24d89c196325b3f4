#include "core/nn/init.h"

#include <string.h>
#include <tgmath.h>

const char *const init_names[] = {"uniform-fan-in", "xavier",     "he",
                                  "lecun",          "orthogonal", NULL};

static void uniform(real *x, size_t n, real bound, struct rng rng)
{
    for (size_t i = 0; i < n; i++)
        x[i] = bound * (2 * rng_uniform(&rng) - 1);
}

/* Vector i of the shorter side: a row where there are fewer rows than columns. */
struct side {
    real *at;
    size_t next; /* step from one element to the next */
    int n;
};

static struct side side_of(struct mat w, int i)
{
    if (w.rows < w.cols)
        return (struct side){w.data + (size_t)i * (size_t)w.ld, 1, w.cols};
    return (struct side){w.data + i, (size_t)w.ld, w.rows};
}

static double dot(struct side a, struct side b)
{
    double sum = 0;

    for (int k = 0; k < a.n; k++)
        sum += (double)a.at[(size_t)k * a.next] * (double)b.at[(size_t)k * b.next];
    return sum;
}

static void add_scaled(struct side a, struct side b, double factor)
{
    for (int k = 0; k < a.n; k++)
        a.at[(size_t)k * a.next] += (real)(factor * (double)b.at[(size_t)k * b.next]);
}

/* Gram-Schmidt on Gaussian vectors; twice is enough to reach the precision of the type.
 */
static void orthogonal(struct mat w, struct rng rng)
{
    int n = w.rows < w.cols ? w.rows : w.cols;

    rng_normal(&rng, w.data, (size_t)w.rows * (size_t)w.cols, 1);
    for (int i = 0; i < n; i++) {
        struct side v = side_of(w, i);

        for (int twice = 0; twice < 2; twice++)
            for (int j = 0; j < i; j++)
                add_scaled(v, side_of(w, j), -dot(v, side_of(w, j)));
        add_scaled(v, v, 1 / sqrt(dot(v, v)) - 1);
    }
}

void init_layer(enum init kind, struct mat w, real *b, struct rng rng)
{
    size_t n = (size_t)w.rows * (size_t)w.cols;
    real fan_in = (real)w.rows;

    if (b)
        memset(b, 0, (size_t)w.cols * sizeof *b);
    switch (kind) {
    case INIT_UNIFORM_FAN_IN:
        uniform(w.data, n, 1 / sqrt(fan_in), rng_child(rng, "weight"));
        if (b)
            uniform(b, (size_t)w.cols, 1 / sqrt(fan_in), rng_child(rng, "bias"));
        break;
    case INIT_XAVIER:
        uniform(w.data, n, sqrt(6 / (real)(w.rows + w.cols)), rng);
        break;
    case INIT_HE:
        rng_normal(&rng, w.data, n, sqrt(2 / fan_in));
        break;
    case INIT_LECUN:
        rng_normal(&rng, w.data, n, sqrt(1 / fan_in));
        break;
    case INIT_ORTHOGONAL:
        orthogonal(w, rng);
        break;
    }
}
