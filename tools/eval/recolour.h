/* Turning hues, for an alteration and for colour variants. */
#ifndef IMGMATCH_TOOLS_EVAL_RECOLOUR_H
#define IMGMATCH_TOOLS_EVAL_RECOLOUR_H

#include "eval/picture.h"

/* Turn the hue of one pixel by some degrees and scale its saturation; brightness stays. */
void eval_recolour(uint8_t *rgb, double degrees, double saturation);

/* Which pixels show the subject (255) and which the background (0, softly cut), in all channels.
 * The background is what reaches the edges without a step in colour; when that is nothing, or
 * nearly all, or not at most of the edges, the subject is taken to be an oval in the middle, and
 * `*plain` is false. */
bool eval_find_subject(eval_picture *mask, bool *plain, const eval_picture *picture);

#endif
