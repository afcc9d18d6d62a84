/* What decoding a HEIF file keeps in memory at once is bounded, whatever the pictures are: hidden
 * ones of an item, tiles that are decoded side by side, canvases on canvases. What phones and
 * cameras write is far below that. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "image/heif.h"
#include "image/heif_room.h"
#include "made_files/bytes.h"
#include "unit/heif_fixture.h"

#include <stdlib.h>
#include <string.h>

/* Bits of a sample; the last one has as much chroma as luma, the others a quarter. */
typedef enum sample_kind { PLAIN_8, DEEP_10, DENSE_10 } sample_kind;

/* `pictures` of side x side pixels one after another, as layers and hidden pictures are. */
static void put_pictures(imx_buffer *out, uint32_t side, sample_kind kind, unsigned pictures) {
    imx_buffer_clear(out);
    for (unsigned i = 0; i < pictures; i++) {
        if (kind == PLAIN_8) {
            heif_put_av1(out, side, side);
        } else {
            heif_put_deep_av1(out, side, side, kind == DENSE_10);
        }
    }
}

static void test_pictures_of_one_item(void **state) {
    heif_fixture *made = *state;
    static const struct {
        uint32_t side;
        unsigned pictures;
        sample_kind kind;
        bool transparent; /* With as many pictures of the same size. */
        imgmatch_reason reason;
        const char *what;
    } cases[] = {
        {10000, 1, PLAIN_8, false, IMGMATCH_REASON_NONE, "100 megapixels"},
        {10000, 1, PLAIN_8, true, IMGMATCH_REASON_NONE, "and their transparency"},
        {10000, 1, DEEP_10, false, IMGMATCH_REASON_NONE, "100 megapixels of 10 bits"},
        {8900, 1, DEEP_10, true, IMGMATCH_REASON_NONE, "79 of them with transparency"},
        {9000, 1, DEEP_10, true, IMGMATCH_REASON_TOO_COMPLEX, "81 with transparency"},
        {8100, 1, DENSE_10, false, IMGMATCH_REASON_NONE, "65 megapixels in 4:4:4"},
        {8200, 1, DENSE_10, false, IMGMATCH_REASON_TOO_COMPLEX, "67 in 4:4:4"},
        {7000, 1, DENSE_10, true, IMGMATCH_REASON_NONE, "49 in 4:4:4 with transparency"},
        {7100, 1, DENSE_10, true, IMGMATCH_REASON_TOO_COMPLEX, "50 in 4:4:4 with transparency"},
        {5000, 4, PLAIN_8, false, IMGMATCH_REASON_NONE, "four layers of 25 megapixels"},
        {6300, 9, PLAIN_8, false, IMGMATCH_REASON_TOO_COMPLEX, "nine pictures of 40 megapixels"},
        {3000, 9, DEEP_10, false, IMGMATCH_REASON_NONE, "nine of 9 megapixels and 10 bits"},
        {3000, 9, DENSE_10, false, IMGMATCH_REASON_TOO_COMPLEX, "the same in 4:4:4"},
    };
    imx_buffer coded;
    imx_buffer_init(&coded, HEIF_FIXTURE_MOST_BYTES);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_pictures(&coded, cases[i].side, cases[i].kind, cases[i].pictures);
        const heif_file_item items[] = {
            {1, "av01", coded.bytes, coded.size, {SMALL, AV1_CONFIGURATION}},
            {2, "av01", coded.bytes, coded.size, {SMALL, AV1_CONFIGURATION, TRANSPARENCY}},
        };
        const heif_file_link beside = {"auxl", 2, 1, 1};
        bool transparent = cases[i].transparent;
        heif_fixture_write(made, items, transparent ? 2 : 1, &beside, transparent ? 1 : 0);
        heif_fixture_expect(made, cases[i].reason, cases[i].what);
    }
    imx_buffer_free(&coded);
}

/* A grid or an overlay of a canvas and so many parts that are alike. */
static void expect_parts(heif_fixture *made, bool grid, const char *canvas, uint16_t parts,
                         imgmatch_reason reason, const char *what) {
    uint8_t data[14];
    memcpy(data, canvas, sizeof data);
    if (grid) { /* As many rows as columns, or one row. */
        uint16_t rows = 1;
        while (rows * rows < parts) {
            rows++;
        }
        rows = rows * rows == parts ? rows : 1;
        data[2] = (uint8_t)(rows - 1);
        data[3] = (uint8_t)(parts / rows - 1);
    }
    const heif_file_item items[] = {
        {1, grid ? "grid" : "iovl", data, grid ? 8 : 14, {SMALL}},
        {2, "av01", made->large.bytes, made->large.size, {TILE, AV1_CONFIGURATION}},
    };
    const heif_file_link link = {"dimg", 1, 2, parts};
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, reason, what);
}

static const char small_grid[14] = "\0\0\0\0\1\0\1\0";
static const char large_grid[14] = "\0\0\0\0\x27\x10\x27\x10"; /* 10000 a side. */
static const char large_overlay[] = "\0\0\0\0\0\0\0\0\0\0\x27\x10\x27\x10";

/* Four tiles are decoded at once, whatever the canvas needs of them. */
static void test_tiles_and_parts(void **state) {
    static const struct {
        bool grid;
        const char *canvas;
        uint16_t parts;
        uint32_t side;
        sample_kind kind;
        imgmatch_reason reason;
        const char *what;
    } cases[] = {
        {true, small_grid, 1, 9800, PLAIN_8, IMGMATCH_REASON_NONE, "a tile of 96 megapixels"},
        {true, small_grid, 2, 9800, PLAIN_8, IMGMATCH_REASON_TOO_COMPLEX, "two of them"},
        {true, small_grid, 12, 5000, PLAIN_8, IMGMATCH_REASON_NONE, "twelve of 25 megapixels"},
        {true, small_grid, 4, 4900, DEEP_10, IMGMATCH_REASON_NONE, "four of 10 bits"},
        {true, small_grid, 2, 5000, DENSE_10, IMGMATCH_REASON_NONE, "two in 4:4:4"},
        {true, small_grid, 3, 5000, DENSE_10, IMGMATCH_REASON_TOO_COMPLEX, "three in 4:4:4"},
        {true, large_grid, 4, 5000, PLAIN_8, IMGMATCH_REASON_NONE, "100 megapixels in four tiles"},
        {true, large_grid, 4, 5100, PLAIN_8, IMGMATCH_REASON_TOO_COMPLEX, "and larger tiles"},
        {true, large_grid, 9, 3500, DEEP_10, IMGMATCH_REASON_NONE, "nine of 10 bits"},
        {true, large_grid, 9, 3600, DEEP_10, IMGMATCH_REASON_TOO_COMPLEX, "and larger tiles"},
        {true, large_grid, 16, 2800, DENSE_10, IMGMATCH_REASON_NONE, "sixteen in 4:4:4"},
        {true, large_grid, 16, 2900, DENSE_10, IMGMATCH_REASON_TOO_COMPLEX, "and larger tiles"},
        {false, large_overlay, 1, 10000, PLAIN_8, IMGMATCH_REASON_NONE, "a part like its overlay"},
        {false, large_overlay, 4, 7000, DEEP_10, IMGMATCH_REASON_NONE, "49 megapixels, 10 bits"},
        {false, large_overlay, 1, 7100, DEEP_10, IMGMATCH_REASON_TOO_COMPLEX, "50, 10 bits"},
    };
    heif_fixture *made = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_pictures(&made->large, cases[i].side, cases[i].kind, 1);
        made->tile_side = cases[i].side;
        expect_parts(made, cases[i].grid, cases[i].canvas, cases[i].parts, cases[i].reason,
                     cases[i].what);
    }
}

/* All canvases are there at once, and become RGB. */
static void test_overlays_of_grids(void **state) {
    heif_fixture *made = *state;
    for (sample_kind kind = PLAIN_8; kind <= DENSE_10; kind++) {
        put_pictures(&made->large, 512, kind, 1);
        made->tile_side = 512;
        const heif_file_item items[] = {
            {1, "iovl", large_overlay, 14, {SMALL}},
            {2, "grid", "\0\0\x13\x13\x27\x10\x27\x10", 8, {SMALL}},
            {3, "av01", made->large.bytes, made->large.size, {TILE, AV1_CONFIGURATION}},
        };
        const heif_file_link links[] = {{"dimg", 1, 2, 1}, {"dimg", 2, 3, 400}};
        heif_fixture_write(made, items, 3, links, 2);
        heif_fixture_expect(made,
                            kind == PLAIN_8 ? IMGMATCH_REASON_NONE : IMGMATCH_REASON_TOO_COMPLEX,
                            "an overlay of a grid");
    }
}

/* Tiles have the size they have, however few pixels are allowed. */
static void test_small_limits_leave_room_for_tiles(void **state) {
    heif_fixture *made = *state;
    put_pictures(&made->large, 512, DENSE_10, 1);
    made->tile_side = 512;
    const heif_file_item items[] = {
        {1, "grid", "\0\0\1\1\2\x80\1\xE0", 8, {SMALL}}, /* 640 x 480 */
        {2, "av01", made->large.bytes, made->large.size, {TILE, AV1_CONFIGURATION}},
    };
    const heif_file_link link = {"dimg", 1, 2, 4};
    heif_fixture_write(made, items, 2, &link, 1);
    imgmatch_limits limits = heif_fixture_limits;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    limits.max_pixels = 720 * 480;
    assert_int_equal(imx_heif_check(made->file.bytes, made->file.size, &limits, &diag),
                     IMGMATCH_OK);
    limits.max_pixels = 640 * 480; /* Tiles and canvas are over four times that. */
    assert_int_equal(imx_heif_check(made->file.bytes, made->file.size, &limits, &diag),
                     IMGMATCH_ERR_PHOTO);
    assert_int_equal(diag.reason, IMGMATCH_REASON_TOO_COMPLEX);
}

static void test_film_grain_takes_the_planes_once_more(void **state) {
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        bool deep = (kind & 1) != 0;
        bool dense = (kind & 2) != 0;
        imx_coded_pictures still = {
            .width = 100, .height = 100, .count = 1, .deep = deep, .dense = dense};
        uint64_t without = imx_heif_room_of_coded(&still).most;
        still.grain = true;
        uint64_t planes = dense ? (deep ? 2 : 1) : 0; /* Of 4 bytes; 4:2:0 has room. */
        assert_int_equal(imx_heif_room_of_coded(&still).most, without + planes * 10000);
    }
}

/* Turned photos of tiles, each with transparency, and what phones put beside them: a thumbnail,
 * depth, a map of brightness. */
static void test_photos_of_phones_and_cameras(void **state) {
    static const struct {
        const char *canvas;
        uint16_t tiles;
        uint32_t side; /* Of a tile. */
        sample_kind kind;
        bool transparent;
    } photos[] = {
        {"\0\0\x0B\x0F\x1F\x80\x17\xA0", 192, 512, PLAIN_8, true},   /* 8064 x 6048 */
        {"\0\0\x05\x08\x25\x20\x18\xC0", 54, 1056, DENSE_10, false}, /* 9504 x 6336 */
        {"\0\0\x10\x16\x2D\x00\x21\xC0", 391, 512, PLAIN_8, false},  /* 11520 x 8640 */
    };
    heif_fixture *made = *state;
    imx_buffer tile;
    imx_buffer_init(&tile, HEIF_FIXTURE_MOST_BYTES);
    for (size_t i = 0; i < sizeof photos / sizeof *photos; i++) {
        put_pictures(&tile, photos[i].side, photos[i].kind, 1);
        made->tile_side = photos[i].side;
        put_pictures(&made->large, 3000, PLAIN_8, 1);
        const heif_file_item items[] = {
            {1, "iden", "", 0, {SMALL}},
            {2, "grid", photos[i].canvas, 8, {SMALL, TURN}},
            {3, "av01", tile.bytes, tile.size, {TILE, AV1_CONFIGURATION}},
            {4, "av01", made->large.bytes, made->large.size, {SMALL, AV1_CONFIGURATION}},
            {5, "av01", made->large.bytes, made->large.size, {SMALL, AV1_CONFIGURATION}},
            {6, "av01", made->small.bytes, made->small.size, {SMALL, AV1_CONFIGURATION}},
            {7, "av01", tile.bytes, tile.size, {TILE, AV1_CONFIGURATION, TRANSPARENCY}},
        };
        const heif_file_link links[] = {{"dimg", 1, 2, 1}, {"dimg", 2, 3, photos[i].tiles},
                                        {"auxl", 4, 2, 1}, {"auxl", 5, 2, 1},
                                        {"thmb", 6, 2, 1}, {"auxl", 7, 3, 1}};
        bool transparent = photos[i].transparent;
        heif_fixture_write(made, items, transparent ? 7 : 6, links, transparent ? 6 : 5);
        heif_fixture_expect(made, IMGMATCH_REASON_NONE, "a photo of tiles");
    }
    imx_buffer_free(&tile);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        WITH_HEIF_FIXTURE(test_pictures_of_one_item),
        WITH_HEIF_FIXTURE(test_tiles_and_parts),
        WITH_HEIF_FIXTURE(test_overlays_of_grids),
        WITH_HEIF_FIXTURE(test_small_limits_leave_room_for_tiles),
        cmocka_unit_test(test_film_grain_takes_the_planes_once_more),
        WITH_HEIF_FIXTURE(test_photos_of_phones_and_cameras),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
