/*
 * TIFF's directories, read before libvips reads any. libtiff reads every tag of every directory
 * into memory of its own, as often as a file names the same bytes, and libvips hands tiles to
 * libjpeg whatever sizes they tell of.
 *
 * Phases: copy the file, with the place of a directory behind it in its header; count the
 * directories, collect from the first one the tags that say how its picture is stored, check that
 * strips or tiles lie in the file and stay in proportion to the picture, and put behind the copy a
 * directory that has these tags and nothing else. All is read from the copy, as numbers may lie in
 * the header, too: libvips sees what was checked here. The profile is read here.
 */
#include "image/container.h"
#include "image/tiff_layout.h"

#include "base/diag.h"

#include <stdlib.h>
#include <string.h>

#define TAG_PROFILE 34675u
/* The longest table that a kept tag can have is a palette of 16 bits. Longer ones are left out,
 * but for the places and sizes of strips and tiles. */
#define MAX_VALUES (3u * 65536u)

/* Tags that are kept, in rising order. */
static const uint16_t kept_tags[] = {
    256,   257,   258, 259,           /* Size, depth, compression. */
    262,   266,   273, 274, 277,      /* Colours, bit order, strips, orientation, samples. */
    278,   279,   284, 292, 293,      /* Strips, planes, fax. */
    317,   320,   322, 323, 324, 325, /* Predictor, palette, tiles. */
    332,   338,   339, 347,           /* Inks, alpha, kind of number, JPEG tables. */
    529,   530,   531, 532,           /* YCbCr, black and white. */
    37439, 50674,                     /* LogLuv, LERC. */
};

#define KEPT_COUNT (sizeof kept_tags / sizeof *kept_tags)

typedef struct tiff_entry {
    uint64_t at; /* Of the entry in the file, or 0: there is none. */
    imx_tiff_array values;
} tiff_entry;

typedef struct tiff_directory {
    tiff_entry kept[KEPT_COUNT];
    tiff_entry profile;
} tiff_directory;

static unsigned value_bytes(uint64_t type) {
    static const uint8_t bytes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
    return type < sizeof bytes ? bytes[type] : 0;
}

uint64_t imx_tiff_number(imx_tiff_file *tiff, uint64_t at, unsigned bytes) {
    if (at > tiff->size || tiff->size - at < bytes) {
        tiff->failed = true;
        return 0;
    }
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; ++i) {
        unsigned from = tiff->big_endian ? i : bytes - 1 - i;
        value = value << 8 | tiff->data[at + from];
    }
    return value;
}

/* Classic TIFF and BigTIFF differ in the width of offsets and counts only. */
static unsigned offset_bytes(const imx_tiff_file *tiff) { return tiff->big_tiff ? 8 : 4; }
static unsigned count_bytes(const imx_tiff_file *tiff) { return tiff->big_tiff ? 8 : 2; }
static unsigned entry_bytes(const imx_tiff_file *tiff) { return tiff->big_tiff ? 20 : 12; }
/* The header ends with the offset of the first directory. */
static unsigned header_bytes(const imx_tiff_file *tiff) { return tiff->big_tiff ? 16 : 8; }

static tiff_entry read_entry(imx_tiff_file *tiff, uint64_t at) {
    unsigned wide = offset_bytes(tiff);
    tiff_entry entry = {.at = at};
    entry.values.bytes = value_bytes(imx_tiff_number(tiff, at + 2, 2));
    entry.values.count = imx_tiff_number(tiff, at + 4, wide);
    uint64_t place = at + 4 + wide;
    bool inside = entry.values.bytes == 0 || entry.values.count <= wide / entry.values.bytes;
    entry.values.at = inside ? place : imx_tiff_number(tiff, place, wide);
    return entry;
}

static size_t kept_index(uint64_t tag) {
    size_t i = 0;
    while (i < KEPT_COUNT && kept_tags[i] != tag) {
        ++i;
    }
    return i;
}

/* The first of several entries of one tag counts, as for libtiff. */
static void collect(tiff_directory *out, imx_tiff_file *tiff, uint64_t directory,
                    uint64_t entries) {
    for (uint64_t i = 0; i < entries && !tiff->failed; ++i) {
        uint64_t at = directory + count_bytes(tiff) + i * entry_bytes(tiff);
        uint64_t tag = imx_tiff_number(tiff, at, 2);
        size_t index = kept_index(tag);
        if (index < KEPT_COUNT && out->kept[index].at == 0) {
            out->kept[index] = read_entry(tiff, at);
        } else if (tag == TAG_PROFILE && out->profile.at == 0) {
            out->profile = read_entry(tiff, at);
        }
    }
}

/* Walk the chain of directories; the first holds the picture that is read. */
static imgmatch_status read_directories(tiff_directory *out, imx_tiff_file *tiff,
                                        uint64_t directory, const imx_raster *raster,
                                        const imgmatch_limits *limits, imgmatch_diag *diag) {
    unsigned wide = offset_bytes(tiff);
    uint64_t frames = 0;
    while (directory != 0 && !tiff->failed && frames <= limits->max_frames) {
        imgmatch_status status = imx_codec_check_time(raster, diag);
        if (status != IMGMATCH_OK) {
            return status;
        }
        uint64_t entries = imx_tiff_number(tiff, directory, count_bytes(tiff));
        if (entries > tiff->size / entry_bytes(tiff)) {
            tiff->failed = true;
            break;
        }
        if (frames == 0) {
            collect(out, tiff, directory, entries);
        }
        ++frames;
        uint64_t end = directory + count_bytes(tiff) + entries * entry_bytes(tiff);
        directory = imx_tiff_number(tiff, end, wide);
    }
    if (tiff->failed) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TRUNCATED,
                              "TIFF: pixels or tags lie outside the file");
    }
    return frames == 0 ? imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT, "TIFF: no picture")
                       : imx_container_check_frames(frames, limits, diag);
}

static imx_tiff_array values_of(const tiff_directory *directory, uint16_t tag) {
    return directory->kept[kept_index(tag)].values;
}

/* The first value of a tag. */
static uint64_t value_of(imx_tiff_file *tiff, const tiff_directory *directory, uint16_t tag,
                         uint64_t missing) {
    imx_tiff_array values = values_of(directory, tag);
    return values.count == 0 || values.bytes == 0 ? missing
                                                  : imx_tiff_number(tiff, values.at, values.bytes);
}

static imx_tiff_layout plan_layout(imx_tiff_file *tiff, const tiff_directory *directory) {
    imx_tiff_layout layout = {
        .width = value_of(tiff, directory, 256, 0),
        .height = value_of(tiff, directory, 257, 0),
        .bits = value_of(tiff, directory, 258, 1),
        .compression = value_of(tiff, directory, 259, 1),
        .colours = value_of(tiff, directory, 262, 0),
        .samples = value_of(tiff, directory, 277, 1),
        .separate = value_of(tiff, directory, 284, 1) == 2,
        .tiled = values_of(directory, 322).count > 0 || values_of(directory, 323).count > 0,
        .jpeg_tables = values_of(directory, 347),
    };
    if (layout.tiled) {
        layout.unit_width = value_of(tiff, directory, 322, 0);
        layout.unit_height = value_of(tiff, directory, 323, 0);
    } else {
        uint64_t rows = value_of(tiff, directory, 278, UINT32_MAX);
        layout.unit_width = layout.width;
        layout.unit_height = rows < layout.height ? rows : layout.height;
    }
    /* Some writers of tiles use the tags of strips. */
    bool tile_tags = layout.tiled && values_of(directory, 324).count > 0;
    layout.offset_tag = tile_tags ? 324 : 273;
    layout.size_tag = tile_tags ? 325 : 279;
    layout.offsets = values_of(directory, layout.offset_tag);
    layout.sizes = values_of(directory, layout.size_tag);
    return layout;
}

static bool is_kept(const tiff_directory *directory, const imx_tiff_layout *layout, size_t index) {
    uint16_t tag = kept_tags[index];
    const tiff_entry *entry = &directory->kept[index];
    if (tag == 273 || tag == 279 || tag == 324 || tag == 325) {
        return entry->at != 0 && (tag == layout->offset_tag || tag == layout->size_tag);
    }
    return entry->at != 0 && entry->values.count <= MAX_VALUES;
}

static void put_number(uint8_t *at, uint64_t value, unsigned bytes, bool big_endian) {
    for (unsigned i = 0; i < bytes; ++i) {
        at[big_endian ? bytes - 1 - i : i] = (uint8_t)(value >> (8 * i));
    }
}

static size_t new_directory_at(const imx_tiff_file *tiff) { return tiff->size + (tiff->size & 1); }

static size_t new_directory_bytes(const imx_tiff_file *tiff, size_t entries) {
    return count_bytes(tiff) + entries * entry_bytes(tiff) + offset_bytes(tiff);
}

/* Go on with a copy that has room for the new directory behind it, and says so in its header. What
 * is read of it still has to lie within the file. */
static imgmatch_status make_copy(imx_container *out, imx_tiff_file *tiff, imgmatch_diag *diag) {
    size_t start = new_directory_at(tiff);
    size_t most = new_directory_bytes(tiff, KEPT_COUNT);
    if (!tiff->big_tiff && start > UINT32_MAX - most) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_LARGE, "TIFF: over four gigabytes");
    }
    out->copy = malloc(start + most);
    if (out->copy == NULL) {
        return imx_fail_memory(diag);
    }
    memcpy(out->copy, tiff->data, tiff->size);
    memset(out->copy + tiff->size, 0, start + most - tiff->size);
    put_number(out->copy + header_bytes(tiff) - offset_bytes(tiff), start, offset_bytes(tiff),
               tiff->big_endian);
    tiff->data = out->copy;
    return IMGMATCH_OK;
}

/* The new directory has no successor. */
static void write_directory(imx_container *out, const imx_tiff_file *tiff,
                            const tiff_directory *directory, const imx_tiff_layout *layout) {
    uint8_t *start = out->copy + new_directory_at(tiff);
    uint8_t *to = start + count_bytes(tiff);
    size_t entries = 0;
    for (size_t i = 0; i < KEPT_COUNT; ++i) {
        if (is_kept(directory, layout, i)) {
            memcpy(to, tiff->data + directory->kept[i].at, entry_bytes(tiff));
            to += entry_bytes(tiff);
            ++entries;
        }
    }
    put_number(start, entries, count_bytes(tiff), tiff->big_endian);
    out->data = out->copy;
    out->size = new_directory_at(tiff) + new_directory_bytes(tiff, entries);
}

static imgmatch_status take_profile(imx_raster *raster, const imx_tiff_file *tiff,
                                    const tiff_directory *directory, const imgmatch_limits *limits,
                                    imgmatch_diag *diag) {
    imx_tiff_array values = directory->profile.values;
    if (values.count == 0 || values.bytes != 1) {
        return IMGMATCH_OK;
    }
    if (values.at > tiff->size || values.count > tiff->size - values.at) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TRUNCATED,
                              "TIFF: the profile lies outside the file");
    }
    return imx_raster_set_profile(raster, tiff->data + values.at, (size_t)values.count, limits,
                                  diag);
}

imgmatch_status imx_tiff_open(imx_container *out, imx_raster *raster, const imgmatch_limits *limits,
                              imgmatch_diag *diag) {
    imx_tiff_file tiff = {out->data, out->size, out->size > 0 && out->data[0] == 'M', false, false};
    tiff.big_tiff = imx_tiff_number(&tiff, 2, 2) == 43;
    uint64_t first =
        imx_tiff_number(&tiff, header_bytes(&tiff) - offset_bytes(&tiff), offset_bytes(&tiff));
    if (tiff.failed) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TRUNCATED, "TIFF: file ends in its header");
    }
    tiff_directory directory = {0};
    imgmatch_status status = make_copy(out, &tiff, diag);
    if (status == IMGMATCH_OK) {
        status = read_directories(&directory, &tiff, first, raster, limits, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_tiff_layout layout = plan_layout(&tiff, &directory);
    status = imx_tiff_check_layout(&tiff, &layout, raster, limits, diag);
    if (status == IMGMATCH_OK) {
        status = take_profile(raster, &tiff, &directory, limits, diag);
    }
    if (status == IMGMATCH_OK) {
        write_directory(out, &tiff, &directory, &layout);
    }
    return status;
}
