#include "id_set.h"

#include <stdlib.h>

/* FNV-1a, finished as in MurmurHash3 so that the low bits are good for a table. */
static uint64_t hash_id(const char *id) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 0x100000001b3u;
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdu;
    hash ^= hash >> 33;
    return hash ? hash : 1;
}

static uint64_t *find_slot(uint64_t *slots, size_t capacity, uint64_t hash) {
    size_t at = (size_t)hash & (capacity - 1);
    while (slots[at] != 0 && slots[at] != hash)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static imgmatch_status grow(cli_id_set *set) {
    size_t capacity = set->capacity ? 2 * set->capacity : 1024;
    uint64_t *slots = calloc(capacity, sizeof *slots);
    if (!slots)
        return IMGMATCH_ERR_MEMORY;
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i] != 0)
            *find_slot(slots, capacity, set->slots[i]) = set->slots[i];
    }
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
    return IMGMATCH_OK;
}

imgmatch_status cli_id_set_add(bool *was_there, cli_id_set *set, const char *id) {
    *was_there = false;
    if (2 * set->count >= set->capacity && grow(set) != IMGMATCH_OK)
        return IMGMATCH_ERR_MEMORY;
    uint64_t hash = hash_id(id);
    uint64_t *slot = find_slot(set->slots, set->capacity, hash);
    *was_there = *slot == hash;
    if (!*was_there) {
        *slot = hash;
        set->count++;
    }
    return IMGMATCH_OK;
}

void cli_id_set_free(cli_id_set *set) {
    free(set->slots);
    *set = (cli_id_set){NULL, 0, 0};
}
