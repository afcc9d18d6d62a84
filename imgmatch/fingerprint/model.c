/*
 * A picture's embedding: bytes -> normalised tensor -> network -> pooling -> whitening -> length 1.
 *
 * What comes after the network is computed in double and in a fixed order, and pictures are run
 * one at a time (see onnx.c), so a picture always gives the same bits.
 */
#include "fingerprint/model.h"

#include "base/diag.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "fingerprint/manifest.h"
#include "fingerprint/model_path.h"
#include "fingerprint/model_settings.h"
#include "fingerprint/onnx.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MANIFEST_BYTES (1u << 20)
#define MAX_ONNX_BYTES (2u * 1024 * 1024 * 1024 - 1) /* Protocol buffers end there. */
#define MAX_WHITENING_BYTES (4u * IMX_MODEL_MAX_DIMENSION * (IMX_MODEL_MAX_DIMENSION + 1))

/* An embedding of less length than this has no direction that means anything. */
#define MIN_LENGTH 1e-12

struct imgmatch_model {
    imgmatch_model_info info; /* Points into the manifest. */
    imx_manifest manifest;
    imx_onnx *onnx;
    size_t features;      /* Length of the pooled vector. */
    size_t positions;     /* Places of a feature map; 1 without pooling here. */
    float *whitening;     /* dimension x features, then dimension offsets; NULL for none. */
    float values[3][256]; /* What the network sees for a byte of each channel. */
};

struct imx_embedder {
    const imgmatch_model *model;
    imx_onnx_runner *runner;
    uint32_t max_batch;
    size_t picture_bytes;
    uint8_t *pictures;
    double *pooled;
    double *whitened;
};

/* Read `name` from the folder of the manifest and check its SHA-256: what is used afterwards is
 * exactly what was checked. */
static imgmatch_status read_checked(uint8_t **bytes, size_t *size, const char *manifest_path,
                                    const char *name, uint64_t max_bytes, const char *sha256,
                                    imgmatch_diag *diag) {
    const char *slash = strrchr(manifest_path, '/');
    char *folder = slash == NULL
                       ? imx_copy_text("")
                       : imx_copy_bytes(manifest_path, (size_t)(slash - manifest_path) + 1);
    char *path = folder == NULL ? NULL : imx_file_join(folder, name);
    free(folder);
    if (path == NULL) {
        return imx_fail_memory(diag);
    }
    char found[65];
    imgmatch_status status = imx_file_read(bytes, size, path, max_bytes, diag);
    if (status == IMGMATCH_OK) {
        status = imx_sha256_hex(found, *bytes, *size, diag);
        if (status == IMGMATCH_OK && strcmp(found, sha256) != 0) {
            status = imx_fail(diag, IMGMATCH_ERR_MODEL,
                              "%s: its SHA-256 is %s, the manifest says %s", path, found, sha256);
        }
        if (status != IMGMATCH_OK) {
            free(*bytes);
            *bytes = NULL;
        }
    }
    free(path);
    return status;
}

static imgmatch_status read_manifest(imx_manifest *out, const char *path, imgmatch_diag *diag) {
    uint8_t *text = NULL;
    size_t size = 0;
    imgmatch_status status = imx_file_read(&text, &size, path, MAX_MANIFEST_BYTES, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imgmatch_diag inner = IMGMATCH_DIAG_INIT;
    status = imx_manifest_parse(out, (const char *)text, size, &inner);
    free(text);
    return status == IMGMATCH_OK ? status : imx_fail(diag, status, "%s: %s", path, inner.message);
}

static imgmatch_status open_network(imgmatch_model *model, const char *path, imgmatch_diag *diag) {
    const imx_manifest *manifest = &model->manifest;
    uint8_t *bytes = NULL;
    size_t size = 0;
    imgmatch_status status =
        read_checked(&bytes, &size, path, manifest->file, MAX_ONNX_BYTES, manifest->sha256, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imx_onnx_spec spec = {
        manifest->input_name, {1, 3, manifest->height, manifest->width}, manifest->output_name};
    if (manifest->channels_last) {
        spec.input_shape[1] = manifest->height;
        spec.input_shape[2] = manifest->width;
        spec.input_shape[3] = 3;
    }
    imgmatch_diag inner = IMGMATCH_DIAG_INIT;
    status = imx_onnx_open(&model->onnx, bytes, size, &spec, &inner);
    free(bytes);
    return status == IMGMATCH_OK ? status
                                 : imx_fail(diag, status, "%s: %s", manifest->file, inner.message);
}

/* Find how many features at how many places the network gives. */
static imgmatch_status measure_output(imgmatch_model *model, imgmatch_diag *diag) {
    const imx_onnx_shape *shape = imx_onnx_output_shape(model->onnx);
    bool is_map = model->manifest.pooling != IMX_POOLING_IN_GRAPH;
    size_t feature_axis = !is_map ? 1 : model->manifest.channels_last ? 3 : 1;
    if (shape->rank != (is_map ? 4u : 2u) || shape->sizes[0] != 1) {
        return imx_fail(diag, IMGMATCH_ERR_MODEL,
                        "%s: output \"%s\" has %zu dimensions for one picture, the manifest's "
                        "pooling wants %s",
                        model->manifest.file, model->manifest.output_name, shape->rank,
                        is_map ? "4 (a feature map)" : "2 (1 x features)");
    }
    model->features = (size_t)shape->sizes[feature_axis];
    model->positions = shape->count / model->features;
    if (model->features > IMX_MODEL_MAX_DIMENSION) {
        return imx_fail(diag, IMGMATCH_ERR_MODEL,
                        "%s: output \"%s\" has %zu features, more than %u", model->manifest.file,
                        model->manifest.output_name, model->features, IMX_MODEL_MAX_DIMENSION);
    }
    if (model->manifest.whitening_file == NULL && model->features != model->manifest.dimension) {
        return imx_fail(diag, IMGMATCH_ERR_MODEL,
                        "%s: output \"%s\" has %zu features, the manifest says %u",
                        model->manifest.file, model->manifest.output_name, model->features,
                        model->manifest.dimension);
    }
    return IMGMATCH_OK;
}

static imgmatch_status read_whitening(imgmatch_model *model, const char *path,
                                      imgmatch_diag *diag) {
    const imx_manifest *manifest = &model->manifest;
    if (manifest->whitening_file == NULL) {
        return IMGMATCH_OK;
    }
    uint8_t *bytes = NULL;
    size_t size = 0;
    imgmatch_status status = read_checked(&bytes, &size, path, manifest->whitening_file,
                                          MAX_WHITENING_BYTES, manifest->whitening_sha256, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    size_t count = manifest->dimension * (model->features + 1);
    model->whitening = imx_new_array_raw(count, sizeof *model->whitening);
    if (size != count * sizeof *model->whitening) {
        status = imx_fail(diag, IMGMATCH_ERR_MODEL,
                          "%s: %zu bytes, not the %zu of a %u x %zu matrix with offsets",
                          manifest->whitening_file, size, count * sizeof *model->whitening,
                          manifest->dimension, model->features);
    } else if (model->whitening == NULL) {
        status = imx_fail_memory(diag);
    } else {
        memcpy(model->whitening, bytes, size);
    }
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        if (!isfinite(model->whitening[i])) {
            status = imx_fail(diag, IMGMATCH_ERR_MODEL, "%s: value %zu is not finite",
                              manifest->whitening_file, i);
        }
    }
    free(bytes);
    return status;
}

static void fill_values(imgmatch_model *model) {
    for (size_t channel = 0; channel < 3; channel++) {
        double mean = model->manifest.mean[channel];
        double std = model->manifest.std[channel];
        for (int byte = 0; byte < 256; byte++) {
            model->values[channel][byte] = (float)((byte / 255.0 - mean) / std);
        }
    }
}

static imgmatch_status load(imgmatch_model *model, const char *path, imgmatch_diag *diag) {
    imgmatch_status status = read_manifest(&model->manifest, path, diag);
    if (status == IMGMATCH_OK) {
        status = open_network(model, path, diag);
    }
    if (status == IMGMATCH_OK) {
        status = measure_output(model, diag);
    }
    if (status == IMGMATCH_OK) {
        status = read_whitening(model, path, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    const imx_manifest *manifest = &model->manifest;
    fill_values(model);
    model->info.name = manifest->name;
    model->info.licence = manifest->licence;
    memcpy(model->info.sha256, manifest->sha256, sizeof model->info.sha256);
    model->info.input_width = manifest->width;
    model->info.input_height = manifest->height;
    model->info.dimension = manifest->dimension;
    return imx_model_settings_digest(model->info.settings_sha256, manifest, diag);
}

imgmatch_status imgmatch_model_open(imgmatch_model **out, const char *path, imgmatch_diag *diag) {
    if (out == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "out is NULL");
    }
    *out = NULL;
    char *manifest_path = NULL;
    imgmatch_status status = imx_model_path_find(&manifest_path, path, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    imgmatch_model *model = imx_new_array(1, sizeof *model);
    status = model == NULL ? imx_fail_memory(diag) : load(model, manifest_path, diag);
    free(manifest_path);
    if (status != IMGMATCH_OK) {
        imgmatch_model_close(model);
        return status;
    }
    *out = model;
    return IMGMATCH_OK;
}

void imgmatch_model_close(imgmatch_model *model) {
    if (model == NULL) {
        return;
    }
    imx_onnx_close(model->onnx);
    imx_manifest_clear(&model->manifest);
    free(model->whitening);
    free(model);
}

const imgmatch_model_info *imgmatch_model_get_info(const imgmatch_model *model) {
    return model != NULL ? &model->info : NULL;
}

imgmatch_status imx_embedder_new(imx_embedder **out, const imgmatch_model *model,
                                 uint32_t max_batch, imgmatch_diag *diag) {
    *out = NULL;
    if (max_batch < 1 || max_batch > IMX_EMBED_BATCH) {
        return imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "max_batch is %u, not 1..%d", max_batch,
                        IMX_EMBED_BATCH);
    }
    imx_embedder *embedder = imx_new_array(1, sizeof *embedder);
    if (embedder == NULL) {
        return imx_fail_memory(diag);
    }
    embedder->model = model;
    embedder->max_batch = max_batch;
    embedder->picture_bytes = 3 * (size_t)model->manifest.width * model->manifest.height;
    embedder->pictures = imx_new_array(max_batch, embedder->picture_bytes);
    embedder->pooled = imx_new_array(model->features, sizeof *embedder->pooled);
    embedder->whitened = imx_new_array(model->manifest.dimension, sizeof *embedder->whitened);
    imgmatch_status status =
        embedder->pictures == NULL || embedder->pooled == NULL || embedder->whitened == NULL
            ? imx_fail_memory(diag)
            : imx_onnx_runner_new(&embedder->runner, model->onnx, diag);
    if (status != IMGMATCH_OK) {
        imx_embedder_free(embedder);
        return status;
    }
    *out = embedder;
    return IMGMATCH_OK;
}

void imx_embedder_free(imx_embedder *embedder) {
    if (embedder == NULL) {
        return;
    }
    imx_onnx_runner_free(embedder->runner);
    free(embedder->pictures);
    free(embedder->pooled);
    free(embedder->whitened);
    free(embedder);
}

uint8_t *imx_embedder_input(imx_embedder *embedder, uint32_t index) {
    return embedder->pictures + index * embedder->picture_bytes;
}

/* Bytes RGB RGB ... to the tensor that the network wants. */
static void fill_tensor(float *tensor, const imgmatch_model *model, const uint8_t *rgb) {
    const imx_manifest *manifest = &model->manifest;
    size_t pixels = (size_t)manifest->width * manifest->height;
    size_t plane = manifest->channels_last ? 1 : pixels;
    size_t step = manifest->channels_last ? 3 : 1;
    for (size_t channel = 0; channel < 3; channel++) {
        const float *values = model->values[channel];
        const uint8_t *byte = rgb + (manifest->bgr ? 2 - channel : channel);
        float *value = tensor + channel * plane;
        for (size_t i = 0; i < pixels; i++) {
            *value = values[*byte];
            value += step;
            byte += 3;
        }
    }
}

/* Mean or generalised mean over the places of a feature map; a plain copy when there is one. */
static void pool(double *pooled, const imgmatch_model *model, const float *map) {
    bool last = model->manifest.channels_last;
    bool gem = model->manifest.pooling == IMX_POOLING_GEM;
    double p = model->manifest.gem_p;
    size_t step = last ? model->features : 1;
    for (size_t feature = 0; feature < model->features; feature++) {
        const float *value = map + (last ? feature : feature * model->positions);
        double sum = 0;
        for (size_t i = 0; i < model->positions; i++, value += step) {
            /* The generalised mean is of positive values only; 1e-6 as its authors have it. A NaN
             * must stay one. */
            sum += gem ? pow(*value < 1e-6f ? 1e-6 : (double)*value, p) : (double)*value;
        }
        double mean = sum / (double)model->positions;
        pooled[feature] = gem ? pow(mean, 1 / p) : mean;
    }
}

/* Scale to Euclidean length 1. False when there is no direction: zeros, NaN or infinities. */
static bool scale_to_one(double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += values[i] * values[i];
    }
    double length = sqrt(sum);
    if (!isfinite(length) || length < MIN_LENGTH) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        values[i] /= length;
    }
    return true;
}

static void whiten(double *out, const imgmatch_model *model, const double *pooled) {
    size_t rows = model->manifest.dimension;
    const float *offsets = model->whitening + rows * model->features;
    for (size_t row = 0; row < rows; row++) {
        const float *weights = model->whitening + row * model->features;
        double sum = offsets[row];
        for (size_t i = 0; i < model->features; i++) {
            sum += (double)weights[i] * pooled[i];
        }
        out[row] = sum;
    }
}

static imgmatch_status embed_one(float *out, imx_embedder *embedder, const uint8_t *rgb,
                                 imgmatch_diag *diag) {
    const imgmatch_model *model = embedder->model;
    fill_tensor(imx_onnx_runner_input(embedder->runner), model, rgb);
    imgmatch_status status = imx_onnx_runner_run(embedder->runner, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    double *values = embedder->pooled;
    pool(values, model, imx_onnx_runner_output(embedder->runner));
    bool good = scale_to_one(values, model->features);
    if (good && model->whitening != NULL) {
        values = embedder->whitened;
        whiten(values, model, embedder->pooled);
        good = scale_to_one(values, model->manifest.dimension);
    }
    if (!good) {
        return imx_fail(diag, IMGMATCH_ERR_MODEL,
                        "model \"%s\" gives no usable embedding (zeros, NaN or infinity)",
                        model->manifest.name);
    }
    for (size_t i = 0; i < model->manifest.dimension; i++) {
        out[i] = (float)values[i];
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_embedder_run(float *out, imx_embedder *embedder, uint32_t count,
                                 imgmatch_diag *diag) {
    size_t dimension = embedder->model->manifest.dimension;
    imgmatch_status status = IMGMATCH_OK;
    if (count > embedder->max_batch) {
        status = imx_fail(diag, IMGMATCH_ERR_ARGUMENT, "%u pictures, room for %u", count,
                          embedder->max_batch);
        count = embedder->max_batch;
    }
    for (uint32_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        status = embed_one(out + i * dimension, embedder, imx_embedder_input(embedder, i), diag);
    }
    if (status != IMGMATCH_OK) {
        memset(out, 0, count * dimension * sizeof *out);
    }
    return status;
}
