/* Telling whether a text is JSON without reading it: in no memory, and in time in proportion. */
#ifndef IMX_BASE_JSON_SCAN_H
#define IMX_BASE_JSON_SCAN_H

#include <stdbool.h>

/* Is it one JSON object (RFC 8259) and nothing behind it? Of keys and bytes of texts it is not
 * asked whether imx_json_parse would take them: twice the same, no UTF-8. Objects in over 4,096
 * others are none. */
bool imx_json_is_object_text(const char *text);

#endif
