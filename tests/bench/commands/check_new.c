/* `bench new`: a file that works, under another name, and its line in the list. */
#include "tests/support/program.h"

static void copy(const char *path)
{
    FILE *in = fopen(path, "r");
    char *text = calloc(1, 1 << 16);

    ck_assert_ptr_nonnull(in);
    ck_assert_uint_lt(fread(text, 1, (1 << 16) - 1, in), (1 << 16) - 1);
    fclose(in);
    write_text(path, text);
    free(text);
}

static int unlink_in_tree(const char *name)
{
    char path[2 * SAMPLE_PATH];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return unlink(path);
}

/* What it reads of a source tree. */
static void make_tree(void)
{
    static const char *const folders[] = {
        "baselines",     "baselines/rules", "baselines/strategies", "tasks",
        "tasks/streams", "bench",           "bench/registry"};

    set_up();
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        sample_folder(folder, folders[i]);
    copy("baselines/rules/nearest_mean.c");
    copy("baselines/strategies/freeze.c");
    copy("tasks/streams/permuted.c");
    copy("bench/registry/learners.def");
    copy("bench/registry/strategies.def");
    copy("tasks/streams/streams.def");
}

static const struct {
    const char *kind, *file, *table, *list, *line;
} made[] = {
    {"learner", "baselines/rules/my_plug.c", "const struct learner learner_my_plug = {",
     "bench/registry/learners.def", "LEARNER(my_plug)"},
    {"strategy", "baselines/strategies/my_plug.c",
     "const struct strategy strategy_my_plug = {", "bench/registry/strategies.def",
     "STRATEGY(my_plug)"},
    {"stream", "tasks/streams/my_plug.c", "const struct stream stream_my_plug = {",
     "tasks/streams/streams.def", "STREAM(my_plug)"},
};

START_TEST(a_plug_and_its_line)
{
    char command[128];

    snprintf(command, sizeof command, "new %s my-plug", made[_i].kind);
    ck_assert_int_eq(bench(command), 0);
    ck_assert(holds("printed", made[_i].file));
    ck_assert(holds(made[_i].file, made[_i].table));
    ck_assert(holds(made[_i].file, "    .name = \"my-plug\","));
    ck_assert(holds(made[_i].file, "struct my_plug {"));
    ck_assert(!holds(made[_i].file, "struct nearest_mean"));
    ck_assert(!holds(made[_i].file, "struct freeze"));
    ck_assert(!holds(made[_i].file, "struct permuted"));
    ck_assert(holds(made[_i].list, made[_i].line));
    assert_refused(command, "my_plug.c is there already");
}
END_TEST

START_TEST(what_is_no_new_name_is_refused)
{
    assert_refused("new learner", "needs two words");
    assert_refused("new rule my-plug", "a learner, a strategy or a stream, not 'rule'");
    assert_refused("new learner backprop", "there is a learner 'backprop' already");
    assert_refused("new learner ../x", "'../x' is no name for a learner");
    assert_refused("new learner My", "'My' is no name for a learner");
    ck_assert(!holds("bench/registry/learners.def", "my"));
    ck_assert_int_eq(unlink_in_tree("bench/registry/learners.def"), 0);
    assert_refused("new learner my-plug", "at the root of the source tree");
}
END_TEST

Suite *new_suite(void)
{
    Suite *suite = suite_create("new");
    TCase *tests = tcase_create("new");

    tcase_add_checked_fixture(tests, make_tree, tear_down);
    tcase_add_loop_test(tests, a_plug_and_its_line, 0, sizeof made / sizeof *made);
    tcase_add_test(tests, what_is_no_new_name_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
