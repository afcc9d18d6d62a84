/* What decoding a HEIF file keeps in memory at once is bounded, whatever the pictures are: hidden
 * ones of an item, tiles that are decoded side by side, canvases on canvases. What phones and
 * cameras write is far below that. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "made_files/bytes.h"
#include "unit/heif_fixture.h"

#include <stdlib.h>

/* `pictures` of side x side pixels one after another, as layers and hidden pictures are. */
static void put_pictures(imx_buffer *out, uint32_t side, bool deep, unsigned pictures) {
    imx_buffer_clear(out);
    for (unsigned i = 0; i < pictures; i++) {
        (deep ? heif_put_deep_av1 : heif_put_av1)(out, side, side);
    }
}

static void test_pictures_of_one_item(void **state) {
    heif_fixture *made = *state;
    static const struct {
        uint32_t side;
        unsigned pictures;
        bool deep;
        bool transparent; /* With as many pictures of the same size. */
        imgmatch_reason reason;
        const char *what;
    } cases[] = {
        {10000, 1, false, false, IMGMATCH_REASON_NONE, "100 megapixels"},
        {10000, 1, false, true, IMGMATCH_REASON_NONE, "and their transparency"},
        {8000, 1, true, false, IMGMATCH_REASON_NONE, "64 megapixels of 10 bits"},
        {7000, 1, true, true, IMGMATCH_REASON_NONE, "49 of them with transparency"},
        {10000, 1, true, false, IMGMATCH_REASON_TOO_COMPLEX, "100 megapixels of 10 bits"},
        {5000, 4, false, false, IMGMATCH_REASON_NONE, "four layers of 25 megapixels"},
        {6300, 9, false, false, IMGMATCH_REASON_TOO_COMPLEX, "nine pictures of 40 megapixels"},
        {3000, 9, false, false, IMGMATCH_REASON_NONE, "nine of 9 megapixels"},
        {3000, 9, true, false, IMGMATCH_REASON_TOO_COMPLEX, "nine of 9 megapixels and 10 bits"},
    };
    imx_buffer coded;
    imx_buffer_init(&coded, HEIF_FIXTURE_MOST_BYTES);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put_pictures(&coded, cases[i].side, cases[i].deep, cases[i].pictures);
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
    const heif_file_item items[] = {
        {1, grid ? "grid" : "iovl", canvas, grid ? 8 : 14, {SMALL}},
        {2, "av01", made->large.bytes, made->large.size, {SMALL, AV1_CONFIGURATION}},
    };
    const heif_file_link link = {"dimg", 1, 2, parts};
    heif_fixture_write(made, items, 2, &link, 1);
    heif_fixture_expect(made, reason, what);
}

/* Four tiles are decoded at once, whatever the canvas needs of them. */
static void test_tiles_and_parts(void **state) {
    static const char small_grid[] = "\0\0\0\0\1\0\1\0";
    static const char large_grid[] = "\0\0\0\0\x27\x10\x27\x10"; /* 10000 a side. */
    static const char large_overlay[] = "\0\0\0\0\0\0\0\0\0\0\x27\x10\x27\x10";
    heif_fixture *made = *state;
    imx_buffer *tile = &made->large;
    put_pictures(tile, 9800, false, 1);
    expect_parts(made, true, small_grid, 1, IMGMATCH_REASON_NONE, "a tile of 96 megapixels");
    expect_parts(made, true, small_grid, 3, IMGMATCH_REASON_TOO_COMPLEX, "three of them");
    put_pictures(tile, 5000, false, 1);
    expect_parts(made, true, small_grid, 12, IMGMATCH_REASON_NONE, "twelve of 25 megapixels");
    put_pictures(tile, 5000, true, 1);
    expect_parts(made, true, small_grid, 2, IMGMATCH_REASON_NONE, "two of 10 bits");
    expect_parts(made, true, small_grid, 3, IMGMATCH_REASON_TOO_COMPLEX, "three of 10 bits");
    put_pictures(tile, 4000, false, 1);
    expect_parts(made, true, large_grid, 7, IMGMATCH_REASON_NONE, "a canvas of 100 megapixels");
    put_pictures(tile, 4200, false, 1);
    expect_parts(made, true, large_grid, 4, IMGMATCH_REASON_TOO_COMPLEX, "and large tiles");
    put_pictures(tile, 8000, false, 1);
    expect_parts(made, false, large_overlay, 4, IMGMATCH_REASON_NONE, "parts of 64 megapixels");
    put_pictures(tile, 8200, false, 1);
    expect_parts(made, false, large_overlay, 1, IMGMATCH_REASON_TOO_COMPLEX, "one of 67");
}

/* Turned photos of tiles, each with transparency, and what phones put beside them: a thumbnail,
 * depth, a map of brightness. */
static void test_photos_of_phones_and_cameras(void **state) {
    static const struct {
        const char *canvas;
        uint16_t tiles;
        uint32_t side; /* Of a tile. */
        bool deep;
        bool transparent;
    } photos[] = {
        {"\0\0\x0B\x0F\x1F\x80\x17\xA0", 192, 512, false, true},  /* 8064 x 6048 */
        {"\0\0\x05\x08\x25\x20\x18\xC0", 54, 1056, true, false},  /* 9504 x 6336 */
        {"\0\0\x10\x16\x2D\x00\x21\xC0", 391, 512, false, false}, /* 11520 x 8640 */
    };
    heif_fixture *made = *state;
    imx_buffer tile;
    imx_buffer_init(&tile, HEIF_FIXTURE_MOST_BYTES);
    for (size_t i = 0; i < sizeof photos / sizeof *photos; i++) {
        put_pictures(&tile, photos[i].side, photos[i].deep, 1);
        put_pictures(&made->large, 3000, false, 1);
        const heif_file_item items[] = {
            {1, "iden", "", 0, {SMALL}},
            {2, "grid", photos[i].canvas, 8, {SMALL, TURN}},
            {3, "av01", tile.bytes, tile.size, {SMALL, AV1_CONFIGURATION}},
            {4, "av01", made->large.bytes, made->large.size, {SMALL, AV1_CONFIGURATION}},
            {5, "av01", made->large.bytes, made->large.size, {SMALL, AV1_CONFIGURATION}},
            {6, "av01", made->small.bytes, made->small.size, {SMALL, AV1_CONFIGURATION}},
            {7, "av01", tile.bytes, tile.size, {SMALL, AV1_CONFIGURATION, TRANSPARENCY}},
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
        WITH_HEIF_FIXTURE(test_photos_of_phones_and_cameras),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
