/* Where the names of points stand: held against rectangles made here. */
#include "results/plots/labels.h"

#include <check.h>
#include <math.h>

enum { MANY = 40, FEW = 16 };

static struct spot dot[MANY];
static struct label label[MANY];
static struct label_room room;

/* All points within 80 x 40 pixels of the upper right corner, or the whole plot over. */
static void make(bool crowded, double width)
{
    unsigned noise = 7;

    room = (struct label_room){.width = 700,
                               .height = 460,
                               .dot = dot,
                               .n_dot = MANY,
                               .furthest = 900,
                               .may_cross = true};
    for (int i = 0; i < MANY; i++) {
        double part[2];

        for (int k = 0; k < 2; k++) {
            noise = noise * 1664525 + 1013904223;
            part[k] = (noise >> 8) / 16777216.0;
        }
        dot[i] = crowded ? (struct spot){600 + 80 * part[0], 10 + 40 * part[1]}
                         : (struct spot){700 * part[0], 460 * part[1]};
        label[i] = (struct label){.point = dot[i], .width = width};
    }
}

static bool within(struct spot at, const struct label *a)
{
    return at.x > a->corner.x && at.x < a->corner.x + a->width && at.y > a->corner.y &&
           at.y < a->corner.y + LABEL_HEIGHT;
}

START_TEST(no_text_hides_a_point_or_another_text)
{
    make(_i == 1, 14);
    ck_assert(labels_place(label, MANY, &room));
    for (int i = 0; i < MANY; i++) {
        const struct label *a = &label[i];

        ck_assert(a->corner.x >= 0 && a->corner.x + a->width <= 700);
        ck_assert(a->corner.y >= 0 && a->corner.y + LABEL_HEIGHT <= 460);
        for (int k = 0; k < MANY; k++)
            ck_assert(!within(dot[k], a));
        for (int k = 0; k < i; k++)
            ck_assert(fabs(a->corner.x - label[k].corner.x) >= 14 + 4 ||
                      fabs(a->corner.y - label[k].corner.y) >= LABEL_HEIGHT);
    }
}
END_TEST

/* Half the way to a text that is far is not covered by any other. */
START_TEST(lines_can_be_followed)
{
    int n = 0;

    make(true, 14);
    room.may_cross = false;
    room.n_dot = FEW;
    ck_assert(labels_place(label, FEW, &room));
    for (int i = 0; i < FEW; i++) {
        struct spot middle = {(label[i].point.x + label[i].touch.x) / 2,
                              (label[i].point.y + label[i].touch.y) / 2};

        ck_assert(hypot(label[i].touch.x - label[i].point.x,
                        label[i].touch.y - label[i].point.y) < 20 ||
                  label[i].is_far);
        n += label[i].is_far;
        for (int k = 0; label[i].is_far && k < FEW; k++)
            ck_assert(k == i || !within(middle, &label[k]));
    }
    ck_assert_int_gt(n, 0);
}
END_TEST

START_TEST(it_is_told_where_there_is_no_place)
{
    make(true, 100);
    room.furthest = 20;
    ck_assert(!labels_place(label, MANY, &room));
}
END_TEST

START_TEST(too_many_stand_beside_their_points)
{
    enum { N = LABELS_MOST + 1 };
    static struct label many[N];

    make(true, 14);
    for (int i = 0; i < N; i++)
        many[i] = (struct label){.point = {10 * i, 100}, .width = 14};
    ck_assert(!labels_place(many, N, &room));
    for (int i = 0; i < N; i++)
        ck_assert(fabs(many[i].corner.x - many[i].point.x) < 30);
}
END_TEST

Suite *labels_suite(void)
{
    Suite *suite = suite_create("labels");
    TCase *tests = tcase_create("labels");

    tcase_add_loop_test(tests, no_text_hides_a_point_or_another_text, 0, 2);
    tcase_add_test(tests, lines_can_be_followed);
    tcase_add_test(tests, it_is_told_where_there_is_no_place);
    tcase_add_test(tests, too_many_stand_beside_their_points);
    suite_add_tcase(suite, tests);
    return suite;
}
