#include "catalogue/nearest.h"

#include "base/memory.h"

#include <math.h>
#include <stdlib.h>

static int compare(const void *left, const void *right) {
    const imx_near *a = left, *b = right;
    if (a->key != b->key) {
        return a->key < b->key ? -1 : 1;
    }
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    return (a->seq > b->seq) -
           (a->seq < b->seq); /* Ids that one in 2^64 pairs shares a rank with. */
}

bool imx_nearest_init(imx_nearest *nearest, size_t k) {
    *nearest = (imx_nearest){.entries = imx_new_array_raw(k, sizeof(imx_near)), .capacity = k};
    return nearest->entries != NULL;
}

void imx_nearest_free(imx_nearest *nearest) {
    free(nearest->entries);
    *nearest = (imx_nearest){.entries = NULL};
}

static void sift_up(imx_near *heap, size_t at) {
    while (at > 0) {
        size_t parent = (at - 1) / 2;
        if (compare(&heap[at], &heap[parent]) <= 0) {
            return;
        }
        imx_near moved = heap[at];
        heap[at] = heap[parent];
        heap[parent] = moved;
        at = parent;
    }
}

static void sift_down(imx_near *heap, size_t count) {
    size_t at = 0;
    for (;;) {
        size_t worst = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < count; child++) {
            if (compare(&heap[child], &heap[worst]) > 0) {
                worst = child;
            }
        }
        if (worst == at) {
            return;
        }
        imx_near moved = heap[at];
        heap[at] = heap[worst];
        heap[worst] = moved;
        at = worst;
    }
}

void imx_nearest_offer(imx_nearest *nearest, const imx_near *entry) {
    if (isnan(entry->key)) { /* Of stored numbers that no model makes: qsort needs an order. */
        return;
    }
    if (nearest->count < nearest->capacity) {
        nearest->entries[nearest->count] = *entry;
        sift_up(nearest->entries, nearest->count);
        nearest->count++;
    } else if (nearest->capacity > 0 && compare(entry, &nearest->entries[0]) < 0) {
        nearest->entries[0] = *entry;
        sift_down(nearest->entries, nearest->count);
    }
}

void imx_nearest_sort(imx_nearest *nearest) {
    if (nearest->count > 1) {
        qsort(nearest->entries, nearest->count, sizeof *nearest->entries, compare);
    }
}
