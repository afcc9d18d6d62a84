/*
 * Models: what is opened must fit its manifest, whatever is wrong must be said by name, and a
 * picture must give the same bits wherever and with whomever it is embedded (catalogues made on
 * one machine with one number of threads are compared with queries made on another).
 *
 * The models are made by tests/data/make_tiny_model.py.
 */
#include "base/random.h"
#include "fingerprint/model.h"

#include <imgmatch/fingerprint.h>

#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SIDE 32
#define DIMENSION 64
#define PICTURE_BYTES (SIDE * SIDE * 3)
#define PICTURES 8

static imgmatch_model *open_model(const char *name) {
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", IMX_TEST_MODELS, name);
    imgmatch_model *model = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    imgmatch_status status = imgmatch_model_open(&model, path, &diag);
    if (status != IMGMATCH_OK) {
        fail_msg("%s: %s", path, diag.message);
    }
    return model;
}

/* Smooth blobs of colour with some noise, different for every seed. */
static void draw(uint8_t *rgb, uint64_t seed) {
    imx_random random = {seed};
    double waves[3][3];
    for (int c = 0; c < 3; c++) {
        for (int i = 0; i < 3; i++) {
            waves[c][i] = imx_random_unit(&random) * 0.5;
        }
    }
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            for (int c = 0; c < 3; c++) {
                double wave = sin(x * waves[c][0] + y * waves[c][1] + 6 * waves[c][2]);
                double noise = 10 * imx_random_unit(&random);
                rgb[(y * SIDE + x) * 3 + c] = (uint8_t)(122 + 110 * wave + noise);
            }
        }
    }
}

static void embed(float *out, const imgmatch_model *model, const uint8_t *rgb) {
    imx_embedder *embedder = NULL;
    assert_int_equal(imx_embedder_new(&embedder, model, 1, NULL), IMGMATCH_OK);
    memcpy(imx_embedder_input(embedder, 0), rgb, PICTURE_BYTES);
    assert_int_equal(imx_embedder_run(out, embedder, 1, NULL), IMGMATCH_OK);
    imx_embedder_free(embedder);
}

static double product(const float *a, const float *b) {
    double sum = 0;
    for (int i = 0; i < DIMENSION; i++) {
        sum += (double)a[i] * (double)b[i];
    }
    return sum;
}

static void the_facts_are_those_of_the_manifest(void **state) {
    (void)state;
    imgmatch_model *model = open_model("tiny");
    const imgmatch_model_info *info = imgmatch_model_get_info(model);
    assert_string_equal(info->name, "tiny");
    assert_string_equal(info->licence, "Apache-2.0");
    assert_int_equal(strlen(info->sha256), 64);
    assert_int_equal(info->input_width, SIDE);
    assert_int_equal(info->input_height, SIDE);
    assert_int_equal(info->dimension, DIMENSION);
    imgmatch_model_close(model);
}

static void a_manifest_can_be_named_itself(void **state) {
    (void)state;
    imgmatch_model_close(open_model("tiny/manifest.json"));
}

/* The network itself is what is most easily named instead: the message says what a model is. */
static void a_network_is_not_taken_for_a_manifest(void **state) {
    (void)state;
    imgmatch_model *model = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_model_open(&model, IMX_TEST_MODELS "/tiny/model.onnx", &diag),
                     IMGMATCH_ERR_MODEL);
    assert_null(model);
    assert_non_null(strstr(diag.message, "manifest.json"));
}

/* The tests of searching and matching rely on this. */
static void embeddings_have_length_1_and_tell_pictures_apart(void **state) {
    (void)state;
    imgmatch_model *model = open_model("tiny");
    uint8_t rgb[PICTURE_BYTES];
    float one[DIMENSION];
    float brighter[DIMENSION];
    float other[DIMENSION];
    for (uint64_t seed = 1; seed <= 20; seed++) {
        draw(rgb, seed);
        embed(one, model, rgb);
        assert_true(fabs(product(one, one) - 1) < 1e-6);
        for (int i = 0; i < PICTURE_BYTES; i++) {
            rgb[i] = (uint8_t)(rgb[i] > 247 ? 255 : rgb[i] + 8);
        }
        embed(brighter, model, rgb);
        draw(rgb, seed + 100);
        embed(other, model, rgb);
        assert_true(product(one, brighter) > 0.98);
        assert_true(product(one, other) < product(one, brighter) - 0.01);
    }
    imgmatch_model_close(model);
}

/* A flat photo has an embedding too: it is not an error of the model. */
static void a_flat_picture_can_be_embedded(void **state) {
    (void)state;
    imgmatch_model *model = open_model("tiny");
    uint8_t rgb[PICTURE_BYTES];
    float out[DIMENSION];
    for (int level = 0; level < 256; level += 51) {
        memset(rgb, level, sizeof rgb);
        embed(out, model, rgb);
        assert_true(fabs(product(out, out) - 1) < 1e-6);
    }
    imgmatch_model_close(model);
}

static void a_picture_gives_the_same_bits_at_any_place_of_any_batch(void **state) {
    (void)state;
    imgmatch_model *model = open_model("tiny");
    imx_embedder *embedder = NULL;
    uint8_t pictures[PICTURES][PICTURE_BYTES];
    float alone[PICTURES][DIMENSION];
    float together[PICTURES][DIMENSION];
    for (uint64_t i = 0; i < PICTURES; i++) {
        draw(pictures[i], i);
        embed(alone[i], model, pictures[i]);
    }
    assert_int_equal(imx_embedder_new(&embedder, model, PICTURES, NULL), IMGMATCH_OK);
    for (uint32_t count = 1; count <= PICTURES; count++) {
        for (uint32_t turn = 0; turn < PICTURES; turn++) {
            for (uint32_t i = 0; i < count; i++) {
                memcpy(imx_embedder_input(embedder, i), pictures[(i + turn) % PICTURES],
                       PICTURE_BYTES);
            }
            assert_int_equal(imx_embedder_run(together[0], embedder, count, NULL), IMGMATCH_OK);
            for (uint32_t i = 0; i < count; i++) {
                assert_memory_equal(together[i], alone[(i + turn) % PICTURES], sizeof alone[0]);
            }
        }
    }
    imx_embedder_free(embedder);
    imgmatch_model_close(model);
}

typedef struct worker {
    const imgmatch_model *model;
    const float (*expected)[DIMENSION];
    bool same;
} worker;

static void *embed_often(void *argument) {
    worker *worker_state = argument;
    uint8_t rgb[PICTURE_BYTES];
    float out[DIMENSION];
    worker_state->same = true;
    imx_embedder *embedder = NULL;
    if (imx_embedder_new(&embedder, worker_state->model, 1, NULL) != IMGMATCH_OK) {
        worker_state->same = false;
        return NULL;
    }
    for (uint64_t run = 0; run < 200; run++) {
        draw(rgb, run % PICTURES);
        memcpy(imx_embedder_input(embedder, 0), rgb, sizeof rgb);
        worker_state->same &= imx_embedder_run(out, embedder, 1, NULL) == IMGMATCH_OK &&
                              memcmp(out, worker_state->expected[run % PICTURES], sizeof out) == 0;
    }
    imx_embedder_free(embedder);
    return NULL;
}

static void threads_share_a_model_and_get_the_same_bits(void **state) {
    (void)state;
    imgmatch_model *model = open_model("tiny");
    float expected[PICTURES][DIMENSION];
    for (uint64_t i = 0; i < PICTURES; i++) {
        uint8_t rgb[PICTURE_BYTES];
        draw(rgb, i);
        embed(expected[i], model, rgb);
    }
    pthread_t threads[4];
    worker workers[4];
    for (int i = 0; i < 4; i++) {
        workers[i] = (worker){model, (const float(*)[DIMENSION])expected, false};
        assert_int_equal(pthread_create(&threads[i], NULL, embed_often, &workers[i]), 0);
    }
    for (int i = 0; i < 4; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(workers[i].same);
    }
    imgmatch_model_close(model);
}

/* Layout, order of channels, pooling outside the graph and a fixed batch: a model of one's own may
 * say the same in another way, and must then get the same answers. */
static void other_layouts_and_poolings_give_the_same_embedding(void **state) {
    (void)state;
    static const char *const names[] = {"fixed_batch", "mean", "gem", "channels_last"};
    imgmatch_model *tiny = open_model("tiny");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        imgmatch_model *model = open_model(names[i]);
        for (uint64_t seed = 0; seed < 5; seed++) {
            uint8_t rgb[PICTURE_BYTES];
            float expected[DIMENSION];
            float out[DIMENSION];
            draw(rgb, seed);
            embed(expected, tiny, rgb);
            embed(out, model, rgb);
            for (int j = 0; j < DIMENSION; j++) {
                assert_true(fabsf(out[j] - expected[j]) < 2e-6f);
            }
        }
        imgmatch_model_close(model);
    }
    imgmatch_model_close(tiny);
}

/* The whitening of this model turns the order of the features round. */
static void whitening_is_applied_row_by_row(void **state) {
    (void)state;
    imgmatch_model *tiny = open_model("tiny");
    imgmatch_model *whitened = open_model("whitened");
    uint8_t rgb[PICTURE_BYTES];
    float expected[DIMENSION];
    float out[DIMENSION];
    draw(rgb, 3);
    embed(expected, tiny, rgb);
    embed(out, whitened, rgb);
    for (int i = 0; i < DIMENSION; i++) {
        assert_true(fabsf(out[i] - expected[DIMENSION - 1 - i]) < 1e-6f);
    }
    imgmatch_model_close(whitened);
    imgmatch_model_close(tiny);
}

static void a_model_that_does_not_fit_is_refused_by_name(void **state) {
    (void)state;
    static const struct {
        const char *name;
        const char *message; /* A part of it. */
    } faults[] = {
        {"sha256", "SHA-256"},
        {"dimension", "has 64 features, the manifest says 65"},
        {"output_name", "no output \"features\"; it has \"embedding\""},
        {"input_name", "no input \"pixels\"; it has \"image\""},
        {"input_size", "the network's input is -1 x 3 x 32 x 32"},
        {"not_onnx", "model.onnx: ONNX Runtime: "},
        {"empty", "model.onnx: ONNX Runtime: "},
        {"truncated", "model.onnx: ONNX Runtime: "},
        {"huge", "model.onnx: ONNX Runtime: "},
        {"fixed_batch_of_2", "the network's input is 2 x 3 x 32 x 32"},
        {"three_dimensions", "has 3 dimensions for one picture"},
        {"double", "is not a tensor of float32"},
        {"external_data", "model.onnx: ONNX Runtime: "},
        {"whitening_size", "whitening.f32: 16384 bytes, not the 16640"},
        {"whitening_nan", "whitening.f32: value 0 is not finite"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/bad/%s", IMX_TEST_MODELS, faults[i].name);
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        imgmatch_model *model = NULL;
        if (imgmatch_model_open(&model, path, &diag) != IMGMATCH_ERR_MODEL || model != NULL ||
            strstr(diag.message, faults[i].message) == NULL || strchr(diag.message, '\n') != NULL) {
            fail_msg("%s: status %d, \"%s\"", faults[i].name, (int)diag.status, diag.message);
        }
    }
}

static void an_output_without_direction_is_an_error(void **state) {
    (void)state;
    static const char *const names[] = {"bad/nan", "bad/infinite", "bad/zero"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        imgmatch_model *model = open_model(names[i]);
        imx_embedder *embedder = NULL;
        imgmatch_diag diag = IMGMATCH_DIAG_INIT;
        float out[DIMENSION];
        assert_int_equal(imx_embedder_new(&embedder, model, 1, NULL), IMGMATCH_OK);
        draw(imx_embedder_input(embedder, 0), 1);
        assert_int_equal(imx_embedder_run(out, embedder, 1, &diag), IMGMATCH_ERR_MODEL);
        assert_non_null(strstr(diag.message, "no usable embedding"));
        for (int j = 0; j < DIMENSION; j++) {
            assert_true(out[j] <= 0 && out[j] >= 0);
        }
        imx_embedder_free(embedder);
        imgmatch_model_close(model);
    }
}

static void a_missing_model_is_not_found(void **state) {
    (void)state;
    imgmatch_model *model = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_model_open(&model, "/nonexistent/model", &diag),
                     IMGMATCH_ERR_NOT_FOUND);
    assert_null(model);
    diag = (imgmatch_diag)IMGMATCH_DIAG_INIT;
    assert_int_equal(imgmatch_model_open(&model, IMX_TEST_MODELS, &diag), IMGMATCH_ERR_NOT_FOUND);
    assert_non_null(strstr(diag.message, "manifest.json"));
}

static void the_default_model_comes_from_the_environment(void **state) {
    (void)state;
    imgmatch_model *model = NULL;
    imgmatch_diag diag = IMGMATCH_DIAG_INIT;
    assert_int_equal(setenv("IMGMATCH_MODEL", IMX_TEST_MODELS "/tiny", 1), 0);
    assert_int_equal(imgmatch_model_open(&model, NULL, NULL), IMGMATCH_OK);
    assert_string_equal(imgmatch_model_get_info(model)->name, "tiny");
    imgmatch_model_close(model);
    assert_int_equal(setenv("IMGMATCH_MODEL", "/nonexistent", 1), 0);
    assert_int_equal(imgmatch_model_open(&model, NULL, &diag), IMGMATCH_ERR_NOT_FOUND);
    assert_non_null(strstr(diag.message, "/nonexistent"));
    assert_int_equal(unsetenv("IMGMATCH_MODEL"), 0);
    /* Whether one is installed or not: a clean answer. */
    imgmatch_status status = imgmatch_model_open(&model, NULL, NULL);
    assert_true(status == IMGMATCH_OK || status == IMGMATCH_ERR_NOT_FOUND);
    imgmatch_model_close(model);
}

/* Services log stderr; a broken model must not fill it with ONNX Runtime's lines. */
static void nothing_is_printed(void **state) {
    (void)state;
    FILE *capture = tmpfile();
    assert_non_null(capture);
    int saved = dup(STDERR_FILENO);
    assert_true(saved >= 0 && dup2(fileno(capture), STDERR_FILENO) >= 0);
    imgmatch_model *model = NULL;
    imgmatch_status status = imgmatch_model_open(&model, IMX_TEST_MODELS "/bad/huge", NULL);
    imgmatch_status second = imgmatch_model_open(&model, IMX_TEST_MODELS "/bad/not_onnx", NULL);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    assert_int_equal(close(saved), 0);
    assert_int_equal(status, IMGMATCH_ERR_MODEL);
    assert_int_equal(second, IMGMATCH_ERR_MODEL);
    assert_int_equal(fseek(capture, 0, SEEK_END), 0);
    assert_int_equal(ftell(capture), 0);
    assert_int_equal(fclose(capture), 0);
}

static void wrong_arguments_are_refused(void **state) {
    (void)state;
    imgmatch_model *model = open_model("tiny");
    imx_embedder *embedder = NULL;
    float out[2 * DIMENSION];
    assert_int_equal(imgmatch_model_open(NULL, "x", NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imx_embedder_new(&embedder, model, 0, NULL), IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imx_embedder_new(&embedder, model, IMX_EMBED_BATCH + 1, NULL),
                     IMGMATCH_ERR_ARGUMENT);
    assert_int_equal(imx_embedder_new(&embedder, model, 1, NULL), IMGMATCH_OK);
    assert_int_equal(imx_embedder_run(out, embedder, 2, NULL), IMGMATCH_ERR_ARGUMENT);
    imx_embedder_free(embedder);
    imgmatch_model_close(model);
    imgmatch_model_close(NULL);
    imx_embedder_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_facts_are_those_of_the_manifest),
        cmocka_unit_test(a_manifest_can_be_named_itself),
        cmocka_unit_test(a_network_is_not_taken_for_a_manifest),
        cmocka_unit_test(embeddings_have_length_1_and_tell_pictures_apart),
        cmocka_unit_test(a_flat_picture_can_be_embedded),
        cmocka_unit_test(a_picture_gives_the_same_bits_at_any_place_of_any_batch),
        cmocka_unit_test(threads_share_a_model_and_get_the_same_bits),
        cmocka_unit_test(other_layouts_and_poolings_give_the_same_embedding),
        cmocka_unit_test(whitening_is_applied_row_by_row),
        cmocka_unit_test(a_model_that_does_not_fit_is_refused_by_name),
        cmocka_unit_test(an_output_without_direction_is_an_error),
        cmocka_unit_test(a_missing_model_is_not_found),
        cmocka_unit_test(the_default_model_comes_from_the_environment),
        cmocka_unit_test(nothing_is_printed),
        cmocka_unit_test(wrong_arguments_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
