#include "tasks/formats/synthetic.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/nn/rng.h"

enum { SIDE = SYNTHETIC_SIDE, N_WAY = 3 };
enum { POINT_MAX = 24, SPAN = 4 }; /* points of a digit; pieces of a curve between two */
enum { FIELD = 4 };                /* nodes along a side of the field that bends */

struct point {
    float x, y;
};

struct line { /* points joined in order, but for those where the pen was lifted */
    struct point at[POINT_MAX * SPAN];
    bool lifted[POINT_MAX * SPAN]; /* before this point */
    int n;
};

/* The ways of writing each digit: points of a smooth curve, x to the right and y down in
 * hundredths of the box; the pen is lifted at a bar, also to make a corner. */
static const char *const ways[SYNTHETIC_CLASSES][N_WAY] = {
    {"50,05 28,16 20,50 28,84 50,95 72,84 80,50 72,16 50,05",
     "54,05 36,18 32,50 36,84 50,95 64,82 68,50 64,16 46,06",
     "62,12 40,08 24,32 22,64 36,92 60,92 78,66 76,34 58,08 40,14"},
    {"50,05 50,95", "30,28 52,05 | 52,05 50,95",
     "32,24 52,06 | 52,06 52,94 | 30,94 74,94"},
    {"24,26 34,09 54,05 72,14 74,32 62,52 42,74 22,94 | 22,94 80,94",
     "22,22 44,05 68,14 70,36 52,64 32,88 20,86 24,74 40,78 60,92 82,88",
     "22,14 50,06 76,18 74,40 48,58 24,92 | 24,92 52,88 80,94"},
    {"24,16 48,05 71,17 66,38 42,47 | 42,47 70,56 76,76 54,94 22,84",
     "24,06 74,06 | 74,06 44,42 | 44,42 70,50 78,72 54,95 22,84",
     "28,10 56,05 72,22 60,42 36,46 | 36,46 62,48 80,66 70,88 44,95 20,90"},
    {"30,05 24,30 20,56 | 20,56 82,54 | 68,22 64,95",
     "62,05 18,64 | 18,64 84,64 | 62,05 62,95",
     "26,08 24,36 34,52 70,46 | 74,08 70,46 66,95"},
    {"74,06 32,06 | 32,06 28,44 | 28,44 52,38 76,54 73,80 48,95 22,85",
     "78,08 34,10 | 34,10 30,30 38,46 62,50 72,66 64,86 42,95 24,88",
     "36,08 80,05 | 36,08 30,42 58,44 70,62 62,84 42,95 20,92"},
    {"66,06 42,26 25,60 32,86 54,95 74,80 70,60 50,53 28,68",
     "40,05 28,36 24,70 36,92 58,94 74,78 66,58 44,56 27,76",
     "72,14 50,08 30,30 24,66 40,93 66,90 74,66 56,50 30,60"},
    {"20,08 78,08 | 78,08 54,50 42,95", "22,08 76,08 | 76,08 40,95 | 36,52 74,50",
     "20,24 22,10 48,12 80,08 | 80,08 62,44 56,95"},
    {"66,12 46,05 28,18 36,38 60,54 74,74 62,92 40,93 26,76 38,56 62,40 72,22 64,10",
     "50,05 32,12 30,32 50,45 70,32 68,12 50,05 | 50,45 26,58 26,84 50,95 74,84 74,58 "
     "50,45",
     "74,10 44,06 28,22 48,44 70,66 64,90 42,94 28,80 36,60 60,38 74,20 74,10"},
    {"72,26 56,06 34,10 26,32 40,48 60,44 72,26 | 72,26 70,60 66,95",
     "70,22 48,05 28,18 30,40 50,48 68,38 72,20 | 72,20 76,52 66,86 46,95 28,88",
     "68,12 46,06 28,24 36,46 58,44 72,22 68,50 56,76 38,95"},
};

/* How one image is made. */
struct style {
    /* [x y] -> [a x + b y, c x + d y]: from the box to pixels, about the centre */
    float a, b, c, d;
    float x, y;                      /* centre, pixels */
    struct point bend[FIELD][FIELD]; /* displacement, pixels */
    float wobble;                    /* of every single point, hundredths of the box */
    float radius;                    /* of the pen, pixels */
    float ink, noise;                /* of 255 */
};

/* Every image has a stream of its own, whatever the seeds of an experiment. */
static struct rng stream_of(const char *purpose, int i)
{
    return rng_at(rng_child(rng_seed(0), purpose), (uint64_t)i);
}

static uint8_t digit_of(int i)
{
    int32_t digit[SYNTHETIC_CLASSES];
    struct rng rng = stream_of("synthetic-digits label", i / SYNTHETIC_CLASSES);

    for (int k = 0; k < SYNTHETIC_CLASSES; k++)
        digit[k] = k;
    rng_shuffle(&rng, digit, SYNTHETIC_CLASSES);
    return (uint8_t)digit[i % SYNTHETIC_CLASSES];
}

static float between(struct rng *rng, float low, float high)
{
    return low + (high - low) * (float)rng_uniform(rng);
}

static struct style draw_style(struct rng *rng)
{
    struct style s;
    float turn = between(rng, -0.22f, 0.22f); /* radians */
    float slant = between(rng, -0.20f, 0.40f);
    float width = between(rng, 0.17f, 0.26f), height = between(rng, 0.17f, 0.22f);
    float cosine = cosf(turn), sine = sinf(turn);

    /* turn x slant x stretch */
    s.a = cosine * width;
    s.b = -(cosine * slant + sine) * height;
    s.c = sine * width;
    s.d = (cosine - sine * slant) * height;
    s.x = 0.5f * SIDE + between(rng, -1.6f, 1.6f);
    s.y = 0.5f * SIDE + between(rng, -1.6f, 1.6f);
    for (int i = 0; i < FIELD; i++)
        for (int j = 0; j < FIELD; j++) {
            s.bend[i][j].x = between(rng, -2.6f, 2.6f);
            s.bend[i][j].y = between(rng, -2.6f, 2.6f);
        }
    s.wobble = between(rng, 0, 8);
    s.radius = between(rng, 0.6f, 1.9f);
    s.ink = between(rng, 140, 255);
    s.noise = between(rng, 0, 90);
    return s;
}

/* Reads the points of a way of writing, each moved a little on its own. */
static void write_points(struct line *line, const char *way, float wobble,
                         struct rng *rng)
{
    char *at;

    line->n = 0;
    for (const char *next = way; *next; next = at + strspn(at, " ")) {
        bool lifted = *next == '|';

        assert(line->n < POINT_MAX);
        line->lifted[line->n] = lifted || line->n == 0;
        line->at[line->n].x = (float)strtol(next + lifted, &at, 10);
        line->at[line->n++].y = (float)strtol(at + 1, &at, 10);
    }
    for (int i = 0; i < line->n; i++) {
        line->at[i].x += between(rng, -wobble, wobble);
        line->at[i].y += between(rng, -wobble, wobble);
    }
}

static float catmull_rom(float p0, float p1, float p2, float p3, float t)
{
    return p1 + 0.5f * t *
                    (p2 - p0 +
                     t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)));
}

/* Whether the pen goes from point i to the next. */
static bool joined(const struct line *line, int i)
{
    return i + 1 < line->n && !line->lifted[i + 1];
}

/* The curve through the points, as short straight pieces. */
static void smooth(const struct line *points, struct line *curve)
{
    const struct point *p = points->at;

    curve->n = 0;
    for (int i = 0; i < points->n; i++) {
        int before = i > 0 && joined(points, i - 1) ? i - 1 : i;
        int next = joined(points, i) ? i + 1 : i;
        int after = joined(points, next) ? next + 1 : next;

        for (int k = 0; k < (next > i ? SPAN : 1); k++) {
            float t = (float)k / SPAN;
            float x = catmull_rom(p[before].x, p[i].x, p[next].x, p[after].x, t);
            float y = catmull_rom(p[before].y, p[i].y, p[next].y, p[after].y, t);

            curve->lifted[curve->n] = k == 0 && points->lifted[i];
            curve->at[curve->n++] = (struct point){x, y};
        }
    }
}

static float blend(float a, float b, float t)
{
    return a + (b - a) * t * t * (3 - 2 * t);
}

static float clamp(float x, float low, float high)
{
    return x < low ? low : x > high ? high : x;
}

/* From the box to pixels, then along the field, which is smooth between its nodes. */
static struct point place(const struct style *s, struct point p)
{
    float x = s->x + s->a * (p.x - 50) + s->b * (p.y - 50);
    float y = s->y + s->c * (p.x - 50) + s->d * (p.y - 50);
    float u = clamp(x / SIDE, 0, 0.999f) * (FIELD - 1);
    float v = clamp(y / SIDE, 0, 0.999f) * (FIELD - 1);
    int i = (int)v, j = (int)u;
    const struct point *top = &s->bend[i][j], *low = &s->bend[i + 1][j];

    u -= (float)j;
    v -= (float)i;
    return (struct point){
        x + blend(blend(top[0].x, top[1].x, u), blend(low[0].x, low[1].x, u), v),
        y + blend(blend(top[0].y, top[1].y, u), blend(low[0].y, low[1].y, u), v)};
}

static float distance(float x, float y, struct point a, struct point b)
{
    float dx = b.x - a.x, dy = b.y - a.y;
    float along = dx * (x - a.x) + dy * (y - a.y), length2 = dx * dx + dy * dy;
    float t = length2 > 0 ? clamp(along / length2, 0, 1) : 0;
    float ex = x - a.x - t * dx, ey = y - a.y - t * dy;

    return sqrtf(ex * ex + ey * ey);
}

static int pixel_near(float x)
{
    return (int)clamp(x, 0, SIDE - 1);
}

/* cover: SIDE x SIDE, the part of each pixel that is under the pen, with soft edges. */
static void draw_piece(float *cover, struct point a, struct point b, float radius)
{
    float reach = radius + 0.5f;
    int left = pixel_near(fminf(a.x, b.x) - reach),
        right = pixel_near(fmaxf(a.x, b.x) + reach);
    int top = pixel_near(fminf(a.y, b.y) - reach),
        low = pixel_near(fmaxf(a.y, b.y) + reach);

    for (int i = top; i <= low; i++)
        for (int j = left; j <= right; j++) {
            float d = distance((float)j + 0.5f, (float)i + 0.5f, a, b);
            float part = clamp(reach - d, 0, 1);

            if (part > cover[i * SIDE + j])
                cover[i * SIDE + j] = part;
        }
}

/* Adds noise with a triangular density, two pixels from one random word. */
static void expose(const float *cover, const struct style *s, struct rng *rng,
                   uint8_t *pixel)
{
    for (int p = 0; p < SIDE * SIDE; p += 2) {
        uint32_t word = rng_u32(rng);

        for (int k = 0; k < 2; k++, word >>= 16) {
            float noise = ((float)(word & 255) + (float)(word >> 8 & 255)) / 255 - 1;

            pixel[p + k] =
                (uint8_t)clamp(s->ink * cover[p + k] + s->noise * noise, 0, 255);
        }
    }
}

static void draw(int i, int digit, uint8_t *pixel)
{
    struct rng rng = stream_of("synthetic-digits image", i);
    const char *way = ways[digit][rng_below(&rng, N_WAY)];
    struct style style = draw_style(&rng);
    struct line points, curve;
    float cover[SIDE * SIDE] = {0};

    write_points(&points, way, style.wobble, &rng);
    smooth(&points, &curve);
    for (int k = 0; k < curve.n; k++) {
        curve.at[k] = place(&style, curve.at[k]);
        if (!curve.lifted[k])
            draw_piece(cover, curve.at[k - 1], curve.at[k], style.radius);
    }
    expose(cover, &style, &rng, pixel);
}

void synthetic_read(int first, int n, uint8_t *pixel, uint8_t *label)
{
    for (int i = 0; i < n; i++) {
        label[i] = digit_of(first + i);
        draw(first + i, label[i], pixel + (size_t)i * SIDE * SIDE);
    }
}
