/* Calls that return no status have an answer for NULL, too: who did not check what a failed call
 * left behind is not to crash. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include <imgmatch/imgmatch.h>

static void photo_lists_have_answers_for_null(void **state) {
    (void)state;
    int fd = 7;
    assert_int_equal(imgmatch_photo_list_line(NULL), 0);
    assert_false(imgmatch_photo_list_waits(&fd, NULL));
    assert_int_equal(fd, -1);
    assert_false(imgmatch_photo_list_waits(NULL, NULL));
}

static void hashes_have_answers_for_null(void **state) {
    (void)state;
    const imgmatch_pdq hash = {.quality = 100};
    char hex[IMGMATCH_PDQ_HEX_BYTES] = "x";
    assert_int_equal(imgmatch_pdq_distance(&hash, &hash), 0);
    assert_int_equal(imgmatch_pdq_distance(&hash, NULL), 256);
    assert_int_equal(imgmatch_pdq_distance(NULL, &hash), 256);
    assert_int_equal(imgmatch_pdq_distance(NULL, NULL), 256);
    imgmatch_pdq_to_hex(hex, NULL);
    assert_string_equal(hex, "");
    imgmatch_pdq_to_hex(NULL, &hash);
}

static void models_have_answers_for_null(void **state) {
    (void)state;
    assert_null(imgmatch_model_get_info(NULL));
    imgmatch_model_close(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(photo_lists_have_answers_for_null),
        cmocka_unit_test(hashes_have_answers_for_null),
        cmocka_unit_test(models_have_answers_for_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
