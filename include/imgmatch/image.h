/*
 * Decoded photos: 8-bit sRGB, three channels, upright.
 *
 * A photo's format is found by its content, never by its name. JPEG, PNG, WebP, TIFF, GIF (first
 * frame) and BMP are read, AVIF and HEIC where the system's libvips has them. EXIF orientation is
 * applied, an ICC profile and CMYK are converted to sRGB, transparency is laid on white. Photos of
 * more than 4 megapixels may come back smaller (never under 1024 pixels on the short side), see
 * imgmatch_image_info.
 *
 * Threads: an image is immutable after it was made; any number of threads may read it.
 *
 * In this process: the first photo that is not a plain JPEG, PNG or BMP starts libvips, without
 * threads (vips_concurrency_set) unless the program has started it before, and turns off libvips'
 * cache of operations, which would hold on to photos (vips_cache_set_max, _max_mem, _max_files).
 * And the first HEIC starts libheif, which loads its plugins, and puts a decoder on its list, to
 * the end of the process. libheif does not lock that list: a program that uses libheif in other
 * threads decodes a HEIC here before they start, or gives photos to an imgmatch_decoder_pool, whose
 * processes do it all. What libvips says of a failure is in one place for all threads: a photo that
 * failed while others were decoded is decoded again alone, within the same max_decode_ms.
 */
#ifndef IMGMATCH_IMAGE_H
#define IMGMATCH_IMAGE_H

#include "limits.h"
#include "status.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct imgmatch_image imgmatch_image;

typedef enum imgmatch_format {
    IMGMATCH_FORMAT_UNKNOWN = 0,
    IMGMATCH_FORMAT_JPEG = 1,
    IMGMATCH_FORMAT_PNG = 2,
    IMGMATCH_FORMAT_WEBP = 3,
    IMGMATCH_FORMAT_TIFF = 4,
    IMGMATCH_FORMAT_GIF = 5,
    IMGMATCH_FORMAT_BMP = 6,
    IMGMATCH_FORMAT_HEIF = 7, /**< HEIC and AVIF. */
    IMGMATCH_FORMAT_RAW = 8   /**< Made from pixels by imgmatch_image_from_rgb. */
} imgmatch_format;

/** What is known of a decoded photo. */
typedef struct imgmatch_image_info {
    imgmatch_format format;
    uint32_t source_width; /**< Pixels, as stored in the file, before the EXIF turn. */
    uint32_t source_height;
    uint32_t orientation; /**< EXIF orientation 1..8; it was applied. */
    uint32_t width;       /**< Pixels of this image, upright. */
    uint32_t height;
    bool scaled;      /**< Decoded smaller than stored. */
    bool had_alpha;   /**< Had transparency, now on white. */
    bool had_profile; /**< Had an ICC profile, now converted to sRGB. */
} imgmatch_image_info;

/** The name of a format ("jpeg"). Never NULL. */
IMGMATCH_API const char *imgmatch_format_name(imgmatch_format format);

/**
 * Decode `size_bytes` bytes at `data`, which are only read during the call.
 *
 * Fails with IMGMATCH_ERR_PHOTO and a reason for anything that is not a usable photo, with
 * IMGMATCH_ERR_MEMORY, or with IMGMATCH_ERR_ARGUMENT. The image is the caller's.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_image_decode(imgmatch_image **out,
                                                                     const void *data,
                                                                     size_t size_bytes,
                                                                     const imgmatch_limits *limits,
                                                                     imgmatch_diag *diag);

/** As imgmatch_image_decode, from the file at `path`. */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status imgmatch_image_open(imgmatch_image **out,
                                                                   const char *path,
                                                                   const imgmatch_limits *limits,
                                                                   imgmatch_diag *diag);

/**
 * Make an image from packed 8-bit sRGB pixels, row by row; they are copied.
 *
 * \param stride_bytes  Bytes from one row to the next, at least 3 * width.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_image_from_rgb(imgmatch_image **out, const uint8_t *rgb, uint32_t width, uint32_t height,
                        size_t stride_bytes, imgmatch_diag *diag);

/** Free an image. NULL is allowed. */
IMGMATCH_API void imgmatch_image_free(imgmatch_image *image);

/** Facts on an image. The pointer is borrowed from the image. */
IMGMATCH_API const imgmatch_image_info *imgmatch_image_get_info(const imgmatch_image *image);

/** The pixels: RGB RGB ..., rows of 3 * width bytes without padding. Borrowed from the image. */
IMGMATCH_API const uint8_t *imgmatch_image_pixels(const imgmatch_image *image);

/**
 * Encode an image as JPEG (`quality` 1..100, 4:2:0) or PNG (quality ignored).
 *
 * `*out_bytes` is the caller's and is freed with imgmatch_free.
 */
IMGMATCH_API IMGMATCH_MUST_USE imgmatch_status
imgmatch_image_encode(uint8_t **out_bytes, size_t *out_size, const imgmatch_image *image,
                      imgmatch_format format, int quality, imgmatch_diag *diag);

/** Free memory that the library handed out as plain bytes or text. NULL is allowed. */
IMGMATCH_API void imgmatch_free(void *memory);

#ifdef __cplusplus
}
#endif
#endif
