#include "image/profile.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 128u
#define TAG_BYTES 12u

static uint32_t big32(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

static double fixed(const uint8_t *at) { return (double)(int32_t)big32(at) / 65536.0; }

uint32_t imx_profile_bands(const uint8_t *profile, size_t size) {
    if (size < HEADER_BYTES + 4 || memcmp(profile + 36, "acsp", 4) != 0) {
        return 0;
    }
    const uint8_t *space = profile + 16;
    return memcmp(space, "RGB ", 4) == 0   ? 3
           : memcmp(space, "CMYK", 4) == 0 ? 4
           : memcmp(space, "GRAY", 4) == 0 ? 1
                                           : 0;
}

/* The tag's data, NULL when it is not there or lies outside. */
static const uint8_t *find_tag(const uint8_t *profile, size_t size, const char *name,
                               size_t *tag_size) {
    size_t count = big32(profile + HEADER_BYTES);
    size_t room = (size - HEADER_BYTES - 4) / TAG_BYTES;
    for (size_t i = 0; i < count && i < room; ++i) {
        const uint8_t *entry = profile + HEADER_BYTES + 4 + i * TAG_BYTES;
        size_t at = big32(entry + 4);
        *tag_size = big32(entry + 8);
        if (memcmp(entry, name, 4) == 0) {
            return at <= size && *tag_size <= size - at ? profile + at : NULL;
        }
    }
    return NULL;
}

static bool has_colour(const uint8_t *profile, size_t size, const char *name,
                       const double expected[3]) {
    size_t tag_size;
    const uint8_t *tag = find_tag(profile, size, name, &tag_size);
    if (tag == NULL || tag_size < 20 || memcmp(tag, "XYZ ", 4) != 0) {
        return false;
    }
    for (int i = 0; i < 3; ++i) {
        if (fabs(fixed(tag + 8 + 4 * i) - expected[i]) > 0.0015) {
            return false;
        }
    }
    return true;
}

static double srgb_light(double value) {
    return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4);
}

/* Light at `value` of a curve tag of many points, or of the parametric kind that has sRGB's form;
 * negative for any other curve. */
static double curve_light(const uint8_t *tag, size_t size, double value) {
    if (size >= 12 && memcmp(tag, "curv", 4) == 0) {
        size_t points = big32(tag + 8);
        if (points < 16 || points > (size - 12) / 2) {
            return -1;
        }
        size_t index = (size_t)(value * (double)(points - 1) + 0.5);
        const uint8_t *at = tag + 12 + 2 * index;
        double grid = (double)index / (double)(points - 1);
        /* Compare at the grid point itself. */
        return (double)(at[0] * 256 + at[1]) / 65535.0 + srgb_light(value) - srgb_light(grid);
    }
    if (size >= 32 && memcmp(tag, "para", 4) == 0 && tag[8] == 0 && tag[9] == 3) {
        double g = fixed(tag + 12);
        double a = fixed(tag + 16);
        double b = fixed(tag + 20);
        double c = fixed(tag + 24);
        double d = fixed(tag + 28);
        return value < d ? c * value : pow(a * value + b, g);
    }
    return -1;
}

static bool has_srgb_curve(const uint8_t *profile, size_t size, const char *name) {
    size_t tag_size;
    const uint8_t *tag = find_tag(profile, size, name, &tag_size);
    for (int i = 0; tag != NULL && i <= 16; ++i) {
        double value = i / 16.0;
        if (!(fabs(curve_light(tag, tag_size, value) - srgb_light(value)) < 0.001)) {
            return false;
        }
    }
    return tag != NULL;
}

bool imx_profile_is_srgb(const uint8_t *profile, size_t size) {
    /* sRGB's primaries adapted to D50. */
    static const double red[3] = {0.4361, 0.2225, 0.0139};
    static const double green[3] = {0.3851, 0.7169, 0.0971};
    static const double blue[3] = {0.1431, 0.0606, 0.7141};
    size_t tag_size;
    return imx_profile_bands(profile, size) == 3 &&
           find_tag(profile, size, "A2B0", &tag_size) == NULL &&
           has_colour(profile, size, "rXYZ", red) && has_colour(profile, size, "gXYZ", green) &&
           has_colour(profile, size, "bXYZ", blue) && has_srgb_curve(profile, size, "rTRC") &&
           has_srgb_curve(profile, size, "gTRC") && has_srgb_curve(profile, size, "bTRC");
}
