/* HEIF files that are small and much work for a decoder, beside their pixels: what there may be of
 * anything is bounded, and metadata is none of its business. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "image/container.h"
#include "image/heif.h"
#include "image/heif_index.h"
#include "made_files/bytes.h"
#include "unit/heif_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_too_many_of_anything(void **state) {
    heif_fixture *made = *state;
    heif_file_item items[] = {
        {1, "grid", "\0\0\xFF\xFF\x3F\xC0\x3F\xC0", 8, {SMALL}},
        {2, "av01", made->small.bytes, made->small.size, {SMALL, AV1_CONFIGURATION}},
    };
    heif_file_link link = {"dimg", 1, 2, 1000};
    items[0].data = "\0\0\x18\x27\1\0\1\0"; /* 25 x 40 */
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "1000 tiles");
    link.count = 1024;
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "1024 tiles and their canvas");
    link.count = 60000;
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "60000 links");

    imx_buffer pictures;
    imx_buffer_init(&pictures, HEIF_FIXTURE_MOST_BYTES);
    for (int i = 0; i < 17; i++) {
        heif_put_av1(&pictures, 64, 64);
    }
    items[1].data = pictures.bytes;
    items[1].size = pictures.size;
    heif_fixture_write(made, &items[1], 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "17 pictures in an item");
    imx_buffer_clear(&pictures);
    heif_put_av1(&pictures, 10000, 10000);
    items[1].data = pictures.bytes;
    items[1].size = pictures.size;
    link.count = 4;
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "four tiles of 100 megapixels");
    imx_buffer_free(&pictures);

    heif_file_item *many = calloc(IMX_HEIF_MOST_ITEMS + 1, sizeof *many);
    assert_non_null(many);
    for (size_t i = 0; i <= IMX_HEIF_MOST_ITEMS; i++) {
        many[i] = (heif_file_item){(uint16_t)(i + 1), "iden", "", 0, {0}};
    }
    heif_fixture_write(made, many, IMX_HEIF_MOST_ITEMS, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "1024 items");
    heif_fixture_write(made, many, IMX_HEIF_MOST_ITEMS + 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "1025 items");
    free(many);

    heif_file_item turned = {1, "av01", made->small.bytes, made->small.size, {SMALL}};
    memcpy(turned.properties,
           (const uint8_t[]){SMALL, AV1_CONFIGURATION, TURN, MIRROR, TURN, MIRROR}, 6);
    heif_fixture_write(made, &turned, 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "turned twice, mirrored twice");
    turned.properties[6] = TURN;
    heif_fixture_write(made, &turned, 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "turned over and over");
}

/* A unit of a type that has no meaning, of `size` bytes that begin again and again, behind a slice.
 */
static void put_unit(imx_buffer *out, const char *again, size_t length, size_t size) {
    const uint8_t head[] = {0, 0, (uint8_t)((size + 2) >> 8), (uint8_t)(size + 2), 48 << 1, 1};
    put(out, head, sizeof head);
    for (size_t i = 0; i < size / length; i++) {
        put(out, again, length);
    }
}

/* Data that shows nothing, but that decoders copy, for every tile, and move. */
static void test_work_beside_the_pixels_is_bounded(void **state) {
    heif_fixture *made = *state;
    heif_file_item items[] = {
        {1, "grid", "\0\0\x09\x09\1\0\1\0", 8, {SMALL}},
        {2, "hvc1", NULL, 0, {SMALL, HEVC_CONFIGURATION}},
    };
    heif_file_link link = {"dimg", 1, 2, 100};
    static const uint8_t slice[] = {0, 0, 0, 3, 0x26, 1, 0x80};
    imx_buffer hevc;
    imx_buffer_init(&hevc, HEIF_FIXTURE_MOST_BYTES);
    const struct {
        const char *again;
        size_t length;
        uint16_t tiles;
        imgmatch_reason reason;
    } cases[] = {
        {"\0\0\1", 3, 100, IMGMATCH_REASON_NONE},
        {"\0\0\1", 3, 1000, IMGMATCH_REASON_TOO_COMPLEX},
        {"\0\0\3", 3, 1, IMGMATCH_REASON_TOO_COMPLEX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        imx_buffer_clear(&hevc);
        put(&hevc, slice, sizeof slice);
        put_unit(&hevc, cases[i].again, cases[i].length, 60000);
        items[1].data = hevc.bytes;
        items[1].size = hevc.size;
        link.count = cases[i].tiles;
        heif_fixture_write(made, items, 2, &link, 1);
        heif_fixture_expect(made, cases[i].reason,
                            i == 2 ? "a unit that is moved" : "tiles of a long unit");
    }
    imx_buffer_clear(&hevc);
    for (int i = 0; i < 80000; i++) {
        put(&hevc, slice, i == 0 ? sizeof slice : 4);
        hevc.bytes[hevc.size - 1] = i == 0 ? 0x80 : 0;
    }
    items[1].data = hevc.bytes;
    items[1].size = hevc.size;
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "many units without a byte");
    items[1].data = "\0\0\0\4\x26\0\0\3"; /* A temporal layer under the lowest. */
    items[1].size = 8;
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, IMGMATCH_REASON_CORRUPT, "a head that ends in zeros");
    imx_buffer_free(&hevc);
}

#define SLICE_BYTES 1600u /* As much as a picture of 100 megapixels has to have. */

/* `slices` of even size, of a picture of blocks of 64 pixels. */
static void put_slices(imx_buffer *out, uint32_t width, uint32_t height, uint32_t slices) {
    uint32_t blocks = (width + 63) / 64 * ((height + 63) / 64);
    unsigned address_bits = 1;
    while (1u << address_bits < blocks) {
        address_bits++;
    }
    imx_buffer_clear(out);
    heif_put_hevc_parameters(out, width, height, 4);
    for (uint32_t i = 0; i < slices; i++) {
        heif_bits bits = {.count = 0};
        heif_bits_put(&bits, 0x2601, 16); /* Of a picture that is made of nothing but itself. */
        heif_bits_put(&bits, i == 0, 1);
        heif_bits_put(&bits, 1, 2); /* Parameter set 0. */
        heif_bits_put(&bits, i * blocks / slices, i == 0 ? 0 : address_bits);
        put_number(out, SLICE_BYTES, 4, true);
        put(out, bits.bytes, sizeof bits.bytes);
        put_zeros(out, SLICE_BYTES - sizeof bits.bytes);
    }
}

/* libde265 goes on to the picture's end with each slice whose data ends too early, so slices may be
 * so many, and no fewer: encoders write one a processor, or one for each row of blocks. */
static void test_slices_of_a_picture(void **state) {
    heif_fixture *made = *state;
    static const struct {
        uint32_t width;
        uint32_t height;
        uint32_t most;
    } cases[] = {{4032, 3024, 64}, {8064, 6048, 15}, {9984, 9984, 7}};
    imx_buffer hevc;
    imx_buffer_init(&hevc, HEIF_FIXTURE_MOST_BYTES);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const uint32_t counts[] = {1, cases[i].most / 2, cases[i].most, cases[i].most + 1};
        for (size_t k = 0; k < 4; k++) {
            put_slices(&hevc, cases[i].width, cases[i].height, counts[k]);
            const heif_file_item item = {1, "hvc1", hevc.bytes, hevc.size, {SMALL}};
            heif_fixture_write(made, &item, 1, NULL, 0);
            char what[32];
            (void)snprintf(what, sizeof what, "%u slices", counts[k]);
            heif_fixture_expect(made, k < 3 ? IMGMATCH_REASON_NONE : IMGMATCH_REASON_TOO_COMPLEX,
                                what);
        }
    }
    imx_buffer_free(&hevc);
}

/* libexif would read it, for nobody. */
static void test_exif_is_hidden(void **state) {
    heif_fixture *made = *state;
    const heif_file_item items[] = {
        {1, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION}},
        {2, "Exif", "\0\0\0\0", 4, {0}},
        {3, "eXIF", "\0\0\0\0", 4, {0}},
    };
    for (size_t count = 1; count <= 3; count++) {
        heif_fixture_write(made, items, count, NULL, 0);
        imx_container file = {.data = made->file.bytes, .size = made->file.size};
        assert_int_equal(imx_heif_open(&file, &heif_fixture_limits, NULL), IMGMATCH_OK);
        assert_int_equal(file.copy != NULL, count > 1);
        assert_int_equal(file.size, made->file.size);
        size_t changed = 0;
        for (size_t i = 0; i < file.size; i++) {
            changed += file.data[i] != made->file.bytes[i];
        }
        assert_int_equal(changed, 4 * (count - 1));
        assert_int_equal(imx_heif_check(file.data, file.size, &heif_fixture_limits, NULL),
                         IMGMATCH_OK);
        free(file.copy);
    }
}

/* Every place of these four bytes from *at on; NULL behind the last one. */
static uint8_t *next_name(imx_buffer *file, size_t *at, const char *name) {
    for (; *at + 4 <= file->size; ++*at) {
        if (memcmp(file->bytes + *at, name, 4) == 0) {
            *at += 4;
            return file->bytes + *at - 4;
        }
    }
    return NULL;
}

/* The data of an overlay lies on the head of an item of Exif: its height is of the letters that are
 * changed to hide that. */
static void test_what_is_hidden_is_checked(void **state) {
    enum { DATA_BYTES = 14, TYPE_AT = 12, PLACE_AT = 18, WIDTH = 100 };
    heif_fixture *made = *state;
    const heif_file_item items[] = {
        {1, "iovl", "one of no use", DATA_BYTES, {SMALL}},
        {2, "av01", made->small.bytes, made->small.size, {SMALL, AV1_CONFIGURATION}},
        {3, "Exif", "\0\0\0\0", 4, {0}},
    };
    const heif_file_link link = {"dimg", 1, 2, 1};
    heif_fixture_write(made, items, 3, &link, 1);
    size_t at = 0;
    uint8_t *places = next_name(&made->file, &at, "iloc");
    uint8_t *exif = next_name(&made->file, &at, "Exif");
    assert_non_null(exif);
    exif[-1] = WIDTH;
    size_t place = (size_t)(exif - made->file.bytes) - TYPE_AT;
    places[PLACE_AT + 2] = (uint8_t)(place >> 8);
    places[PLACE_AT + 3] = (uint8_t)place;

    imgmatch_limits limits = heif_fixture_limits;
    for (size_t i = 0; i < 2; i++) {
        limits.max_side = i == 0 ? 'n' << 8 | 'o' : 'E' << 8 | 'x';
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imx_container file = {.data = made->file.bytes, .size = made->file.size};
        (void)imx_heif_open(&file, &limits, &diag);
        assert_int_equal(diag.reason, i == 0 ? IMGMATCH_REASON_NONE : IMGMATCH_REASON_TOO_LARGE);
        free(file.copy);
    }
}

/* libheif copies and inflates the metadata of all items when it opens a file, before anybody asked
 * for it. */
static void test_metadata_is_bounded(void **state) {
    heif_fixture *made = *state;
    enum { ITEMS = 501, SHARED = 200000 };
    const heif_file_item photo = {
        1, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION}};
    heif_file_item described[] = {photo, {2, "mime", "<x/>", 4, {0}}};
    heif_fixture_write(made, described, 2, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "XMP as it is");
    made->encoding = "";
    heif_fixture_write(made, described, 2, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "no encoding");
    made->encoding = "deflate";
    heif_fixture_write(made, described, 2, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_UNSUPPORTED, "XMP that is inflated");
    made->encoding = NULL;

    uint8_t *zeros = calloc(1, SHARED);
    heif_file_item *items = calloc(ITEMS, sizeof *items);
    assert_true(zeros != NULL && items != NULL);
    items[0] = photo;
    for (size_t i = 1; i < ITEMS; i++) {
        items[i] = (heif_file_item){(uint16_t)(i + 1), "Exif", zeros, SHARED, {0}};
    }
    heif_fixture_write(made, items, 3, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "two of the same Exif");
    heif_fixture_write(made, items, ITEMS, NULL, 0);
    assert_true(made->file.size < 2 * SHARED);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "500 of the same Exif");
    size_t at = 0;
    (void)next_name(&made->file, &at, "infe");
    for (uint8_t *name; (name = next_name(&made->file, &at, "infe")) != NULL;) {
        name[4] = 0; /* A version without types, which libheif reads as well. */
    }
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "500 of the same, in entries of old");
    free(items);
    free(zeros);
}

/* libheif looks through these lists for each item, whatever is in them. */
static void test_lists_without_use_are_bounded(void **state) {
    heif_fixture *made = *state;
    heif_file_item items[] = {
        {1, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION}},
        {2, "Exif", "\0\0\0\0", 4, {0}},
    };
    heif_file_link link = {"cdsc", 2, 1, 8191};
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "8191 links of a kind that nobody follows");
    link.count = 8192;
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "8192 of them");

    enum { EMPTY_BYTES = 3 * IMX_HEIF_MOST_ENTRIES };
    heif_fixture_write(made, items, 1, NULL, 0);
    static const char outside_in[][5] = {"meta", "iprp", "ipma"};
    for (size_t i = 0; i < 3; i++) {
        size_t at = 0;
        uint8_t *box = next_name(&made->file, &at, outside_in[i]);
        assert_non_null(box);
        size_t grown = ((size_t)box[-2] << 8 | box[-1]) + EMPTY_BYTES;
        box[-2] = (uint8_t)(grown >> 8);
        box[-1] = (uint8_t)grown;
        if (i == 2) { /* Items without properties in front of the one that has some. */
            size_t before = (size_t)(box - made->file.bytes) + 12;
            size_t behind = made->file.size - before;
            box[10] = IMX_HEIF_MOST_ENTRIES >> 8;
            put_zeros(&made->file, EMPTY_BYTES);
            memmove(made->file.bytes + before + EMPTY_BYTES, made->file.bytes + before, behind);
            memset(made->file.bytes + before, 0, EMPTY_BYTES);
        }
    }
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX,
                        "4096 items that are not there, without properties");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HEIF_FIXTURE(test_too_many_of_anything),
        WITH_HEIF_FIXTURE(test_work_beside_the_pixels_is_bounded),
        WITH_HEIF_FIXTURE(test_slices_of_a_picture),
        WITH_HEIF_FIXTURE(test_exif_is_hidden),
        WITH_HEIF_FIXTURE(test_what_is_hidden_is_checked),
        WITH_HEIF_FIXTURE(test_metadata_is_bounded),
        WITH_HEIF_FIXTURE(test_lists_without_use_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
