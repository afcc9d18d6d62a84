#include "base/json_value.h"

#include "base/buffer.h"
#include "base/json_writer.h"

#include <stdlib.h>
#include <string.h>

void imx_json_free(imx_json *root) {
    imx_json_document *document = (imx_json_document *)root;
    if (document != NULL) {
        free(document->values);
        free(document->texts);
        free(document);
    }
}

static bool is_kind(const imx_json *value, imx_json_kind kind) {
    return value != NULL && value->kind == kind;
}

bool imx_json_is_object(const imx_json *value) { return is_kind(value, IMX_JSON_OBJECT); }

bool imx_json_is_null(const imx_json *value) { return is_kind(value, IMX_JSON_NULL); }

const imx_json *imx_json_get(const imx_json *object, const char *key) {
    if (!imx_json_is_object(object)) {
        return NULL;
    }
    for (size_t i = 0; i < object->members.count; i++) {
        if (strcmp(object->members.first[i].key, key) == 0) {
            return &object->members.first[i];
        }
    }
    return NULL;
}

size_t imx_json_array_size(const imx_json *array) {
    return is_kind(array, IMX_JSON_ARRAY) ? array->members.count : 0;
}

const imx_json *imx_json_array_get(const imx_json *array, size_t index) {
    return index < imx_json_array_size(array) ? &array->members.first[index] : NULL;
}

const char *imx_json_get_text(const imx_json *value) {
    return is_kind(value, IMX_JSON_TEXT) ? value->text : NULL;
}

bool imx_json_get_number(const imx_json *value, double *out) {
    bool is_integer = is_kind(value, IMX_JSON_INTEGER), is_real = is_kind(value, IMX_JSON_REAL);
    *out = is_integer ? (double)value->integer : is_real ? value->real : 0;
    return is_integer || is_real;
}

bool imx_json_get_integer(const imx_json *value, int64_t *out) {
    bool is_integer = is_kind(value, IMX_JSON_INTEGER);
    *out = is_integer ? value->integer : 0;
    return is_integer;
}

bool imx_json_get_bool(const imx_json *value, bool *out) {
    bool is_bool = is_kind(value, IMX_JSON_BOOL);
    *out = is_bool && value->truth;
    return is_bool;
}

void *imx_json_object_next(const imx_json *object, void *iterator, const char **key,
                           const imx_json **value) {
    *key = NULL;
    *value = NULL;
    if (!imx_json_is_object(object)) {
        return NULL;
    }
    const imx_json *last = iterator;
    size_t next = last == NULL ? 0 : (size_t)(last - object->members.first) + 1;
    if (next == object->members.count) {
        return NULL;
    }
    *value = &object->members.first[next];
    *key = (*value)->key;
    return (void *)(uintptr_t)*value;
}

static void write_value(imx_json_writer *writer, const imx_json *value);

static void write_members(imx_json_writer *writer, const imx_json *value) {
    for (size_t i = 0; i < value->members.count; i++) {
        const imx_json *member = &value->members.first[i];
        if (member->key != NULL) {
            imx_json_key(writer, member->key);
        }
        write_value(writer, member);
    }
}

/* As deep as imx_json_parse has let in. */
static void write_value(imx_json_writer *writer, const imx_json *value) {
    switch (value->kind) {
    case IMX_JSON_OBJECT:
        imx_json_open_object(writer);
        write_members(writer, value);
        imx_json_close_object(writer);
        break;
    case IMX_JSON_ARRAY:
        imx_json_open_array(writer);
        write_members(writer, value);
        imx_json_close_array(writer);
        break;
    case IMX_JSON_TEXT:
        imx_json_text(writer, value->text);
        break;
    case IMX_JSON_INTEGER:
        imx_json_integer(writer, value->integer);
        break;
    case IMX_JSON_REAL:
        imx_json_real(writer, value->real);
        break;
    case IMX_JSON_BOOL:
        imx_json_bool(writer, value->truth);
        break;
    case IMX_JSON_NULL:
        imx_json_text(writer, NULL);
        break;
    }
}

char *imx_json_to_text(const imx_json *value) {
    imx_buffer buffer;
    imx_json_writer writer;
    imx_buffer_init(&buffer, SIZE_MAX / 4);
    imx_json_begin(&writer, &buffer);
    write_value(&writer, value);
    size_t size;
    char *text = (char *)imx_buffer_take(&buffer, &size);
    imx_buffer_free(&buffer);
    return text;
}
