/* SIFT keypoints and descriptors of a grey picture (the one place that includes VLFeat). */
#ifndef IMX_FINGERPRINT_SIFT_H
#define IMX_FINGERPRINT_SIFT_H

#include <imgmatch/status.h>

#include <stdint.h>

typedef struct imx_keypoint {
    float x; /* Pixels, from the centre of the upper left one. */
    float y;
    float scale;           /* Standard deviation in pixels. */
    float angle;           /* Radians, from the x axis towards the y axis. */
    float response;        /* Contrast of the blob, 0..255. */
    float descriptor[128]; /* Of Euclidean length 1; direction fastest, then x, then y. */
} imx_keypoint;

/* Pictures up to this longest side are doubled first, to find finer features. */
#define IMX_SIFT_DOUBLED_SIDE 260U

/*
 * Find at most `most` keypoints, those of an octave in the order of their contrast. `grey` holds
 * width x height levels 0..255, both sides 8..2048. `*out` is the caller's (free).
 */
imgmatch_status imx_sift_find(imx_keypoint **out, uint32_t *count, const float *grey,
                              uint32_t width, uint32_t height, uint32_t most, imgmatch_diag *diag);

#endif
