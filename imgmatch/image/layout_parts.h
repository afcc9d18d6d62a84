/* The parts of layout.c, each on the reduced copy. */
#ifndef IMX_IMAGE_LAYOUT_PARTS_H
#define IMX_IMAGE_LAYOUT_PARTS_H

#include "image/layout.h"
#include "image/lines.h"

#include <stdbool.h>

/* Sides of the reduced copy are not longer. */
#define IMX_LAYOUT_MAX_SIDE 320u

/* Bars around a picture. */
typedef struct imx_border {
    imx_rect inside;
    uint32_t lines[4];    /* Taken off each imx_side. */
    imx_colour colour[4]; /* Of the innermost bar of a side that lost lines. */
} imx_border;

/* `behind_bars`: of what was beside the picture there may be some in its first lines. */
void imx_border_find(imx_border *out, imx_pixels picture, bool behind_bars);

/* Line of the full picture, counted from `side`, at which the bar ends that covers `reduced` lines
 * of the reduced copy, whose pixels are `scale` wide. */
uint32_t imx_border_refine(imx_pixels picture, imx_side side, uint32_t reduced, double scale,
                           imx_colour colour);

/* The colour that most of the frame of `inside` has, and the share 0..1 of the frame that has it.
 */
imx_colour imx_ground_colour(float *share, imx_pixels picture, imx_rect inside);

/* A subject on a plain background. */
typedef struct imx_subject {
    bool plain; /* The background is plain, */
    imx_colour background;
    bool found;     /* and the box clearly smaller than `inside`. */
    imx_rect box;   /* Without margin. */
    uint64_t count; /* Pixels of `inside` that are not background. */
} imx_subject;

void imx_subject_find(imx_subject *out, imx_pixels picture, imx_rect inside);

/* The cells of a collage inside `inside`, at most `most`; 0 when it is none. Their sides are a part
 * at least of those of `whole`. */
uint32_t imx_cells_find(imx_rect *cells, uint32_t most, imx_pixels picture, imx_rect inside,
                        imx_rect whole);

/* The largest pieces that lie apart on a plain background, at most `most`, largest first; 0 when
 * there is only one, and when there are dozens. */
uint32_t imx_pieces_find(imx_rect *pieces, uint32_t most, imx_pixels picture, imx_rect inside,
                         imx_colour background);

/* Boxes inside `inside` that may be pictures of their own; their number. */
uint32_t imx_insets_find(imx_rect insets[IMX_LAYOUT_MAX_INSETS], imx_pixels picture,
                         imx_rect inside);

/* The corners of a flat picture seen at an angle, in order; false when there is none. */
bool imx_sheet_find(imx_corner corners[4], imx_pixels picture);

#endif
