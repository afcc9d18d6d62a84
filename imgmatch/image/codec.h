/*
 * What decoders hand over, and what they share: one raster a file, not yet turned, not yet sRGB.
 *
 * A decoder checks the header's dimensions with imx_codec_check_size before it makes room for
 * pixels, lays transparency on white itself (it knows the depth) and reports everything else that
 * decode.c still has to do.
 */
#ifndef IMX_IMAGE_CODEC_H
#define IMX_IMAGE_CODEC_H

#include "base/buffer.h"
#include "image/image.h"

#include <imgmatch/limits.h>

/* Decoded samples. Rows of width * bands bytes without padding. */
typedef struct imx_raster {
    uint8_t *samples; /* Owned. 3 bands: RGB; 4 bands: CMYK where 0 is no ink. */
    uint32_t width;
    uint32_t height;
    uint32_t bands;
    uint32_t source_width; /* As the file says, before any reduction. */
    uint32_t source_height;
    uint32_t orientation; /* EXIF 1..8, not applied yet. */
    bool had_alpha;
    uint8_t *profile; /* Owned ICC profile or NULL. */
    size_t profile_size;
    double deadline_ms; /* Of imx_clock_ms; set before a codec runs. */
} imx_raster;

/* Free what the raster owns and make it empty. */
void imx_raster_clear(imx_raster *raster);

/* Room for width x height samples in an empty raster; sets the three dimensions. */
imgmatch_status imx_raster_reserve(imx_raster *raster, uint32_t width, uint32_t height,
                                   uint32_t bands, imgmatch_diag *diag);

/* Keep a copy of an ICC profile; over limits->max_chunk_bytes is too_complex. */
imgmatch_status imx_raster_set_profile(imx_raster *raster, const void *profile, size_t size,
                                       const imgmatch_limits *limits, imgmatch_diag *diag);

/* Over the limits. Neither side has more than 32 bits. */
bool imx_codec_is_too_large(uint64_t width, uint64_t height, const imgmatch_limits *limits);

/* Refuse dimensions over or under the limits (too_large, too_small; 0 is corrupt). */
imgmatch_status imx_codec_check_size(uint64_t width, uint64_t height, const imgmatch_limits *limits,
                                     imgmatch_diag *diag);

/* decoder_timeout when the raster's deadline is over. Codecs call it every few rows. */
imgmatch_status imx_codec_check_time(const imx_raster *raster, imgmatch_diag *diag);

/* In eighths, the scale at which a picture of this size is kept: 8 up to 4 megapixels, above that
 * the smallest whose short side is at least IMX_MIN_SCALED_SIDE. */
uint32_t imx_codec_eighths(uint32_t width, uint32_t height);

/* One row of `bands` = 2 (grey, alpha) or 4 (RGB, alpha) samples on white, as RGB. */
void imx_codec_flatten_row(uint8_t *rgb, const uint8_t *row, uint32_t width, uint32_t bands);

/* In a process of our own: loaders that libvips does not trust are blocked, and whatever it says is
 * dropped. */
void imx_vips_own_process(void);

imgmatch_status imx_jpeg_decode(imx_raster *out, const uint8_t *data, size_t size,
                                const imgmatch_limits *limits, imgmatch_diag *diag);
imgmatch_status imx_png_decode(imx_raster *out, const uint8_t *data, size_t size,
                               const imgmatch_limits *limits, imgmatch_diag *diag);
imgmatch_status imx_bmp_decode(imx_raster *out, const uint8_t *data, size_t size,
                               const imgmatch_limits *limits, imgmatch_diag *diag);
/* WebP, TIFF, GIF and HEIF. */
imgmatch_status imx_vips_decode(imx_raster *out, const uint8_t *data, size_t size,
                                imgmatch_format format, const imgmatch_limits *limits,
                                imgmatch_diag *diag);

/*
 * Convert samples of 1 (grey), 3 (RGB) or 4 (CMYK) bands to sRGB through an ICC profile.
 * IMGMATCH_ERR_UNSUPPORTED when the profile is broken or made for another kind of samples, or when
 * `deadline_ms` (of imx_clock_ms) came before the last row; `diag` is then left alone, because
 * callers go on without the profile. The profile has to be one that imx_profile_reduce has reduced.
 */
imgmatch_status imx_vips_profile_to_srgb(uint8_t *rgb, const uint8_t *samples, uint32_t width,
                                         uint32_t height, uint32_t bands, const uint8_t *profile,
                                         size_t profile_size, double deadline_ms,
                                         imgmatch_diag *diag);

/* Append the encoded picture to `out`. */
imgmatch_status imx_jpeg_encode(imx_buffer *out, imx_pixels pixels, int quality,
                                imgmatch_diag *diag);
imgmatch_status imx_png_encode(imx_buffer *out, imx_pixels pixels, imgmatch_diag *diag);

#endif
