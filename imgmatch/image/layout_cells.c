/*
 * The cells of a collage, found by cutting: look for the strongest straight line right across the
 * rectangle, cut there, go on with both parts. Grids come out as well as mixed layouts.
 *
 * A line is either a seam, a step in brightness or colour that runs the whole length while the
 * lines beside it have no such step, or a gutter, lines of one colour with such steps on both
 * sides. Edges in photographs are seldom straight to the pixel over the whole picture; walls and
 * boxes that are lie near the sides, where no cut is looked for.
 */
#include "image/layout_parts.h"

#include <string.h>

#define STEP 18            /* Levels of a channel that count as a step. */
#define SEAM_SHARE 0.78F   /* Share of the length that has to have the step, */
#define PIECE_SHARE 0.45F  /* and of every eighth of it. */
#define BESIDE_SHARE 0.55F /* Of the seam's share, at most, in the lines beside it. */
#define BESIDE 4u          /* How far away these are: a blurred seam is narrower. */
#define PIECES 8u
#define GLANCES 16u /* Pixels of a line that are looked at first: */
#define ENOUGH 9u   /* a seam has the step in 12 of them on average. */
#define GUTTER_TOLERANCE 14
#define GUTTER_UNIFORM 0.98F
#define GUTTER_BESIDE 0.5F /* Share at most like the gutter right beside it. */
#define MAX_GUTTER 0.08F   /* Of the side. */
#define MIN_PART 0.22F     /* Of the whole side, for a cell. */
#define MIN_PIXELS 24u

typedef struct cut {
    float strength;
    imx_side from; /* IMX_TOP: between rows; IMX_LEFT: between columns. */
    uint32_t end;  /* The first part has the lines up to here; */
    uint32_t next; /* the second those from here on. */
} cut;

/* Share of the length that steps between the lines before and behind `line`; 0 when some piece of
 * it has hardly any. */
static float step_share(const imx_lines *lines, uint32_t line, bool every_piece) {
    uint32_t total = 0;
    for (uint32_t piece = 0; piece < PIECES; ++piece) {
        uint32_t from = lines->length * piece / PIECES;
        uint32_t to = lines->length * (piece + 1) / PIECES;
        uint32_t steps = imx_lines_steps(lines, line, from, to, STEP);
        if (every_piece && (float)steps < PIECE_SHARE * (float)(to - from)) {
            return 0;
        }
        total += steps;
    }
    return (float)total / (float)lines->length;
}

/* Cheap test of a few pixels before the whole line is looked at. */
static bool may_be_seam(const imx_lines *lines, uint32_t line) {
    uint32_t steps = 0;
    for (uint32_t i = 0; i < GLANCES; ++i) {
        steps += imx_lines_step(lines, line, (2 * i + 1) * lines->length / (2 * GLANCES)) > STEP;
    }
    return steps >= ENOUGH;
}

static void try_seam(cut *best, const imx_lines *lines, uint32_t line, imx_side from) {
    if (!may_be_seam(lines, line)) {
        return;
    }
    float share = step_share(lines, line, true);
    if (share < SEAM_SHARE || share <= best->strength ||
        step_share(lines, line - BESIDE, false) > BESIDE_SHARE * share ||
        step_share(lines, line + BESIDE, false) > BESIDE_SHARE * share) {
        return;
    }
    *best = (cut){share, from, line, line + 1};
}

/* The gutter that begins at `line`. */
static void try_gutter(cut *best, const imx_lines *lines, uint32_t line, imx_side from) {
    imx_colour colour = imx_lines_median(lines, line);
    if (imx_lines_share_near(lines, line, colour, GUTTER_TOLERANCE) < GUTTER_UNIFORM) {
        return;
    }
    uint32_t most = (uint32_t)(MAX_GUTTER * (float)lines->count) + 2;
    uint32_t end = line + 1;
    while (end - line <= most && end + 2 < lines->count &&
           imx_lines_share_near(lines, end, colour, GUTTER_TOLERANCE) >= GUTTER_UNIFORM) {
        ++end;
    }
    if (end - line > most || end + 2 >= lines->count || line < 2 ||
        imx_lines_share_near(lines, line - 2, colour, GUTTER_TOLERANCE) > GUTTER_BESIDE ||
        imx_lines_share_near(lines, end + 1, colour, GUTTER_TOLERANCE) > GUTTER_BESIDE) {
        return;
    }
    /* Stronger than any seam: it takes two edges. */
    if (best->strength < 2) {
        *best = (cut){2, from, line - 1, end + 1};
    }
}

static void try_cuts(cut *best, imx_pixels picture, imx_rect rect, imx_side from, uint32_t whole) {
    imx_lines lines = imx_lines_from(picture, rect, from);
    uint32_t least = (uint32_t)(MIN_PART * (float)whole);
    least = least < MIN_PIXELS ? MIN_PIXELS : least;
    for (uint32_t line = least; line + least < lines.count; ++line) {
        try_seam(best, &lines, line, from);
        try_gutter(best, &lines, line, from);
    }
}

/* Cut one rectangle in two; false when no line runs across it. */
static bool divide(imx_rect *first, imx_rect *second, imx_pixels picture, imx_rect rect,
                   imx_rect whole) {
    cut best = {0, IMX_TOP, 0, 0};
    try_cuts(&best, picture, rect, IMX_TOP, whole.height);
    try_cuts(&best, picture, rect, IMX_LEFT, whole.width);
    if (!(best.strength > 0)) {
        return false;
    }
    *first = rect;
    *second = rect;
    if (best.from == IMX_TOP) {
        first->height = best.end;
        second->y = rect.y + best.next;
        second->height = rect.height - best.next;
    } else {
        first->width = best.end;
        second->x = rect.x + best.next;
        second->width = rect.width - best.next;
    }
    return true;
}

uint32_t imx_cells_find(imx_rect *cells, uint32_t most, imx_pixels picture, imx_rect inside,
                        imx_rect whole) {
    uint32_t count = 1;
    cells[0] = inside;
    for (uint32_t i = 0; i < count;) {
        imx_rect first;
        imx_rect second;
        if (count < most && divide(&first, &second, picture, cells[i], whole)) {
            memmove(&cells[i + 2], &cells[i + 1], (count - i - 1) * sizeof *cells);
            cells[i] = first;
            cells[i + 1] = second;
            ++count;
        } else {
            ++i;
        }
    }
    return count > 1 ? count : 0;
}
