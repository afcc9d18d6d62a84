/*
 * JSON from outside: manifests, photo lists, requests. Depth and duplicates must be refused, order
 * kept, bytes in the "surrogateescape" form had again, and nothing may crash the parser.
 */
#include "base/buffer.h"
#include "base/json_reader.h"
#include "base/json_scan.h"
#include "base/random.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static imx_json *parse(const char *text) {
    imx_json *root = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    if (imx_json_parse(&root, text, strlen(text), 8, &diag) != IMGMATCH_OK) {
        fail_msg("%s: %s", text, diag.message);
    }
    return root;
}

static void expect_refused(const char *text, size_t size, const char *part) {
    imx_json *root = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imx_json_parse(&root, text, size, 8, &diag), IMGMATCH_ERR_SYNTAX);
    assert_null(root);
    if (strstr(diag.message, part) == NULL || strchr(diag.message, '\n') != NULL) {
        fail_msg("\"%s\" is not in \"%s\"", part, diag.message);
    }
}

static void values_come_back(void **state) {
    (void)state;
    imx_json *root =
        parse("{\"t\":\"x\",\"i\":-5,\"r\":2.5,\"b\":true,\"n\":null,\"a\":[1,\"2\"]}");
    double number;
    int64_t integer;
    bool flag;
    assert_true(imx_json_is_object(root));
    assert_string_equal(imx_json_get_text(imx_json_get(root, "t")), "x");
    assert_true(imx_json_get_integer(imx_json_get(root, "i"), &integer) && integer == -5);
    assert_true(imx_json_get_number(imx_json_get(root, "i"), &number) && number <= -5);
    assert_true(imx_json_get_number(imx_json_get(root, "r"), &number) && number >= 2.5);
    assert_false(imx_json_get_integer(imx_json_get(root, "r"), &integer));
    assert_true(imx_json_get_bool(imx_json_get(root, "b"), &flag) && flag);
    assert_true(imx_json_is_null(imx_json_get(root, "n")));
    assert_int_equal(imx_json_array_size(imx_json_get(root, "a")), 2);
    assert_string_equal(imx_json_get_text(imx_json_array_get(imx_json_get(root, "a"), 1)), "2");
    imx_json_free(root);
}

/* Callers chain these without looking, so a value of another kind, or none, must be harmless. */
static void what_is_not_there_is_harmless(void **state) {
    (void)state;
    imx_json *root = parse("[1]");
    double number;
    int64_t integer;
    bool flag;
    assert_null(imx_json_get(root, "x"));
    assert_null(imx_json_get(NULL, "x"));
    assert_null(imx_json_get_text(NULL));
    assert_null(imx_json_array_get(root, 1));
    assert_null(imx_json_array_get(NULL, 0));
    assert_int_equal(imx_json_array_size(NULL), 0);
    assert_false(imx_json_get_number(NULL, &number));
    assert_false(imx_json_get_integer(NULL, &integer));
    assert_false(imx_json_get_bool(NULL, &flag));
    assert_false(imx_json_is_null(NULL));
    assert_false(imx_json_is_object(NULL));
    imx_json_free(root);
    imx_json_free(NULL);
}

static void members_keep_their_order(void **state) {
    (void)state;
    static const char *const keys[] = {"zebra", "apple", "m", "b", "a", "\xc3\xa9"};
    imx_json *root = parse("{\"zebra\":0,\"apple\":1,\"m\":2,\"b\":3,\"a\":4,\"\\u00e9\":5}");
    const char *key;
    const imx_json *value;
    int64_t count = 0;
    void *at = imx_json_object_next(root, NULL, &key, &value);
    for (; at != NULL; at = imx_json_object_next(root, at, &key, &value)) {
        int64_t number;
        assert_string_equal(key, keys[count]);
        assert_true(imx_json_get_integer(value, &number) && number == count);
        count++;
    }
    assert_int_equal(count, 6);
    imx_json_free(root);
}

/* Column and reason, because the reader of a message has to find the place in a line of thousands.
 */
static void malformed_texts_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *text;
        const char *part;
    } cases[] = {
        {"", "not valid JSON: column 1: a value expected, not the end"},
        {"{\"a\":1", "not valid JSON: column 7: ',' or '}' expected, not the end"},
        {"{\n\"a\" 1}", "line 2, column 5: ':' expected, not '1'"},
        {"{\"\xc3\xa9\":1,\"a\":2,\"b\":3,\"a\":4,\"b\":5}", "column 20: a duplicate key"},
        {"{\"a\":1,}", "column 8: a key in quotes expected, not '}'"},
        {"{1:2}", "column 2: a key in quotes or '}' expected, not '1'"},
        {"[1,]", "column 4: a value expected, not ']'"},
        {"[1 2]", "column 4: ',' or ']' expected, not '2'"},
        {"[tru]", "column 2: a value expected, not 't'"},
        {"nul", "column 1: a value expected"},
        {"1 2", "column 3: the end expected, not '2'"},
        {"01", "column 2: the end expected"},
        {"+1", "column 1: a value expected"},
        {"-", "column 2: a digit expected, not the end"},
        {"1.", "column 3: a digit expected"},
        {"1e+", "column 4: a digit expected"},
        {".5", "column 1: a value expected"},
        {"NaN", "column 1: a value expected"},
        {"9223372036854775808", "column 1: an integer of more than 64 bits"},
        {"[-9223372036854775809]", "column 2: an integer of more than 64 bits"},
        {"1e400", "column 1: a number that is too large"},
        {"\"\xff\"", "column 2: no valid UTF-8"},
        {"\"\xed\xa0\x80\"", "no valid UTF-8"},
        {"\"a\nb\"", "a control character in a text"},
        {"\"abc", "column 1: a text without an end"},
        {"\"abc\\", "no escape of JSON's"},
        {"\"\\x41\"", "column 2: no escape of JSON's"},
        {"\"\\u12g4\"", "four hexadecimal digits are missing"},
        {"\"\\u0000\"", "column 2: \\u0000 cannot be part of a text"},
        {"\"\\ud800\"", "column 2: a lone surrogate"},
        {"\"\\ud800\\u0041\"", "a lone surrogate"},
        {"\"\\udc7f\"", "a lone surrogate"},
        {"{\"\\udc80\":1}", "column 3: a lone surrogate in a key"},
        {"[[[[[[[[[1]]]]]]]]]", "nested 9 deep"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        expect_refused(cases[i].text, strlen(cases[i].text), cases[i].part);
    }
    expect_refused("\"a\0b\"", 5, "a control character in a text");
    expect_refused("1\0", 2, "the end expected");
}

static void numbers_keep_their_value(void **state) {
    (void)state;
    static const char *const locales[] = {"C", "de_DE.UTF-8", "fr_FR.UTF-8", "ps_AF.UTF-8"};
    for (size_t i = 0; i < sizeof locales / sizeof *locales; i++) {
        if (setlocale(LC_ALL, locales[i]) == NULL) {
            continue; /* Those that are installed here. */
        }
        imx_json *root = parse("[-9223372036854775808,9223372036854775807,-0,0.1,-2.5E-3,1e-400]");
        static const int64_t integers[] = {INT64_MIN, INT64_MAX, 0};
        static const double reals[] = {0.1, -2.5e-3, 0};
        for (size_t j = 0; j < 3; j++) {
            int64_t integer;
            double real;
            assert_true(imx_json_get_integer(imx_json_array_get(root, j), &integer));
            assert_true(integer == integers[j]);
            assert_true(imx_json_get_number(imx_json_array_get(root, 3 + j), &real));
            assert_memory_equal(&real, &reals[j], sizeof real);
        }
        imx_json_free(root);
    }
    assert_non_null(setlocale(LC_ALL, "C"));
}

/* A line of as many keys, or brackets, as it can hold must not take hours. */
static void wide_and_deep_texts_are_read(void **state) {
    (void)state;
    enum { KEYS = 100000, DEEP = 2048 };
    imx_buffer text;
    imx_buffer_init(&text, SIZE_MAX / 4);
    for (uint32_t i = 0; i < KEYS; i++) {
        char member[32];
        (void)snprintf(member, sizeof member, "%c\"%x\":%u", i == 0 ? '{' : ',', i * 2654435761u,
                       i);
        (void)imx_buffer_append_text(&text, member);
    }
    (void)imx_buffer_append_text(&text, "}");
    imx_json *root = NULL;
    assert_int_equal(imx_json_parse(&root, (char *)text.bytes, text.size, 8, NULL), IMGMATCH_OK);
    int64_t number;
    assert_true(imx_json_get_integer(imx_json_get(root, "9e3779b1"), &number) && number == 1);
    imx_json_free(root);
    imx_buffer_clear(&text);
    for (int i = 0; i < DEEP; i++) {
        (void)imx_buffer_append_text(&text, "[");
    }
    for (int i = 0; i < DEEP; i++) {
        (void)imx_buffer_append_text(&text, "]");
    }
    assert_int_equal(imx_json_parse(&root, (char *)text.bytes, text.size, UINT32_MAX, NULL),
                     IMGMATCH_OK);
    char *again = imx_json_to_text(root);
    assert_non_null(again);
    assert_memory_equal(again, text.bytes, text.size);
    free(again);
    imx_json_free(root);
    imx_buffer_free(&text);
}

/* Brackets in texts are no nesting. */
static void depth_counts_brackets_outside_texts(void **state) {
    (void)state;
    imx_json_free(parse("{\"a\":\"[[[[[[[[[[[[[[[\\\"[[[[[[[\"}"));
    imx_json_free(parse("[[],[],[],[],[],[],[],[],[],[]]"));
    imx_json_free(parse("[[[[[[[[]]]]]]]]"));
}

static void expect_text(const char *json, const char *expected) {
    imx_json *root = parse(json);
    assert_string_equal(imx_json_get_text(root), expected);
    imx_json_free(root);
}

static void escaped_bytes_come_back(void **state) {
    (void)state;
    expect_text("\"caf\\udce9.jpg\"", "caf\xe9.jpg");
    expect_text("\"\\udc80\\uDCFF\"", "\x80\xff");
    expect_text("\"\\udc80\\u0001\\u00e9\\udc81\"", "\x80\x01\xc3\xa9\x81");
    expect_text("\"\\u0001\\udc80\"", "\x01\x80");
    expect_text("\"\\ud83d\\ude00\\udc80\"", "\xf0\x9f\x98\x80\x80");
    expect_text("\"\\ud83d\\udc80\"", "\xf0\x9f\x92\x80"); /* A pair, not a byte. */
    expect_text("\"\\\\udc80\"", "\\udc80");               /* An escaped backslash. */
}

static void expect_same_text(const char *json) {
    imx_json *root = parse(json);
    char *text = imx_json_to_text(root);
    assert_non_null(text);
    assert_string_equal(text, json);
    free(text);
    imx_json_free(root);
}

static void values_are_written_as_they_were_read(void **state) {
    (void)state;
    expect_same_text("{\"z\":[1,-2,true,false,null,{}],\"a\":{\"x\":\"\\n\\\"\"},\"m\":[]}");
    expect_same_text(
        "[0.1,19.9,2.5,-3.0,1e30,1e-7,2.5e-100,1.0000000000000002,9223372036854775807]");
    expect_same_text("{\"path\":\"caf\\udce9\",\"list\":[\"\\udc80\"],\"\xc3\xa9\":\"\xc3\xa9\"}");
}

static void garbage_is_survived(void **state) {
    (void)state;
    static const char sample[] =
        "{\"path\":\"\\udce9\\ud83d\\ude00\\u0001x\",\"a\":[1,2.5e3,{\"b\":null}],\"c\":true}";
    static const char alphabet[] = "{}[]\",:\\u0dc89ef-.tn\xff\xc3";
    imx_random random = {99};
    for (int round = 0; round < 20000; round++) {
        char text[sizeof sample];
        size_t size = sizeof sample - 1;
        memcpy(text, sample, size);
        size = round % 4 == 0 ? imx_random_below(&random, (uint32_t)size) : size;
        for (uint32_t i = imx_random_below(&random, 5); i > 0 && size > 0; i--) {
            text[imx_random_below(&random, (uint32_t)size)] =
                alphabet[imx_random_below(&random, sizeof alphabet - 1)];
        }
        imx_json *root = NULL;
        imgmatch_status status = imx_json_parse(&root, text, size, 8, NULL);
        assert_true(status == IMGMATCH_OK || status == IMGMATCH_ERR_SYNTAX);
        assert_true((status == IMGMATCH_OK) == (root != NULL));
        if (root != NULL) {
            /* Whatever was taken can be written, and taken again. */
            char *again = imx_json_to_text(root);
            assert_non_null(again);
            imx_json_free(root);
            root = parse(again);
            free(again);
        }
        imx_json_free(root);
    }
}

static void objects_are_told_without_reading_them(void **state) {
    (void)state;
    static const char *const objects[] = {
        "{}",
        " {\r\n\t} \n",
        "{\"a\":1}",
        "{\"a\" : [ 1 , -0.5e+3, 0, 10E2 , \"\" ] , \"b\":{\"c\":[[],{}]}, \"d\":null}",
        "{\"\\u00e9\\n\\\"}\\\\\":true,\"\xc3\xa9\":false}",
    };
    static const char *const others[] = {
        "",
        " ",
        "[]",
        "1",
        "\"{}\"",
        "{",
        "}",
        "{}}",
        "{}{}",
        "{},\"id\":\"other\",\"x\":{}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "{a:1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":[1}]",
        "{\"a\":[1,]}",
        "{\"a\":01}",
        "{\"a\":1.}",
        "{\"a\":-}",
        "{\"a\":1e}",
        "{\"a\":+1}",
        "{\"a\":tru}",
        "{\"a\":nullnull}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u00g0\"}",
        "{\"a\":\"",
        "{\"a\":\"\\",
    };
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        imx_json_free(parse(objects[i]));
        if (!imx_json_is_object_text(objects[i])) {
            fail_msg("no object: %s", objects[i]);
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        if (imx_json_is_object_text(others[i])) {
            fail_msg("an object: %s", others[i]);
        }
    }
    /* Arrays in one another, the innermost of which is empty and so is none to be in. */
    static char deep[2 * 4200 + 8];
    for (size_t depth = 4096; depth <= 4097; depth++) {
        memcpy(deep, "{\"a\":", 5);
        memset(deep + 5, '[', depth);
        memset(deep + 5 + depth, ']', depth);
        memcpy(deep + 5 + 2 * depth, "}", 2);
        assert_int_equal(imx_json_is_object_text(deep), depth == 4096);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(what_is_not_there_is_harmless),
        cmocka_unit_test(members_keep_their_order),
        cmocka_unit_test(malformed_texts_are_refused),
        cmocka_unit_test(numbers_keep_their_value),
        cmocka_unit_test(wide_and_deep_texts_are_read),
        cmocka_unit_test(depth_counts_brackets_outside_texts),
        cmocka_unit_test(escaped_bytes_come_back),
        cmocka_unit_test(values_are_written_as_they_were_read),
        cmocka_unit_test(garbage_is_survived),
        cmocka_unit_test(objects_are_told_without_reading_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
