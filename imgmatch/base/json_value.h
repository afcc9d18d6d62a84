/* What a parsed JSON value is made of, for json_parse.c and json_reader.c alone. */
#ifndef IMX_BASE_JSON_VALUE_H
#define IMX_BASE_JSON_VALUE_H

#include "base/json_reader.h"

typedef enum imx_json_kind {
    IMX_JSON_NULL,
    IMX_JSON_BOOL,
    IMX_JSON_INTEGER,
    IMX_JSON_REAL,
    IMX_JSON_TEXT,
    IMX_JSON_ARRAY,
    IMX_JSON_OBJECT
} imx_json_kind;

struct imx_json {
    imx_json_kind kind;
    const char *key; /* Of a member of an object; else NULL. */
    union {
        bool truth;
        int64_t integer;
        double real;
        const char *text;
        struct {
            const imx_json *first; /* One behind the other, in their order. */
            size_t count;
        } members; /* Of an array or an object. */
    };
};

/* Owns all values and texts below its root. */
typedef struct imx_json_document {
    imx_json root; /* First: the root's address is the document's. */
    imx_json *values;
    char *texts;
} imx_json_document;

#endif
