/*
 * Any texts and numbers through the JSON writer: the output parses, and every text comes back byte
 * by byte. An input is a series of kinds, each followed by its value; all go into one array.
 */
#include "fuzz.h"

#include "base/json_reader.h"
#include "base/json_writer.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_VALUES 32u
#define MAX_TEXT 256u

enum { KIND_TEXT, KIND_INTEGER, KIND_NUMBER, KIND_BOOL, KIND_OBJECT, KIND_COUNT };

typedef struct written {
    unsigned kind;
    char text[MAX_TEXT]; /* Also the value in an object. */
    int64_t integer;
    double number;
    bool truth;
} written;

static void write_value(imx_json_writer *writer, written *out, fuzz_input *input) {
    out->kind = fuzz_take_byte(input) % KIND_COUNT;
    switch (out->kind) {
    case KIND_TEXT:
        fuzz_take_text(out->text, sizeof out->text, input);
        imx_json_text(writer, out->text);
        break;
    case KIND_INTEGER:
        fuzz_take_bytes(&out->integer, sizeof out->integer, input);
        imx_json_integer(writer, out->integer);
        break;
    case KIND_NUMBER:
        fuzz_take_bytes(&out->number, sizeof out->number, input);
        imx_json_number(writer, out->number, fuzz_take_byte(input) % 18);
        break;
    case KIND_BOOL:
        out->truth = fuzz_take_byte(input) & 1;
        imx_json_bool(writer, out->truth);
        break;
    default:
        fuzz_take_text(out->text, sizeof out->text, input);
        imx_json_open_object(writer);
        imx_json_key(writer, "k\"\n");
        imx_json_text(writer, out->text);
        imx_json_close_object(writer);
        break;
    }
}

static void check_value(const imx_json *value, const written *expected) {
    const char *text;
    int64_t integer;
    double number;
    bool truth;
    switch (expected->kind) {
    case KIND_TEXT:
    case KIND_OBJECT:
        value = expected->kind == KIND_OBJECT ? imx_json_get(value, "k\"\n") : value;
        text = imx_json_get_text(value);
        fuzz_require(text != NULL && strcmp(text, expected->text) == 0);
        break;
    case KIND_INTEGER:
        fuzz_require(imx_json_get_integer(value, &integer) && integer == expected->integer);
        break;
    case KIND_NUMBER:
        fuzz_require(isfinite(expected->number) ? imx_json_get_number(value, &number)
                                                : imx_json_is_null(value));
        break;
    default:
        fuzz_require(imx_json_get_bool(value, &truth) && truth == expected->truth);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static written values[MAX_VALUES];
    fuzz_input input = {data, size};
    imx_buffer buffer;
    imx_json_writer writer;
    imx_buffer_init(&buffer, 1u << 20);
    imx_json_begin(&writer, &buffer);
    imx_json_open_array(&writer);
    size_t count = 0;
    while (input.left > 0 && count < MAX_VALUES) {
        write_value(&writer, &values[count++], &input);
    }
    imx_json_close_array(&writer);
    fuzz_require(!buffer.failed);
    imx_json *root = NULL;
    fuzz_require(imx_json_parse(&root, (const char *)buffer.bytes, buffer.size, 8, NULL) ==
                 IMGMATCH_OK);
    fuzz_require(imx_json_array_size(root) == count);
    for (size_t i = 0; i < count; i++) {
        check_value(imx_json_array_get(root, i), &values[i]);
    }
    imx_json_free(root);
    imx_buffer_free(&buffer);
    return 0;
}
