/*
 * Lists come from other people, and one record may be as long as the limits allow: reading it has
 * to take time in proportion to its bytes, whatever they are and however they arrive. Bytes that
 * are searched are counted, not seconds: the linker puts a memchr of ours between the library and
 * the C library's. And lines are counted right, which messages are found by.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "facade/photo_list.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Searches of one byte, in proportion: a stretch of some bytes behind each line end, twice where
 * LF and CR are looked for, and each once more where lines are counted. */
#define SEARCHES_A_BYTE 1000u

static size_t searched;

void *__real_memchr(const void *bytes, int wanted, size_t size);
void *__wrap_memchr(const void *bytes, int wanted, size_t size);

void *__wrap_memchr(const void *bytes, int wanted, size_t size) {
    const uint8_t *found = __real_memchr(bytes, wanted, size);
    searched += found != NULL ? (size_t)(found - (const uint8_t *)bytes) + 1 : size;
    return (void *)(uintptr_t)found;
}

/* A window with all of a file in it. The caller frees its bytes. */
static imx_list_source window_of(const char *before, const char *repeated, size_t count,
                                 const char *behind) {
    size_t start = strlen(before), step = strlen(repeated), end = strlen(behind);
    size_t size = start + count * step + end;
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    memcpy(bytes, before, start);
    for (size_t i = 0; i < count; i++) {
        memcpy(bytes + start + i * step, repeated, step);
    }
    memcpy(bytes + start + count * step, behind, end);
    searched = 0;
    return (imx_list_source){.name = "a list",
                             .fd = -1,
                             .at_end = true,
                             .cr_ends = true,
                             .bytes = bytes,
                             .capacity = size,
                             .end = size,
                             .max_bytes = size,
                             .line = 1};
}

/* The next record starts at `line` and has `count` fields; 0 for the end. */
static void expect_record(imx_list_source *source, imx_csv_record *record, uint64_t line,
                          size_t count) {
    bool found = false;
    uint64_t at = 0;
    assert_int_equal(imx_list_next_record(&found, &at, record, source, NULL), IMGMATCH_OK);
    assert_int_equal(found, count > 0);
    assert_int_equal(at, line);
    if (found) {
        assert_int_equal(record->count, count);
    }
}

static void end_with(imx_list_source *source, imx_csv_record *record, size_t size) {
    assert_true(searched <= SEARCHES_A_BYTE * size);
    imx_buffer_free(&record->text);
    free(source->bytes);
}

/* A record of nothing but line ends, in quotes: each of them is a line. */
static void lines_of_a_record_are_counted_in_one_pass(void **state) {
    (void)state;
    enum { COUNT = 100000 };
    static const struct {
        const char *ends;
        size_t lines;
    } kinds[] = {{"\r", COUNT},       {"\n", COUNT},  {"\r\n", COUNT},
                 {"\n\r", COUNT + 1}, {"\rx", COUNT}, {"\r\r\n", 2 * COUNT}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        imx_csv_record record = {.count = 0};
        imx_buffer_init(&record.text, SIZE_MAX / 4);
        imx_list_source source = window_of("a,b\n\"x", kinds[i].ends, COUNT, "y\",1\nc,d\n");
        expect_record(&source, &record, 1, 2);
        expect_record(&source, &record, 2, 2);
        assert_int_equal(record.offsets[1], 1 + COUNT * strlen(kinds[i].ends) + 2);
        expect_record(&source, &record, 3 + kinds[i].lines, 2);
        expect_record(&source, &record, 4 + kinds[i].lines, 0);
        end_with(&source, &record, source.max_bytes);
    }
}

/* Blank lines are records of their own, passed by one at a time. */
static void blank_lines_are_passed_in_one_pass(void **state) {
    (void)state;
    enum { COUNT = 100000 };
    static const char *const ends[] = {"\r", "\n", "\r\n"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        imx_csv_record record = {.count = 0};
        imx_buffer_init(&record.text, SIZE_MAX / 4);
        imx_list_source source = window_of("", ends[i], COUNT, "a,b");
        expect_record(&source, &record, 1 + COUNT, 2);
        expect_record(&source, &record, 1 + COUNT, 0);
        end_with(&source, &record, source.max_bytes);
    }
}

/* As `import` does, which asks for lines before it knows what the file is. */
static void lines_are_found_in_one_pass(void **state) {
    (void)state;
    enum { COUNT = 100000 };
    static const char *const ends[] = {"\r", "\n", "\r\n"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        imx_csv_record record = {.count = 0};
        imx_list_source source = window_of("", ends[i], COUNT, "x\n");
        for (size_t line = 0; line < COUNT; line++) {
            size_t size = imx_list_source_line_size(&source, imx_list_source_at(&source));
            assert_int_equal(size, strlen(ends[i]));
            imx_list_source_skip(&source, size);
        }
        assert_int_equal(source.line, COUNT + 1);
        assert_int_equal(imx_list_source_line_size(&source, imx_list_source_at(&source)), 2);
        end_with(&source, &record, source.max_bytes);
    }
}

/* Line ends at every distance, which find_line_end looks for in stretches. */
static void line_ends_are_found_at_every_distance(void **state) {
    (void)state;
    static const char *const ends[] = {"\r", "\n", "\r\n"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        for (size_t length = 0; length < 600; length++) {
            imx_list_source source = window_of("", "x", length, ends[i]);
            size_t size = length + strlen(ends[i]);
            assert_int_equal(imx_list_source_line_size(&source, source.bytes), size);
            source.cr_ends = false;
            assert_int_equal(imx_list_source_line_size(&source, source.bytes), i == 0 ? 0 : size);
            free(source.bytes);
        }
    }
}

/* From a pipe come as few bytes at a time as its writer likes; a socket that keeps packets apart
 * does so without another thread. What is there already is read before the record is begun anew. */
static void records_that_come_in_pieces_are_read_in_one_pass(void **state) {
    (void)state;
    enum { PIECE = 256, PIECES = 60 };
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    char piece[PIECE];
    memset(piece, 'x', sizeof piece);
    piece[0] = '"';
    for (int i = 0; i < PIECES; i++) {
        assert_int_equal(send(ends[1], piece, sizeof piece, 0), PIECE);
        piece[0] = '\r';
    }
    assert_int_equal(send(ends[1], "\",2\n", 4, 0), 4);
    assert_int_equal(close(ends[1]), 0);
    imx_csv_record record = {.count = 0};
    imx_buffer_init(&record.text, SIZE_MAX / 4);
    imx_list_source source = window_of("", "", 1u << 16, "");
    source.fd = ends[0];
    source.at_end = false;
    source.bytes = realloc(source.bytes, 1u << 16);
    source.capacity = source.max_bytes = 1u << 16;
    assert_non_null(source.bytes);
    expect_record(&source, &record, 1, 2);
    assert_int_equal(record.offsets[1], PIECES * PIECE);
    expect_record(&source, &record, PIECES + 1, 0);
    assert_int_equal(close(ends[0]), 0);
    /* Looked for are the closing quote, NULs and line ends: four times, and as often in what was
     * begun anew. */
    assert_true(searched <= 10 * PIECES * PIECE);
    imx_buffer_free(&record.text);
    free(source.bytes);
}

/* A record that is whole is handed out, though there would be more to read. */
static void records_do_not_wait_for_later_ones(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
    assert_int_equal(send(ends[1], "a,", 2, 0), 2);
    assert_int_equal(send(ends[1], "b\n", 2, 0), 2);
    imx_csv_record record = {.count = 0};
    imx_buffer_init(&record.text, SIZE_MAX / 4);
    imx_list_source source = window_of("", " ", 4096, "");
    source.fd = ends[0];
    source.at_end = false;
    source.end = 0;
    expect_record(&source, &record, 1, 2); /* The other end is open: a read would wait. */
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
    imx_buffer_free(&record.text);
    free(source.bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_a_record_are_counted_in_one_pass),
        cmocka_unit_test(blank_lines_are_passed_in_one_pass),
        cmocka_unit_test(lines_are_found_in_one_pass),
        cmocka_unit_test(line_ends_are_found_at_every_distance),
        cmocka_unit_test(records_that_come_in_pieces_are_read_in_one_pass),
        cmocka_unit_test(records_do_not_wait_for_later_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
