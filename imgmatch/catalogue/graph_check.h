/*
 * Are these bytes a graph that FAISS may read? Its reader takes every size and number as it comes,
 * and its search follows them, so a graph that somebody made up would lead both out of their
 * memory. Checksums do not keep that out: whoever writes the file writes them, too.
 */
#ifndef IMX_CATALOGUE_GRAPH_CHECK_H
#define IMX_CATALOGUE_GRAPH_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Is it a graph over `count` vectors of `dimension` numbers, in which every edge leads to a vertex
 * of its layer, and nothing more? The bytes need not be aligned. */
bool imx_graph_is_sound(const uint8_t *bytes, size_t size, uint32_t dimension, size_t count);

#endif
