/* Panels of a picture: photos that are placed in it, and outlines on them. */
#ifndef IMX_FACADE_PANEL_H
#define IMX_FACADE_PANEL_H

#include "image/image.h"
#include "match/transform.h"

/* A rectangle of a picture, in its pixels. */
typedef imx_rect imx_panel;

/* Fill a picture with one level of grey. */
void imx_panel_clear(imgmatch_image *picture, uint8_t level);

/* Scale a photo to the panel's size and put it there. */
imgmatch_status imx_panel_place(imgmatch_image *picture, const imx_panel *panel, imx_pixels photo,
                                imgmatch_diag *diag);

/* Draw a closed outline through points in fractions of the panel's sides, and a dot on the first
 * one; cut at the panel's edges. */
imgmatch_status imx_panel_outline(imgmatch_image *picture, const imx_panel *panel,
                                  const imx_point *points, size_t count, imgmatch_diag *diag);

#endif
