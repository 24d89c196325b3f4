#include "results/plots/labels.h"

#include <math.h>

enum {
    DOT = 6,        /* half the side of a point's mark */
    NEAREST = 9,    /* a text stands this far from its point, */
    FAR = 14,       /* and needs a line from here on */
    GAP = 6,        /* between two texts: 5 and 4 are not 54 */
    DIRECTION = 48, /* that are tried */
    TRIES = 100     /* orders of the labels */
};

struct box {
    double left, top, right, bottom;
};

static struct box box_of(const struct label *label)
{
    return (struct box){label->corner.x, label->corner.y, label->corner.x + label->width,
                        label->corner.y + LABEL_HEIGHT};
}

static bool overlap(struct box a, struct box b)
{
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

static double within(double x, double least, double most)
{
    return x < least ? least : x > most ? most : x;
}

/* Whether the line comes into the box: looked at every two pixels. */
static bool passes(struct spot from, struct spot to, struct box box)
{
    int n = 1 + (int)(hypot(to.x - from.x, to.y - from.y) / 2);

    for (int i = 0; i <= n; i++) {
        double x = from.x + (to.x - from.x) * i / n;
        double y = from.y + (to.y - from.y) * i / n;

        if (x > box.left && x < box.right && y > box.top && y < box.bottom)
            return true;
    }
    return false;
}

/* Which side of the line a-b the spot lies on. */
static double side(struct spot a, struct spot b, struct spot c)
{
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

static bool cross(const struct label *a, const struct label *b)
{
    return side(a->point, a->touch, b->point) * side(a->point, a->touch, b->touch) < 0 &&
           side(b->point, b->touch, a->point) * side(b->point, b->touch, a->touch) < 0;
}

static bool hides_a_dot(const struct label *label, const struct label_room *room)
{
    struct box box = box_of(label);

    for (int i = 0; i < room->n_dot; i++) {
        struct spot dot = room->dot[i];

        if (overlap(box,
                    (struct box){dot.x - DOT, dot.y - DOT, dot.x + DOT, dot.y + DOT}))
            return true;
    }
    return false;
}

static bool in_the_way(const struct label *label, const struct label *other,
                       bool may_cross)
{
    struct box box = box_of(label), taken = box_of(other);
    struct box apart = {taken.left - GAP, taken.top, taken.right + GAP, taken.bottom};

    if (overlap(box, apart) || may_cross)
        return overlap(box, apart);
    return (label->is_far && passes(label->point, label->touch, taken)) ||
           (other->is_far && passes(other->point, other->touch, box)) ||
           (label->is_far && other->is_far && cross(label, other));
}

static bool is_free(const struct label *label, struct label *const *earlier, int n,
                    const struct label_room *room, bool may_cross)
{
    struct box box = box_of(label);

    if (box.left < 2 || box.top < 2 || box.right > room->width - 2 ||
        box.bottom > room->height - 2 || hides_a_dot(label, room))
        return false;
    for (int i = 0; i < n; i++)
        if (in_the_way(label, earlier[i], may_cross))
            return false;
    return true;
}

/* Puts the text beside the place at that distance and angle from its point. */
static void put(struct label *label, double distance, double angle)
{
    double dx = cos(angle), dy = sin(angle);
    struct spot point = label->point;

    label->corner.x = point.x + distance * dx - label->width * (1 - dx) / 2;
    label->corner.y = point.y + distance * dy - LABEL_HEIGHT * (1 - dy) / 2;
    label->touch.x = within(point.x, label->corner.x, label->corner.x + label->width);
    label->touch.y = within(point.y, label->corner.y, label->corner.y + LABEL_HEIGHT);
    label->is_far = hypot(label->touch.x - point.x, label->touch.y - point.y) > FAR;
}

static bool place(struct label *label, struct label *const *earlier, int n,
                  const struct label_room *room, bool may_cross)
{
    for (double distance = NEAREST; distance <= room->furthest; distance *= 1.3)
        for (int k = 0; k < DIRECTION; k++) {
            put(label, distance, 2 * M_PI * k / DIRECTION);
            if (is_free(label, earlier, n, room, may_cross))
                return true;
        }
    return false;
}

/* In this order; how many found a place. */
static int place_all(struct label *const *order, int n, const struct label_room *room,
                     bool may_cross)
{
    int i = 0;

    while (i < n && place(order[i], order, i, room, may_cross))
        i++;
    return i;
}

/* The one of that number is next time the first. */
static void bring_forward(struct label **order, int i)
{
    struct label *first = order[i];

    for (; i > 0; i--)
        order[i] = order[i - 1];
    order[0] = first;
}

bool labels_place(struct label *label, int n, const struct label_room *room)
{
    struct label *order[LABELS_MOST];

    for (int i = 0; i < n; i++)
        put(&label[i], NEAREST, 0);
    if (n > LABELS_MOST)
        return false;
    for (int i = 0; i < n; i++)
        order[i] = &label[i];
    for (int try = 0; try < TRIES; try++) {
        int placed = place_all(order, n, room, false);

        if (placed == n)
            return true;
        bring_forward(order, placed);
    }
    return room->may_cross && place_all(order, n, room, true) == n;
}
