#include "base/json_parser.h"

#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool take_digits(imx_json_parser *from) {
    const char *start = from->at;
    while (from->at < from->end && *from->at >= '0' && *from->at <= '9') {
        from->at++;
    }
    return from->at > start;
}

static int digit_value(char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The number in an escape "\uXXXX" at `text`; -1 when there is none. */
static int32_t read_code(const char *text, const char *end) {
    if (end - text < 6 || text[0] != '\\' || text[1] != 'u') {
        return -1;
    }
    int32_t code = 0;
    for (int i = 2; i < 6; i++) {
        int digit = digit_value(text[i]);
        if (digit < 0) {
            return -1;
        }
        code = 16 * code + digit;
    }
    return code;
}

static void put(imx_json_parser *from, int32_t byte) {
    *from->text_end++ = (char)(unsigned char)byte;
}

static void put_character(imx_json_parser *from, int32_t code) {
    if (code < 0x80) {
        put(from, code);
        return;
    }
    if (code < 0x800) {
        put(from, 0xc0 | code >> 6);
    } else {
        if (code < 0x10000) {
            put(from, 0xe0 | code >> 12);
        } else {
            put(from, 0xf0 | code >> 18);
            put(from, 0x80 | (code >> 12 & 0x3f));
        }
        put(from, 0x80 | (code >> 6 & 0x3f));
    }
    put(from, 0x80 | (code & 0x3f));
}

static bool read_code_escape(imx_json_parser *from, bool is_key) {
    int32_t code = read_code(from->at, from->end);
    if (code < 0) {
        return imx_json_refuse(from, from->at, "four hexadecimal digits are missing after \\u");
    }
    if (code == 0) {
        return imx_json_refuse(from, from->at, "\\u0000 cannot be part of a text");
    }
    int32_t low = read_code(from->at + 6, from->end);
    if (code >= 0xd800 && code <= 0xdbff && low >= 0xdc00 && low <= 0xdfff) {
        put_character(from, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
        from->at += 12;
        return true;
    }
    if (code >= 0xdc80 && code <= 0xdcff && !is_key) {
        put(from, code & 0xff); /* A byte that is no UTF-8. */
    } else if (code >= 0xd800 && code <= 0xdfff) {
        return imx_json_refuse(from, from->at,
                               is_key ? "a lone surrogate in a key" : "a lone surrogate");
    } else {
        put_character(from, code);
    }
    from->at += 6;
    return true;
}

static bool read_escape(imx_json_parser *from, bool is_key) {
    static const char names[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    char name = from->end - from->at < 2 ? '\0' : from->at[1];
    if (name == 'u') {
        return read_code_escape(from, is_key);
    }
    for (const char *pair = names; *pair != '\0'; pair += 2) {
        if (pair[0] == name) {
            put(from, pair[1]);
            from->at += 2;
            return true;
        }
    }
    return imx_json_refuse(from, from->at, "no escape of JSON's");
}

bool imx_json_read_text(imx_json_parser *from, const char **out, bool is_key) {
    const char *start = from->at;
    *out = from->text_end;
    from->at++;
    while (from->at < from->end && *from->at != '"') {
        if (*from->at == '\\') {
            if (!read_escape(from, is_key)) {
                return false;
            }
            continue;
        }
        if ((unsigned char)*from->at < 0x20) {
            return imx_json_refuse(from, from->at, "a control character in a text");
        }
        size_t size = imx_utf8_size((const uint8_t *)from->at, (size_t)(from->end - from->at));
        if (size == 0) {
            return imx_json_refuse(from, from->at, "no valid UTF-8");
        }
        memcpy(from->text_end, from->at, size);
        from->text_end += size;
        from->at += size;
    }
    if (!imx_json_take(from, '"')) {
        return imx_json_refuse(from, start, "a text without an end");
    }
    put(from, 0);
    return true;
}

static bool read_integer(imx_json_parser *from, imx_json *out, const char *start) {
    bool negative = *start == '-';
    uint64_t most = (uint64_t)INT64_MAX + (negative ? 1 : 0), sum = 0;
    for (const char *c = negative ? start + 1 : start; c < from->at; c++) {
        uint64_t digit = (uint64_t)(*c - '0');
        if (sum > (most - digit) / 10) {
            return imx_json_refuse(from, start, "an integer of more than 64 bits");
        }
        sum = 10 * sum + digit;
    }
    out->kind = IMX_JSON_INTEGER;
    /* Through -sum - 1, which always fits: the smallest integer has no positive twin. */
    out->integer = negative && sum > 0 ? -(int64_t)(sum - 1) - 1 : (int64_t)sum;
    return true;
}

/* strtod reads the locale's decimal point, so that one is put in, in a copy behind the texts. */
static bool read_real(imx_json_parser *from, imx_json *out, const char *start) {
    char half[IMX_JSON_NUMBER_SLACK];
    (void)snprintf(half, sizeof half, "%.1f", 0.5);
    size_t point_size = strlen(half) - 2;
    char *copy = from->text_end;
    for (const char *c = start; c < from->at; c++) {
        if (*c == '.') {
            memcpy(copy, half + 1, point_size);
            copy += point_size;
        } else {
            *copy++ = *c;
        }
    }
    *copy = '\0';
    out->kind = IMX_JSON_REAL;
    out->real = strtod(from->text_end, NULL);
    return isfinite(out->real) || imx_json_refuse(from, start, "a number that is too large");
}

bool imx_json_read_number(imx_json_parser *from, imx_json *out) {
    const char *start = from->at;
    bool whole = true;
    (void)imx_json_take(from, '-');
    if (!imx_json_take(from, '0') && !take_digits(from)) {
        return imx_json_expect(from, from->at == start ? "a value" : "a digit");
    }
    if (imx_json_take(from, '.')) {
        whole = false;
        if (!take_digits(from)) {
            return imx_json_expect(from, "a digit");
        }
    }
    if (imx_json_take(from, 'e') || imx_json_take(from, 'E')) {
        whole = false;
        (void)(imx_json_take(from, '+') || imx_json_take(from, '-'));
        if (!take_digits(from)) {
            return imx_json_expect(from, "a digit");
        }
    }
    return whole ? read_integer(from, out, start) : read_real(from, out, start);
}
