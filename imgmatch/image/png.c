/*
 * PNG by libpng, the only file that knows it.
 *
 * Phases: walk the chunk list ourselves (is the file whole, are there too many or too large
 * chunks, where is EXIF), then let libpng read the header, then the pixels. The walk finds a
 * truncated file before any pixel is made, so whatever libpng rejects later is corrupt data.
 *
 * Colour: palette, low depths and grey become 8-bit RGB, 16 bits are rounded (not cut) to 8. An ICC
 * profile goes before sRGB, and sRGB before gAMA; a gAMA alone is honoured, and only when it is
 * not sRGB's own 1/2.2. Text and other chunks that nobody here reads are not kept.
 *
 * libpng reports errors by calling back, and must not return from that: each run is one function
 * under one setjmp, and what it owns lives outside that function's frame.
 */
#include "image/codec.h"

#include "base/byte_order.h"
#include "base/diag.h"
#include "base/memory.h"
#include "image/exif.h"

#include <stdlib.h>
#include <string.h>

#include <png.h>

#define SIGNATURE_BYTES 8u
#define CHUNK_FRAME_BYTES 12u /* Length, type and CRC. */
#define MAX_CHUNK_LENGTH 0x7FFFFFFFu
#define MORE_PIXEL_BYTES 65536u /* Than the rows need, tolerated: it unpacks to 64 MiB at most. */

typedef struct png_run {
    png_structp png;
    png_infop info;
    bool out_of_memory;
    imgmatch_status status; /* Of a failure of our own inside the run. */
    imgmatch_diag *diag;
    /* Reading. */
    const uint8_t *data;
    size_t size;
    size_t at;
    const imgmatch_limits *limits;
    imx_raster *raster;
    uint8_t *rows;      /* One row with alpha, or all rows of an interlaced picture. */
    png_bytep *row_map; /* For an interlaced picture. */
    /* Writing. */
    imx_buffer *out;
} png_run;

_Noreturn static void on_error(png_structp png, png_const_charp message) {
    png_run *run = png_get_error_ptr(png);
    if (run->status == IMGMATCH_OK) {
        run->status = run->out_of_memory
                          ? imx_fail_memory(run->diag)
                          : imx_fail_photo(run->diag, IMGMATCH_REASON_CORRUPT, "PNG: %s", message);
    }
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp message) {
    (void)png;
    (void)message; /* Only on ancillary chunks, which libpng then leaves out. */
}

static png_voidp allocate(png_structp png, png_alloc_size_t size) {
    void *block = malloc(size);
    if (block == NULL) {
        png_run *run = png_get_mem_ptr(png);
        run->out_of_memory = true;
    }
    return block;
}

static void release(png_structp png, png_voidp block) {
    (void)png;
    free(block);
}

/* Leave the run with a status that one of our own functions returned. */
static void check(png_run *run, imgmatch_status status) {
    if (status != IMGMATCH_OK) {
        run->status = status;
        png_longjmp(run->png, 1);
    }
}

static void read_bytes(png_structp png, png_bytep bytes, size_t count) {
    png_run *run = png_get_io_ptr(png);
    if (count > run->size - run->at) {
        png_error(png, "unexpected end of data");
    }
    /* Behind the last row libpng unpacks what is left without coming back to us but here. */
    check(run, imx_codec_check_time(run->raster, run->diag));
    memcpy(bytes, run->data + run->at, count);
    run->at += count;
}

/* The most bytes that the compressed rows of the picture can have. Rows that do not compress are
 * stored, with five bytes a block; an encoder may end a block with every row. Only IHDR counts. */
static uint64_t most_pixel_bytes(const uint8_t *data) {
    static const uint8_t channels[7] = {1, 1, 3, 1, 2, 1, 4}; /* By colour type. */
    const uint8_t *header = data + SIGNATURE_BYTES + 8;
    uint64_t width = imx_big32(header);
    uint64_t height = imx_big32(header + 4);
    uint64_t bits = (uint64_t)header[8] * (header[9] < sizeof channels ? channels[header[9]] : 1);
    uint64_t row = 1 + (width * bits + 7) / 8;
    /* The seven passes of an interlaced picture have two rows a row at most. */
    uint64_t all = height * (row + 32);
    return all + all / 8 + MORE_PIXEL_BYTES;
}

/* Walk the chunks up to IEND. */
static imgmatch_status walk_chunks(imx_raster *out, const uint8_t *data, size_t size,
                                   const imgmatch_limits *limits, imgmatch_diag *diag) {
    uint32_t ancillary = 0;
    uint64_t pixel_bytes = 0;
    uint64_t most = most_pixel_bytes(data);
    size_t at = SIGNATURE_BYTES;
    while (at + CHUNK_FRAME_BYTES <= size) {
        uint32_t length = imx_big32(data + at);
        const uint8_t *type = data + at + 4;
        if (length > MAX_CHUNK_LENGTH) {
            return imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT, "PNG: chunk of %u bytes", length);
        }
        if (length > size - at - CHUNK_FRAME_BYTES) {
            break;
        }
        bool is_ancillary = (type[0] & 0x20u) != 0;
        ancillary += is_ancillary;
        if (ancillary > limits->max_png_chunks) {
            return imx_fail_photo(diag, IMGMATCH_REASON_TOO_COMPLEX,
                                  "PNG: more than %u ancillary chunks", limits->max_png_chunks);
        }
        if (is_ancillary && length > limits->max_chunk_bytes) {
            return imx_fail_photo(diag, IMGMATCH_REASON_TOO_COMPLEX,
                                  "PNG: an ancillary chunk of %u bytes", length);
        }
        pixel_bytes += memcmp(type, "IDAT", 4) == 0 ? length : 0;
        if (pixel_bytes > most) {
            return imx_fail_photo(diag, IMGMATCH_REASON_TOO_COMPLEX,
                                  "PNG: more compressed bytes than the picture has");
        }
        if (memcmp(type, "eXIf", 4) == 0) {
            out->orientation = imx_exif_orientation(data + at + 8, length);
        }
        if (memcmp(type, "IEND", 4) == 0) {
            return IMGMATCH_OK;
        }
        at += CHUNK_FRAME_BYTES + length;
    }
    return imx_fail_photo(diag, IMGMATCH_REASON_TRUNCATED, "PNG: file ends before its last chunk");
}

static void set_limits(png_run *run) {
    png_structp png = run->png;
    uint32_t side =
        run->limits->max_side > MAX_CHUNK_LENGTH ? MAX_CHUNK_LENGTH : run->limits->max_side;
    png_set_user_limits(png, side, side);
    png_set_chunk_cache_max(png, run->limits->max_png_chunks);
    png_set_chunk_malloc_max(png, (png_alloc_size_t)run->limits->max_chunk_bytes);
    /* Drop every ancillary chunk but those that say how to read the colours. */
    static const png_byte kept[] = "tRNS\0gAMA\0sRGB\0iCCP";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT, kept, 4);
}

static void read_profile(png_run *run) {
    png_charp name;
    int compression;
    png_bytep profile;
    png_uint_32 size;
    if (png_get_iCCP(run->png, run->info, &name, &compression, &profile, &size) != 0) {
        check(run, imx_raster_set_profile(run->raster, profile, size, run->limits, run->diag));
    }
}

/* Set libpng's transforms so that rows come as 8-bit RGB or RGBA. */
static void set_transforms(png_run *run) {
    png_structp png = run->png;
    png_fixed_point gamma;
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    bool colours_known = png_get_valid(png, run->info, PNG_INFO_sRGB | PNG_INFO_iCCP) != 0;
    if (!colours_known && png_get_gAMA_fixed(png, run->info, &gamma) != 0) {
        png_set_gamma_fixed(png, PNG_DEFAULT_sRGB, gamma);
    }
    (void)png_set_interlace_handling(png);
    png_read_update_info(png, run->info);
}

static void read_rows(png_run *run, uint32_t width, uint32_t height) {
    imx_raster *raster = run->raster;
    size_t row_bytes = 3 * (size_t)width;
    if (!raster->had_alpha) {
        for (uint32_t y = 0; y < height; ++y) {
            check(run, imx_codec_check_time(raster, run->diag));
            png_read_row(run->png, raster->samples + y * row_bytes, NULL);
        }
        return;
    }
    run->rows = imx_new_array_raw(width, 4);
    check(run, run->rows == NULL ? imx_fail_memory(run->diag) : IMGMATCH_OK);
    for (uint32_t y = 0; y < height; ++y) {
        check(run, imx_codec_check_time(raster, run->diag));
        png_read_row(run->png, run->rows, NULL);
        imx_codec_flatten_row(raster->samples + y * row_bytes, run->rows, width, 4);
    }
}

/* An interlaced picture comes in seven passes over all rows. */
static void read_interlaced(png_run *run, uint32_t width, uint32_t height) {
    imx_raster *raster = run->raster;
    size_t channels = raster->had_alpha ? 4 : 3;
    uint8_t *rows = raster->samples;
    if (raster->had_alpha) {
        run->rows = imx_new_array_raw((size_t)width * height, channels);
        rows = run->rows;
    }
    run->row_map = imx_new_array_raw(height, sizeof *run->row_map);
    check(run, rows == NULL || run->row_map == NULL ? imx_fail_memory(run->diag) : IMGMATCH_OK);
    for (uint32_t y = 0; y < height; ++y) {
        run->row_map[y] = rows + y * channels * width;
    }
    for (int pass = 0; pass < PNG_INTERLACE_ADAM7_PASSES; ++pass) {
        for (uint32_t y = 0; y < height; ++y) {
            check(run, imx_codec_check_time(raster, run->diag));
            png_read_row(run->png, run->row_map[y], NULL);
        }
    }
    for (uint32_t y = 0; raster->had_alpha && y < height; ++y) {
        imx_codec_flatten_row(raster->samples + y * 3 * (size_t)width, run->row_map[y], width, 4);
    }
}

/* The run under setjmp. */
static imgmatch_status read_all(png_run *run) {
    png_structp png = run->png;
    if (setjmp(png_jmpbuf(png)) != 0) {
        return run->status;
    }
    png_set_read_fn(png, run, read_bytes);
    set_limits(run);
    png_read_info(png, run->info);
    uint32_t width = png_get_image_width(png, run->info);
    uint32_t height = png_get_image_height(png, run->info);
    check(run, imx_codec_check_size(width, height, run->limits, run->diag));
    run->raster->source_width = width;
    run->raster->source_height = height;
    run->raster->had_alpha = (png_get_color_type(png, run->info) & PNG_COLOR_MASK_ALPHA) != 0 ||
                             png_get_valid(png, run->info, PNG_INFO_tRNS) != 0;
    read_profile(run);
    set_transforms(run);
    if (png_get_rowbytes(png, run->info) != (run->raster->had_alpha ? 4 : 3) * (size_t)width) {
        png_error(png, "unexpected row size");
    }
    check(run, imx_raster_reserve(run->raster, width, height, 3, run->diag));
    if (png_get_interlace_type(png, run->info) == PNG_INTERLACE_NONE) {
        read_rows(run, width, height);
    } else {
        read_interlaced(run, width, height);
    }
    png_read_end(png, NULL);
    /* A chunk that it had no room for, libpng leaves out with a warning: the colours are wrong. */
    return run->out_of_memory ? imx_fail_memory(run->diag) : IMGMATCH_OK;
}

/* libpng checks width and height against its own limits while it reads the header, with a
 * message that does not tell them apart: look first. */
static imgmatch_status check_header(const uint8_t *data, size_t size, const imgmatch_limits *limits,
                                    imgmatch_diag *diag) {
    if (size < SIGNATURE_BYTES + CHUNK_FRAME_BYTES + 13) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TRUNCATED, "PNG: file ends in its header");
    }
    if (memcmp(data + SIGNATURE_BYTES + 4, "IHDR", 4) != 0) {
        return imx_fail_photo(diag, IMGMATCH_REASON_CORRUPT, "PNG: no header chunk");
    }
    return imx_codec_check_size(imx_big32(data + 16), imx_big32(data + 20), limits, diag);
}

imgmatch_status imx_png_decode(imx_raster *out, const uint8_t *data, size_t size,
                               const imgmatch_limits *limits, imgmatch_diag *diag) {
    imgmatch_status status = check_header(data, size, limits, diag);
    if (status == IMGMATCH_OK) {
        status = walk_chunks(out, data, size, limits, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    png_run run = {.data = data, .size = size, .limits = limits, .raster = out, .diag = diag};
    run.png = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, &run, on_error, on_warning, &run,
                                       allocate, release);
    run.info = run.png == NULL ? NULL : png_create_info_struct(run.png);
    status = run.info == NULL ? imx_fail_memory(diag) : read_all(&run);
    png_destroy_read_struct(&run.png, &run.info, NULL);
    free(run.rows);
    free(run.row_map);
    if (status != IMGMATCH_OK) {
        imx_raster_clear(out);
    }
    return status;
}

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
    png_run *run = png_get_io_ptr(png);
    if (!imx_buffer_append(run->out, bytes, count)) {
        run->out_of_memory = true;
        png_error(png, "no room for the encoded picture");
    }
}

static void flush_bytes(png_structp png) { (void)png; }

/* The run under setjmp. */
static imgmatch_status write_all(png_run *run, imx_pixels pixels) {
    png_structp png = run->png;
    if (setjmp(png_jmpbuf(png)) != 0) {
        return run->status;
    }
    png_set_write_fn(png, run, write_bytes, flush_bytes);
    png_set_IHDR(png, run->info, pixels.width, pixels.height, 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB(png, run->info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_write_info(png, run->info);
    for (uint32_t y = 0; y < pixels.height; ++y) {
        png_write_row(png, pixels.rgb + y * pixels.stride_bytes);
    }
    png_write_end(png, NULL);
    return IMGMATCH_OK;
}

imgmatch_status imx_png_encode(imx_buffer *out, imx_pixels pixels, imgmatch_diag *diag) {
    png_run run = {.out = out, .diag = diag};
    run.png = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, &run, on_error, on_warning, &run,
                                        allocate, release);
    run.info = run.png == NULL ? NULL : png_create_info_struct(run.png);
    imgmatch_status status = run.info == NULL ? imx_fail_memory(diag) : write_all(&run, pixels);
    png_destroy_write_struct(&run.png, &run.info);
    return status;
}
