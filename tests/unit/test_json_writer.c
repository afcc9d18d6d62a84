/*
 * Results are read by other programs: they must be JSON whatever a path holds, numbers must not
 * depend on the user's locale, and a writer that runs out of room must say so instead of cutting.
 */
#include "base/buffer.h"
#include "base/json_writer.h"

#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void expect_written(imx_buffer *buffer, const char *expected) {
    size_t size;
    char *text = (char *)imx_buffer_take(buffer, &size);
    assert_non_null(text);
    assert_string_equal(text, expected);
    assert_int_equal(size, strlen(expected));
    free(text);
}

static void commas_come_by_themselves(void **state) {
    (void)state;
    imx_buffer buffer;
    imx_json_writer json;
    imx_buffer_init(&buffer, 1000);
    imx_json_begin(&json, &buffer);
    imx_json_open_object(&json);
    imx_json_key(&json, "a");
    imx_json_integer(&json, INT64_MIN);
    imx_json_key(&json, "b");
    imx_json_open_array(&json);
    imx_json_bool(&json, true);
    imx_json_bool(&json, false);
    imx_json_open_object(&json);
    imx_json_close_object(&json);
    imx_json_open_array(&json);
    imx_json_close_array(&json);
    imx_json_text(&json, NULL);
    imx_json_close_array(&json);
    imx_json_key(&json, "c");
    imx_json_raw(&json, "{\"x\":1}");
    imx_json_key(&json, "d");
    imx_json_text(&json, "");
    imx_json_close_object(&json);
    expect_written(&buffer, "{\"a\":-9223372036854775808,\"b\":[true,false,{},[],null],"
                            "\"c\":{\"x\":1},\"d\":\"\"}");
}

static void expect_text(const char *text, const char *expected) {
    imx_buffer buffer;
    imx_json_writer json;
    imx_buffer_init(&buffer, 1000);
    imx_json_begin(&json, &buffer);
    imx_json_text(&json, text);
    expect_written(&buffer, expected);
}

static void texts_are_escaped(void **state) {
    (void)state;
    expect_text("a\"b\\c/d", "\"a\\\"b\\\\c/d\"");
    expect_text("\b\f\n\r\t\x01\x1f\x7f", "\"\\b\\f\\n\\r\\t\\u0001\\u001f\\u007f\"");
    expect_text("\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\"\\u0080\\u009b\\u009f\xc2\xa0\"");
    expect_text("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
                "\"\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\"");
}

static void bytes_that_are_no_utf8_are_kept(void **state) {
    (void)state;
    expect_text("\x80\xff", "\"\\udc80\\udcff\"");
    expect_text("\xc3", "\"\\udcc3\"");                                  /* Cut. */
    expect_text("\xc0\xaf", "\"\\udcc0\\udcaf\"");                       /* Overlong. */
    expect_text("\xe0\x80\x80", "\"\\udce0\\udc80\\udc80\"");            /* Overlong. */
    expect_text("\xed\xa0\x80", "\"\\udced\\udca0\\udc80\"");            /* A surrogate. */
    expect_text("\xf4\x90\x80\x80", "\"\\udcf4\\udc90\\udc80\\udc80\""); /* Past U+10FFFF. */
    expect_text("\xf5z", "\"\\udcf5z\"");
    expect_text("\xe2\x82z", "\"\\udce2\\udc82z\"");
}

static void expect_number(double value, int decimals, const char *expected) {
    imx_buffer buffer;
    imx_json_writer json;
    imx_buffer_init(&buffer, 1000);
    imx_json_begin(&json, &buffer);
    imx_json_number(&json, value, decimals);
    expect_written(&buffer, expected);
}

static void check_numbers(void) {
    expect_number(0.994, 3, "0.994");
    expect_number(0.9996, 3, "1");
    expect_number(1.5, 6, "1.5");
    expect_number(100, 2, "100");
    expect_number(100, 0, "100");
    expect_number(-0.0001, 2, "0");
    expect_number(-2.25, 2, "-2.25");
    expect_number(1234567.891, 1, "1234567.9");
    expect_number(NAN, 2, "null");
    expect_number(-INFINITY, 2, "null");
    expect_number(1e22, 3, "10000000000000000000000.0");
}

static void numbers_do_not_depend_on_the_locale(void **state) {
    (void)state;
    static const char *const locales[] = {"C",           "de_DE.UTF-8", "fr_FR.UTF-8",
                                          "ps_AF.UTF-8", "de_DE",       "fr_FR"};
    for (size_t i = 0; i < sizeof locales / sizeof locales[0]; i++) {
        if (setlocale(LC_ALL, locales[i]) != NULL) { /* Those that are installed here. */
            check_numbers();
        }
    }
    assert_non_null(setlocale(LC_ALL, "C"));
}

static void running_out_of_room_is_seen(void **state) {
    (void)state;
    for (size_t room = 0; room < 20; room++) {
        imx_buffer buffer;
        imx_json_writer json;
        imx_buffer_init(&buffer, room);
        imx_json_begin(&json, &buffer);
        imx_json_open_array(&json);
        imx_json_text(&json, "1234567890123456");
        imx_json_close_array(&json);
        size_t size;
        assert_null(imx_buffer_take(&buffer, &size));
        imx_buffer_free(&buffer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(commas_come_by_themselves),
        cmocka_unit_test(texts_are_escaped),
        cmocka_unit_test(bytes_that_are_no_utf8_are_kept),
        cmocka_unit_test(numbers_do_not_depend_on_the_locale),
        cmocka_unit_test(running_out_of_room_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
