/* Which parts of a picture are fingerprinted. */
#ifndef IMX_MATCH_VIEWS_H
#define IMX_MATCH_VIEWS_H

#include "image/layout.h"

#include <imgmatch/query.h>

/* Whole, inside, subject, mirrored; a sheet, and mirrored; nine cells or pieces, or two insets;
 * tiles at two scales. */
#define IMX_PLAN_MAX (4 + 2 + 9 + 4 + 9)

typedef struct imx_planned_view {
    imx_rect rect; /* In pixels of the picture; of a sheet's view all of it. */
    bool mirrored; /* Left and right are exchanged before embedding. */
    bool sheet;    /* Of the picture's sheet (sheet.h), seen from the front. */
} imx_planned_view;

/* The first view is always the whole picture. */
typedef struct imx_view_plan {
    uint32_t count;
    uint32_t found; /* The first so many show what layout found; tiles and mirror images follow. */
    imx_planned_view views[IMX_PLAN_MAX];
} imx_view_plan;

/* Whether a view is of the picture's sheet. */
bool imx_view_plan_has_sheet(const imx_view_plan *plan);

/* Of a reference: the whole, and the subject (or what is inside a border) where it differs. */
void imx_view_plan_reference(imx_view_plan *out, const imx_layout *layout, imx_pixels picture);

/* Of a query: more of it with more effort, at most `max_views` (but always the whole). */
void imx_view_plan_query(imx_view_plan *out, const imx_layout *layout, imx_pixels picture,
                         imgmatch_effort effort, uint32_t max_views);

#endif
