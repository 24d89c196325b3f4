/* What every learner of the registry must keep: being listed there is what tests it. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/registry/registry.h"
#include "core/base/stage.h"
#include "tests/support/needs.h"
#include "tests/support/tiny.h"

enum { CASES = 64 * TINY_NETS, HALF = TINY_SCORE / 2 };

/* Loop tests: learner after learner, each with every tiny net that it takes. */
static struct tiny_case cases[CASES];

static int n_learner(void)
{
    int n = 0;

    while (registry_learners[n])
        n++;
    return n;
}

static void open_number(struct tiny *tiny, int i, uint64_t seed)
{
    const struct tiny_case *c = &cases[i];

    tiny_open(tiny, c->learner, tiny_options(c->learner, c->net), seed);
}

static size_t weight_bytes(const struct tiny *tiny)
{
    return tiny->learner->weights(tiny->self).n * sizeof(real);
}

static real *copy_weights(const struct tiny *tiny)
{
    real *copy = malloc(weight_bytes(tiny));

    memcpy(copy, tiny->learner->weights(tiny->self).data, weight_bytes(tiny));
    return copy;
}

static void score(struct tiny *tiny, int n, uint64_t seed, real *out)
{
    tiny->learner->score(tiny->self, tiny_images(tiny, n), tiny_all(), rng_seed(seed),
                         mat_of(out, n, TINY_CLASSES));
}

static bool filled(const char *text)
{
    return text && text[0];
}

START_TEST(the_table_is_complete)
{
    const struct learner *l = registry_learners[_i];

    ck_assert(filled(l->name) && filled(l->about) && filled(l->source));
    ck_assert_uint_gt(l->size, 0);
    ck_assert(l->init && l->train && l->score && l->weights && l->flops);
    ck_assert(!l->task_begin || l->needs_tasks); /* some options do without boundaries */
    ck_assert_ptr_eq(registry_learner(l->name), l);
    ck_assert_uint_eq(strspn(l->name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                      strlen(l->name));
}
END_TEST

/* Also: what is printed of a default reads back, and rows do not overlap in the struct.
 */
START_TEST(options_have_help_and_valid_defaults)
{
    const struct learner *l = registry_learners[_i];
    char *a = calloc(1, l->size), *b = calloc(1, l->size), text[PARAM_TEXT_MAX];
    struct error err = {0};

    param_defaults(l->params, a);
    for (const struct param *row = l->params; row && row->name; row++) {
        ck_assert(filled(row->help) && row->default_text);
        ck_assert_ptr_eq(param_find(l->params, row->name), row); /* the only one */
        ck_assert_uint_lt(row->offset, l->size);
        param_print(row, a, text, sizeof text);
        ck_assert_msg(param_set(row, b, text, &err) == OK, "%s", err.text);
    }
    for (const struct param *row = l->params; row && row->name; row++) {
        char again[PARAM_TEXT_MAX];

        param_print(row, a, text, sizeof text);
        param_print(row, b, again, sizeof again);
        ck_assert_str_eq(text, again);
    }
    free(a);
    free(b);
}
END_TEST

/* Memories are cut to the rows that come, which are counted before there is a learner. */
START_TEST(passes_are_never_fewer_before_init)
{
    const struct tiny_case *c = &cases[_i];
    void *options = tiny_options(c->learner, c->net);
    struct tiny tiny;

    open_number(&tiny, _i, 1);
    for (int epoch = 0; c->learner->passes && epoch < 3; epoch++)
        ck_assert_int_ge(c->learner->passes(options, epoch),
                         c->learner->passes(tiny.self, epoch));
    tiny_close(&tiny);
    free(options);
}
END_TEST

/* Separable classes: the loss falls and every image is recognised. */
START_TEST(it_learns)
{
    struct tiny tiny;
    real before = 0, after = 0, out[TINY_TRAIN * TINY_CLASSES];
    int hits = 0;

    if (is_sanitized()) /* it takes hundreds of steps; a sanitizer sees those of the others */
        return;
    open_number(&tiny, _i, 1);
    for (int i = 0; i < 5; i++)
        before += tiny_train(&tiny, i, 1);
    tiny_train(&tiny, 5, 600);
    for (int i = 605; i < 610; i++)
        after += tiny_train(&tiny, i, 1);
    ck_assert_msg(after < before * (real)0.7, "%s: %g, then %g", tiny.learner->name,
                  (double)before, (double)after);
    score(&tiny, TINY_TRAIN, 1, out);
    for (int i = 0; i < TINY_TRAIN; i++) {
        int best = 0;

        for (int k = 1; k < TINY_CLASSES; k++)
            if (out[i * TINY_CLASSES + k] > out[i * TINY_CLASSES + best])
                best = k;
        hits += best == tiny.y[i];
    }
    ck_assert_msg(hits >= TINY_TRAIN * 3 / 4, "%s: %d of %d", tiny.learner->name, hits,
                  TINY_TRAIN);
    tiny_close(&tiny);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_bits)
{
    struct tiny a, b;
    real out[2][TINY_SCORE * TINY_CLASSES];

    open_number(&a, _i, 1);
    open_number(&b, _i, 1);
    tiny_mask(&a);
    tiny_mask(&b);
    ck_assert(tiny_train(&a, 0, 7) == tiny_train(&b, 0, 7));
    ck_assert_mem_eq(a.learner->weights(a.self).data, b.learner->weights(b.self).data,
                     weight_bytes(&a));
    score(&a, TINY_SCORE, 3, out[0]);
    score(&b, TINY_SCORE, 3, out[1]);
    ck_assert_mem_eq(out[0], out[1], sizeof out[0]);
    tiny_close(&a);
    tiny_close(&b);
}
END_TEST

START_TEST(weights_stay_finite_and_move)
{
    struct tiny tiny;
    struct vec w;
    real *before;

    open_number(&tiny, _i, 1);
    tiny_mask(&tiny); /* some rows weigh nothing */
    w = tiny.learner->weights(tiny.self);
    before = copy_weights(&tiny);
    ck_assert(isfinite(tiny_train(&tiny, 0, 10)));
    for (size_t i = 0; i < w.n; i++)
        ck_assert(isfinite(w.data[i]));
    ck_assert(memcmp(before, w.data, weight_bytes(&tiny)) != 0);
    free(before);
    tiny_close(&tiny);
}
END_TEST

START_TEST(scoring_is_inert)
{
    struct tiny quiet, looked_at;
    real out[TINY_SCORE * TINY_CLASSES], again[TINY_SCORE * TINY_CLASSES], *before;

    open_number(&quiet, _i, 1);
    open_number(&looked_at, _i, 1);
    for (int step = 0; step < 6; step++) {
        before = copy_weights(&looked_at);
        score(&looked_at, TINY_SCORE, 5, out);
        score(&looked_at, 3, 6, again);
        score(&looked_at, TINY_SCORE, 5, again);
        ck_assert_mem_eq(out, again, sizeof out);
        ck_assert_mem_eq(before, looked_at.learner->weights(looked_at.self).data,
                         weight_bytes(&looked_at));
        ck_assert(tiny_train(&quiet, step, 1) == tiny_train(&looked_at, step, 1));
        free(before);
    }
    ck_assert_mem_eq(quiet.learner->weights(quiet.self).data,
                     looked_at.learner->weights(looked_at.self).data,
                     weight_bytes(&quiet));
    tiny_close(&quiet);
    tiny_close(&looked_at);
}
END_TEST

/* The harness only looks at what competes, and takes what it finds there for a number. */
START_TEST(scores_of_competing_classes_are_numbers)
{
    static const uint8_t some[TINY_CLASSES] = {0, 1, 0, 1, 1};
    struct tiny tiny;
    real out[TINY_SCORE * TINY_CLASSES];

    open_number(&tiny, _i, 1);
    for (int twice = 0; twice < 2; twice++) {
        for (int i = 0; i < TINY_SCORE * TINY_CLASSES; i++)
            out[i] = (real)NAN;
        tiny.learner->score(tiny.self, tiny_images(&tiny, TINY_SCORE),
                            (struct classes){some, TINY_CLASSES}, rng_seed(1),
                            mat_of(out, TINY_SCORE, TINY_CLASSES));
        for (int i = 0; i < TINY_SCORE * TINY_CLASSES; i++)
            ck_assert(!some[i % TINY_CLASSES] || !isnan(out[i]));
        tiny_train(&tiny, 0, 3);
    }
    tiny_close(&tiny);
}
END_TEST

START_TEST(train_and_score_take_no_memory)
{
    struct tiny tiny;
    struct arena_use now, peak;
    real out[TINY_SCORE * TINY_CLASSES];
    size_t pieces;

    open_number(&tiny, _i, 1);
    now = tiny.arena.now;
    peak = tiny.arena.peak;
    pieces = tiny.arena.n_piece;
    tiny_train(&tiny, 0, 4);
    score(&tiny, TINY_SCORE, 1, out);
    ck_assert_mem_eq(&now, &tiny.arena.now, sizeof now);
    ck_assert_mem_eq(&peak, &tiny.arena.peak, sizeof peak);
    ck_assert_uint_eq(pieces, tiny.arena.n_piece);
    ck_assert_uint_eq(tiny.arena.refused, 0);
    tiny_close(&tiny);
}
END_TEST

static bool scratch(enum tag tag)
{
    return tag == TAG_SCRATCH || tag == TAG_ACTIVATION;
}

/* What never changes after init, as bytes: the state struct, then the fixed pieces. */
static unsigned char *fixed_bytes(const struct tiny *tiny, size_t *n)
{
    const struct arena *arena = &tiny->arena;
    unsigned char *copy = malloc(tiny->learner->size + arena->now.total);

    memcpy(copy, tiny->self, tiny->learner->size);
    *n = tiny->learner->size;
    for (size_t i = 0; i < arena->n_piece; i++) {
        const struct arena_piece *piece = &arena->piece[i];

        if (piece->tag != TAG_FIXED)
            continue;
        memcpy(copy + *n, arena->base + piece->offset, piece->bytes);
        *n += piece->bytes;
    }
    return copy;
}

START_TEST(the_state_struct_and_fixed_pieces_never_change)
{
    struct tiny tiny;
    unsigned char *before, *after;
    real out[TINY_SCORE * TINY_CLASSES];
    size_t n;

    open_number(&tiny, _i, 1);
    before = fixed_bytes(&tiny, &n);
    tiny_train(&tiny, 0, 5);
    score(&tiny, TINY_SCORE, 1, out);
    tiny_mask(&tiny);
    tiny_train(&tiny, 5, 5);
    after = fixed_bytes(&tiny, &n);
    ck_assert_mem_eq(before, after, n);
    free(before);
    free(after);
    tiny_close(&tiny);
}
END_TEST

/* Fills scratch and activations with NaNs: they must be worthless between calls. */
static void spoil(struct tiny *tiny)
{
    for (size_t i = 0; i < tiny->arena.n_piece; i++) {
        const struct arena_piece *piece = &tiny->arena.piece[i];

        if (scratch(piece->tag))
            memset(tiny->arena.base + piece->offset, 0xff, piece->bytes);
    }
}

/* What a checkpoint does: the pieces that change go from one arena to another, in order.
 */
static void copy_pieces(struct tiny *to, const struct tiny *from)
{
    ck_assert_uint_eq(to->arena.n_piece, from->arena.n_piece);
    ck_assert_ptr_ne(to->arena.base, from->arena.base);
    for (size_t i = 0; i < from->arena.n_piece; i++) {
        const struct arena_piece *piece = &from->arena.piece[i];

        ck_assert_uint_eq(to->arena.piece[i].bytes, piece->bytes);
        ck_assert_int_eq(to->arena.piece[i].tag, piece->tag);
        if (!scratch(piece->tag) && piece->tag != TAG_FIXED)
            memcpy(to->arena.base + piece->offset, from->arena.base + piece->offset,
                   piece->bytes);
    }
}

START_TEST(a_checkpoint_restores_it_to_the_same_bits)
{
    struct tiny straight, resumed;
    real out[2][TINY_SCORE * TINY_CLASSES];

    open_number(&straight, _i, 1);
    open_number(&resumed, _i, 1);
    tiny_train(&straight, 0, 5);
    copy_pieces(&resumed, &straight);
    spoil(&resumed);
    score(&resumed, TINY_SCORE, 1, out[0]);
    score(&straight, TINY_SCORE, 1, out[1]);
    ck_assert_mem_eq(out[0], out[1], sizeof out[0]);
    for (int step = 5; step < 10; step++) {
        spoil(&resumed);
        ck_assert(tiny_train(&resumed, step, 1) == tiny_train(&straight, step, 1));
    }
    ck_assert_mem_eq(resumed.learner->weights(resumed.self).data,
                     straight.learner->weights(straight.self).data,
                     weight_bytes(&straight));
    tiny_close(&straight);
    tiny_close(&resumed);
}
END_TEST

/* All of the weight pieces and nothing else. */
START_TEST(weights_are_the_pieces_with_that_tag)
{
    struct tiny tiny;
    struct vec w;
    size_t rounded;

    open_number(&tiny, _i, 1);
    w = tiny.learner->weights(tiny.self);
    rounded = (w.n * sizeof(real) + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
    ck_assert_uint_eq(tiny.arena.now.part[TAG_WEIGHT], rounded);
    for (size_t i = 0; i < tiny.arena.n_piece; i++)
        if (tiny.arena.piece[i].tag == TAG_WEIGHT)
            ck_assert_ptr_eq(tiny.arena.base + tiny.arena.piece[i].offset, w.data);
    ck_assert_double_gt(tiny.learner->flops(tiny.self), 0);
    tiny_close(&tiny);
}
END_TEST

/* The operations of all products that a score of n rows takes, as the products count
 * themselves. */
static double operations_of_score(struct tiny *tiny, int n)
{
    real score[TINY_SCORE * TINY_CLASSES];
    double sum = 0;

    stages_start();
    tiny->learner->score(tiny->self, tiny_images(tiny, n), tiny_all(), rng_seed(1),
                         mat_of(score, n, TINY_CLASSES));
    for (const struct stage *stage = stages_stop(); stage; stage = stage->next)
        sum += stage->flop;
    return sum;
}

/* By row: what a call does once, whatever the rows, is left out. Beside products little is
 * done; a rule without any, as nearest means, has a number of its own. */
START_TEST(operations_of_a_score_are_those_of_its_products)
{
    struct tiny tiny;
    double one, all;

    open_number(&tiny, _i, 1);
    one = tiny.learner->score_flops(tiny.self);
    tiny_train(&tiny, 0,
               1); /* the label-wise rules score the labels that they have met */
    all = (operations_of_score(&tiny, TINY_SCORE) - operations_of_score(&tiny, HALF)) /
          (TINY_SCORE - HALF);
    ck_assert_msg(all > 0 ? fabs(one - all) <= 0.02 * all : one > 0, "%s: %g of %g",
                  tiny.learner->name, one, all);
    tiny_close(&tiny);
}
END_TEST

/* Weights, moments, running statistics: what outlives a call, but for the gradient. */
static void is_the_same(const struct tiny *a, const struct tiny *b)
{
    for (size_t i = 0; i < a->arena.n_piece; i++) {
        const struct arena_piece *piece = &a->arena.piece[i];

        if (!scratch(piece->tag) && piece->tag != TAG_FIXED && piece->tag != TAG_GRADIENT)
            ck_assert_mem_eq(a->arena.base + piece->offset, b->arena.base + piece->offset,
                             piece->bytes);
    }
}

START_TEST(a_gradient_changes_nothing)
{
    struct tiny quiet, measured;
    real *g;

    open_number(&quiet, _i, 1);
    open_number(&measured, _i, 1);
    if (quiet.learner->grad) {
        g = calloc(weight_bytes(&measured), 1);
        for (int step = 0; step < 5; step++) {
            measured.learner->grad(measured.self, &measured.batch, rng_seed(1), g);
            is_the_same(&quiet, &measured);
            ck_assert(tiny_train(&quiet, step, 1) == tiny_train(&measured, step, 1));
        }
        free(g);
    }
    tiny_close(&quiet);
    tiny_close(&measured);
}
END_TEST

/* Where there are features: they are written whole, the same again whatever the scratch
 * held, and looking at them changes nothing. */
START_TEST(features_are_written_and_inert)
{
    struct tiny quiet, probed;

    open_number(&quiet, _i, 1);
    open_number(&probed, _i, 1);
    ck_assert_int_eq(quiet.learner->n_feature != NULL, quiet.learner->features != NULL);
    for (int step = 0; quiet.learner->features && step < 3; step++) {
        const struct learner *learner = probed.learner;
        int n = learner->n_feature(probed.self);
        size_t bytes = TINY_SCORE * (size_t)n * sizeof(real);
        real *out = malloc(bytes), *again = malloc(bytes);

        ck_assert_int_gt(n, 0);
        memset(out, 0xff, bytes);
        learner->features(probed.self, tiny_images(&probed, TINY_SCORE), rng_seed(1),
                          mat_of(out, TINY_SCORE, n));
        for (int i = 0; i < TINY_SCORE * n; i++)
            ck_assert(isfinite(out[i]));
        spoil(&probed);
        learner->features(probed.self, tiny_images(&probed, TINY_SCORE), rng_seed(1),
                          mat_of(again, TINY_SCORE, n));
        ck_assert_mem_eq(out, again, bytes);
        is_the_same(&quiet, &probed);
        ck_assert(tiny_train(&quiet, step, 1) == tiny_train(&probed, step, 1));
        free(out);
        free(again);
    }
    tiny_close(&quiet);
    tiny_close(&probed);
}
END_TEST

/* The head, written out, on the features gives the scores: 8 features, 5 outputs. */
START_TEST(features_of_backprop_are_what_its_head_reads)
{
    const struct learner *backprop = registry_learner("backprop");
    struct tiny tiny;
    real h[TINY_SCORE * 8], out[TINY_SCORE * TINY_CLASSES];
    const real *w, *b;

    tiny_open(&tiny, backprop, tiny_options(backprop, "mlp-12-8"), 1);
    tiny_train(&tiny, 0, 3);
    ck_assert_int_eq(backprop->n_feature(tiny.self), 8);
    backprop->features(tiny.self, tiny_images(&tiny, TINY_SCORE), rng_seed(1),
                       mat_of(h, TINY_SCORE, 8));
    score(&tiny, TINY_SCORE, 1, out);
    b = backprop->weights(tiny.self).data + backprop->weights(tiny.self).n - TINY_CLASSES;
    w = b - 8 * TINY_CLASSES;
    for (int i = 0; i < TINY_SCORE; i++)
        for (int k = 0; k < TINY_CLASSES; k++) {
            double sum = (double)b[k];

            for (int j = 0; j < 8; j++)
                sum += (double)h[i * 8 + j] * (double)w[j * TINY_CLASSES + k];
            ck_assert_double_eq_tol((double)out[i * TINY_CLASSES + k], sum, 1e-4);
        }
    tiny_close(&tiny);
}
END_TEST

/* Every request for memory refused in turn. */
START_TEST(memory_that_runs_out_is_an_error)
{
    const struct learner *learner = cases[_i].learner;
    struct tiny tiny;
    size_t n_piece;

    open_number(&tiny, _i, 1);
    n_piece = tiny.arena.n_piece;
    for (size_t i = 0; i < n_piece; i++) {
        size_t limit = tiny.arena.piece[i].offset;
        void *self = tiny_options(learner, cases[_i].net);
        struct error err = {0};
        struct arena arena;
        struct learner_env env = tiny_env(&arena, 1);

        if (limit > 0) { /* 0 = no limit */
            ck_assert_int_eq(arena_open(&arena, limit, &err), OK);
            ck_assert_int_eq(learner->init(self, &env, &err), ERR_MEMORY);
            arena_close(&arena);
        }
        free(self);
    }
    tiny_close(&tiny);
}
END_TEST

START_TEST(a_net_that_is_none_is_an_error)
{
    const struct learner *learner = registry_learners[_i];
    void *self = tiny_options(learner, "conv 3 9 valid");
    struct error err = {0};
    struct arena arena;
    struct learner_env env = tiny_env(&arena, 1);

    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    if (param_find(learner->params, "net"))
        ck_assert_int_eq(learner->init(self, &env, &err), ERR_USAGE);
    arena_close(&arena);
    free(self);
}
END_TEST

static size_t rounded(size_t bytes)
{
    return (bytes + ARENA_ALIGN - 1) / ARENA_ALIGN * ARENA_ALIGN;
}

/* 36 pixels, 5 and 4 hidden units, 5 classes; batches of 12 rows in training, 20 in
 * scoring; Adam. Floats of 4 bytes. */
START_TEST(peak_bytes_of_a_small_mlp_by_hand)
{
    const struct learner *backprop = registry_learner("backprop");
    const size_t n = (36 + 1) * 5 + (5 + 1) * 4 + (4 + 1) * 5; /* 234 parameters */
    const size_t weight = rounded(4 * n);
    const size_t gradient = rounded(4 * n);
    const size_t optimizer = 2 * rounded(4 * n) /* first and second moments */
                             + rounded(8);      /* the count of steps */
    const size_t activation = rounded(4 * 12 * (5 + 4 + 5)); /* outputs; ReLU in place */
    const size_t scratch = 2 * rounded(4 * 20 * 5); /* a layer in, a layer out: 5 wide */
    struct tiny tiny;
    const struct arena_use *peak = &tiny.arena.peak;

    tiny_open(&tiny, backprop, tiny_options(backprop, "mlp-5-4"), 1);
    tiny_train(&tiny, 0, 1);
    ck_assert_uint_eq(weight, 960);
    ck_assert_uint_eq(peak->part[TAG_WEIGHT], weight);
    ck_assert_uint_eq(peak->part[TAG_GRADIENT], gradient);
    ck_assert_uint_eq(peak->part[TAG_OPTIMIZER], optimizer);
    ck_assert_uint_eq(peak->part[TAG_ACTIVATION], activation);
    ck_assert_uint_eq(peak->part[TAG_SCRATCH], scratch);
    ck_assert_uint_eq(peak->total, weight + gradient + optimizer + activation + scratch);
    ck_assert_uint_eq(peak->total, 960 + 960 + 1984 + 704 + 896);
    tiny_close(&tiny);
}
END_TEST

/* Per row: forward, weight gradients, and input gradients of all but the first layer. */
START_TEST(operations_of_a_small_mlp_by_hand)
{
    const struct learner *backprop = registry_learner("backprop");
    struct tiny tiny;

    tiny_open(&tiny, backprop, tiny_options(backprop, "mlp-5-4"), 1);
    ck_assert_double_eq(backprop->flops(tiny.self),
                        2 * (2 * (36 * 5 + 5 * 4 + 4 * 5) + (5 * 4 + 4 * 5)));
    tiny_close(&tiny);
}
END_TEST

/* At the door a step can be put back; who says that all goes through it then stays. */
struct put_back {
    real *w;
    int steps;
};

static void keep_weights(void *context, struct vec w, real *g, double rate)
{
    struct put_back *hook = context;

    hook->steps++;
    memcpy(hook->w, w.data, w.n * sizeof(real));
}

static void restore_weights(void *context, struct vec w, const real *g, double rate)
{
    memcpy(w.data, ((struct put_back *)context)->w, w.n * sizeof(real));
}

START_TEST(all_that_is_trained_goes_through_the_door)
{
    struct put_back back = {0};
    const struct optim_hook hook = {&back, keep_weights, restore_weights};
    const struct tiny_case *c = &cases[_i];
    struct tiny tiny;
    real *before;

    if (!(learner_can(c->learner) & CAN_HOOK))
        return;
    tiny_open_door(&tiny, c->learner, tiny_options(c->learner, c->net), 1, &hook);
    back.w = malloc(weight_bytes(&tiny));
    before = copy_weights(&tiny);
    tiny_train(&tiny, 0, 4);
    ck_assert_int_gt(back.steps, 3);
    ck_assert_mem_eq(before, tiny.learner->weights(tiny.self).data, weight_bytes(&tiny));
    free(before);
    free(back.w);
    tiny_close(&tiny);
}
END_TEST

/* Labels that weigh nothing, and logits to match: those of another learner. */
START_TEST(soft_targets_are_learnt)
{
    const struct tiny_case *c = &cases[_i];
    float nothing[TINY_TRAIN] = {0}, match[TINY_TRAIN];
    real target[TINY_TRAIN * TINY_CLASSES], spare[TINY_CLASSES];
    struct soft soft = {.target = mat_of(target, TINY_TRAIN, TINY_CLASSES),
                        .match = match,
                        .spare = spare};
    struct tiny tiny;
    real before = 0, after = 0;

    if (!(learner_can(c->learner) & CAN_SOFT))
        return;
    open_number(&tiny, _i, 1);
    for (int i = 0; i < TINY_TRAIN; i++) {
        match[i] = 1;
        for (int k = 0; k < TINY_CLASSES; k++)
            target[i * TINY_CLASSES + k] = (real)(k == tiny.y[i] ? 2 : k % 2);
    }
    tiny.batch.weight = nothing;
    tiny.batch.soft = &soft;
    for (int i = 0; i < 5; i++)
        before += tiny_train(&tiny, i, 1);
    tiny_train(&tiny, 5, 600);
    for (int i = 605; i < 610; i++)
        after += tiny_train(&tiny, i, 1);
    ck_assert_msg(after < before * (real)0.7, "%s: %g, then %g", tiny.learner->name,
                  (double)before, (double)after);
    tiny_close(&tiny);
}
END_TEST

/* Where there is a step: grad and step on a batch are train, whatever gradients were
 * asked of before. */
START_TEST(a_gradient_and_a_step_are_train)
{
    const struct tiny_case *c = &cases[_i];
    struct tiny trained, stepped;
    struct batch other;
    real *g;

    if (!(learner_can(c->learner) & CAN_STEP))
        return;
    open_number(&trained, _i, 1);
    open_number(&stepped, _i, 1);
    g = calloc(weight_bytes(&stepped), 1);
    for (int i = 0; i < 5; i++) {
        struct rng rng = rng_at(rng_child(rng_seed(9), "train"), (uint64_t)i);
        struct progress at;
        real loss = tiny_train(&trained, i, 1);

        at = trained.batch.progress;
        stepped.batch.progress = at;
        other = stepped.batch;
        other.x = mat_rows(other.x, 0, 1 + i);
        c->learner->grad(stepped.self, &other, rng, g);
        ck_assert(c->learner->grad(stepped.self, &stepped.batch, rng, g) == loss);
        c->learner->step(stepped.self, g, at);
        is_the_same(&trained, &stepped);
    }
    free(g);
    tiny_close(&trained);
    tiny_close(&stepped);
}
END_TEST

Suite *learners_suite(void)
{
    Suite *suite = suite_create("learners");
    TCase *tcase = tcase_create("learners");
    int n = n_learner(), each = tiny_cases(registry_learners, n, cases);

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, the_table_is_complete, 0, n);
    tcase_add_loop_test(tcase, options_have_help_and_valid_defaults, 0, n);
    tcase_add_loop_test(tcase, a_net_that_is_none_is_an_error, 0, n);
    tcase_add_loop_test(tcase, passes_are_never_fewer_before_init, 0, each);
    tcase_add_loop_test(tcase, it_learns, 0, each);
    tcase_add_loop_test(tcase, the_same_seed_gives_the_same_bits, 0, each);
    tcase_add_loop_test(tcase, weights_stay_finite_and_move, 0, each);
    tcase_add_loop_test(tcase, scoring_is_inert, 0, each);
    tcase_add_loop_test(tcase, scores_of_competing_classes_are_numbers, 0, each);
    tcase_add_loop_test(tcase, train_and_score_take_no_memory, 0, each);
    tcase_add_loop_test(tcase, the_state_struct_and_fixed_pieces_never_change, 0, each);
    tcase_add_loop_test(tcase, a_checkpoint_restores_it_to_the_same_bits, 0, each);
    tcase_add_loop_test(tcase, weights_are_the_pieces_with_that_tag, 0, each);
    tcase_add_loop_test(tcase, operations_of_a_score_are_those_of_its_products, 0, each);
    tcase_add_loop_test(tcase, a_gradient_changes_nothing, 0, each);
    tcase_add_loop_test(tcase, features_are_written_and_inert, 0, each);
    tcase_add_test(tcase, features_of_backprop_are_what_its_head_reads);
    tcase_add_loop_test(tcase, all_that_is_trained_goes_through_the_door, 0, each);
    tcase_add_loop_test(tcase, soft_targets_are_learnt, 0, each);
    tcase_add_loop_test(tcase, a_gradient_and_a_step_are_train, 0, each);
    tcase_add_loop_test(tcase, memory_that_runs_out_is_an_error, 0, each);
    tcase_add_test(tcase, peak_bytes_of_a_small_mlp_by_hand);
    tcase_add_test(tcase, operations_of_a_small_mlp_by_hand);
    return suite;
}
