/* Each folder of sources is a room. Listed here is which rooms it may know, by including
 * their headers. No header includes itself through others, and few files include the
 * header of a library. */
#include <check.h>
#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A room knows itself, and those whose path begins so. */
static const struct room {
    const char *name, *may[12];
} rooms[] = {
    {"core/base", {NULL}},
    {"core/kernels", {"core/base/"}},
    {"core/nn", {"core/base/", "core/kernels/"}},
    {"core/optim", {"core/base/", "core/kernels/", "core/nn/"}},
    {"core/plug", {"core/base/", "core/kernels/", "core/nn/", "core/optim/"}},

    {"noprop", {"core/"}},
    {"baselines/rules", {"core/"}},
    {"baselines/strategies", {"core/"}},

    {"tasks/formats", {"core/"}},
    {"tasks/streams", {"core/", "tasks/formats/"}},

    {"results/data", {"core/"}},
    {"results/stats", {"core/", "results/data/"}},
    {"results/plots", {"core/", "results/data/", "results/stats/"}},
    {"results/report", {"core/", "results/data/", "results/stats/", "results/plots/"}},

    {"bench/registry", {"core/", "tasks/streams/"}},
    {"bench/suite", {"core/", "tasks/", "results/", "bench/registry/"}},
    {"bench/data", {"core/", "tasks/", "bench/registry/", "bench/suite/"}},
    {"bench/plan",
     {"core/", "tasks/", "results/", "bench/registry/", "bench/suite/", "bench/data/"}},
    {"bench/run",
     {"core/", "tasks/", "results/", "bench/registry/", "bench/suite/", "bench/data/",
      "bench/plan/"}},
    {"bench/perf", {"core/", "bench/registry/"}},
    {"bench/study",
     {"core/", "tasks/", "results/", "bench/registry/", "bench/suite/", "bench/data/",
      "bench/plan/", "bench/run/", "bench/perf/"}},
    {"bench/fetch", {"core/"}},
    {"bench/commands",
     {"core/", "tasks/", "results/", "bench/registry/", "bench/suite/", "bench/data/",
      "bench/plan/", "bench/run/", "bench/perf/", "bench/study/", "bench/fetch/"}},
    {"bench", {"core/", "bench/registry/", "bench/commands/"}},
};

static const struct {
    const char *header, *files[6]; /* all that include it, sorted */
} libraries[] = {
    {"cblas.h", {"core/nn/blas.c"}},
    {"yaml.h", {"bench/suite/yaml_tree.c"}},
    {"curl/curl.h", {"bench/fetch/download.c"}},
    {"zlib.h",
     {"bench/fetch/untar.c", "bench/run/checkpoint.c", "tasks/formats/idx.h",
      "tasks/formats/kept.c"}},
    {"jansson.h",
     {"bench/commands/perf_print.c", "bench/main.c", "results/data/environment.c",
      "results/data/evaluations.h", "results/data/field.h"}},
    {"mpi.h", {"core/base/ranks.c", "core/base/ranks_together.c"}},
    {"pthread.h", {"core/base/stage.c", "core/base/threads.c", "core/nn/blas.c"}},
};

#define LENGTH(array) ((int)(sizeof(array) / sizeof *(array)))

/* ---------------------------------------------------------------- the include graph */

enum { FILES = 1024, INCLUDES = 64, NAME = 128 };

static struct file {
    const char *path;
    char include[INCLUDES][NAME]; /* without quotes or angles */
    bool own[INCLUDES];           /* in quotes */
    int n;
    bool open, done; /* of the search for circles */
} files[FILES];
static int n_file;
static glob_t found;

static void read_includes(struct file *file)
{
    FILE *in = fopen(file->path, "r");
    char line[512], quote;

    ck_assert_ptr_nonnull(in);
    while (fgets(line, sizeof line, in)) {
        ck_assert_int_lt(file->n, INCLUDES);
        if (sscanf(line, "#include %c%127[^\">]", &quote, file->include[file->n]) == 2)
            file->own[file->n++] = quote == '"';
    }
    fclose(in);
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void read_sources(void)
{
    n_file = 0;
    ck_assert_int_eq(glob("*/*.[ch]", 0, NULL, &found), 0);
    ck_assert_int_eq(glob("*/*/*.[ch]", GLOB_APPEND, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        if (begins(found.gl_pathv[i], "tests/") || begins(found.gl_pathv[i], "build"))
            continue;
        ck_assert_int_lt(n_file, FILES);
        files[n_file] = (struct file){.path = found.gl_pathv[i]};
        read_includes(&files[n_file++]);
    }
    ck_assert_int_gt(n_file, 200);
}

static void forget_sources(void)
{
    globfree(&found);
}

/* ---------------------------------------------------------------- rooms */

static bool is_in(const char *path, const char *room)
{
    size_t n = strlen(room);

    return begins(path, room) && path[n] == '/' && !strchr(path + n + 1, '/');
}

static const struct room *room_of(const char *path)
{
    for (int r = 0; r < LENGTH(rooms); r++)
        if (is_in(path, rooms[r].name))
            return &rooms[r];
    ck_abort_msg("%s is in no room of the table", path);
}

static bool allowed(const struct room *room, const char *header)
{
    bool may = is_in(header, room->name);

    for (int i = 0; room->may[i]; i++)
        may |= begins(header, room->may[i]);
    return may;
}

START_TEST(a_room_includes_only_what_it_may)
{
    for (int f = 0; f < n_file; f++)
        for (int i = 0; i < files[f].n; i++) {
            const char *header = files[f].include[i];

            ck_assert_msg(!files[f].own[i] || allowed(room_of(files[f].path), header),
                          "%s must not include %s", files[f].path, header);
        }
}
END_TEST

START_TEST(every_room_has_files)
{
    int n = 0;

    for (int f = 0; f < n_file; f++)
        n += room_of(files[f].path) == &rooms[_i];
    ck_assert_msg(n > 0, "%s is empty", rooms[_i].name);
}
END_TEST

static bool includes(const char *path, const char *header)
{
    for (int f = 0; f < n_file; f++)
        for (int i = 0; i < files[f].n; i++)
            if (strcmp(files[f].path, path) == 0 &&
                strcmp(files[f].include[i], header) == 0)
                return true;
    return false;
}

/* ---------------------------------------------------------------- circles */

static struct file *file_of(const char *path)
{
    for (int f = 0; f < n_file; f++)
        if (strcmp(files[f].path, path) == 0)
            return &files[f];
    return NULL; /* of a library, or a .def */
}

static void follow(struct file *file)
{
    file->open = true;
    for (int i = 0; i < file->n; i++) {
        struct file *next = file_of(file->include[i]);

        ck_assert_msg(!next || !next->open, "%s and %s include each other", file->path,
                      file->include[i]);
        if (next && !next->done)
            follow(next);
    }
    file->open = false;
    file->done = true;
}

START_TEST(no_header_includes_itself_through_others)
{
    for (int f = 0; f < n_file; f++)
        if (!files[f].done)
            follow(&files[f]);
}
END_TEST

/* ---------------------------------------------------------------- libraries */

static int compare_paths(const void *a, const void *b)
{
    return strcmp((*(const struct file *const *)a)->path,
                  (*(const struct file *const *)b)->path);
}

START_TEST(few_files_include_a_library)
{
    const struct file *user[FILES];
    const char *const *expected = libraries[_i].files;
    int n = 0;

    for (int f = 0; f < n_file; f++)
        if (includes(files[f].path, libraries[_i].header))
            user[n++] = &files[f];
    qsort(user, (size_t)n, sizeof *user, compare_paths);
    for (int i = 0; i < n; i++)
        ck_assert_msg(expected[i] && strcmp(user[i]->path, expected[i]) == 0,
                      "%s includes %s", user[i]->path, libraries[_i].header);
    ck_assert_msg(!expected[n], "%s does not include %s", expected[n],
                  libraries[_i].header);
}
END_TEST

Suite *rooms_suite(void)
{
    Suite *suite = suite_create("rooms");
    TCase *tcase = tcase_create("rooms");

    suite_add_tcase(suite, tcase);
    tcase_add_unchecked_fixture(tcase, read_sources, forget_sources);
    tcase_add_test(tcase, a_room_includes_only_what_it_may);
    tcase_add_loop_test(tcase, every_room_has_files, 0, LENGTH(rooms));
    tcase_add_test(tcase, no_header_includes_itself_through_others);
    tcase_add_loop_test(tcase, few_files_include_a_library, 0, LENGTH(libraries));
    return suite;
}
