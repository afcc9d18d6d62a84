#include "image/tiff_layout.h"

#include "base/diag.h"
#include "image/container.h"
#include "image/jpeg_outline.h"

#define MAX_SAMPLES 16u
#define MAX_BITS 64u
#define MIN_TILE_SIDE 16u /* The format's own. */
#define MAX_UNIT_PIXELS ((uint64_t)1 << 36)
/* More than libvips counts to. With it, and the bounds of a unit and of samples, no product of
 * sides, samples and bits wraps, whatever the limits allow. */
#define MAX_PIXELS ((uint64_t)1 << 47)
#define JPEG 7u
#define PIXAR_LOG 32909u
#define LOG_LUV 34676u
#define LOG_LUV_24 34677u
#define LERC 34887u
#define WEBP 50001u
/* Colours, as PhotometricInterpretation. */
#define WHITE_IS_ZERO 0u
#define BLACK_IS_ZERO 1u
#define RGB 2u
#define CMYK 5u
#define YCBCR 6u
/* Strips of more rows are read row by row, unless they are planes or YCbCr. */
#define ROWWISE_FROM 129u
/* What decoders may hold beside our pixels: as much as all pixels of 16 bits with alpha, and
 * this. */
#define BYTES_A_PIXEL 8u
#define MORE_BYTES ((uint64_t)64 << 20)
/* Tiles may share their bytes (blank ones do), but not so that little is read over and over. */
#define MORE_UNIT_BYTES ((uint64_t)16 << 20)
#define SHARED_UNITS 4u
/* Strips and tiles whose places are looked at between two looks at the clock. */
#define UNITS_A_LOOK 4096u

static imgmatch_status fail_outside(imgmatch_diag *diag) {
    return imx_fail_photo(diag, IMGMATCH_REASON_TRUNCATED,
                          "TIFF: pixels or tags lie outside the file");
}

static imgmatch_status fail_complex(imgmatch_diag *diag, const char *what) {
    return imx_fail_photo(diag, IMGMATCH_REASON_TOO_COMPLEX, "TIFF: %s", what);
}

static uint64_t divide_up(uint64_t a, uint64_t b) { return (a + b - 1) / b; }

/* libtiff's codecs, without JBIG, whose library ends the process on bad input, JPEG 2000, whose
 * loader libvips does not trust, and old-style JPEG (6), of which libvips 8.14 makes no colours. */
static bool is_known(uint64_t compression) {
    static const uint16_t known[] = {1,          2,     3,     4,     5,         JPEG,  8,
                                     32766,      32771, 32773, 32809, PIXAR_LOG, 32946, LOG_LUV,
                                     LOG_LUV_24, LERC,  34925, 50000, WEBP};
    for (size_t i = 0; i < sizeof known / sizeof *known; ++i) {
        if (known[i] == compression) {
            return true;
        }
    }
    return false;
}

/* Bytes that a decoder makes of `pixels` pixels: LogLuv comes as three floats. */
static uint64_t bytes_of(const imx_tiff_layout *layout, uint64_t pixels, uint64_t samples) {
    bool log_luv = layout->compression == LOG_LUV || layout->compression == LOG_LUV_24;
    uint64_t bits = log_luv ? 96 : layout->bits * samples;
    return divide_up(pixels * bits, 8);
}

/* What libtiff's codec makes room for by itself: a whole strip or tile, however little of it is
 * read at once. */
static uint64_t room_for_codec(const imx_tiff_layout *layout, uint64_t unit_bytes) {
    switch (layout->compression) {
    case PIXAR_LOG: /* 16 bits a sample, whatever comes out. */
        return unit_bytes * divide_up(16, layout->bits);
    case LOG_LUV:
    case LOG_LUV_24:
        return unit_bytes / 3; /* Four bytes a pixel, not three floats. */
    case LERC:
    case WEBP:
        return unit_bytes;
    default:
        return 0;
    }
}

/* The decoders' own room: one tile and two rows of tiles, or one strip as it is read, put together
 * and kept; and what the codec has. */
static uint64_t room_for_decoders(const imx_tiff_layout *layout) {
    uint64_t unit = bytes_of(layout, layout->unit_width * layout->unit_height,
                             layout->separate ? 1 : layout->samples);
    uint64_t codec = room_for_codec(layout, unit);
    bool whole_strips =
        layout->unit_height < ROWWISE_FROM || layout->separate || layout->colours == YCBCR;
    if (!layout->tiled && !whole_strips) {
        return codec;
    }
    uint64_t rows = (layout->tiled ? 2 : 1) * layout->unit_height;
    rows = rows < layout->height ? rows : layout->height;
    return codec + unit + bytes_of(layout, layout->width * rows, layout->samples);
}

/* The samples that a JPEG of these colours has: grey and RGB may have alpha. */
static bool has_samples_of(uint64_t colours, uint64_t samples) {
    switch (colours) {
    case WHITE_IS_ZERO:
    case BLACK_IS_ZERO:
        return samples == 1 || samples == 2;
    case RGB:
        return samples == 3 || samples == 4;
    case CMYK:
        return samples == 4;
    case YCBCR:
        return samples == 3;
    default:
        return false;
    }
}

/* What the JPEG of a tile tells of itself has to be what the directory says: libvips gives it room
 * by the directory's numbers, a byte for each sample. (Strips are libtiff's, which looks itself.)
 */
static bool fits(const imx_tiff_layout *layout, const imx_jpeg_outline *outline) {
    return layout->bits == 8 && outline->bits == 8 &&
           has_samples_of(layout->colours, layout->samples) &&
           outline->components == (layout->separate ? 1 : layout->samples) &&
           outline->width <= layout->unit_width && outline->height <= layout->unit_height;
}

/* One strip or tile. *passes counts scans times pixels of all so far. */
static imgmatch_status check_jpeg(uint64_t *passes, const imx_tiff_layout *layout,
                                  const uint8_t *data, size_t size, const imgmatch_limits *limits,
                                  imgmatch_diag *diag) {
    imx_jpeg_outline outline = imx_jpeg_outline_read(data, size);
    if (layout->tiled && !fits(layout, &outline)) {
        return imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT,
                              "TIFF: a JPEG inside has another size or other colours");
    }
    uint64_t more;
    if (outline.scans > limits->max_jpeg_scans ||
        __builtin_mul_overflow(outline.scans, layout->unit_width * layout->unit_height, &more) ||
        __builtin_add_overflow(*passes, more, passes) ||
        *passes / IMX_JPEG_PASSES_AT_FULL_SIZE > limits->max_pixels) {
        return fail_complex(diag, "too many scans of the JPEG inside");
    }
    return IMGMATCH_OK;
}

/* libwebp makes room for what the picture says before libtiff compares. */
static imgmatch_status check_webp(const imx_tiff_layout *layout, const uint8_t *data, size_t size,
                                  imgmatch_diag *diag) {
    uint64_t width;
    uint64_t height;
    imx_webp_measure(&width, &height, data, size);
    return width > 0 && width <= layout->unit_width && height <= layout->unit_height
               ? IMGMATCH_OK
               : imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT,
                                "TIFF: a WebP inside has another size");
}

/* Bytes of tables that are read anew for every tile, as libvips does with JPEG's. False: they lie
 * outside the file. BigTIFF counts with 64 bits, so the product is made only when it is known to be
 * less than the file. */
static bool measure_tables(uint64_t *bytes, const imx_tiff_file *tiff,
                           const imx_tiff_layout *layout) {
    imx_tiff_array tables = layout->jpeg_tables;
    *bytes = 0;
    if (layout->compression != JPEG || tables.bytes == 0) {
        return true;
    }
    if (tables.at > tiff->size || tables.count > (tiff->size - tables.at) / tables.bytes) {
        return false;
    }
    *bytes = layout->tiled ? tables.count * tables.bytes : 0;
    return true;
}

/* The picture that a strip or tile holds tells how much is allocated for it. */
static bool holds_picture(const imx_tiff_layout *layout) {
    return layout->compression == JPEG || layout->compression == WEBP;
}

/* Are there as many places and sizes as strips or tiles? libtiff takes those that are not there for
 * 0, and so shows the file's first bytes as pixels. Where no size is told and there is one strip (a
 * plane), as in old files, libtiff works it out. */
static bool has_all_units(const imx_tiff_layout *layout, uint64_t needed, uint64_t planes) {
    bool worked_out = layout->sizes.count == 0 && needed == planes && !holds_picture(layout);
    return layout->offsets.count >= needed && (layout->sizes.count >= needed || worked_out);
}

/* Where a strip or tile lies: in the file, or it fails. */
static imgmatch_status read_place(uint64_t *offset, uint64_t *bytes, imx_tiff_file *tiff,
                                  const imx_tiff_layout *layout, uint64_t index,
                                  imgmatch_diag *diag) {
    /* No sum wraps: the first numbers lie in the file, or the walk ends with them. */
    const imx_tiff_array *offsets = &layout->offsets;
    const imx_tiff_array *sizes = &layout->sizes;
    *offset = imx_tiff_number(tiff, offsets->at + index * offsets->bytes, offsets->bytes);
    *bytes = index < sizes->count
                 ? imx_tiff_number(tiff, sizes->at + index * sizes->bytes, sizes->bytes)
                 : 0;
    if (tiff->failed || *offset > tiff->size || *bytes > tiff->size - *offset) {
        return fail_outside(diag);
    }
    return IMGMATCH_OK;
}

/* Every strip or tile has to lie in the file. */
static imgmatch_status check_units(imx_tiff_file *tiff, const imx_tiff_layout *layout,
                                   uint64_t needed, const imx_raster *raster,
                                   const imgmatch_limits *limits, imgmatch_diag *diag) {
    uint64_t table_bytes;
    if (!measure_tables(&table_bytes, tiff, layout)) {
        return fail_outside(diag);
    }
    uint64_t count = layout->offsets.count < needed ? layout->offsets.count : needed;
    uint64_t all_bytes = 0;
    uint64_t passes = 0;
    imgmatch_status status = IMGMATCH_OK;
    for (uint64_t i = 0; i < count && status == IMGMATCH_OK; ++i) {
        uint64_t offset;
        uint64_t bytes;
        status = read_place(&offset, &bytes, tiff, layout, i, diag);
        /* All bytes of a JPEG or WebP are walked. */
        if (status == IMGMATCH_OK && (holds_picture(layout) || i % UNITS_A_LOOK == 0)) {
            status = imx_codec_check_time(raster, diag);
        }
        if (status != IMGMATCH_OK) {
            return status;
        }
        all_bytes += bytes + table_bytes; /* Each is less than the file: no sum wraps. */
        if (all_bytes > SHARED_UNITS * (uint64_t)tiff->size + MORE_UNIT_BYTES) {
            return fail_complex(diag, "strips or tiles share their bytes");
        }
        if (holds_picture(layout) && bytes == 0) { /* libtiff would put in what it thinks. */
            return imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT, "TIFF: an empty strip or tile");
        }
        const uint8_t *data = tiff->data + offset;
        if (layout->compression == JPEG) {
            status = check_jpeg(&passes, layout, data, (size_t)bytes, limits, diag);
        } else if (layout->compression == WEBP) {
            status = check_webp(layout, data, (size_t)bytes, diag);
        }
    }
    return status;
}

imgmatch_status imx_tiff_check_layout(imx_tiff_file *tiff, const imx_tiff_layout *layout,
                                      const imx_raster *raster, const imgmatch_limits *limits,
                                      imgmatch_diag *diag) {
    if (tiff->failed) { /* A number of the layout is not there, and 0 in its place. */
        return fail_outside(diag);
    }
    imgmatch_status status = imx_codec_check_size(layout->width, layout->height, limits, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    if (!is_known(layout->compression) || layout->samples > MAX_SAMPLES ||
        layout->bits > MAX_BITS) {
        return imx_fail_photo(
            diag, IMGMATCH_REASON_UNSUPPORTED, "TIFF: compression %llu, %llu samples of %llu bits",
            (unsigned long long)layout->compression, (unsigned long long)layout->samples,
            (unsigned long long)layout->bits);
    }
    /* libvips takes brightness and two colours for red, green and blue. JPEG's it has converted. */
    if (layout->colours == YCBCR && layout->compression != JPEG) {
        return imx_fail_photo(diag, IMGMATCH_REASON_UNSUPPORTED, "TIFF: YCbCr without JPEG");
    }
    if (layout->unit_height == 0 || layout->samples == 0 || layout->bits == 0 ||
        layout->offsets.bytes == 0 || (layout->sizes.count > 0 && layout->sizes.bytes == 0)) {
        return imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT, "TIFF: no strips or tiles");
    }
    if (layout->tiled &&
        (layout->unit_width < MIN_TILE_SIDE || layout->unit_height < MIN_TILE_SIDE)) {
        return fail_complex(diag, "tiles are smaller than the format allows");
    }
    uint64_t pixels = layout->width * layout->height; /* Of 32 bits each: they were checked. */
    if (pixels > MAX_PIXELS) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_LARGE, "TIFF: %llu pixels",
                              (unsigned long long)pixels);
    }
    if (layout->unit_width > MAX_UNIT_PIXELS / layout->unit_height ||
        room_for_decoders(layout) > BYTES_A_PIXEL * pixels + MORE_BYTES) {
        return fail_complex(diag, "strips or tiles are too large for the picture");
    }
    uint64_t units = divide_up(layout->width, layout->unit_width) *
                     divide_up(layout->height, layout->unit_height);
    uint64_t planes = layout->separate ? layout->samples : 1;
    if (!has_all_units(layout, units * planes, planes)) {
        return imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT, "TIFF: strips or tiles are missing");
    }
    return check_units(tiff, layout, units * planes, raster, limits, diag);
}
