/*
 * Each limit does what its name says: a photo that has as much as the limit allows is read, and
 * with one less it is refused for that and nothing else; in this process and by a worker. So a
 * field that nobody reads, or that is read for another, is found.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "integration/facade/pictures.h"
#include "made_files/bytes.h"
#include "made_files/jpeg_file.h"

#include <stdlib.h>
#include <string.h>

#define MOST_BYTES (4u << 20)
#define SIDE 16u
#define PROFILE_BYTES 200u
#define TEXT_BYTES 100u

/* The makers say how much of what is limited the photo has. */
static uint64_t make_plain(imx_buffer *out) {
    encoded picture = picture_png(1);
    put(out, picture.bytes, picture.size);
    imgmatch_free(picture.bytes);
    return out->size;
}

static uint64_t make_wide(imx_buffer *out) {
    (void)make_plain(out);
    return 320;
}

static uint64_t make_low(imx_buffer *out) {
    (void)make_plain(out);
    return 240;
}

static uint64_t make_pixels(imx_buffer *out) {
    (void)make_plain(out);
    return 320 * 240;
}

/* Codes of three bits: before each pixel the table is cleared, so that they stay that short. */
static void put_frame(imx_buffer *out) {
    unsigned bits = 0, count = 0;
    put(out, ",\0\0\0\0\x10\0\x10\0\0\2\xC1", 12);
    for (unsigned i = 0; i <= 2 * SIDE * SIDE; i++) {
        unsigned code = i == 2 * SIDE * SIDE ? 5 : i % 2 == 0 ? 4 : 0;
        bits |= code << count;
        for (count += 3; count >= 8; count -= 8, bits >>= 8) {
            put_number(out, bits & 0xFF, 1, true);
        }
    }
    put_number(out, bits, 1, true);
    put_number(out, 0, 1, true);
}

static uint64_t make_frames(imx_buffer *out) {
    put(out, "GIF89a\x10\0\x10\0\x80\0\0\0\0\0\xFF\xFF\xFF", 19);
    put_frame(out);
    put_frame(out);
    put(out, ";", 1);
    return 2;
}

static uint64_t make_scans(imx_buffer *out) {
    put_jpeg(out, SIDE, 1, 1, NULL);
    return 2;
}

static uint32_t checksum(const uint8_t *bytes, size_t size) {
    uint32_t sum = ~UINT32_C(0);
    for (size_t i = 0; i < 8 * size; i++) {
        uint32_t bit = (sum ^ (uint32_t)(bytes[i / 8] >> (i % 8))) & 1;
        sum = (sum >> 1) ^ (bit * UINT32_C(0xEDB88320));
    }
    return ~sum;
}

/* A PNG with so many texts of so many bytes behind its header. */
static void make_texts(imx_buffer *out, unsigned count, size_t size) {
    const size_t header = 33;
    encoded picture = picture_png(1);
    uint8_t text[4 + TEXT_BYTES] = "tEXt";
    memset(text + 4, 'x', size);
    text[8] = '\0'; /* Behind the keyword. */
    put(out, picture.bytes, header);
    for (unsigned i = 0; i < count; i++) {
        put_number(out, size, 4, true);
        put(out, text, 4 + size);
        put_number(out, checksum(text, 4 + size), 4, true);
    }
    put(out, picture.bytes + header, picture.size - header);
    imgmatch_free(picture.bytes);
}

static uint64_t make_chunks(imx_buffer *out) {
    make_texts(out, 2, 8);
    return 3; /* One says that the colours are sRGB. */
}

static uint64_t make_large_chunk(imx_buffer *out) {
    make_texts(out, 1, TEXT_BYTES);
    return TEXT_BYTES;
}

/* The profile itself is nonsense, and left out. */
static uint64_t make_profile(imx_buffer *out) {
    imx_buffer segment;
    imx_buffer_init(&segment, MOST_BYTES);
    put(&segment, "\xFF\xE2", 2);
    put_number(&segment, 2 + 14 + PROFILE_BYTES, 2, true);
    put(&segment, "ICC_PROFILE\0\1\1", 14);
    put_zeros(&segment, PROFILE_BYTES);
    put_jpeg(out, SIDE, 1, 0, &segment);
    imx_buffer_free(&segment);
    return PROFILE_BYTES;
}

typedef struct effect {
    const char *name;
    uint64_t (*make)(imx_buffer *out);
    void (*set)(imgmatch_limits *limits, uint64_t value);
    imgmatch_reason reason;
    const char *message; /* A part of it. */
    int step;            /* From the last value that is allowed to the first that is not. */
} effect;

#define SETTER(field, type)                                                                        \
    static void set_##field(imgmatch_limits *limits, uint64_t value) {                             \
        limits->field = (type)value;                                                               \
    }
SETTER(max_file_bytes, uint64_t)
SETTER(max_pixels, uint64_t)
SETTER(max_side, uint32_t)
SETTER(min_side, uint32_t)
SETTER(max_frames, uint32_t)
SETTER(max_jpeg_scans, uint32_t)
SETTER(max_png_chunks, uint32_t)
SETTER(max_chunk_bytes, uint64_t)

static const effect effects[] = {
    {"file bytes", make_plain, set_max_file_bytes, IMGMATCH_REASON_TOO_LARGE, "bytes", -1},
    {"pixels", make_pixels, set_max_pixels, IMGMATCH_REASON_TOO_LARGE, "limit of 76799 pixels", -1},
    {"side", make_wide, set_max_side, IMGMATCH_REASON_TOO_LARGE, "a side of 319", -1},
    {"least side", make_low, set_min_side, IMGMATCH_REASON_TOO_SMALL, "under 241", 1},
    {"frames", make_frames, set_max_frames, IMGMATCH_REASON_TOO_COMPLEX, "more than 1 frames", -1},
    {"scans", make_scans, set_max_jpeg_scans, IMGMATCH_REASON_TOO_COMPLEX, "more than 1 scans", -1},
    {"chunks", make_chunks, set_max_png_chunks, IMGMATCH_REASON_TOO_COMPLEX,
     "more than 2 ancillary", -1},
    {"chunk bytes", make_large_chunk, set_max_chunk_bytes, IMGMATCH_REASON_TOO_COMPLEX,
     "chunk of 100 bytes", -1},
    {"profile bytes", make_profile, set_max_chunk_bytes, IMGMATCH_REASON_TOO_COMPLEX,
     "profile of 200 bytes", -1},
};

static imgmatch_status decode(imgmatch_image **out, imgmatch_decoder_pool *pool,
                              const imx_buffer *file, const imgmatch_limits *limits,
                              imgmatch_diag *diag) {
    return pool != NULL
               ? imgmatch_decoder_pool_decode(out, pool, file->bytes, file->size, limits, diag)
               : imgmatch_image_decode(out, file->bytes, file->size, limits, diag);
}

static void check(const effect *one, imgmatch_decoder_pool *pool) {
    const char *place = pool != NULL ? "a worker" : "this process";
    imx_buffer file;
    imgmatch_image *image = NULL;
    imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imx_buffer_init(&file, MOST_BYTES);
    uint64_t allowed = one->make(&file);
    one->set(&limits, allowed);
    if (decode(&image, pool, &file, &limits, &diag) != IMGMATCH_OK) {
        fail_msg("%s at the limit, %s: %s", one->name, place, diag.message);
    }
    imgmatch_image_free(image);
    one->set(&limits, allowed + (uint64_t)(int64_t)one->step);
    assert_int_equal(decode(&image, pool, &file, &limits, &diag), IMGMATCH_ERR_PHOTO);
    if (diag.reason != one->reason || strstr(diag.message, one->message) == NULL) {
        fail_msg("%s over the limit, %s: %s: %s", one->name, place,
                 imgmatch_reason_code(diag.reason), diag.message);
    }
    imx_buffer_free(&file);
}

static void test_photos_here(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++) {
        check(&effects[i], NULL);
    }
}

static void test_photos_in_a_worker(void **state) {
    (void)state;
    imgmatch_decoder_pool_options options = IMGMATCH_DECODER_POOL_OPTIONS_INIT;
    imgmatch_decoder_pool *pool = NULL;
    options.worker = IMX_TEST_WORKER;
    options.max_workers = 1;
    assert_int_equal(imgmatch_decoder_pool_new(&pool, &options, NULL), IMGMATCH_OK);
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++) {
        check(&effects[i], pool);
    }
    imgmatch_decoder_pool_free(pool);
}

/* Without a pool the clock is looked at between rows. So many take many times a millisecond. */
static void test_decoding_time_without_a_pool(void **state) {
    (void)state;
    const uint32_t side = 1900;
    uint8_t *rgb = malloc(3 * (size_t)side * side);
    imgmatch_image *drawn = NULL;
    assert_non_null(rgb);
    for (size_t i = 0; i < 3 * (size_t)side * side; i++) {
        rgb[i] = (uint8_t)(i * i >> 7);
    }
    assert_int_equal(imgmatch_image_from_rgb(&drawn, rgb, side, side, 3 * (size_t)side, NULL),
                     IMGMATCH_OK);
    free(rgb);
    static const imgmatch_format formats[] = {IMGMATCH_FORMAT_JPEG, IMGMATCH_FORMAT_PNG};
    for (size_t i = 0; i < 2; i++) {
        encoded photo = {NULL, 0};
        imgmatch_image *image = NULL;
        imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        assert_int_equal(
            imgmatch_image_encode(&photo.bytes, &photo.size, drawn, formats[i], 90, NULL),
            IMGMATCH_OK);
        limits.max_decode_ms = 1;
        assert_int_equal(imgmatch_image_decode(&image, photo.bytes, photo.size, &limits, &diag),
                         IMGMATCH_ERR_PHOTO);
        assert_int_equal(diag.reason, IMGMATCH_REASON_DECODER_TIMEOUT);
        limits.max_decode_ms = 200000;
        assert_int_equal(imgmatch_image_decode(&image, photo.bytes, photo.size, &limits, NULL),
                         IMGMATCH_OK);
        imgmatch_image_free(image);
        imgmatch_free(photo.bytes);
    }
    imgmatch_image_free(drawn);
}

/* The picture seen in a mirror, as PNG. */
static encoded mirrored_png(const encoded *picture) {
    imgmatch_image *image = NULL, *turned = NULL;
    encoded out = {NULL, 0};
    assert_int_equal(imgmatch_image_decode(&image, picture->bytes, picture->size, NULL, NULL),
                     IMGMATCH_OK);
    const imgmatch_image_info *info = imgmatch_image_get_info(image);
    const uint8_t *from = imgmatch_image_pixels(image);
    size_t width = info->width;
    uint8_t *rgb = malloc(3 * width * info->height);
    assert_non_null(rgb);
    for (size_t y = 0; y < info->height; y++) {
        for (size_t x = 0; x < width; x++) {
            memcpy(rgb + 3 * (y * width + x), from + 3 * (y * width + width - 1 - x), 3);
        }
    }
    assert_int_equal(
        imgmatch_image_from_rgb(&turned, rgb, info->width, info->height, 3 * width, NULL),
        IMGMATCH_OK);
    assert_int_equal(
        imgmatch_image_encode(&out.bytes, &out.size, turned, IMGMATCH_FORMAT_PNG, 80, NULL),
        IMGMATCH_OK);
    imgmatch_image_free(turned);
    imgmatch_image_free(image);
    free(rgb);
    return out;
}

/* The view that is mirrored shows what the reference does, and comes behind others. */
static void test_views(void **state) {
    (void)state;
    encoded whole = picture_png(4), mirrored = mirrored_png(&whole);
    const imgmatch_photo reference = photo_of(&whole, "whole"),
                         query = photo_of(&mirrored, "query");
    imgmatch_model *model = NULL;
    imgmatch_query_options options = IMGMATCH_QUERY_OPTIONS_INIT;
    options.effort = IMGMATCH_EFFORT_THOROUGH;
    assert_int_equal(imgmatch_model_open(&model, IMX_TEST_MODELS "/tiny", NULL), IMGMATCH_OK);
    float similarity[2];
    for (size_t i = 0; i < 2; i++) {
        imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
        imgmatch_result *result = NULL;
        limits.max_views = i == 0 ? 1 : limits.max_views;
        assert_int_equal(
            imgmatch_compare(&result, model, &query, &reference, &options, &limits, NULL),
            IMGMATCH_OK);
        similarity[i] = imgmatch_result_match(result, 0)->signals.similarity;
        imgmatch_result_free(result);
    }
    assert_float_equal(similarity[1], 1, 1e-3);
    assert_true(similarity[0] < 0.99F);
    imgmatch_model_close(model);
    imgmatch_free(mirrored.bytes);
    imgmatch_free(whole.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_photos_here),
        cmocka_unit_test(test_photos_in_a_worker),
        cmocka_unit_test(test_decoding_time_without_a_pool),
        cmocka_unit_test(test_views),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
