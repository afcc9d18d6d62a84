/*
 * PDQ hashes are compared with hashes that other programs and other machines made: they must not
 * move by a bit, on any processor, and an orientation must be what its name says of the picture.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fingerprint/pdq.h"

#include <stdlib.h>
#include <string.h>

/* How far an orientation's hash may be from the hash of the turned picture: an even filter window
 * reaches one pixel further to one side, so the two are near and not equal. */
enum { TURNED_BITS = 16, UNRELATED_BITS = 64 };

typedef struct drawing {
    uint8_t *rgb;
    uint32_t width;
    uint32_t height;
} drawing;

static drawing drawing_new(uint32_t width, uint32_t height) {
    drawing made = {malloc((size_t)3 * width * height), width, height};
    assert_non_null(made.rgb);
    return made;
}

static uint8_t *pixel(drawing of, uint32_t x, uint32_t y) {
    return of.rgb + 3 * ((size_t)y * of.width + x);
}

static imx_pixels view(drawing of) {
    imx_pixels made = {of.rgb, of.width, of.height, (size_t)3 * of.width};
    return made;
}

/* Overlapping rectangles in whole numbers: the same everywhere, and nothing in it is symmetric. */
static drawing draw(uint32_t width, uint32_t height) {
    drawing made = drawing_new(width, height);
    for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
            uint32_t value = 0;
            for (uint32_t k = 0; k < 24; k++) {
                uint32_t seed = (k + 1) * 2654435761U;
                uint32_t left = (seed >> 3) % 64 * width / 64;
                uint32_t top = (seed >> 11) % 64 * height / 64;
                uint32_t wide = (8 + (seed >> 19) % 32) * width / 64;
                uint32_t high = (8 + (seed >> 25) % 32) * height / 64;
                if (x >= left && x < left + wide && y >= top && y < top + high) {
                    value += seed >> 24;
                }
            }
            uint8_t *at = pixel(made, x, y);
            at[0] = (uint8_t)(value % 251);
            at[1] = (uint8_t)(value / 2 % 241);
            at[2] = (uint8_t)(value / 3 % 239);
        }
    }
    return made;
}

/* What the comments in fingerprint.h say of each orientation, as an operation on pixels. */
static drawing turned(drawing from, imgmatch_orientation how) {
    int swap = how == IMGMATCH_ORIENT_ROT90 || how == IMGMATCH_ORIENT_ROT270 ||
               how == IMGMATCH_ORIENT_FLIP_PLUS || how == IMGMATCH_ORIENT_FLIP_MINUS;
    drawing made = drawing_new(swap ? from.height : from.width, swap ? from.width : from.height);
    for (uint32_t y = 0; y < made.height; y++) {
        for (uint32_t x = 0; x < made.width; x++) {
            uint32_t right = from.width - 1;
            uint32_t bottom = from.height - 1;
            uint32_t sx = x;
            uint32_t sy = y;
            switch (how) {
            case IMGMATCH_ORIENT_ROT90:
                sx = right - y;
                sy = x;
                break;
            case IMGMATCH_ORIENT_ROT180:
                sx = right - x;
                sy = bottom - y;
                break;
            case IMGMATCH_ORIENT_ROT270:
                sx = y;
                sy = bottom - x;
                break;
            case IMGMATCH_ORIENT_FLIP_X:
                sy = bottom - y;
                break;
            case IMGMATCH_ORIENT_FLIP_Y:
                sx = right - x;
                break;
            case IMGMATCH_ORIENT_FLIP_PLUS:
                sx = y;
                sy = x;
                break;
            case IMGMATCH_ORIENT_FLIP_MINUS:
                sx = right - y;
                sy = bottom - x;
                break;
            default:
                break;
            }
            memcpy(pixel(made, x, y), pixel(from, sx, sy), 3);
        }
    }
    return made;
}

static void hashes_of(imgmatch_pdq out[IMGMATCH_ORIENT_COUNT], drawing of) {
    assert_int_equal(imx_pdq_compute(out, view(of), NULL), IMGMATCH_OK);
}

static void orientations_are_what_they_say(void **state) {
    (void)state;
    const uint32_t sizes[][2] = {{512, 512}, {700, 450}, {333, 501}};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        drawing upright = draw(sizes[s][0], sizes[s][1]);
        imgmatch_pdq expected[IMGMATCH_ORIENT_COUNT];
        hashes_of(expected, upright);
        for (int i = 0; i < IMGMATCH_ORIENT_COUNT; i++) {
            drawing other = turned(upright, (imgmatch_orientation)i);
            imgmatch_pdq got[IMGMATCH_ORIENT_COUNT];
            hashes_of(got, other);
            for (int k = 0; k < IMGMATCH_ORIENT_COUNT; k++) {
                int distance = imgmatch_pdq_distance(&got[0], &expected[k]);
                assert_true(k == i ? distance <= TURNED_BITS : distance >= UNRELATED_BITS);
            }
            free(other.rgb);
        }
        free(upright.rgb);
    }
    assert_string_equal(imgmatch_orientation_name(IMGMATCH_ORIENT_FLIP_Y), "mirrored");
    assert_string_equal(imgmatch_orientation_name(IMGMATCH_ORIENT_COUNT), "unknown");
}

/* Made with this code, after it agreed with the reference on its own photos: windows that are
 * even, odd and of one pixel, sides that are no multiple of anything, fewer pixels than samples. */
static void hashes_do_not_move(void **state) {
    (void)state;
    const struct {
        uint32_t width;
        uint32_t height;
        const char *hex;
        int quality;
    } pinned[] = {
        {512, 512, "af6c08a8545824592aa5865b57b8a96d5ab2654a5ab6daa7a1c7f9d3af390c0f", 100},
        {700, 450, "af6c08a855582059aaa5865b57b8a96d5ab2654a5ab6daa7a1c7f9d32f390c0f", 100},
        {333, 501, "af6c08a8555860592aa5865b57b8a96d5ab2654a5ab6daa7a1c7f9d32f390c0f", 100},
        {1920, 129, "ad685cb8155920e9aaa5d25b53aca96f5ab2e54a5ab68aa7a1c7b8d32f190c0f", 100},
        {40, 66, "ad7858b8455960b9aeac5a5b579ca96d56f2254adaa69227a1c7c1932d791c1d", 100},
        {5, 5, "318c308dce73ca73ce7364d961d89b263d0f358c318c308dce73ca73ca7364d9", 100},
        {128, 64, "af6c08a8545824592aa5865957b8a96d5ab2654a5ab6daa7a1c7f9d3af390e0f", 100},
    };
    for (size_t i = 0; i < sizeof pinned / sizeof *pinned; i++) {
        drawing picture = draw(pinned[i].width, pinned[i].height);
        imgmatch_pdq got[IMGMATCH_ORIENT_COUNT];
        hashes_of(got, picture);
        char hex[IMGMATCH_PDQ_HEX_BYTES];
        imgmatch_pdq_to_hex(hex, &got[0]);
        assert_string_equal(hex, pinned[i].hex);
        assert_int_equal(got[0].quality, pinned[i].quality);
        free(picture.rgb);
    }
}

/* A crop is a view with the whole picture's stride: bytes beside it must not count. */
static void crops_hash_as_copies(void **state) {
    (void)state;
    drawing whole = draw(640, 480);
    imx_rect rect = {37, 51, 400, 301};
    imx_pixels part = imx_pixels_crop(view(whole), rect);
    drawing copy = drawing_new(rect.width, rect.height);
    for (uint32_t y = 0; y < rect.height; y++) {
        memcpy(pixel(copy, 0, y), pixel(whole, rect.x, rect.y + y), (size_t)3 * rect.width);
    }
    imgmatch_pdq a[IMGMATCH_ORIENT_COUNT];
    imgmatch_pdq b[IMGMATCH_ORIENT_COUNT];
    assert_int_equal(imx_pdq_compute(a, part, NULL), IMGMATCH_OK);
    hashes_of(b, copy);
    assert_memory_equal(a, b, sizeof a);
    free(copy.rgb);
    free(whole.rgb);
}

static void featureless_pictures_say_so(void **state) {
    (void)state;
    drawing flat = drawing_new(300, 200);
    memset(flat.rgb, 255, (size_t)3 * 300 * 200);
    imgmatch_pdq got[IMGMATCH_ORIENT_COUNT];
    hashes_of(got, flat);
    assert_int_equal(got[0].quality, 0);
    assert_int_equal(got[0].unstable, 255);
    free(flat.rgb);

    drawing sharp = draw(400, 400);
    hashes_of(got, sharp);
    assert_true(got[0].quality > 50);
    assert_true(got[0].unstable < 40);
    free(sharp.rgb);
}

static void tiny_pictures_have_no_hash(void **state) {
    (void)state;
    const uint32_t sizes[][2] = {{4, 300}, {300, 4}, {1, 1}};
    const imgmatch_pdq none = {0};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        drawing tiny = draw(sizes[i][0], sizes[i][1]);
        imgmatch_pdq got[IMGMATCH_ORIENT_COUNT];
        hashes_of(got, tiny);
        for (int k = 0; k < IMGMATCH_ORIENT_COUNT; k++) {
            assert_memory_equal(&got[k], &none, sizeof none);
        }
        free(tiny.rgb);
    }
}

static void hex_round_trips(void **state) {
    (void)state;
    const char *hex = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22";
    imgmatch_pdq pdq;
    assert_int_equal(imgmatch_pdq_from_hex(&pdq, hex, NULL), IMGMATCH_OK);
    assert_int_equal(pdq.hash[0], 0xf8);
    assert_int_equal(pdq.quality, 100);
    char printed[IMGMATCH_PDQ_HEX_BYTES];
    imgmatch_pdq_to_hex(printed, &pdq);
    assert_string_equal(printed, hex);

    imgmatch_pdq other = pdq;
    assert_int_equal(imgmatch_pdq_distance(&pdq, &other), 0);
    for (size_t i = 0; i < IMGMATCH_PDQ_BYTES; i++) {
        other.hash[i] = (uint8_t)~pdq.hash[i];
    }
    assert_int_equal(imgmatch_pdq_distance(&pdq, &other), 256);
    other = pdq;
    other.hash[31] ^= 1;
    assert_int_equal(imgmatch_pdq_distance(&pdq, &other), 1);
}

static void bad_hex_is_refused(void **state) {
    (void)state;
    const char *bad[] = {
        NULL,
        "",
        "f8",
        "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b2",
        "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b220",
        "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b2g",
        " 8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22",
    };
    const imgmatch_pdq none = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        imgmatch_pdq pdq;
        memset(&pdq, 1, sizeof pdq);
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        assert_int_equal(imgmatch_pdq_from_hex(&pdq, bad[i], &diag),
                         bad[i] == NULL ? IMGMATCH_ERR_ARGUMENT : IMGMATCH_ERR_SYNTAX);
        assert_memory_equal(&pdq, &none, sizeof none);
        assert_true(diag.message[0] != '\0');
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orientations_are_what_they_say),
        cmocka_unit_test(hashes_do_not_move),
        cmocka_unit_test(crops_hash_as_copies),
        cmocka_unit_test(featureless_pictures_say_so),
        cmocka_unit_test(tiny_pictures_have_no_hash),
        cmocka_unit_test(hex_round_trips),
        cmocka_unit_test(bad_hex_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
