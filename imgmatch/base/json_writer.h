/* Writes one JSON value into an imx_buffer; commas come by themselves. Texts that are no valid
 * UTF-8 come out as "surrogateescape" (\udc80..\udcff), so that every byte can be had again. */
#ifndef IMX_BASE_JSON_WRITER_H
#define IMX_BASE_JSON_WRITER_H

#include "buffer.h"

typedef struct imx_json_writer {
    imx_buffer *buffer; /* Borrowed. */
    bool needs_comma;
} imx_json_writer;

void imx_json_begin(imx_json_writer *writer, imx_buffer *buffer);
void imx_json_key(imx_json_writer *writer, const char *key);
void imx_json_open_object(imx_json_writer *writer);
void imx_json_close_object(imx_json_writer *writer);
void imx_json_open_array(imx_json_writer *writer);
void imx_json_close_array(imx_json_writer *writer);
void imx_json_text(imx_json_writer *writer, const char *text); /* NULL: null. */
void imx_json_integer(imx_json_writer *writer, int64_t value);
void imx_json_bool(imx_json_writer *writer, bool value);
/* `decimals` digits behind the point, trailing zeros cut; NaN and infinities: null. */
void imx_json_number(imx_json_writer *writer, double value, int decimals);
/* The fewest digits, from 15 on, that read back as the same number, and a mark that it is no
 * integer (a point or an exponent). `value` is finite. */
void imx_json_real(imx_json_writer *writer, double value);
/* Text that is JSON already; on one line, also if it has several. */
void imx_json_raw(imx_json_writer *writer, const char *json);

#endif
