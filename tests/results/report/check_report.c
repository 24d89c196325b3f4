#include "results/report/report.h"

#include <check.h>
#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "results/plots/plot.h"
#include "results/plots/plot_data.h"
#include "results/report/table.h"
#include "tests/support/make_outcome.h"

enum { N_CELL = 9 };

static struct arena arena;
static char folder[64], search_path[4096];
static struct outcome cells[N_CELL];

/* Two tasks in the class scenario, three seeds: backprop ends at 45, 50 and 55 per cent
 * and forgets 90, 80 and 70 points; with replay at 80 and 90, and one seed diverges;
 * pooled at 95. */
static void make_cells(void)
{
    struct error err = {0};

    ck_assert_int_eq(arena_open(&arena, 1 << 26, &err), OK);
    snprintf(search_path, sizeof search_path, "%s", getenv("PATH"));
    strcpy(folder, "/tmp/check_report.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (int i = 0; i < 3; i++) {
        const double none[] = {NAN, NAN, .9, NAN, .1 * i, .9};
        const double replay[] = {NAN, NAN, .9, NAN, .8 + .1 * i, .8 + .1 * i};
        const double joint[] = {NAN, NAN, NAN, NAN, .95, .95};

        cells[i] = make_outcome(none, 2, 1000, &arena);
        cells[3 + i] = make_outcome(replay, 2, 1000, &arena);
        cells[6 + i] = make_outcome(joint, 2, 1000, &arena);
        cells[6 + i].tests.pooled = true;
        name_cell(&cells[i], "class", "back_prop", "none", i + 1);
        name_cell(&cells[3 + i], "class", "back_prop", "replay", i + 1);
        name_cell(&cells[6 + i], "class", "back_prop", "joint", i + 1);
    }
    cells[5].ending = END_DIVERGED;
    strcpy(cells[5].reason, "step 150: loss <nan> & \"worse\"");
}

static void empty_folder(const char *path)
{
    DIR *list = opendir(path);
    struct dirent *entry;

    ck_assert_ptr_nonnull(list);
    while ((entry = readdir(list))) {
        char file[512];

        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.' && unlink(file) != 0)
            empty_folder(file);
    }
    closedir(list);
    rmdir(path);
}

static void remove_all(void)
{
    setenv("PATH", search_path, 1);
    empty_folder(folder);
    arena_close(&arena);
}

static bool there_is(const char *name)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    return access(path, F_OK) == 0;
}

static char *contents(const char *name)
{
    struct error err = {0};
    char path[256], *text = NULL;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    ck_assert_msg(file_read(path, &arena, &text, NULL, &err) == OK, "%s", err.text);
    return text;
}

static void expect(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "'%s' is missing", part);
}

static struct report sample(void)
{
    static const struct target target = {.strategy = "none",
                                         .metric = METRIC_ACCURACY,
                                         .value = .6,
                                         .source = "a <paper>",
                                         .published = true};
    static const char *const note = "1 cell left out & kept";

    return (struct report){.title = "split <digits>",
                           .about = "about & about",
                           .plots = PLOT_ALL,
                           .target = &target,
                           .n_target = 1,
                           .environment = {.commit = "abc123", .cpu = "a <cpu>"},
                           .note = &note,
                           .n_note = 1};
}

/* PATH with nothing in it but, where given, a gnuplot that is this shell script. */
static void fake_gnuplot(const char *script)
{
    char path[128];
    FILE *out;

    snprintf(path, sizeof path, "%s/bin", folder);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(setenv("PATH", path, 1), 0);
    if (!script)
        return;
    snprintf(path, sizeof path, "%s/bin/gnuplot", folder);
    out = fopen(path, "w");
    ck_assert_ptr_nonnull(out);
    fprintf(out, "#!/bin/sh\n%s\n", script);
    fclose(out);
    ck_assert_int_eq(chmod(path, 0700), 0);
}

/* ---------------------------------------------------------------- without pictures */

static void write_without_gnuplot(void)
{
    struct report report = sample();
    struct error err = {0};

    fake_gnuplot(NULL);
    ck_assert_msg(report_write(&report, cells, N_CELL, folder, &err) == OK, "%s",
                  err.text);
    ck_assert(report.pictures.no_gnuplot);
}

START_TEST(everything_but_the_pictures_is_there_without_gnuplot)
{
    char *page;

    write_without_gnuplot();
    page = contents("index.html");
    expect(page, "gnuplot is not installed");
    ck_assert_ptr_null(strstr(page, "<svg"));
    ck_assert(!there_is("accuracy-split-digits.class.svg"));
    ck_assert(there_is("summary.csv") && there_is("table.md") && there_is("table.tex"));
    ck_assert(there_is("plots/accuracy-split-digits.class.dat"));
    ck_assert(there_is("plots/accuracy.gp") && there_is("plots/style.gp"));
}
END_TEST

START_TEST(the_page_by_hand)
{
    char *page;

    write_without_gnuplot();
    page = contents("index.html");
    expect(page, "split &lt;digits&gt;");
    expect(page, "about &amp; about");
    expect(page, "1 cell left out &amp; kept");
    expect(page, "1 of 9 cells did not end ok");
    expect(page, "step 150: loss &lt;nan&gt; &amp; &quot;worse&quot;");
    expect(page, ">50.00 ± 5.00<");        /* accuracy without a strategy */
    expect(page, ">80.00 ± 10.00<");       /* its forgetting */
    expect(page, "<b>85.00 ± 7.07</b>");   /* replay is best: .8 and .9 */
    expect(page, "<td>95.00 ± 0.00</td>"); /* joint training never is */
    expect(page, ">2 of 3<");
    expect(page, "forgetting, bwt");
    expect(page, "joint training has only the last row");
    ck_assert_ptr_null(strstr(page, "near 0 on old tasks")); /* it is 10 per cent */
    expect(page, "a &lt;paper&gt;");
    expect(page, "-10.00"); /* 50 where .6 was published, of unknown spread */
    expect(page, "± 0.30");
    expect(page, "<b>outside</b>");
    expect(page, "0123456789abcdef");
    expect(page, "abc123");
    expect(page, "a &lt;cpu&gt;");
    ck_assert_ptr_null(strstr(page, "<nan>"));
    expect(page, "back_prop + replay has the highest average accuracy, 85.00 % (n = 2), "
                 "and forgets 5.00 points; the next is back_prop with 50.00 % (too few "
                 "seeds for intervals). Joint training reaches 95.00 % (back_prop + "
                 "joint).");
    expect(page, "href=\"summary.csv\"");
    expect(page, "href=\"#s1\"");
    expect(page, "<h2 id=\"s1\">");
    expect(page, "accuracy sample = accuracy");
    expect(page, "--out FOLDER\nbench report FOLDER");
    expect(page,
           "wider than ± 5 points, up to ± 63.5 with n = 2, of back_prop, back_prop "
           "+ replay:");
    page = strstr(page, "<script"); /* the page's own */
    ck_assert_ptr_null(strstr(page + 1, "<script"));
}
END_TEST

START_TEST(tables_by_hand)
{
    write_without_gnuplot();
    expect(contents("table.md"), "| back\\_prop | replay | 2 of 3 | **85.00 ± 7.07** |");
    expect(contents("table.tex"),
           "back\\_prop & replay & 2 of 3 & \\textbf{85.00 $\\pm$ 7.07} &");
    expect(contents("published.md"), "| learner | accuracy % | published % |");
    expect(contents("published.md"),
           "| back\\_prop | 50.00 ± 5.00 | 60.00 | **-10.00** | 3 | 1 | 2.2 | 0.01 |");
    expect(contents("published.md"), "| back\\_prop + replay | 85.00 ± 7.07 | – | – |");
    expect(contents("summary.csv"),
           "stream,dataset,scenario,learner,strategy,cells,figure,n,mean,std,");
    expect(contents("summary.csv"),
           "split-digits,digits,class,back_prop,none,3,peak_bytes,3,6400,0,0,6400,6400,"
           "back_prop\n");
    expect(contents("summary.csv"),
           "split-digits,digits,class,back_prop,joint,3,forgetting,0,,,,,,"
           "back_prop + joint\n");
}
END_TEST

/* In tables, captions and pictures; the names of files and of rows stay. */
START_TEST(labels_are_shown_in_place_of_ids)
{
    for (int i = 0; i < N_CELL; i++)
        cells[i].context.shown = (struct outcome_shown){"Split 2", "BP",
                                                        i < 3   ? NULL
                                                        : i < 6 ? "ER"
                                                                : "JT"};
    write_without_gnuplot();
    expect(contents("table.md"), "## Split 2, class\n");
    expect(contents("table.md"), "| BP | none | 3 |");
    expect(contents("table.tex"), "BP & ER & 2 of 3 &");
    expect(contents("published.md"), "| BP + ER |");
    expect(contents("index.html"), ">Split 2, class<");
    expect(contents("index.html"), ">BP<");
    expect(contents("plots/accuracy-split-digits.class.dat"),
           "'Average accuracy: Split 2, class' '2' '1 1 2 2 3 3' "
           "'\"BP\" \"BP + ER (2 of 3 ok)\" \"BP + JT\"'");
    expect(contents("summary.csv"), "\nsplit-digits,digits,class,back_prop,replay,3,");
    expect(contents("summary.csv"), ",BP + ER\n");
}
END_TEST

/* Means over the tasks seen: 90 after the first; 45, 50 and 55 after the second, with an
 * interval of 4.3027 x 5 / sqrt(3) = 12.42. Replay has two seeds and is left out of this.
 */
START_TEST(data_of_the_plots_by_hand)
{
    char *text;

    write_without_gnuplot();
    text = contents("plots/accuracy-split-digits.class.dat");
    expect(text,
           "# gnuplot -c accuracy.gp 'accuracy-split-digits.class.dat' OUT.svg svg "
           "'Average accuracy: split-digits.class' '2' '1 1 2 2 3 3' "
           "'\"back_prop\" \"back_prop + replay (2 of 3 ok)\" \"back_prop + joint\"' '2' "
           "'50'\n");
    expect(text, "\n1 90 90 90\n2 50 37.5793");
    expect(text, "\n\n1 95 95 95\n2 95 95 95\n");
    text = contents("plots/forgetting-split-digits.class.dat");
    expect(text, "\"back_prop (n = 3)\" 80 55.1586");
    expect(text, " 104.84"); /* its interval is ± 24.84 */
    expect(text, "\"back_prop + replay (2 of 3 ok)\" 5 5 5 2\n"); /* none of two seeds */
    expect(contents("plots/forgetting.gp"), "most = 100\n");
    expect(text, "\n1 90\n1 80\n1 70\n2 10\n2 0");
    expect(contents("plots/memory-split-digits.class.dat"),
           "\"back_prop\" 0.00122070312 0.000610351562 0.00122070312 0.000610351562 "
           "0.000610351562 0.000610351562 0.00122070312\n");
    expect(contents("plots/matrix-split-digits.class.dat"), "\n1 1 90\n1 2 10\n2 2 90\n");
}
END_TEST

/* What a plot writes, to be freed; NULL = nothing is drawn. */
static char *data_of(bool (*plot)(struct plot_data *plot_data),
                     struct plot_data *plot_data)
{
    char *text = NULL;
    size_t n = 0;
    bool drawn;

    plot_data->data = open_memstream(&text, &n);
    drawn = plot(plot_data);
    fclose(plot_data->data);
    if (!drawn) {
        free(text);
        return NULL;
    }
    return text;
}

/* Memory and accuracy: (1, 50) and (3, 85) are on the front; (2, 40) and (4, 85) are
 * beaten. */
START_TEST(the_front_leaves_out_what_is_beaten)
{
    struct group group[4] = {{.n = 0}};
    struct section section = {.group = group, .n = 4};
    struct plot_data plot_data = {.section = &section, .arena = &arena};
    const double point[4][2] = {{4, .85}, {1, .50}, {2, .40}, {3, .85}};
    char *text;

    for (int i = 0; i < 4; i++) {
        group[i] = (struct group){.first = &cells[0], .label = "x", .n = 1};
        group[i].peak = (struct statistics){.n = 1, .mean = point[i][0] * MEBIBYTE};
        group[i].mean[METRIC_ACCURACY] = (struct statistics){.n = 1, .mean = point[i][1]};
    }
    text = data_of(plot_pareto_memory, &plot_data);
    ck_assert_str_eq(strstr(text, "\n\n"), "\n\n\n1 50\n3 50\n3 85\n");
    free(text);
}
END_TEST

START_TEST(the_front_of_another_cost)
{
    struct group group[2] = {{.n = 0}};
    struct section section = {.group = group, .n = 2};
    struct plot_data plot_data = {.section = &section, .arena = &arena};
    char *text;

    for (int i = 0; i < 2; i++) {
        group[i] = (struct group){.first = &cells[0], .label = "x", .n = 1};
        group[i].flops = (struct statistics){.n = 1, .mean = (2 - i) * 1e9};
        group[i].mean[METRIC_ACCURACY] = (struct statistics){.n = 1, .mean = .9 - .5 * i};
    }
    text = data_of(plot_pareto_flops, &plot_data);
    ck_assert_str_eq(strstr(text, "\n\n"), "\n\n\n1 40\n2 40\n2 90\n");
    free(text);
    ck_assert_ptr_null(data_of(plot_pareto_time, &plot_data)); /* it is not known */
}
END_TEST

/* Two seeds with two draws: the first task at 90 when it ends, 20 and 40 at step 150, 60
 * and 40 at the end. The second task has 80 at step 150 and 50 at the end. Of 20 thousand
 * images and 4 TFLOP. */
START_TEST(accuracy_within_tasks_by_hand)
{
    struct evaluation eval[2][7] = {
        {{100, 1, true, 0, 0, 9, 10},
         {100, 1, true, 0, 1, 9, 10},
         {150, 1, false, 0, 0, 1, 10},
         {150, 1, false, 0, 1, 3, 10},
         {150, 1, false, 1, 0, 8, 10},
         {200, 2, true, 0, 0, 6, 10},
         {200, 2, true, 1, 0, 5, 10}},
        {{100, 1, true, 0, 0, 9, 10},
         {100, 1, true, 0, 1, 9, 10},
         {150, 1, false, 0, 0, 3, 10},
         {150, 1, false, 0, 1, 5, 10},
         {150, 1, false, 1, 0, 8, 10},
         {200, 2, true, 0, 0, 4, 10},
         {200, 2, true, 1, 0, 5, 10}},
    };
    const struct outcome *ok[2] = {&cells[0], &cells[1]};
    struct group group = {.first = &cells[0],
                          .label = "x",
                          .ok = ok,
                          .n = 2,
                          .draws = {.n = 2, .n_cell = 2}};
    struct section section = {.group = &group, .n = 1};
    struct plot_data plot_data = {.section = &section, .arena = &arena};
    char *text;

    for (int i = 0; i < 2; i++) {
        cells[i].tests.eval.data = eval[i];
        cells[i].tests.eval.n = 7;
        cells[i].tests.dense = true;
        cells[i].timing.samples = 20000;
        cells[i].cost.train_flops = 4e12;
    }
    text = data_of(plot_stability, &plot_data);
    expect(text, "100 90 90 90\n150 30 30 30\n200 50 50 50\n");
    ck_assert_ptr_nonnull(strstr(plot_data.caption, "no interval is drawn"));
    ck_assert_str_eq(plot_data.argument[4], "100");
    free(text);
    text = data_of(plot_curve, &plot_data);
    expect(text, "10 90 90 90\n15 55 55 55\n20 50 50 50\n");
    ck_assert_str_eq(plot_data.argument[4], "10");
    free(text);
    text = data_of(plot_curve_flops, &plot_data);
    expect(text, "2 90 90 90\n3 55 55 55\n4 50 50 50\n");
    free(text);
    cells[0].cost.train_flops = NAN; /* not known */
    ck_assert_ptr_null(data_of(plot_curve_flops, &plot_data));
    cells[0].tests.dense = false;
    ck_assert_ptr_null(data_of(plot_stability, &plot_data));
    ck_assert_ptr_null(data_of(plot_curve, &plot_data));
}
END_TEST

/* Two streams with backprop, replay and joint, which is left out: replay is first twice,
 * so the ranks are 1 and 2, and q = 1.960 sqrt(2 3 / (6 2)) = 1.386. */
START_TEST(ranks_over_two_streams)
{
    struct outcome both[2 * N_CELL];
    struct grouping grouping;
    struct plot_data plot_data = {.grouping = &grouping, .arena = &arena};
    struct error err = {0};
    char *text = NULL;
    size_t n = 0;

    for (int i = 0; i < N_CELL; i++) {
        both[i] = both[N_CELL + i] = cells[i];
        strcpy(both[N_CELL + i].id.stream, "other");
    }
    ck_assert_int_eq(group_cells(&grouping, both, 2 * N_CELL, &arena, &err), OK);
    plot_data.data = open_memstream(&text, &n);
    ck_assert(plot_ranks(&plot_data));
    fclose(plot_data.data);
    expect(text, "\"back_prop + replay\" 1 0.30");
    expect(text, "\n\"back_prop\" 2 1.30");
    expect(plot_data.caption, "critical difference of 1.39");
    expect(plot_data.caption, "Fewer than 5 streams");
    free(text);
    grouping.n = 1;
    ck_assert(!plot_ranks(&plot_data));
}
END_TEST

/* Nothing is left out of the tables, only of the page, which says so. */
START_TEST(a_page_of_many_cells_is_cut)
{
    enum { MANY = 1500 };
    struct outcome *many = calloc(MANY, sizeof *many);
    struct report report = sample();
    struct error err = {0};

    for (int i = 0; i < MANY; i++) {
        many[i] = cells[0];
        snprintf(many[i].id.learner, sizeof many[i].id.learner, "rule-%d", i);
        snprintf(many[i].id.cell, sizeof many[i].id.cell, "digits.class/rule-%d/s", i);
    }
    fake_gnuplot(NULL);
    ck_assert_int_eq(report_write(&report, many, MANY, folder, &err), OK);
    expect(contents("index.html"), "The first 1000 of 1500; table.md has all.");
    expect(contents("index.html"), "The first 1000 of 1500; results.csv has all.");
    ck_assert_ptr_null(strstr(contents("index.html"), "rule-1400"));
    expect(contents("table.md"), "rule-1400");
    expect(contents("summary.csv"), "rule-1400");
    ck_assert(!there_is("plots/forgetting-split-digits.class.dat"));
    expect(contents("plots/forgetting-split-digits.class-extremes.dat"), "' '24'\n");
    free(many);
}
END_TEST

/* ---------------------------------------------------------------- with gnuplot */

START_TEST(what_gnuplot_complains_of_is_told)
{
    struct report report = sample();
    struct error err = {0};

    fake_gnuplot("echo 'line 3: no such' >&2; echo 'terminal' >&2; exit 1");
    ck_assert_int_eq(report_write(&report, cells, N_CELL, folder, &err), OK);
    ck_assert_int_gt(report.pictures.n_failed, 0);
    expect(report.pictures.first.text, "gnuplot");
    expect(report.pictures.first.text, "line 3: no such terminal");
    expect(contents("index.html"), "line 3: no such terminal");
    ck_assert(there_is("index.html") && there_is("table.md"));
    ck_assert(!there_is("accuracy-split-digits.class.svg"));
    ck_assert_ptr_null(strstr(contents("index.html"), "<figure id="));
}
END_TEST

/* Whether gnuplot fails, is not there, or another format was asked for then. */
START_TEST(no_picture_of_an_earlier_report_stays)
{
    struct report report = sample();
    struct error err = {0};
    char path[128];

    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/matrix-split-digits.class.%s", folder,
                 i ? "pdf" : "svg");
        fclose(fopen(path, "w"));
    }
    fake_gnuplot(_i ? "exit 1" : NULL);
    ck_assert_int_eq(report_write(&report, cells, N_CELL, folder, &err), OK);
    ck_assert(!there_is("matrix-split-digits.class.svg"));
    ck_assert(!there_is("matrix-split-digits.class.pdf"));
}
END_TEST

START_TEST(the_signal_that_killed_gnuplot_is_told)
{
    struct report report = sample();
    struct error err = {0};

    fake_gnuplot("kill -9 $$");
    ck_assert_int_eq(report_write(&report, cells, N_CELL, folder, &err), OK);
    expect(report.pictures.first.text, "gnuplot was killed by signal 9 (Killed)");
}
END_TEST

/* Of two pictures at a time or of one, whatever the others do meanwhile. */
START_TEST(a_plot_that_fails_is_the_only_one_missing)
{
    struct report report = sample();
    struct error err = {0};

    report.pictures.jobs = _i;
    fake_gnuplot("case $4 in *matrix*) exit 1;; esac\n"
                 "case $6 in svg) printf '<svg>\\n</svg>\\n';; "
                 "*) printf '\\0\\0\\0\\0IEND\\256B\\140\\202';; esac >\"$5\"");
    ck_assert_int_eq(report_write(&report, cells, N_CELL, folder, &err), OK);
    expect(report.pictures.first.text, "matrix");
    ck_assert(there_is("accuracy-split-digits.class.svg"));
    ck_assert(there_is("accuracy-split-digits.class.png"));
    ck_assert(there_is("memory-split-digits.class.png"));
    ck_assert(there_is("pareto-flops-split-digits.class.svg"));
    ck_assert(!there_is("matrix-split-digits.class.svg"));
    expect(contents("index.html"), "<figure id=");
}
END_TEST

/* gnuplot -d -c SCRIPT DATA OUT FORMAT ..., content with a disk that is full */
START_TEST(pictures_cut_short_are_not_kept)
{
    struct report report = sample();
    struct error err = {0};

    fake_gnuplot("case $6 in svg) echo '<svg></svg>';; *) printf '\\211PNG';; esac "
                 ">\"$5\"");
    ck_assert_int_eq(report_write(&report, cells, N_CELL, folder, &err), OK);
    expect(report.pictures.first.text, ".png: the picture is incomplete");
    ck_assert(there_is("accuracy-split-digits.class.svg"));
    ck_assert(!there_is("accuracy-split-digits.class.png"));
}
END_TEST

START_TEST(gnuplot_draws_every_kind)
{
    static const char *const kind[] = {
        "accuracy", "curve", "curve-flops", "stability",   "matrix",       "forgetting",
        "memory",   "time",  "pareto",      "pareto-time", "pareto-flops", "plane"};
    enum { KINDS = sizeof kind / sizeof *kind };
    struct report report = sample();
    struct error err = {0};
    char *page, name[128];

    for (int i = 0; i < 3; i++)
        cells[i].tests.dense = true;
    report.pictures.formats = FORMAT_PNG | FORMAT_PDF;
    ck_assert_msg(report_write(&report, cells, N_CELL, folder, &err) == OK, "%s",
                  err.text);
    if (report.pictures.no_gnuplot)
        return;
    for (int i = 0; i < KINDS; i++) {
        snprintf(name, sizeof name, "%s-split-digits.class.svg", kind[i]);
        expect(contents(name), "</svg>");
        snprintf(name, sizeof name, "%s-split-digits.class.png", kind[i]);
        ck_assert_mem_eq(contents(name), "\x89PNG\r\n\x1a\n", 8);
        snprintf(name, sizeof name, "%s-split-digits.class.pdf", kind[i]);
        ck_assert_mem_eq(contents(name), "%PDF-1.", 7);
    }
    page = contents("index.html");
    for (int i = 0; i < KINDS; i++, page++) {
        page = strstr(page, "<svg");
        ck_assert_ptr_nonnull(page);
    }
    ck_assert_ptr_null(strstr(page, "<svg"));
    ck_assert_ptr_null(strstr(contents("index.html"), "<?xml"));
}
END_TEST

START_TEST(gnuplot_draws_without_pooled_training)
{
    struct report report = sample();
    struct error err = {0};

    ck_assert_msg(report_write(&report, cells, 3, folder, &err) == OK, "%s", err.text);
    ck_assert_msg(report_write(&report, cells + 6, 3, folder, &err) == OK, "%s",
                  err.text);
}
END_TEST

START_TEST(only_the_plots_asked_for)
{
    struct report report = sample();
    struct error err = {0};

    report.plots = PLOT_TIME;
    ck_assert_int_eq(report_write(&report, cells, N_CELL, folder, &err), OK);
    ck_assert(!there_is("plots/accuracy-split-digits.class.dat"));
    ck_assert(there_is("plots/time-split-digits.class.dat"));
}
END_TEST

START_TEST(many_learners_have_a_picture_for_each_strategy)
{
    enum { N_MANY = 26 };
    struct report report = sample();
    struct error err = {0};
    struct outcome many[N_MANY];
    char learner[16], *text;

    for (int i = 0; i < N_MANY; i++) {
        many[i] = cells[i % 2 ? 4 : 0];
        snprintf(learner, sizeof learner, "rule-%d", i / 2);
        name_cell(&many[i], "class", learner, i % 2 ? "replay" : "none", 1);
    }
    report.plots = PLOT_TIME | PLOT_ACCURACY; /* the latter in panels */
    ck_assert_int_eq(report_write(&report, many, N_MANY, folder, &err), OK);
    ck_assert(!there_is("plots/time-split-digits.class.dat"));
    expect(contents("plots/time-split-digits.class-none.dat"), "\"rule-12\"");
    text = contents("plots/accuracy-split-digits.class.dat");
    expect(text, "# gnuplot -c panels.gp 'accuracy-split-digits.class.dat' OUT.svg svg "
                 "'Average accuracy: split-digits.class' '\"rule-0\" \"rule-1\" ");
    expect(text, "' '0 1 1 0 2 2 1 1 1 1 2 2 2 1 1 "); /* panel, colour, dash */
    expect(text, "' '\"none\" 1 1 \"replay\" 2 2' '");
    expect(contents("plots/time-split-digits.class-replay.dat"), "\"rule-12\"");
    expect(contents("plots/time-split-digits.class-replay.dat"),
           "'Training time: split-digits.class, replay'");
    ck_assert_int_eq(report_write(&report, many, N_MANY - 2, folder, &err), OK);
    ck_assert(there_is("plots/time-split-digits.class.dat"));
}
END_TEST

START_TEST(labels_cannot_break_a_plot)
{
    struct report report = sample();
    struct error err = {0};

    for (int i = 0; i < N_CELL; i++)
        strcpy(cells[i].id.learner, "a\"b\\'c_{d}^e`f\n$(g) %d");
    ck_assert_msg(report_write(&report, cells, N_CELL, folder, &err) == OK, "%s",
                  err.text);
}
END_TEST

START_TEST(no_cells_make_an_empty_report)
{
    struct report report = sample();
    struct error err = {0};

    ck_assert_msg(report_write(&report, NULL, 0, folder, &err) == OK, "%s", err.text);
    expect(contents("index.html"), "no cells match");
    ck_assert(there_is("published.md"));
    report.n_target = 0; /* nothing to hold it against, and none of the time before */
    ck_assert_msg(report_write(&report, NULL, 0, folder, &err) == OK, "%s", err.text);
    ck_assert(!there_is("published.md"));
}
END_TEST

/* ---------------------------------------------------------------- terminal */

START_TEST(only_who_has_forgotten_is_said_to)
{
    const double R[] = {NAN, NAN, .9, NAN, .02, .9};
    char *text = NULL;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);

    for (int i = 0; i < 3; i++) {
        cells[i] = make_outcome(R, 2, 1000, &arena);
        name_cell(&cells[i], "class", "back_prop", "none", i + 1);
    }
    report_print(cells, N_CELL, NULL, out);
    fclose(out);
    expect(text, "accuracy near 0 on old tasks is expected for back_prop without images");
    free(text);
}
END_TEST

START_TEST(the_terminal_table_is_aligned)
{
    char *text = NULL, *rest, *line;
    size_t n = 0;
    FILE *out = open_memstream(&text, &n);
    int width;

    report_print(cells, N_CELL, NULL, out);
    report_print_failures(cells, N_CELL, out);
    fclose(out);
    expect(text, "split-digits.class  back_prop  replay    2 of 3  85.00 ± 7.07");
    expect(text, "split-digits.class/back_prop/replay/seed-3: diverged, step 150");
    ck_assert_ptr_null(strstr(text, "near 0 on old tasks"));
    line = strtok_r(text, "\n", &rest);
    width = table_width(line);
    for (int i = 0; i < 3; i++) {
        line = strtok_r(NULL, "\n", &rest);
        ck_assert_int_eq(table_width(line), width);
    }
    free(text);
}
END_TEST

Suite *report_suite(void)
{
    Suite *suite = suite_create("report");
    TCase *tests = tcase_create("report");

    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, make_cells, remove_all);
    tcase_add_test(tests, gnuplot_draws_every_kind);
    tcase_add_test(tests, gnuplot_draws_without_pooled_training);
    tcase_add_test(tests, only_the_plots_asked_for);
    tcase_add_test(tests, labels_cannot_break_a_plot);
    tcase_add_test(tests, many_learners_have_a_picture_for_each_strategy);
    tcase_add_test(tests, no_cells_make_an_empty_report);
    tcase_add_test(tests, the_front_leaves_out_what_is_beaten);
    tcase_add_test(tests, the_front_of_another_cost);
    tcase_add_test(tests, accuracy_within_tasks_by_hand);
    tcase_add_test(tests, ranks_over_two_streams);
    tcase_add_test(tests, only_who_has_forgotten_is_said_to);
    tcase_add_test(tests, the_terminal_table_is_aligned);
    tcase_add_test(tests, everything_but_the_pictures_is_there_without_gnuplot);
    tcase_add_test(tests, a_page_of_many_cells_is_cut);
    tcase_add_test(tests, the_page_by_hand);
    tcase_add_test(tests, tables_by_hand);
    tcase_add_test(tests, labels_are_shown_in_place_of_ids);
    tcase_add_test(tests, data_of_the_plots_by_hand);
    tcase_add_test(tests, what_gnuplot_complains_of_is_told);
    tcase_add_loop_test(tests, no_picture_of_an_earlier_report_stays, 0, 2);
    tcase_add_test(tests, the_signal_that_killed_gnuplot_is_told);
    tcase_add_loop_test(tests, a_plot_that_fails_is_the_only_one_missing, 1, 4);
    tcase_add_test(tests, pictures_cut_short_are_not_kept);
    suite_add_tcase(suite, tests);
    return suite;
}
