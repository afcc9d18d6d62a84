/*
 * A reference's sketch, and the bytes that a catalogue keeps of it.
 *
 * Layout, all numbers little-endian:
 *   0  'S' 'K' version 0           4  pixel width, height (u32 each)
 *  12  working longest side (u16)  14 detail (4 x u16, 1/256)
 *  22  feature count (u16)         24 luma, cb, cr
 *  then 38 bytes for each feature: x, y (u16, 1/65535 of the longest side), scale (u8, 1/16
 *  octaves), angle (u8, 1/256 turns), descriptor (32 x i8).
 * The thumbnail's sides follow from the picture's, so nothing in a sketch can point outside of it.
 */
#include "fingerprint/sketch.h"

#include "base/byte_order.h"
#include "base/diag.h"
#include "fingerprint/features.h"
#include "fingerprint/shrink.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#define WORKING_SIDE 400U
#define HEADER_BYTES 24U
#define FEATURE_BYTES (6U + IMX_DESCRIPTOR_BYTES)
#define THUMBNAIL_BYTES                                                                            \
    (IMX_THUMBNAIL_SIDE * IMX_THUMBNAIL_SIDE + 2 * IMX_CHROMA_SIDE * IMX_CHROMA_SIDE)
#define PI 3.14159265358979F
#define SCALE_UNIT (1.0F / 4096.0F)
#define SCALE_STEPS 16.0F
#define MAX_SIDE 1000000U

_Static_assert(HEADER_BYTES + THUMBNAIL_BYTES + IMX_SKETCH_MAX_FEATURES * FEATURE_BYTES <=
                   IMX_SKETCH_MAX_BYTES,
               "a sketch fits its bound");

static void set_thumbnail_sides(imx_sketch *sketch) {
    const imx_picture_facts *facts = &sketch->facts;
    imx_shrink_sides(&sketch->thumbnail_width, &sketch->thumbnail_height, facts->pixel_width,
                     facts->pixel_height, IMX_THUMBNAIL_SIDE);
    sketch->chroma_width = (sketch->thumbnail_width + 2) / 3;
    sketch->chroma_height = (sketch->thumbnail_height + 2) / 3;
}

static imgmatch_status make_thumbnail(imx_sketch *sketch, const imx_working_picture *working,
                                      imgmatch_diag *diag) {
    uint8_t rgb[3 * IMX_THUMBNAIL_SIDE * IMX_THUMBNAIL_SIDE];
    uint8_t unused[IMX_THUMBNAIL_SIDE * IMX_THUMBNAIL_SIDE];
    set_thumbnail_sides(sketch);
    imx_pixels view = {working->rgb, working->width, working->height, 3 * (size_t)working->width};
    imgmatch_status status =
        imx_shrink(rgb, sketch->thumbnail_width, sketch->thumbnail_height, view, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    uint8_t *planes[3] = {sketch->luma, unused, unused};
    imx_to_ycbcr(planes, rgb, (size_t)sketch->thumbnail_width * sketch->thumbnail_height);
    status = imx_shrink(rgb, sketch->chroma_width, sketch->chroma_height, view, diag);
    uint8_t *chroma[3] = {unused, sketch->cb, sketch->cr};
    if (status == IMGMATCH_OK) {
        imx_to_ycbcr(chroma, rgb, (size_t)sketch->chroma_width * sketch->chroma_height);
    }
    return status;
}

/* Quantised steps of a feature's place, size and direction. */
static uint16_t coordinate_steps(float value) {
    float steps = roundf(value * 65535.0F);
    return (uint16_t)(steps < 0 ? 0 : steps > 65535 ? 65535 : steps);
}

static uint8_t scale_steps(float scale) {
    float steps = roundf(log2f(fmaxf(scale, SCALE_UNIT) / SCALE_UNIT) * SCALE_STEPS);
    return (uint8_t)(steps > 255 ? 255 : steps);
}

static uint8_t angle_steps(float angle) {
    return (uint8_t)((int)lroundf(angle * (128.0F / PI)) & 255);
}

/* What reading a stored feature gives, so that a sketch is the same before and after storing. */
static void dequantise(imx_feature *out, uint16_t x, uint16_t y, uint8_t scale, uint8_t angle) {
    out->x = (float)x / 65535.0F;
    out->y = (float)y / 65535.0F;
    out->scale = SCALE_UNIT * exp2f((float)scale / SCALE_STEPS);
    out->angle = (float)angle * (PI / 128.0F);
}

imgmatch_status imx_sketch_make(imx_sketch *out, imx_pixels picture, imgmatch_diag *diag) {
    memset(out, 0, sizeof *out);
    if (picture.width > MAX_SIDE || picture.height > MAX_SIDE) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "a picture of %u x %u is too large to sketch",
                        picture.width, picture.height);
    }
    imx_working_picture working;
    imgmatch_status status = imx_working_picture_make(&working, picture, WORKING_SIDE, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    status = imx_working_picture_features(out->features, &out->feature_count, &working,
                                          IMX_SKETCH_MAX_FEATURES, diag);
    imx_picture_facts_of(&out->facts, &working, picture);
    if (status == IMGMATCH_OK) {
        status = make_thumbnail(out, &working, diag);
    }
    imx_working_picture_free(&working);
    for (uint32_t i = 0; i < out->feature_count; i++) {
        imx_feature *feature = &out->features[i];
        dequantise(feature, coordinate_steps(feature->x), coordinate_steps(feature->y),
                   scale_steps(feature->scale), angle_steps(feature->angle));
    }
    for (size_t band = 0; band < IMX_DETAIL_BANDS; band++) {
        out->facts.detail[band] = roundf(out->facts.detail[band] * 256) / 256;
    }
    if (status != IMGMATCH_OK) {
        memset(out, 0, sizeof *out);
    }
    return status;
}

static uint8_t *put_u16(uint8_t *to, uint32_t value) {
    to[0] = (uint8_t)(value & 255);
    to[1] = (uint8_t)(value >> 8 & 255);
    return to + 2;
}

static uint8_t *put_u32(uint8_t *to, uint32_t value) {
    return put_u16(put_u16(to, value & 0xffff), value >> 16);
}

static uint8_t *put_bytes(uint8_t *to, const void *from, size_t size) {
    memcpy(to, from, size);
    return to + size;
}

size_t imx_sketch_write(uint8_t out[IMX_SKETCH_MAX_BYTES], const imx_sketch *sketch) {
    uint8_t *to = out;
    const uint8_t head[4] = {'S', 'K', IMX_SKETCH_VERSION, 0};
    to = put_bytes(to, head, sizeof head);
    to = put_u32(to, sketch->facts.pixel_width);
    to = put_u32(to, sketch->facts.pixel_height);
    to = put_u16(to, sketch->facts.longest_side);
    for (size_t band = 0; band < IMX_DETAIL_BANDS; band++) {
        to = put_u16(to, (uint32_t)lroundf(sketch->facts.detail[band] * 256));
    }
    to = put_u16(to, sketch->feature_count);
    to = put_bytes(to, sketch->luma, (size_t)sketch->thumbnail_width * sketch->thumbnail_height);
    size_t chroma = (size_t)sketch->chroma_width * sketch->chroma_height;
    to = put_bytes(to, sketch->cb, chroma);
    to = put_bytes(to, sketch->cr, chroma);
    for (uint32_t i = 0; i < sketch->feature_count; i++) {
        const imx_feature *feature = &sketch->features[i];
        to = put_u16(to, coordinate_steps(feature->x));
        to = put_u16(to, coordinate_steps(feature->y));
        *to++ = scale_steps(feature->scale);
        *to++ = angle_steps(feature->angle);
        to = put_bytes(to, feature->descriptor, IMX_DESCRIPTOR_BYTES);
    }
    return (size_t)(to - out);
}

static bool read_header(imx_sketch *out, const uint8_t *bytes) {
    imx_picture_facts *facts = &out->facts;
    facts->pixel_width = imx_little32(bytes + 4);
    facts->pixel_height = imx_little32(bytes + 8);
    facts->longest_side = imx_little16(bytes + 12);
    out->feature_count = imx_little16(bytes + 22);
    if (facts->pixel_width == 0 || facts->pixel_height == 0 || facts->pixel_width > MAX_SIDE ||
        facts->pixel_height > MAX_SIDE || facts->longest_side == 0 ||
        facts->longest_side > WORKING_SIDE || out->feature_count > IMX_SKETCH_MAX_FEATURES) {
        return false;
    }
    uint32_t longest =
        facts->pixel_width > facts->pixel_height ? facts->pixel_width : facts->pixel_height;
    facts->width = (float)facts->pixel_width / (float)longest;
    facts->height = (float)facts->pixel_height / (float)longest;
    for (size_t band = 0; band < IMX_DETAIL_BANDS; band++) {
        facts->detail[band] = (float)imx_little16(bytes + 14 + 2 * band) / 256;
    }
    set_thumbnail_sides(out);
    return true;
}

imgmatch_status imx_sketch_read(imx_sketch *out, const uint8_t *bytes, size_t size,
                                imgmatch_diag *diag) {
    memset(out, 0, sizeof *out);
    if (size < HEADER_BYTES || bytes[0] != 'S' || bytes[1] != 'K') {
        return imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "the bytes of a sketch are damaged");
    }
    if (bytes[2] != IMX_SKETCH_VERSION || bytes[3] != 0) {
        return imx_fail(diag, IMGMATCH_ERR_CATALOGUE,
                        "a sketch has version %u, not %d; add the photo again", bytes[2],
                        IMX_SKETCH_VERSION);
    }
    bool valid = read_header(out, bytes);
    size_t luma = (size_t)out->thumbnail_width * out->thumbnail_height;
    size_t chroma = (size_t)out->chroma_width * out->chroma_height;
    if (!valid || size != HEADER_BYTES + luma + 2 * chroma + FEATURE_BYTES * out->feature_count) {
        memset(out, 0, sizeof *out);
        return imx_fail(diag, IMGMATCH_ERR_CATALOGUE, "the bytes of a sketch are damaged");
    }
    const uint8_t *from = bytes + HEADER_BYTES;
    memcpy(out->luma, from, luma);
    memcpy(out->cb, from + luma, chroma);
    memcpy(out->cr, from + luma + chroma, chroma);
    from += luma + 2 * chroma;
    for (uint32_t i = 0; i < out->feature_count; i++, from += FEATURE_BYTES) {
        imx_feature *feature = &out->features[i];
        dequantise(feature, (uint16_t)imx_little16(from), (uint16_t)imx_little16(from + 2), from[4],
                   from[5]);
        memcpy(feature->descriptor, from + 6, IMX_DESCRIPTOR_BYTES);
    }
    return IMGMATCH_OK;
}
