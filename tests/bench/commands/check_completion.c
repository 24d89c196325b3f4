/* What `bench completion` prints, in a real bash and zsh: what it offers for a line is held
 * against what the help says. */
#include <ctype.h>

#include "tests/support/needs.h"
#include "tests/support/program.h"

/* What bash offers for a line that ends in its last word, in the test's file "offered": a
 * space behind each word. */
static char *offered(const char *line)
{
    char command[4 * SAMPLE_PATH];

    ck_assert_int_eq(bench("completion bash"), 0);
    snprintf(command, sizeof command,
             "cd %s && bash --norc -c 'source printed && complete -p bench >&2 && "
             "COMP_WORDS=(%s) && COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) && { _bench; "
             "echo \" ${COMPREPLY[*]} \"; }' >offered 2>registered",
             folder, line);
    ck_assert_int_eq(system(command), 0);
    ck_assert(holds("registered", "-F _bench bench"));
    return content("offered");
}

static const struct {
    const char *line, *words;
} lines[] = {
    {"bench re", " report "},
    {"bench run --dr", " --dry-run "},
    {"bench run --out \"\"", "  "}, /* a path: bash's own */
    {"bench run suites/q", "  "},
    {"bench help comp", " compare completion "},
    {"bench list noprop-d", " noprop-dt "},
    {"bench explain train_f", " train_flops "},
    {"bench fetch synth", "  "},
    {"bench new st", " strategy stream "},
    {"bench completion \"\"", " bash zsh "},
    {"bench compare out --metric forgetting_m", " forgetting_mammoth "},
    {"bench report out --sort lea", " learner learning_accuracy "},
    {"bench report out --plots st", " stability "},
    {"bench report out --format p", " png pdf "},
};

START_TEST(a_line_is_completed)
{
    char *words = offered(lines[_i].line);

    words[strcspn(words, "\n")] = '\0';
    ck_assert_str_eq(words, lines[_i].words);
    free(words);
}
END_TEST

/* Every "--flag" of a help page, once. */
static int flags_of(char *help, char *flags[64])
{
    int n = 0;

    for (char *c = strstr(help, "--"); c && n < 64; c = strstr(c, "--")) {
        size_t length = 2 + strspn(c + 2, "abcdefghijklmnopqrstuvwxyz-");

        if (length > 2 && !isalpha((unsigned char)c[-1]))
            flags[n++] = strndup(c, length);
        c += length;
    }
    return n;
}

/* "  run        run the cells ...": the first word. */
START_TEST(the_flags_of_every_help_are_offered)
{
    char *all, *rest, *words, *help;
    int commands = 0;

    ck_assert_int_eq(bench("--help"), 0);
    all = content("printed");
    for (char *l = strtok_r(all, "\n", &rest); l; l = strtok_r(NULL, "\n", &rest)) {
        char name[32], line[64], word[80], *flags[64];
        int n;

        if (strncmp(l, "  ", 2) != 0 || sscanf(l, " %31[a-z]", name) != 1 ||
            strcmp(name, "bench") == 0)
            continue;
        snprintf(line, sizeof line, "bench %s --", name);
        words = offered(line);
        snprintf(line, sizeof line, "%s --help", name);
        ck_assert_int_eq(bench(line), 0);
        help = content("printed");
        n = flags_of(help, flags);
        for (int i = 0; i < n; i++) {
            snprintf(word, sizeof word, " %s ", flags[i]);
            if (strcmp(flags[i], "--install") != 0) /* of cmake */
                ck_assert_msg(strstr(words, word) != NULL, "bench %s: %s is not offered",
                              name, flags[i]);
            free(flags[i]);
        }
        free(words);
        free(help);
        commands++;
    }
    ck_assert_int_ge(commands, 13);
    free(all);
}
END_TEST

START_TEST(every_flag_that_is_offered_is_in_the_help)
{
    char *words = offered("bench run --"), *rest;

    ck_assert_int_eq(bench("run --help"), 0);
    for (char *w = strtok_r(words, " \n", &rest); w; w = strtok_r(NULL, " \n", &rest))
        ck_assert_msg(strcmp(w, "--help") == 0 || holds("printed", w), "%s", w);
    free(words);
}
END_TEST

/* What these commands of zsh print, in the test's file "offered". There `compadd` and
 * `compdef` print what they are given, and the line is `bench ne`. */
static void run_zsh(const char *commands)
{
    char command[4 * SAMPLE_PATH];

    ck_assert_int_eq(bench("completion zsh"), 0);
    snprintf(command, sizeof command,
             "cd %s && zsh -fc 'compadd() { shift; print offered \"$@\" }; "
             "compdef() { print defined \"$@\" }; words=(bench ne) CURRENT=2; %s' "
             ">offered 2>&1",
             folder, commands);
    ck_assert_int_eq(system(command), 0);
}

START_TEST(zsh_has_it_from_eval)
{
    run_zsh("eval \"$(<printed)\"; _bench");
    ck_assert(holds("offered", "defined _bench bench"));
    ck_assert(holds("offered", "offered run status "));
}
END_TEST

START_TEST(zsh_has_it_from_a_folder)
{
    run_zsh("cp printed _bench; fpath=($PWD); autoload -Uz _bench; _bench; "
            "print -n \"again \"; _bench");
    ck_assert(!holds("offered", "defined"));
    ck_assert(holds("offered", "again offered run status "));
}
END_TEST

Suite *completion_suite(void)
{
    Suite *suite = suite_create("completion");
    TCase *tcase;
    bool has_zsh = needs_program("zsh");

    if (!needs_program("bash"))
        return suite;
    tcase = tcase_create("completion");
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, a_line_is_completed, 0, sizeof lines / sizeof lines[0]);
    tcase_add_test(tcase, the_flags_of_every_help_are_offered);
    tcase_add_test(tcase, every_flag_that_is_offered_is_in_the_help);
    if (has_zsh) {
        tcase_add_test(tcase, zsh_has_it_from_eval);
        tcase_add_test(tcase, zsh_has_it_from_a_folder);
    }
    return suite;
}
