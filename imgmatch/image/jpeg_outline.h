/* What can be told of a JPEG by its markers alone, before any decoder makes room for it. */
#ifndef IMX_IMAGE_JPEG_OUTLINE_H
#define IMX_IMAGE_JPEG_OUTLINE_H

#include <stddef.h>
#include <stdint.h>

/* Scans x pixels may be this many times limits.max_pixels: an ordinary progressive file has 10
 * scans, and every scan costs a pass over all coefficients. */
#define IMX_JPEG_PASSES_AT_FULL_SIZE 20u

typedef struct imx_jpeg_outline {
    uint32_t width; /* Of the first frame, as the next three; all 0 when there is none. */
    uint32_t height;
    uint32_t bits; /* Of a sample. */
    uint32_t components;
    uint64_t scans;    /* Each costs a decoder a pass over the whole picture. */
    uint64_t metadata; /* Segments APP1 and APP2: EXIF, XMP, parts of an ICC profile. */
} imx_jpeg_outline;

/* Walk the markers of any bytes. Never counts less than libjpeg finds; of a file that makes no
 * sense it may count more. */
imx_jpeg_outline imx_jpeg_outline_read(const uint8_t *data, size_t size);

#endif
