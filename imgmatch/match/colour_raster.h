/*
 * A reference's and a query's colours at the same places: a raster of at most 16 x 16 over the
 * reference, as its sketch holds them.
 */
#ifndef IMX_MATCH_COLOUR_RASTER_H
#define IMX_MATCH_COLOUR_RASTER_H

#include "match/agreement.h"
#include "match/lab.h"

#include <stdbool.h>

#define IMX_COLOURS (IMX_CHROMA_SIDE * IMX_CHROMA_SIDE)
#define IMX_LEAST_SUBJECT 4     /* Pixels of the raster that tell something of a subject. */
#define IMX_GROUND_DIFFERS 8.0F /* CIE delta E: more than noise makes of one colour. */

typedef struct imx_colours {
    uint32_t width;
    uint32_t height;
    bool inside[IMX_COLOURS];        /* Of the query; only these pixels are of use. */
    float reference[3][IMX_COLOURS]; /* Y, Cb, Cr, 0..255. */
    float query[3][IMX_COLOURS];
} imx_colours;

void imx_colours_collect(imx_colours *out, const imx_features *query, const imx_sketch *reference,
                         const imx_transform *matrix);

/* The planes of one of the two, as CIE Lab and as sRGB. */
void imx_colours_to_lab(imx_lab *out, const float planes[3][IMX_COLOURS], const imx_colours *in);
void imx_colours_rgb(float rgb[3], const float planes[3][IMX_COLOURS], size_t i);

/* The cell of imx_agreement that a pixel lies in. */
size_t imx_colours_cell(const imx_colours *in, size_t i);

/* Is the pixel in a cell whose brightness says that it is the same thing? */
bool imx_colours_trusted(const imx_agreement *agreement, const imx_colours *in, size_t i);

/* The reference's colours as the query would have them if all that became of it were one change of
 * tone: the one that fits the pixels marked `same` best. By gains and a cast, or by one curve. Only
 * of the pixels inside of the query. */
void imx_colours_tone(imx_lab *toned, const imx_colours *in, const bool *same);
void imx_colours_curve(imx_lab *toned, const imx_colours *in, const bool *same);

/* Median of each axis over the pixels that `chosen` marks. */
imx_lab imx_median_colour(const imx_lab *pixels, const bool *chosen, size_t count);

/* Which pixels of the reference have the colour of its rim; false, and none, if the rim has no one
 * colour. */
bool imx_colours_find_ground(bool ground[IMX_COLOURS], const imx_colours *in,
                             const imx_lab *reference);

#endif
