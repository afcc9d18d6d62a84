/* A HEIF file says one thing in its index and may do another when it is decoded. What its decoder
 * would not survive is refused before; what encoders write is not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/file.h"
#include "image/container.h"
#include "image/heif.h"
#include "image/heif_index.h"
#include "made_files/bytes.h"
#include "made_files/heif_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES (1u << 20)

static const imgmatch_limits limits = IMGMATCH_LIMITS_INIT;

typedef struct fixture {
    imx_buffer file;
    imx_buffer small; /* Coded pictures: the heads of 64 x 64 pixels, */
    imx_buffer large; /* and of 30000 x 30000. */
    imx_buffer hevc_configuration;
    uint8_t *photo; /* A real one of 64 x 64 pixels, */
    size_t photo_bytes;
    imx_heif_span photo_item; /* and its coded picture. */
    const char *encoding;     /* Of metadata. */
    uint8_t aperture[32];     /* What is left of a picture that is cut. */
} fixture;

static const uint8_t small_size[] = {0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 64};
static const uint8_t grid_size[] = {0, 0, 0, 0, 0, 0, 0, 128, 0, 0, 0, 128};
static const uint8_t transparency[] = "\0\0\0\0urn:mpeg:mpegB:cicp:systems:auxiliary:alpha";
static const uint8_t av1_configuration[] = {0x81, 0, 0x0C, 0};
/* 32 x 64.5 pixels, their middle 4 left of the picture's. */
static const char sound_aperture[] =
    "\0\0\0\x20\0\0\0\1\0\0\0\x81\0\0\0\2\xFF\xFF\xFF\xFC\0\0\0\1\0\0\0\0\0\0\0\1";
enum { SMALL = 1, AV1_CONFIGURATION, GRID, HEVC_CONFIGURATION, TRANSPARENCY, TURN, MIRROR, CUT };

/* An hvcC box's body with the parameters of pictures of side x side pixels. */
static void put_configuration(imx_buffer *out, uint32_t side) {
    static const uint8_t fixed[26] = {[0] = 1, [21] = 3, [22] = 1, [23] = 33, [25] = 1};
    put(out, fixed, sizeof fixed);
    heif_put_hevc_parameters(out, side, side, 2);
}

static int set_up(void **state) {
    static fixture made;
    imx_buffer_init(&made.file, MOST_BYTES);
    imx_buffer_init(&made.small, MOST_BYTES);
    imx_buffer_init(&made.large, MOST_BYTES);
    imx_buffer_init(&made.hevc_configuration, MOST_BYTES);
    heif_put_av1(&made.small, 64, 64);
    heif_put_av1(&made.large, 30000, 30000);
    put_configuration(&made.hevc_configuration, 64);
    memcpy(made.aperture, sound_aperture, sizeof made.aperture);
    assert_int_equal(imx_file_read(&made.photo, &made.photo_bytes,
                                   IMX_TEST_CORPUS "/image_heif/avif", MOST_BYTES, NULL),
                     IMGMATCH_OK);
    imx_heif_index *index = malloc(sizeof *index);
    assert_non_null(index);
    assert_int_equal(imx_heif_index_read(index, made.photo, made.photo_bytes), IMX_HEIF_OK);
    uint8_t *owned;
    assert_int_equal(imx_heif_item_data(&made.photo_item, &owned, index,
                                        imx_heif_index_find(index, index->primary)),
                     IMX_HEIF_OK);
    assert_null(owned);
    free(index);
    *state = &made;
    return 0;
}

static int tear_down(void **state) {
    fixture *made = *state;
    imx_buffer_free(&made->file);
    imx_buffer_free(&made->small);
    imx_buffer_free(&made->large);
    imx_buffer_free(&made->hevc_configuration);
    free(made->photo);
    return 0;
}

/* The file is in made->file. */
static void write_file(fixture *made, const heif_file_item *items, size_t item_count,
                       const heif_file_link *links, size_t link_count) {
    const heif_file_property properties[] = {
        {"ispe", small_size, sizeof small_size},
        {"av1C", av1_configuration, sizeof av1_configuration},
        {"ispe", grid_size, sizeof grid_size},
        {"hvcC", made->hevc_configuration.bytes, made->hevc_configuration.size},
        {"auxC", transparency, sizeof transparency},
        {"irot", "\1", 1},
        {"imir", "\0", 1},
        {"clap", made->aperture, sizeof made->aperture},
    };
    imx_buffer_clear(&made->file);
    heif_file_write(&made->file, &(heif_file){items, item_count, properties, 8, links, link_count,
                                              made->encoding});
    assert_false(made->file.failed);
}

static void expect(const fixture *made, imgmatch_reason reason, const char *what) {
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imx_heif_check(made->file.bytes, made->file.size, &limits, &diag);
    if (diag.reason != reason || (status == IMGMATCH_OK) != (reason == IMGMATCH_REASON_NONE)) {
        fail_msg("%s: %s: %s", what, imgmatch_reason_code(diag.reason), diag.message);
    }
}

static void test_photos_of_encoders_pass(void **state) {
    const fixture *made = *state;
    uint8_t *heic;
    size_t size;
    assert_int_equal(imx_heif_check(made->photo, made->photo_bytes, &limits, NULL), IMGMATCH_OK);
    assert_int_equal(
        imx_file_read(&heic, &size, IMX_TEST_CORPUS "/image_heif/heic", MOST_BYTES, NULL),
        IMGMATCH_OK);
    assert_int_equal(imx_heif_check(heic, size, &limits, NULL), IMGMATCH_OK);
    free(heic);
}

/* As phones write them, and decoded to the end. */
static void test_a_grid_of_tiles_is_read(void **state) {
    fixture *made = *state;
    const heif_file_item items[] = {
        {1, "grid", "\0\0\1\1\0\x80\0\x80", 8, {GRID}},
        {2, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION}},
        {3, "Exif", "\0\0\0\0", 4, {0}},
    };
    const heif_file_link links[] = {{"dimg", 1, 2, 4}, {"cdsc", 3, 1, 1}};
    write_file(made, items, 3, links, 2);
    expect(made, IMGMATCH_REASON_NONE, "grid");
    imgmatch_image *image;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status =
        imgmatch_image_decode(&image, made->file.bytes, made->file.size, NULL, &diag);
    if (status != IMGMATCH_OK) {
        fail_msg("%s", diag.message);
    }
    assert_int_equal(imgmatch_image_get_info(image)->width, 128);
    imgmatch_image_free(image);
}

static void test_coded_sizes_other_than_the_index_says(void **state) {
    fixture *made = *state;
    const heif_file_item av1 = {1, "av01", made->large.bytes, made->large.size, {SMALL}};
    write_file(made, &av1, 1, NULL, 0);
    expect(made, IMGMATCH_REASON_TOO_LARGE, "AV1");

    imx_buffer hevc;
    imx_buffer_init(&hevc, MOST_BYTES);
    heif_put_hevc_parameters(&hevc, 30000, 30000, 4);
    const heif_file_item in_data = {1, "hvc1", hevc.bytes, hevc.size, {SMALL, HEVC_CONFIGURATION}};
    write_file(made, &in_data, 1, NULL, 0);
    expect(made, IMGMATCH_REASON_TOO_LARGE, "HEVC, parameters in the data");

    imx_buffer_clear(&hevc);
    heif_put_hevc_parameters(&hevc, 64, 64, 4);
    const heif_file_item empty = {1, "hvc1", hevc.bytes, hevc.size, {SMALL, HEVC_CONFIGURATION}};
    write_file(made, &empty, 1, NULL, 0);
    expect(made, IMGMATCH_REASON_CORRUPT, "HEVC without a picture");
    put(&hevc, "\0\0\0\3\x26\1\x80", 7); /* A slice. */
    const heif_file_item sound = {1, "hvc1", hevc.bytes, hevc.size, {SMALL, HEVC_CONFIGURATION}};
    write_file(made, &sound, 1, NULL, 0);
    expect(made, IMGMATCH_REASON_NONE, "HEVC");
    imx_buffer_free(&hevc);

    imx_buffer_clear(&made->hevc_configuration);
    put_configuration(&made->hevc_configuration, 30000);
    const heif_file_item outside = {1, "hvc1", "", 0, {SMALL, HEVC_CONFIGURATION}};
    write_file(made, &outside, 1, NULL, 0);
    expect(made, IMGMATCH_REASON_TOO_LARGE, "HEVC, parameters in the index");
}

static void test_canvases_over_the_limit(void **state) {
    fixture *made = *state;
    const heif_file_link link = {"dimg", 1, 2, 1};
    heif_file_item items[] = {
        {1, "grid", "\0\1\0\0\0\0\x75\x30\0\0\x75\x30", 12, {SMALL}},
        {2, "av01", made->small.bytes, made->small.size, {SMALL, AV1_CONFIGURATION}},
    };
    write_file(made, items, 2, &link, 1);
    expect(made, IMGMATCH_REASON_TOO_LARGE, "grid");
    items[0] =
        (heif_file_item){1, "iovl", "\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF\0\0\0\0", 18, {SMALL}};
    write_file(made, items, 2, &link, 1);
    expect(made, IMGMATCH_REASON_TOO_LARGE, "overlay");
    items[0].size = 12;
    write_file(made, items, 2, &link, 1);
    expect(made, IMGMATCH_REASON_CORRUPT, "overlay without its size");
}

/* A decoder follows them until its stack ends. */
static void test_pictures_made_of_one_another(void **state) {
    fixture *made = *state;
    const heif_file_item turned[] = {
        {1, "iden", "", 0, {SMALL}},
        {2, "iden", "", 0, {SMALL}},
        {3, "av01", made->small.bytes, made->small.size, {SMALL, AV1_CONFIGURATION}},
        {4, "av01", made->small.bytes, made->small.size, {SMALL, AV1_CONFIGURATION}},
    };
    const heif_file_link chain[] = {{"dimg", 1, 2, 1}, {"dimg", 2, 3, 1}, {"auxl", 4, 3, 1}};
    write_file(made, turned, 4, chain, 3);
    expect(made, IMGMATCH_REASON_NONE, "chain with an end");
    const heif_file_link pair[] = {{"dimg", 1, 2, 1}, {"dimg", 2, 1, 1}};
    write_file(made, turned, 4, pair, 2);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "pair");
    const heif_file_link self[] = {{"dimg", 2, 2, 1}};
    write_file(made, turned, 4, self, 1);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "itself, not the main picture");
    const heif_file_link beside[] = {{"auxl", 3, 4, 1}, {"auxl", 4, 3, 1}};
    write_file(made, turned, 4, beside, 2);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "each the other's transparency");
}

/* libheif 1.15 does not look at the size and depth that it has itself then. */
static void test_transparency_of_parts(void **state) {
    static const char canvas[] = "\0\0\0\0\0\0\0\0\0\0\0\x40\0\x40\0\0\0\0";
    static const char before[] = "\0\0\0\0\0\0\0\0\0\0\0\x40\0\x40\xFF\0\0\0";
    fixture *made = *state;
    heif_file_item items[] = {
        {1, "grid", "\0\0\0\0\0\x40\0\x40", 8, {SMALL}},
        {2, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION}},
        {3, "av01", NULL, 0, {SMALL, AV1_CONFIGURATION, TRANSPARENCY}},
        {4, "iovl", before, 18, {SMALL}},
    };
    heif_file_link links[] = {{"dimg", 1, 2, 1}, {"auxl", 3, 2, 1}};
    imx_buffer other;
    imx_buffer_init(&other, MOST_BYTES);
    heif_put_av1(&other, 32, 64);
    for (int alike = 0; alike < 2; alike++) {
        imgmatch_reason reason = alike != 0 ? IMGMATCH_REASON_NONE : IMGMATCH_REASON_UNSUPPORTED;
        items[2].data = alike != 0 ? made->photo_item.data : other.bytes;
        items[2].size = alike != 0 ? made->photo_item.size : other.size;
        items[0] = (heif_file_item){1, "grid", "\0\0\0\0\0\x40\0\x40", 8, {SMALL}};
        links[0].from = 1;
        links[1].to = 2;
        write_file(made, items, 3, links, 2);
        expect(made, reason, "a tile's");
        items[0] = (heif_file_item){1, "iovl", canvas, 18, {SMALL}};
        write_file(made, items, 3, links, 2);
        expect(made, reason, "that of an overlay's part");
        links[0].from = 4;
        write_file(made, items, 4, links, 2);
        expect(made, IMGMATCH_REASON_UNSUPPORTED, "that of a part that begins before the overlay");
        links[1].to = 4;
        write_file(made, items, 4, links, 2);
        expect(made, IMGMATCH_REASON_NONE, "that of all of an overlay");
    }
    links[0].from = 1;
    links[1].to = 2;
    items[2].properties[3] = TURN;
    write_file(made, items, 3, links, 2);
    expect(made, IMGMATCH_REASON_UNSUPPORTED, "it is turned, and its tile is not");
    items[2].properties[2] = 0;
    write_file(made, items, 3, links, 2);
    expect(made, IMGMATCH_REASON_NONE, "something else beside a tile");
    imx_buffer_free(&other);
}

static void test_too_many_of_anything(void **state) {
    fixture *made = *state;
    heif_file_item items[] = {
        {1, "grid", "\0\0\xFF\xFF\x3F\xC0\x3F\xC0", 8, {SMALL}},
        {2, "av01", made->small.bytes, made->small.size, {SMALL, AV1_CONFIGURATION}},
    };
    heif_file_link link = {"dimg", 1, 2, 1000};
    items[0].data = "\0\0\0\0\1\0\1\0";
    write_file(made, items, 2, &link, 1);
    expect(made, IMGMATCH_REASON_NONE, "1000 tiles");
    link.count = 1024;
    write_file(made, items, 2, &link, 1);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "1024 tiles and their canvas");
    link.count = 60000;
    write_file(made, items, 2, &link, 1);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "60000 links");

    imx_buffer pictures;
    imx_buffer_init(&pictures, MOST_BYTES);
    for (int i = 0; i < 17; i++) {
        heif_put_av1(&pictures, 64, 64);
    }
    items[1].data = pictures.bytes;
    items[1].size = pictures.size;
    write_file(made, &items[1], 1, NULL, 0);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "17 pictures in an item");
    imx_buffer_clear(&pictures);
    heif_put_av1(&pictures, 10000, 10000);
    items[1].data = pictures.bytes;
    items[1].size = pictures.size;
    link.count = 4;
    write_file(made, items, 2, &link, 1);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "four tiles of 100 megapixels");
    imx_buffer_free(&pictures);

    heif_file_item *many = calloc(IMX_HEIF_MOST_ITEMS + 1, sizeof *many);
    assert_non_null(many);
    for (size_t i = 0; i <= IMX_HEIF_MOST_ITEMS; i++) {
        many[i] = (heif_file_item){(uint16_t)(i + 1), "iden", "", 0, {0}};
    }
    write_file(made, many, IMX_HEIF_MOST_ITEMS, NULL, 0);
    expect(made, IMGMATCH_REASON_NONE, "1024 items");
    write_file(made, many, IMX_HEIF_MOST_ITEMS + 1, NULL, 0);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "1025 items");
    free(many);

    heif_file_item turned = {1,
                             "av01",
                             made->small.bytes,
                             made->small.size,
                             {SMALL, AV1_CONFIGURATION, TURN, MIRROR, TURN, MIRROR}};
    write_file(made, &turned, 1, NULL, 0);
    expect(made, IMGMATCH_REASON_NONE, "turned twice, mirrored twice");
    turned.properties[6] = TURN;
    write_file(made, &turned, 1, NULL, 0);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "turned over and over");
}

static void test_cuts(void **state) {
    fixture *made = *state;
    const heif_file_item cut = {
        1, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION, CUT}};
    static const struct {
        const char *body;
        imgmatch_reason reason;
    } cases[] = {
        {sound_aperture, IMGMATCH_REASON_NONE},
        {"\x7F\xFF\xFF\xFF\0\0\0\1\0\0\0\x20\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1",
         IMGMATCH_REASON_CORRUPT},
        {"\0\0\0\x20\0\0\0\1\0\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1",
         IMGMATCH_REASON_CORRUPT},
        {"\0\0\0\x20\0\0\0\1\0\0\0\x20\0\0\0\1\0\0\0\0\0\0\0\1\x80\0\0\0\0\0\0\1",
         IMGMATCH_REASON_CORRUPT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(made->aperture, cases[i].body, sizeof made->aperture);
        write_file(made, &cut, 1, NULL, 0);
        expect(made, cases[i].reason, "a cut");
    }
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
    fixture *made = *state;
    heif_file_item items[] = {
        {1, "grid", "\0\0\0\0\1\0\1\0", 8, {SMALL}},
        {2, "hvc1", NULL, 0, {SMALL, HEVC_CONFIGURATION}},
    };
    heif_file_link link = {"dimg", 1, 2, 100};
    static const uint8_t slice[] = {0, 0, 0, 3, 0x26, 1, 0x80};
    imx_buffer hevc;
    imx_buffer_init(&hevc, MOST_BYTES);
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
        write_file(made, items, 2, &link, 1);
        expect(made, cases[i].reason, i == 2 ? "a unit that is moved" : "tiles of a long unit");
    }
    imx_buffer_clear(&hevc);
    for (int i = 0; i < 80000; i++) {
        put(&hevc, slice, i == 0 ? sizeof slice : 4);
        hevc.bytes[hevc.size - 1] = i == 0 ? 0x80 : 0;
    }
    items[1].data = hevc.bytes;
    items[1].size = hevc.size;
    write_file(made, items, 2, &link, 1);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "many units without a byte");
    items[1].data = "\0\0\0\4\x26\0\0\3"; /* A temporal layer under the lowest. */
    items[1].size = 8;
    write_file(made, items, 2, &link, 1);
    expect(made, IMGMATCH_REASON_CORRUPT, "a head that ends in zeros");
    imx_buffer_free(&hevc);
}

static void test_an_index_that_contradicts_itself(void **state) {
    fixture *made = *state;
    const heif_file_item twice[] = {
        {1, "av01", made->small.bytes, made->small.size, {SMALL}},
        {1, "av01", made->large.bytes, made->large.size, {SMALL}},
    };
    write_file(made, twice, 2, NULL, 0);
    expect(made, IMGMATCH_REASON_CORRUPT, "two items of one number");
    const heif_file_item other[] = {{1, "jpeg", "", 0, {SMALL}}};
    write_file(made, other, 1, NULL, 0);
    expect(made, IMGMATCH_REASON_UNSUPPORTED, "JPEG inside");
    const heif_file_item plain[] = {{1, "av01", made->small.bytes, made->small.size, {SMALL}}};
    write_file(made, plain, 1, NULL, 0);
    expect(made, IMGMATCH_REASON_NONE, "sound");
    /* A second "meta" behind the first: decoders differ in which one they read. */
    static const uint8_t meta[] = {0, 0, 0, 12, 'm', 'e', 't', 'a', 0, 0, 0, 0};
    put(&made->file, meta, sizeof meta);
    expect(made, IMGMATCH_REASON_CORRUPT, "two indexes");
}

/* libexif would read it, for nobody. */
static void test_exif_is_hidden(void **state) {
    fixture *made = *state;
    const heif_file_item items[] = {
        {1, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION}},
        {2, "Exif", "\0\0\0\0", 4, {0}},
        {3, "eXIF", "\0\0\0\0", 4, {0}},
    };
    for (size_t count = 1; count <= 3; count++) {
        write_file(made, items, count, NULL, 0);
        imx_container file = {made->file.bytes, made->file.size, NULL};
        assert_int_equal(imx_heif_open(&file, &limits, NULL), IMGMATCH_OK);
        assert_int_equal(file.copy != NULL, count > 1);
        assert_int_equal(file.size, made->file.size);
        size_t changed = 0;
        for (size_t i = 0; i < file.size; i++) {
            changed += file.data[i] != made->file.bytes[i];
        }
        assert_int_equal(changed, 4 * (count - 1));
        assert_int_equal(imx_heif_check(file.data, file.size, &limits, NULL), IMGMATCH_OK);
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

/* libheif copies and inflates the metadata of all items when it opens a file, before anybody asked
 * for it. */
static void test_metadata_is_bounded(void **state) {
    fixture *made = *state;
    enum { ITEMS = 501, SHARED = 200000 };
    const heif_file_item photo = {
        1, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION}};
    heif_file_item described[] = {photo, {2, "mime", "<x/>", 4, {0}}};
    write_file(made, described, 2, NULL, 0);
    expect(made, IMGMATCH_REASON_NONE, "XMP as it is");
    made->encoding = "";
    write_file(made, described, 2, NULL, 0);
    expect(made, IMGMATCH_REASON_NONE, "no encoding");
    made->encoding = "deflate";
    write_file(made, described, 2, NULL, 0);
    expect(made, IMGMATCH_REASON_UNSUPPORTED, "XMP that is inflated");
    made->encoding = NULL;

    uint8_t *zeros = calloc(1, SHARED);
    heif_file_item *items = calloc(ITEMS, sizeof *items);
    assert_true(zeros != NULL && items != NULL);
    items[0] = photo;
    for (size_t i = 1; i < ITEMS; i++) {
        items[i] = (heif_file_item){(uint16_t)(i + 1), "Exif", zeros, SHARED, {0}};
    }
    write_file(made, items, 3, NULL, 0);
    expect(made, IMGMATCH_REASON_NONE, "two of the same Exif");
    write_file(made, items, ITEMS, NULL, 0);
    assert_true(made->file.size < 2 * SHARED);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "500 of the same Exif");
    size_t at = 0;
    (void)next_name(&made->file, &at, "infe");
    for (uint8_t *name; (name = next_name(&made->file, &at, "infe")) != NULL;) {
        name[4] = 0; /* A version without types, which libheif reads as well. */
    }
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "500 of the same, in entries of old");
    free(items);
    free(zeros);
}

/* libheif looks through these lists for each item, whatever is in them. */
static void test_lists_without_use_are_bounded(void **state) {
    fixture *made = *state;
    heif_file_item items[] = {
        {1, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION}},
        {2, "Exif", "\0\0\0\0", 4, {0}},
    };
    heif_file_link link = {"cdsc", 2, 1, 8191};
    write_file(made, items, 2, &link, 1);
    expect(made, IMGMATCH_REASON_NONE, "8191 links of a kind that nobody follows");
    link.count = 8192;
    write_file(made, items, 2, &link, 1);
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "8192 of them");

    enum { EMPTY_BYTES = 3 * IMX_HEIF_MOST_ENTRIES };
    write_file(made, items, 1, NULL, 0);
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
            static const uint8_t empty[EMPTY_BYTES];
            put(&made->file, empty, EMPTY_BYTES);
            memmove(made->file.bytes + before + EMPTY_BYTES, made->file.bytes + before, behind);
            memset(made->file.bytes + before, 0, EMPTY_BYTES);
        }
    }
    expect(made, IMGMATCH_REASON_TOO_COMPLEX, "4096 items that are not there, without properties");
}

/* Files whose index libheif reads in another way than it is written: links behind a box that claims
 * them, widths of numbers that it does not know, data in a box that is not there. And those that
 * were found first. */
static void test_found_files_stay_refused(void **state) {
    fixture *made = *state;
    static const struct {
        const char *name;
        imgmatch_reason reason;
    } files[] = {
        {"found-hidden-links", IMGMATCH_REASON_CORRUPT},
        {"found-other-widths", IMGMATCH_REASON_CORRUPT},
        {"found-no-idat", IMGMATCH_REASON_CORRUPT},
        {"found-coded-size", IMGMATCH_REASON_TOO_LARGE},
        {"found-made-of-each-other", IMGMATCH_REASON_TOO_COMPLEX},
        {"found-deep-tile", IMGMATCH_REASON_UNSUPPORTED},
        {"found-transparent-part", IMGMATCH_REASON_UNSUPPORTED},
        {"found-turned-over-and-over", IMGMATCH_REASON_TOO_COMPLEX},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[512];
        uint8_t *bytes;
        size_t size;
        (void)snprintf(path, sizeof path, "%s/image_heif/%s", IMX_TEST_CORPUS, files[i].name);
        assert_int_equal(imx_file_read(&bytes, &size, path, MOST_BYTES, NULL), IMGMATCH_OK);
        imx_buffer_clear(&made->file);
        put(&made->file, bytes, size);
        free(bytes);
        expect(made, files[i].reason, files[i].name);
    }
    /* Which of two configurations a decoder believes is not known, and each costs time to read. */
    const heif_file_item twice[] = {
        {1, "hvc1", "", 0, {SMALL, HEVC_CONFIGURATION, HEVC_CONFIGURATION}}};
    write_file(made, twice, 1, NULL, 0);
    expect(made, IMGMATCH_REASON_CORRUPT, "two configurations");
}

/* Whatever is cut off or changed ends in an answer; the sanitizers watch. */
static void test_every_cut_and_every_changed_byte(void **state) {
    fixture *made = *state;
    imx_buffer_clear(&made->file);
    put(&made->file, made->photo, made->photo_bytes);
    uint8_t *bytes = made->file.bytes;
    for (size_t size = 0; size < made->file.size; size++) {
        assert_int_not_equal(imx_heif_check(bytes, size, &limits, NULL), IMGMATCH_OK);
    }
    for (size_t i = 0; i < made->file.size; i++) {
        uint8_t right = bytes[i];
        for (unsigned change = 0; change < 3; change++) {
            bytes[i] = (uint8_t[]){0, 255, (uint8_t)(right ^ 1u)}[change];
            (void)imx_heif_check(bytes, made->file.size, &limits, NULL);
        }
        bytes[i] = right;
    }
    expect(made, IMGMATCH_REASON_NONE, "the photo again");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_photos_of_encoders_pass, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_grid_of_tiles_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_coded_sizes_other_than_the_index_says, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_canvases_over_the_limit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pictures_made_of_one_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_transparency_of_parts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_too_many_of_anything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_cuts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_work_beside_the_pixels_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_an_index_that_contradicts_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_metadata_is_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_exif_is_hidden, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_lists_without_use_are_bounded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_found_files_stay_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_every_cut_and_every_changed_byte, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
