/* Reading untrusted JSON texts. Values are borrowed from the root. */
#ifndef IMX_BASE_JSON_READER_H
#define IMX_BASE_JSON_READER_H

#include <imgmatch/status.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct imx_json imx_json;

/* Parse one value. Duplicate keys, U+0000, integers of more than 64 bits, numbers too large for a
 * double, bytes that are no UTF-8 and nesting deeper than `max_depth` (or 2,048) are errors
 * (IMGMATCH_ERR_SYNTAX, the message says where). Escapes \udc80..\udcff in values stand for single
 * bytes, as imx_json_text writes them; texts with them are no valid UTF-8. Takes up to 100 times
 * the text's size of memory, for a text of nothing but commas; some 20 times for common ones. */
imgmatch_status imx_json_parse(imx_json **root, const char *text, size_t size, uint32_t max_depth,
                               imgmatch_diag *diag);
void imx_json_free(imx_json *root);

bool imx_json_is_object(const imx_json *value);
bool imx_json_is_null(const imx_json *value); /* The literal; false for NULL. */
const imx_json *imx_json_get(const imx_json *object, const char *key); /* NULL if absent. */
size_t imx_json_array_size(const imx_json *array);                     /* 0 if no array. */
const imx_json *imx_json_array_get(const imx_json *array, size_t index);
const char *imx_json_get_text(const imx_json *value);         /* NULL if no text. */
bool imx_json_get_number(const imx_json *value, double *out); /* Integers and reals. */
bool imx_json_get_integer(const imx_json *value, int64_t *out);
bool imx_json_get_bool(const imx_json *value, bool *out);

/* Walk an object's members in their order; start with `iterator` NULL. */
void *imx_json_object_next(const imx_json *object, void *iterator, const char **key,
                           const imx_json **value);

/* A value as compact text, keys in their order. Free with free(); NULL when out of memory. */
char *imx_json_to_text(const imx_json *value);

#endif
