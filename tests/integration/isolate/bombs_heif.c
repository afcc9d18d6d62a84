#include "bombs_made.h"

#include "made_files/bytes.h"
#include "made_files/heif_file.h"

#define MOST_BYTES (64u << 20)

/* 64 x 64 pixels by the index, 900 megapixels by the coded picture. */
void make_avif_of_another_size(imx_buffer *out) {
    imx_buffer coded;
    imx_buffer_init(&coded, MOST_BYTES);
    heif_put_av1(&coded, 30000, 30000);
    const heif_file_item item = {1, "av01", coded.bytes, coded.size, {1}};
    const heif_file_property size = {"ispe", "\0\0\0\0\0\0\0\x40\0\0\0\x40", 12};
    heif_file_write(out, &(heif_file){&item, 1, &size, 1, NULL, 0, NULL});
    imx_buffer_free(&coded);
}

/* Nine pictures of 40 megapixels in one item, which are kept for each other. */
void make_avif_of_many_pictures(imx_buffer *out) {
    imx_buffer coded;
    imx_buffer_init(&coded, MOST_BYTES);
    for (int i = 0; i < 9; i++) {
        heif_put_av1(&coded, 6300, 6300);
    }
    const heif_file_item item = {1, "av01", coded.bytes, coded.size, {1}};
    const heif_file_property size = {"ispe", "\0\0\0\0\0\0\x18\x9C\0\0\x18\x9C", 12};
    heif_file_write(out, &(heif_file){&item, 1, &size, 1, NULL, 0, NULL});
    imx_buffer_free(&coded);
}

/* Three tiles of 96 megapixels, decoded at once. */
void make_avif_of_huge_tiles(imx_buffer *out) {
    imx_buffer coded;
    imx_buffer_init(&coded, MOST_BYTES);
    heif_put_av1(&coded, 8000, 12000);
    const heif_file_item items[] = {{1, "grid", "\0\0\0\2\x3F\xAC\0\x40", 8, {1}},
                                    {2, "av01", coded.bytes, coded.size, {2}}};
    const heif_file_property sizes[] = {{"ispe", "\0\0\0\0\0\0\x3F\xAC\0\0\0\x40", 12},
                                        {"ispe", "\0\0\0\0\0\0\x1F\x40\0\0\x2E\xE0", 12}};
    const heif_file_link tiles = {"dimg", 1, 2, 3};
    heif_file_write(out, &(heif_file){items, 2, sizes, 2, &tiles, 1, NULL});
    imx_buffer_free(&coded);
}

/* A grid of 65025 tiles, all of them the same one. */
void make_heif_of_many_tiles(imx_buffer *out) {
    imx_buffer coded;
    imx_buffer_init(&coded, MOST_BYTES);
    heif_put_av1(&coded, 64, 64);
    const heif_file_item items[] = {{1, "grid", "\0\0\xFE\xFE\x3F\xC0\x3F\xC0", 8, {1}},
                                    {2, "av01", coded.bytes, coded.size, {1}}};
    const heif_file_property size = {"ispe", "\0\0\0\0\0\0\0\x40\0\0\0\x40", 12};
    const heif_file_link tiles = {"dimg", 1, 2, 65025};
    heif_file_write(out, &(heif_file){items, 2, &size, 1, &tiles, 1, NULL});
    imx_buffer_free(&coded);
}

/* Two pictures, each of which is the other one. */
void make_endless_heif(imx_buffer *out) {
    const heif_file_item items[] = {{1, "iden", "", 0, {1, 2}}, {2, "iden", "", 0, {1, 2}}};
    const heif_file_property properties[] = {{"ispe", "\0\0\0\0\0\0\0\x40\0\0\0\x40", 12},
                                             {"av1C", "\x81\0\x0C\0", 4}};
    const heif_file_link links[] = {{"dimg", 1, 2, 1}, {"dimg", 2, 1, 1}};
    heif_file_write(out, &(heif_file){items, 2, properties, 2, links, 2, NULL});
}

/* The sequence header alone. */
void make_hollow_avif(imx_buffer *out) {
    imx_buffer coded;
    imx_buffer_init(&coded, MOST_BYTES);
    heif_put_av1(&coded, 9900, 9900);
    const heif_file_item item = {1, "av01", coded.bytes, coded.size, {1, 2}};
    const heif_file_property properties[] = {{"ispe", "\0\0\0\0\0\0\x26\xAC\0\0\x26\xAC", 12},
                                             {"av1C", "\x81\0\x0C\0", 4}};
    heif_file_write(out, &(heif_file){&item, 1, properties, 2, NULL, 0, NULL});
    imx_buffer_free(&coded);
}
