#include "results/plots/panels.h"

#include <string.h>

/* Which panel each curve is in, and which entry of the key it is; from 0. */
struct layout {
    bool by_learner; /* a panel for each learner, else for each strategy */
    int *panel, *entry;
    int n_panel, n_entry;
};

static const char *id_of(const struct group *group, bool learner)
{
    return learner ? group->first->id.learner : group->first->id.strategy;
}

/* Numbers the different ids; how many there are. */
static int number(const struct curves *curves, bool learner, int *of)
{
    int n = 0;

    for (int i = 0; i < curves->n; i++) {
        const char *own = id_of(curves->group[i], learner);
        int k = 0;

        while (strcmp(id_of(curves->group[k], learner), own) != 0)
            k++;
        of[i] = k < i ? of[k] : n++;
    }
    return n;
}

static void arrange(struct layout *layout, const struct curves *curves,
                    struct arena *arena)
{
    size_t n = (size_t)curves->n;
    int *learner = arena_take(arena, TAG_STATE, n, sizeof *learner);
    int *strategy = arena_take(arena, TAG_STATE, n, sizeof *strategy);
    int n_learner, n_strategy;

    if (!learner || !strategy)
        return;
    n_learner = number(curves, true, learner);
    n_strategy = number(curves, false, strategy);
    *layout = n_learner >= n_strategy
                  ? (struct layout){true, learner, strategy, n_learner, n_strategy}
                  : (struct layout){false, strategy, learner, n_strategy, n_learner};
}

static const char *shown(const struct group *group, bool learner)
{
    return learner ? group->learner : group->strategy;
}

/* Its name, and of which curves in it cells are missing: "backprop (replay: 2 of 3 ok)". */
static const char *title_of(const struct layout *layout, const struct curves *curves,
                            int panel, struct arena *arena)
{
    const char *title = NULL;

    for (int i = 0; i < curves->n; i++) {
        const struct group *group = curves->group[i];

        if (layout->panel[i] != panel)
            continue;
        if (!title)
            title = shown(group, layout->by_learner);
        if (group->n < group->n_cell)
            title =
                arena_text(arena, "%s (%s%s%d of %d ok)", title,
                           layout->n_entry > 1 ? shown(group, !layout->by_learner) : "",
                           layout->n_entry > 1 ? ": " : "", group->n, group->n_cell);
    }
    return title;
}

/* Dash 0 is that of joint training. */
static int dash_of(const struct group *group, int entry)
{
    return group->first->tests.pooled ? 0 : entry + 1;
}

/* "none" 1 1 "joint" 2 0: in the order in which they first come. */
static const char *key_of(struct plot_data *plot_data, const struct layout *layout,
                          const struct curves *curves)
{
    const char *key = "";

    for (int k = 0; k < layout->n_entry && layout->n_entry > 1; k++) {
        int i = 0;

        while (layout->entry[i] != k)
            i++;
        key =
            plot_data_text(plot_data, key, shown(curves->group[i], !layout->by_learner));
        key = arena_text(plot_data->arena, "%s %d %d", key, k + 1,
                         dash_of(curves->group[i], k));
    }
    return key;
}

/* "panel colour dash" of each curve. */
static const char *lines_of(const struct plot_data *plot_data,
                            const struct layout *layout, const struct curves *curves)
{
    const char *lines = "";

    for (int i = 0; i < curves->n; i++)
        lines = arena_text(plot_data->arena, "%s%s%d %d %d", lines, i > 0 ? " " : "",
                           layout->panel[i], layout->entry[i] + 1,
                           dash_of(curves->group[i], layout->entry[i]));
    return lines;
}

/* Whether the script draws any: in panels of three curves at most. */
static bool has_bands(const struct layout *layout, const struct curves *curves)
{
    for (int p = 0; p < layout->n_panel; p++) {
        int n = 0;

        for (int i = 0; i < curves->n; i++)
            n += layout->panel[i] == p;
        if (n <= 3)
            return true;
    }
    return false;
}

const char *panels_fill(struct plot_data *plot_data, const struct curves *curves,
                        const char *axes, const char *marks)
{
    struct layout layout = {.n_panel = 0};
    const char *titles = "";

    arrange(&layout, curves, plot_data->arena);
    for (int p = 0; p < layout.n_panel; p++)
        titles = plot_data_text(plot_data, titles,
                                title_of(&layout, curves, p, plot_data->arena));
    plot_data->script = "panels";
    plot_data->intervals = has_bands(&layout, curves) ? INTERVAL_BANDS : INTERVAL_NONE;
    plot_data->argument[1] = titles;
    plot_data->argument[2] = lines_of(plot_data, &layout, curves);
    plot_data->argument[3] = key_of(plot_data, &layout, curves);
    plot_data->argument[4] = axes;
    plot_data->argument[5] = marks;
    if (layout.n_entry == 1)
        return " Grey: the curves of the other panels.";
    return layout.by_learner ? " A panel for each learner, a curve for each strategy."
                             : " A panel for each strategy, a curve for each learner.";
}
