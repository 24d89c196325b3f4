#include "results/report/page_origin.h"

#include "results/data/escape.h"
#include "results/report/html.h"
#include "results/report/table.h"

void page_definitions(FILE *out)
{
    html_element(out, "h2", " id=\"metrics\"", "Metrics");
    html_small(
        out,
        "R[i][j] = accuracy on task j after training task i of T; row 0 = before any "
        "training.");
    fputs("<dl>\n", out);
    for (int k = 0; k < N_METRIC_OWN; k++) {
        html_element(out, "dt", "", metric_table[k].name);
        fputs("<dd>", out);
        escape_html(metric_table[k].definition, out);
        fputs(" <span class=\"small\">(", out);
        escape_html(metric_table[k].source, out);
        fputs(")</span></dd>\n", out);
    }
    fputs("</dl>\n", out);
}

void page_reproduction(const struct report *report, struct arena *arena, FILE *out)
{
    const struct environment *env = &report->environment;

    html_element(out, "h2", " id=\"reproduce\"", "Reproduce and cite");
    html_small(out,
               "The same program on the same kind of processor gives the same bits:");
    html_lines(out, "",
               "bench run suite.resolved.yaml --out FOLDER\n"
               "bench report FOLDER    # tables and figures again, without training");
    html_small(out,
               arena_text(arena,
                          "To cite: bench: a continual-learning benchmark suite for "
                          "learning without back-propagation, version %s, commit %s; and "
                          "the papers of the methods, which 'bench list NAME' gives.",
                          env->version, env->commit));
    if (!report->settings)
        return;
    html_small(out, "The suite with every default filled in; it is a suite file again.");
    fputs("<details><summary>suite.resolved.yaml</summary>\n", out);
    html_lines(out, " tabindex=\"0\"", report->settings);
    fputs("</details>\n", out);
}

void page_environment(const struct environment *env, struct arena *arena, FILE *out)
{
    const char *const row[][2] = {
        {"program", arena_text(arena, "bench %s, commit %s", env->version, env->commit)},
        {"compiler", arena_text(arena, "%s %s", env->compiler, env->flags)},
        {"BLAS", arena_text(arena, "%s, kernels %s", env->blas, env->blas_core)},
        {"processor",
         arena_text(arena, "%s, %d cores, %s", env->cpu, env->cores, env->isa)},
        {"system",
         arena_text(arena, "%s, %s, host %s", env->kernel, env->libc, env->host)},
    };
    struct table table = table_take(arena, sizeof row / sizeof row[0], 2);

    if (!table.cell)
        return;
    table.n_name = 2;
    table.head[0] = "made with";
    table.head[1] = "";
    for (int i = 0; i < table.n_row; i++) {
        table_at(&table, i, 0)->text = row[i][0];
        table_at(&table, i, 1)->text = row[i][1];
    }
    html_element(out, "h2", " id=\"environment\"", "Environment");
    fputs("<div class=\"text\">\n", out);
    table_html(&table, out);
    fputs("</div>\n", out);
}
