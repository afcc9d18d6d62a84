/* A HEIF file says one thing in its index and may do another when it is decoded. What its decoder
 * would not survive is refused before; what encoders write is not. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/file.h"
#include "image/heif.h"
#include "made_files/bytes.h"
#include "unit/heif_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_photos_of_encoders_pass(void **state) {
    const heif_fixture *made = *state;
    uint8_t *heic;
    size_t size;
    assert_int_equal(imx_heif_check(made->photo, made->photo_bytes, &heif_fixture_limits, NULL),
                     IMGMATCH_OK);
    assert_int_equal(imx_file_read(&heic, &size, IMX_TEST_CORPUS "/image_heif/heic",
                                   HEIF_FIXTURE_MOST_BYTES, NULL),
                     IMGMATCH_OK);
    assert_int_equal(imx_heif_check(heic, size, &heif_fixture_limits, NULL), IMGMATCH_OK);
    free(heic);
}

/* As phones write them, and decoded to the end. */
static void test_a_grid_of_tiles_is_read(void **state) {
    heif_fixture *made = *state;
    const heif_file_item items[] = {
        {1, "grid", "\0\0\1\1\0\x80\0\x80", 8, {GRID}},
        {2, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION}},
        {3, "Exif", "\0\0\0\0", 4, {0}},
    };
    const heif_file_link links[] = {{"dimg", 1, 2, 4}, {"cdsc", 3, 1, 1}};
    heif_fixture_write(made, items, 3, links, 2);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "grid");
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

/* What tiles leave free of a grid shows memory (libheif 1.15), and where they come is told by their
 * properties. */
static void test_tiles_fill_their_grid(void **state) {
    static const struct {
        const char *grid; /* Rows and columns less one, width, height. */
        uint16_t tiles;
        uint32_t told;
        uint8_t more; /* Another property of the tiles. */
        imgmatch_reason reason;
        const char *what;
    } cases[] = {
        {"\0\0\1\1\0\x80\0\x80", 4, 64, 0, IMGMATCH_REASON_NONE, "filled"},
        {"\0\0\1\1\0\x7F\0\x41", 4, 64, 0, IMGMATCH_REASON_NONE, "tiles stand over"},
        {"\0\0\1\1\0\x81\0\x80", 4, 64, 0, IMGMATCH_REASON_CORRUPT, "a column too wide"},
        {"\0\0\1\1\0\x80\0\x81", 4, 64, 0, IMGMATCH_REASON_CORRUPT, "a row too high"},
        {"\0\0\1\1\0\x80\0\x80", 3, 64, 0, IMGMATCH_REASON_CORRUPT, "a tile too few"},
        {"\0\0\1\1\0\x80\0\x80", 4, 63, 0, IMGMATCH_REASON_CORRUPT, "told smaller"},
        {"\0\0\1\1\0\x80\0\x80", 4, 65, 0, IMGMATCH_REASON_CORRUPT, "told larger"},
        {"\0\0\1\1\0\x80\0\x80", 4, 64, GRID, IMGMATCH_REASON_UNSUPPORTED, "told twice"},
        {"\0\0\1\1\0\x80\0\x80", 4, 64, TURN, IMGMATCH_REASON_UNSUPPORTED, "turned"},
    };
    heif_fixture *made = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        made->tile_side = cases[i].told;
        heif_file_item items[] = {
            {1, "grid", cases[i].grid, 8, {GRID}},
            {2, "av01", made->small.bytes, made->small.size, {TILE, AV1_CONFIGURATION}},
        };
        items[1].properties[2] = cases[i].more;
        const heif_file_link link = {"dimg", 1, 2, cases[i].tiles};
        heif_fixture_write(made, items, 2, &link, 1);
        heif_fixture_expect(made, cases[i].reason, cases[i].what);
    }
}

static void test_tiles_are_pictures_of_one_size(void **state) {
    heif_fixture *made = *state;
    imx_buffer narrow;
    imx_buffer_init(&narrow, HEIF_FIXTURE_MOST_BYTES);
    heif_put_av1(&narrow, 63, 64);
    heif_file_item items[] = {
        {1, "grid", "\0\0\0\1\0\x70\0\x40", 8, {GRID}},
        {2, "av01", made->small.bytes, made->small.size, {SMALL, AV1_CONFIGURATION}},
        {3, "av01", narrow.bytes, narrow.size, {SMALL, AV1_CONFIGURATION}},
    };
    const heif_file_link links[] = {{"dimg", 1, 2, 1}, {"dimg", 1, 3, 1}};
    heif_fixture_write(made, items, 3, links, 2);
    heif_fixture_expect(made, IMGMATCH_REASON_CORRUPT, "a narrower tile");
    items[2] = items[1];
    items[2].id = 3;
    heif_fixture_write(made, items, 3, links, 2);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "tiles of one size");
    items[2] = (heif_file_item){3, "iden", "", 0, {SMALL}};
    const heif_file_link chain[] = {{"dimg", 1, 2, 1}, {"dimg", 1, 3, 1}, {"dimg", 3, 2, 1}};
    heif_fixture_write(made, items, 3, chain, 3);
    heif_fixture_expect(made, IMGMATCH_REASON_UNSUPPORTED, "a tile made of another");
    heif_fixture_write(made, items, 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_CORRUPT, "no tile at all");
    imx_buffer_free(&narrow);
}

static void test_coded_sizes_other_than_the_index_says(void **state) {
    heif_fixture *made = *state;
    const heif_file_item av1 = {1, "av01", made->large.bytes, made->large.size, {SMALL}};
    heif_fixture_write(made, &av1, 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_LARGE, "AV1");

    imx_buffer hevc;
    imx_buffer_init(&hevc, HEIF_FIXTURE_MOST_BYTES);
    heif_put_hevc_parameters(&hevc, 30000, 30000, 4);
    const heif_file_item in_data = {1, "hvc1", hevc.bytes, hevc.size, {SMALL, HEVC_CONFIGURATION}};
    heif_fixture_write(made, &in_data, 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_LARGE, "HEVC, parameters in the data");

    imx_buffer_clear(&hevc);
    heif_put_hevc_parameters(&hevc, 64, 64, 4);
    const heif_file_item empty = {1, "hvc1", hevc.bytes, hevc.size, {SMALL, HEVC_CONFIGURATION}};
    heif_fixture_write(made, &empty, 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_CORRUPT, "HEVC without a picture");
    put(&hevc, "\0\0\0\3\x26\1\x80", 7); /* A slice. */
    const heif_file_item sound = {1, "hvc1", hevc.bytes, hevc.size, {SMALL, HEVC_CONFIGURATION}};
    heif_fixture_write(made, &sound, 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "HEVC");
    imx_buffer_clear(&hevc);
    heif_put_hevc_parameters(&hevc, 10000, 10000, 4);
    put(&hevc, "\0\0\0\3\x26\1\x80", 7);
    const heif_file_item empty_slice = {1, "hvc1", hevc.bytes, hevc.size, {SMALL}};
    heif_fixture_write(made, &empty_slice, 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_TRUNCATED, "100 megapixels of a byte");
    imx_buffer_free(&hevc);

    imx_buffer_clear(&made->hevc_configuration);
    heif_fixture_put_configuration(&made->hevc_configuration, 30000);
    const heif_file_item outside = {1, "hvc1", "", 0, {SMALL, HEVC_CONFIGURATION}};
    heif_fixture_write(made, &outside, 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_LARGE, "HEVC, parameters in the index");
}

static void test_canvases_over_the_limit(void **state) {
    heif_fixture *made = *state;
    const heif_file_link link = {"dimg", 1, 2, 1};
    heif_file_item items[] = {
        {1, "grid", "\0\1\0\0\0\0\x75\x30\0\0\x75\x30", 12, {SMALL}},
        {2, "av01", made->small.bytes, made->small.size, {SMALL, AV1_CONFIGURATION}},
    };
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_LARGE, "grid");
    items[0] =
        (heif_file_item){1, "iovl", "\0\0\0\0\0\0\0\0\0\0\xFF\xFF\xFF\xFF\0\0\0\0", 18, {SMALL}};
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_LARGE, "overlay");
    items[0].size = 12;
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, IMGMATCH_REASON_CORRUPT, "overlay without its size");
}

/* A decoder follows them until its stack ends. */
static void test_pictures_made_of_one_another(void **state) {
    heif_fixture *made = *state;
    const heif_file_item turned[] = {
        {1, "iden", "", 0, {SMALL}},
        {2, "iden", "", 0, {SMALL}},
        {3, "av01", made->small.bytes, made->small.size, {SMALL, AV1_CONFIGURATION}},
        {4, "av01", made->small.bytes, made->small.size, {SMALL, AV1_CONFIGURATION}},
    };
    const heif_file_link chain[] = {{"dimg", 1, 2, 1}, {"dimg", 2, 3, 1}, {"auxl", 4, 3, 1}};
    heif_fixture_write(made, turned, 4, chain, 3);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "chain with an end");
    const heif_file_link pair[] = {{"dimg", 1, 2, 1}, {"dimg", 2, 1, 1}};
    heif_fixture_write(made, turned, 4, pair, 2);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "pair");
    const heif_file_link self[] = {{"dimg", 2, 2, 1}};
    heif_fixture_write(made, turned, 4, self, 1);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "itself, not the main picture");
    const heif_file_link beside[] = {{"auxl", 3, 4, 1}, {"auxl", 4, 3, 1}};
    heif_fixture_write(made, turned, 4, beside, 2);
    heif_fixture_expect(made, IMGMATCH_REASON_TOO_COMPLEX, "each the other's transparency");
}

/* Newer ones than libheif 1.15 have decoders for them. */
static void test_parts_of_other_codecs(void **state) {
    static const char canvas[] = "\0\0\0\0\0\0\0\0\0\0\0\x40\0\x40\0\0\0\0";
    static const char *const codecs[] = {"jpeg", "j2k1", "unci", "vvc1"};
    heif_fixture *made = *state;
    const heif_file_link made_of[] = {{"dimg", 1, 2, 1}}, beside[] = {{"auxl", 2, 1, 1}};
    for (size_t i = 0; i < sizeof codecs / sizeof *codecs; i++) {
        heif_file_item items[] = {{1, "iden", "", 0, {SMALL}}, {2, codecs[i], "data", 4, {SMALL}}};
        heif_fixture_write(made, items, 2, made_of, 1);
        heif_fixture_expect(made, IMGMATCH_REASON_UNSUPPORTED, codecs[i]);
        items[0] = (heif_file_item){1, "iovl", canvas, 18, {SMALL}};
        heif_fixture_write(made, items, 2, made_of, 1);
        heif_fixture_expect(made, IMGMATCH_REASON_UNSUPPORTED, codecs[i]);
        items[0] = (heif_file_item){
            1, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION}};
        heif_fixture_write(made, items, 2, beside, 1);
        heif_fixture_expect(made, IMGMATCH_REASON_NONE, "a map of something beside a picture");
        items[1].properties[1] = TRANSPARENCY;
        heif_fixture_write(made, items, 2, beside, 1);
        heif_fixture_expect(made, IMGMATCH_REASON_UNSUPPORTED, "transparency of another codec");
    }
}

/* libheif 1.15 does not look at the size and depth that it has itself then. */
static void test_transparency_of_parts(void **state) {
    static const char canvas[] = "\0\0\0\0\0\0\0\0\0\0\0\x40\0\x40\0\0\0\0";
    static const char before[] = "\0\0\0\0\0\0\0\0\0\0\0\x40\0\x40\xFF\0\0\0";
    static const char above[] = "\0\0\0\0\0\0\0\0\0\0\0\x40\0\x40\0\0\xFF\0";
    heif_fixture *made = *state;
    heif_file_item items[] = {
        {1, "grid", "\0\0\0\0\0\x40\0\x40", 8, {SMALL}},
        {2, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION}},
        {3, "av01", NULL, 0, {SMALL, AV1_CONFIGURATION, TRANSPARENCY}},
        {4, "iovl", canvas, 18, {SMALL}},
    };
    heif_file_link links[] = {{"dimg", 1, 2, 1}, {"auxl", 3, 2, 1}};
    imx_buffer other;
    imx_buffer_init(&other, HEIF_FIXTURE_MOST_BYTES);
    heif_put_av1(&other, 32, 64);
    for (int alike = 0; alike < 2; alike++) {
        imgmatch_reason reason = alike != 0 ? IMGMATCH_REASON_NONE : IMGMATCH_REASON_UNSUPPORTED;
        items[2].data = alike != 0 ? made->photo_item.data : other.bytes;
        items[2].size = alike != 0 ? made->photo_item.size : other.size;
        items[0] = (heif_file_item){1, "grid", "\0\0\0\0\0\x40\0\x40", 8, {SMALL}};
        links[0].from = 1;
        links[1].to = 2;
        heif_fixture_write(made, items, 3, links, 2);
        heif_fixture_expect(made, reason, "a tile's");
        items[0] = (heif_file_item){1, "iovl", canvas, 18, {SMALL}};
        heif_fixture_write(made, items, 3, links, 2);
        heif_fixture_expect(made, reason, "that of an overlay's part");
        links[0].from = 4;
        links[1].to = 4;
        heif_fixture_write(made, items, 4, links, 2);
        heif_fixture_expect(made, IMGMATCH_REASON_NONE, "that of all of an overlay");
    }
    links[0].from = 1;
    for (int i = 0; i < 2; i++) {
        items[0] = (heif_file_item){1, "iovl", i == 0 ? before : above, 18, {SMALL}};
        heif_fixture_write(made, items, 2, links, 1);
        heif_fixture_expect(made, IMGMATCH_REASON_UNSUPPORTED,
                            "a part that begins before an overlay");
    }
    items[0] = (heif_file_item){1, "iovl", canvas, 18, {SMALL}};
    links[1].to = 2;
    items[2].properties[3] = TURN;
    heif_fixture_write(made, items, 3, links, 2);
    heif_fixture_expect(made, IMGMATCH_REASON_UNSUPPORTED, "it is turned, and its tile is not");
    items[2].properties[2] = 0;
    heif_fixture_write(made, items, 3, links, 2);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "something else beside a tile");
    imx_buffer_free(&other);
}

static void test_cuts(void **state) {
    heif_fixture *made = *state;
    const heif_file_item cut = {
        1, "av01", made->photo_item.data, made->photo_item.size, {SMALL, AV1_CONFIGURATION, CUT}};
    static const struct {
        const char *body;
        imgmatch_reason reason;
    } cases[] = {
        {HEIF_FIXTURE_APERTURE, IMGMATCH_REASON_NONE},
        {"\x7F\xFF\xFF\xFF\0\0\0\1\0\0\0\x20\0\0\0\1\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1",
         IMGMATCH_REASON_CORRUPT},
        {"\0\0\0\x20\0\0\0\1\0\0\0\x20\0\0\0\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\1",
         IMGMATCH_REASON_CORRUPT},
        {"\0\0\0\x20\0\0\0\1\0\0\0\x20\0\0\0\1\0\0\0\0\0\0\0\1\x80\0\0\0\0\0\0\1",
         IMGMATCH_REASON_CORRUPT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        memcpy(made->aperture, cases[i].body, sizeof made->aperture);
        heif_fixture_write(made, &cut, 1, NULL, 0);
        heif_fixture_expect(made, cases[i].reason, "a cut");
    }
}

static void test_an_index_that_contradicts_itself(void **state) {
    heif_fixture *made = *state;
    const heif_file_item twice[] = {
        {1, "av01", made->small.bytes, made->small.size, {SMALL}},
        {1, "av01", made->large.bytes, made->large.size, {SMALL}},
    };
    heif_fixture_write(made, twice, 2, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_CORRUPT, "two items of one number");
    const heif_file_item other[] = {{1, "jpeg", "", 0, {SMALL}}};
    heif_fixture_write(made, other, 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_UNSUPPORTED, "JPEG inside");
    const heif_file_item plain[] = {{1, "av01", made->small.bytes, made->small.size, {SMALL}}};
    heif_fixture_write(made, plain, 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "sound");
    /* A second "meta" behind the first: decoders differ in which one they read. */
    static const uint8_t meta[] = {0, 0, 0, 12, 'm', 'e', 't', 'a', 0, 0, 0, 0};
    put(&made->file, meta, sizeof meta);
    heif_fixture_expect(made, IMGMATCH_REASON_CORRUPT, "two indexes");
}

/* Files whose index libheif reads in another way than it is written: links behind a box that claims
 * them, widths of numbers that it does not know, data in a box that is not there. And those that
 * were found first. */
static void test_found_files_stay_refused(void **state) {
    heif_fixture *made = *state;
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
        {"found-picture-sets", IMGMATCH_REASON_TOO_COMPLEX},
        {"found-slices-again-and-again", IMGMATCH_REASON_TOO_COMPLEX},
        {"found-missing-references", IMGMATCH_REASON_TOO_COMPLEX},
        {"found-separate-planes", IMGMATCH_REASON_UNSUPPORTED},
        {"found-small-blocks", IMGMATCH_REASON_CORRUPT},
        {"found-part-outside", IMGMATCH_REASON_UNSUPPORTED},
        {"found-uncovered-grid", IMGMATCH_REASON_CORRUPT},
        {"found-uncovered-avif-grid", IMGMATCH_REASON_CORRUPT},
        {"found-uncovered-transparency", IMGMATCH_REASON_CORRUPT},
        {"found-tiles-told-larger", IMGMATCH_REASON_CORRUPT},
        {"found-cut-tile", IMGMATCH_REASON_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char path[512];
        uint8_t *bytes;
        size_t size;
        (void)snprintf(path, sizeof path, "%s/image_heif/%s", IMX_TEST_CORPUS, files[i].name);
        assert_int_equal(imx_file_read(&bytes, &size, path, HEIF_FIXTURE_MOST_BYTES, NULL),
                         IMGMATCH_OK);
        imx_buffer_clear(&made->file);
        put(&made->file, bytes, size);
        free(bytes);
        heif_fixture_expect(made, files[i].reason, files[i].name);
    }
    /* Which of two configurations a decoder believes is not known, and each costs time to read. */
    const heif_file_item twice[] = {
        {1, "hvc1", "", 0, {SMALL, HEVC_CONFIGURATION, HEVC_CONFIGURATION}}};
    heif_fixture_write(made, twice, 1, NULL, 0);
    heif_fixture_expect(made, IMGMATCH_REASON_CORRUPT, "two configurations");
}

/* Whatever is cut off or changed ends in an answer; the sanitizers watch. */
static void test_every_cut_and_every_changed_byte(void **state) {
    heif_fixture *made = *state;
    imx_buffer_clear(&made->file);
    put(&made->file, made->photo, made->photo_bytes);
    uint8_t *bytes = made->file.bytes;
    for (size_t size = 0; size < made->file.size; size++) {
        assert_int_not_equal(imx_heif_check(bytes, size, &heif_fixture_limits, NULL), IMGMATCH_OK);
    }
    for (size_t i = 0; i < made->file.size; i++) {
        uint8_t right = bytes[i];
        for (unsigned change = 0; change < 3; change++) {
            bytes[i] = (uint8_t[]){0, 255, (uint8_t)(right ^ 1u)}[change];
            (void)imx_heif_check(bytes, made->file.size, &heif_fixture_limits, NULL);
        }
        bytes[i] = right;
    }
    heif_fixture_expect(made, IMGMATCH_REASON_NONE, "the photo again");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HEIF_FIXTURE(test_photos_of_encoders_pass),
        WITH_HEIF_FIXTURE(test_a_grid_of_tiles_is_read),
        WITH_HEIF_FIXTURE(test_tiles_fill_their_grid),
        WITH_HEIF_FIXTURE(test_tiles_are_pictures_of_one_size),
        WITH_HEIF_FIXTURE(test_coded_sizes_other_than_the_index_says),
        WITH_HEIF_FIXTURE(test_canvases_over_the_limit),
        WITH_HEIF_FIXTURE(test_pictures_made_of_one_another),
        WITH_HEIF_FIXTURE(test_parts_of_other_codecs),
        WITH_HEIF_FIXTURE(test_transparency_of_parts),
        WITH_HEIF_FIXTURE(test_cuts),
        WITH_HEIF_FIXTURE(test_an_index_that_contradicts_itself),
        WITH_HEIF_FIXTURE(test_found_files_stay_refused),
        WITH_HEIF_FIXTURE(test_every_cut_and_every_changed_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
