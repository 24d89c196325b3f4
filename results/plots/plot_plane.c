/* Forgetting against learning accuracy. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/plots/labels.h"
#include "results/plots/plot.h"
#include "results/plots/plot_data.h"

enum {
    PLOT_HEIGHT = 460, /* of the plot alone, in pixels of the SVG, as in plane.gp, */
    MARGINS = 120,     /* and what the picture is wider than that */
    DIGITS_FAR = 900,  /* farthest that a number stands from its point, */
    NAMES_FAR = 60     /* and a name */
};

struct axis {
    bool is_missing; /* logarithm of what is missing to 100 %; else linear */
    double from, to; /* as along() has them */
};

struct plane {
    struct plot_data *plot_data;
    const struct group **group, **curve; /* n named ones, n_curve of the reference */
    int n, n_curve;
    struct axis x, y;
    double width; /* of the plot */
    struct label *label;
    bool is_numbered; /* the names stand in the key */
};

static double learning(const struct group *group)
{
    return 100 * group->mean[METRIC_LEARNING_ACCURACY].mean;
}

static double forgetting(const struct group *group)
{
    return 100 * group->mean[METRIC_FORGETTING].mean;
}

/* ---------------------------------------------------------------- axes */

/* Where a value in per cent lies on the axis; the scripts have the same. */
static double along(const struct axis *axis, double value)
{
    return axis->is_missing ? -log10(fmax(100 - value, 0.01)) : value;
}

static double percent_at(const struct axis *axis, double place)
{
    return axis->is_missing ? 100 - pow(10, -place) : place;
}

static void extend(struct axis *axis, double value)
{
    axis->from = fmin(axis->from, along(axis, value));
    axis->to = fmax(axis->to, along(axis, value));
}

/* From the least to the greatest mean, with some room: of intervals that go on, arrows
 * tell. */
static void choose_axis(const struct plane *plane, struct axis *axis,
                        double (*value)(const struct group *group))
{
    double room;

    axis->from = INFINITY;
    axis->to = -INFINITY;
    for (int i = 0; i < plane->n; i++)
        extend(axis, value(plane->group[i]));
    for (int i = 0; i < plane->n_curve; i++)
        extend(axis, value(plane->curve[i]));
    room = fmax(0.08 * (axis->to - axis->from), axis->is_missing ? 0.05 : 1);
    axis->from -= room;
    axis->to += room;
}

/* No further than there can be points; one at an end is still drawn whole. */
static void cut_axis(struct axis *axis, double least)
{
    if (axis->is_missing)
        return;
    axis->from = fmax(axis->from, least - 0.5);
    axis->to = fmin(axis->to, 100.5);
}

/* Near 100 % differences of learning accuracy are seen on a scale of what is missing. */
static void choose_axes(struct plane *plane)
{
    double low, high;

    choose_axis(plane, &plane->y, forgetting);
    choose_axis(plane, &plane->x, learning);
    low = plane->x.from;
    high = fmin(plane->x.to - 1, 99.99);
    if (high > 90 && 100 - low > 4 * (100 - high)) {
        plane->x.is_missing = true;
        choose_axis(plane, &plane->x, learning);
    }
    cut_axis(&plane->x, 0);
    cut_axis(&plane->y, -100);
}

static struct spot spot_of(const struct plane *plane, const struct group *group)
{
    const struct axis *x = &plane->x, *y = &plane->y;

    return (struct spot){
        plane->width * (along(x, learning(group)) - x->from) / (x->to - x->from),
        PLOT_HEIGHT * (y->to - along(y, forgetting(group))) / (y->to - y->from)};
}

/* ---------------------------------------------------------------- names */

static const char *name_of(const struct plane *plane, int i)
{
    struct arena *arena = plane->plot_data->arena;

    return plane->is_numbered ? arena_text(arena, "%d", i + 1)
                              : plot_data_name_of(plane->group[i], arena);
}

static bool place_names(struct plane *plane)
{
    struct arena *arena = plane->plot_data->arena;
    size_t n_dot = (size_t)(plane->n + plane->n_curve);
    struct spot *dot = arena_take(arena, TAG_SCRATCH, n_dot, sizeof *dot);
    struct label_room room = {.width = plane->width,
                              .height = PLOT_HEIGHT,
                              .dot = dot,
                              .n_dot = (int)n_dot,
                              .furthest = plane->is_numbered ? DIGITS_FAR : NAMES_FAR,
                              .may_cross = plane->is_numbered};

    if (!dot || !plane->label)
        return false;
    for (int i = 0; i < plane->n_curve; i++)
        dot[plane->n + i] = spot_of(plane, plane->curve[i]);
    for (int i = 0; i < plane->n; i++) {
        dot[i] = spot_of(plane, plane->group[i]);
        plane->label[i] =
            (struct label){.point = dot[i],
                           .width = LABEL_CHARACTER * (double)strlen(name_of(plane, i))};
    }
    return labels_place(plane->label, plane->n, &room);
}

/* Names beside the points, where all have a place near to them; else numbers, with a key.
 */
static void choose_names(struct plane *plane)
{
    plane->is_numbered = false;
    if (place_names(plane))
        return;
    plane->is_numbered = true;
    place_names(plane);
}

/* ---------------------------------------------------------------- data */

static void write_point(const struct plane *plane, const struct group *group)
{
    const struct axis *x = &plane->x, *y = &plane->y;

    plot_data_name(plane->plot_data, group->label);
    plot_data_interval(plane->plot_data, &group->mean[METRIC_LEARNING_ACCURACY], 100,
                       percent_at(x, x->from) / 100, percent_at(x, x->to) / 100);
    plot_data_interval(plane->plot_data, &group->mean[METRIC_FORGETTING], 100,
                       percent_at(y, y->from) / 100, percent_at(y, y->to) / 100);
    fputc('\n', plane->plot_data->data);
}

/* The text; 0, 1, 2 where it begins, has its middle, or ends at the place that follows; and
 * the line to it, which has no length where none is needed. */
static void write_label(const struct plane *plane, int i)
{
    const struct label *label = &plane->label[i];
    const struct spot *from = label->is_far ? &label->point : &label->touch;
    int side = label->point.x <= label->corner.x                  ? 0
               : label->point.x >= label->corner.x + label->width ? 2
                                                                  : 1;

    plot_data_name(plane->plot_data, name_of(plane, i));
    fprintf(plane->plot_data->data, " %d %.1f %.1f %.1f %.1f %.1f %.1f\n", side,
            label->corner.x + label->width * side / 2,
            label->corner.y + LABEL_HEIGHT / 2.0, from->x, from->y, label->touch.x,
            label->touch.y);
}

/* Equal ones in the order of the section. */
static int by_learning(const void *a, const void *b)
{
    const struct group *one = *(const struct group *const *)a;
    const struct group *other = *(const struct group *const *)b;
    double x = learning(one), y = learning(other);

    return x > y ? 1 : x < y ? -1 : (one > other) - (one < other);
}

/* A curve for each strategy: a blank line between two. */
static void write_curves(struct plane *plane)
{
    FILE *data = plane->plot_data->data;
    bool *done = arena_take(plane->plot_data->arena, TAG_SCRATCH, (size_t)plane->n_curve,
                            sizeof *done);

    qsort(plane->curve, (size_t)plane->n_curve, sizeof *plane->curve, by_learning);
    for (int i = 0; done && i < plane->n_curve; i++) {
        const char *strategy = plane->curve[i]->first->id.strategy;

        if (done[i])
            continue;
        for (int k = i; k < plane->n_curve; k++) {
            if (strcmp(plane->curve[k]->first->id.strategy, strategy) != 0)
                continue;
            write_point(plane, plane->curve[k]);
            done[k] = true;
        }
        fputc('\n', data);
    }
    if (plane->n_curve == 0) /* or gnuplot would miss the block */
        fputs("\"\" NaN NaN NaN NaN NaN NaN\n", data);
}

/* ---------------------------------------------------------------- all of it */

static bool collect(struct plane *plane, const struct section *section,
                    const struct style *style, struct arena *arena)
{
    size_t n = (size_t)section->n;

    plane->group = arena_take(arena, TAG_SCRATCH, n, sizeof *plane->group);
    plane->curve = arena_take(arena, TAG_SCRATCH, n, sizeof *plane->curve);
    plane->label = arena_take(arena, TAG_SCRATCH, n, sizeof *plane->label);
    for (int i = 0; plane->group && plane->curve && i < section->n; i++) {
        const struct group *group = &section->group[i];

        if (isnan(learning(group)) || isnan(forgetting(group)))
            continue;
        if (style_is_reference(style, group->first->id.learner))
            plane->curve[plane->n_curve++] = group;
        else
            plane->group[plane->n++] = group;
    }
    return plane->n > 0 && plane->n + plane->n_curve > 1;
}

static void set_arguments(const struct plane *plane, const struct style *style)
{
    struct plot_data *plot_data = plane->plot_data;
    struct arena *arena = plot_data->arena;
    const char *styles = "", *labels = "";

    for (int i = 0; i < plane->n; i++) {
        styles = plot_data_style(plot_data, styles, plane->group[i]);
        if (plane->is_numbered)
            labels =
                plot_data_text(plot_data, labels,
                               arena_text(arena, "%d  %s", i + 1,
                                          plot_data_name_of(plane->group[i], arena)));
    }
    plot_data->argument[1] = plot_data_count(plot_data, plane->n);
    plot_data->argument[2] = styles;
    plot_data->argument[3] = labels;
    plot_data->argument[4] =
        arena_text(arena, "%d %.9g %.9g %.9g %.9g", plane->x.is_missing, plane->x.from,
                   plane->x.to, plane->y.from, plane->y.to);
    plot_data->argument[5] =
        plane->n_curve > 0
            ? plot_data_text(plot_data, "",
                             arena_text(arena, "reference: %s", style->reference))
            : "";
}

bool plot_plane(struct plot_data *plot_data)
{
    struct plane plane = {.plot_data = plot_data,
                          .width = style_pixels(plot_data->style) - MARGINS};

    if (!collect(&plane, plot_data->section, plot_data->style, plot_data->arena))
        return false;
    choose_axes(&plane);
    choose_names(&plane);
    for (int i = 0; i < plane.n; i++)
        write_point(&plane, plane.group[i]);
    fputs("\n\n", plot_data->data);
    for (int i = 0; i < plane.n; i++)
        write_label(&plane, i);
    fputs("\n\n", plot_data->data);
    write_curves(&plane);
    set_arguments(&plane, plot_data->style);
    plot_data->caption = arena_text(
        plot_data->arena,
        "Forgetting against learning accuracy, the mean accuracy on each task just after "
        "it "
        "was learnt: mean over %s%s.%s%s%s",
        section_seeds(plot_data->section, plot_data->arena),
        plot_data_bounds(plot_data, ", bars = 95 % t-intervals of both means"),
        plane.n_curve > 0 ? " What lies below the line forgets less than the reference "
                            "that has learnt as much."
                          : "",
        plane.x.is_missing ? " The axis is logarithmic in what is missing to 100 %." : "",
        plot_data_few(plot_data));
    return true;
}
