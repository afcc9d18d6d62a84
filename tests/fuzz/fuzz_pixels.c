/*
 * Any pixels in any size: PDQ hashes, layout, sketch. An input holds width - 1 and height - 1 (two
 * bytes each, up to 639), unused bytes at the end of a row, and pixels, which are repeated.
 */
#include "fuzz.h"

#include "fingerprint/pdq.h"
#include "fingerprint/sketch.h"
#include "image/layout.h"

#include <stdlib.h>
#include <string.h>

/* Small ones are looked at as large ones are, only faster; few have to be of a size that is made
 * smaller first. */
#define SMALL_SIDE 64u
#define LARGE_SIDE 640u
#define LARGE 240 /* From that byte on. */

static void check_rect(imx_rect rect, imx_pixels picture) {
    fuzz_require(rect.width > 0 && rect.height > 0);
    fuzz_require((uint64_t)rect.x + rect.width <= picture.width);
    fuzz_require((uint64_t)rect.y + rect.height <= picture.height);
}

static void check_layout(imx_pixels picture) {
    imx_layout layout;
    if (imx_layout_find(&layout, picture, IMX_LAYOUT_WITH_PARTS, NULL) != IMGMATCH_OK) {
        return;
    }
    check_rect(layout.inside, picture);
    check_rect(layout.subject, picture);
    fuzz_require(layout.cell_count <= IMX_LAYOUT_MAX_CELLS && layout.cell_count != 1);
    for (uint32_t i = 0; i < layout.cell_count; i++) {
        check_rect(layout.cells[i], picture);
    }
    fuzz_require(layout.inset_count <= IMX_LAYOUT_MAX_INSETS);
    for (uint32_t i = 0; i < layout.inset_count; i++) {
        check_rect(layout.insets[i], picture);
    }
    fuzz_require(layout.subject_share >= 0 && layout.subject_share <= 1);
    fuzz_require(layout.text_share >= 0 && layout.text_share <= 1);
    fuzz_require(layout.detail >= 0 && layout.detail <= 255);
}

static void check_pdq(imx_pixels picture) {
    imgmatch_pdq hashes[IMGMATCH_ORIENT_COUNT];
    fuzz_require(imx_pdq_compute(hashes, picture, NULL) == IMGMATCH_OK);
    for (size_t i = 0; i < IMGMATCH_ORIENT_COUNT; i++) {
        fuzz_require(hashes[i].quality <= 100);
        char hex[IMGMATCH_PDQ_HEX_BYTES];
        imgmatch_pdq again;
        imgmatch_pdq_to_hex(hex, &hashes[i]);
        fuzz_require(imgmatch_pdq_from_hex(&again, hex, NULL) == IMGMATCH_OK);
        fuzz_require(imgmatch_pdq_distance(&again, &hashes[i]) == 0);
    }
}

/* A sketch comes back from its bytes as it was. */
static void check_sketch(imx_pixels picture) {
    static imx_sketch sketch, again;
    uint8_t bytes[IMX_SKETCH_MAX_BYTES], bytes_again[IMX_SKETCH_MAX_BYTES];
    if (imx_sketch_make(&sketch, picture, NULL) != IMGMATCH_OK) {
        return;
    }
    size_t size = imx_sketch_write(bytes, &sketch);
    fuzz_require(size <= sizeof bytes);
    fuzz_require(imx_sketch_read(&again, bytes, size, NULL) == IMGMATCH_OK);
    fuzz_require(imx_sketch_write(bytes_again, &again) == size);
    fuzz_require(memcmp(bytes, bytes_again, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input input = {data, size};
    uint32_t width = fuzz_take_u16(&input), height = fuzz_take_u16(&input);
    uint8_t more = fuzz_take_byte(&input);
    uint32_t most = more >= LARGE ? LARGE_SIDE : SMALL_SIDE;
    imx_pixels picture = {.width = 1 + width % most, .height = 1 + height % most};
    picture.stride_bytes = 3 * (size_t)picture.width + more % 16;
    /* The last row ends with its last pixel. */
    size_t bytes = picture.stride_bytes * (picture.height - 1) + 3 * (size_t)picture.width;
    uint8_t *rgb = malloc(bytes);
    fuzz_require(rgb != NULL);
    for (size_t i = 0; i < bytes; i++) {
        rgb[i] = input.left > 0 ? input.at[i % input.left] : 255;
    }
    picture.rgb = rgb;
    check_pdq(picture);
    check_layout(picture);
    check_sketch(picture);
    free(rgb);
    return 0;
}
