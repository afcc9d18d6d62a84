/*
 * From bytes to an upright 8-bit sRGB picture.
 *
 * Phases: sniff the format, decode to a raster (one codec a format), reduce what is above
 * 4 megapixels and was not reduced in the codec, convert to sRGB (ICC profile, or the plain CMYK
 * formula), turn by EXIF. A profile that cannot be used (broken, or for another kind of samples)
 * is left out, as browsers do; info.had_profile then stays false.
 */
#include "image/codec.h"

#include "base/clock.h"
#include "base/diag.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/memory.h"
#include "image/exif.h"
#include "image/profile.h"
#include "image/resample.h"

#include <stdlib.h>
#include <string.h>

void imx_raster_clear(imx_raster *raster) {
    free(raster->samples);
    free(raster->profile);
    *raster = (imx_raster){.orientation = 1};
}

imgmatch_status imx_raster_reserve(imx_raster *raster, uint32_t width, uint32_t height,
                                   uint32_t bands, imgmatch_diag *diag) {
    size_t row_bytes;
    if (!imx_mul_size(&row_bytes, width, bands)) {
        return imx_fail_memory(diag);
    }
    raster->samples = imx_new_array_raw(height, row_bytes);
    if (raster->samples == NULL) {
        return imx_fail_memory(diag);
    }
    raster->width = width;
    raster->height = height;
    raster->bands = bands;
    return IMGMATCH_OK;
}

imgmatch_status imx_raster_set_profile(imx_raster *raster, const void *profile, size_t size,
                                       const imgmatch_limits *limits, imgmatch_diag *diag) {
    if (size > limits->max_chunk_bytes) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_COMPLEX, "ICC profile of %zu bytes", size);
    }
    raster->profile = (uint8_t *)imx_copy_bytes(profile, size);
    raster->profile_size = size;
    return raster->profile == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
}

bool imx_codec_is_too_large(uint64_t width, uint64_t height, const imgmatch_limits *limits) {
    uint64_t longer = width > height ? width : height;
    /* The first test keeps the product exact, should a side have more bits. */
    return longer > limits->max_side || width * height > limits->max_pixels;
}

imgmatch_status imx_codec_check_size(uint64_t width, uint64_t height, const imgmatch_limits *limits,
                                     imgmatch_diag *diag) {
    uint64_t shorter = width < height ? width : height;
    unsigned long long w = width;
    unsigned long long h = height;
    if (shorter == 0) {
        return imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT, "%llu x %llu pixels", w, h);
    }
    if (imx_codec_is_too_large(width, height, limits)) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_LARGE,
                              "%llu x %llu pixels, over the limit of %llu pixels or a side of %u",
                              w, h, (unsigned long long)limits->max_pixels, limits->max_side);
    }
    if (shorter < limits->min_side) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_SMALL,
                              "%llu x %llu pixels, a side is under %u", w, h, limits->min_side);
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_codec_check_time(const imx_raster *raster, imgmatch_diag *diag) {
    return imx_clock_ms() <= raster->deadline_ms
               ? IMGMATCH_OK
               : imx_fail_photo(diag, IMGMATCH_REASON_DECODER_TIMEOUT,
                                "decoding takes longer than the limit");
}

uint32_t imx_codec_eighths(uint32_t width, uint32_t height) {
    uint32_t eighths = 8;
    if ((uint64_t)width * height > IMX_FULL_RESOLUTION_PIXELS) {
        uint64_t shorter = width < height ? width : height;
        while (eighths > 1 && shorter * (eighths - 1) / 8 >= IMX_MIN_SCALED_SIDE) {
            --eighths;
        }
    }
    return eighths;
}

void imx_codec_flatten_row(uint8_t *rgb, const uint8_t *row, uint32_t width, uint32_t bands) {
    uint32_t green = bands == 4 ? 1 : 0;
    for (size_t x = 0; x < width; ++x, row += bands, rgb += 3) {
        uint32_t alpha = row[bands - 1];
        uint32_t white = 255u * (255u - alpha) + 127u;
        rgb[0] = (uint8_t)((row[0] * alpha + white) / 255u);
        rgb[1] = (uint8_t)((row[green] * alpha + white) / 255u);
        rgb[2] = (uint8_t)((row[2 * green] * alpha + white) / 255u);
    }
}

typedef struct signature {
    imgmatch_format format;
    size_t at;
    size_t size;
    const char *bytes;
} signature;

static bool is_heif_brand(const uint8_t *data, size_t size) {
    static const char brands[][5] = {"heic", "heix", "hevc", "hevx", "heim",
                                     "heis", "mif1", "msf1", "avif", "avis"};
    for (size_t at = 8; at + 4 <= size && at <= 32; at += 4) {
        for (size_t i = 0; i < sizeof brands / sizeof brands[0]; ++i) {
            if (memcmp(data + at, brands[i], 4) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* Sets *cut when the data is shorter than the signature that it begins with. */
static imgmatch_format sniff(const uint8_t *data, size_t size, bool *cut) {
    static const signature signatures[] = {
        {IMGMATCH_FORMAT_JPEG, 0, 3, "\xFF\xD8\xFF"},
        {IMGMATCH_FORMAT_PNG, 0, 8, "\x89PNG\r\n\x1A\n"},
        {IMGMATCH_FORMAT_GIF, 0, 6, "GIF87a"},
        {IMGMATCH_FORMAT_GIF, 0, 6, "GIF89a"},
        {IMGMATCH_FORMAT_WEBP, 8, 4, "WEBP"},
        {IMGMATCH_FORMAT_TIFF, 0, 4, "II*\0"},
        {IMGMATCH_FORMAT_TIFF, 0, 4, "MM\0*"},
        {IMGMATCH_FORMAT_TIFF, 0, 4, "II+\0"},
        {IMGMATCH_FORMAT_TIFF, 0, 4, "MM\0+"},
        {IMGMATCH_FORMAT_HEIF, 4, 4, "ftyp"},
        {IMGMATCH_FORMAT_BMP, 0, 2, "BM"},
    };
    *cut = false;
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; ++i) {
        const signature *sign = &signatures[i];
        if (size < sign->at + sign->size) {
            *cut = *cut || (sign->at == 0 && memcmp(data, sign->bytes, size) == 0) ||
                   (sign->at == 8 && memcmp(data, "RIFF", size < 4 ? size : 4) == 0);
            continue;
        }
        bool riff = sign->at != 8 || memcmp(data, "RIFF", 4) == 0;
        if (riff && memcmp(data + sign->at, sign->bytes, sign->size) == 0 &&
            (sign->format != IMGMATCH_FORMAT_HEIF || is_heif_brand(data, size))) {
            return sign->format;
        }
    }
    return IMGMATCH_FORMAT_UNKNOWN;
}

static imgmatch_status decode_raster(imx_raster *out, const uint8_t *data, size_t size,
                                     imgmatch_format format, const imgmatch_limits *limits,
                                     imgmatch_diag *diag) {
    switch (format) {
    case IMGMATCH_FORMAT_JPEG:
        return imx_jpeg_decode(out, data, size, limits, diag);
    case IMGMATCH_FORMAT_PNG:
        return imx_png_decode(out, data, size, limits, diag);
    case IMGMATCH_FORMAT_BMP:
        return imx_bmp_decode(out, data, size, limits, diag);
    default:
        return imx_vips_decode(out, data, size, format, limits, diag);
    }
}

/* Reduce RGB to what a JPEG of this size would have been reduced to. */
static imgmatch_status reduce(imx_raster *raster, imgmatch_diag *diag) {
    uint32_t eighths = imx_codec_eighths(raster->source_width, raster->source_height);
    if (eighths == 8 || raster->bands != 3 || raster->width != raster->source_width) {
        return IMGMATCH_OK;
    }
    uint32_t width = (uint32_t)(((uint64_t)raster->width * eighths + 7) / 8);
    uint32_t height = (uint32_t)(((uint64_t)raster->height * eighths + 7) / 8);
    imx_pixels whole = {raster->samples, raster->width, raster->height, 3 * (size_t)raster->width};
    uint8_t *smaller = imx_new_array_raw((size_t)width * height, 3);
    if (smaller == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = imx_resample(smaller, width, height, whole, diag);
    if (status != IMGMATCH_OK) {
        free(smaller);
        return status;
    }
    free(raster->samples);
    raster->samples = smaller;
    raster->width = width;
    raster->height = height;
    return IMGMATCH_OK;
}

/* Ink to light without a profile: (1 - C) (1 - K). In place: the result is shorter. */
static void convert_cmyk(uint8_t *samples, size_t pixels) {
    const uint8_t *from = samples;
    uint8_t *to = samples;
    for (size_t i = 0; i < pixels; ++i, from += 4, to += 3) {
        uint32_t light = 255u - from[3];
        uint8_t red = (uint8_t)(((255u - from[0]) * light + 127u) / 255u);
        uint8_t green = (uint8_t)(((255u - from[1]) * light + 127u) / 255u);
        uint8_t blue = (uint8_t)(((255u - from[2]) * light + 127u) / 255u);
        to[0] = red;
        to[1] = green;
        to[2] = blue;
    }
}

/* A profile of grey is for what came as one sample a pixel; of colours it would leave the red. */
static bool has_only_grey(const imx_raster *raster) {
    size_t pixels = (size_t)raster->width * raster->height;
    bool grey = raster->bands == 3;
    for (size_t i = 0; i < pixels && grey; ++i) {
        const uint8_t *at = raster->samples + 3 * i;
        grey = at[0] == at[1] && at[0] == at[2];
    }
    return grey;
}

/* Through the profile; *used stays false when it cannot be used. */
static imgmatch_status apply_profile(bool *used, imx_raster *raster, imgmatch_diag *diag) {
    *used = false;
    size_t pixels = (size_t)raster->width * raster->height;
    uint32_t bands = imx_profile_bands(raster->profile, raster->profile_size);
    bool grey = bands == 1 && has_only_grey(raster);
    if (!grey && bands != raster->bands) {
        return IMGMATCH_OK;
    }
    if (bands == 3 && imx_profile_is_srgb(raster->profile, raster->profile_size)) {
        *used = true;
        return IMGMATCH_OK;
    }
    if (!imx_profile_reduce(raster->profile, raster->profile_size)) {
        return IMGMATCH_OK;
    }
    uint8_t *rgb = imx_new_array_raw(pixels, 3);
    uint8_t *grey_samples = grey ? imx_new_array_raw(pixels, 1) : NULL;
    imgmatch_status status;
    if (rgb == NULL || (grey && grey_samples == NULL)) {
        status = imx_fail_memory(diag);
        goto done;
    }
    for (size_t i = 0; grey && i < pixels; ++i) {
        grey_samples[i] = raster->samples[3 * i];
    }
    status = imx_vips_profile_to_srgb(rgb, grey ? grey_samples : raster->samples, raster->width,
                                      raster->height, bands, raster->profile, raster->profile_size,
                                      raster->deadline_ms, diag);
    if (status == IMGMATCH_ERR_UNSUPPORTED) {
        /* Without the profile, but not because there was no time for it. */
        status = imx_codec_check_time(raster, diag);
        goto done;
    }
    *used = status == IMGMATCH_OK;
    if (*used) {
        free(raster->samples);
        raster->samples = rgb;
        raster->bands = 3;
        rgb = NULL;
    }
done:
    free(grey_samples);
    free(rgb);
    return status;
}

/* Reduce and convert the raster to sRGB. */
static imgmatch_status normalise(bool *had_profile, imx_raster *raster, imgmatch_diag *diag) {
    *had_profile = false;
    imgmatch_status status = imx_codec_check_time(raster, diag);
    if (status == IMGMATCH_OK) {
        status = reduce(raster, diag);
    }
    if (status == IMGMATCH_OK && raster->profile != NULL) {
        status = apply_profile(had_profile, raster, diag);
    }
    if (status == IMGMATCH_OK && raster->bands == 4) {
        convert_cmyk(raster->samples, (size_t)raster->width * raster->height);
        raster->bands = 3;
    }
    /* Again, for what had four bands before. */
    return status == IMGMATCH_OK ? reduce(raster, diag) : status;
}

/* Turn the raster upright into a new image. */
static imgmatch_status finish(imgmatch_image **out, imx_raster *raster, imgmatch_format format,
                              bool had_profile, imgmatch_diag *diag) {
    uint32_t orientation = raster->orientation;
    if (orientation < 1 || orientation > 8) {
        orientation = 1;
    }
    bool swapped = orientation >= 5;
    imgmatch_image *image = imx_new_array(1, sizeof *image);
    if (image == NULL) {
        return imx_fail_memory(diag);
    }
    if (orientation == 1) {
        image->rgb = raster->samples;
        raster->samples = NULL;
    } else {
        image->rgb = imx_new_array_raw((size_t)raster->width * raster->height, 3);
        if (image->rgb == NULL) {
            free(image);
            return imx_fail_memory(diag);
        }
        imx_pixels pixels = {raster->samples, raster->width, raster->height,
                             3 * (size_t)raster->width};
        imx_exif_turn(image->rgb, pixels, orientation);
    }
    image->info = (imgmatch_image_info){
        .format = format,
        .source_width = raster->source_width,
        .source_height = raster->source_height,
        .orientation = orientation,
        .width = swapped ? raster->height : raster->width,
        .height = swapped ? raster->width : raster->height,
        .scaled = raster->width != raster->source_width,
        .had_alpha = raster->had_alpha,
        .had_profile = had_profile,
    };
    *out = image;
    return IMGMATCH_OK;
}

imgmatch_status imgmatch_image_decode(imgmatch_image **out, const void *data, size_t size_bytes,
                                      const imgmatch_limits *limits, imgmatch_diag *diag) {
    if (out == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "out is NULL");
    }
    *out = NULL;
    if (imx_limits_check(&limits, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    if (size_bytes == 0) {
        return imx_fail_photo(diag, IMGMATCH_REASON_EMPTY, "no bytes");
    }
    if (data == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "data is NULL");
    }
    if (size_bytes > limits->max_file_bytes) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_LARGE, "%zu bytes, over the limit of %llu",
                              size_bytes, (unsigned long long)limits->max_file_bytes);
    }
    bool cut;
    imgmatch_format format = sniff(data, size_bytes, &cut);
    if (format == IMGMATCH_FORMAT_UNKNOWN) {
        return imx_fail_photo(diag, cut ? IMGMATCH_REASON_TRUNCATED : IMGMATCH_REASON_UNSUPPORTED,
                              cut ? "file ends in its first bytes" : "no known photo format");
    }
    imx_raster raster = {.orientation = 1, .deadline_ms = imx_clock_ms() + limits->max_decode_ms};
    bool had_profile = false;
    imgmatch_status status = decode_raster(&raster, data, size_bytes, format, limits, diag);
    if (status == IMGMATCH_OK) {
        status = normalise(&had_profile, &raster, diag);
    }
    if (status == IMGMATCH_OK) {
        status = finish(out, &raster, format, had_profile, diag);
    }
    imx_raster_clear(&raster);
    return status;
}

imgmatch_status imgmatch_image_open(imgmatch_image **out, const char *path,
                                    const imgmatch_limits *limits, imgmatch_diag *diag) {
    if (out == NULL || path == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "out or path is NULL");
    }
    *out = NULL;
    if (imx_limits_check(&limits, diag) != IMGMATCH_OK) {
        return IMGMATCH_ERR_ARGUMENT;
    }
    uint8_t *bytes;
    size_t size;
    imgmatch_status status = imx_file_read_photo(&bytes, &size, path, limits->max_file_bytes, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    status = imgmatch_image_decode(out, bytes, size, limits, diag);
    free(bytes);
    return status;
}

imgmatch_status imgmatch_image_encode(uint8_t **out_bytes, size_t *out_size,
                                      const imgmatch_image *image, imgmatch_format format,
                                      int quality, imgmatch_diag *diag) {
    if (out_bytes == NULL || out_size == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "out_bytes or out_size is NULL");
    }
    *out_bytes = NULL;
    *out_size = 0;
    bool jpeg = format == IMGMATCH_FORMAT_JPEG;
    if (image == NULL || (jpeg && (quality < 1 || quality > 100))) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "image is NULL or quality is not 1..100");
    }
    if (!jpeg && format != IMGMATCH_FORMAT_PNG) {
        return imx_fail(diag, IMGMATCH_ERR_UNSUPPORTED, "%s is not written",
                        imgmatch_format_name(format));
    }
    /* Generous: the pixels, an eighth more for noise in PNG, and headers. */
    imx_pixels pixels = imx_image_view(image);
    size_t picture_bytes = pixels.stride_bytes * pixels.height;
    imx_buffer buffer;
    imx_buffer_init(&buffer, picture_bytes + picture_bytes / 8 + 65536);
    imgmatch_status status = jpeg ? imx_jpeg_encode(&buffer, pixels, quality, diag)
                                  : imx_png_encode(&buffer, pixels, diag);
    if (status == IMGMATCH_OK) {
        *out_bytes = imx_buffer_take(&buffer, out_size);
        status = *out_bytes == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
    }
    imx_buffer_free(&buffer);
    return status;
}
