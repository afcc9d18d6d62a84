/* The copy of a TIFF that libvips sees has a header of its own: what of the file lies there is
 * checked as it stands in the copy. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/buffer.h"
#include "base/byte_order.h"
#include "base/clock.h"
#include "image/container.h"
#include "made_files/bytes.h"

#include <stdlib.h>

#define MOST_BYTES (1u << 20)
#define SIDE 32u
#define DIRECTORY_AT 0x100u
#define PIXELS_AT 0x200u
#define ENTRIES 9u
enum { SHORT = 3, LONG = 4, LONG8 = 16 };

static void put_entry(imx_buffer *out, unsigned tag, unsigned type, uint32_t value) {
    put_number(out, tag, 2, false);
    put_number(out, type, 2, false);
    put_number(out, 1, 4, false);
    put_number(out, value, 4, false);
}

/* A grey picture of one tile in a file of `bytes` bytes, with its kind of compression in one number
 * of `type` or, if that is wide, where that number lies. */
static void write_file(imx_buffer *out, size_t bytes, unsigned type, uint32_t compression) {
    imx_buffer_clear(out);
    put(out, "II*\0", 4);
    put_number(out, DIRECTORY_AT, 4, false);
    put_zeros(out, DIRECTORY_AT - out->size);
    put_number(out, ENTRIES, 2, false);
    put_entry(out, 256, LONG, SIDE);
    put_entry(out, 257, LONG, SIDE);
    put_entry(out, 258, SHORT, 8);
    put_entry(out, 259, type, compression);
    put_entry(out, 262, SHORT, 1);
    put_entry(out, 322, LONG, SIDE);
    put_entry(out, 323, LONG, SIDE);
    put_entry(out, 324, LONG, PIXELS_AT);
    put_entry(out, 325, LONG, SIDE * SIDE);
    put_zeros(out, bytes - out->size);
    assert_false(out->failed);
}

static imgmatch_reason open_file(imx_container *out, const imx_buffer *file) {
    const imgmatch_limits limits = IMGMATCH_LIMITS_INIT;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imx_raster raster = {.deadline_ms = imx_clock_ms() + 600000};
    *out = (imx_container){.data = file->bytes, .size = file->size};
    imgmatch_status status = imx_tiff_open(out, &raster, &limits, &diag);
    assert_int_equal(status == IMGMATCH_OK, diag.reason == IMGMATCH_REASON_NONE);
    return diag.reason;
}

/* In all of these the compression is 1, none, by the file as it is: the number lies on the second
 * byte of the directory's offset, 0x100. In the copy it is of the new directory's. */
static void test_numbers_in_the_header(void **state) {
    (void)state;
    static const struct {
        size_t bytes; /* Also the new directory's offset. */
        imgmatch_reason reason;
    } files[] = {
        {0x600, IMGMATCH_REASON_UNSUPPORTED}, /* Old-style JPEG. */
        {0x700, IMGMATCH_REASON_CORRUPT},     /* JPEG, and there is none. */
        {0x800, IMGMATCH_REASON_NONE},        /* Deflate, which libtiff looks at. */
    };
    imx_buffer file;
    imx_buffer_init(&file, MOST_BYTES);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        write_file(&file, files[i].bytes, LONG8, 5);
        imx_container opened;
        assert_int_equal(open_file(&opened, &file), files[i].reason);
        free(opened.copy);
    }
    imx_buffer_free(&file);
}

/* The header and a directory of the tags that are known are all that differs. */
static void test_the_copy_of_a_sound_file(void **state) {
    (void)state;
    enum { BYTES = 0x701, HEADER = 8 };
    imx_buffer file;
    imx_buffer_init(&file, MOST_BYTES);
    write_file(&file, BYTES, SHORT, 1);
    imx_container opened;
    assert_int_equal(open_file(&opened, &file), IMGMATCH_REASON_NONE);
    assert_ptr_equal(opened.data, opened.copy);
    assert_int_equal(imx_little32(opened.data + 4), BYTES + 1);
    assert_memory_equal(opened.data + HEADER, file.bytes + HEADER, BYTES - HEADER);
    assert_int_equal(opened.size, BYTES + 1 + 2 + ENTRIES * 12 + 4);
    assert_memory_equal(opened.data + BYTES + 1, file.bytes + DIRECTORY_AT, 2 + ENTRIES * 12 + 4);
    free(opened.copy);
    imx_buffer_free(&file);
}

static void test_files_that_end_in_their_header(void **state) {
    (void)state;
    imx_buffer file;
    imx_buffer_init(&file, MOST_BYTES);
    put(&file, "II*\0\0\1\0", 7);
    imx_container opened;
    assert_int_equal(open_file(&opened, &file), IMGMATCH_REASON_TRUNCATED);
    free(opened.copy);
    imx_buffer_free(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_in_the_header),
        cmocka_unit_test(test_the_copy_of_a_sound_file),
        cmocka_unit_test(test_files_that_end_in_their_header),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
