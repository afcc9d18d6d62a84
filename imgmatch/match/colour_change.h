/*
 * What became of the colours, for the names of alterations. The score does not ask for it: it is
 * measured for matches that are listed only, not for every candidate.
 */
#ifndef IMX_MATCH_COLOUR_CHANGE_H
#define IMX_MATCH_COLOUR_CHANGE_H

#include "match/agreement.h"

typedef struct imx_colour_change {
    float ground_shift;   /* Median CIE delta E of the plain ground's pixels, 0 if there is none, */
    float subject_median; /* and of the others, where the cells agree. */
    float ground_left;    /* Of ground_shift, what no change of tone or cast that the subject shows
                           * as well would do; 0 when too little of a subject is seen. */
    /* A turn, a scale and a shift of all colours in the plane of U and V, fitted in the same cells:
     * what hue, saturation and cast are to anybody who edits photos. Zeros, and a saturation of 1,
     * when too few pixels are seen. */
    float chroma;       /* Mean chroma of the reference, 0..180, and of its */
    float middle;       /* mean colour. */
    float turned;       /* Degrees 0..180, */
    float turned_error; /* and their standard error: it is large when much is left, and when the
                         * colours are few or all alike. */
    float saturation;   /* The scale, beside what the contrast makes of it. */
    float cast;         /* Shift of the mean colour, beside the same. */
} imx_colour_change;

/* At the alignment that the agreement was measured at. `contrast` is the ratio of the query's to
 * the reference's, 1 when not known. */
void imx_colour_change_measure(imx_colour_change *out, const imx_agreement *agreement,
                               const imx_features *query, const imx_sketch *reference,
                               float contrast);

#endif
