/*
 * What is wrong stands at the end of a message, behind a path that may be as long as the system
 * takes: it has to be there, however long the path is, and the message has to stay UTF-8.
 */
#include "base/diag.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LONGEST 20000

static bool ends_with(const char *text, const char *end) {
    size_t size = strlen(text), tail = strlen(end);
    return tail <= size && strcmp(text + size - tail, end) == 0;
}

/* Of characters of three bytes: does each that begins go on, and does none go on that did not
 * begin? */
static bool has_whole_characters(const char *text) {
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if ((byte & 0xC0) == 0x80) {
            return false;
        }
        if (byte >= 0xE0) {
            if ((text[1] & 0xC0) != 0x80 || (text[2] & 0xC0) != 0x80) {
                return false;
            }
            text += 2;
        }
    }
    return true;
}

static void a_short_message_is_as_it_was_written(void **state) {
    (void)state;
    char path[LONGEST + 1];
    /* Up to the last one that has room, in which nothing may be left out. */
    for (size_t size = 0; size < IMGMATCH_DIAG_MESSAGE_BYTES - 5; size++) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        memset(path, 'x', size);
        path[size] = '\0';
        assert_int_equal(imx_fail(&diag, IMGMATCH_ERR_IO, "%s: end", path), IMGMATCH_ERR_IO);
        assert_int_equal(strlen(diag.message), size + 5);
        assert_memory_equal(diag.message, path, size);
        assert_true(ends_with(diag.message, ": end"));
    }
}

static void a_long_path_leaves_the_reason(void **state) {
    (void)state;
    static const size_t sizes[] = {507, 508, 510, 511, 512, 513, 600, 4095, 8000, 9900};
    char path[LONGEST + 1];
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        memset(path, 'x', sizes[i]);
        memcpy(path, "start/", 6);
        path[sizes[i]] = '\0';
        assert_int_equal(imx_fail_errno(&diag, ENOENT, "open", path), IMGMATCH_ERR_NOT_FOUND);
        assert_true(strlen(diag.message) < IMGMATCH_DIAG_MESSAGE_BYTES);
        assert_true(strncmp(diag.message, "start/", 6) == 0);
        assert_non_null(strstr(diag.message, "[...]"));
        assert_true(ends_with(diag.message, ": cannot open: No such file or directory"));
    }
}

static void characters_stay_whole(void **state) {
    (void)state;
    char path[LONGEST + 1];
    for (size_t shift = 0; shift < 3; shift++) {
        for (size_t behind = 0; behind < 3; behind++) {
            imgmatch_diag diag = IMGMATCH_DIAG_INIT;
            memset(path, 'x', shift);
            for (size_t i = 0; i < 1000; i++) {
                memcpy(path + shift + 3 * i, "\xE5\xAF\xB8", 3);
            }
            memset(path + shift + 3000, 'y', behind);
            path[shift + 3000 + behind] = '\0';
            (void)imx_fail_photo(&diag, IMGMATCH_REASON_NOT_FOUND, "%s", path);
            assert_true(has_whole_characters(diag.message));
            assert_in_range(strlen(diag.message), IMGMATCH_DIAG_MESSAGE_BYTES - 8,
                            IMGMATCH_DIAG_MESSAGE_BYTES - 1);
        }
    }
}

/* Beyond what is kept of it, a message loses its end; it stays one. */
static void no_length_leads_out_of_it(void **state) {
    (void)state;
    char path[LONGEST + 1];
    memset(path, '\x80', LONGEST); /* No character begins anywhere. */
    path[LONGEST] = '\0';
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    (void)imx_fail(&diag, IMGMATCH_ERR_IO, "%s", path);
    assert_in_range(strlen(diag.message), 1, IMGMATCH_DIAG_MESSAGE_BYTES - 1);
    (void)imx_fail(&diag, IMGMATCH_ERR_SYNTAX, "second");
    assert_int_equal(diag.status, IMGMATCH_ERR_IO);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_short_message_is_as_it_was_written),
        cmocka_unit_test(a_long_path_leaves_the_reason),
        cmocka_unit_test(characters_stay_whole),
        cmocka_unit_test(no_length_leads_out_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
