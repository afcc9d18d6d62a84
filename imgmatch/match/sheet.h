/* A picture that was seen at an angle, drawn as if from the front. */
#ifndef IMX_MATCH_SHEET_H
#define IMX_MATCH_SHEET_H

#include "image/layout.h"
#include "match/transform.h"

/* Sides of the drawn picture in pixels. It is square, as fingerprints are: what the sheet's real
 * proportions were cannot be seen. */
#define IMX_SHEET_SIDE 256u

/* From fractions of the sheet's sides to fractions of those of the picture. */
imx_transform imx_sheet_transform(const imx_corner corners[4], uint32_t width, uint32_t height);

/* Leave of the sheet what lies inside a rectangle of its drawing: a screen without its frame. */
void imx_sheet_trim(imx_corner corners[4], imx_rect inside);

/* Draw the sheet with these corners: IMX_SHEET_SIDE times IMX_SHEET_SIDE packed RGB pixels at `out`
 * (the caller's). */
imgmatch_status imx_sheet_draw(uint8_t *out, imx_pixels picture, const imx_corner corners[4],
                               imgmatch_diag *diag);

#endif
