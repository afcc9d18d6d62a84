/*
 * A manifest is written by hand by whoever brings a model: every mistake must be told by the name
 * of its key, and nothing in it may reach outside its folder or ask for absurd sizes.
 */
#include "base/random.h"
#include "fingerprint/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SHA "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const char good[] =
    "{\"name\":\"m\",\"version\":\"2\",\"licence\":\"MIT\",\"file\":\"m.onnx\",\"sha256\":\"" SHA
    "\","
    "\"preprocessing_version\":1,\"trained_on\":[1],"
    "\"input\":{\"name\":\"in\",\"width\":224,\"height\":160,\"layout\":\"NHWC\",\"channels\":"
    "\"BGR\","
    "\"resize\":\"stretch-triangle\",\"mean\":[0.5,0.25,0],\"std\":[1,0.5,0.25]},"
    "\"output\":{\"name\":\"out\",\"dimension\":256,\"normalised\":false,\"pooling\":\"gem\","
    "\"gem_p\":4,\"whitening\":{\"file\":\"w.f32\",\"sha256\":\"" SHA "\"}},"
    "\"background\":{\"file\":\"b.bin\",\"sha256\":\"" SHA "\",\"count\":5}}";

static void every_key_is_read(void **state) {
    (void)state;
    imx_manifest manifest;
    assert_int_equal(imx_manifest_parse(&manifest, good, sizeof good - 1, NULL), IMGMATCH_OK);
    assert_string_equal(manifest.name, "m");
    assert_string_equal(manifest.version, "2");
    assert_string_equal(manifest.licence, "MIT");
    assert_string_equal(manifest.file, "m.onnx");
    assert_string_equal(manifest.sha256, SHA);
    assert_string_equal(manifest.input_name, "in");
    assert_int_equal(manifest.width, 224);
    assert_int_equal(manifest.height, 160);
    assert_true(manifest.channels_last);
    assert_true(manifest.bgr);
    assert_memory_equal(manifest.mean, ((float[]){0.5f, 0.25f, 0}), sizeof manifest.mean);
    assert_memory_equal(manifest.std, ((float[]){1, 0.5f, 0.25f}), sizeof manifest.std);
    assert_string_equal(manifest.output_name, "out");
    assert_int_equal(manifest.dimension, 256);
    assert_false(manifest.normalised);
    assert_int_equal(manifest.pooling, IMX_POOLING_GEM);
    assert_true(manifest.gem_p >= 4 && manifest.gem_p <= 4);
    assert_string_equal(manifest.whitening_file, "w.f32");
    assert_string_equal(manifest.whitening_sha256, SHA);
    imx_manifest_clear(&manifest);
    assert_null(manifest.name);
}

/* The good manifest with the first `from` made `to`. */
static char *changed(const char *from, const char *to) {
    const char *at = strstr(good, from);
    assert_non_null(at);
    size_t size = sizeof good + strlen(to);
    char *text = malloc(size);
    assert_non_null(text);
    (void)snprintf(text, size, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    return text;
}

static void optional_keys_may_be_left_out(void **state) {
    (void)state;
    static const char *const changes[][2] = {
        {"\"gem_p\":4,", ""},
        {"{\"file\":\"w.f32\",\"sha256\":\"" SHA "\"}", "null"},
        {",\"whitening\":{\"file\":\"w.f32\",\"sha256\":\"" SHA "\"}", ""},
        {",\"background\":{\"file\":\"b.bin\",\"sha256\":\"" SHA "\",\"count\":5}", ""},
        {"{\"file\":\"b.bin\",\"sha256\":\"" SHA "\",\"count\":5}", "null"},
        {"\"trained_on\"", "\"anything\""},
    };
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        imx_manifest manifest;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        char *text = changed(changes[i][0], changes[i][1]);
        if (imx_manifest_parse(&manifest, text, strlen(text), &diag) != IMGMATCH_OK) {
            fail_msg("%s: %s", text, diag.message);
        }
        imx_manifest_clear(&manifest);
        free(text);
    }
}

static void a_mistake_is_told_by_its_key(void **state) {
    (void)state;
    static const struct {
        const char *from;
        const char *to;
        const char *message;
    } mistakes[] = {
        {"\"name\":\"m\"", "\"nam\":\"m\"", "\"name\" is missing"},
        {"\"name\":\"m\"", "\"name\":5", "\"name\" must be a text of 1 to 200 bytes"},
        {"\"m\"", "\"\"", "\"name\" must be a text of 1 to 200 bytes"},
        {"\"licence\"", "\"license\"", "\"licence\" is missing"},
        {"\"m.onnx\"", "\"../m.onnx\"",
         "\"file\" must be the name of a file in the manifest's folder"},
        {"\"m.onnx\"", "\"/etc/passwd\"",
         "\"file\" must be the name of a file in the manifest's folder"},
        {"\"m.onnx\"", "\"..\"", "\"file\" must be the name of a file in the manifest's folder"},
        {"w.f32", "a/w.f32",
         "\"output.whitening.file\" must be the name of a file in the manifest's folder"},
        {"b.bin", "..b", "\"background.file\" must be the name of a file in the manifest's folder"},
        {"\"" SHA, "\"A" SHA, "\"sha256\" must be 64 lower-case hexadecimal digits"},
        {"\"preprocessing_version\":1", "\"preprocessing_version\":2",
         "\"preprocessing_version\" is 2, this imgmatch has version 1"},
        {"\"preprocessing_version\":1,", "", "\"preprocessing_version\" is missing"},
        {"\"input\":{", "\"inputs\":{", "\"input\" is missing"},
        {"\"width\":224", "\"widht\":224", "\"input.widht\" is not a key that is known here"},
        {"\"width\":224,", "", "\"input.width\" is missing"},
        {"224", "15", "\"input.width\" must be a whole number from 16 to 1024"},
        {"160", "1025", "\"input.height\" must be a whole number from 16 to 1024"},
        {"224", "224.5", "\"input.width\" must be a whole number from 16 to 1024"},
        {"224", "99999999999", "\"input.width\" must be a whole number from 16 to 1024"},
        {"\"NHWC\"", "\"nhwc\"", "\"input.layout\" is \"nhwc\"; known here: \"NCHW\", \"NHWC\""},
        {"\"BGR\"", "\"YUV\"", "\"input.channels\" is \"YUV\"; known here: \"RGB\", \"BGR\""},
        {"stretch-triangle", "crop",
         "\"input.resize\" is \"crop\"; known here: \"stretch-triangle\""},
        {"[0.5,0.25,0]", "[0.5,0.25]", "\"input.mean\" must be three numbers from -1000 to 1000"},
        {"[0.5,0.25,0]", "0.5", "\"input.mean\" must be three numbers from -1000 to 1000"},
        {"[1,0.5,0.25]", "[1,0,1]", "\"input.std\" must be three numbers from 0.0001 to 1000"},
        {"\"dimension\":256", "\"dimension\":0",
         "\"output.dimension\" must be a whole number from 1 to 4096"},
        {"\"dimension\":256", "\"dimension\":4097",
         "\"output.dimension\" must be a whole number from 1 to 4096"},
        {"false", "\"no\"", "\"output.normalised\" must be true or false"},
        {"\"gem\"", "\"max\"",
         "\"output.pooling\" is \"max\"; known here: \"in_graph\", \"mean\", \"gem\""},
        {"\"gem_p\":4", "\"gem_p\":0.5", "\"output.gem_p\" must be a number from 1 to 100"},
        {"\"gem_p\"", "\"gem\"", "\"output.gem\" is not a key that is known here"},
        {"{\"file\":\"w.f32\",\"sha256\":\"" SHA "\"}", "\"w.f32\"",
         "\"output.whitening\" must be null or an object"},
        {"{\"file\":\"b.bin\",\"sha256\":\"" SHA "\",\"count\":5}", "[]",
         "\"background\" must be null or an object"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        imx_manifest manifest;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        char *text = changed(mistakes[i].from, mistakes[i].to);
        assert_int_equal(imx_manifest_parse(&manifest, text, strlen(text), &diag),
                         IMGMATCH_ERR_MODEL);
        assert_string_equal(diag.message, mistakes[i].message);
        assert_null(manifest.name);
        free(text);
    }
}

static void what_is_no_object_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {"", "[]", "null", "5", "{", "\"x\"", "{}"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        imx_manifest manifest;
        assert_int_equal(imx_manifest_parse(&manifest, texts[i], strlen(texts[i]), NULL),
                         IMGMATCH_ERR_MODEL);
    }
}

static void garbage_is_survived(void **state) {
    (void)state;
    imx_random random = {5};
    for (int round = 0; round < 5000; round++) {
        char text[sizeof good];
        memcpy(text, good, sizeof good);
        size_t size = round % 2 == 0 ? imx_random_below(&random, sizeof good) : sizeof good - 1;
        for (int i = 0; i < 3; i++) {
            text[imx_random_below(&random, sizeof good - 1)] = (char)imx_random_below(&random, 256);
        }
        imx_manifest manifest;
        imgmatch_status status = imx_manifest_parse(&manifest, text, size, NULL);
        assert_true(status == IMGMATCH_OK || status == IMGMATCH_ERR_MODEL);
        imx_manifest_clear(&manifest);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_is_read),
        cmocka_unit_test(optional_keys_may_be_left_out),
        cmocka_unit_test(a_mistake_is_told_by_its_key),
        cmocka_unit_test(what_is_no_object_is_refused),
        cmocka_unit_test(garbage_is_survived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
