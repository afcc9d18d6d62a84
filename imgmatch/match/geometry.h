/*
 * Where does the reference lie in the query? Robust estimation of a similarity, refined to an
 * affine transform and, where that explains more, to one with perspective, from local features that
 * agree; the reference may be mirrored.
 *
 * Deterministic: every tentative match is a full hypothesis (position, scale, angle), and all are
 * tried; nothing is drawn at random. Nothing is allocated, so nothing can fail. About 1 ms.
 */
#ifndef IMX_MATCH_GEOMETRY_H
#define IMX_MATCH_GEOMETRY_H

#include "fingerprint/sketch.h"
#include "match/transform.h"

#include <stdbool.h>

typedef struct imx_geometry {
    bool found;           /* At least 3 distinct inliers on a sane transform; else all is zero. */
    bool mirrored;        /* Left and right are exchanged (besides the rotation). */
    int matches;          /* Tentative matches of descriptors, mirrored or not as the winner. */
    int inliers;          /* Matches that agree on the transform, one for each feature. */
    int distinct;         /* Of these, with a place of their own: closer than 1.5% counts once. */
    imx_transform matrix; /* From the reference to the query, in fractions of width and height. Of
                           * one with perspective, scale, rotation and stretch are those of the
                           * nearest affine one. */
    float scale;         /* Side length in the query of a reference side of 1, in pixels of both. */
    float rotation;      /* Degrees -180..180, clockwise on the screen, after any mirroring. */
    float stretch;       /* Ratio >= 1 of the two principal scales: 1 for a similarity. */
    float residual;      /* Root mean square distance of inliers, in longest sides of the query. */
    float query_overlap; /* Share of the query's area that the reference covers. */
    float reference_overlap; /* Share of the reference's area that lies inside the query. */
    float spread;    /* Share of the visible reference's textured cells (8 x 8) that hold, or
                      * are next to, an inlier: small for a match of logos only. */
    float explained; /* Of the features that the query should show, the share that are inliers; 3
 that are not are added, so that few of few are no explanation. */
    float hull;      /* Area of the inliers' convex hull, as a share of the reference's area. */
} imx_geometry;

/* The transform with most support. */
void imx_geometry_find(imx_geometry *out, const imx_features *query, const imx_sketch *reference);

/* Fill scale, rotation, stretch, mirrored and the overlaps of a geometry from its matrix alone (a
 * known crop, an orientation that PDQ found); the counts stay. */
void imx_geometry_from_matrix(imx_geometry *geometry, const imx_picture_facts *query,
                              const imx_picture_facts *reference);

#endif
