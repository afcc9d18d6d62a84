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

static cli_id_slot *find_slot(cli_id_slot *slots, size_t capacity, uint64_t hash) {
    size_t at = (size_t)hash & (capacity - 1);
    while (slots[at].hash != 0 && slots[at].hash != hash)
        at = (at + 1) & (capacity - 1);
    return &slots[at];
}

static imgmatch_status grow(cli_id_set *set) {
    size_t capacity = set->capacity ? 2 * set->capacity : 1024;
    cli_id_slot *slots = calloc(capacity, sizeof *slots);
    if (!slots)
        return IMGMATCH_ERR_MEMORY;
    for (size_t i = 0; i < set->capacity; i++) {
        if (set->slots[i].hash != 0)
            *find_slot(slots, capacity, set->slots[i].hash) = set->slots[i];
    }
    free(set->slots);
    set->slots = slots;
    set->capacity = capacity;
    return IMGMATCH_OK;
}

imgmatch_status cli_id_set_add(uint64_t *earlier, cli_id_set *set, const char *id, uint64_t place) {
    *earlier = 0;
    if (4 * set->count >= 3 * set->capacity && grow(set) != IMGMATCH_OK)
        return IMGMATCH_ERR_MEMORY;
    uint64_t hash = hash_id(id);
    cli_id_slot *slot = find_slot(set->slots, set->capacity, hash);
    if (slot->hash == hash) {
        *earlier = slot->place;
        return IMGMATCH_OK;
    }
    *slot = (cli_id_slot){.hash = hash, .place = place};
    set->count++;
    return IMGMATCH_OK;
}

uint64_t cli_id_set_find(const cli_id_set *set, const char *id) {
    return set->capacity > 0 ? find_slot(set->slots, set->capacity, hash_id(id))->place : 0;
}

void cli_id_set_free(cli_id_set *set) {
    free(set->slots);
    *set = (cli_id_set){NULL, 0, 0};
}
