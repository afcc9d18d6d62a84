/* Every fact of a manifest that changes embeddings changes the digest; nothing else does. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "fingerprint/model_settings.h"

#include <string.h>

static imx_manifest plain(void) {
    return (imx_manifest){.name = (char *)"name",
                          .version = (char *)"1",
                          .licence = (char *)"none",
                          .file = (char *)"model.onnx",
                          .input_name = (char *)"image",
                          .width = 224,
                          .height = 192,
                          .mean = {0.4F, 0.5F, 0.6F},
                          .std = {0.2F, 0.3F, 0.25F},
                          .output_name = (char *)"embedding",
                          .dimension = 256,
                          .pooling = IMX_POOLING_GEM,
                          .gem_p = 3};
}

static void digest(char out[65], const imx_manifest *manifest) {
    assert_int_equal(imx_model_settings_digest(out, manifest, NULL), IMGMATCH_OK);
    assert_int_equal(strlen(out), 64);
}

static void test_each_fact_counts(void **state) {
    (void)state;
    imx_manifest changed[17];
    size_t count = sizeof changed / sizeof *changed;
    for (size_t i = 0; i < count; i++) {
        changed[i] = plain();
    }
    changed[1].width = 192;
    changed[2].height = 224;
    changed[3].channels_last = true;
    changed[4].bgr = true;
    for (size_t i = 0; i < 3; i++) {
        changed[5 + i].mean[i] = 0;
        changed[8 + i].std[i] = 1;
    }
    changed[11].dimension = 128;
    changed[12].pooling = IMX_POOLING_MEAN;
    changed[13].gem_p = 4;
    changed[14].whitening_file = (char *)"whitening.f32";
    memset(changed[14].whitening_sha256, 'a', 64);
    changed[15].output_name = (char *)"other";
    changed[16].whitening_file = (char *)"whitening.f32";
    memset(changed[16].whitening_sha256, 'b', 64);
    char digests[17][65];
    for (size_t i = 0; i < count; i++) {
        digest(digests[i], &changed[i]);
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(digests[i], digests[j]);
        }
    }
}

static void test_names_and_unused_numbers_do_not(void **state) {
    (void)state;
    imx_manifest one = plain(), two = plain();
    one.pooling = two.pooling = IMX_POOLING_MEAN;
    two.gem_p = 4;
    two.name = (char *)"another";
    two.version = (char *)"2";
    two.licence = (char *)"some";
    two.file = (char *)"elsewhere.onnx";
    two.normalised = true;
    char digests[2][65];
    digest(digests[0], &one);
    digest(digests[1], &two);
    assert_string_equal(digests[0], digests[1]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_fact_counts),
        cmocka_unit_test(test_names_and_unused_numbers_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
