/*
 * Names for what was done to a photo, out of what verification measured. The thresholds are
 * listed in alterations.c; each is about the least change that a person sees at a glance.
 */
#ifndef IMX_MATCH_ALTERATIONS_H
#define IMX_MATCH_ALTERATIONS_H

#include "match/agreement.h"
#include "match/geometry.h"

#define IMX_ALTERATIONS_MAX 8
#define IMX_ALTERATION_BYTES 64

typedef struct imx_alterations {
    size_t count;
    char names[IMX_ALTERATIONS_MAX][IMX_ALTERATION_BYTES]; /* Most telling first. */
} imx_alterations;

/* Part of the query's picture, in fractions of its width and height. */
typedef struct imx_frame {
    float x;
    float y;
    float width;
    float height;
} imx_frame;

/* What is known of the two files and of the query's layout besides the alignment. Zeros (and a
 * full `inside`) are "not known". */
typedef struct imx_alteration_hints {
    imx_frame inside;    /* The query without its borders, {0, 0, 1, 1} when it has none. */
    uint32_t cell_count; /* Cells of a collage, 0 for none. */
    bool same_bytes;     /* The files are the same: nothing was altered. */
    bool jpeg;           /* The query is a lossy file: "re-encoded" when nothing else is found. */
} imx_alteration_hints;

/*
 * Name the alterations of a reference that was found in a query: "mirrored", "rotated 90",
 * "rotated 12 degrees", "flipped", "perspective", "cropped to 66%", "pasted into a larger picture
 * (18% of it)", "collage", "border", "banner", "screenshot", "stretched", "background replaced",
 * "greyscale", "recoloured", "darkened", "brightened", "contrast raised", "contrast lowered",
 * "overlay (25% of it)", "blurred patch (6% of it)", "watermark", "blurred", "sharpened", "resized
 * to 50%", "re-encoded".
 */
void imx_alterations_name(imx_alterations *out, const imx_features *query,
                          const imx_sketch *reference, const imx_geometry *geometry,
                          const imx_agreement *agreement, const imx_alteration_hints *hints);

#endif
