/*
 * Local features of a picture and a small copy of its pixels: what geometric verification works on.
 *
 * Features are SIFT keypoints (Lowe 2004, found by VLFeat) with RootSIFT descriptors (Arandjelovic
 * and Zisserman 2012) reduced to 32 bytes. A reference keeps a sketch, at most IMX_SKETCH_MAX_BYTES
 * in a catalogue; a query's features are richer and live in memory only. Both are found by the same
 * code, so the descriptors of one can be compared with those of the other.
 *
 * Coordinates: x to the right, y down, both in units of the picture's longest side, so that a
 * similarity is a similarity; (0, 0) is the upper left corner, (width, height) the lower right one.
 */
#ifndef IMX_FINGERPRINT_SKETCH_H
#define IMX_FINGERPRINT_SKETCH_H

#include "base/pixels.h"

#include <imgmatch/status.h>

#include <stddef.h>

/* Most bytes of a stored sketch. */
#define IMX_SKETCH_MAX_BYTES 8192
/* Changes when a sketch of an earlier version can no longer be compared with new features. */
#define IMX_SKETCH_VERSION 1

#define IMX_DESCRIPTOR_BYTES 32
#define IMX_SKETCH_MAX_FEATURES 140
#define IMX_FEATURES_MAX 640
#define IMX_THUMBNAIL_SIDE 48u
#define IMX_CHROMA_SIDE 16u
/* Octaves of detail that are measured, from single pixels of the working size upwards. */
#define IMX_DETAIL_BANDS 4

typedef struct imx_feature {
    float x;
    float y;
    float scale; /* Standard deviation of the blob, in longest sides. */
    float angle; /* Radians, from the x axis towards the y axis. */
    int8_t descriptor[IMX_DESCRIPTOR_BYTES];
} imx_feature;

/* What is kept of any picture besides its features. */
typedef struct imx_picture_facts {
    float width; /* In longest sides: the longer one is 1. */
    float height;
    uint32_t pixel_width;
    uint32_t pixel_height;
    uint32_t longest_side;          /* Pixels of the working size, on which features were found. */
    float detail[IMX_DETAIL_BANDS]; /* Root mean square of each octave's Laplacian, 0..255. */
} imx_picture_facts;

/* A reference: no pointers, may be copied and kept on the stack (about 11 KB). */
typedef struct imx_sketch {
    imx_picture_facts facts;
    uint32_t feature_count;
    imx_feature features[IMX_SKETCH_MAX_FEATURES]; /* Best first. */
    uint32_t thumbnail_width;                      /* Pixels; the longer one is 48. */
    uint32_t thumbnail_height;
    uint8_t luma[IMX_THUMBNAIL_SIDE * IMX_THUMBNAIL_SIDE]; /* Rows of thumbnail_width bytes. */
    uint32_t chroma_width; /* A third of the thumbnail's, rounded up. */
    uint32_t chroma_height;
    uint8_t cb[IMX_CHROMA_SIDE * IMX_CHROMA_SIDE]; /* BT.601 full range, as in JPEG. */
    uint8_t cr[IMX_CHROMA_SIDE * IMX_CHROMA_SIDE];
} imx_sketch;

/* One level of a query's pixels, each half as large as the one before; planar YCbCr. */
typedef struct imx_level {
    uint32_t width;
    uint32_t height;
    const uint8_t *planes[3]; /* width * height bytes each. */
} imx_level;

#define IMX_LEVELS_MAX 6

/* Their descriptors again, for comparing (descriptor_table.h). */
typedef struct imx_descriptor_table imx_descriptor_table;

/* A query. Immutable after it was made; any number of threads may read it. */
typedef struct imx_features {
    imx_picture_facts facts;
    uint32_t count;
    imx_feature *features; /* Best first. */
    uint32_t *by_x;        /* Their indices in the order of x. */
    imx_descriptor_table *table;
    uint32_t level_count;
    imx_level levels[IMX_LEVELS_MAX]; /* Largest first: at most 320 pixels on the longest side. */
    uint8_t *memory;                  /* Of the levels. */
} imx_features;

/* How many features to look for. */
typedef enum imx_features_effort {
    IMX_FEATURES_STANDARD = 0, /* 400 at 400 pixels. */
    IMX_FEATURES_THOROUGH = 1  /* 640 at 640 pixels. */
} imx_features_effort;

/* Find a query's features. A picture without any is no error: count is 0. */
imgmatch_status imx_features_find(imx_features **out, imx_pixels picture,
                                  imx_features_effort effort, imgmatch_diag *diag);
void imx_features_free(imx_features *features); /* NULL is allowed. */

/* The sketch of a reference. */
imgmatch_status imx_sketch_make(imx_sketch *out, imx_pixels picture, imgmatch_diag *diag);

/* How a catalogue keeps a sketch: bytes that are the same on every machine. `out` has room for
 * IMX_SKETCH_MAX_BYTES; never fails for a sketch of imx_sketch_make. */
size_t imx_sketch_write(uint8_t out[IMX_SKETCH_MAX_BYTES], const imx_sketch *sketch);

/* Read one back; IMGMATCH_ERR_CATALOGUE when the bytes are no sketch of this version. The bytes
 * are not trusted: whatever they are, a sketch that was read is safe to use. */
imgmatch_status imx_sketch_read(imx_sketch *out, const uint8_t *bytes, size_t size,
                                imgmatch_diag *diag);

#endif
