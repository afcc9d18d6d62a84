/*
 * Decoding through the public interface: pixels survive a round trip, and whatever cannot be used
 * is named with the right reason. Files in formats that the library does not write are in the
 * format conformance test (tests/integration/formats).
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "image/codec.h"
#include "test_image_samples.h"

#include <imgmatch/image.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct encoded {
    uint8_t *bytes;
    size_t size;
} encoded;

static encoded encode_scene(uint32_t width, uint32_t height, imgmatch_format format) {
    sample_picture scene = sample_scene(width, height, 7);
    imgmatch_image *image;
    encoded file;
    assert_int_equal(
        imgmatch_image_from_rgb(&image, scene.rgb, width, height, 3 * (size_t)width, NULL), 0);
    assert_int_equal(imgmatch_image_encode(&file.bytes, &file.size, image, format, 85, NULL), 0);
    imgmatch_image_free(image);
    free(scene.rgb);
    return file;
}

static imgmatch_reason reason_of(const void *data, size_t size, const imgmatch_limits *limits) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_image *image;
    imgmatch_status status = imgmatch_image_decode(&image, data, size, limits, &diag);
    if (status == IMGMATCH_OK) {
        assert_non_null(image);
        imgmatch_image_free(image);
        return IMGMATCH_REASON_NONE;
    }
    assert_int_equal(status, IMGMATCH_ERR_PHOTO);
    assert_null(image);
    assert_int_equal(diag.status, status);
    assert_true(strlen(diag.message) > 0);
    assert_null(strchr(diag.message, '\n'));
    return diag.reason;
}

static void image_from_rgb_copies_rows_with_stride(void **state) {
    (void)state;
    uint8_t rows[2][8] = {{1, 2, 3, 4, 5, 6, 99, 99}, {7, 8, 9, 10, 11, 12, 99, 99}};
    imgmatch_image *image;
    assert_int_equal(imgmatch_image_from_rgb(&image, rows[0], 2, 2, 8, NULL), IMGMATCH_OK);
    memset(rows, 0, sizeof rows);
    for (int i = 0; i < 12; ++i) {
        assert_int_equal(imgmatch_image_pixels(image)[i], i + 1);
    }
    assert_int_equal(imgmatch_image_get_info(image)->format, IMGMATCH_FORMAT_RAW);
    imgmatch_image_free(image);
}

static void wrong_arguments_are_refused(void **state) {
    (void)state;
    uint8_t pixel[3] = {0, 0, 0};
    imgmatch_image *image = (imgmatch_image *)(void *)pixel;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_image_from_rgb(&image, NULL, 1, 1, 3, &diag), IMGMATCH_ERR_ARGUMENT);
    assert_null(image);
    assert_int_equal(imgmatch_image_from_rgb(&image, pixel, 0, 1, 3, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imgmatch_image_from_rgb(&image, pixel, 1, 1, 2, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imgmatch_image_decode(NULL, pixel, 3, NULL, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imgmatch_image_decode(&image, NULL, 3, NULL, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imgmatch_image_open(&image, NULL, NULL, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imgmatch_image_from_rgb(&image, pixel, 1, 1, 3, NULL), IMGMATCH_OK);
    uint8_t *bytes;
    size_t size;
    assert_int_equal(imgmatch_image_encode(&bytes, &size, image, IMGMATCH_FORMAT_JPEG, 0, NULL),
                     IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imgmatch_image_encode(&bytes, &size, image, IMGMATCH_FORMAT_GIF, 50, NULL),
                     IMGMATCH_ERR_UNSUPPORTED);
    assert_null(bytes);
    imgmatch_image_free(image);
    imgmatch_image_free(NULL);
    imgmatch_free(NULL);
}

static void png_round_trip_is_exact(void **state) {
    (void)state;
    sample_picture scene = sample_scene(97, 61, 7);
    encoded file = encode_scene(97, 61, IMGMATCH_FORMAT_PNG);
    imgmatch_image *image;
    assert_int_equal(imgmatch_image_decode(&image, file.bytes, file.size, NULL, NULL), 0);
    const imgmatch_image_info *info = imgmatch_image_get_info(image);
    assert_int_equal(info->format, IMGMATCH_FORMAT_PNG);
    assert_int_equal(info->width, 97);
    assert_int_equal(info->height, 61);
    assert_int_equal(info->orientation, 1);
    assert_false(info->scaled || info->had_alpha || info->had_profile);
    assert_memory_equal(imgmatch_image_pixels(image), scene.rgb, 3 * 97 * 61);
    imgmatch_image_free(image);
    imgmatch_free(file.bytes);
    free(scene.rgb);
}

static void jpeg_round_trip_is_near(void **state) {
    (void)state;
    sample_picture scene = sample_scene(200, 150, 7);
    encoded file = encode_scene(200, 150, IMGMATCH_FORMAT_JPEG);
    imgmatch_image *image;
    assert_int_equal(imgmatch_image_decode(&image, file.bytes, file.size, NULL, NULL), 0);
    uint64_t difference = 0;
    for (size_t i = 0; i < 3 * 200 * 150; ++i) {
        difference += (uint64_t)abs(imgmatch_image_pixels(image)[i] - scene.rgb[i]);
    }
    assert_true(difference < 8 * 3 * 200 * 150); /* Half the colour of hard edges. */
    imgmatch_image_free(image);
    imgmatch_free(file.bytes);
    free(scene.rgb);
}

/* Half a picture would be hashed as if it were the whole. */
static void files_cut_anywhere_are_truncated(void **state) {
    (void)state;
    static const imgmatch_format formats[] = {IMGMATCH_FORMAT_JPEG, IMGMATCH_FORMAT_PNG};
    for (size_t f = 0; f < 2; ++f) {
        encoded file = encode_scene(160, 120, formats[f]);
        assert_int_equal(reason_of(file.bytes, file.size, NULL), IMGMATCH_REASON_NONE);
        for (size_t part = 1; part < 20; ++part) {
            assert_int_equal(reason_of(file.bytes, file.size * part / 20, NULL),
                             IMGMATCH_REASON_TRUNCATED);
        }
        for (size_t size = 1; size < 64; ++size) {
            imgmatch_reason reason = reason_of(file.bytes, size, NULL);
            assert_int_equal(reason, IMGMATCH_REASON_TRUNCATED);
        }
        imgmatch_free(file.bytes);
    }
}

static void damaged_jpeg_data_is_corrupt(void **state) {
    (void)state;
    encoded file = encode_scene(160, 120, IMGMATCH_FORMAT_JPEG);
    memset(file.bytes + file.size / 2, 0xFF, 64);
    assert_int_equal(reason_of(file.bytes, file.size, NULL), IMGMATCH_REASON_CORRUPT);
    imgmatch_free(file.bytes);
}

static void damaged_png_data_is_corrupt(void **state) {
    (void)state;
    encoded file = encode_scene(160, 120, IMGMATCH_FORMAT_PNG);
    file.bytes[file.size / 2] ^= 0x55;
    assert_int_equal(reason_of(file.bytes, file.size, NULL), IMGMATCH_REASON_CORRUPT);
    imgmatch_free(file.bytes);
}

/* Writers leave bytes between segments; no pixel is lost by that. */
static void bytes_behind_a_jpeg_are_tolerated(void **state) {
    (void)state;
    encoded file = encode_scene(160, 120, IMGMATCH_FORMAT_JPEG);
    uint8_t *longer = calloc(file.size + 100, 1);
    assert_non_null(longer);
    memcpy(longer, file.bytes, file.size);
    assert_int_equal(reason_of(longer, file.size + 100, NULL), IMGMATCH_REASON_NONE);
    free(longer);
    imgmatch_free(file.bytes);
}

static void what_is_no_photo_is_unsupported(void **state) {
    (void)state;
    assert_int_equal(reason_of("", 0, NULL), IMGMATCH_REASON_EMPTY);
    assert_int_equal(reason_of("just some text, no photo", 24, NULL), IMGMATCH_REASON_UNSUPPORTED);
    assert_int_equal(reason_of("<svg xmlns='http://www.w3.org/2000/svg'/>", 41, NULL),
                     IMGMATCH_REASON_UNSUPPORTED);
    assert_int_equal(reason_of("%PDF-1.4\n%more of a document", 28, NULL),
                     IMGMATCH_REASON_UNSUPPORTED);
    assert_int_equal(reason_of("RIFF\x10\0\0\0WAVEfmt ", 16, NULL), IMGMATCH_REASON_UNSUPPORTED);
    assert_int_equal(reason_of("\0\0\0\x18"
                               "ftypisom\0\0\0\0isomiso2",
                               24, NULL),
                     IMGMATCH_REASON_UNSUPPORTED);
}

static void png_of_60000_by_60000_is_too_large(void **state) {
    (void)state;
    encoded file = encode_scene(32, 32, IMGMATCH_FORMAT_PNG);
    static const uint8_t sides[8] = {0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60};
    memcpy(file.bytes + 16, sides, sizeof sides);
    assert_int_equal(reason_of(file.bytes, file.size, NULL), IMGMATCH_REASON_TOO_LARGE);
    imgmatch_free(file.bytes);
}

static void limits_hold(void **state) {
    (void)state;
    for (int f = 0; f < 2; ++f) {
        encoded file = encode_scene(64, 32, f == 0 ? IMGMATCH_FORMAT_JPEG : IMGMATCH_FORMAT_PNG);
        imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
        limits.max_pixels = 64 * 32;
        limits.max_side = 64;
        limits.min_side = 32;
        limits.max_file_bytes = file.size;
        assert_int_equal(reason_of(file.bytes, file.size, &limits), IMGMATCH_REASON_NONE);
        imgmatch_limits tight = limits;
        tight.max_pixels -= 1;
        assert_int_equal(reason_of(file.bytes, file.size, &tight), IMGMATCH_REASON_TOO_LARGE);
        tight = limits;
        tight.max_side -= 1;
        assert_int_equal(reason_of(file.bytes, file.size, &tight), IMGMATCH_REASON_TOO_LARGE);
        tight = limits;
        tight.min_side += 1;
        assert_int_equal(reason_of(file.bytes, file.size, &tight), IMGMATCH_REASON_TOO_SMALL);
        tight = limits;
        tight.max_file_bytes -= 1;
        assert_int_equal(reason_of(file.bytes, file.size, &tight), IMGMATCH_REASON_TOO_LARGE);
        imgmatch_free(file.bytes);
    }
}

/* Garbage behind every signature must end in a reason, whatever it is: no crash, no hang, no
 * leak (the sanitizer build looks at the rest). */
static void random_bytes_end_in_a_reason(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t size;
    } starts[] = {{"\xFF\xD8\xFF\xE0", 4},
                  {"\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x20\x08\x02", 26},
                  {"GIF89a\x20\0\x20\0\x80", 11},
                  {"RIFF\x78\0\0\0WEBPVP8 ", 16},
                  {"RIFF\x78\0\0\0WEBPVP8X", 16},
                  {"II*\0\x08\0\0\0\x03\0", 10},
                  {"MM\0*\0\0\0\x08\0\x03", 10},
                  {"II+\0\x08\0\0\0\x10\0\0\0", 12},
                  {"BM\x80\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\0\0\0\x20\0\0\0", 26},
                  {"\0\0\0\x18"
                   "ftypavif\0\0\0\0avifmif1",
                   24},
                  {"", 0}};
    imx_random random = {11};
    for (int round = 0; round < 400; ++round) {
        for (size_t s = 0; s < sizeof starts / sizeof starts[0]; ++s) {
            uint8_t bytes[128];
            for (size_t i = 0; i < sizeof bytes; ++i) {
                bytes[i] = (uint8_t)imx_random_next(&random);
            }
            memcpy(bytes, starts[s].bytes, starts[s].size);
            assert_int_not_equal(reason_of(bytes, sizeof bytes, NULL), IMGMATCH_REASON_INTERNAL);
        }
    }
}

/* Single changed bytes reach deeper into decoders than random files do. */
static void changed_bytes_never_crash(void **state) {
    (void)state;
    imx_random random = {12};
    for (int f = 0; f < 2; ++f) {
        encoded file = encode_scene(48, 40, f == 0 ? IMGMATCH_FORMAT_JPEG : IMGMATCH_FORMAT_PNG);
        for (int round = 0; round < 1500; ++round) {
            size_t at = imx_random_below(&random, (uint32_t)file.size);
            uint8_t before = file.bytes[at];
            file.bytes[at] = (uint8_t)imx_random_next(&random);
            (void)reason_of(file.bytes, file.size, NULL);
            file.bytes[at] = before;
        }
        imgmatch_free(file.bytes);
    }
}

/* Up to 4 megapixels as it is, above that the smallest n/8 with a short side of 1024 or more. */
static void scale_is_the_smallest_that_keeps_1024(void **state) {
    (void)state;
    assert_int_equal(imx_codec_eighths(2000, 2000), 8);
    assert_int_equal(imx_codec_eighths(2001, 2000), 5);
    assert_int_equal(imx_codec_eighths(4000, 3000), 3);
    assert_int_equal(imx_codec_eighths(3000, 4000), 3);
    assert_int_equal(imx_codec_eighths(8192, 8192), 1);
    assert_int_equal(imx_codec_eighths(30000, 1024), 8);
    assert_int_equal(imx_codec_eighths(30000, 600), 8);
}

static void large_photos_come_back_smaller(void **state) {
    (void)state;
    for (int f = 0; f < 2; ++f) {
        encoded file =
            encode_scene(2400, 1700, f == 0 ? IMGMATCH_FORMAT_JPEG : IMGMATCH_FORMAT_PNG);
        imgmatch_image *image;
        assert_int_equal(imgmatch_image_decode(&image, file.bytes, file.size, NULL, NULL), 0);
        const imgmatch_image_info *info = imgmatch_image_get_info(image);
        assert_true(info->scaled);
        assert_int_equal(info->source_width, 2400);
        assert_int_equal(info->source_height, 1700);
        assert_int_equal(info->width, 1500);
        assert_int_equal(info->height, 1063);
        imgmatch_image_free(image);
        imgmatch_free(file.bytes);
    }
}

static imgmatch_reason open_reason(const char *path) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_image *image;
    imgmatch_status status = imgmatch_image_open(&image, path, NULL, &diag);
    imgmatch_image_free(image);
    return status == IMGMATCH_OK ? IMGMATCH_REASON_NONE : diag.reason;
}

static void open_names_what_is_wrong_with_a_path(void **state) {
    (void)state;
    char folder[] = "/tmp/imgmatch-test-XXXXXX";
    assert_non_null(mkdtemp(folder));
    char path[64];
    (void)snprintf(path, sizeof path, "%s/photo.png", folder);
    assert_int_equal(open_reason(path), IMGMATCH_REASON_NOT_FOUND);
    assert_int_equal(open_reason(folder), IMGMATCH_REASON_NOT_A_FILE);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(open_reason(path), IMGMATCH_REASON_NOT_A_FILE);
    assert_int_equal(unlink(path), 0);
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(open_reason(path), IMGMATCH_REASON_EMPTY);
    /* A JPEG whose name says PNG: the content counts. */
    encoded file = encode_scene(32, 32, IMGMATCH_FORMAT_JPEG);
    stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(file.bytes, 1, file.size, stream), file.size);
    assert_int_equal(fclose(stream), 0);
    assert_int_equal(open_reason(path), IMGMATCH_REASON_NONE);
    if (geteuid() != 0) { /* Root may read everything. */
        assert_int_equal(chmod(path, 0), 0);
        assert_int_equal(open_reason(path), IMGMATCH_REASON_NO_PERMISSION);
    }
    imgmatch_free(file.bytes);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void format_names_are_fixed(void **state) {
    (void)state;
    assert_string_equal(imgmatch_format_name(IMGMATCH_FORMAT_JPEG), "jpeg");
    assert_string_equal(imgmatch_format_name(IMGMATCH_FORMAT_HEIF), "heif");
    assert_string_equal(imgmatch_format_name((imgmatch_format)99), "unknown");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(image_from_rgb_copies_rows_with_stride),
        cmocka_unit_test(wrong_arguments_are_refused),
        cmocka_unit_test(png_round_trip_is_exact),
        cmocka_unit_test(jpeg_round_trip_is_near),
        cmocka_unit_test(files_cut_anywhere_are_truncated),
        cmocka_unit_test(damaged_jpeg_data_is_corrupt),
        cmocka_unit_test(damaged_png_data_is_corrupt),
        cmocka_unit_test(bytes_behind_a_jpeg_are_tolerated),
        cmocka_unit_test(what_is_no_photo_is_unsupported),
        cmocka_unit_test(png_of_60000_by_60000_is_too_large),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(random_bytes_end_in_a_reason),
        cmocka_unit_test(changed_bytes_never_crash),
        cmocka_unit_test(scale_is_the_smallest_that_keeps_1024),
        cmocka_unit_test(large_photos_come_back_smaller),
        cmocka_unit_test(open_names_what_is_wrong_with_a_path),
        cmocka_unit_test(format_names_are_fixed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
