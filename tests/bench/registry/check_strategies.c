/* What every strategy of the registry must keep, around backprop in a whole run: being
 * listed there is what tests it. */
#include <signal.h>

#include "bench/registry/registry.h"
#include "bench/run/run.h"
#include "bench/run/work.h"
#include "noprop/model.h"
#include "tests/support/suite_files.h"

enum { SIDE = 4, CLASSES = 4, IMAGES = 48, TEST_IMAGES = 12 };

static uint8_t pixel[IMAGES * SIDE * SIDE], label[IMAGES];
static struct dataset data = {
    .name = "mnist",
    .shape = {SIDE, SIDE, 1},
    .n_class = CLASSES,
    .train = {pixel, label, IMAGES},
    .test = {pixel, label, TEST_IMAGES},
};

static struct arena arena;
static struct error err;
static struct suite suite;
static struct plan plan;
static char path[SUITE_PATH];

static void set_up(void)
{
    struct rng rng = rng_seed(3);

    snprintf(path, sizeof path, "%s/check-strategies-%d",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp", (int)getpid());
    for (int i = 0; i < IMAGES; i++) {
        label[i] = (uint8_t)(i % CLASSES);
        for (int j = 0; j < SIDE * SIDE; j++)
            pixel[i * SIDE * SIDE + j] =
                (uint8_t)(rng_below(&rng, 100) + (j / SIDE == label[i] ? 150 : 0));
    }
}

static const char short_training[] = "{batch: 6, steps: 5}";
static const char *training = short_training;

/* The cell of one strategy, and a learner with its options. */
static struct cell *cell_of(const struct strategy *strategy, const char *learner,
                            const char *scenario, const char *every)
{
    char text[1024], file[SUITE_PATH];

    err = (struct error){0};
    ck_assert_int_eq(arena_open(&arena, 0, &err), OK);
    snprintf(text, sizeof text,
             "suite: s\nseeds: 1\ncheckpoint: 1 ms\ntraining: %s\n"
             "evaluation: {every: %s}\n"
             "streams: [{stream: split, dataset: mnist, tasks: 2, scenario: %s}]\n"
             "learners: [{learner: %s}]\nstrategies: [%s]\n",
             training, every, scenario, learner, strategy->name);
    suite_files_write(text, file);
    if (suite_load(&suite, file, NULL, &arena, &err) == OK)
        plan_make(&plan, &suite, NULL, &arena, &err);
    unlink(file);
    return err.status == OK ? &plan.cell[0] : NULL;
}

static void open_run(struct run *run, const struct cell *cell)
{
    memset(run, 0, sizeof *run);
    ck_assert_msg(run_open(run, cell, &data, &err) == OK, "%s: %s", cell->strategy->name,
                  err.text);
}

static uint64_t weights_of(const struct run *run)
{
    struct outcome outcome = {0};

    run_outcome(run, 0, &outcome);
    return outcome.weights_hash;
}

static bool filled(const char *text)
{
    return text && text[0];
}

START_TEST(the_table_is_complete)
{
    const struct strategy *s = registry_strategies[_i];

    ck_assert(filled(s->name) && filled(s->about) && filled(s->source));
    ck_assert_ptr_eq(registry_strategy(s->name), s);
    ck_assert(!s->needs || filled(s->why));
    ck_assert(!s->extra_rows || s->mix);
}
END_TEST

START_TEST(options_have_help_and_valid_defaults)
{
    const struct strategy *s = registry_strategies[_i];
    char *self = calloc(1, s->size + 1), text[PARAM_TEXT_MAX];

    if (s->params)
        param_defaults(s->params, self);
    for (const struct param *row = s->params; row && row->name; row++) {
        ck_assert(filled(row->help) && row->default_text && row->offset < s->size);
        ck_assert_ptr_eq(param_find(s->params, row->name), row);
        param_print(row, self, text, sizeof text);
        ck_assert_msg(param_set(row, self, text, &err) == OK, "%s", err.text);
    }
    free(self);
}
END_TEST

static const char *const scenarios[] = {"class", "task", "domain"};

static bool refuses(const struct strategy *s, int scenario)
{
    bool own = scenario == 1;

    return s->unfit && s->unfit((struct competition){own, own, scenario == 2});
}

/* Stopped and made anew after every batch, against a straight run: the same bits. The
 * state struct stands still and no memory is taken on the way. */
static void assert_resumes(const struct strategy *s, const char *learner,
                           const char *scenario)
{
    const struct cell *cell = cell_of(s, learner, scenario, "1 steps");
    struct run straight, resumed;
    volatile sig_atomic_t stop = 1;
    char *before;
    int runs = 0;

    ck_assert_msg(cell != NULL, "%s", err.text);
    open_run(&straight, cell);
    before = malloc(s->size + 1);
    memcpy(before, straight.model.strategy ? straight.model.strategy : before, s->size);
    ck_assert_msg(run_train(&straight, &err) == OK, "%s: %s", s->name, err.text);
    ck_assert_uint_eq(straight.memory.now.total, straight.memory.peak.total);
    ck_assert(s->size == 0 || memcmp(before, straight.model.strategy, s->size) == 0);
    do {
        err = (struct error){0};
        open_run(&resumed, cell);
        resumed.control.checkpoint = path;
        resumed.control.stop = &stop;
        run_train(&resumed, &err);
        ck_assert_uint_eq(resumed.memory.peak.total, straight.memory.peak.total);
        if (err.status == OK)
            break;
        ck_assert_msg(err.status == ERR_INTERRUPTED, "%s", err.text);
        run_close(&resumed);
    } while (++runs < 100);
    ck_assert_int_ge(runs, 5);
    ck_assert(weights_of(&resumed) == weights_of(&straight));
    ck_assert(resumed.position.samples == straight.position.samples &&
              resumed.position.flops == straight.position.flops);
    ck_assert_int_eq(resumed.position.tested[0].n_eval,
                     straight.position.tested[0].n_eval);
    for (int i = 0; i < straight.position.tested[0].n_eval; i++)
        ck_assert_int_eq(resumed.results.eval[0][i].hits,
                         straight.results.eval[0][i].hits);
    run_close(&straight);
    run_close(&resumed);
    unlink(path);
    free(before);
    arena_close(&arena);
}

START_TEST(it_resumes_to_the_same_bits)
{
    if (!refuses(registry_strategies[_i / 3], _i % 3))
        assert_resumes(registry_strategies[_i / 3], "backprop, net: mlp-8",
                       scenarios[_i % 3]);
}
END_TEST

START_TEST(a_scenario_that_is_no_use_is_refused)
{
    const struct strategy *s = registry_strategies[_i];

    for (int k = 0; k < 3; k++) {
        ck_assert_int_eq(cell_of(s, "backprop, net: mlp-8", scenarios[k], "task") == NULL,
                         refuses(s, k));
        arena_close(&arena);
    }
}
END_TEST

/* What these learners never change, they drew with their weights: anew where a strategy
 * makes them anew. */
static const char *const with_fixed_draws[] = {
    "random-features, net: mlp-8",
    "fa, net: mlp-8",
    "pepita, net: mlp-8",
    "noprop-dt, net: mlp-8, width: 8, blocks: 2, embedding: learned, dim: 8, flow: none",
};

START_TEST(what_was_fixed_anew_is_resumed)
{
    static const char *const anew[] = {"gdumb", "reset", "separate"};
    const struct strategy *s = registry_strategy(anew[_i % 3]);

    assert_resumes(s, with_fixed_draws[_i / 3], scenarios[refuses(s, 0)]);
}
END_TEST

/* Of 5 steps with 6 rows in each of 2 tasks, 60 rows come by; a task that ends has each of
 * its 24 images once. An image is 16 bytes and two integers, in pieces of whole 64s: 60 of
 * them 960 + 256 + 256 bytes, 48 of them 768 + 192 + 192; logits are 4 reals more, and
 * GEM keeps at most 60 rows of either task. */
static const struct {
    const char *large, *enough;
    size_t bytes;
} buffers[] = {
    {"{strategy: replay, buffer: 10000000}", "{strategy: replay, buffer: 60}", 1472},
    {"{strategy: replay, buffer: 10000000, policy: ring}",
     "{strategy: replay, buffer: 240, policy: ring}", 1472},
    {"{strategy: replay, buffer: 10000000, policy: balanced}",
     "{strategy: replay, buffer: 60, policy: balanced}", 1472},
    {"{strategy: replay, buffer: {per_class: 1000000}}",
     "{strategy: replay, buffer: {per_class: 12}}", 1152},
    {"{strategy: gdumb, buffer: 10000000, epochs: 2}",
     "{strategy: gdumb, buffer: 240, epochs: 2}", 1472},
    {"{strategy: der, buffer: 10000000}", "{strategy: der, buffer: 60}", 1472 + 960},
    {"{strategy: er-ace, buffer: 10000000}", "{strategy: er-ace, buffer: 60}", 1472},
    {"{strategy: icarl, buffer: 10000000}", "{strategy: icarl, buffer: 48}", 1152},
};

/* What is counted, and the hash of the weights in the end. */
static size_t buffer_of(const char *strategy, uint64_t *hash)
{
    struct strategy written = {.name = strategy};
    const struct cell *cell = cell_of(&written, "backprop, net: mlp-8", "class", "task");
    struct run run;
    size_t bytes;

    ck_assert_msg(cell != NULL, "%s", err.text);
    open_run(&run, cell);
    ck_assert_msg(run_train(&run, &err) == OK, "%s: %s", strategy, err.text);
    *hash = weights_of(&run);
    bytes = run.memory.peak.part[TAG_BUFFER];
    run_close(&run);
    arena_close(&arena);
    return bytes;
}

START_TEST(a_buffer_is_no_larger_than_what_comes)
{
    uint64_t large, enough;

    ck_assert_uint_eq(buffer_of(buffers[_i].large, &large), buffers[_i].bytes);
    ck_assert_uint_le(buffer_of(buffers[_i].enough, &enough), buffers[_i].bytes);
    ck_assert_uint_eq(large, enough);
}
END_TEST

/* A step of plain gradient descent on a term of that weight is as long. */
START_TEST(a_term_that_weighs_too_much_is_named)
{
    struct strategy written = {.name = "{strategy: der, alpha: 1e6}"};
    const struct cell *cell = cell_of(
        &written, "backprop, net: mlp-8, optimizer: sgd, lr: 10", "class", "task");
    struct run run;

    ck_assert_msg(cell != NULL, "%s", err.text);
    open_run(&run, cell);
    ck_assert_int_eq(run_train(&run, &err), ERR_DIVERGED);
    ck_assert_msg(
        strstr(err.text,
               "; the learning rate is probably too high: lower 'lr' (10), or give "
               "the rate a warmup, or lower the 'alpha' (1000000) of der") != NULL,
        "%s", err.text);
    run_close(&run);
    arena_close(&arena);
}
END_TEST

/* A suite's text for a small net, however large the default one is. */
static void small_learner(const struct learner *learner, char text[128])
{
    snprintf(text, 128, "%s%s%s%s", learner->name,
             param_find(learner->params, "net") ? ", net: mlp-32-32" : "",
             param_find(learner->params, "width") ? ", width: 8" : "",
             param_find(learner->params, "blocks") ? ", blocks: 2" : "");
}

static void are_close(double estimate, double counted, double factor,
                      const struct cell *cell)
{
    ck_assert_msg(estimate < factor * counted && counted < factor * estimate,
                  "%s, %s: estimated %g, counted %g", cell->strategy->name,
                  cell->learner->name, estimate, counted);
}

static void runs_as_estimated(const struct cell *cell, double factor)
{
    struct run_work work;
    struct run run;

    open_run(&run, cell);
    ck_assert_int_eq(run_estimate(&run, &work, &err), OK);
    ck_assert_msg(run_train(&run, &err) == OK, "%s, %s: %s", cell->strategy->name,
                  cell->learner->name, err.text);
    are_close(work.training, run.position.flops, factor, cell);
    are_close(work.scoring, run.position.score_flops, factor, cell);
    run_close(&run);
}

/* A pair is either refused when the suite is read or, with its defaults, runs to its end,
 * long enough for steps that are too long to show; and it takes about as many operations as
 * were estimated before. */
START_TEST(every_pair_runs_or_is_refused)
{
    const struct strategy *s = registry_strategies[_i];
    struct strategy written = *s;

    if (strcmp(s->name, "gdumb") == 0)
        written.name = "{strategy: gdumb, epochs: 4}";
    training = "{batch: 24, steps: 40}";
    for (int i = 0; registry_learners[i]; i++) {
        const struct learner *learner = registry_learners[i];
        const struct cell *cell;
        char text[128];

        small_learner(learner, text);
        cell = cell_of(&written, text, scenarios[refuses(s, 0)], "task");
        ck_assert_int_eq(cell != NULL, (s->needs & ~learner_can(learner)) == 0);
        if (cell)
            runs_as_estimated(cell, 1.5);
        arena_close(&arena);
    }
    training = short_training;
}
END_TEST

/* Around backprop, with all that can be evaluated, in every scenario. */
static const char *const evaluations[] = {
    "2 steps, future: yes",
    "task, draws: 3",
    "3 steps, probe: ncm",
};

START_TEST(evaluations_are_in_the_estimate)
{
    const struct strategy *s = registry_strategies[_i];

    for (int i = 0; i < 9; i++) {
        const struct cell *cell;

        if (refuses(s, i / 3))
            continue;
        cell = cell_of(s, "backprop, net: mlp-8", scenarios[i / 3], evaluations[i % 3]);
        ck_assert_msg(cell != NULL, "%s", err.text);
        runs_as_estimated(cell, 1.1);
        arena_close(&arena);
    }
}
END_TEST

/* The learner of the cell, watched: a class has its prototype before an image of it is
 * trained on, and the same one as long as the class is trained. */
static struct learner watched;
static bool met[CLASSES];
static real prototype[CLASSES][SIDE * SIDE];

static real watch_train(void *self, const struct batch *batch, struct rng rng)
{
    const struct embedding *e = &((const struct model *)self)->embedding;
    const struct learner *plug = registry_learner("noprop-dt");

    for (int i = 0; i < batch->x.rows; i++) {
        int k = batch->y[i];

        ck_assert(embedding_known(e, k));
        if (!met[k])
            memcpy(prototype[k], mat_row(e->w, k), sizeof prototype[k]);
        met[k] = true;
        ck_assert(memcmp(prototype[k], mat_row(e->w, k), sizeof prototype[k]) == 0);
    }
    return plug->train(self, batch, rng);
}

START_TEST(a_class_begins_with_its_prototype)
{
    struct cell *cell =
        cell_of(registry_strategies[_i],
                "noprop-dt, net: mlp-8, width: 8, blocks: 2, embedding: prototype, "
                "flow: none",
                "class", "task");
    struct run run;

    if (!cell) { /* refused, which is another test's */
        arena_close(&arena);
        return;
    }
    memset(met, 0, sizeof met);
    watched = *cell->learner;
    watched.train = watch_train;
    cell->learner = &watched;
    open_run(&run, cell);
    ck_assert_msg(run_train(&run, &err) == OK, "%s", err.text);
    for (int k = 0; k < CLASSES; k++)
        ck_assert(met[k]);
    run_close(&run);
    arena_close(&arena);
}
END_TEST

Suite *strategies_suite(void)
{
    Suite *tests = suite_create("strategies");
    TCase *tcase = tcase_create("strategies");
    int n = 0;

    while (registry_strategies[n])
        n++;
    tcase_add_unchecked_fixture(tcase, set_up, NULL);
    suite_add_tcase(tests, tcase);
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, the_table_is_complete, 0, n);
    tcase_add_loop_test(tcase, options_have_help_and_valid_defaults, 0, n);
    tcase_add_loop_test(tcase, it_resumes_to_the_same_bits, 0, 3 * n);
    tcase_add_loop_test(tcase, a_scenario_that_is_no_use_is_refused, 0, n);
    tcase_add_loop_test(tcase, what_was_fixed_anew_is_resumed, 0, 12);
    tcase_add_loop_test(tcase, a_buffer_is_no_larger_than_what_comes, 0,
                        sizeof buffers / sizeof buffers[0]);
    tcase_add_test(tcase, a_term_that_weighs_too_much_is_named);
    tcase_add_loop_test(tcase, a_class_begins_with_its_prototype, 0, n);
    tcase_add_loop_test(tcase, every_pair_runs_or_is_refused, 0, n);
    tcase_add_loop_test(tcase, evaluations_are_in_the_estimate, 0, n);
    return tests;
}
