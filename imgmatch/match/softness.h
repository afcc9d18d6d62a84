/*
 * A reference as soft as the query.
 *
 * A copy that was blurred, or blown up from a few pixels, has other levels at every edge: compared
 * with the sharp reference its colours are off, its parts seem to move and its subject is too
 * light. What is asked is whether it shows the same thing, so a reference that is sharper than the
 * query is smoothed first, until edges are as steep in the query as in it.
 *
 * How steep is judged by each picture alone, in cells where both have an edge, and in two thirds of
 * them: a search for the best agreement would blur every look-alike until it passes, and the
 * strength of all gradients would take a plain product for a blurred one with a pattern, though its
 * outline is sharp. Noise makes the query less soft, and then less is smoothed; a sticker or
 * another ground, which change some cells, do not count.
 */
#ifndef IMX_MATCH_SOFTNESS_H
#define IMX_MATCH_SOFTNESS_H

#include "match/overlay.h"

/* Variance of the widest smoothing, thumbnail pixels squared. */
#define IMX_SOFTEST 6.0F

/*
 * `reference` itself when the query is not clearly softer, or else `room` with the smoothed copy.
 * `variance` gets that of the smoothing, 0 to IMX_SOFTEST. Nothing is allocated.
 */
const imx_sketch *imx_softened(imx_sketch *room, float *variance, const imx_sketch *reference,
                               const imx_overlay *query);

#endif
