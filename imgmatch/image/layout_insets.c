/*
 * Pictures pasted into another picture: boxes with straight edges along the rows and columns.
 *
 * Along every row and every column the stretch is found in which the pixels on both sides differ
 * most steadily (the maximum sum of a subarray, Bentley 1984, with steps counting for it and all
 * else against it). Lines whose neighbours differ as steadily there are texture. Of any two of the
 * columns and any two of the rows that are left, the box between them is an inset when its outline
 * is an edge nearly everywhere, while the same lines are none beyond its corners: the sides of
 * rooms, tables and checked cloth go on. A side of the picture may stand in for one side of the box
 * in each direction, since pictures are pasted into corners, too.
 *
 * At most MAX_LINES lines of each direction are paired, so that the worst picture, a chequered one,
 * takes some 50 ms; others take about 2.
 */
#include "image/layout_parts.h"

#include <math.h>

#define STEP 14 /* Levels of a channel that count as a step; cells, of full length, take more. */
#define DENSITY 0.6F      /* Share of the stretch that has to have the step; */
#define BESIDE_SHARE 0.6F /* of that, at most, in the lines beside it. */
#define BESIDE 4u         /* How far away these are. */
#define MIN_SIDE 0.2F     /* Of the picture's, for a box. */
#define MIN_PIXELS 24u
#define MAX_AREA 0.85F     /* A larger box is the picture itself. */
#define MAX_LINES 24u      /* In each direction; those with the longest stretches are kept. */
#define SIDE_SHARE 0.45F   /* Of a side of the box with a step, */
#define BOX_SHARE 0.7F     /* of its outline, */
#define BEYOND_SHARE 0.45F /* and at most of the lines that go on behind its corners, */
#define BEYOND 12u         /* for so many pixels. */
#define SAME_PLACE 0.5     /* Of the smaller of two boxes, from which they are one. */

typedef struct straight {
    uint32_t line; /* The step is from the line before to the line behind it. */
    uint32_t size; /* Pixels of its stretch. */
    bool outside;  /* A side of the picture. */
    uint16_t steps[IMX_LAYOUT_MAX_SIDE + 1]; /* Before each pixel along the line. */
} straight;

typedef struct straights {
    straight all[MAX_LINES + 2];
    uint32_t count;
    uint32_t length;
} straights;

static bool has_step(const imx_lines *lines, uint32_t line, uint32_t i) {
    return imx_lines_step(lines, line, i) > STEP;
}

/* Share of the stretch with a step; 0 for lines that are not there. */
static float step_share(const imx_lines *lines, int64_t line, uint32_t from, uint32_t to) {
    if (line < 1 || line + 1 >= (int64_t)lines->count) {
        return 0;
    }
    return (float)imx_lines_steps(lines, (uint32_t)line, from, to, STEP) / (float)(to - from);
}

typedef struct stretch {
    uint32_t from;
    uint32_t to;
} stretch;

/* The stretch of a line with the steadiest step. */
static stretch find_stretch(const imx_lines *lines, uint32_t line) {
    stretch best = {0, 0};
    int sum = 0;
    int most = 0;
    uint32_t from = 0;
    for (uint32_t i = 0; i < lines->length; ++i) {
        sum += has_step(lines, line, i) ? 1 : -1;
        if (sum <= 0) {
            sum = 0;
            from = i + 1;
        } else if (sum > most) {
            most = sum;
            best.from = from;
            best.to = i + 1;
        }
    }
    return best;
}

static uint32_t least_side(uint32_t side) {
    uint32_t least = (uint32_t)(MIN_SIDE * (float)side);
    return least < MIN_PIXELS ? MIN_PIXELS : least;
}

static bool is_straight_edge(const imx_lines *lines, uint32_t line, stretch at) {
    if (at.to - at.from < least_side(lines->length)) {
        return false;
    }
    float share = step_share(lines, line, at.from, at.to);
    float beside = BESIDE_SHARE * share;
    return share >= DENSITY &&
           step_share(lines, (int64_t)line - BESIDE, at.from, at.to) <= beside &&
           step_share(lines, (int64_t)line + BESIDE, at.from, at.to) <= beside;
}

/* A step is seen from the lines right beside it, too: of neighbours the longest stays. Where to put
 * a line of that size; NULL when it is not to be kept. */
static straight *make_room(straights *out, uint32_t line, uint32_t size) {
    for (uint32_t i = 0; i < out->count; ++i) {
        if (line - out->all[i].line <= 2) {
            return size > out->all[i].size ? &out->all[i] : NULL;
        }
    }
    if (out->count < MAX_LINES) {
        return &out->all[out->count++];
    }
    uint32_t shortest = 0;
    for (uint32_t i = 1; i < out->count; ++i) {
        shortest = out->all[i].size < out->all[shortest].size ? i : shortest;
    }
    return size > out->all[shortest].size ? &out->all[shortest] : NULL;
}

static void count_steps(straight *out, const imx_lines *lines) {
    out->steps[0] = 0;
    for (uint32_t i = 0; i < lines->length; ++i) {
        out->steps[i + 1] = (uint16_t)(out->steps[i] + has_step(lines, out->line, i));
    }
}

static void find_straights(straights *out, const imx_lines *lines) {
    out->count = 0;
    out->length = lines->length;
    for (uint32_t line = 1; line + 1 < lines->count; ++line) {
        stretch at = find_stretch(lines, line);
        if (!is_straight_edge(lines, line, at)) {
            continue;
        }
        straight *place = make_room(out, line, at.to - at.from);
        if (place != NULL) {
            place->line = line;
            place->size = at.to - at.from;
            place->outside = false;
            count_steps(place, lines);
        }
    }
    out->all[out->count++] = (straight){.line = 0, .outside = true};
    out->all[out->count++] = (straight){.line = lines->count, .outside = true};
}

typedef struct outline {
    uint32_t size; /* Pixels of the outline inside the picture. */
    uint32_t steps;
    uint32_t beyond_size; /* The same of what goes on behind the corners. */
    uint32_t beyond_steps;
} outline;

/* Add one side of a box, from..to of a line; false when it is no edge. */
static bool add_side(outline *sum, const straight *side, uint32_t from, uint32_t to,
                     uint32_t length) {
    if (side->outside) {
        return true;
    }
    uint32_t steps = (uint32_t)side->steps[to] - side->steps[from];
    if ((float)steps < SIDE_SHARE * (float)(to - from)) {
        return false;
    }
    uint32_t before = from > BEYOND ? from - BEYOND : 0;
    uint32_t behind = to + BEYOND < length ? to + BEYOND : length;
    sum->size += to - from;
    sum->steps += steps;
    sum->beyond_size += from - before + behind - to;
    sum->beyond_steps += (uint32_t)side->steps[behind] - side->steps[to];
    sum->beyond_steps += (uint32_t)side->steps[from] - side->steps[before];
    return true;
}

typedef struct box {
    imx_rect rect;
    float clear; /* Pixels of its outline that are edges, over what an outline must have. */
} box;

/* Of boxes that share their place only the clearest counts: the others are parts of it, or have one
 * of their sides from something behind it. */
static bool share_place(imx_rect a, imx_rect b) {
    double common = imx_rect_common(a, b);
    double smaller = fmin((double)a.width * a.height, (double)b.width * b.height);
    return common > SAME_PLACE * smaller;
}

/* The clearest boxes come first. */
static void offer(box *boxes, uint32_t *count, box found) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *count; ++i) {
        if (!share_place(boxes[i].rect, found.rect)) {
            boxes[kept++] = boxes[i];
        } else if (boxes[i].clear >= found.clear) {
            return; /* Nothing was dropped: what is before it is clearer still. */
        }
    }
    uint32_t at = kept;
    while (at > 0 && boxes[at - 1].clear < found.clear) {
        --at;
    }
    *count = kept < IMX_LAYOUT_MAX_INSETS ? kept + 1 : kept;
    for (uint32_t i = *count; i > at + 1; --i) {
        boxes[i - 1] = boxes[i - 2];
    }
    if (at < *count) {
        boxes[at] = found;
    }
}

/* First and last pixel between two lines. */
static bool span(uint32_t *from, uint32_t *to, const straight *first, const straight *second,
                 uint32_t least) {
    *from = first->outside ? 0 : first->line + 1;
    *to = second->line;
    return second->line > first->line && !(first->outside && second->outside) &&
           *to >= *from + least;
}

static bool is_inset(outline *sum, const straight *const sides[4], imx_rect rect,
                     const straights *columns, const straights *rows) {
    *sum = (outline){0, 0, 0, 0};
    return add_side(sum, sides[0], rect.y, rect.y + rect.height, columns->length) &&
           add_side(sum, sides[1], rect.y, rect.y + rect.height, columns->length) &&
           add_side(sum, sides[2], rect.x, rect.x + rect.width, rows->length) &&
           add_side(sum, sides[3], rect.x, rect.x + rect.width, rows->length) &&
           (float)sum->steps >= BOX_SHARE * (float)sum->size &&
           (float)sum->beyond_steps <= BEYOND_SHARE * (float)sum->beyond_size;
}

static void find_boxes(box *boxes, uint32_t *count, const straight *left, const straight *right,
                       const straights *columns, const straights *rows) {
    imx_rect rect;
    uint32_t end_x;
    uint32_t end_y;
    if (!span(&rect.x, &end_x, left, right, least_side(rows->length))) {
        return;
    }
    rect.width = end_x - rect.x;
    for (uint32_t i = 0; i < rows->count; ++i) {
        for (uint32_t k = 0; k < rows->count; ++k) {
            const straight *const sides[] = {left, right, &rows->all[i], &rows->all[k]};
            if (!span(&rect.y, &end_y, sides[2], sides[3], least_side(columns->length))) {
                continue;
            }
            rect.height = end_y - rect.y;
            outline sum;
            if ((float)rect.width * (float)rect.height <=
                    MAX_AREA * (float)rows->length * (float)columns->length &&
                is_inset(&sum, sides, rect, columns, rows)) {
                offer(boxes, count, (box){rect, (float)sum.steps - DENSITY * (float)sum.size});
            }
        }
    }
}

uint32_t imx_insets_find(imx_rect insets[IMX_LAYOUT_MAX_INSETS], imx_pixels picture,
                         imx_rect inside) {
    if (inside.width < 2 * MIN_PIXELS || inside.height < 2 * MIN_PIXELS) {
        return 0;
    }
    imx_lines in_columns = imx_lines_from(picture, inside, IMX_LEFT);
    imx_lines in_rows = imx_lines_from(picture, inside, IMX_TOP);
    straights columns;
    straights rows;
    find_straights(&columns, &in_columns);
    find_straights(&rows, &in_rows);
    box boxes[IMX_LAYOUT_MAX_INSETS];
    uint32_t count = 0;
    for (uint32_t i = 0; i < columns.count; ++i) {
        for (uint32_t k = 0; k < columns.count; ++k) {
            find_boxes(boxes, &count, &columns.all[i], &columns.all[k], &columns, &rows);
        }
    }
    for (uint32_t i = 0; i < count; ++i) {
        insets[i] = boxes[i].rect;
        insets[i].x += inside.x;
        insets[i].y += inside.y;
    }
    return count;
}
