/*
 * JPEG by libjpeg-turbo, the only file that knows it.
 *
 * libjpeg reports errors by calling back, and must not return from that: each run is one function
 * under one setjmp, everything it owns lives in a structure outside that function's frame, and the
 * caller cleans up whether the run came back by return or by longjmp.
 *
 * Pixels are made with the library's defaults (accurate integer DCT, fancy upsampling), on which
 * published PDQ hashes rest. Pictures above 4 megapixels are reduced in the DCT by n/8.
 *
 * Warnings: libjpeg conceals damage (grey half pictures) and warns. Here a file that ends too early
 * is `truncated` and damaged entropy data is `corrupt`; what loses no pixels is tolerated: bytes
 * between segments, odd JFIF or Adobe versions, odd scan parameters, a broken ICC marker.
 */
#include "image/codec.h"

#include "base/diag.h"
#include "base/memory.h"
#include "image/exif.h"
#include "image/jpeg_outline.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

/* Segments APP1 and APP2: a profile has 255 parts at most, and as many hold 250 MB of XMP. */
#define MAX_KEPT_SEGMENTS 4096u
#define EXIF_MARKER (JPEG_APP0 + 1)
#define ICC_MARKER (JPEG_APP0 + 2)

/* The error manager that libjpeg sees; `jump` is where its errors go. */
typedef struct jpeg_trap {
    struct jpeg_error_mgr manager; /* First: libjpeg hands out a pointer to it. */
    jmp_buf jump;
    imgmatch_status status;
    imgmatch_diag *diag;
} jpeg_trap;

typedef struct jpeg_reader {
    struct jpeg_decompress_struct codec;
    struct jpeg_progress_mgr progress;
    jpeg_trap trap;
    const imgmatch_limits *limits;
    imx_raster *raster;
    JOCTET *profile; /* From libjpeg, by malloc. */
} jpeg_reader;

static imgmatch_reason reason_of(int code) {
    switch (code) {
    case JERR_INPUT_EMPTY:
    case JERR_INPUT_EOF:
    case JWRN_JPEG_EOF:
        return IMGMATCH_REASON_TRUNCATED;
    case JERR_ARITH_NOTIMPL:
    case JERR_BAD_PRECISION:
    case JERR_CCIR601_NOTIMPL:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_FRACT_SAMPLE_NOTIMPL:
    case JERR_NOTIMPL:
    case JERR_NOT_COMPILED:
    case JERR_SOF_UNSUPPORTED:
        return IMGMATCH_REASON_UNSUPPORTED;
    case JERR_IMAGE_TOO_BIG:
    case JERR_NO_BACKING_STORE:
    case JERR_WIDTH_OVERFLOW:
        return IMGMATCH_REASON_TOO_LARGE;
    default:
        return IMGMATCH_REASON_CORRUPT;
    }
}

static jpeg_trap *trap_of(j_common_ptr codec) {
    /* The manager is the first member of the trap. */
    return (jpeg_trap *)(void *)codec->err;
}

/* End the run: the status is set and the message of libjpeg kept. */
_Noreturn static void stop(j_common_ptr codec) {
    jpeg_trap *trap = trap_of(codec);
    char text[JMSG_LENGTH_MAX];
    trap->manager.format_message(codec, text);
    int code = trap->manager.msg_code;
    trap->status = code == JERR_OUT_OF_MEMORY
                       ? imx_fail_memory(trap->diag)
                       : imx_fail_photo(trap->diag, reason_of(code), "JPEG: %s", text);
    longjmp(trap->jump, 1);
}

static void on_error(j_common_ptr codec) { stop(codec); }

static void on_message(j_common_ptr codec, int level) {
    if (level >= 0) {
        return; /* A trace message. */
    }
    switch (trap_of(codec)->manager.msg_code) {
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR:
    case JWRN_ADOBE_XFORM:
    case JWRN_NOT_SEQUENTIAL:
    case JWRN_BOGUS_PROGRESSION:
    case JWRN_BOGUS_ICC:
        return;
    default:
        stop(codec);
    }
}

static void on_output(j_common_ptr codec) { (void)codec; /* The library never prints. */ }

static void set_trap(jpeg_trap *trap, imgmatch_diag *diag) {
    (void)jpeg_std_error(&trap->manager);
    trap->manager.error_exit = on_error;
    trap->manager.emit_message = on_message;
    trap->manager.output_message = on_output;
    trap->diag = diag;
}

/* Leave the run with a status that one of our own functions returned. */
static void check(jpeg_reader *reader, imgmatch_status status) {
    if (status != IMGMATCH_OK) {
        reader->trap.status = status;
        longjmp(reader->trap.jump, 1);
    }
}

/* Called for every row of blocks, in a progressive file once for each scan. */
static void on_progress(j_common_ptr codec) {
    if (!codec->is_decompressor) {
        return;
    }
    jpeg_reader *reader = codec->client_data;
    check(reader, imx_codec_check_time(reader->raster, reader->trap.diag));
    uint64_t scans = (uint64_t)reader->codec.input_scan_number;
    uint64_t pixels = (uint64_t)reader->codec.image_width * reader->codec.image_height;
    if (scans > reader->limits->max_jpeg_scans ||
        (scans > 1 && scans * pixels / IMX_JPEG_PASSES_AT_FULL_SIZE > reader->limits->max_pixels)) {
        reader->trap.status =
            imx_fail_photo(reader->trap.diag, IMGMATCH_REASON_TOO_COMPLEX,
                           "JPEG: more than %llu scans of %llu pixels",
                           (unsigned long long)scans - 1, (unsigned long long)pixels);
        longjmp(reader->trap.jump, 1);
    }
}

/* Look at the markers before libjpeg does: each scan costs it a pass over the whole picture, and
 * the segments that it keeps lie in a list that it walks for every new one, without asking the
 * time. */
static imgmatch_status check_outline(const uint8_t *data, size_t size,
                                     const imgmatch_limits *limits, imgmatch_diag *diag) {
    imx_jpeg_outline outline = imx_jpeg_outline_read(data, size);
    if (outline.scans > limits->max_jpeg_scans) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_COMPLEX, "JPEG: more than %u scans",
                              limits->max_jpeg_scans);
    }
    if (outline.metadata > MAX_KEPT_SEGMENTS) {
        return imx_fail_photo(diag, IMGMATCH_REASON_TOO_COMPLEX,
                              "JPEG: more than %u segments of metadata", MAX_KEPT_SEGMENTS);
    }
    return IMGMATCH_OK;
}

static void read_orientation(jpeg_reader *reader) {
    for (jpeg_saved_marker_ptr marker = reader->codec.marker_list; marker != NULL;
         marker = marker->next) {
        if (marker->marker == EXIF_MARKER && marker->data_length >= 6 &&
            memcmp(marker->data, "Exif\0\0", 6) == 0) {
            reader->raster->orientation = imx_exif_orientation(marker->data, marker->data_length);
            return;
        }
    }
}

static void read_profile(jpeg_reader *reader) {
    unsigned int size = 0;
    if (jpeg_read_icc_profile(&reader->codec, &reader->profile, &size)) {
        check(reader, imx_raster_set_profile(reader->raster, reader->profile, size, reader->limits,
                                             reader->trap.diag));
    }
}

/* Adobe writes CMYK inverted, and says so by its marker. */
static void invert(uint8_t *row, size_t count) {
    for (size_t i = 0; i < count; ++i) {
        row[i] = (uint8_t)(255 - row[i]);
    }
}

static void read_rows(jpeg_reader *reader) {
    struct jpeg_decompress_struct *codec = &reader->codec;
    size_t row_bytes = (size_t)codec->output_width * (size_t)codec->output_components;
    bool inverted = codec->output_components == 4 && codec->saw_Adobe_marker;
    while (codec->output_scanline < codec->output_height) {
        uint8_t *row = reader->raster->samples + codec->output_scanline * row_bytes;
        (void)jpeg_read_scanlines(codec, &row, 1);
        if (inverted) {
            invert(row, row_bytes);
        }
    }
}

static void set_output(jpeg_reader *reader) {
    struct jpeg_decompress_struct *codec = &reader->codec;
    bool four = codec->jpeg_color_space == JCS_CMYK || codec->jpeg_color_space == JCS_YCCK;
    codec->out_color_space = four ? JCS_CMYK : JCS_RGB;
    codec->scale_num = imx_codec_eighths(codec->image_width, codec->image_height);
    codec->scale_denom = 8;
    jpeg_calc_output_dimensions(codec);
    check(reader, imx_raster_reserve(reader->raster, codec->output_width, codec->output_height,
                                     (uint32_t)codec->output_components, reader->trap.diag));
}

/* The run under setjmp. */
static imgmatch_status read_all(jpeg_reader *reader, const uint8_t *data, size_t size) {
    struct jpeg_decompress_struct *codec = &reader->codec;
    if (setjmp(reader->trap.jump) != 0) {
        return reader->trap.status;
    }
    jpeg_create_decompress(codec);
    codec->client_data = reader;
    codec->progress = &reader->progress;
    jpeg_mem_src(codec, data, (unsigned long)size);
    jpeg_save_markers(codec, EXIF_MARKER, 0xFFFF);
    jpeg_save_markers(codec, ICC_MARKER, 0xFFFF);
    (void)jpeg_read_header(codec, TRUE);
    check(reader, imx_codec_check_size(codec->image_width, codec->image_height, reader->limits,
                                       reader->trap.diag));
    reader->raster->source_width = codec->image_width;
    reader->raster->source_height = codec->image_height;
    read_orientation(reader);
    read_profile(reader);
    set_output(reader);
    (void)jpeg_start_decompress(codec);
    read_rows(reader);
    (void)jpeg_finish_decompress(codec);
    return IMGMATCH_OK;
}

imgmatch_status imx_jpeg_decode(imx_raster *out, const uint8_t *data, size_t size,
                                const imgmatch_limits *limits, imgmatch_diag *diag) {
    imgmatch_status status = check_outline(data, size, limits, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    jpeg_reader reader;
    memset(&reader, 0, sizeof reader);
    reader.limits = limits;
    reader.raster = out;
    reader.progress.progress_monitor = on_progress;
    set_trap(&reader.trap, diag);
    reader.codec.err = &reader.trap.manager;
    status = read_all(&reader, data, size);
    jpeg_destroy_decompress(&reader.codec);
    free(reader.profile);
    if (status != IMGMATCH_OK) {
        imx_raster_clear(out);
    }
    return status;
}

#define OUTPUT_PIECE_BYTES 16384u

typedef struct jpeg_writer {
    struct jpeg_compress_struct codec;
    struct jpeg_destination_mgr destination;
    jpeg_trap trap;
    imx_buffer *out;
    uint8_t piece[OUTPUT_PIECE_BYTES];
} jpeg_writer;

static void start_piece(j_compress_ptr codec) {
    jpeg_writer *writer = codec->client_data;
    writer->destination.next_output_byte = writer->piece;
    writer->destination.free_in_buffer = sizeof writer->piece;
}

static void append_piece(j_compress_ptr codec, size_t size) {
    jpeg_writer *writer = codec->client_data;
    if (!imx_buffer_append(writer->out, writer->piece, size)) {
        writer->trap.status = imx_fail_memory(writer->trap.diag);
        longjmp(writer->trap.jump, 1);
    }
}

static boolean flush_piece(j_compress_ptr codec) {
    /* libjpeg's rule: the whole piece is full here, whatever free_in_buffer says. */
    append_piece(codec, OUTPUT_PIECE_BYTES);
    start_piece(codec);
    return TRUE;
}

static void end_pieces(j_compress_ptr codec) {
    append_piece(codec, OUTPUT_PIECE_BYTES - codec->dest->free_in_buffer);
}

/* The run under setjmp. `row` is room for one row: libjpeg takes no const. */
static imgmatch_status write_all(jpeg_writer *writer, uint8_t *row, imx_pixels pixels,
                                 int quality) {
    struct jpeg_compress_struct *codec = &writer->codec;
    if (setjmp(writer->trap.jump) != 0) {
        return writer->trap.status;
    }
    jpeg_create_compress(codec);
    codec->client_data = writer;
    codec->dest = &writer->destination;
    codec->image_width = pixels.width;
    codec->image_height = pixels.height;
    codec->input_components = 3;
    codec->in_color_space = JCS_RGB;
    jpeg_set_defaults(codec); /* Gives 4:2:0. */
    jpeg_set_quality(codec, quality, TRUE);
    jpeg_start_compress(codec, TRUE);
    while (codec->next_scanline < codec->image_height) {
        memcpy(row, pixels.rgb + codec->next_scanline * pixels.stride_bytes,
               3 * (size_t)pixels.width);
        (void)jpeg_write_scanlines(codec, &row, 1);
    }
    jpeg_finish_compress(codec);
    return IMGMATCH_OK;
}

imgmatch_status imx_jpeg_encode(imx_buffer *out, imx_pixels pixels, int quality,
                                imgmatch_diag *diag) {
    if (pixels.width > JPEG_MAX_DIMENSION || pixels.height > JPEG_MAX_DIMENSION) {
        return imx_fail(diag, IMGMATCH_ERR_UNSUPPORTED, "JPEG has no sides over %ld pixels",
                        (long)JPEG_MAX_DIMENSION);
    }
    uint8_t *row = imx_new_array_raw(pixels.width, 3);
    jpeg_writer *writer = imx_new_array(1, sizeof *writer);
    imgmatch_status status;
    if (row == NULL || writer == NULL) {
        status = imx_fail_memory(diag);
        goto done;
    }
    writer->out = out;
    writer->destination.init_destination = start_piece;
    writer->destination.empty_output_buffer = flush_piece;
    writer->destination.term_destination = end_pieces;
    set_trap(&writer->trap, diag);
    writer->codec.err = &writer->trap.manager;
    status = write_all(writer, row, pixels, quality);
    jpeg_destroy_compress(&writer->codec);
done:
    free(writer);
    free(row);
    return status;
}
