#include "facade/item_json.h"

#include "base/base64.h"
#include "base/diag.h"
#include "base/memory.h"
#include "base/sha256.h"
#include "fingerprint/sketch.h"

#include <stdlib.h>
#include <string.h>

#define EXPORT_VERSION 1
#define REMARKS 32u

/* ---- the header ---- */

void imx_export_write_header(imx_json_writer *json, const imx_identity *identity, const char *name,
                             uint64_t items) {
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = {{"imgmatch_export", EXPORT_VERSION},
                   {"dimension", identity->dimension},
                   {"hash_version", identity->hash_version},
                   {"preprocessing_version", identity->preprocessing_version},
                   {"sketch_version", identity->sketch_version},
                   {"items", items}};
    imx_json_open_object(json);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        imx_json_key(json, numbers[i].key);
        imx_json_integer(json, (int64_t)numbers[i].value);
    }
    imx_json_key(json, "name");
    imx_json_text(json, name);
    imx_json_key(json, "model");
    imx_json_text(json, identity->model_name);
    imx_json_key(json, "model_sha256");
    imx_json_text(json, identity->model_sha256);
    if (identity->model_settings[0] != '\0') {
        imx_json_key(json, "model_settings");
        imx_json_text(json, identity->model_settings);
    }
    imx_json_close_object(json);
}

bool imx_export_is_header(const imx_json *line) {
    return imx_json_get(line, "imgmatch_export") != NULL;
}

static imgmatch_status check_model(const imx_json *header, const imx_identity *identity,
                                   imgmatch_diag *diag) {
    const char *sha256 = imx_json_get_text(imx_json_get(header, "model_sha256"));
    const char *model = imx_json_get_text(imx_json_get(header, "model"));
    if (sha256 != NULL && strcmp(sha256, identity->model_sha256) == 0) {
        const char *settings = imx_json_get_text(imx_json_get(header, "model_settings"));
        return !imx_settings_differ(settings != NULL ? settings : "", identity->model_settings)
                   ? IMGMATCH_OK
                   : imx_fail(diag, IMGMATCH_ERR_MISMATCH,
                              "the fingerprints were made with model %s too, but its "
                              "manifest.json said something else of input, pooling or whitening: "
                              "import into a catalogue of that one, or index the photos",
                              identity->model_name);
    }
    return imx_fail(diag, IMGMATCH_ERR_MISMATCH,
                    "the fingerprints were made with model %.64s (SHA-256 %.12s...), the "
                    "catalogue with %s (%.12s...): import into a catalogue of that model, or "
                    "index the photos",
                    model != NULL ? model : "?", sha256 != NULL ? sha256 : "?",
                    identity->model_name, identity->model_sha256);
}

static imgmatch_status check_versions(const imx_json *header, const imx_identity *identity,
                                      imgmatch_diag *diag) {
    const struct {
        const char *key;
        uint32_t expected;
    } numbers[] = {{"dimension", identity->dimension},
                   {"hash_version", identity->hash_version},
                   {"preprocessing_version", identity->preprocessing_version},
                   {"sketch_version", identity->sketch_version}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int64_t found = -1;
        if (!imx_json_get_integer(imx_json_get(header, numbers[i].key), &found) ||
            found != numbers[i].expected) {
            return imx_fail(diag, IMGMATCH_ERR_MISMATCH,
                            "the export has %s %lld, the catalogue %u: index the photos with this "
                            "version",
                            numbers[i].key, (long long)found, numbers[i].expected);
        }
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_export_check_header(int64_t *items, const imx_json *header,
                                        const imx_identity *identity, imgmatch_diag *diag) {
    int64_t version = 0;
    *items = -1;
    if (!imx_json_get_integer(imx_json_get(header, "imgmatch_export"), &version)) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX,
                        "the first line is not the header of an export (\"imgmatch_export\")");
    }
    if (version != EXPORT_VERSION) {
        return imx_fail(diag, IMGMATCH_ERR_MISMATCH,
                        "the export has version %lld, this program reads version %d",
                        (long long)version, EXPORT_VERSION);
    }
    imgmatch_status status = check_model(header, identity, diag);
    if (status == IMGMATCH_OK) {
        status = check_versions(header, identity, diag);
    }
    const imx_json *named = imx_json_get(header, "items");
    if (status == IMGMATCH_OK && named != NULL &&
        (!imx_json_get_integer(named, items) || *items < 0)) {
        *items = -1;
        status = imx_fail(diag, IMGMATCH_ERR_SYNTAX, "\"items\" is not a whole number from 0 on");
    }
    return status;
}

/* ---- writing ---- */

static void write_base64(imx_json_writer *json, const void *bytes, size_t size) {
    char *text = bytes == NULL ? NULL : imx_new_array_raw(IMX_BASE64_TEXT_BYTES(size), 1);
    if (text != NULL) {
        imx_base64_encode(text, bytes, size);
    } else if (bytes != NULL) {
        json->buffer->failed = true;
    }
    imx_json_text(json, text);
    free(text);
}

static void write_view(imx_json_writer *json, const imx_view_record *view, uint32_t dimension) {
    char hex[IMGMATCH_PDQ_HEX_BYTES];
    imgmatch_pdq_to_hex(hex, &view->pdq);
    imx_json_open_object(json);
    imx_json_key(json, "pdq");
    imx_json_text(json, hex);
    imx_json_key(json, "quality");
    imx_json_integer(json, view->pdq.quality);
    imx_json_key(json, "unstable");
    imx_json_integer(json, view->pdq.unstable);
    imx_json_key(json, "embedding");
    write_base64(json, view->embedding, dimension * sizeof *view->embedding);
    imx_json_close_object(json);
}

static void write_remarks(imx_json_writer *json, uint64_t remarks) {
    imx_json_key(json, "remarks");
    imx_json_open_array(json);
    for (unsigned bit = 0; bit < REMARKS; bit++) {
        if ((remarks >> bit & 1) != 0) {
            imx_json_text(json,
                          imgmatch_reason_code((imgmatch_reason)(IMGMATCH_REASON_FLAT + bit)));
        }
    }
    imx_json_close_array(json);
}

void imx_item_write_json(imx_json_writer *json, const imx_item_record *item, uint32_t dimension) {
    const struct {
        const char *key;
        const char *text;
    } texts[] = {{"id", item->id},         {"product", item->product},
                 {"brand", item->brand},   {"source", item->source},
                 {"sha256", item->sha256}, {"added_at", item->added_at}};
    const struct {
        const char *key;
        uint64_t value;
    } numbers[] = {{"size_bytes", item->size_bytes},
                   {"width", item->width},
                   {"height", item->height},
                   {"features", item->feature_count}};
    imx_json_open_object(json);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        imx_json_key(json, texts[i].key);
        imx_json_text(json, texts[i].text);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        imx_json_key(json, numbers[i].key);
        imx_json_integer(json, (int64_t)numbers[i].value);
    }
    imx_json_key(json, "metadata");
    imx_json_raw(json, item->metadata);
    write_remarks(json, item->remarks);
    imx_json_key(json, "views");
    imx_json_open_array(json);
    for (uint32_t i = 0; i < item->view_count; i++) {
        write_view(json, &item->views[i], dimension);
    }
    imx_json_close_array(json);
    imx_json_key(json, "sketch");
    write_base64(json, item->sketch, item->sketch_size);
    imx_json_close_object(json);
}

/* ---- reading ---- */

static imgmatch_status fail_key(imgmatch_diag *diag, const char *key, const char *what) {
    return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "\"%s\" %s", key, what);
}

static imgmatch_status read_number(uint64_t *out, const imx_json *object, const char *key,
                                   int64_t most, imgmatch_diag *diag) {
    int64_t value = -1;
    if (!imx_json_get_integer(imx_json_get(object, key), &value) || value < 0 || value > most) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "\"%s\" is not a whole number from 0 to %lld",
                        key, (long long)most);
    }
    *out = (uint64_t)value;
    return IMGMATCH_OK;
}

static imgmatch_status read_texts(imx_owned_item *out, const imx_json *line,
                                  const imgmatch_limits *limits, imgmatch_diag *diag) {
    static const char *const keys[] = {"id", "product", "brand", "source"};
    const char **const places[] = {&out->record.id, &out->record.product, &out->record.brand,
                                   &out->record.source};
    for (size_t i = 0; i < 4; i++) {
        const char *text = imx_json_get_text(imx_json_get(line, keys[i]));
        if (text == NULL) {
            return fail_key(diag, keys[i], "is missing or not a text");
        }
        if (strlen(text) > IMX_MAX_TEXT_BYTES) {
            return fail_key(diag, keys[i], "has more than 16384 bytes");
        }
        *places[i] = out->texts[i] = imx_copy_text(text);
        if (out->texts[i] == NULL) {
            return imx_fail_memory(diag);
        }
    }
    size_t id_size = strlen(out->record.id);
    if (id_size < 1 || id_size > IMX_MAX_ID_BYTES) {
        return fail_key(diag, "id", "does not have 1 to 512 bytes");
    }
    const imx_json *metadata = imx_json_get(line, "metadata");
    if (!imx_json_is_object(metadata)) {
        return fail_key(diag, "metadata", "is missing or not an object");
    }
    out->record.metadata = out->texts[4] = imx_json_to_text(metadata);
    if (out->texts[4] == NULL) {
        return imx_fail_memory(diag);
    }
    return strlen(out->texts[4]) <= limits->max_metadata_bytes
               ? IMGMATCH_OK
               : fail_key(diag, "metadata", "is over the limit");
}

static imgmatch_status read_facts(imx_item_record *out, const imx_json *line, imgmatch_diag *diag) {
    uint64_t width = 0, height = 0, features = 0;
    imgmatch_status status = read_number(&out->size_bytes, line, "size_bytes", INT64_MAX, diag);
    if (status == IMGMATCH_OK) {
        status = read_number(&width, line, "width", UINT32_MAX, diag);
    }
    if (status == IMGMATCH_OK) {
        status = read_number(&height, line, "height", UINT32_MAX, diag);
    }
    if (status == IMGMATCH_OK) {
        status = read_number(&features, line, "features", IMX_SKETCH_MAX_FEATURES, diag);
    }
    out->width = (uint32_t)width;
    out->height = (uint32_t)height;
    out->feature_count = (uint32_t)features;
    const char *sha256 = imx_json_get_text(imx_json_get(line, "sha256"));
    if (status == IMGMATCH_OK &&
        (sha256 == NULL || (sha256[0] != '\0' && !imx_sha256_is_hex(sha256)))) {
        return fail_key(diag, "sha256", "is not 64 hexadecimal digits in lower case");
    }
    if (status == IMGMATCH_OK) {
        memcpy(out->sha256, sha256, strlen(sha256) + 1);
    }
    return status;
}

/* An item that has none is added when it is imported. */
static imgmatch_status read_added_at(imx_item_record *out, const imx_json *line,
                                     imgmatch_diag *diag) {
    const imx_json *added_at = imx_json_get(line, "added_at");
    const char *text =
        added_at == NULL || imx_json_is_null(added_at) ? "" : imx_json_get_text(added_at);
    if (text == NULL || (text[0] != '\0' && !imx_added_at_is_valid(text))) {
        return fail_key(diag, "added_at", "is not a time like 2026-01-31T12:00:00Z");
    }
    memcpy(out->added_at, text, strlen(text) + 1);
    return IMGMATCH_OK;
}

static imgmatch_status read_remarks(uint64_t *out, const imx_json *line, imgmatch_diag *diag) {
    const imx_json *remarks = imx_json_get(line, "remarks");
    for (size_t i = 0; i < imx_json_array_size(remarks); i++) {
        const char *code = imx_json_get_text(imx_json_array_get(remarks, i));
        unsigned bit = 0;
        while (bit < REMARKS &&
               (code == NULL || code[0] == '\0' ||
                strcmp(code, imgmatch_reason_code((imgmatch_reason)(IMGMATCH_REASON_FLAT + bit))) !=
                    0)) {
            bit++;
        }
        if (bit == REMARKS) {
            return fail_key(diag, "remarks", "has one that is not known");
        }
        *out |= UINT64_C(1) << bit;
    }
    return IMGMATCH_OK;
}

static imgmatch_status read_view(imx_view_record *out, uint16_t *halves, const imx_json *view,
                                 uint32_t dimension, imgmatch_diag *diag) {
    uint64_t quality = 0, unstable = 0;
    imgmatch_diag own = IMGMATCH_DIAG_INIT;
    const char *hex = imx_json_get_text(imx_json_get(view, "pdq"));
    if (hex == NULL || imgmatch_pdq_from_hex(&out->pdq, hex, &own) != IMGMATCH_OK) {
        return fail_key(diag, "pdq", "is not 64 hexadecimal digits");
    }
    imgmatch_status status = read_number(&quality, view, "quality", 100, diag);
    if (status == IMGMATCH_OK) {
        status = read_number(&unstable, view, "unstable", 255, diag);
    }
    if (status != IMGMATCH_OK) {
        return status;
    }
    out->pdq.quality = (uint8_t)quality;
    out->pdq.unstable = (uint8_t)unstable;
    const imx_json *embedding = imx_json_get(view, "embedding");
    if (imx_json_is_null(embedding)) {
        return IMGMATCH_OK;
    }
    const char *text = imx_json_get_text(embedding);
    size_t size = 0, wanted = dimension * sizeof *halves;
    if (text == NULL || !imx_base64_decode((uint8_t *)halves, &size, wanted, text) ||
        size != wanted) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "\"embedding\" is not base64 of %zu bytes",
                        wanted);
    }
    out->embedding = halves;
    return IMGMATCH_OK;
}

static imgmatch_status read_views(imx_owned_item *out, const imx_json *line, uint32_t dimension,
                                  imgmatch_diag *diag) {
    const imx_json *views = imx_json_get(line, "views");
    size_t count = imx_json_array_size(views);
    if (count < 1 || count > IMX_MAX_VIEWS) {
        return fail_key(diag, "views", "does not have 1 or 2 entries");
    }
    out->halves = imx_new_array_raw((size_t)IMX_MAX_VIEWS * dimension, sizeof *out->halves);
    if (out->halves == NULL) {
        return imx_fail_memory(diag);
    }
    imgmatch_status status = IMGMATCH_OK;
    out->record.view_count = (uint32_t)count;
    for (size_t i = 0; i < count && status == IMGMATCH_OK; i++) {
        status = read_view(&out->record.views[i], out->halves + i * dimension,
                           imx_json_array_get(views, i), dimension, diag);
        if (status == IMGMATCH_OK &&
            (out->record.views[i].embedding == NULL) != (out->record.views[0].embedding == NULL)) {
            status = fail_key(diag, "embedding", "is there for one view and not for the other");
        }
    }
    return status;
}

static imgmatch_status read_sketch(imx_owned_item *out, const imx_json *line, imgmatch_diag *diag) {
    const imx_json *sketch = imx_json_get(line, "sketch");
    if (imx_json_is_null(sketch)) {
        return IMGMATCH_OK;
    }
    const char *text = imx_json_get_text(sketch);
    out->sketch = imx_new_array_raw(IMX_SKETCH_MAX_BYTES, 1);
    imx_sketch *parsed = imx_new_array(1, sizeof *parsed);
    imgmatch_status status = IMGMATCH_OK;
    if (out->sketch == NULL || parsed == NULL) {
        status = imx_fail_memory(diag);
    } else if (text == NULL || !imx_base64_decode(out->sketch, &out->record.sketch_size,
                                                  IMX_SKETCH_MAX_BYTES, text)) {
        status = imx_fail(diag, IMGMATCH_ERR_SYNTAX, "\"sketch\" is not base64 of up to %u bytes",
                          IMX_SKETCH_MAX_BYTES);
    } else if (imx_sketch_read(parsed, out->sketch, out->record.sketch_size, NULL) != IMGMATCH_OK ||
               parsed->feature_count != out->record.feature_count) {
        status = fail_key(diag, "sketch", "is not a sketch of this version");
    }
    out->record.sketch = out->sketch;
    free(parsed);
    return status;
}

imgmatch_status imx_item_read_json(imx_owned_item *out, const imx_json *line, uint32_t dimension,
                                   const imgmatch_limits *limits, imgmatch_diag *diag) {
    *out = (imx_owned_item){.halves = NULL};
    if (!imx_json_is_object(line)) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "the line is not a JSON object");
    }
    imgmatch_status status = read_texts(out, line, limits, diag);
    if (status == IMGMATCH_OK) {
        status = read_facts(&out->record, line, diag);
    }
    if (status == IMGMATCH_OK) {
        status = read_added_at(&out->record, line, diag);
    }
    if (status == IMGMATCH_OK) {
        status = read_remarks(&out->record.remarks, line, diag);
    }
    if (status == IMGMATCH_OK) {
        status = read_views(out, line, dimension, diag);
    }
    if (status == IMGMATCH_OK) {
        status = read_sketch(out, line, diag);
    }
    return status;
}

imgmatch_status imx_item_copy(imx_owned_item *out, const imx_item_record *record,
                              uint32_t dimension, imgmatch_diag *diag) {
    *out = (imx_owned_item){.record = *record};
    const char **const places[] = {&out->record.id, &out->record.product, &out->record.brand,
                                   &out->record.source, &out->record.metadata};
    bool room = true;
    for (size_t i = 0; i < 5; i++) {
        out->texts[i] = imx_copy_text(*places[i]);
        *places[i] = out->texts[i];
        room = room && out->texts[i] != NULL;
    }
    out->halves = imx_new_array_raw((size_t)record->view_count * dimension, sizeof *out->halves);
    out->sketch = record->sketch == NULL
                      ? NULL
                      : (uint8_t *)imx_copy_bytes(record->sketch, record->sketch_size);
    out->record.sketch = out->sketch;
    if (!room || out->halves == NULL || (record->sketch != NULL && out->sketch == NULL)) {
        return imx_fail_memory(diag);
    }
    for (uint32_t i = 0; i < record->view_count; i++) {
        if (record->views[i].embedding != NULL) {
            uint16_t *halves = out->halves + (size_t)i * dimension;
            memcpy(halves, record->views[i].embedding, dimension * sizeof *halves);
            out->record.views[i].embedding = halves;
        }
    }
    return IMGMATCH_OK;
}

imgmatch_status imx_item_of_hash(imx_owned_item *out, const char *id, const imgmatch_pdq *hash,
                                 imgmatch_diag *diag) {
    *out = (imx_owned_item){
        .record = {.product = "", .brand = "", .source = "", .metadata = "{}", .view_count = 1}};
    char hex[IMGMATCH_PDQ_HEX_BYTES], made[sizeof hex + 4] = "pdq:";
    imgmatch_pdq_to_hex(hex, hash);
    memcpy(made + 4, hex, sizeof hex);
    out->record.views[0].pdq = *hash;
    out->record.id = out->texts[0] = imx_copy_text(id == NULL || id[0] == '\0' ? made : id);
    if (out->texts[0] == NULL) {
        return imx_fail_memory(diag);
    }
    return strlen(out->record.id) <= IMX_MAX_ID_BYTES
               ? IMGMATCH_OK
               : fail_key(diag, "id", "does not have 1 to 512 bytes");
}

void imx_owned_item_free(imx_owned_item *item) {
    for (size_t i = 0; i < sizeof item->texts / sizeof *item->texts; i++) {
        free(item->texts[i]);
    }
    free(item->halves);
    free(item->sketch);
    *item = (imx_owned_item){.halves = NULL};
}
