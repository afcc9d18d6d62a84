/* A fuzzer finds a check of what a file costs only from a seed that is beside it. Under the limits
 * that photos are fuzzed with, a seed named costly-NAME_over is refused by the check that it is
 * for, and costly-NAME goes through it to the decoder. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "base/file.h"
#include "image_limits.h"

#include <imgmatch/image.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_BYTES 4096u

/* Its message, and the reason for it. */
static imgmatch_reason decode(imgmatch_diag *diag, const char *folder, const char *name,
                              const char *end) {
    imgmatch_limits limits = fuzz_image_limits();
    char path[512];
    uint8_t *bytes;
    size_t size;
    (void)snprintf(path, sizeof path, "%s/%s/costly-%s%s", IMX_TEST_CORPUS, folder, name, end);
    assert_int_equal(imx_file_read(&bytes, &size, path, MOST_BYTES, NULL), IMGMATCH_OK);
    imgmatch_image *image = NULL;
    *diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_image_decode(&image, bytes, size, &limits, diag);
    assert_true((status == IMGMATCH_OK) == (diag->reason == IMGMATCH_REASON_NONE));
    imgmatch_image_free(image);
    free(bytes);
    return diag->reason;
}

/* Our checks name the format in capitals, libvips does not. */
static bool is_refused_by_us(const imgmatch_diag *diag) {
    return strncmp(diag->message, "HEIF:", 5) == 0 || strncmp(diag->message, "TIFF:", 5) == 0;
}

static void test_seeds_reach_their_checks(void **state) {
    (void)state;
    static const struct {
        const char *folder;
        const char *name;
        imgmatch_reason reason;
        const char *message; /* A part of it; NULL: there is no NAME_over. */
        bool within;         /* There is NAME. */
    } seeds[] = {
        {"image_heif", "hevc_sets", IMGMATCH_REASON_TOO_COMPLEX, "16800000 pixels", true},
        {"image_heif", "hevc_slices", IMGMATCH_REASON_TOO_COMPLEX, "16800000 pixels", true},
        {"image_heif", "hevc_references", IMGMATCH_REASON_TOO_COMPLEX, "16800000 pixels", true},
        {"image_heif", "hevc_rows", IMGMATCH_REASON_TOO_COMPLEX, "16800000 pixels", true},
        {"image_heif", "hevc_tiles", IMGMATCH_REASON_NONE, NULL, true},
        {"image_heif", "hevc_empty", IMGMATCH_REASON_TRUNCATED, "less data", false},
        {"image_heif", "av1_hidden", IMGMATCH_REASON_TOO_COMPLEX, "64 MiB", true},
        {"image_tiff", "pixar_log", IMGMATCH_REASON_TOO_COMPLEX, "too large", true},
        {"image_tiff", "log_luv", IMGMATCH_REASON_TOO_COMPLEX, "too large", true},
        {"image_tiff", "lerc", IMGMATCH_REASON_TOO_COMPLEX, "too large", true},
        {"image_tiff", "webp", IMGMATCH_REASON_TOO_COMPLEX, "too large", true},
        {"image_tiff", "jpeg_tables", IMGMATCH_REASON_TRUNCATED, "outside the file", true},
        {"image_tiff", "strips", IMGMATCH_REASON_CORRUPT, "are missing", true},
    };
    for (size_t i = 0; i < sizeof seeds / sizeof *seeds; i++) {
        imgmatch_diag diag;
        if (seeds[i].message != NULL) {
            imgmatch_reason reason = decode(&diag, seeds[i].folder, seeds[i].name, "_over");
            if (reason != seeds[i].reason || strstr(diag.message, seeds[i].message) == NULL) {
                fail_msg("costly-%s_over: %s: %s", seeds[i].name, imgmatch_reason_code(reason),
                         diag.message);
            }
            assert_true(is_refused_by_us(&diag));
        }
        if (seeds[i].within) {
            (void)decode(&diag, seeds[i].folder, seeds[i].name, "");
            if (is_refused_by_us(&diag)) {
                fail_msg("costly-%s: %s", seeds[i].name, diag.message);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_seeds_reach_their_checks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
