/*
 * What a picture is made of: uniform borders, the subject on a plain background, the cells of a
 * collage, pictures in the picture, a picture seen at an angle. All rectangles are in pixels of the
 * given view. Cheap: works on a reduced copy.
 */
#ifndef IMX_IMAGE_LAYOUT_H
#define IMX_IMAGE_LAYOUT_H

#include "base/pixels.h"

#include <imgmatch/status.h>

#include <stdbool.h>

#define IMX_LAYOUT_MAX_CELLS 9
#define IMX_LAYOUT_MAX_INSETS 2

/* A place in pixels, from the upper left corner of the upper left pixel. */
typedef struct imx_corner {
    float x;
    float y;
} imx_corner;

typedef struct imx_layout {
    bool has_border;     /* Bars on one or more sides (frame, letterbox, banner, screenshot). */
    imx_rect inside;     /* The picture without them; the whole when there are none. */
    bool has_subject;    /* Plain background, and a subject clearly smaller than `inside`. */
    imx_rect subject;    /* Box of what is not background, with a small margin; else `inside`. */
    float subject_share; /* Share 0..1 of the picture's area that is not background. */
    float detail;        /* Mean gradient, 0..255: under 1 is a flat picture. */
    float text_share;    /* Share 0..1 of the detail that looks like text lines. */
    uint32_t cell_count; /* Cells of a collage, or pieces apart on a plain ground, and behind them
                          * what cells of these there are, and cells without bars: 0 or 2..9. */
    bool pieces;         /* They are pieces: several products on a page, or a page of a shop. */
    imx_rect cells[IMX_LAYOUT_MAX_CELLS];
    uint32_t inset_count; /* Pictures pasted into a larger one; none in a collage. */
    imx_rect insets[IMX_LAYOUT_MAX_INSETS];
    bool has_sheet;      /* A flat picture seen at an angle: a screen, a print. */
    imx_corner sheet[4]; /* Its corners, the upper left one first, clockwise. */
} imx_layout;

/* What to look for. Parts (cells, pieces, insets, a sheet) take three quarters of the time. */
typedef enum imx_layout_scope {
    IMX_LAYOUT_WHOLE = 0, /* No parts: there are none in the answer. */
    IMX_LAYOUT_WITH_PARTS = 1
} imx_layout_scope;

imgmatch_status imx_layout_find(imx_layout *out, imx_pixels picture, imx_layout_scope scope,
                                imgmatch_diag *diag);

#endif
