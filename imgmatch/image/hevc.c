#include "image/hevc.h"

#include "base/memory.h"

#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libde265/de265.h>
#include <libheif/heif.h>
#include <libheif/heif_plugin.h>

#define PRIORITY INT_MAX /* libheif's own decoder of HEVC has 100, others' may have more. */
#define UNKNOWN_LIBHEIF 0x01150000u /* 1.21 takes decoders of another kind. */
#define PATTERN_PIXELS 4096         /* A row begins somewhere in it and goes on around its end. */
#define ROW_STEP 1021               /* Rows below each other begin far from one another. */
#define BLOCK 16                    /* Slices end between blocks of 16, 32 or 64 pixels a side. */
#define LEAST_LEFT_OUT 4            /* Pixels that tell a block left out from chance. */
#define ALIGNMENT 16 /* Of planes in bytes and of rows in pixels, as libde265 has them. */
#define PADDING 16   /* Its vector code reads as many bytes behind a plane. */

/* What the decoder says is told by this from what others do; libheif puts words of its own before
 * it. */
#define MARK "imgmatch: "
#define TRUNCATED "a part of the picture is missing"
#define FAULTY "the picture has errors, or there is none"
#define NO_MEMORY "no memory for the picture"
#define DEPTHS_DIFFER "brightness and colours of different depths"

static atomic_uint begun;

/* A plane as it is coded, and the part of it that is shown, in pixels. */
typedef struct hevc_plane {
    uint8_t *rows;
    size_t row_bytes;
    unsigned depth;
    uint32_t width;
    uint32_t height;
    uint32_t left;
    uint32_t top;
    uint32_t shown_width;
    uint32_t shown_height;
} hevc_plane;

/* What libheif holds of us while it decodes one picture. */
typedef struct hevc_decoder {
    de265_decoder_context *context;
    bool no_memory; /* There was none, for a part of the data or a plane. */
    bool bad_size;  /* The last picture shows nothing, or has depths that none has. */
    unsigned depth; /* Bits that the pattern is for, 0 before there is one. */
    uint8_t pattern[2 * PATTERN_PIXELS]; /* One or two bytes a pixel. */
} hevc_decoder;

static struct heif_error succeed(void) {
    return (struct heif_error){heif_error_Ok, heif_suberror_Unspecified, "Success"};
}

static struct heif_error fail(enum heif_suberror_code why, const char *message) {
    return (struct heif_error){heif_error_Decoder_plugin_error, why, message};
}

static struct heif_error fail_for_memory(void) {
    return (struct heif_error){heif_error_Memory_allocation_error, heif_suberror_Unspecified,
                               MARK NO_MEMORY};
}

static size_t pixel_bytes(unsigned depth) { return depth > 8 ? 2 : 1; }

/* The top bits of a linear congruential generator (Knuth's MMIX): that a photo has as many of them
 * as are looked at in their places is as likely as guessing a key of 32 bits, and of 128 in most
 * blocks. */
static void make_pattern(hevc_decoder *decoder, unsigned depth) {
    if (depth == decoder->depth) {
        return;
    }
    uint64_t state = 1;
    for (size_t i = 0; i < PATTERN_PIXELS; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        uint16_t value = (uint16_t)(state >> 48 & ((1U << depth) - 1));
        if (depth > 8) {
            memcpy(decoder->pattern + 2 * i, &value, sizeof value);
        } else {
            decoder->pattern[i] = (uint8_t)value;
        }
    }
    decoder->depth = depth;
}

/* Where in the pattern a pixel of the coded picture is. */
static size_t pattern_place(uint32_t x, uint32_t y) {
    return ((size_t)y * ROW_STEP + x) % PATTERN_PIXELS;
}

static void fill_row(const hevc_decoder *decoder, uint8_t *row, size_t width, uint32_t y) {
    size_t bytes = pixel_bytes(decoder->depth);
    size_t from = pattern_place(0, y);
    while (width > 0) {
        size_t count = PATTERN_PIXELS - from < width ? PATTERN_PIXELS - from : width;
        memcpy(row, decoder->pattern + from * bytes, count * bytes);
        row += count * bytes;
        width -= count;
        from = 0;
    }
}

/* Rows, filled with the pattern, for a plane whose measures are there. */
static bool make_rows(hevc_plane *plane, hevc_decoder *decoder) {
    size_t row_pixels = ((size_t)plane->width + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    size_t size;
    plane->row_bytes = row_pixels * pixel_bytes(plane->depth);
    if (!imx_mul_size(&size, plane->row_bytes, plane->height) || size > INT_MAX) {
        return false;
    }
    plane->rows = aligned_alloc(ALIGNMENT, size + PADDING);
    if (plane->rows == NULL) {
        return false;
    }
    make_pattern(decoder, plane->depth);
    for (uint32_t y = 0; y < plane->height; y++) {
        fill_row(decoder, plane->rows + y * plane->row_bytes, row_pixels, y);
    }
    memset(plane->rows + size, 0, PADDING);
    return true;
}

static void free_plane(hevc_plane *plane) {
    if (plane != NULL) {
        free(plane->rows);
        free(plane);
    }
}

/* The part of `side` pixels that is shown, of which `before` and `behind` are left out; false when
 * nothing is left. Files say any number. */
static bool show(uint32_t *at, uint32_t *shown, int side, int before, int behind) {
    if (side <= 0 || before < 0 || behind < 0 || before >= side || behind >= side - before) {
        return false;
    }
    *at = (uint32_t)before;
    *shown = (uint32_t)(side - before - behind);
    return true;
}

/* The measures of plane `c`; colours may have half the width or height. */
static bool measure(hevc_plane *plane, const struct de265_image_spec *spec, int c, int depth) {
    int across = c > 0 && (spec->format == de265_image_format_YUV420P8 ||
                           spec->format == de265_image_format_YUV422P8);
    int down = c > 0 && spec->format == de265_image_format_YUV420P8;
    int width = (spec->width + across) >> across;
    int height = (spec->height + down) >> down;
    plane->depth = (unsigned)depth;
    plane->width = (uint32_t)width;
    plane->height = (uint32_t)height;
    return depth >= 8 && depth <= 16 &&
           show(&plane->left, &plane->shown_width, width, spec->crop_left >> across,
                spec->crop_right >> across) &&
           show(&plane->top, &plane->shown_height, height, spec->crop_top >> down,
                spec->crop_bottom >> down);
}

static hevc_plane *new_plane(hevc_decoder *decoder, const struct de265_image_spec *spec, int c,
                             int depth) {
    hevc_plane measures = {0};
    if (!measure(&measures, spec, c, depth)) {
        decoder->bad_size = true;
        return NULL;
    }
    hevc_plane *plane = imx_new_array(1, sizeof *plane);
    if (plane != NULL) {
        *plane = measures;
    }
    if (plane == NULL || !make_rows(plane, decoder)) {
        decoder->no_memory = true;
        free(plane);
        return NULL;
    }
    return plane;
}

/* libde265 asks for a picture's planes. Returns 0 if there are none. */
static int get_buffer(de265_decoder_context *context, struct de265_image_spec *spec,
                      struct de265_image *image, void *user) {
    (void)context;
    hevc_decoder *decoder = user;
    decoder->bad_size = false;
    int count = spec->format == de265_image_format_mono8 ? 1 : 3;
    hevc_plane *made[3] = {NULL, NULL, NULL};
    for (int c = 0; c < count; c++) {
        made[c] = new_plane(decoder, spec, c, de265_get_bits_per_pixel(image, c));
        if (made[c] == NULL) {
            free_plane(made[0]);
            free_plane(made[1]);
            return 0;
        }
    }
    for (int c = 0; c < 3; c++) {
        hevc_plane *plane = made[c];
        de265_set_image_plane(image, c, plane == NULL ? NULL : plane->rows,
                              plane == NULL ? 0 : (int)plane->row_bytes, plane);
    }
    return 1;
}

static void release_buffer(de265_decoder_context *context, struct de265_image *image, void *user) {
    (void)context;
    (void)user;
    for (int c = 0; c < 3; c++) {
        free_plane(de265_get_image_plane_user_data(image, c));
    }
}

/* Is the block at (x, y) as the plane began? The filter between blocks of 8 pixels changes up to
 * three on either side of their borders, whether they were decoded or not; the two in the middle
 * are looked at. */
static bool is_left_out(const hevc_decoder *decoder, const hevc_plane *plane, uint32_t x,
                        uint32_t y) {
    static const uint32_t middle[4] = {3, 4, 11, 12};
    size_t bytes = pixel_bytes(plane->depth);
    size_t same = 0;
    for (size_t j = 0; j < 4 && y + middle[j] < plane->height; j++) {
        for (size_t i = 0; i < 4 && x + middle[i] < plane->width; i++) {
            uint32_t at_x = x + middle[i];
            uint32_t at_y = y + middle[j];
            if (memcmp(plane->rows + at_y * plane->row_bytes + at_x * bytes,
                       decoder->pattern + pattern_place(at_x, at_y) * bytes, bytes) != 0) {
                return false;
            }
            same++;
        }
    }
    return same >= LEAST_LEFT_OUT;
}

/* Of the brightness, without which no block has colours. */
static bool is_whole(hevc_decoder *decoder, const hevc_plane *plane) {
    make_pattern(decoder, plane->depth);
    for (uint32_t y = 0; y < plane->height; y += BLOCK) {
        for (uint32_t x = 0; x < plane->width; x += BLOCK) {
            if (is_left_out(decoder, plane, x, y)) {
                return false;
            }
        }
    }
    return true;
}

static struct heif_error copy_plane(struct heif_image *out, enum heif_channel channel,
                                    const hevc_plane *plane) {
    int width = (int)plane->shown_width;
    int height = (int)plane->shown_height;
    struct heif_error error = heif_image_add_plane(out, channel, width, height, (int)plane->depth);
    if (error.code != heif_error_Ok) {
        return error;
    }
    size_t bytes = pixel_bytes(plane->depth);
    int to_bytes;
    uint8_t *to = heif_image_get_plane(out, channel, &to_bytes);
    const uint8_t *from = plane->rows + plane->top * plane->row_bytes + plane->left * bytes;
    for (uint32_t y = 0; y < plane->shown_height; y++) {
        memcpy(to + y * (size_t)to_bytes, from + y * plane->row_bytes, plane->shown_width * bytes);
    }
    return error;
}

/* What the picture itself says of its colours; libheif prefers what the file says. */
static void copy_colours(struct heif_image *out, const struct de265_image *image) {
    struct heif_color_profile_nclx *colours = heif_nclx_color_profile_alloc();
    if (colours == NULL) {
        return;
    }
    /* Numbers that libheif does not know are left at its defaults. */
    (void)heif_nclx_color_profile_set_color_primaries(
        colours, (uint16_t)de265_get_image_colour_primaries(image));
    (void)heif_nclx_color_profile_set_transfer_characteristics(
        colours, (uint16_t)de265_get_image_transfer_characteristics(image));
    (void)heif_nclx_color_profile_set_matrix_coefficients(
        colours, (uint16_t)de265_get_image_matrix_coefficients(image));
    colours->full_range_flag = de265_get_image_full_range_flag(image) != 0;
    (void)heif_image_set_nclx_color_profile(out, colours);
    heif_nclx_color_profile_free(colours);
}

static struct heif_error copy_picture(struct heif_image **out, hevc_decoder *decoder,
                                      const struct de265_image *image) {
    static const enum heif_channel channels[3] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
    const hevc_plane *planes[3];
    int count = de265_get_chroma_format(image) == de265_chroma_mono ? 1 : 3;
    for (int c = 0; c < count; c++) {
        planes[c] = de265_get_image_plane_user_data(image, c);
        if (planes[c] == NULL) {
            return fail(heif_suberror_Unspecified, MARK FAULTY); /* Not in memory of ours. */
        }
        if (planes[c]->depth != planes[0]->depth) {
            return fail(heif_suberror_Unsupported_color_conversion, MARK DEPTHS_DIFFER);
        }
    }
    if (!is_whole(decoder, planes[0])) {
        return fail(heif_suberror_End_of_data, MARK TRUNCATED);
    }
    struct heif_error error = heif_image_create(
        (int)planes[0]->shown_width, (int)planes[0]->shown_height,
        count == 1 ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
        (enum heif_chroma)de265_get_chroma_format(image) /* The same numbers. */, out);
    for (int c = 0; error.code == heif_error_Ok && c < count; c++) {
        error = copy_plane(*out, channels[c], planes[c]);
    }
    if (error.code == heif_error_Ok) {
        copy_colours(*out, image);
    } else {
        heif_image_release(*out);
        *out = NULL;
    }
    return error;
}

const char *imx_hevc_find_complaint(imgmatch_reason *reason, const char *text) {
    static const struct {
        const char *text;
        imgmatch_reason reason;
    } complaints[] = {
        {TRUNCATED, IMGMATCH_REASON_TRUNCATED},
        {FAULTY, IMGMATCH_REASON_CORRUPT},
        {NO_MEMORY, IMGMATCH_REASON_OUT_OF_MEMORY},
        {DEPTHS_DIFFER, IMGMATCH_REASON_UNSUPPORTED},
    };
    const char *said = strstr(text, MARK);
    for (size_t i = 0; said != NULL && i < sizeof complaints / sizeof *complaints; i++) {
        const char *complaint = complaints[i].text;
        if (strncmp(said + strlen(MARK), complaint, strlen(complaint)) == 0) {
            *reason = complaints[i].reason;
            return complaint;
        }
    }
    return NULL;
}

static const char *tell_name(void) { return "libde265, for imgmatch"; }

static int tell_priority(enum heif_compression_format format) {
    return format == heif_compression_HEVC && atomic_load(&begun) > 0 ? PRIORITY : 0;
}

static struct heif_error new_decoder(void **out) {
    static struct de265_image_allocation allocation = {get_buffer, release_buffer};
    hevc_decoder *decoder = calloc(1, sizeof *decoder);
    de265_decoder_context *context = decoder == NULL ? NULL : de265_new_decoder();
    if (context == NULL) {
        free(decoder);
        return fail_for_memory();
    }
    de265_set_image_allocation_functions(context, &allocation, decoder);
    de265_set_parameter_bool(context, DE265_DECODER_PARAM_SUPPRESS_FAULTY_PICTURES, 1);
    /* With it pictures are decoded in libde265's own memory, and copied to ours at the end. */
    de265_set_parameter_bool(context, DE265_DECODER_PARAM_DISABLE_SAO, 1);
    /* It is asked for no threads: tiles have their own, and where none could be made for a picture
     * libde265 1.0 waits for it without end. */
    decoder->context = context;
    *out = decoder;
    return succeed();
}

static void free_decoder(void *of) {
    hevc_decoder *decoder = of;
    (void)de265_free_decoder(decoder->context);
    free(decoder);
}

/* Network units, each behind its size in four bytes. */
static struct heif_error push_data(void *of, const void *data, size_t size) {
    hevc_decoder *decoder = of;
    const uint8_t *bytes = data;
    while (size > 0) {
        if (size < 4) {
            return fail(heif_suberror_End_of_data, MARK TRUNCATED);
        }
        size_t unit =
            (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
        if (unit > size - 4 || unit > INT_MAX) {
            return fail(heif_suberror_End_of_data, MARK TRUNCATED);
        }
        if (de265_push_NAL(decoder->context, bytes + 4, (int)unit, 0, NULL) ==
            DE265_ERROR_OUT_OF_MEMORY) {
            decoder->no_memory = true;
        }
        bytes += 4 + unit;
        size -= 4 + unit;
    }
    return succeed();
}

/* The last picture of the data, as libheif takes it. */
static struct heif_error decode_image(void *of, struct heif_image **out) {
    hevc_decoder *decoder = of;
    struct heif_error error = fail(heif_suberror_Unspecified, MARK FAULTY);
    *out = NULL;
    (void)de265_flush_data(decoder->context);
    int more = 1;
    de265_error status = DE265_OK;
    while (more != 0 && (status = de265_decode(decoder->context, &more)) == DE265_OK) {
        const struct de265_image *image = de265_get_next_picture(decoder->context);
        if (image == NULL) {
            continue;
        }
        if (*out != NULL) {
            heif_image_release(*out);
            *out = NULL;
        }
        error = copy_picture(out, decoder, image);
        if (error.code != heif_error_Ok) {
            return error;
        }
        de265_release_next_picture(decoder->context);
    }
    /* What has no size gets no planes either, which libde265 takes for want of memory. */
    if (decoder->no_memory || (status == DE265_ERROR_OUT_OF_MEMORY && !decoder->bad_size)) {
        error = fail_for_memory();
    } else if (status != DE265_OK && status != DE265_ERROR_WAITING_FOR_INPUT_DATA) {
        error = fail(heif_suberror_Unspecified, MARK FAULTY);
    }
    if (error.code != heif_error_Ok && *out != NULL) {
        heif_image_release(*out);
        *out = NULL;
    }
    return error;
}

/* In a process that was forked in the midst of a photo nobody would end it. */
static void forget_begun(void) { atomic_store(&begun, 0); }

static pthread_once_t register_once = PTHREAD_ONCE_INIT;
static bool registered;

static void register_decoder(void) {
    static const struct heif_decoder_plugin plugin = {
        .plugin_api_version = 3,
        .get_plugin_name = tell_name,
        .does_support_format = tell_priority,
        .new_decoder = new_decoder,
        .free_decoder = free_decoder,
        .push_data = push_data,
        .decode_image = decode_image,
        .id_name = "imgmatch-libde265",
    };
    if (heif_get_version_number() >= UNKNOWN_LIBHEIF ||
        pthread_atfork(NULL, NULL, forget_begun) != 0) {
        return;
    }
    /* Held to the end: at the last heif_deinit libheif would clear its list. */
    registered = heif_init(NULL).code == heif_error_Ok &&
                 heif_register_decoder_plugin(&plugin).code == heif_error_Ok;
}

bool imx_hevc_start(void) {
    return pthread_once(&register_once, register_decoder) == 0 && registered;
}

void imx_hevc_begin(void) { (void)atomic_fetch_add(&begun, 1); }

void imx_hevc_end(void) { (void)atomic_fetch_sub(&begun, 1); }
