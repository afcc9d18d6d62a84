#include "base/json_writer.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Readers may take a number without a point for an integer of 64 bits and refuse a larger one. */
#define MAX_WHOLE 1e15

void imx_json_begin(imx_json_writer *writer, imx_buffer *buffer) {
    *writer = (imx_json_writer){.buffer = buffer};
}

static void before_value(imx_json_writer *writer) {
    if (writer->needs_comma) {
        (void)imx_buffer_append_byte(writer->buffer, ',');
    }
    writer->needs_comma = true;
}

static void open_with(imx_json_writer *writer, uint8_t bracket) {
    before_value(writer);
    (void)imx_buffer_append_byte(writer->buffer, bracket);
    writer->needs_comma = false;
}

static void close_with(imx_json_writer *writer, uint8_t bracket) {
    (void)imx_buffer_append_byte(writer->buffer, bracket);
    writer->needs_comma = true;
}

void imx_json_open_object(imx_json_writer *writer) { open_with(writer, '{'); }
void imx_json_close_object(imx_json_writer *writer) { close_with(writer, '}'); }
void imx_json_open_array(imx_json_writer *writer) { open_with(writer, '['); }
void imx_json_close_array(imx_json_writer *writer) { close_with(writer, ']'); }

static void append_escape(imx_buffer *buffer, const char *prefix, uint8_t low) {
    static const char digits[] = "0123456789abcdef";
    (void)imx_buffer_append_text(buffer, prefix);
    (void)imx_buffer_append_byte(buffer, (uint8_t)digits[low >> 4]);
    (void)imx_buffer_append_byte(buffer, (uint8_t)digits[low & 15]);
}

/* U+0080 to U+009F, which terminals may take for commands, as those below U+0020. */
static bool is_control_pair(const uint8_t *byte) {
    return byte[0] == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0;
}

static void append_ascii(imx_buffer *buffer, uint8_t byte) {
    static const char short_escapes[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *escape = short_escapes; *escape != '\0'; escape += 2) {
        if ((uint8_t)escape[0] == byte) {
            (void)imx_buffer_append_byte(buffer, '\\');
            (void)imx_buffer_append_byte(buffer, (uint8_t)escape[1]);
            return;
        }
    }
    if (byte < 0x20 || byte == 0x7f) {
        append_escape(buffer, "\\u00", byte);
    } else {
        (void)imx_buffer_append_byte(buffer, byte);
    }
}

static void append_quoted(imx_buffer *buffer, const char *text) {
    const uint8_t *byte = (const uint8_t *)text;
    const uint8_t *end = byte + strlen(text);
    (void)imx_buffer_append_byte(buffer, '"');
    while (byte < end) {
        size_t size = imx_utf8_size(byte, (size_t)(end - byte));
        if (size == 0) {
            append_escape(buffer, "\\udc", *byte);
            byte++;
        } else if (size == 1) {
            append_ascii(buffer, *byte);
            byte++;
        } else if (is_control_pair(byte)) {
            append_escape(buffer, "\\u00", byte[1]);
            byte += size;
        } else {
            (void)imx_buffer_append(buffer, byte, size);
            byte += size;
        }
    }
    (void)imx_buffer_append_byte(buffer, '"');
}

void imx_json_key(imx_json_writer *writer, const char *key) {
    before_value(writer);
    append_quoted(writer->buffer, key);
    (void)imx_buffer_append_byte(writer->buffer, ':');
    writer->needs_comma = false;
}

void imx_json_text(imx_json_writer *writer, const char *text) {
    before_value(writer);
    if (text == NULL) {
        (void)imx_buffer_append_text(writer->buffer, "null");
    } else {
        append_quoted(writer->buffer, text);
    }
}

void imx_json_integer(imx_json_writer *writer, int64_t value) {
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRId64, value);
    before_value(writer);
    (void)imx_buffer_append_text(writer->buffer, digits);
}

void imx_json_bool(imx_json_writer *writer, bool value) {
    before_value(writer);
    (void)imx_buffer_append_text(writer->buffer, value ? "true" : "false");
}

/* The locale decides what printf puts between units and tenths (a comma, or several bytes): make
 * it a point. Without the ' flag nothing else depends on the locale. */
static void make_point(char *digits) {
    char *out = digits;
    bool in_point = false;
    for (const char *in = digits; *in != '\0'; in++) {
        if ((*in >= '0' && *in <= '9') || *in == '-' || *in == '+' || *in == 'e') {
            *out++ = *in;
            in_point = false;
        } else if (!in_point) {
            *out++ = '.';
            in_point = true;
        }
    }
    *out = '\0';
}

static void cut_zeros(char *digits) {
    if (strchr(digits, '.') != NULL) {
        char *end = digits + strlen(digits);
        while (end[-1] == '0') {
            end--;
        }
        if (end[-1] == '.') {
            end--;
        }
        *end = '\0';
    }
    if (strcmp(digits, "-0") == 0) {
        digits[0] = '0';
        digits[1] = '\0';
    }
}

void imx_json_number(imx_json_writer *writer, double value, int decimals) {
    if (!isfinite(value)) {
        imx_json_text(writer, NULL);
        return;
    }
    char digits[400]; /* A double has up to 309 digits before the point. */
    int shown = decimals < 0 ? 0 : decimals > 17 ? 17 : decimals;
    (void)snprintf(digits, sizeof digits, "%.*f", shown, value);
    make_point(digits);
    cut_zeros(digits);
    before_value(writer);
    (void)imx_buffer_append_text(writer->buffer, digits);
    if (fabs(value) >= MAX_WHOLE && strchr(digits, '.') == NULL) {
        (void)imx_buffer_append_text(writer->buffer, ".0");
    }
}

/* 1e+06 to 1e6: the fewest characters, as printf has its own minimum. */
static void cut_exponent(char *digits) {
    char *out = strchr(digits, 'e');
    if (out == NULL) {
        return;
    }
    const char *in = ++out;
    if (*in == '-') {
        out++;
    }
    in += strspn(in, "+-0"); /* It is never zero. */
    memmove(out, in, strlen(in) + 1);
}

void imx_json_real(imx_json_writer *writer, double value) {
    char digits[40];
    for (int precision = 15; precision <= 17; precision++) {
        (void)snprintf(digits, sizeof digits, "%.*g", precision, value);
        double again = strtod(digits, NULL); /* In the locale that printed it. */
        if (again >= value && again <= value) {
            break;
        }
    }
    make_point(digits);
    cut_exponent(digits);
    before_value(writer);
    (void)imx_buffer_append_text(writer->buffer, digits);
    if (strpbrk(digits, ".e") == NULL) {
        (void)imx_buffer_append_text(writer->buffer, ".0");
    }
}

void imx_json_raw(imx_json_writer *writer, const char *json) {
    before_value(writer);
    for (const uint8_t *byte = (const uint8_t *)json; *byte != '\0'; byte++) {
        bool pair = is_control_pair(byte);
        if (pair || *byte == 0x7f) { /* In JSON these stand in texts only. */
            byte += pair;
            append_escape(writer->buffer, "\\u00", *byte);
        } else {
            /* And these between values only, where a space is as good. */
            (void)imx_buffer_append_byte(writer->buffer, *byte < ' ' ? ' ' : *byte);
        }
    }
}
