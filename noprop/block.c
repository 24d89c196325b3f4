#include "noprop/block.h"

/* ---------------------------------------------------------------- memory */

void block_take_work(const struct block *block, struct block_work *work, int n_train,
                     int n_score, int workers, struct arena *arena)
{
    int most = n_train > n_score ? n_train : n_score;

    for (int i = 0; i < N_BLOCK_PART; i++)
        if (block->has[i])
            net_take_work(&block->part[i], &work->part[i], n_train, n_score,
                          block->wants_dx[i], workers, arena);
    work->joined = mat_take(arena, TAG_ACTIVATION, most, block->n_joined * block->width);
    work->encoded = mat_take(arena, TAG_SCRATCH, n_score, block->width);
    work->dlabel = mat_take(arena, TAG_SCRATCH, n_train, block->width);
}

void block_take_more(const struct block *block, struct block_work *work,
                     const struct block_work *first, struct arena *arena)
{
    struct mat like = first->joined;

    *work = *first;
    for (int i = 0; i < N_BLOCK_PART; i++)
        if (block->has[i])
            net_take_more(&block->part[i], &work->part[i], &first->part[i], arena);
    work->joined = mat_take(arena, TAG_ACTIVATION, like.rows, like.cols);
}

/* NULL in a block without batch norm. */
static real *part_state(const struct block *block, int part, real *state)
{
    return state ? state + block->state[part] : NULL;
}

void block_init(const struct block *block, real *w, real *state, enum init init,
                struct rng rng)
{
    for (int i = 0; i < N_BLOCK_PART; i++)
        if (block->has[i]) {
            net_init_weights(&block->part[i], w + block->weight[i], init,
                             rng_at(rng, (uint64_t)i));
            net_init_state(&block->part[i], part_state(block, i, state));
        }
}

/* ---------------------------------------------------------------- training */

/* How the parts are run: training passes store what their backward needs. */
struct run {
    const struct block *block;
    const real *w;
    real *state;
    const struct block_work *work;
    enum net_mode mode;
    struct rng rng;
};

static struct mat run_part(const struct run *run, enum block_part part, struct mat in)
{
    struct net_pass pass = {run->w + run->block->weight[part], &run->work->part[part], in,
                            rng_at(run->rng, (uint64_t)part)};

    return net_forward(&run->block->part[part], &pass,
                       part_state(run->block, (int)part, run->state), run->mode);
}

/* to += from */
static void add_rows(struct mat to, struct mat from)
{
    for (int i = 0; i < to.rows; i++)
        for (int j = 0; j < to.cols; j++)
            mat_row(to, i)[j] += mat_row(from, i)[j];
}

/* Branch i of [f e s]. */
static struct mat branch(const struct block *block, struct mat joined, int i)
{
    return mat_cols(joined, i * block->width, block->width);
}

/* e = h + skip(h), or its relu. */
static void add_skip(const struct block *block, struct mat e, struct mat skip)
{
    add_rows(e, skip);
    for (int i = 0; block->relu_sum && i < e.rows; i++)
        act_forward(ACT_RELU, mat_rows(e, i, 1), mat_rows(e, i, 1));
}

size_t block_squares(const struct block *block)
{
    return net_squares(&block->part[PART_IMAGE]);
}

void block_share_squares(struct block_work *work, const double *squares)
{
    work->part[PART_IMAGE].squares = squares;
}

void block_square(const struct block *block, const struct block_work *work, struct mat x,
                  double *squares)
{
    net_square(&block->part[PART_IMAGE], &work->part[PART_IMAGE], x, squares);
}

struct mat block_forward(const struct block *block, const real *w, real *state,
                         const struct block_work *work, struct block_input in,
                         enum net_mode mode, struct rng rng)
{
    struct run run = {block, w, state, work, mode, rng};
    struct mat joined = mat_rows(work->joined, 0, in.x.rows);
    struct mat e = branch(block, joined, 1), h;

    mat_copy(branch(block, joined, 0), run_part(&run, PART_IMAGE, in.x));
    h = run_part(&run, PART_LABEL, in.z);
    mat_copy(e, h);
    if (block->has[PART_SKIP])
        add_skip(block, e, run_part(&run, PART_SKIP, h));
    if (block->has[PART_TIME])
        mat_copy(branch(block, joined, 2), run_part(&run, PART_TIME, in.time));
    return run_part(&run, PART_FUSION, run_part(&run, PART_JOIN, joined));
}

/* What a backward pass of the parts needs. */
struct backward {
    const struct block *block;
    const real *w;
    const struct block_work *work;
    real *g;
    struct rng rng;
};

static struct mat part_backward(const struct backward *back, enum block_part part,
                                struct mat in, struct mat d)
{
    const struct block *block = back->block;
    struct net_pass pass = {back->w + block->weight[part], &back->work->part[part], in,
                            rng_at(back->rng, (uint64_t)part)};

    return net_backward(&block->part[part], &pass, d, back->g + block->weight[part],
                        block->wants_dx[part]);
}

static struct mat part_output(const struct backward *back, enum block_part part, int n)
{
    return net_output(&back->block->part[part], &back->work->part[part], n);
}

/* From de to dz: e = h + skip(h), so dh = de + dskip/dh de. */
static struct mat label_backward(const struct backward *back, struct mat z, struct mat de)
{
    const struct block *block = back->block;
    struct mat dh = mat_rows(back->work->dlabel, 0, z.rows);
    struct mat e = branch(block, mat_rows(back->work->joined, 0, z.rows), 1);

    for (int i = 0; block->relu_sum && i < z.rows; i++)
        act_backward(ACT_RELU, mat_rows(de, i, 1), mat_rows(e, i, 1));
    mat_copy(dh, de);
    if (block->has[PART_SKIP])
        add_rows(dh, part_backward(back, PART_SKIP, part_output(back, PART_LABEL, z.rows),
                                   de));
    return part_backward(back, PART_LABEL, z, dh);
}

struct mat block_backward(const struct block *block, const real *w,
                          const struct block_work *work, struct block_input in,
                          struct mat dlogit, real *g, struct rng rng)
{
    struct backward back = {block, w, work, g, rng};
    int n = in.x.rows;
    struct mat d, df, dz;

    d = part_backward(&back, PART_FUSION, part_output(&back, PART_JOIN, n), dlogit);
    d = part_backward(&back, PART_JOIN, mat_rows(work->joined, 0, n), d);
    if (block->has[PART_TIME])
        part_backward(&back, PART_TIME, in.time, branch(block, d, 2));
    dz = label_backward(&back, in.z, branch(block, d, 1));
    df = mat_rows(work->dlabel, 0, n);
    mat_copy(df, branch(block, d, 0));
    part_backward(&back, PART_IMAGE, in.x, df);
    return dz;
}

/* ---------------------------------------------------------------- scoring */

static struct mat score_part(const struct block *block, enum block_part part, real *w,
                             real *state, const struct block_work *work, struct mat in)
{
    return net_score(&block->part[part], w + block->weight[part],
                     part_state(block, (int)part, state), &work->part[part], in);
}

/* The rows of the first fusion layer's matrix that belong to branch i. */
static struct mat share(const struct block *block, real *w, int i)
{
    int width = block->width;
    struct mat all = mat_of(w + block->weight[PART_JOIN], block->n_joined * width, width);

    return mat_rows(all, i * width, width);
}

struct mat block_image(const struct block *block, real *w, real *state,
                       const struct block_work *work, struct mat x)
{
    return score_part(block, PART_IMAGE, w, state, work, x);
}

void block_encode(const struct block *block, real *w, real *state,
                  const struct block_work *work, struct mat x)
{
    struct mat f = block_image(block, w, state, work, x);
    const real *bias =
        w + block->weight[PART_JOIN] +
        (size_t)block->n_joined * (size_t)block->width * (size_t)block->width;

    dense_forward(mat_rows(work->encoded, 0, x.rows), f, share(block, w, 0), bias);
}

/* y += what the time branch adds, the same for every row. */
static void add_time(const struct block *block, real *w, const struct block_work *work,
                     struct mat y, real *time)
{
    struct mat s =
        score_part(block, PART_TIME, w, NULL, work, mat_of(time, 1, BLOCK_TIME));
    struct mat row = mat_rows(work->dlabel, 0, 1);

    mat_mul(row, s, share(block, w, 2), false);
    for (int i = 0; i < y.rows; i++)
        add_rows(mat_rows(y, i, 1), row);
}

struct mat block_predict(const struct block *block, real *w, real *state,
                         const struct block_work *work, struct mat z, real *time)
{
    struct mat joined = mat_rows(work->joined, 0, z.rows);
    struct mat y = branch(block, joined, 0), e = branch(block, joined, 1);
    struct mat h = score_part(block, PART_LABEL, w, state, work, z);

    mat_copy(e, h);
    if (block->has[PART_SKIP])
        add_skip(block, e, score_part(block, PART_SKIP, w, state, work, h));
    mat_copy(y, mat_rows(work->encoded, 0, z.rows));
    mat_mul(y, e, share(block, w, 1), true);
    if (block->has[PART_TIME])
        add_time(block, w, work, y, time);
    return score_part(block, PART_FUSION, w, state, work, y);
}
