/* Which photos were counted, by the SHA-256 of their bytes: a hash table with open addressing. */
#include "facade/calibrator.h"

#include "base/checksum.h"
#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 1024u

/* The slot of a digest, or the free one where it belongs: at least one slot is free. */
static imx_photo_digest *find_slot(imx_photo_digest *slots, size_t capacity,
                                   const imx_photo_digest *digest) {
    size_t at = (size_t)imx_checksum(digest, sizeof *digest) & (capacity - 1);
    while (slots[at].hex[0] != '\0' && memcmp(&slots[at], digest, sizeof *digest) != 0) {
        at = (at + 1) & (capacity - 1);
    }
    return &slots[at];
}

static bool grow(imx_photo_set *set) {
    size_t capacity = set->capacity > 0 ? 2 * set->capacity : FIRST_CAPACITY;
    imx_photo_digest *slots = imx_new_array(capacity, sizeof *slots);
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i].hex[0] != '\0') {
            *find_slot(slots, capacity, &set->slots[i]) = set->slots[i];
        }
    }
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
    return true;
}

imgmatch_status imx_photo_set_add(bool *added, imx_photo_set *set, const char *sha256,
                                  imgmatch_diag *diag) {
    imx_photo_digest digest;
    *added = false;
    if (set->count >= set->capacity / 4 * 3 && !grow(set)) {
        return imx_fail_memory(diag);
    }
    memcpy(&digest, sha256, sizeof digest);
    imx_photo_digest *slot = find_slot(set->slots, set->capacity, &digest);
    *added = slot->hex[0] == '\0';
    *slot = digest;
    set->count += *added;
    return IMGMATCH_OK;
}

void imx_photo_set_free(imx_photo_set *set) {
    free(set->slots);
    *set = (imx_photo_set){.slots = NULL};
}
