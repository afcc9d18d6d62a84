/* What the parts of agreement.h share. */
#ifndef IMX_MATCH_AGREEMENT_PARTS_H
#define IMX_MATCH_AGREEMENT_PARTS_H

#include "match/agreement.h"
#include "match/overlay.h"

/* Sums over pairs of samples. */
typedef struct imx_moments {
    float n, a, b, aa, bb, ab;
} imx_moments;

static inline void imx_moments_add(imx_moments *sum, float a, float b) {
    sum->n += 1;
    sum->a += a;
    sum->b += b;
    sum->aa += a * a;
    sum->bb += b * b;
    sum->ab += a * b;
}

#define IMX_NO_CELL (-2.0F) /* Too little of it is seen. */
#define IMX_PLAIN_CELL 2.0F /* Without texture in the reference, nor in the query. */

/* Correlation in a cell; the reference's texture decides whether there is one. One of the two
 * values above where there is not, or 0 where the query alone has texture. */
float imx_cell_value(const imx_moments *sum, float least_pixels);

/* May a cell say how tone and colour changed? Not where something else was laid over it. */
static inline bool imx_cell_is_trusted(float value) { return value > 0.6F; }

void imx_agreement_measure_subject(imx_agreement *out, const imx_overlay *overlay,
                                   const imx_sketch *reference);

/* Fill in all about moved parts. */
void imx_agreement_measure_shifts(imx_agreement *out, const imx_overlay *overlay,
                                  const imx_sketch *reference);

/* Fill in all about colour; the cells and the subject's are measured already. */
void imx_agreement_measure_colours(imx_agreement *out, const imx_features *query,
                                   const imx_sketch *reference, const imx_transform *matrix);

#endif
