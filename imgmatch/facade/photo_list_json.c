#include "base/diag.h"
#include "base/json_reader.h"
#include "base/json_writer.h"
#include "base/memory.h"
#include "facade/photo_list.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* A known key's text. Shops number their products, so ids may be whole numbers. */
static imgmatch_status read_known(char **out, const imx_json *value, const char *key,
                                  imgmatch_diag *diag) {
    const char *text = imx_json_get_text(value);
    char digits[24];
    int64_t number;
    if (text == NULL && imx_json_get_integer(value, &number)) {
        (void)snprintf(digits, sizeof digits, "%" PRId64, number);
        text = digits;
    }
    if (text == NULL && imx_json_is_null(value)) {
        return IMGMATCH_OK;
    }
    if (text == NULL) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "\"%s\" is not a text", key);
    }
    *out = imx_copy_text(text);
    return *out == NULL ? imx_fail_memory(diag) : IMGMATCH_OK;
}

static imgmatch_status read_metadata(char **out, const imx_json *object,
                                     const imgmatch_limits *limits, imgmatch_diag *diag) {
    imx_buffer buffer;
    imx_json_writer writer;
    bool none = true;
    const char *key;
    const imx_json *value;
    imx_buffer_init(&buffer, SIZE_MAX / 4); /* A line is bounded, and so is this. */
    imx_json_begin(&writer, &buffer);
    imx_json_open_object(&writer);
    void *at = imx_json_object_next(object, NULL, &key, &value);
    for (; at != NULL; at = imx_json_object_next(object, at, &key, &value)) {
        if (imx_list_known_key(key) >= 0) {
            continue;
        }
        char *text = imx_json_to_text(value);
        imx_json_key(&writer, key);
        imx_json_raw(&writer, text == NULL ? "" : text);
        buffer.failed |= text == NULL;
        none = false;
        free(text);
    }
    imx_json_close_object(&writer);
    return imx_list_take_metadata(out, &buffer, none, limits, diag);
}

static imgmatch_status read_object(imx_list_entry *entry, const imx_json *object,
                                   const imgmatch_limits *limits, imgmatch_diag *diag) {
    const char *key;
    const imx_json *value;
    void *at = imx_json_object_next(object, NULL, &key, &value);
    for (; at != NULL; at = imx_json_object_next(object, at, &key, &value)) {
        int known = imx_list_known_key(key);
        imgmatch_status status =
            known < 0 ? IMGMATCH_OK
                      : read_known(imx_list_entry_text(entry, known), value, key, diag);
        if (status != IMGMATCH_OK) {
            return status;
        }
    }
    return read_metadata(&entry->metadata, object, limits, diag);
}

imgmatch_status imx_list_read_json(imx_list_entry *entry, const char *line, size_t size,
                                   const imgmatch_limits *limits, imgmatch_diag *diag) {
    imx_json *root = NULL;
    imgmatch_status status = imx_json_parse(&root, line, size, limits->max_json_depth, diag);
    if (status != IMGMATCH_OK) {
        return status;
    }
    status = imx_json_is_object(root)
                 ? read_object(entry, root, limits, diag)
                 : imx_fail(diag, IMGMATCH_ERR_SYNTAX, "the line is not a JSON object");
    imx_json_free(root);
    return status;
}
