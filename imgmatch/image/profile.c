#include "image/profile.h"

#include "base/byte_order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_BYTES 128u
#define TAG_BYTES 12u

static double fixed(const uint8_t *at) { return (double)(int32_t)imx_big32(at) / 65536.0; }

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
    size_t count = imx_big32(profile + HEADER_BYTES);
    size_t room = (size - HEADER_BYTES - 4) / TAG_BYTES;
    for (size_t i = 0; i < count && i < room; ++i) {
        const uint8_t *entry = profile + HEADER_BYTES + 4 + i * TAG_BYTES;
        size_t at = imx_big32(entry + 4);
        *tag_size = imx_big32(entry + 8);
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
        size_t points = imx_big32(tag + 8);
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

/* A tag that the conversion reads, and what it may hold. */
typedef struct known_tag {
    char name[5];
    enum { COLOUR, MATRIX, CURVE, TO_PCS, FROM_PCS } kind;
} known_tag;

static const known_tag known_tags[] = {
    {"wtpt", COLOUR}, {"bkpt", COLOUR},   {"rXYZ", COLOUR},   {"gXYZ", COLOUR},
    {"bXYZ", COLOUR}, {"chad", MATRIX},   {"kTRC", CURVE},    {"rTRC", CURVE},
    {"gTRC", CURVE},  {"bTRC", CURVE},    {"A2B0", TO_PCS},   {"A2B1", TO_PCS},
    {"A2B2", TO_PCS}, {"B2A0", FROM_PCS}, {"B2A1", FROM_PCS}, {"B2A2", FROM_PCS},
};

#define KNOWN_COUNT (sizeof known_tags / sizeof *known_tags)

/* Entries of a table of colours, 0 when there is none or it is longer than any profile. */
static uint64_t grid_entries(const uint8_t *points, bool one_for_all, uint32_t in, uint32_t out) {
    uint64_t entries = out;
    for (uint32_t i = 0; i < in && entries <= UINT32_MAX; ++i) {
        entries *= points[one_for_all ? 0 : i];
    }
    return entries <= UINT32_MAX ? entries : 0;
}

/* lut8 and lut16: curves, one table, curves. */
static bool is_whole_table(const uint8_t *tag, size_t size, bool deep, uint32_t in, uint32_t out) {
    size_t head = deep ? 52 : 48;
    if (size < head) {
        return false;
    }
    uint64_t grid = grid_entries(tag + 10, true, in, out);
    uint64_t before = deep ? (uint64_t)tag[48] << 8 | tag[49] : 256;
    uint64_t after = deep ? (uint64_t)tag[50] << 8 | tag[51] : 256;
    uint64_t entries = before * in + grid + after * out;
    return grid > 0 && entries * (deep ? 2 : 1) <= size - head;
}

/* lutAToB and lutBToA: at most five stages; a table is the only one that can be large. */
static bool is_whole_stages(const uint8_t *tag, size_t size, uint32_t in, uint32_t out) {
    if (size < 32) {
        return false;
    }
    size_t table = imx_big32(tag + 24);
    if (table == 0) {
        return true;
    }
    if (table > size || size - table < 20) {
        return false;
    }
    uint64_t grid = grid_entries(tag + table, false, in, out);
    return grid > 0 && grid * (tag[table + 16] == 1 ? 1 : 2) <= size - table - 20;
}

static bool is_whole_lut(const uint8_t *tag, size_t size, bool to_pcs, uint32_t bands) {
    uint32_t in = to_pcs ? bands : 3;
    uint32_t out = to_pcs ? 3 : bands;
    if (size < 12 || tag[8] != in || tag[9] != out) {
        return false;
    }
    return memcmp(tag, "mft1", 4) == 0   ? is_whole_table(tag, size, false, in, out)
           : memcmp(tag, "mft2", 4) == 0 ? is_whole_table(tag, size, true, in, out)
           : memcmp(tag, to_pcs ? "mAB " : "mBA ", 4) == 0 ? is_whole_stages(tag, size, in, out)
                                                           : false;
}

static bool is_useful(const uint8_t *tag, size_t size, const known_tag *known, uint32_t bands) {
    if (size < 12) {
        return false;
    }
    switch (known->kind) {
    case COLOUR:
        return memcmp(tag, "XYZ ", 4) == 0;
    case MATRIX:
        return memcmp(tag, "sf32", 4) == 0;
    case CURVE:
        return memcmp(tag, "curv", 4) == 0 || memcmp(tag, "para", 4) == 0;
    default:
        return is_whole_lut(tag, size, known->kind == TO_PCS, bands);
    }
}

static bool is_device(const uint8_t *profile) {
    const uint8_t *class = profile + 12;
    const uint8_t *space = profile + 20;
    return (memcmp(class, "scnr", 4) == 0 || memcmp(class, "mntr", 4) == 0 ||
            memcmp(class, "prtr", 4) == 0 || memcmp(class, "spac", 4) == 0) &&
           (memcmp(space, "XYZ ", 4) == 0 || memcmp(space, "Lab ", 4) == 0);
}

bool imx_profile_reduce(uint8_t *profile, size_t size) {
    uint32_t bands = imx_profile_bands(profile, size);
    if (bands == 0 || !is_device(profile) ||
        imx_big32(profile + HEADER_BYTES) > (size - HEADER_BYTES - 4) / TAG_BYTES) {
        return false;
    }
    /* What lies in the table of tags would not be what was checked when the table has changed. */
    const uint8_t *first =
        profile + HEADER_BYTES + 4 + (size_t)imx_big32(profile + HEADER_BYTES) * TAG_BYTES;
    uint8_t kept[KNOWN_COUNT][TAG_BYTES];
    uint32_t count = 0;
    for (size_t i = 0; i < KNOWN_COUNT; ++i) {
        size_t tag_size;
        const uint8_t *tag = find_tag(profile, size, known_tags[i].name, &tag_size);
        if (tag != NULL && tag >= first && is_useful(tag, tag_size, &known_tags[i], bands)) {
            uint32_t at = (uint32_t)(tag - profile);
            for (unsigned byte = 0; byte < 4; ++byte) {
                kept[count][byte] = (uint8_t)known_tags[i].name[byte];
                kept[count][4 + byte] = (uint8_t)(at >> (24 - 8 * byte));
                kept[count][8 + byte] = (uint8_t)(tag_size >> (24 - 8 * byte));
            }
            ++count;
        }
    }
    /* No more than there were: the table shrinks in its place. */
    for (unsigned byte = 0; byte < 4; ++byte) {
        profile[HEADER_BYTES + byte] = (uint8_t)(count >> (24 - 8 * byte));
    }
    memcpy(profile + HEADER_BYTES + 4, kept, (size_t)count * TAG_BYTES);
    return count > 0;
}
