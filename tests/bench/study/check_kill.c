/* Runs that are killed at random instants, over learners x strategies, end in the same
 * bytes as a run that nobody disturbed. tests/kill.sh runs all of the registry.
 *
 * A kill counts where a worker was alive; a resume, where the log of a cell then says
 * that it went on from a checkpoint. KILL_RESUMES is how many are wanted, KILL_SEED draws
 * pairs, kinds and instants, KILL_ALL=1 takes every pair. */
#include <sys/resource.h>

#include "bench/registry/registry.h"
#include "core/nn/rng.h"
#include "tests/support/needs.h"
#include "tests/support/program.h"
#include "tests/support/workers.h"

enum { SEEDS = 3, PAIRS = 1024, ID = 96, STEPS_FIRST = 50, N_LEARNER = 64 };

static const double cell_seconds = 0.12;

/* ---------------------------------------------------------------- what is done to it */

enum victim { PARENT, WORKER, BOTH, N_VICTIM };

static const char *const victim_names[] = {"parent", "worker", "both"};
static const int signals[] = {SIGKILL, SIGSEGV, SIGTERM, SIGINT, SIGHUP, SIGSTOP};

enum { N_SIGNAL = sizeof signals / sizeof *signals };

static struct count {
    int kills, resumes, cells[SEEDS + 1]; /* resumes by the cells that went on */
} counts[N_SIGNAL][N_VICTIM];

static struct rng rng;

static int below(int n)
{
    return (int)rng_below(&rng, (uint32_t)n);
}

static void pause_s(double seconds)
{
    pause_ms((int)(1000 * seconds));
}

/* ---------------------------------------------------------------- the suite */

static int64_t steps[N_LEARNER]; /* of each learner of the registry */

static void print_learner(FILE *out, const struct learner *learner, int64_t n)
{
    static const char *const options[][2] = {{"net", "mlp-8"},
                                             {"blocks", "2"},
                                             {"width", "16"},
                                             {"steps", "4"},
                                             {"inference_steps", "4"}};

    fprintf(out, "  - {learner: %s, training: {steps: %lld}", learner->name,
            (long long)n);
    for (int i = 0; i < 5; i++)
        if (learner->params && param_find(learner->params, options[i][0]))
            fprintf(out, ", %s: %s", options[i][0], options[i][1]);
    fprintf(out, "}\n");
}

static void print_strategy(FILE *out, const struct strategy *strategy)
{
    bool buffer = strategy->params && param_find(strategy->params, "buffer");

    fprintf(out, "  - {strategy: %s%s}\n", strategy->name, buffer ? ", buffer: 20" : "");
}

/* Of the whole registry, or a random share of it; the same one until it is chosen anew. */
static bool taken_learner[N_LEARNER], taken_strategy[N_LEARNER];

static void choose_plugs(bool all)
{
    for (int i = 0; registry_learners[i]; i++)
        taken_learner[i] = all || below(10) == 0;
    for (int i = 0; registry_strategies[i]; i++)
        taken_strategy[i] = all || below(6) == 0;
    taken_learner[0] = taken_learner[1] = taken_strategy[0] = true;
}

static void write_suite(int seeds)
{
    char path[SAMPLE_PATH];
    FILE *out;

    snprintf(path, sizeof path, "%s/suite.yaml", folder);
    out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    fprintf(out,
            "suite: killed\nseeds: %d\ncheckpoint: 10 ms\nincompatible: skip\n"
            "training: {batch: 16}\nreport: {plots: [accuracy]}\n"
            "streams: [{stream: split, dataset: {idx: %s/data}, tasks: 2}]\nlearners:\n",
            seeds, folder);
    for (int i = 0; registry_learners[i]; i++)
        if (taken_learner[i])
            print_learner(out, registry_learners[i], steps[i]);
    fprintf(out, "strategies:\n");
    for (int i = 0; registry_strategies[i]; i++)
        if (taken_strategy[i])
            print_strategy(out, registry_strategies[i]);
    fclose(out);
}

/* ---------------------------------------------------------------- the pairs */

static struct pair {
    char id[ID]; /* "split.class/backprop/none" */
    double seconds;
} pairs[PAIRS];
static int n_pair;

/* From a line of timing.csv: its cell, and how long it took. */
static bool read_line(const char *line, struct pair *pair)
{
    const char *slash = strstr(line, "/seed-"), *comma = strchr(line, ',');
    double train, eval;

    if (!slash || !comma || slash - line >= ID ||
        sscanf(comma, ",%lf,%lf", &train, &eval) != 2)
        return false;
    *pair = (struct pair){.seconds = train + eval};
    memcpy(pair->id, line, (size_t)(slash - line));
    return true;
}

static void read_pairs(const char *timing)
{
    char *text = content(timing);

    n_pair = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        struct pair pair;

        if (!read_line(line, &pair))
            continue;
        if (n_pair == 0 || strcmp(pairs[n_pair - 1].id, pair.id) != 0) {
            ck_assert_int_lt(n_pair, PAIRS);
            pairs[n_pair++] = pair;
        }
    }
    ck_assert_int_gt(n_pair, 0);
    free(text);
}

/* Steps such that a cell of each learner, without a strategy, takes cell_seconds. */
static void calibrate(void)
{
    for (int i = 0; registry_learners[i]; i++)
        steps[i] = STEPS_FIRST;
    write_suite(1);
    ck_assert_int_eq(bench("run suite.yaml --out first --no-report --only '*/none/*'"),
                     0);
    read_pairs("first/timing.csv");
    for (int i = 0; registry_learners[i]; i++)
        for (int k = 0; k < n_pair; k++) {
            const char *name = strchr(pairs[k].id, '/') + 1;
            size_t n = strlen(registry_learners[i]->name);

            if (strncmp(name, registry_learners[i]->name, n) == 0 && name[n] == '/')
                steps[i] =
                    1 + (int64_t)(STEPS_FIRST * cell_seconds / (pairs[k].seconds + 1e-5));
        }
}

/* ---------------------------------------------------------------- the kill */

static void send(const struct family *family, enum victim victim, int signal)
{
    int chosen = below(family->n);
    bool first = below(2);

    if (victim != WORKER && first)
        kill(family->parent, signal);
    for (int i = 0; i < family->n && victim != PARENT; i++)
        if (victim == BOTH || i == chosen)
            kill(family->worker[i], signal);
    if (victim != WORKER && !first)
        kill(family->parent, signal);
}

/* What cannot end a run is followed by what does: SIGSTOP by SIGCONT and SIGTERM, and a
 * SIGINT or SIGHUP that a worker leaves to its parent, by SIGTERM. */
static void strike(const struct family *family, enum victim victim, int signal)
{
    send(family, victim, signal);
    if (signal == SIGSTOP) {
        pause_ms(below(30));
        send(family, BOTH, SIGCONT);
    }
    if (signal == SIGSTOP ||
        (victim == WORKER && (signal == SIGINT || signal == SIGHUP))) {
        pause_ms(below(20));
        kill(family->parent, SIGTERM);
    }
}

/* ---------------------------------------------------------------- a round */

/* How many cells of the pair's logs went on from a checkpoint, in all its runs. */
static int count_resumed(const struct pair *pair)
{
    int n = 0;

    for (int seed = 1; seed <= SEEDS; seed++) {
        char name[2 * ID], *log;

        snprintf(name, sizeof name, "out/cells/%s/seed-%d/log.txt", pair->id, seed);
        log = content(name);
        ck_assert_msg(!strstr(log, "starts over"), "%s: %s", name, log);
        for (char *at = log; (at = strstr(at, "goes on from a checkpoint")); at++)
            n++;
        free(log);
    }
    return n;
}

/* Starts the pair and kills it at a random instant; false = no worker was alive then. */
static bool kill_once(const struct pair *pair, enum victim victim, int signal)
{
    int jobs = 1 + below(SEEDS);
    struct family family;
    char command[3 * ID];
    bool alive;

    snprintf(command, sizeof command,
             "run suite.yaml --out out --no-report --jobs %d --only '%s/*'", jobs,
             pair->id);
    family.parent = start(command);
    for (find_workers(&family); family.n == 0 && is_alive(family.parent);
         find_workers(&family))
        pause_ms(1);
    pause_s(0.012 + pair->seconds * SEEDS / jobs * below(1000) / 1000);
    find_workers(&family);
    alive = has_live_worker(&family);
    if (alive)
        strike(&family, victim, signal);
    finish(family.parent);
    await_end(&family);
    return alive;
}

/* The pair is killed once or twice, then run to its end. */
static void play(const struct pair *pair, int s, enum victim victim)
{
    struct count *count = &counts[s][victim];
    char command[3 * ID];
    int before = 0, kills = 1 + below(2), resumed;

    for (int i = 0; i <= kills; i++) {
        bool alive = i < kills && kill_once(pair, victim, signals[s]);

        if (i == kills) {
            snprintf(command, sizeof command,
                     "run suite.yaml --out out --no-report --only '%s/*'", pair->id);
            ck_assert_msg(bench(command) <= 1, "%s cannot be run", pair->id);
        }
        resumed = count_resumed(pair) - before;
        ck_assert_int_ge(resumed, 0);
        before += resumed;
        if (i > 0 && resumed > 0) {
            count->resumes++;
            count->cells[resumed < SEEDS ? resumed : SEEDS]++;
        }
        count->kills += alive;
    }
}

/* ---------------------------------------------------------------- what is left */

static int check_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    const char *name = path + at->base;

    if (strstr(name, ".tmp") || strcmp(name, "checkpoint") == 0)
        ck_abort_msg("%s is left", path);
    return 0;
}

/* How the undisturbed run ended: 1 = some cells diverged. */
static int whole;

/* A last run of all pairs sweeps; the tables have the bytes of the undisturbed run. */
static void assert_whole(void)
{
    char path[SAMPLE_PATH];

    ck_assert_int_eq(bench("run suite.yaml --out out --no-report"), whole);
    assert_same("whole/results.csv", "out/results.csv");
    assert_same("whole/accuracy.csv", "out/accuracy.csv");
    snprintf(path, sizeof path, "%s/out", folder);
    ck_assert_int_eq(nftw(path, check_entry, 8, FTW_PHYS), 0);
    snprintf(path, sizeof path, "rm -r %s/out", folder);
    ck_assert_int_eq(system(path), 0);
}

static int all_resumes(void)
{
    int n = 0;

    for (int s = 0; s < N_SIGNAL; s++)
        for (int v = 0; v < N_VICTIM; v++)
            n += counts[s][v].resumes;
    return n;
}

static void print_counts(void)
{
    printf("| signal | to | kills | resumes | 1 cell | 2 cells | 3 or more |\n"
           "|---|---|--:|--:|--:|--:|--:|\n");
    for (int s = 0; s < N_SIGNAL; s++)
        for (int v = 0; v < N_VICTIM; v++) {
            const struct count *c = &counts[s][v];

            printf("| SIG%s | %s | %d | %d | %d | %d | %d |\n", sigabbrev_np(signals[s]),
                   victim_names[v], c->kills, c->resumes, c->cells[1], c->cells[2],
                   c->cells[3]);
        }
    printf("%d resumes of %d pairs\n", all_resumes(), n_pair);
}

static int setting(const char *name, int otherwise)
{
    const char *text = getenv(name);

    return text && *text ? atoi(text) : otherwise;
}

START_TEST(killed_runs_end_in_the_same_bytes)
{
    int wanted = setting("KILL_RESUMES", 20), seed = setting("KILL_SEED", 1), kind = 0;
    bool all = setting("KILL_ALL", 0);

    printf("KILL_SEED=%d\n", seed);
    fflush(stdout);
    rng = rng_seed((uint64_t)seed);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    choose_plugs(all);
    calibrate();
    write_suite(SEEDS);
    whole = bench("run suite.yaml --out whole --no-report");
    ck_assert(whole <= 1 && !holds("whole/results.csv", ",crashed,"));
    read_pairs("whole/timing.csv");
    while (all_resumes() < wanted) {
        for (int i = 0; i < n_pair && (all || all_resumes() < wanted); i++, kind++)
            play(&pairs[i], kind % N_SIGNAL, (enum victim)(kind / N_SIGNAL % N_VICTIM));
        assert_whole();
    }
    print_counts();
}
END_TEST

Suite *kill_suite(void)
{
    Suite *suite = suite_create("kill");
    TCase *tests;

    if (!needs(!is_sanitized(), "the optimised program is killed alone"))
        return suite;
    tests = tcase_create("kill");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 0);
    tcase_add_test(tests, killed_runs_end_in_the_same_bytes);
    suite_add_tcase(suite, tests);
    return suite;
}
