/* Names that are said of copies are right or wrong; a report that mistook one for the other would
 * praise a library that says too much. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "eval/names.h"

#include <stdio.h>
#include <string.h>

static const eval_kind *kind(const char *name) {
    const eval_kind *found = eval_kind_find(name);
    assert_non_null(found);
    return found;
}

static const eval_name *find(const eval_names *names, const char *text) {
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->all[i].text, text) == 0)
            return &names->all[i];
    }
    fail_msg("'%s' was not counted", text);
    return NULL;
}

static void test_told(void **state) {
    (void)state;
    assert_true(eval_names_tell(kind("crop"), "mirrored;cropped to 50%"));
    assert_true(eval_names_tell(kind("tone"), "contrast raised"));
    assert_false(eval_names_tell(kind("crop"), "mirrored;border"));
    assert_false(eval_names_tell(kind("crop"), "crop"));
    assert_false(eval_names_tell(kind("crop"), ""));
    /* What is true besides is not what was asked for. */
    assert_false(eval_names_tell(kind("mirror"), "cropped to 60%"));
}

static void test_wrong(void **state) {
    (void)state;
    eval_names names = {.count = 0};
    assert_int_equal(eval_names_count(&names, kind("crop"), "cropped to 50%"), 0);
    assert_int_equal(eval_names_count(&names, kind("crop"), "cropped to 41%;contrast lowered"), 1);
    assert_int_equal(eval_names_count(&names, kind("mirror"), "mirrored;cropped to 60%"), 0);
    assert_int_equal(eval_names_count(&names, kind("blur"), "cropped to 60%;banner"), 2);
    /* Any copy may be a lossy file. Noise has no name, so that every other one is wrong. */
    assert_int_equal(eval_names_count(&names, kind("noise"), "re-encoded"), 0);
    assert_int_equal(eval_names_count(&names, kind("noise"), "sharpened"), 1);
    assert_int_equal(eval_names_count(&names, kind("noise"), ""), 0);
    assert_int_equal(names.count, 6);
    assert_int_equal(find(&names, "cropped")->said, 4);
    assert_int_equal(find(&names, "cropped")->wrong, 1);
    assert_int_equal(find(&names, "re-encoded")->said, 1);
    assert_int_equal(find(&names, "re-encoded")->wrong, 0);
    assert_int_equal(find(&names, "contrast lowered")->wrong, 1);
}

static void test_sizes_are_no_part_of_names(void **state) {
    (void)state;
    eval_names names = {.count = 0};
    assert_int_equal(eval_names_count(&names, kind("rotate"),
                                      "rotated 90;rotated -12 degrees;rotated 5 degrees;"
                                      "pasted into a larger picture (18% of it);a to"),
                     2);
    assert_int_equal(names.count, 3);
    assert_int_equal(find(&names, "rotated")->said, 3);
    assert_int_equal(find(&names, "pasted into a larger picture")->wrong, 1);
    assert_int_equal(find(&names, "a to")->wrong, 1);
}

/* Any matcher's results are read: neither many names nor long ones may do harm. */
static void test_many_and_long_names(void **state) {
    (void)state;
    static eval_names names;
    char text[EVAL_NAME_BYTES + 40];
    for (int i = 0; i < EVAL_MOST_NAMES + 20; i++) {
        snprintf(text, sizeof text, "%c%c%059d", 'a' + i % 26, 'a' + i / 26, 0);
        assert_int_equal(eval_names_count(&names, kind("crop"), text), 1);
    }
    assert_int_equal(names.count, EVAL_MOST_NAMES);
    for (size_t i = 0; i < names.count; i++) {
        assert_int_equal(strlen(names.all[i].text), EVAL_NAME_BYTES - 1);
        assert_int_equal(names.all[i].said, 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_told),
        cmocka_unit_test(test_wrong),
        cmocka_unit_test(test_sizes_are_no_part_of_names),
        cmocka_unit_test(test_many_and_long_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
