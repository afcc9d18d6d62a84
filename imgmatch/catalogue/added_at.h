/* When an item was added, as catalogues and exports have it: UTC, "2026-01-31T12:00:00Z". */
#ifndef IMX_CATALOGUE_ADDED_AT_H
#define IMX_CATALOGUE_ADDED_AT_H

#include <stdbool.h>

#define IMX_ADDED_AT_BYTES 21

/* "" when the clock says nothing that can be written so. */
void imx_added_at_now(char out[IMX_ADDED_AT_BYTES]);

/* A moment that the calendar has, written like that? */
bool imx_added_at_is_valid(const char *text);

#endif
