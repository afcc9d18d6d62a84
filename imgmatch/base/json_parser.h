/* What the parts of JSON's parser share: json_parse.c reads arrays and objects, json_scalar.c texts
 * and numbers. */
#ifndef IMX_BASE_JSON_PARSER_H
#define IMX_BASE_JSON_PARSER_H

#include "base/json_value.h"

/* For a decimal point of the locale's that is longer than one byte, and a NUL. */
#define IMX_JSON_NUMBER_SLACK 16u

typedef struct imx_json_member {
    imx_json value;
    const char *key_at; /* In the JSON; NULL in an array. */
} imx_json_member;

typedef struct imx_json_parser {
    const char *at;
    const char *end;
    char *text_end; /* Where the next text goes; behind it is room for all that can follow. */
    imx_json *values;
    size_t value_count;
    imx_json_member *stack; /* Of the arrays and objects that are open. */
    size_t stack_size;
    const imx_json_member **by_key; /* To sort members. */
    const char *fault;
    const char *fault_at;
    bool expected; /* The fault names what should stand there. */
} imx_json_parser;

/* Both note a fault and return false. */
static inline bool imx_json_refuse(imx_json_parser *from, const char *at, const char *fault) {
    from->fault = fault;
    from->fault_at = at;
    return false;
}

static inline bool imx_json_expect(imx_json_parser *from, const char *what) {
    from->expected = true;
    return imx_json_refuse(from, from->at, what);
}

static inline bool imx_json_take(imx_json_parser *from, char c) {
    if (from->at == from->end || *from->at != c) {
        return false;
    }
    from->at++;
    return true;
}

/* The text at a quote; its NUL is put behind it. Keys may not hold escaped bytes (\udcXX). */
bool imx_json_read_text(imx_json_parser *from, const char **out, bool is_key);

/* What is neither a text, a word, an array nor an object must be a number. */
bool imx_json_read_number(imx_json_parser *from, imx_json *out);

#endif
