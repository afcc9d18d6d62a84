/*
 * The k best of many offers, whatever order they come in: lowest key first, then lowest rank, which
 * depends on the id and not on the order in which items came into the catalogue. Keys are
 * distances, or similarities with the sign turned.
 */
#ifndef IMX_CATALOGUE_NEAREST_H
#define IMX_CATALOGUE_NEAREST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct imx_near {
    double key;
    uint64_t rank; /* Settles ties: imx_item_rank of the item's id. */
    int64_t seq;
    int view;
    int orientation;
} imx_near;

typedef struct imx_nearest {
    imx_near *entries; /* A heap with the worst on top, until it is sorted. */
    size_t count;
    size_t capacity; /* k */
} imx_nearest;

bool imx_nearest_init(imx_nearest *nearest, size_t k); /* False when out of memory. */
void imx_nearest_free(imx_nearest *nearest);

/* The caller offers each seq once. A key that is NaN is not kept. */
void imx_nearest_offer(imx_nearest *nearest, const imx_near *entry);

static inline bool imx_nearest_is_full(const imx_nearest *nearest) {
    return nearest->count == nearest->capacity;
}

/* The worst entry that is kept; only when there is one. */
static inline const imx_near *imx_nearest_worst(const imx_nearest *nearest) {
    return &nearest->entries[0];
}

/* Best first; no offers after that. */
void imx_nearest_sort(imx_nearest *nearest);

#endif
