/*
 * A subject on a plain background, as on packshots.
 *
 * The background's colour is the median of a thin frame around the picture, and it is plain when
 * most of that frame has this colour. Whatever differs from it by more than noise is subject, but
 * for soft shadows: darker than the background in the same hue and without edges. Rows and columns
 * with at least two such pixels span the box.
 *
 * Several pieces on one background, as in a collage of packshots, are cut apart at the widest gaps,
 * rows and columns by turns (the XY-cut of document analysis, Nagy and Seth 1984).
 */
#include "image/layout_parts.h"

#include <stdlib.h>

#define PLAIN_TOLERANCE 20
#define PLAIN_SHARE 0.75F   /* Of the frame. */
#define SUBJECT_DISTANCE 28 /* Levels of a channel. */
#define SHADOW_DEPTH 70     /* How much darker a shadow may be, */
#define SHADOW_HUE 10       /* how much its channels may differ from one another, */
#define SHADOW_STEP 8       /* and its steps from pixel to pixel. */
#define MAX_BOX_SHARE 0.85F
#define MIN_ROW_PIXELS 2u
#define MAX_PARTS 32u
#define MIN_GAP 0.025F /* Of the longer side, between pieces; */
#define MIN_PIECE 0.15 /* of the largest one's area, for another. */
#define LEAST_SIDE 8u  /* Pixels; in less no frame is told from what it is around. */

imx_colour imx_ground_colour(float *share, imx_pixels picture, imx_rect inside) {
    imx_lines sides[4];
    imx_colour medians[4];
    imx_colour best = {{0, 0, 0}};
    *share = -1;
    for (int side = 0; side < 4; ++side) {
        sides[side] = imx_lines_from(picture, inside, (imx_side)side);
        medians[side] = imx_lines_median(&sides[side], 1);
    }
    for (int candidate = 0; candidate < 4; ++candidate) {
        float near = 0;
        float length = 0;
        for (int side = 0; side < 4; ++side) {
            float pixels = (float)sides[side].length;
            near +=
                pixels * imx_lines_share_near(&sides[side], 1, medians[candidate], PLAIN_TOLERANCE);
            length += pixels;
        }
        if (near / length > *share) {
            *share = near / length;
            best = medians[candidate];
        }
    }
    return best;
}

/* Darker than the background by nearly the same in all channels, and smooth. */
static bool is_shadow(const uint8_t *pixel, const uint8_t *left, const uint8_t *above,
                      imx_colour background) {
    int least = 255;
    int most = -255;
    for (int i = 0; i < 3; ++i) {
        int depth = background.rgb[i] - pixel[i];
        least = depth < least ? depth : least;
        most = depth > most ? depth : most;
    }
    return least >= 0 && most <= SHADOW_DEPTH && most - least <= SHADOW_HUE &&
           imx_colour_distance(pixel, left) <= SHADOW_STEP &&
           imx_colour_distance(pixel, above) <= SHADOW_STEP;
}

static bool is_subject(imx_pixels picture, uint32_t x, uint32_t y, imx_colour background) {
    const uint8_t *pixel = picture.rgb + y * picture.stride_bytes + 3 * (size_t)x;
    const uint8_t *left = x > 0 ? pixel - 3 : pixel;
    const uint8_t *above = y > 0 ? pixel - picture.stride_bytes : pixel;
    return imx_colour_distance(pixel, background.rgb) > SUBJECT_DISTANCE &&
           !is_shadow(pixel, left, above, background);
}

/* First and last index at which `counts` reaches the minimum. */
static bool span(uint32_t *first, uint32_t *size, const uint16_t *counts, uint32_t total) {
    uint32_t start = 0;
    while (start < total && counts[start] < MIN_ROW_PIXELS) {
        ++start;
    }
    if (start == total) {
        return false;
    }
    uint32_t end = total;
    while (counts[end - 1] < MIN_ROW_PIXELS) {
        --end;
    }
    *first = start;
    *size = end - start;
    return true;
}

/* Pixels of `rect` in each row and column that are not background; their number. */
typedef struct profile {
    uint16_t rows[IMX_LAYOUT_MAX_SIDE];
    uint16_t columns[IMX_LAYOUT_MAX_SIDE];
    uint64_t count;
} profile;

static void count_subject(profile *out, imx_pixels picture, imx_rect rect, imx_colour background) {
    *out = (profile){.count = 0};
    for (uint32_t y = 0; y < rect.height; ++y) {
        for (uint32_t x = 0; x < rect.width; ++x) {
            if (is_subject(picture, rect.x + x, rect.y + y, background)) {
                ++out->rows[y];
                ++out->columns[x];
                ++out->count;
            }
        }
    }
}

/* The box that the rows and columns with subject span, in the picture's coordinates. */
static bool find_box(imx_rect *out, const profile *found, imx_rect rect) {
    imx_rect box;
    if (!span(&box.y, &box.height, found->rows, rect.height) ||
        !span(&box.x, &box.width, found->columns, rect.width)) {
        return false;
    }
    box.x += rect.x;
    box.y += rect.y;
    *out = box;
    return true;
}

static double area_of(imx_rect rect) { return (double)rect.width * rect.height; }

void imx_subject_find(imx_subject *out, imx_pixels picture, imx_rect inside) {
    *out = (imx_subject){.box = inside, .count = (uint64_t)inside.width * inside.height};
    if (inside.width < LEAST_SIDE || inside.height < LEAST_SIDE) {
        return;
    }
    float share;
    out->background = imx_ground_colour(&share, picture, inside);
    out->plain = share >= PLAIN_SHARE;
    if (!out->plain) {
        return;
    }
    profile found;
    count_subject(&found, picture, inside, out->background);
    out->count = found.count;
    imx_rect box;
    if (find_box(&box, &found, inside) && area_of(box) <= MAX_BOX_SHARE * area_of(inside)) {
        out->box = box;
        out->found = true;
    }
}

/* The widest gap between pieces. */
typedef struct gap {
    uint32_t from;
    uint32_t size;
} gap;

static gap widest_gap(const uint16_t *counts, uint32_t total) {
    gap widest = {0, 0};
    uint32_t from = 0; /* Behind the last line with subject; 0 before the first one. */
    for (uint32_t i = 0; i < total; ++i) {
        if (counts[i] < MIN_ROW_PIXELS) {
            continue;
        }
        if (from > 0 && i - from > widest.size) {
            widest = (gap){from, i - from};
        }
        from = i + 1;
    }
    return widest;
}

/* Cut a piece in two at its widest gap, and each part down to its own box. */
static bool cut_apart(imx_rect parts[2], imx_pixels picture, imx_rect piece, uint32_t least_gap,
                      imx_colour background) {
    profile found;
    count_subject(&found, picture, piece, background);
    gap across = widest_gap(found.rows, piece.height);
    gap down = widest_gap(found.columns, piece.width);
    if (across.size < least_gap && down.size < least_gap) {
        return false;
    }
    parts[0] = parts[1] = piece;
    if (across.size >= down.size) {
        parts[0].height = across.from;
        parts[1].y += across.from + across.size;
        parts[1].height -= across.from + across.size;
    } else {
        parts[0].width = down.from;
        parts[1].x += down.from + down.size;
        parts[1].width -= down.from + down.size;
    }
    for (int i = 0; i < 2; ++i) {
        count_subject(&found, picture, parts[i], background);
        if (!find_box(&parts[i], &found, parts[i])) {
            return false;
        }
    }
    return true;
}

/* The largest first, and those of one size, as packshots have them, row by row: qsort may leave
 * equals in any order. */
static int by_area(const void *a, const void *b) {
    const imx_rect *one = a;
    const imx_rect *other = b;
    double left = area_of(*one);
    double right = area_of(*other);
    if (left != right) {
        return left < right ? 1 : -1;
    }
    if (one->y != other->y) {
        return one->y < other->y ? -1 : 1;
    }
    return (one->x > other->x) - (one->x < other->x);
}

uint32_t imx_pieces_find(imx_rect *pieces, uint32_t most, imx_pixels picture, imx_rect inside,
                         imx_colour background) {
    uint32_t longer = inside.width > inside.height ? inside.width : inside.height;
    uint32_t least_gap = (uint32_t)(MIN_GAP * (float)longer) + 1;
    imx_rect found[MAX_PARTS];
    uint32_t count = 0;
    profile whole;
    count_subject(&whole, picture, inside, background);
    if (find_box(&found[0], &whole, inside)) {
        count = 1;
    }
    for (uint32_t i = 0; i < count;) {
        imx_rect parts[2];
        if (!cut_apart(parts, picture, found[i], least_gap, background)) {
            ++i;
            continue;
        }
        if (count == MAX_PARTS) {
            return 0; /* Text or a pattern, and no pieces. */
        }
        found[i] = parts[0];
        found[count++] = parts[1];
    }
    qsort(found, count, sizeof *found, by_area);
    uint32_t kept = 0; /* Labels, lines of text and crumbs are no pieces. */
    while (kept < count && kept < most && area_of(found[kept]) >= MIN_PIECE * area_of(found[0])) {
        pieces[kept] = found[kept];
        ++kept;
    }
    return kept > 1 ? kept : 0;
}
