/* Where the names of points stand, so that they hide neither each other nor a point.
 *
 * All lengths are pixels from the upper left corner of the plot. */
#ifndef RESULTS_PLOTS_LABELS_H
#define RESULTS_PLOTS_LABELS_H

#include <stdbool.h>

struct spot {
    double x, y;
};

struct label {
    struct spot point;  /* that it names */
    double width;       /* of its text; all are equally high */
    struct spot corner; /* set: the upper left one of the text */
    struct spot touch;  /* set: the place of the text that is nearest to the point */
    bool is_far;        /* set: a line has to join point and text */
};

enum {
    LABEL_HEIGHT = 15,
    LABEL_CHARACTER = 7, /* wide, in any font */
    LABELS_MOST = 64
};

struct label_room {
    double width, height;   /* of the plot */
    const struct spot *dot; /* n_dot: points that no text may hide, the labels' own too */
    int n_dot;
    double furthest; /* from a point to its text */
    bool may_cross;  /* lines and texts, where there is no better place */
};

/* Places n labels, each as near to its point as the earlier ones let it; one that finds no
 * place is the first at the next try. false where none succeeds, or there are more than
 * LABELS_MOST: those stand beside their points, over one another. */
bool labels_place(struct label *label, int n, const struct label_room *room);

#endif
