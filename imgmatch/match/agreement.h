/*
 * Do the pixels agree, once the reference is laid over the query? Catches what features cannot
 * tell: two flavours of one package that share a logo, a colour variant, and plain products
 * without features.
 *
 * The reference's thumbnail (48 pixels) is compared with the query's pixels, area-averaged to the
 * thumbnail's resolution, at the aligned positions; when the query is softer, with the thumbnail
 * made as soft (softness.h). A cell is a part of 1/6 of each side.
 * Deterministic, nothing is allocated. About 0.1 ms, a refinement about 0.4 ms.
 */
#ifndef IMX_MATCH_AGREEMENT_H
#define IMX_MATCH_AGREEMENT_H

#include "fingerprint/sketch.h"
#include "match/transform.h"

#include <stdbool.h>

#define IMX_AGREEMENT_CELLS 6

typedef struct imx_agreement {
    bool measured;        /* Enough of the reference is visible (5%); else all is zero. */
    imx_transform matrix; /* The alignment measured at, as imx_geometry.matrix; refined if asked
                           * for. */
    float softened;       /* By how much the reference was smoothed to be as soft as the query: the
                           * variance, thumbnail pixels squared. */
    float coverage;       /* Share of the reference's thumbnail that lies inside the query. */
    float correlation;    /* Of the brightness of all covered pixels, -1..1. */
    float gradient;       /* Of the gradient's direction and strength, -1..1. */
    float edges; /* Of the gradient's strength alone, -1..1: stays high when black becomes white. */
    float cells_agree;    /* Share of the textured cells whose correlation is over 0.8. */
    float cells_median;   /* Median of the cells' correlations, -1..1. */
    float cells_worst;    /* Their lower quartile. */
    float textured;       /* Share of the covered cells that have texture. */
    float gain;           /* Query brightness = gain * reference + offset, where the cells agree. */
    float offset;         /* 0..255. */
    float contrast;       /* Deviation of the query's brightness / the reference's, same cells. */
    float brightness;     /* Mean brightness of the query less that of the reference, same cells. */
    float difference;     /* Mean absolute brightness difference left after that, 0..255. */
    float colour_shift;   /* Mean CIE delta E (1976) of the pixels as they are. */
    float subject_shift;  /* The same of the pixels that are not the plain ground, if there is one:
                           * a small product is not to be outweighed by the white around it. */
    float subject_chroma; /* Mean chroma of the reference's pixels that are not that ground, where
                           * the cells agree; */
    float subject_chroma_ratio; /* and chroma of the query / of the reference there. */
    float hue_shift;     /* Median change of hue, weighted by chroma, 0..180 degrees; same cells. */
    float chroma_ratio;  /* Chroma of the query / of the reference, same cells: near 0 is
                          * greyscale. */
    float subject_cells; /* As cells_median, of the pixels that are not the reference's plain ground
                          * alone; 0 where they have no texture. */
    float subject_values[IMX_AGREEMENT_CELLS *
                         IMX_AGREEMENT_CELLS]; /* As `cells`, of these pixels. */
    float core_shift;                          /* As subject_shift, and */
    float core_brightness; /* as brightness: of the subject without its outline, where its cells
                            * agree, so that neither stickers nor another ground count. */
    float core_most_shift; /* What 85% of these pixels shifted at most: shows a product that is the
                            * smaller part of what is not ground. */
    float core_most_left;  /* The same after the one change of tone, for all of the picture, that
                            * fits best: little is left of a copy that was made darker or grey. All
                            * four are of the subject or the whole where too little is seen. */
    int shifts;  /* Places and directions at which moves of small parts are known, 0 if too few;
                  * 50 at most. */
    float shift; /* Their median, pixels of the thumbnail, less the alignment's own error; */
    float shift_most; /* and their upper quartile. */

    /* Correlation of each cell in rows; -2 uncovered, 2 without texture in the reference. */
    float cells[IMX_AGREEMENT_CELLS * IMX_AGREEMENT_CELLS];
} imx_agreement;

/* Measure at an alignment. */
void imx_agreement_measure(imx_agreement *out, const imx_features *query,
                           const imx_sketch *reference, const imx_transform *matrix);

/* Improve the alignment first by descending on the pixels' difference (position, then size, then
 * affine); keeps the start when nothing is better. For alignments out of few features. */
void imx_agreement_refine(imx_agreement *out, const imx_features *query,
                          const imx_sketch *reference, const imx_transform *matrix);

/* Without features: the whole reference against each of `count` parts of the query (at least the
 * whole query), in all eight orientations, the best one refined. A part is given by where it has
 * the reference's unit square, in fractions of the query's width and height. */
void imx_agreement_direct(imx_agreement *out, const imx_features *query,
                          const imx_sketch *reference, const imx_transform *parts, size_t count);

#endif
