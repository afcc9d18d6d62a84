/*
 * JSON by jansson, with two things that it does not do: a limit on the nesting, and lone
 * surrogates \udc80..\udcff ("surrogateescape": bytes of a path that are no UTF-8), which it
 * refuses.
 *
 * Phases: (1) one scan finds the depth and whether there are escaped bytes; (2) only if there are,
 * the text is rewritten so that jansson takes it: \udcXX becomes \u0001 \u00XX, and what was
 * \u0001 becomes \u0001 \u0001; (3) jansson parses; (4) texts that hold a U+0001 are turned back,
 * into bytes that need not be UTF-8.
 *
 * The rewriting is exact: a text in JSON cannot hold a raw U+0001, only the escape \u0001.
 */
#include "base/json_reader.h"

#include "base/buffer.h"
#include "base/diag.h"
#include "base/json_writer.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* jansson's own limit, which is there to save the stack. */
#define MAX_DEPTH 2048u

typedef struct scan {
    uint32_t depth;
    bool has_escaped_bytes;
} scan;

/* The number behind "\u" at `text`; -1 when there are not four digits. */
static int32_t read_escape(const char *text, const char *end) {
    if (end - text < 6 || text[0] != '\\' || text[1] != 'u') {
        return -1;
    }
    int32_t code = 0;
    for (int i = 2; i < 6; i++) {
        char c = text[i];
        int digit = c >= '0' && c <= '9'   ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                           : -1;
        if (digit < 0) {
            return -1;
        }
        code = 16 * code + digit;
    }
    return code;
}

/* Length of the escape at `text`, which is at a backslash: a pair of surrogates is one escape. */
static size_t escape_size(const char *text, const char *end) {
    int32_t code = read_escape(text, end);
    if (code < 0) {
        return end - text < 2 ? (size_t)(end - text) : 2;
    }
    if (code >= 0xd800 && code <= 0xdbff) {
        int32_t low = read_escape(text + 6, end);
        if (low >= 0xdc00 && low <= 0xdfff) {
            return 12;
        }
    }
    return 6;
}

static bool is_escaped_byte(int32_t code) { return code >= 0xdc80 && code <= 0xdcff; }

static scan scan_text(const char *text, const char *end) {
    scan found = {0, false};
    uint32_t depth = 0;
    bool in_text = false;
    while (text < end) {
        char c = *text;
        if (in_text && c == '\\') {
            found.has_escaped_bytes |= is_escaped_byte(read_escape(text, end));
            text += escape_size(text, end);
            continue;
        }
        if (c == '"') {
            in_text = !in_text;
        } else if (!in_text && (c == '{' || c == '[')) {
            depth++;
            found.depth = depth > found.depth ? depth : found.depth;
        } else if (!in_text && (c == '}' || c == ']') && depth > 0) {
            depth--;
        }
        text++;
    }
    return found;
}

static void hide_escaped_bytes(imx_buffer *out, const char *text, const char *end) {
    while (text < end) {
        size_t size = *text == '\\' ? escape_size(text, end) : 1;
        int32_t code = *text == '\\' ? read_escape(text, end) : -1;
        if (is_escaped_byte(code)) {
            char hidden[16];
            (void)snprintf(hidden, sizeof hidden, "\\u0001\\u00%02x", (unsigned)(code & 0xff));
            (void)imx_buffer_append_text(out, hidden);
        } else if (code == 1) {
            (void)imx_buffer_append_text(out, "\\u0001\\u0001");
        } else {
            (void)imx_buffer_append(out, text, size);
        }
        text += size;
    }
}

/* Undo hide_escaped_bytes in a parsed text. The result is never longer. */
static size_t restore_bytes(char *out, const char *text, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == 1 && i + 1 < size) {
            i++;
            if (text[i] != 1) { /* U+0080..U+00FF in two bytes of UTF-8. */
                unsigned lead = (unsigned char)text[i];
                i++;
                out[used++] = (char)(((lead & 3u) << 6) | ((unsigned char)text[i] & 0x3fu));
                continue;
            }
        }
        out[used++] = text[i];
    }
    return used;
}

static bool restore_text(json_t *value) {
    const char *text = json_string_value(value);
    size_t size = json_string_length(value);
    if (memchr(text, 1, size) == NULL) {
        return true;
    }
    char *bytes = malloc(size + 1);
    if (bytes == NULL) {
        return false;
    }
    size_t used = restore_bytes(bytes, text, size);
    bool done = json_string_setn_nocheck(value, bytes, used) == 0;
    free(bytes);
    return done;
}

/* Depth is bounded by imx_json_parse. */
static bool restore_all(json_t *value, bool *bad_key) {
    if (json_is_string(value)) {
        return restore_text(value);
    }
    size_t index;
    json_t *member;
    json_array_foreach(value, index, member) {
        if (!restore_all(member, bad_key)) {
            return false;
        }
    }
    const char *key;
    json_object_foreach(value, key, member) {
        *bad_key |= strchr(key, 1) != NULL;
        if (!restore_all(member, bad_key)) {
            return false;
        }
    }
    return true;
}

static imgmatch_status fail_parse(imgmatch_diag *diag, const json_error_t *error) {
    /* jansson has a code for it, but where most of its allocations fail it leaves no message. */
    if (error->text[0] == '\0' || json_error_code(error) == json_error_out_of_memory) {
        return imx_fail_memory(diag);
    }
    /* jansson quotes the text around the fault, with whatever it holds. */
    char text[sizeof error->text];
    memcpy(text, error->text, sizeof text);
    text[sizeof text - 1] = '\0';
    for (char *c = text; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = ' ';
        }
    }
    return imx_fail(diag, IMGMATCH_ERR_SYNTAX, "not valid JSON: line %d, column %d: %s",
                    error->line, error->column, text);
}

static imgmatch_status parse_plain(json_t **root, const char *text, size_t size,
                                   imgmatch_diag *diag) {
    json_error_t error;
    *root = NULL;
    /* jansson's lexer takes a failed allocation for a fault of the text. A fault is there again. */
    for (int tries = 0; *root == NULL && tries < 2; tries++) {
        *root = json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    }
    return *root == NULL ? fail_parse(diag, &error) : IMGMATCH_OK;
}

static imgmatch_status parse_escaped(json_t **root, const char *text, size_t size,
                                     imgmatch_diag *diag) {
    imx_buffer hidden;
    imx_buffer_init(&hidden, size > SIZE_MAX / 4 ? SIZE_MAX / 2 : 2 * size);
    hide_escaped_bytes(&hidden, text, text + size);
    imgmatch_status status = hidden.failed
                                 ? imx_fail_memory(diag)
                                 : parse_plain(root, (const char *)hidden.bytes, hidden.size, diag);
    imx_buffer_free(&hidden);
    if (status != IMGMATCH_OK) {
        return status;
    }
    bool bad_key = false;
    if (!restore_all(*root, &bad_key)) {
        status = imx_fail_memory(diag);
    } else if (bad_key) {
        status = imx_fail(diag, IMGMATCH_ERR_SYNTAX,
                          "not valid JSON: a key holds a lone surrogate or U+0001");
    }
    if (status != IMGMATCH_OK) {
        json_decref(*root);
        *root = NULL;
    }
    return status;
}

imgmatch_status imx_json_parse(imx_json **root, const char *text, size_t size, uint32_t max_depth,
                               imgmatch_diag *diag) {
    *root = NULL;
    scan found = scan_text(text, text + size);
    uint32_t limit = max_depth < MAX_DEPTH ? max_depth : MAX_DEPTH;
    if (found.depth > limit) {
        return imx_fail(diag, IMGMATCH_ERR_SYNTAX,
                        "JSON is nested %u deep, more than the %u that are allowed", found.depth,
                        limit);
    }
    json_t *value = NULL;
    imgmatch_status status = found.has_escaped_bytes ? parse_escaped(&value, text, size, diag)
                                                     : parse_plain(&value, text, size, diag);
    *root = (imx_json *)value;
    return status;
}

void imx_json_free(imx_json *root) { json_decref((json_t *)root); }

/* An imx_json is a json_t; some of jansson's reading functions lack the const. */
static json_t *as_jansson(const imx_json *value) { return (json_t *)(uintptr_t)value; }

bool imx_json_is_object(const imx_json *value) { return json_is_object(as_jansson(value)); }

bool imx_json_is_null(const imx_json *value) { return json_is_null(as_jansson(value)); }

const imx_json *imx_json_get(const imx_json *object, const char *key) {
    return (const imx_json *)json_object_get(as_jansson(object), key);
}

size_t imx_json_array_size(const imx_json *array) { return json_array_size(as_jansson(array)); }

const imx_json *imx_json_array_get(const imx_json *array, size_t index) {
    return (const imx_json *)json_array_get(as_jansson(array), index);
}

const char *imx_json_get_text(const imx_json *value) {
    return json_string_value(as_jansson(value));
}

bool imx_json_get_number(const imx_json *value, double *out) {
    *out = json_number_value(as_jansson(value));
    return json_is_number(as_jansson(value));
}

bool imx_json_get_integer(const imx_json *value, int64_t *out) {
    *out = json_integer_value(as_jansson(value));
    return json_is_integer(as_jansson(value));
}

bool imx_json_get_bool(const imx_json *value, bool *out) {
    *out = json_is_true(as_jansson(value));
    return json_is_boolean(as_jansson(value));
}

void *imx_json_object_next(const imx_json *object, void *iterator, const char **key,
                           const imx_json **value) {
    json_t *json = as_jansson(object);
    void *next = iterator == NULL ? json_object_iter(json) : json_object_iter_next(json, iterator);
    *key = next == NULL ? NULL : json_object_iter_key(next);
    *value = next == NULL ? NULL : (const imx_json *)json_object_iter_value(next);
    return next;
}

static void write_value(imx_json_writer *writer, json_t *value);

static void write_object(imx_json_writer *writer, json_t *object) {
    const char *key;
    json_t *member;
    imx_json_open_object(writer);
    json_object_foreach(object, key, member) {
        imx_json_key(writer, key);
        write_value(writer, member);
    }
    imx_json_close_object(writer);
}

static void write_array(imx_json_writer *writer, const json_t *array) {
    size_t index;
    json_t *member;
    imx_json_open_array(writer);
    json_array_foreach(array, index, member) { write_value(writer, member); }
    imx_json_close_array(writer);
}

/* The fewest digits that read back as the same number. jansson does not depend on the locale. */
static void write_real(imx_json_writer *writer, const json_t *value) {
    char *digits = NULL;
    bool same = false;
    for (size_t precision = 15; precision <= 17 && !same; precision++) {
        free(digits);
        digits = json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(precision));
        json_t *again = digits == NULL ? NULL : json_loads(digits, JSON_DECODE_ANY, NULL);
        same = again != NULL && json_real_value(again) >= json_real_value(value) &&
               json_real_value(again) <= json_real_value(value);
        json_decref(again);
    }
    if (same) {
        imx_json_raw(writer, digits);
    } else {
        writer->buffer->failed = true;
    }
    free(digits);
}

static void write_value(imx_json_writer *writer, json_t *value) {
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        write_object(writer, value);
        break;
    case JSON_ARRAY:
        write_array(writer, value);
        break;
    case JSON_STRING:
        imx_json_text(writer, json_string_value(value));
        break;
    case JSON_INTEGER:
        imx_json_integer(writer, json_integer_value(value));
        break;
    case JSON_REAL:
        write_real(writer, value);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        imx_json_bool(writer, json_is_true(value));
        break;
    case JSON_NULL:
        imx_json_text(writer, NULL);
        break;
    }
}

char *imx_json_to_text(const imx_json *value) {
    imx_buffer buffer;
    imx_json_writer writer;
    imx_buffer_init(&buffer, SIZE_MAX / 4);
    imx_json_begin(&writer, &buffer);
    write_value(&writer, as_jansson(value));
    size_t size;
    char *text = (char *)imx_buffer_take(&buffer, &size);
    imx_buffer_free(&buffer);
    return text;
}
