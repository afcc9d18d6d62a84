/*
 * The decoder of HEVC that libheif is given for our photos: libde265, in memory that we fill.
 *
 * libheif 1.15 takes any picture that libde265 has, also where its data ended before it did, and
 * what is missing is shown as the memory was before. Here pictures begin as a pattern: one that has
 * a block of it left is truncated, and one with errors is corrupt.
 *
 * libde265 decodes in memory of ours only where its last filter (sample adaptive offset, against
 * ringing) is turned off; SECURITY.md says what that changes.
 *
 * libheif has one list of decoders for the whole process, and does not pass a choice on to the
 * tiles of a picture. So ours is on the list, and offers itself only while a photo of ours that is
 * coded by HEVC is decoded: other users of libheif in the process have their own decoder, but where
 * they decode at the same time. libheif keeps ours to the end of the process; hence libimgmatch
 * stays loaded when it is closed (-z nodelete).
 */
#ifndef IMX_IMAGE_HEVC_H
#define IMX_IMAGE_HEVC_H

#include <imgmatch/status.h>

#include <stdbool.h>

/* Finds what the decoder said in what libheif makes of it, and its reason; NULL for nothing. */
const char *imx_hevc_find_complaint(imgmatch_reason *reason, const char *text);

/* Put the decoder on libheif's list, if it is not there: while no other part of the program uses
 * libheif, which does not lock the list. libheif is started with it, and loads its plugins. False
 * where it does not take ours: then HEVC cannot be read. */
bool imx_hevc_start(void);

/* Between the two, from any number of threads, libheif decodes HEVC as said above. */
void imx_hevc_begin(void);
void imx_hevc_end(void);

#endif
