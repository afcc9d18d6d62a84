/*
 * Who uses libvips when. What libvips says of a failure is in one buffer for the whole process, and
 * any thread writes to it or clears it: only who had it alone may believe it.
 *
 * Threads share turns, and take one alone to try again what failed. A program's own use of libvips
 * is not seen.
 */
#ifndef IMX_IMAGE_VIPS_TURN_H
#define IMX_IMAGE_VIPS_TURN_H

#include <stdbool.h>

typedef struct imx_vips_turn {
    unsigned number;
    bool others; /* There were some when it began. */
} imx_vips_turn;

/* Waits for the others' turns to end if `alone`. No thread may begin a second one within. */
imx_vips_turn imx_vips_turn_begin(bool alone);

/* Was it the only one from its beginning to its end? */
bool imx_vips_turn_end(imx_vips_turn turn);

#endif
