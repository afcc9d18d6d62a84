#include "image/image.h"

#include "base/diag.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* No side, decoded or given, may be longer: keeps every width * 3 well inside 32 bits. */
#define MAX_SIDE 1000000u

const char *imgmatch_format_name(imgmatch_format format) {
    switch (format) {
    case IMGMATCH_FORMAT_UNKNOWN:
        return "unknown";
    case IMGMATCH_FORMAT_JPEG:
        return "jpeg";
    case IMGMATCH_FORMAT_PNG:
        return "png";
    case IMGMATCH_FORMAT_WEBP:
        return "webp";
    case IMGMATCH_FORMAT_TIFF:
        return "tiff";
    case IMGMATCH_FORMAT_GIF:
        return "gif";
    case IMGMATCH_FORMAT_BMP:
        return "bmp";
    case IMGMATCH_FORMAT_HEIF:
        return "heif";
    case IMGMATCH_FORMAT_RAW:
        return "raw";
    }
    return "unknown";
}

imgmatch_status imx_image_new(imgmatch_image **out, uint32_t width, uint32_t height,
                              imgmatch_diag *diag) {
    *out = NULL;
    size_t pixels;
    if (!imx_mul_size(&pixels, width, height)) {
        return imx_fail_memory(diag);
    }
    imgmatch_image *image = imx_new_array(1, sizeof *image);
    if (image == NULL) {
        return imx_fail_memory(diag);
    }
    image->rgb = imx_new_array_raw(pixels, 3);
    if (image->rgb == NULL) {
        free(image);
        return imx_fail_memory(diag);
    }
    image->info = (imgmatch_image_info){
        .format = IMGMATCH_FORMAT_RAW,
        .source_width = width,
        .source_height = height,
        .orientation = 1,
        .width = width,
        .height = height,
    };
    *out = image;
    return IMGMATCH_OK;
}

imgmatch_status imgmatch_image_from_rgb(imgmatch_image **out, const uint8_t *rgb, uint32_t width,
                                        uint32_t height, size_t stride_bytes, imgmatch_diag *diag) {
    if (out == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "out is NULL");
    }
    *out = NULL;
    if (rgb == NULL || width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "no pixels, or a side of 0 or over %u",
                        MAX_SIDE);
    }
    size_t row_bytes = 3 * (size_t)width;
    if (stride_bytes < row_bytes) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "stride of %zu bytes for rows of %zu",
                        stride_bytes, row_bytes);
    }
    imgmatch_image *image;
    imgmatch_status status = imx_image_new(&image, width, height, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    for (size_t y = 0; y < height; ++y) {
        memcpy(image->rgb + y * row_bytes, rgb + y * stride_bytes, row_bytes);
    }
    *out = image;
    return IMGMATCH_OK;
}

void imgmatch_image_free(imgmatch_image *image) {
    if (image != NULL) {
        free(image->rgb);
        free(image);
    }
}

const imgmatch_image_info *imgmatch_image_get_info(const imgmatch_image *image) {
    return image == NULL ? NULL : &image->info;
}

const uint8_t *imgmatch_image_pixels(const imgmatch_image *image) {
    return image == NULL ? NULL : image->rgb;
}

imx_pixels imx_image_view(const imgmatch_image *image) {
    return (imx_pixels){image->rgb, image->info.width, image->info.height,
                        3 * (size_t)image->info.width};
}

void imgmatch_free(void *memory) { free(memory); }
