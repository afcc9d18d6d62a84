/* A sorted set of seqs: which items are gone. */
#ifndef IMX_CATALOGUE_SEQ_SET_H
#define IMX_CATALOGUE_SEQ_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct imx_seq_set {
    int64_t *seqs; /* Rising. */
    size_t count;
} imx_seq_set;

static inline bool imx_seq_set_has(const imx_seq_set *set, int64_t seq) {
    size_t low = 0, high = set->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->seqs[middle] < seq) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < set->count && set->seqs[low] == seq;
}

#endif
