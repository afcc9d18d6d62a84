/*
 * Checks a manifest against its description in manifest.h. Every function below takes the full name
 * of its key ("input.width"), so that messages can name it, and does nothing once one has failed:
 * the callers read on and look at the status at the end.
 */
#include "fingerprint/manifest.h"

#include "base/diag.h"
#include "base/json_reader.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "fingerprint/model.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 16u
#define MAX_TEXT_BYTES 200u

typedef struct checker {
    imgmatch_status status;
    imgmatch_diag *diag;
} checker;

/* One of the objects of a manifest, and its name with a point behind ("input."). */
typedef struct section {
    const imx_json *object;
    const char *prefix;
} section;

static void reject(checker *check, const char *format, ...) IMX_PRINTF(2, 3);

static void reject(checker *check, const char *format, ...) {
    char text[IMGMATCH_DIAG_MESSAGE_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (check->status == IMGMATCH_OK) {
        check->status = imx_fail(check->diag, IMGMATCH_ERR_MODEL, "%s", text);
    }
}

static const imx_json *need(checker *check, section from, const char *key) {
    const imx_json *value = imx_json_get(from.object, key);
    if (value == NULL) {
        reject(check, "\"%s%s\" is missing", from.prefix, key);
    }
    return check->status == IMGMATCH_OK ? value : NULL;
}

/* The text at `key`, borrowed from the JSON; NULL once something was rejected. */
static const char *need_text(checker *check, section from, const char *key) {
    const imx_json *value = need(check, from, key);
    if (value == NULL) {
        return NULL;
    }
    const char *text = imx_json_get_text(value);
    if (text == NULL || text[0] == '\0' || strlen(text) > MAX_TEXT_BYTES) {
        reject(check, "\"%s%s\" must be a text of 1 to %u bytes", from.prefix, key, MAX_TEXT_BYTES);
        return NULL;
    }
    return text;
}

static void copy_text(checker *check, char **out, const char *text) {
    if (text == NULL) {
        return;
    }
    *out = imx_copy_text(text);
    if (*out == NULL && check->status == IMGMATCH_OK) {
        check->status = imx_fail_memory(check->diag);
    }
}

static void read_text(checker *check, char **out, section from, const char *key) {
    copy_text(check, out, need_text(check, from, key));
}

/* A plain name in the manifest's own folder: nothing else on the disk can be reached with it. */
static void read_file_name(checker *check, char **out, section from, const char *key) {
    const char *name = need_text(check, from, key);
    if (name != NULL && (strchr(name, '/') != NULL || strchr(name, '\\') != NULL ||
                         strstr(name, "..") != NULL || strcmp(name, ".") == 0)) {
        reject(check, "\"%s%s\" must be the name of a file in the manifest's folder", from.prefix,
               key);
        return;
    }
    copy_text(check, out, name);
}

static void read_sha256(checker *check, char out[65], section from, const char *key) {
    const char *text = need_text(check, from, key);
    if (text == NULL) {
        return;
    }
    if (!imx_sha256_is_hex(text)) {
        reject(check, "\"%s%s\" must be 64 lower-case hexadecimal digits", from.prefix, key);
        return;
    }
    memcpy(out, text, 65);
}

static uint32_t read_count(checker *check, section from, const char *key, uint32_t low,
                           uint32_t high) {
    const imx_json *value = need(check, from, key);
    int64_t number;
    if (value == NULL) {
        return 0;
    }
    if (!imx_json_get_integer(value, &number) || number < low || number > high) {
        reject(check, "\"%s%s\" must be a whole number from %u to %u", from.prefix, key, low, high);
        return 0;
    }
    return (uint32_t)number;
}

/* The index of the text at `key` among `choices`, which ends with NULL. */
static int read_choice(checker *check, section from, const char *key, const char *const *choices) {
    const char *text = need_text(check, from, key);
    if (text == NULL) {
        return 0;
    }
    char all[100] = "";
    for (int i = 0; choices[i] != NULL; i++) {
        if (strcmp(text, choices[i]) == 0) {
            return i;
        }
        size_t used = strlen(all);
        (void)snprintf(all + used, sizeof all - used, "%s\"%s\"", i == 0 ? "" : ", ", choices[i]);
    }
    reject(check, "\"%s%s\" is \"%.40s\"; known here: %s", from.prefix, key, text, all);
    return 0;
}

static void read_three(checker *check, float out[3], section from, const char *key, double low,
                       double high) {
    const imx_json *array = need(check, from, key);
    if (array == NULL) {
        return;
    }
    bool fits = imx_json_array_size(array) == 3;
    for (size_t i = 0; fits && i < 3; i++) {
        double number;
        fits = imx_json_get_number(imx_json_array_get(array, i), &number) && number >= low &&
               number <= high;
        out[i] = (float)number;
    }
    if (!fits) {
        reject(check, "\"%s%s\" must be three numbers from %g to %g", from.prefix, key, low, high);
    }
}

static section need_section(checker *check, const imx_json *root, const char *key,
                            const char *prefix) {
    section found = {need(check, (section){root, ""}, key), prefix};
    if (found.object != NULL && !imx_json_is_object(found.object)) {
        reject(check, "\"%s\" must be an object", key);
        found.object = NULL;
    }
    return found;
}

/* A misspelt optional key would otherwise be overlooked. */
static void allow_only(checker *check, section from, const char *const *keys) {
    const char *key;
    const imx_json *value;
    void *at = imx_json_object_next(from.object, NULL, &key, &value);
    for (; at != NULL; at = imx_json_object_next(from.object, at, &key, &value)) {
        bool known = false;
        for (size_t i = 0; keys[i] != NULL && !known; i++) {
            known = strcmp(key, keys[i]) == 0;
        }
        if (!known) {
            reject(check, "\"%s%.60s\" is not a key that is known here", from.prefix, key);
        }
    }
}

static void read_input(checker *check, imx_manifest *out, section from) {
    static const char *const keys[] = {"name",   "width", "height", "layout", "channels",
                                       "resize", "mean",  "std",    NULL};
    static const char *const layouts[] = {"NCHW", "NHWC", NULL};
    static const char *const channels[] = {"RGB", "BGR", NULL};
    static const char *const resizes[] = {"stretch-triangle", NULL};
    if (from.object == NULL) {
        return;
    }
    allow_only(check, from, keys);
    read_text(check, &out->input_name, from, "name");
    out->width = read_count(check, from, "width", IMX_MODEL_MIN_SIDE, IMX_MODEL_MAX_SIDE);
    out->height = read_count(check, from, "height", IMX_MODEL_MIN_SIDE, IMX_MODEL_MAX_SIDE);
    out->channels_last = read_choice(check, from, "layout", layouts) == 1;
    out->bgr = read_choice(check, from, "channels", channels) == 1;
    (void)read_choice(check, from, "resize", resizes);
    read_three(check, out->mean, from, "mean", -1000, 1000);
    read_three(check, out->std, from, "std", 1e-4, 1000);
}

static void read_whitening(checker *check, imx_manifest *out, const imx_json *value) {
    static const char *const keys[] = {"file", "sha256", NULL};
    section from = {value, "output.whitening."};
    if (value == NULL || imx_json_is_null(value)) {
        return;
    }
    if (!imx_json_is_object(value)) {
        reject(check, "\"output.whitening\" must be null or an object");
        return;
    }
    allow_only(check, from, keys);
    read_file_name(check, &out->whitening_file, from, "file");
    read_sha256(check, out->whitening_sha256, from, "sha256");
}

static void read_output(checker *check, imx_manifest *out, section from) {
    static const char *const keys[] = {"name",  "dimension", "normalised", "pooling",
                                       "gem_p", "whitening", NULL};
    static const char *const poolings[] = {"in_graph", "mean", "gem", NULL};
    if (from.object == NULL) {
        return;
    }
    allow_only(check, from, keys);
    read_text(check, &out->output_name, from, "name");
    out->dimension = read_count(check, from, "dimension", 1, IMX_MODEL_MAX_DIMENSION);
    const imx_json *normalised = need(check, from, "normalised");
    if (normalised != NULL && !imx_json_get_bool(normalised, &out->normalised)) {
        reject(check, "\"output.normalised\" must be true or false");
    }
    out->pooling = (imx_pooling)read_choice(check, from, "pooling", poolings);
    const imx_json *gem_p = imx_json_get(from.object, "gem_p");
    out->gem_p = 3.0;
    if (gem_p != NULL &&
        (!imx_json_get_number(gem_p, &out->gem_p) || out->gem_p < 1 || out->gem_p > 100)) {
        reject(check, "\"output.gem_p\" must be a number from 1 to 100");
    }
    read_whitening(check, out, imx_json_get(from.object, "whitening"));
}

static void check_background(checker *check, const imx_json *value) {
    section from = {value, "background."};
    char *name = NULL;
    char sha256[65];
    if (value == NULL || imx_json_is_null(value)) {
        return;
    }
    if (!imx_json_is_object(value)) {
        reject(check, "\"background\" must be null or an object");
        return;
    }
    read_file_name(check, &name, from, "file");
    read_sha256(check, sha256, from, "sha256");
    free(name);
}

static void read_all(checker *check, imx_manifest *out, const imx_json *root) {
    section top = {root, ""};
    if (!imx_json_is_object(root)) {
        reject(check, "not a JSON object");
        return;
    }
    read_text(check, &out->name, top, "name");
    read_text(check, &out->version, top, "version");
    read_text(check, &out->licence, top, "licence");
    read_file_name(check, &out->file, top, "file");
    read_sha256(check, out->sha256, top, "sha256");
    uint32_t version = read_count(check, top, "preprocessing_version", 1, UINT32_MAX);
    if (version != 0 && version != IMX_PREPROCESSING_VERSION) {
        reject(check, "\"preprocessing_version\" is %u, this imgmatch has version %u", version,
               (unsigned)IMX_PREPROCESSING_VERSION);
    }
    read_input(check, out, need_section(check, root, "input", "input."));
    read_output(check, out, need_section(check, root, "output", "output."));
    check_background(check, imx_json_get(root, "background"));
}

imgmatch_status imx_manifest_parse(imx_manifest *out, const char *text, size_t size,
                                   imgmatch_diag *diag) {
    *out = (imx_manifest){0};
    imgmatch_diag json_diag = IMGMATCH_DIAG_INIT;
    imx_json *root = NULL;
    imgmatch_status status = imx_json_parse(&root, text, size, MAX_DEPTH, &json_diag);
    if (status == IMGMATCH_ERR_SYNTAX) {
        return imx_fail(diag, IMGMATCH_ERR_MODEL, "%s", json_diag.message);
    }
    if (status != IMGMATCH_OK) {
        return imx_fail(diag, status, "%s", json_diag.message);
    }
    checker check = {IMGMATCH_OK, diag};
    read_all(&check, out, root);
    imx_json_free(root);
    if (check.status != IMGMATCH_OK) {
        imx_manifest_clear(out);
    }
    return check.status;
}

void imx_manifest_clear(imx_manifest *manifest) {
    free(manifest->name);
    free(manifest->version);
    free(manifest->licence);
    free(manifest->file);
    free(manifest->input_name);
    free(manifest->output_name);
    free(manifest->whitening_file);
    *manifest = (imx_manifest){0};
}
