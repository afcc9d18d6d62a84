/*
 * JSON from outside: manifests, photo lists, requests. Depth and duplicates must be refused, order
 * kept, bytes in the "surrogateescape" form had again, and nothing may crash the parser.
 */
#include "base/json_reader.h"
#include "base/random.h"

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

static void malformed_texts_are_refused(void **state) {
    (void)state;
    expect_refused("", 0, "not valid JSON");
    expect_refused("{\"a\":1", 6, "line 1, column 6");
    expect_refused("{\n\"a\" 1}", 8, "line 2");
    expect_refused("{\"a\":1,\"a\":2}", 13, "duplicate");
    expect_refused("\"\xff\"", 3, "not valid JSON");
    expect_refused("[[[[[[[[[1]]]]]]]]]", 19, "nested 9 deep");
    expect_refused("\"\\u0000\"", 8, "not valid JSON");
    expect_refused("{\"\\udc80\":1}", 12, "key");
    expect_refused("\"\\ud800\"", 8, "not valid JSON");
    expect_refused("1 2", 3, "not valid JSON");
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
    expect_same_text("[0.1,19.9,2.5,1e30,1.0000000000000002,9223372036854775807]");
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_back),
        cmocka_unit_test(what_is_not_there_is_harmless),
        cmocka_unit_test(members_keep_their_order),
        cmocka_unit_test(malformed_texts_are_refused),
        cmocka_unit_test(depth_counts_brackets_outside_texts),
        cmocka_unit_test(escaped_bytes_come_back),
        cmocka_unit_test(values_are_written_as_they_were_read),
        cmocka_unit_test(garbage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
