/*
 * A flat picture seen at an angle on a plain ground: a screen or a print that was photographed, or
 * a picture that was drawn with perspective.
 *
 * The ground is the colour that most of the frame has. From all four sides, each row and each
 * column is followed to the first pixels of another colour; what lies between is the sheet if it is
 * a quadrilateral: its convex hull is hardly larger than it is, and loses little when its corners
 * are taken away one by one, the one with the smallest triangle first (Visvalingam and Whyatt
 * 1993), until four are left. Then each side is the line that fits the ends of the rows and columns
 * best, and the corners are where these lines meet. Upright rectangles are left to borders and
 * insets, which find them to the pixel.
 */
#include "image/layout_parts.h"

#include <math.h>
#include <string.h>

#define LEAST_PIXELS 16u   /* A side of the picture. */
#define GROUND_SHARE 0.75F /* Of the frame. */
#define GROUND_DISTANCE 40 /* Levels of a channel. */
#define STEADY 3u          /* Pixels of another colour in a row: less is noise. */
#define LEAST_AREA 0.15F   /* Of the picture. */
#define LEAST_FILLED 0.95F /* Of the hull, by rows and by columns; */
#define LEAST_KEPT 0.93F   /* of the hull, by its four corners. */
#define LEAST_SIDE 0.25F   /* Of the picture's shorter side. */
#define LEAST_SINE 0.5F    /* Of a corner's angle. */
#define LEAST_RATIO 0.35F  /* Of a side to the opposite one. */
#define LEAST_TILT 0.012F  /* Of the picture's longer side, for a corner out of square. */
#define MOST_OUTSIDE 0.03F /* Of the picture's longer side, for a corner behind its edge. */
#define LEAST_ENDS 0.8F    /* Ends of rows or columns on a side, of its length; */
#define MOST_ERROR 1.2F    /* how far they may be off, in pixels (root mean square). */

#define MOST_HULL (4 * IMX_LAYOUT_MAX_SIDE + 8)

/* First and last pixel of another colour than the ground's in each row or column; first > last:
 * there is none. */
typedef struct extents {
    uint32_t count;
    int first[IMX_LAYOUT_MAX_SIDE];
    int last[IMX_LAYOUT_MAX_SIDE];
} extents;

typedef struct outline {
    uint32_t count;
    imx_corner corners[MOST_HULL];
} outline;

/* Of line `index`, from its start in steps of `along`; -1 when there is none. */
static int first_other(const imx_lines *lines, uint32_t index, imx_colour ground) {
    const uint8_t *pixel = lines->first + (ptrdiff_t)index * lines->across;
    uint32_t steady = 0;
    for (uint32_t i = 0; i < lines->length; ++i, pixel += lines->along) {
        steady = imx_colour_distance(pixel, ground.rgb) > GROUND_DISTANCE ? steady + 1 : 0;
        if (steady == STEADY) {
            return (int)(i + 1 - STEADY);
        }
    }
    return -1;
}

/* The same lines, followed from their ends. */
static imx_lines reversed(const imx_lines *lines) {
    imx_lines result = *lines;
    result.first += (ptrdiff_t)(lines->length - 1) * lines->along;
    result.along = -lines->along;
    return result;
}

static void find_extents(extents *out, const imx_lines *lines, imx_colour ground) {
    imx_lines back = reversed(lines);
    out->count = lines->count;
    for (uint32_t i = 0; i < lines->count; ++i) {
        int first = first_other(lines, i, ground);
        out->first[i] = first < 0 ? 0 : first;
        out->last[i] = first < 0 ? -1 : (int)lines->length - 1 - first_other(&back, i, ground);
    }
}

static float area_within(const extents *lines) {
    float area = 0;
    for (uint32_t i = 0; i < lines->count; ++i) {
        area += (float)(lines->last[i] - lines->first[i] + 1);
    }
    return area;
}

/* Twice the triangle's area, positive when a, b, c turn clockwise on the screen. */
static float turn_of(imx_corner a, imx_corner b, imx_corner c) {
    return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

/* Monotone chain (Andrew 1979) over the rows' ends, which are in order already: down the right side
 * and up the left one. */
static void find_hull(outline *out, const extents *rows) {
    out->count = 0;
    for (int side = 0; side < 2; ++side) {
        uint32_t base = out->count;
        for (uint32_t k = 0; k < 2 * rows->count; ++k) {
            uint32_t at = side == 0 ? k : 2 * rows->count - 1 - k;
            uint32_t y = at / 2; /* Each row has an upper and a lower edge. */
            if (rows->first[y] > rows->last[y]) {
                continue;
            }
            imx_corner corner = {(float)(side == 0 ? rows->last[y] + 1 : rows->first[y]),
                                 (float)(y + at % 2)};
            while (out->count >= base + 2 && turn_of(out->corners[out->count - 2],
                                                     out->corners[out->count - 1], corner) <= 0) {
                --out->count;
            }
            out->corners[out->count++] = corner;
        }
    }
}

static float hull_area(const outline *of) {
    float twice = 0;
    for (uint32_t i = 2; i < of->count; ++i) {
        twice += turn_of(of->corners[0], of->corners[i - 1], of->corners[i]);
    }
    return twice / 2;
}

/* Leave four corners. */
static void simplify(outline *of) {
    while (of->count > 4) {
        uint32_t least = 0;
        float smallest = INFINITY;
        for (uint32_t i = 0; i < of->count; ++i) {
            float triangle = turn_of(of->corners[(i + of->count - 1) % of->count], of->corners[i],
                                     of->corners[(i + 1) % of->count]);
            if (triangle < smallest) {
                smallest = triangle;
                least = i;
            }
        }
        --of->count;
        memmove(of->corners + least, of->corners + least + 1,
                (of->count - least) * sizeof *of->corners);
    }
}

/* A line as a place on it and its direction, of length 1. */
typedef struct line {
    imx_corner at;
    imx_corner along;
} line;

/* Which ends of rows and columns are those of a side. */
typedef struct nearness {
    float pixels; /* Of the side, */
    float margin; /* without this share of it next to either corner. */
} nearness;

/* First for corners of the hull, which may be next to the right ones, then for those found so. */
static const nearness passes[] = {{8, 0.15F}, {3, 0.05F}};
#define PASSES (sizeof passes / sizeof *passes)

/* Sums over the ends of rows and columns that are near one side. */
typedef struct side_sums {
    float count, x, y, xx, xy, yy;
} side_sums;

static void add_end(side_sums *sums, imx_corner end, imx_corner from, imx_corner to,
                    nearness near) {
    float length = hypotf(to.x - from.x, to.y - from.y);
    float along = ((end.x - from.x) * (to.x - from.x) + (end.y - from.y) * (to.y - from.y)) /
                  (length * length);
    float beside = fabsf(turn_of(from, to, end)) / length;
    if (along < near.margin || along > 1 - near.margin || beside > near.pixels) {
        return;
    }
    /* About `from`, since squares of places far from the origin round. */
    float x = end.x - from.x;
    float y = end.y - from.y;
    sums->count += 1;
    sums->x += x;
    sums->y += y;
    sums->xx += x * x;
    sums->xy += x * y;
    sums->yy += y * y;
}

/* The line through the ends near the side from..to, by their principal axis. */
static bool fit_side(line *out, imx_corner from, imx_corner to, const extents *rows,
                     const extents *columns, nearness near) {
    side_sums sums = {0};
    bool steep = fabsf(to.y - from.y) > fabsf(to.x - from.x);
    const extents *lines = steep ? rows : columns;
    for (uint32_t i = 0; i < lines->count; ++i) {
        if (lines->first[i] > lines->last[i]) {
            continue;
        }
        float middle = (float)i + 0.5F;
        float ends[2] = {(float)lines->first[i], (float)(lines->last[i] + 1)};
        for (int k = 0; k < 2; ++k) {
            imx_corner end = steep ? (imx_corner){ends[k], middle} : (imx_corner){middle, ends[k]};
            add_end(&sums, end, from, to, near);
        }
    }
    float expected = (1 - 2 * near.margin) * (steep ? fabsf(to.y - from.y) : fabsf(to.x - from.x));
    if (sums.count < LEAST_ENDS * expected || sums.count < 4) {
        return false;
    }
    float x = sums.x / sums.count;
    float y = sums.y / sums.count;
    float xx = sums.xx / sums.count - x * x;
    float xy = sums.xy / sums.count - x * y;
    float yy = sums.yy / sums.count - y * y;
    float angle = 0.5F * atan2f(2 * xy, xx - yy);
    out->at = (imx_corner){from.x + x, from.y + y};
    out->along = (imx_corner){cosf(angle), sinf(angle)};
    float across = xx * out->along.y * out->along.y - 2 * xy * out->along.x * out->along.y +
                   yy * out->along.x * out->along.x;
    return across <= MOST_ERROR * MOST_ERROR;
}

static bool meet(imx_corner *out, const line *a, const line *b) {
    float sine = a->along.x * b->along.y - a->along.y * b->along.x;
    if (fabsf(sine) < LEAST_SINE) {
        return false;
    }
    float along = ((b->at.x - a->at.x) * b->along.y - (b->at.y - a->at.y) * b->along.x) / sine;
    *out = (imx_corner){a->at.x + along * a->along.x, a->at.y + along * a->along.y};
    return true;
}

/* Put four corners where the lines along their sides meet. */
static bool fit_corners(imx_corner corners[4], const extents *rows, const extents *columns,
                        nearness near) {
    line sides[4];
    for (int i = 0; i < 4; ++i) {
        if (!fit_side(&sides[i], corners[i], corners[(i + 1) % 4], rows, columns, near)) {
            return false;
        }
    }
    for (int i = 0; i < 4; ++i) {
        if (!meet(&corners[i], &sides[(i + 3) % 4], &sides[i])) {
            return false;
        }
    }
    return true;
}

/* Large enough, inside the picture, no thinner at one end than a camera shows it, and not simply an
 * upright rectangle. */
static bool is_plausible(const imx_corner corners[4], imx_pixels picture) {
    float width = (float)picture.width;
    float height = (float)picture.height;
    float longer = fmaxf(width, height);
    float tilt = 0;
    float lengths[4];
    for (int i = 0; i < 4; ++i) {
        imx_corner here = corners[i];
        imx_corner next = corners[(i + 1) % 4];
        lengths[i] = hypotf(next.x - here.x, next.y - here.y);
        /* Sides run by turns along the rows and along the columns. */
        float askew = fminf(fabsf(next.x - here.x), fabsf(next.y - here.y));
        tilt = fmaxf(tilt, askew);
        float behind = fmaxf(fmaxf(-here.x, here.x - width), fmaxf(-here.y, here.y - height));
        if (behind > MOST_OUTSIDE * longer || lengths[i] < LEAST_SIDE * fminf(width, height)) {
            return false;
        }
    }
    for (int i = 0; i < 2; ++i) {
        float ratio = lengths[i] / lengths[i + 2];
        if (fminf(ratio, 1 / ratio) < LEAST_RATIO) {
            return false;
        }
    }
    return tilt >= LEAST_TILT * longer;
}

/* The upper left corner first. */
static void put_in_order(imx_corner out[4], const imx_corner corners[4]) {
    int first = 0;
    for (int i = 1; i < 4; ++i) {
        if (corners[i].x + corners[i].y < corners[first].x + corners[first].y) {
            first = i;
        }
    }
    for (int i = 0; i < 4; ++i) {
        out[i] = corners[(first + i) % 4];
    }
}

bool imx_sheet_find(imx_corner corners[4], imx_pixels picture) {
    if (picture.width < LEAST_PIXELS || picture.height < LEAST_PIXELS) {
        return false;
    }
    imx_rect whole = {0, 0, picture.width, picture.height};
    float share;
    imx_colour ground = imx_ground_colour(&share, picture, whole);
    if (share < GROUND_SHARE) {
        return false;
    }
    extents rows;
    extents columns;
    imx_lines lines = imx_lines_from(picture, whole, IMX_TOP);
    find_extents(&rows, &lines, ground);
    float filled = area_within(&rows);
    if (filled < LEAST_AREA * (float)picture.width * (float)picture.height) {
        return false;
    }
    lines = imx_lines_from(picture, whole, IMX_LEFT);
    find_extents(&columns, &lines, ground);
    outline hull;
    find_hull(&hull, &rows);
    float area = hull_area(&hull);
    if (fminf(filled, area_within(&columns)) < LEAST_FILLED * area) {
        return false;
    }
    simplify(&hull);
    if (hull.count < 4 || hull_area(&hull) < LEAST_KEPT * area) {
        return false;
    }
    for (size_t i = 0; i < PASSES; ++i) {
        if (!fit_corners(hull.corners, &rows, &columns, passes[i])) {
            return false;
        }
    }
    put_in_order(corners, hull.corners);
    return is_plausible(corners, picture);
}
