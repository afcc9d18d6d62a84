/*
 * A damaged photo never fails a call: codecs say of some damage that memory could not be allocated,
 * and a batch that took that for a shortage of memory would be lost to one hostile photo.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/file.h"

#include <imgmatch/image.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Bytes from one damaged place to the next; more in files that are made to be much work. */
#define STEP 5
#define COSTLY_STEP 53

static void damage_everywhere(const char *path, size_t step) {
    static const uint8_t values[] = {0x00, 0xff};
    uint8_t *bytes = NULL;
    size_t size = 0;
    assert_int_equal(imx_file_read_photo(&bytes, &size, path, 1u << 20, NULL), IMGMATCH_OK);
    for (size_t at = 0; at + 4 <= size; at += step) {
        uint8_t kept[4];
        memcpy(kept, bytes + at, sizeof kept);
        for (size_t v = 0; v < sizeof values; v++) {
            memset(bytes + at, values[v], sizeof kept);
            imgmatch_image *image = NULL;
            imgmatch_diag diag = IMGMATCH_DIAG_INIT;
            imgmatch_status status = imgmatch_image_decode(&image, bytes, size, NULL, &diag);
            imgmatch_image_free(image);
            if (status != IMGMATCH_OK && status != IMGMATCH_ERR_PHOTO) {
                fail_msg("%s, byte %zu: status %d: %s", path, at, (int)status, diag.message);
            }
            assert_int_not_equal(diag.reason, IMGMATCH_REASON_OUT_OF_MEMORY);
        }
        memcpy(bytes + at, kept, sizeof kept);
    }
    free(bytes);
}

static void test_no_photo_fails_a_call(void **state) {
    (void)state;
    static const char *const folders[] = {"image_heif", "image_tiff", "image_webp", "image_gif"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char path[1024];
        (void)snprintf(path, sizeof path, "%s/%s", IMX_TEST_CORPUS, folders[i]);
        DIR *folder = opendir(path);
        assert_non_null(folder);
        size_t files = 0;
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            if (entry->d_name[0] != '.') {
                (void)snprintf(path, sizeof path, "%s/%s/%s", IMX_TEST_CORPUS, folders[i],
                               entry->d_name);
                bool costly = strncmp(entry->d_name, "costly-", 7) == 0;
                damage_everywhere(path, costly ? COSTLY_STEP : STEP);
                files++;
            }
        }
        (void)closedir(folder);
        assert_true(files > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_no_photo_fails_a_call)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
