/* Colour profiles that are small, as files or when they are compressed, and much work. */
#include "bombs_made.h"

#include "made_files/bytes.h"
#include "made_files/jpeg_file.h"

#define MOST_BYTES (64u << 20)
#define MATRIX_HEAD "matf\0\0\0\0"

static void put_profile_tag(imx_buffer *out, const char *name, uint32_t at, size_t size) {
    put(out, name, 4);
    put_number(out, at, 4, true);
    put_number(out, size, 4, true);
}

/* An RGB profile that has, beside its primaries, a D2B1 of these elements, behind which `zeros`
 * bytes are to come that belong to it. */
static void put_profile(imx_buffer *out, const imx_buffer *elements, size_t zeros) {
    enum { TAGS = 8, COLOURS_AT = 132 + 12 * TAGS, CURVE_AT = COLOURS_AT + 60 };
    enum { COSTLY_AT = CURVE_AT + 16 };
    static const uint16_t primaries[3][3] = {
        {0x6FA2, 0x38F5, 0x0390}, {0x6299, 0xB785, 0x18DA}, {0x24A0, 0x0F84, 0xB6CF}};
    put_number(out, COSTLY_AT + elements->size + zeros, 4, true);
    put(out, "test\x04\x30\0\0mntrRGB XYZ ", 20);
    put_zeros(out, 12);
    put(out, "acsp", 4);
    put_zeros(out, 28);
    put(out, "\0\0\xF6\xD6\0\1\0\0\0\0\xD3\x2D", 12);
    put_zeros(out, 48);
    put_number(out, TAGS, 4, true);
    put_profile_tag(out, "rXYZ", COLOURS_AT, 20);
    put_profile_tag(out, "gXYZ", COLOURS_AT + 20, 20);
    put_profile_tag(out, "bXYZ", COLOURS_AT + 40, 20);
    put_profile_tag(out, "wtpt", COLOURS_AT, 20);
    put_profile_tag(out, "rTRC", CURVE_AT, 16);
    put_profile_tag(out, "gTRC", CURVE_AT, 16);
    put_profile_tag(out, "bTRC", CURVE_AT, 16);
    put_profile_tag(out, "D2B1", COSTLY_AT, elements->size + zeros);
    for (int i = 0; i < 3; i++) {
        put(out, "XYZ \0\0\0\0", 8);
        for (int k = 0; k < 3; k++) {
            put_number(out, primaries[i][k], 4, true);
        }
    }
    put(out, "para\0\0\0\0\0\0\0\0\0\2\0\0", 16);
    put(out, elements->bytes, elements->size);
}

static void put_element_head(imx_buffer *out, const char head[8], unsigned in, unsigned colours) {
    put(out, head, 8);
    put_number(out, in, 2, true);
    put_number(out, colours, 2, true);
}

static void put_place(imx_buffer *out, size_t at, size_t size) {
    put_number(out, at, 4, true);
    put_number(out, size, 4, true);
}

/* 4,000 times the same matrix. */
static void put_profile_of_many_elements(imx_buffer *out) {
    enum { ELEMENTS = 4000, MATRIX_AT = 16 + 8 * ELEMENTS, MATRIX_BYTES = 60 };
    imx_buffer elements;
    imx_buffer_init(&elements, UINT16_MAX);
    put_element_head(&elements, "mpet\0\0\0\0", 3, 3);
    put_number(&elements, ELEMENTS, 4, true);
    for (int i = 0; i < ELEMENTS; i++) {
        put_place(&elements, MATRIX_AT, MATRIX_BYTES);
    }
    put_element_head(&elements, MATRIX_HEAD, 3, 3);
    put_zeros(&elements, 48);
    put_profile(out, &elements, 0);
    imx_buffer_free(&elements);
}

/* From 3 to 15 colours, by three times the same table, whose 32,768 corners are read for every
 * pixel, and back. */
size_t put_profile_of_nested_tables(imx_buffer *out) {
    enum { COLOURS = 15, ELEMENTS = 5, ENTRIES = COLOURS << COLOURS };
    enum { MATRIX_BYTES = 12 + 4 * 3 * COLOURS, WIDEN_BYTES = MATRIX_BYTES + 4 * COLOURS };
    enum { NARROW_BYTES = MATRIX_BYTES + 4 * 3, TABLE_BYTES = 28 + 4 * ENTRIES };
    enum { WIDEN_AT = 16 + 8 * ELEMENTS, NARROW_AT = WIDEN_AT + WIDEN_BYTES };
    enum { TABLE_AT = NARROW_AT + NARROW_BYTES };
    imx_buffer elements;
    imx_buffer_init(&elements, UINT16_MAX);
    put_element_head(&elements, "mpet\0\0\0\0", 3, 3);
    put_number(&elements, ELEMENTS, 4, true);
    put_place(&elements, WIDEN_AT, WIDEN_BYTES);
    for (int i = 0; i < 3; i++) {
        put_place(&elements, TABLE_AT, TABLE_BYTES);
    }
    put_place(&elements, NARROW_AT, NARROW_BYTES);
    put_element_head(&elements, MATRIX_HEAD, 3, COLOURS);
    put_zeros(&elements, WIDEN_BYTES - 12);
    put_element_head(&elements, MATRIX_HEAD, COLOURS, 3);
    put_zeros(&elements, NARROW_BYTES - 12);
    put_element_head(&elements, "clut\0\0\0\0", COLOURS, COLOURS);
    put(&elements, "\2\2\2\2\2\2\2\2\2\2\2\2\2\2\2\0", 16);
    put_profile(out, &elements, 4 * ENTRIES);
    imx_buffer_free(&elements);
    return 4 * ENTRIES;
}

void make_jpeg_of_many_elements(imx_buffer *out) {
    imx_buffer profile;
    imx_buffer_init(&profile, UINT16_MAX);
    put_profile_of_many_elements(&profile);
    imx_buffer segments;
    imx_buffer_init(&segments, UINT16_MAX);
    put(&segments, "\xFF\xE2", 2);
    put_number(&segments, profile.size + 16, 2, true);
    put(&segments, "ICC_PROFILE\0\1\1", 14);
    put(&segments, profile.bytes, profile.size);
    put_jpeg(out, 64, 3, 0, &segments);
    imx_buffer_free(&segments);
    imx_buffer_free(&profile);
}
