/*
 * Bars at the sides: frames, letterboxes, text banners, the chrome of screenshots.
 *
 * From each side inwards, a bar is a run of lines that begins with a line of one colour, in which
 * that colour stays the background (a banner's text may lie on it), and that ends at a straight
 * edge: a line of one colour and, right behind it, a line that differs in most of its length. This
 * last test keeps the background of packshots from being taken for a frame: there the subject
 * comes in little by little. Bars are peeled off in rounds, so that a frame around a screenshot
 * around a letterboxed photo comes off too. A page that was scrolled ends in the midst of a line of
 * text: a bar behind another one may begin with the rest of that.
 *
 * Thresholds were chosen on photographs without borders, see tests/unit/test_layout.c for what is
 * to be found and what is not.
 */
#include "image/layout_parts.h"

#define TOLERANCE 16        /* JPEG noise of a uniform area, in levels of a channel. */
#define SAME_COLOUR 2       /* Noise of a line's median. */
#define UNIFORM 0.97F       /* Share of a line for it to count as one colour. */
#define BACKGROUND 0.45F    /* Share for a line with text on it. */
#define STILL_BAR 0.725F    /* Share, of that of the bar's lines, for one to be among them. */
#define MAX_BAR 0.48F       /* Part of a side that one bar may take, */
#define MAX_TEXT_LINE 0.05F /* and a line of text on it. */
#define MIN_LEFT 0.2F       /* Part of a side that has to be left. */
#define MIN_LINES 2u
#define ROUNDS 4

/* That a line of text takes at most. */
static uint32_t most_text_lines(const imx_lines *lines) {
    return (uint32_t)((float)lines->count * MAX_TEXT_LINE) + 3;
}

/* Lines up to the end of the bar that begins at line `start`; 0 when there is none. */
static uint32_t bar_lines(const imx_lines *lines, uint32_t start, imx_colour colour) {
    if (imx_lines_share_near(lines, start, colour, TOLERANCE) < UNIFORM) {
        return 0;
    }
    uint32_t most = (uint32_t)((float)lines->count * MAX_BAR);
    uint32_t most_text = most_text_lines(lines);
    uint32_t uniform = start + 1; /* Lines up to and with the last of one colour. */
    bool at_edge = false;         /* Right behind them most of a line differs. */
    for (uint32_t i = start + 1; i < lines->count && i - uniform <= most_text; ++i) {
        float share = imx_lines_share_near(lines, i, colour, TOLERANCE);
        if (share >= UNIFORM) {
            uniform = i + 1;
            at_edge = false;
            if (uniform > most) {
                return 0;
            }
        } else if (share < BACKGROUND && i - uniform <= 1) {
            at_edge = true; /* One blended line may lie on it. */
        }
    }
    return at_edge ? uniform : 0;
}

static void take_off(imx_rect *rect, imx_side side, uint32_t lines) {
    switch (side) {
    case IMX_TOP:
        rect->y += lines;
        rect->height -= lines;
        break;
    case IMX_BOTTOM:
        rect->height -= lines;
        break;
    case IMX_LEFT:
        rect->x += lines;
        rect->width -= lines;
        break;
    case IMX_RIGHT:
        rect->width -= lines;
        break;
    }
}

/* Are the lines before `line` the rest of text on that colour? The first one may be blended with
 * what was beside it. */
static bool is_rest_of_text(const imx_lines *lines, uint32_t line, imx_colour colour) {
    for (uint32_t i = 1; i < line; ++i) {
        if (imx_lines_share_near(lines, i, colour, TOLERANCE) < BACKGROUND) {
            return false;
        }
    }
    return true;
}

/* Lines of the bar at the side; 0 when there is none. `behind_bar`: a bar was taken off before, and
 * may have left a blended line and a part of a line of text. */
static uint32_t next_bar(imx_colour *colour, const imx_lines *lines, bool behind_bar) {
    uint32_t most = behind_bar ? most_text_lines(lines) : 0;
    bool failed = false; /* A bar of `colour` that began in a line before. */
    for (uint32_t line = 0; line <= most && line < lines->count; ++line) {
        imx_colour median = imx_lines_median(lines, line);
        if (failed && imx_colour_distance(median.rgb, colour->rgb) <= SAME_COLOUR) {
            continue; /* It would end in the same place. */
        }
        *colour = median;
        failed = imx_lines_share_near(lines, line, median, TOLERANCE) >= UNIFORM;
        uint32_t bar = is_rest_of_text(lines, line, median) ? bar_lines(lines, line, median) : 0;
        if (bar >= MIN_LINES) {
            return bar;
        }
    }
    return 0;
}

static bool peel(imx_border *border, imx_pixels picture, imx_side side, bool behind_bar) {
    imx_lines lines = imx_lines_from(picture, border->inside, side);
    imx_colour colour;
    uint32_t bar = next_bar(&colour, &lines, behind_bar || border->lines[side] > 0);
    uint32_t whole = side == IMX_TOP || side == IMX_BOTTOM ? picture.height : picture.width;
    if (bar == 0 || (float)(lines.count - bar) < MIN_LEFT * (float)whole) {
        return false;
    }
    take_off(&border->inside, side, bar);
    border->lines[side] += bar;
    border->colour[side] = colour;
    return true;
}

void imx_border_find(imx_border *out, imx_pixels picture, bool behind_bars) {
    *out = (imx_border){.inside = {0, 0, picture.width, picture.height}};
    bool found = true;
    for (int round = 0; found && round < ROUNDS; ++round) {
        found = false;
        for (int side = IMX_TOP; side <= IMX_RIGHT; ++side) {
            found = peel(out, picture, (imx_side)side, behind_bars) || found;
        }
    }
}

uint32_t imx_border_refine(imx_pixels picture, imx_side side, uint32_t reduced, double scale,
                           imx_colour colour) {
    imx_rect whole = {0, 0, picture.width, picture.height};
    imx_lines lines = imx_lines_from(picture, whole, side);
    double from = (reduced - 1.0) * scale;
    double to = (reduced + 2.0) * scale;
    uint32_t line = from > 0 ? (uint32_t)from : 0;
    uint32_t end = to < (double)lines.count ? (uint32_t)to : lines.count;
    /* Other bars may cross the line: what counts is where it stops being like the bar's lines. */
    float before = imx_lines_share_near(&lines, line, colour, TOLERANCE);
    while (line < end &&
           imx_lines_share_near(&lines, line, colour, TOLERANCE) > before * STILL_BAR) {
        ++line;
    }
    return line < end ? line : (uint32_t)(reduced * scale + 0.5);
}
