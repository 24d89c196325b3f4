#include "results/sketch.h"

#include <math.h>

static const char *quoted(const char *label, struct arena *arena)
{
    char *text = arena_text(arena, "\"%s\"", label);

    for (char *c = text + 1; c[0] && c[1]; c++)
        if (*c == '"' || *c == '\\' || (unsigned char)*c < ' ')
            *c = '\'';
    return text;
}

void sketch_name(struct sketch *sketch, const char *name)
{
    fputs(quoted(name, sketch->arena), sketch->data);
}

void sketch_interval(struct sketch *sketch, const struct statistics *s, double scale,
                     double least, double most)
{
    double margin = s->n < N_INTERVAL ? 0 : s->margin;

    fprintf(sketch->data, " %.9g %.9g %.9g", scale * s->mean,
            scale * fmax(least, s->mean - margin), scale * fmin(most, s->mean + margin));
}

void sketch_share(struct sketch *sketch, const struct statistics *s)
{
    sketch_interval(sketch, s, 100, 0, 1);
}

const char *sketch_few(const struct section *section)
{
    for (int i = 0; i < section->n; i++)
        if (section->group[i].n > 0 && section->group[i].n < N_INTERVAL)
            return " Of fewer than three seeds no interval is drawn.";
    return "";
}

const char *sketch_text(struct sketch *sketch, const char *list, const char *text)
{
    return arena_text(sketch->arena, "%s%s%s", list, *list ? " " : "",
                      quoted(text, sketch->arena));
}

const char *sketch_label(struct sketch *sketch, const char *list,
                         const struct group *group)
{
    return sketch_text(sketch, list, group->label);
}

const char *sketch_style(struct sketch *sketch, const char *list,
                         const struct group *group)
{
    return arena_text(sketch->arena, "%s%s%d %d", list, *list ? " " : "", group->hue,
                      group->dash);
}

const char *sketch_count(struct sketch *sketch, int n)
{
    return arena_text(sketch->arena, "%d", n);
}
