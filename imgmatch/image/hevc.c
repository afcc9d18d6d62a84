#include "image/hevc.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libde265/de265.h>
#include <libheif/heif.h>
#include <libheif/heif_plugin.h>

#define PRIORITY 200        /* libheif's own decoder of HEVC has 100. */
#define PATTERN_PIXELS 4096 /* A row begins somewhere in it and goes on around its end. */
#define ROW_STEP 1021       /* Rows below each other begin far from one another. */
#define BLOCK 16            /* The smallest that a picture is coded in. */
#define ALIGNMENT 16        /* Of planes in bytes and of rows in pixels, as libde265 has them. */
#define PADDING 16          /* Its vector code reads as many bytes behind a plane. */

/* What the decoder says; libheif puts words of its own before it. */
#define TRUNCATED "a part of the picture is missing"
#define FAULTY "the picture has errors, or there is none"
#define NO_MEMORY "no memory for the picture"
#define NO_PIXELS "a plane without pixels"
#define DEPTHS_DIFFER "brightness and colours of different depths"

static atomic_uint begun;

/* What libheif holds of us while it decodes one picture. */
typedef struct hevc_decoder {
    de265_decoder_context *context;
    uint32_t left; /* What of a coded picture is not shown, in pixels. */
    uint32_t top;
    unsigned depth;                      /* Bits that the pattern is for, 0 before there is one. */
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
                               NO_MEMORY};
}

static size_t pixel_bytes(unsigned depth) { return depth > 8 ? 2 : 1; }

/* Numbers that no photo has: the top bits of a linear congruential generator (Knuth's MMIX). */
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

static uint8_t *new_plane(const hevc_decoder *decoder, size_t row_pixels, uint32_t height) {
    size_t row_bytes = row_pixels * pixel_bytes(decoder->depth);
    size_t size = row_bytes * height + PADDING; /* libde265's sides have 16 bits. */
    uint8_t *plane = aligned_alloc(ALIGNMENT, (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    if (plane != NULL) {
        for (uint32_t y = 0; y < height; y++) {
            fill_row(decoder, plane + y * row_bytes, row_pixels, y);
        }
        memset(plane + row_bytes * height, 0, PADDING);
    }
    return plane;
}

/* libde265 asks for a picture's planes. Returns 0 if there are none. */
static int get_buffer(de265_decoder_context *context, struct de265_image_spec *spec,
                      struct de265_image *image, void *user) {
    (void)context;
    hevc_decoder *decoder = user;
    enum de265_image_format format = spec->format;
    uint32_t halves_across =
        format == de265_image_format_YUV420P8 || format == de265_image_format_YUV422P8;
    uint32_t halves_down = format == de265_image_format_YUV420P8;
    int planes = format == de265_image_format_mono8 ? 1 : 3;
    decoder->left = (uint32_t)spec->crop_left;
    decoder->top = (uint32_t)spec->crop_top;
    uint8_t *made[3] = {NULL, NULL, NULL};
    size_t row_bytes[3] = {0, 0, 0};
    for (int c = 0; c < planes; c++) {
        uint32_t width = (uint32_t)spec->width;
        uint32_t height = (uint32_t)spec->height;
        if (c > 0) {
            width = (width + halves_across) >> halves_across;
            height = (height + halves_down) >> halves_down;
        }
        make_pattern(decoder, (unsigned)de265_get_bits_per_pixel(image, c));
        size_t row_pixels = (width + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        row_bytes[c] = row_pixels * pixel_bytes(decoder->depth);
        made[c] = new_plane(decoder, row_pixels, height);
        if (made[c] == NULL) {
            free(made[0]);
            free(made[1]);
            return 0;
        }
    }
    for (int c = 0; c < 3; c++) {
        de265_set_image_plane(image, c, made[c], (int)row_bytes[c], made[c]);
    }
    return 1;
}

static void release_buffer(de265_decoder_context *context, struct de265_image *image, void *user) {
    (void)context;
    (void)user;
    for (int c = 0; c < 3; c++) {
        free(de265_get_image_plane_user_data(image, c)); /* Not the plane: that is what is shown. */
    }
}

/* The brightness of a picture, as it is shown. */
typedef struct hevc_shown {
    const uint8_t *rows;
    size_t row_bytes;
    uint32_t width;
    uint32_t height;
} hevc_shown;

/* Is the block at (x, y) of the coded picture as the picture began? The filter between blocks of 8
 * pixels changes up to three on either side of their borders, whether they were decoded or not;
 * the two in the middle are looked at. */
static bool is_left_out(const hevc_decoder *decoder, const hevc_shown *shown, uint32_t x,
                        uint32_t y) {
    static const uint32_t middle[4] = {3, 4, 11, 12};
    size_t bytes = pixel_bytes(decoder->depth);
    bool seen = false;
    for (size_t j = 0; j < 4; j++) {
        for (size_t i = 0; i < 4; i++) {
            uint32_t at_x = x + middle[i];
            uint32_t at_y = y + middle[j];
            if (at_x < decoder->left || at_x - decoder->left >= shown->width ||
                at_y < decoder->top || at_y - decoder->top >= shown->height) {
                continue;
            }
            const uint8_t *pixel = shown->rows + (at_y - decoder->top) * shown->row_bytes +
                                   (at_x - decoder->left) * bytes;
            if (memcmp(pixel, decoder->pattern + pattern_place(at_x, at_y) * bytes, bytes) != 0) {
                return false;
            }
            seen = true;
        }
    }
    return seen;
}

static bool is_whole(hevc_decoder *decoder, const struct de265_image *image) {
    int row_bytes;
    hevc_shown shown = {.rows = de265_get_image_plane(image, 0, &row_bytes)};
    shown.row_bytes = (size_t)row_bytes;
    shown.width = (uint32_t)de265_get_image_width(image, 0);
    shown.height = (uint32_t)de265_get_image_height(image, 0);
    make_pattern(decoder, (unsigned)de265_get_bits_per_pixel(image, 0));
    for (uint32_t y = decoder->top / BLOCK * BLOCK; y < decoder->top + shown.height; y += BLOCK) {
        for (uint32_t x = decoder->left / BLOCK * BLOCK; x < decoder->left + shown.width;
             x += BLOCK) {
            if (is_left_out(decoder, &shown, x, y)) {
                return false;
            }
        }
    }
    return true;
}

static struct heif_error copy_plane(struct heif_image *out, enum heif_channel channel,
                                    const struct de265_image *image, int c) {
    int width = de265_get_image_width(image, c);
    int height = de265_get_image_height(image, c);
    int depth = de265_get_bits_per_pixel(image, c);
    if (width <= 0 || height <= 0) {
        return fail(heif_suberror_Invalid_image_size, NO_PIXELS);
    }
    if (depth != de265_get_bits_per_pixel(image, 0)) {
        return (struct heif_error){heif_error_Unsupported_feature,
                                   heif_suberror_Unsupported_color_conversion, DEPTHS_DIFFER};
    }
    struct heif_error error = heif_image_add_plane(out, channel, width, height, depth);
    if (error.code != heif_error_Ok) {
        return error;
    }
    int from_bytes;
    int to_bytes;
    const uint8_t *from = de265_get_image_plane(image, c, &from_bytes);
    uint8_t *to = heif_image_get_plane(out, channel, &to_bytes);
    size_t row_bytes = (size_t)width * pixel_bytes((unsigned)depth);
    for (int y = 0; y < height; y++) {
        memcpy(to + (size_t)y * (size_t)to_bytes, from + (size_t)y * (size_t)from_bytes, row_bytes);
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

static struct heif_error copy_picture(struct heif_image **out, const struct de265_image *image) {
    static const enum heif_channel channels[3] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
    enum de265_chroma chroma = de265_get_chroma_format(image);
    bool mono = chroma == de265_chroma_mono;
    struct heif_error error =
        heif_image_create(de265_get_image_width(image, 0), de265_get_image_height(image, 0),
                          mono ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
                          (enum heif_chroma)chroma /* The same numbers. */, out);
    for (int c = 0; error.code == heif_error_Ok && c < (mono ? 1 : 3); c++) {
        error = copy_plane(*out, channels[c], image, c);
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
        {TRUNCATED, IMGMATCH_REASON_TRUNCATED},       {FAULTY, IMGMATCH_REASON_CORRUPT},
        {NO_MEMORY, IMGMATCH_REASON_OUT_OF_MEMORY},   {NO_PIXELS, IMGMATCH_REASON_CORRUPT},
        {DEPTHS_DIFFER, IMGMATCH_REASON_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof complaints / sizeof *complaints; i++) {
        if (strstr(text, complaints[i].text) != NULL) {
            *reason = complaints[i].reason;
            return complaints[i].text;
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
    (void)de265_start_worker_threads(context, 1); /* As libheif's own has; none will do, too. */
    decoder->context = context;
    *out = decoder;
    return succeed();
}

static void free_decoder(void *of) {
    hevc_decoder *decoder = of;
    (void)de265_free_decoder(decoder->context);
    free(decoder);
}

/* Network units, each behind its size in four bytes, as libheif has made sure. */
static struct heif_error push_data(void *of, const void *data, size_t size) {
    hevc_decoder *decoder = of;
    const uint8_t *bytes = data;
    while (size > 0) {
        size_t unit = size < 4 ? SIZE_MAX
                               : (size_t)bytes[0] << 24 | (size_t)bytes[1] << 16 |
                                     (size_t)bytes[2] << 8 | bytes[3];
        if (unit > size - 4) {
            return fail(heif_suberror_End_of_data, TRUNCATED);
        }
        (void)de265_push_NAL(decoder->context, bytes + 4, (int)unit, 0, NULL);
        bytes += 4 + unit;
        size -= 4 + unit;
    }
    return succeed();
}

/* The last picture of the data, as libheif takes it. */
static struct heif_error decode_image(void *of, struct heif_image **out) {
    hevc_decoder *decoder = of;
    struct heif_error error = fail(heif_suberror_Unspecified, FAULTY);
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
        error = is_whole(decoder, image) ? copy_picture(out, image)
                                         : fail(heif_suberror_End_of_data, TRUNCATED);
        if (error.code != heif_error_Ok) {
            return error;
        }
        de265_release_next_picture(decoder->context);
    }
    if (status == DE265_ERROR_OUT_OF_MEMORY) {
        return fail_for_memory();
    }
    return error;
}

void imx_hevc_register(void) {
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
    /* Held to the end: at the last heif_deinit libheif would clear its list. */
    (void)heif_init(NULL);
    (void)heif_register_decoder_plugin(&plugin);
}

void imx_hevc_begin(void) { (void)atomic_fetch_add(&begun, 1); }

void imx_hevc_end(void) { (void)atomic_fetch_sub(&begun, 1); }
